;;; R7RS-small, section 4.1: primitive expression types.

(import (scheme base) (scheme write) (scheme process-context))

(define section "4.1 primitive expressions")

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

;; 4.1.1 Variable references
(define x 28)
(test 28 x)
(test-error (let () unbound-variable-of-4-1))
(test 28 (let ((y x)) y))

;; 4.1.2 Literal expressions
(test 'a (quote a))
(test (vector 'a 'b 'c) (quote #(a b c)))
(test (list '+ 1 2) (quote (+ 1 2)))
(test (list 'quote 'a) ''a)
(test (list 'quasiquote 'a) '`a)
(test (list 'unquote 'a) ',a)
(test (list 'unquote-splicing 'a) ',@a)
(test '() (quote ()))
(test 145932 '145932)
(test 145932 145932)
(test "abc" '"abc")
(test #\a '#\a)
(test #t '#t)
(test #t #true)
(test #f #false)
(test #(a 10) #(a 10))
(test (vector) #())
(test #u8(64 65) '#u8(64 65))
(test (bytevector 64 65) #u8(64 65))
(test '(1 2) '(1 . (2 . ())))
(test (cons 1 2) '(1 . 2))
(test '(a b c) '(a . (b . (c . ()))))
(test '(1 2 . 3) (cons 1 (cons 2 3)))

;; Comments of all three kinds, and case that matters.
(test 3 (+ 1 #;(this is (not) read) 2))
(test 3 (+ 1 #| block #| nested |# comment |# 2))
(test '(a c) '(a #;b c))
(test '(a) '(a #;(b #;c d)))
(test '(a) '(a #; #; b c))
(test #f (eq? 'abc 'ABC))
(test '|a b| (string->symbol "a b"))

;; 4.1.3 Procedure calls
(test 7 (+ 3 4))
(test 12 ((if #f + *) 3 4))
(test 0 ((lambda () 0)))
(test 55 (apply + '(1 2 3 4 5 6 7 8 9 10)))
(test-error (5 3))
(test-error ("no procedure"))
(test-error ((lambda (x) x)))
(test-error ((lambda (x) x) 1 2))
(test-error ((lambda (x . rest) x)))
(test-error (car))
(test-error (cons 1))
(test-error (cons 1 2 3))

;; Every argument is evaluated once, in some order.
(define counter 0)
(define (next!) (set! counter (+ counter 1)) counter)
(test 6 (+ (next!) (next!) (next!)))
(test 3 counter)

;; Many arguments.
(define (count-arguments . all) (length all))
(test 0 (count-arguments))
(test 20 (count-arguments 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20))
(test 10000 (apply count-arguments (make-list 10000 'x)))
(test 50005000 (apply + (let loop ((i 10000) (l '())) (if (= i 0) l (loop (- i 1) (cons i l))))))

;; 4.1.4 Procedures
(test #t (procedure? (lambda (x) (+ x x))))
(test 8 ((lambda (x) (+ x x)) 4))
(define reverse-subtract (lambda (x y) (- y x)))
(test 3 (reverse-subtract 7 10))
(define add4 (let ((x 4)) (lambda (y) (+ x y))))
(test 10 (add4 6))
(test '(3 4 5 6) ((lambda x x) 3 4 5 6))
(test '() ((lambda x x)))
(test '(5 6) ((lambda (x y . z) z) 3 4 5 6))
(test '() ((lambda (x y . z) z) 3 4))
(test 3 ((lambda (x) 1 2 3) 0))
(test '(1 2) ((lambda (a) (define b 2) (list a b)) 1))

;; Closures share variables, not values.
(define (make-counter)
  (let ((n 0))
    (cons (lambda () (set! n (+ n 1)) n)
          (lambda () n))))
(define c1 (make-counter))
(define c2 (make-counter))
((car c1)) ((car c1)) ((car c2))
(test 2 ((cdr c1)))
(test 1 ((cdr c2)))

;; A fresh list for the rest, every time.
(define args '(1 2 3))
(test #f (eq? args (apply (lambda all all) args)))

;; Closures over closures over closures.
(define (curry4 a) (lambda (b) (lambda (c) (lambda (d) (list a b c d)))))
(test '(1 2 3 4) ((((curry4 1) 2) 3) 4))
(define adders (map (lambda (n) (lambda (m) (+ n m))) '(1 2 3)))
(test '(11 12 13) (map (lambda (f) (f 10)) adders))

;; Parameters that are assigned and captured.
(define (assigned-parameter n)
  (let ((get (lambda () n)))
    (set! n (+ n 1))
    (get)))
(test 6 (assigned-parameter 5))

;; 4.1.5 Conditionals
(test 'yes (if (> 3 2) 'yes 'no))
(test 'no (if (> 2 3) 'yes 'no))
(test 1 (if (> 3 2) (- 3 2) (+ 3 2)))
(test 'true (if 0 'true 'false))
(test 'true (if '() 'true 'false))
(test 'true (if "" 'true 'false))
(test 'false (if #f 'true 'false))
(test 'ran (begin (if #f (car '())) 'ran))
(test '(2 1) (let ((l '())) (if (begin (set! l (cons 1 l)) #t) (set! l (cons 2 l)) (set! l (cons 3 l))) l))

;; 4.1.6 Assignments
(define y 2)
(test 3 (+ y 1))
(set! y 4)
(test 5 (+ y 1))
(test-error (set! never-defined-in-4-1 1))
(test 9 (let ((z 1)) (set! z 9) z))
(test '(1 9) (let ((z 1)) (let ((old z)) (set! z 9) (list old z))))

;; Tail calls take no space.
(define (loop n) (if (= n 0) 'done (loop (- n 1))))
(test 'done (loop 1000000))
(define (even-steps? n) (if (= n 0) #t (odd-steps? (- n 1))))
(define (odd-steps? n) (if (= n 0) #f (even-steps? (- n 1))))
(test #t (even-steps? 1000000))

(finish)
