;;; R7RS-small, section 6.11: exceptions; and guard, of section 4.2.7, in depth.

(import (scheme base) (scheme read) (scheme file) (scheme write) (scheme process-context))

(define section "6.11 exceptions")

;; --- The harness, the same in every file of this directory. ---
(define passed 0)
(define failed 0)

(define (fail expr what value)
  (set! failed (+ failed 1))
  (display section) (display ": ") (write expr) (newline)
  (display "    ") (display what) (display " ") (write value) (newline))

;; `equal?`, except that a NaN is like itself.
(define (same? a b)
  (cond ((and (number? a) (number? b))
         (or (eqv? a b) (not (or (= a a) (= b b)))))
        ((and (pair? a) (pair? b))
         (and (same? (car a) (car b)) (same? (cdr a) (cdr b))))
        (else (equal? a b))))

;; Calls `thunk`, then `done` with its value or `escaped` with what it raised.
(define (attempt thunk done escaped)
  ((call-with-current-continuation
    (lambda (k)
      (with-exception-handler
       (lambda (e) (k (lambda () (escaped e))))
       (lambda () (let ((value (thunk))) (lambda () (done value)))))))))

(define (check expr expected thunk)
  (attempt thunk
           (lambda (value)
             (cond ((same? expected value) (set! passed (+ passed 1)))
                   (else (fail expr "gave" value)
                         (display "    but should give ") (write expected) (newline))))
           (lambda (e)
             (fail expr "raised" (if (error-object? e)
                                     (cons (error-object-message e) (error-object-irritants e))
                                     e)))))

(define (check-error expr thunk)
  (attempt thunk
           (lambda (value) (fail expr "should raise an error but gave" value))
           (lambda (e) (set! passed (+ passed 1)))))

(define-syntax test
  (syntax-rules () ((_ expected expr) (check 'expr expected (lambda () expr)))))

;; Where the report says "it is an error", this suite wants one raised.
(define-syntax test-error
  (syntax-rules () ((_ expr) (check-error 'expr (lambda () expr)))))

(define (finish)
  (display section) (display ": ")
  (display passed) (display " passed, ") (display failed) (display " failed")
  (newline)
  (exit (if (= failed 0) 0 1)))
;; --- End of the harness. ---

;; with-exception-handler, raise
(test 'raised (call/cc (lambda (k) (with-exception-handler (lambda (e) (k e)) (lambda () (raise 'raised))))))
(test '(condition an-error)
      (call/cc (lambda (k) (with-exception-handler (lambda (e) (k (list 'condition e))) (lambda () (+ 1 (raise 'an-error)))))))
(test 'value (with-exception-handler (lambda (e) 'never) (lambda () 'value)))
(test '(1 2) (call-with-values (lambda () (with-exception-handler (lambda (e) 'never) (lambda () (values 1 2)))) list))
(test-error (with-exception-handler 5 (lambda () 1)))
(test-error (with-exception-handler (lambda (e) 1) (lambda (x) 1)))
(test-error (raise 'plain))

;; raise-continuable
(test 65 (with-exception-handler
          (lambda (e) 42)
          (lambda () (+ (raise-continuable (list "should be a number")) 23))))
(test '(3 x) (with-exception-handler
              (lambda (e) (list 3 e))
              (lambda () (raise-continuable 'x))))
;; The handler of raise must not return; the error is raised to the outer handler.
(test 'outer
      (call/cc (lambda (k)
                 (with-exception-handler
                  (lambda (e) (k 'outer))
                  (lambda () (with-exception-handler (lambda (e) 'returns) (lambda () (raise 'inner))))))))
(test-error (with-exception-handler (lambda (e) 'returns) (lambda () (raise 'x))))
(test-error (with-exception-handler (lambda (e) 'returns) (lambda () (error "x"))))

;; A handler runs with the handler outside its own.
(test '(outer inner x)
      (call/cc (lambda (k)
                 (with-exception-handler
                  (lambda (e) (k (cons 'outer e)))
                  (lambda ()
                    (with-exception-handler
                     (lambda (e) (raise (list 'inner e)))
                     (lambda () (raise 'x))))))))
(test '(11 12)
      (with-exception-handler
       (lambda (e) (+ e 10))
       (lambda ()
         (with-exception-handler
          (lambda (e) (list (raise-continuable e) (raise-continuable (+ e 1))))
          (lambda () (raise-continuable 1))))))
(test '(1 2 3)
      (let ((l '()))
        (with-exception-handler
         (lambda (e) (set! l (cons e l)))
         (lambda () (raise-continuable 1) (raise-continuable 2) (raise-continuable 3)))
        (reverse l)))
;; A handler is called in the dynamic environment of raise: parameters and all.
(test 'inside
      (let ((p (make-parameter 'outside)))
        (with-exception-handler
         (lambda (e) (p))
         (lambda () (parameterize ((p 'inside)) (raise-continuable 'x))))))
;; dynamic-wind does not end while the handler runs.
(test '(before handler after (result))
      (let ((l '()))
        (let ((v (with-exception-handler
                  (lambda (e) (set! l (cons 'handler l)) 'result)
                  (lambda ()
                    (dynamic-wind
                     (lambda () (set! l (cons 'before l)))
                     (lambda () (raise-continuable 'x))
                     (lambda () (set! l (cons 'after l))))))))
          (reverse (cons (list v) l)))))

;; error and its object
(define (caught thunk) (call/cc (lambda (k) (with-exception-handler k thunk))))
(define e (caught (lambda () (error "a message:" 1 'two "three"))))
(test #t (error-object? e))
(test "a message:" (error-object-message e))
(test '(1 two "three") (error-object-irritants e))
(test '() (error-object-irritants (caught (lambda () (error "m")))))
(test '(#f #f #f) (map error-object? '(5 "message" symbol)))
(test #f (file-error? e))
(test #f (read-error? e))
(test #t (let ((l (list 1))) (eq? l (car (error-object-irritants (caught (lambda () (error "m" l))))))))

;; Errors of the system are error objects too.
(define (error-of thunk) (let ((e (caught thunk))) (and (error-object? e) (string? (error-object-message e)) (list? (error-object-irritants e)))))
(test #t (error-of (lambda () (car 5))))
(test #t (error-of (lambda () (vector-ref (vector 1 2) 2))))
(test #t (error-of (lambda () (undefined-variable-of-6-11))))
(test #t (error-of (lambda () (5 5))))
(test #t (error-of (lambda () ((lambda (x) x)))))
(test #t (error-of (lambda () (+ 'a 1))))
(test #t (error-of (lambda () (/ 5 0))))
(test #t (error-of (lambda () (string-ref "" 0))))
(test #t (error-of (lambda () (integer->char -1))))
(test #t (error-of (lambda () (list-tail '(1) 2))))
(test #t (error-of (lambda () (exact +nan.0))))

;; file-error?, read-error?
(test #t (file-error? (caught (lambda () (open-input-file "no/such/file/at/all")))))
(test #t (file-error? (caught (lambda () (with-input-from-file "no/such/file/at/all" read)))))
(test #t (read-error? (caught (lambda () (read (open-input-string "(1 2"))))))
(test #t (read-error? (caught (lambda () (read (open-input-string ")"))))))
(test #t (read-error? (caught (lambda () (read (open-input-string "#<nonsense>"))))))
(test #t (read-error? (caught (lambda () (read (open-input-string "\"unfinished"))))))
(test #f (read-error? 5))
(test #f (file-error? 'x))

;; guard
(test 'symbol (guard (e ((symbol? e) 'symbol) ((string? e) 'string)) (raise 'boom)))
(test 'string (guard (e ((symbol? e) 'symbol) ((string? e) 'string)) (raise "boom")))
(test "msg" (guard (e ((error-object? e) (error-object-message e))) (error "msg" 1)))
(test 2 (guard (e ((memv e '(1 2 3)) => cadr)) (raise 1)))
(test 'result (guard (e (#f 'no)) 'result))
(test 'ok (guard (e ((string? e) 'no) (else 'ok)) (raise 1)))
(test '(2 1) (guard (e (#t (set! e (cons 2 e)) e)) (raise '(1))))
(test 'last (guard (e ('first 'second 'last)) (raise 1)))
(test 5 (guard (e (e)) (raise 5)))
;; Unmatched: raised again, to the next guard or handler.
(test '(outer 5) (guard (e ((number? e) (list 'outer e))) (guard (e ((symbol? e) 'inner)) (raise 5))))
(test 43 (with-exception-handler (lambda (e) 42) (lambda () (guard (e ((string? e) 'no)) (+ 1 (raise-continuable 'x))))))
(test-error (guard (e ((string? e) 'no)) (raise 'not-a-string)))
;; Raised in a clause: outside the guard.
(test '(again 1) (guard (e (#t e)) (guard (e (#t (raise (list 'again e)))) (raise 1))))
(test '(1 2 3)
      (guard (e (#t (reverse (cons 3 e))))
        (guard (e (#t (raise (cons 2 e))))
          (raise '(1)))))
;; The body's winding is undone before a clause runs.
(test '(in out clause)
      (let ((l '()))
        (guard (e (#t (set! l (cons 'clause l))))
          (dynamic-wind (lambda () (set! l (cons 'in l))) (lambda () (raise 'x)) (lambda () (set! l (cons 'out l)))))
        (reverse l)))
;; The variable is local.
(test '(1 outer) (let ((e 'outer)) (let ((v (guard (e (#t e)) (raise 1)))) (list v e))))
;; Nested in a clause and in a body, deep.
(test 1000 (let loop ((n 1000)) (if (= n 0) 0 (guard (e (#t (+ e 1))) (raise (loop (- n 1)))))))
(test 'deep (guard (e (#t e)) (let loop ((n 10000)) (if (= n 0) (raise 'deep) (+ 1 (loop (- n 1)))))))
;; Handlers stacked a thousand high, each passing on to the next.
(test 1000 (call/cc
            (lambda (k)
              (with-exception-handler
               k
               (lambda ()
                 (let loop ((n 1000))
                   (if (= n 0)
                       (raise 0)
                       (with-exception-handler (lambda (e) (raise (+ e 1))) (lambda () (loop (- n 1)))))))))))
;; Many errors caught, one after another.
(test 20000 (let loop ((i 0) (n 0)) (if (= i 20000) n (loop (+ i 1) (+ n (guard (e (#t 1)) (car i)))))))
(test 20000 (let loop ((i 0) (n 0)) (if (= i 20000) n (loop (+ i 1) (+ n (guard (e ((number? e) e)) (raise 1)))))))
;; Every object can be raised.
(test '(#t #f () "s" #\c 1.5 (1) #(1)) (map (lambda (x) (guard (e (#t e)) (raise x))) (list #t #f '() "s" #\c 1.5 '(1) #(1))))
(test #t (procedure? (guard (e (#t e)) (raise car))))
(define-record-type my-error (make-my-error code) my-error? (code my-error-code))
(test 7 (guard (e ((my-error? e) (my-error-code e))) (raise (make-my-error 7))))
(test #f (error-object? (make-my-error 7)))
;; Continuations in and out of a guard.
(test 'out (call/cc (lambda (k) (guard (e (#t 'no)) (k 'out)))))
(test '(first x)
      (let ((k #f) (n 0))
        (let ((v (guard (e (#t (list (if (= n 1) 'first 'second) e)))
                   (call/cc (lambda (c) (set! k c)))
                   (set! n (+ n 1))
                   (raise 'x))))
          v)))
(test '((second x) (first x))
      (let ((k #f) (n 0) (l '()))
        (let ((v (guard (e (#t (list (if (= n 1) 'first 'second) e)))
                   (call/cc (lambda (c) (set! k c)))
                   (set! n (+ n 1))
                   (raise 'x))))
          (set! l (cons v l))
          (if (< n 2) (k #f))
          l)))

(finish)
