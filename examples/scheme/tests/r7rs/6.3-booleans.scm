;;; R7RS-small, section 6.3: booleans.

(import (scheme base) (scheme write) (scheme process-context))

(define section "6.3 booleans")

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

(test #t #t)
(test #f #f)
(test #f '#f)
(test #t #true)
(test #f #false)
(test #t '#true)

(test #f (not #t))
(test #f (not 3))
(test #f (not (list 3)))
(test #t (not #f))
(test #f (not '()))
(test #f (not (list)))
(test #f (not 'nil))
(test #f (not 0))
(test #f (not ""))
(test #f (not #\x0))
(test #f (not #()))

(test #t (boolean? #f))
(test #t (boolean? #t))
(test #f (boolean? 0))
(test #f (boolean? '()))
(test #f (boolean? 'nil))
(test #f (boolean? "#t"))

(test #t (boolean=? #t #t))
(test #t (boolean=? #f #f))
(test #f (boolean=? #t #f))
(test #t (boolean=? #f #f #f))
(test #f (boolean=? #t #t #f))
(test #f (boolean=? #t #f #t))
(test-error (boolean=? 1 #t))
(test-error (boolean=? #t 1))

;; Types are disjoint: each value satisfies exactly one of these.
(define predicates
  (list boolean? char? null? pair? procedure? symbol? bytevector? eof-object?
        number? port? string? vector?))
(define (types-of x)
  (let loop ((l predicates) (n 0))
    (if (null? l) n (loop (cdr l) (if ((car l) x) (+ n 1) n)))))
(test '(1 1 1 1 1 1 1 1 1 1 1 1 1 1 1)
      (map types-of (list #t #f #\a '() '(1) car (lambda () 1) 'a #u8() (eof-object) 1 1.5
                          (current-output-port) "" #())))
(define-record-type thing (make-thing) thing?)
(test 0 (types-of (make-thing)))
(test #t (thing? (make-thing)))
(test #f (thing? 'a))

(finish)
