;;; R7RS-small, section 6.12: environments and evaluation.

(import (scheme base) (scheme eval) (scheme write) (scheme process-context))

(define section "6.12 environments and eval")

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

(define base (environment '(scheme base)))

(test 21 (eval '(* 7 3) base))
(test 20 (let ((f (eval '(lambda (f x) (f x x)) base))) (f + 10)))
(test 5 (eval 5 base))
(test "s" (eval "s" base))
(test 'a (eval ''a base))
(test #t (procedure? (eval 'car base)))
(test 3 (eval '(let ((x 1) (y 2)) (+ x y)) base))
(test '(1 2) (eval '(let-syntax ((m (syntax-rules () ((_ a b) (list a b))))) (m 1 2)) base))
(test 120 (eval '(let f ((n 5)) (if (= n 0) 1 (* n (f (- n 1))))) base))
(test 6 (eval (list '+ 1 2 3) base))
(test '(3 4) (eval `(list ,(+ 1 2) 4) base))
(test 'c (eval '(cond ((assv 2 '((1 b) (2 c))) => cadr) (else #f)) base))
(test 10 ((eval '(lambda (x) (* x 2)) base) 5))

;; Several import sets, as in import.
(test 'C (eval '(string->symbol (string (char-upcase #\c))) (environment '(scheme base) '(scheme char))))
(test 9 (eval '(+ 4 (same 5)) (environment '(only (scheme base) +) '(rename (only (scheme base) exact) (exact same)))))
(test 1 (eval '(first '(1 2)) (environment '(rename (scheme base) (car first)))))
(test 1 (eval '(b:car (b:quote (1 2))) (environment '(prefix (scheme base) b:))))

;; Nothing else is in it.
(test-error (eval '(car '(1)) (environment '(only (scheme base) cdr quote))))
(test-error (eval 'not-defined-anywhere base))
(define local 5)
(test-error (eval 'local base))

;; Errors: of syntax, and at run time.
(test-error (eval '(if) base))
(test-error (eval '(let ((x)) x) base))
(test-error (eval '(lambda) base))
(test-error (eval '(1 2 3) base))
(test-error (eval '() base))
(test-error (eval '(car 5) base))
(test-error (environment '(no such library)))
(test-error (eval '(1 . 2) base))
(test-error (eval '(else) base))
(test-error (eval '(syntax-rules) base))
(test-error (eval '(let-syntax ((m (syntax-rules () ((_ a) a)))) (m)) base))
(test-error (eval '(let-syntax ((m (syntax-rules () ((_) (syntax-error "no" 1))))) (m)) base))

;; Much code, and much evaluated.
(test 5000 (let loop ((i 0) (n 0)) (if (= i 5000) n (loop (+ i 1) (eval `(+ ,n 1) base)))))
(test 2001 (eval (let loop ((i 0) (e 1)) (if (= i 2000) e (loop (+ i 1) (list '+ 1 e)))) base))
(test 1000 (eval (cons '+ (make-list 1000 1)) base))
(test 500 (eval `(let* ,(let loop ((i 500) (l '())) (if (= i 0) l (loop (- i 1) (cons (list 'x i) l)))) x) base))
(test 42 ((eval '(let ((n 41)) (lambda () (set! n (+ n 1)) n)) base)))
(test '(1 2) (call-with-values (lambda () (eval '(values 1 2) base)) list))
(test 'escaped (call/cc (lambda (k) (eval (list k ''escaped) base))))
(test 'caught (guard (e ((eq? e 'x) 'caught)) (eval '(raise 'x) base)))

(finish)
