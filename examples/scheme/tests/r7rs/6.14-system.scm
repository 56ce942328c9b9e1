;;; R7RS-small, section 6.14: system interface, with (scheme time) and (scheme process-context).

(import (scheme base) (scheme time) (scheme write) (scheme process-context))

(define section "6.14 system interface")

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

(test #t (list? (command-line)))
(test #t (let all ((l (command-line))) (or (null? l) (and (string? (car l)) (all (cdr l))))))
(test #t (let ((p (get-environment-variable "PATH"))) (or (string? p) (not p))))
(test #f (get-environment-variable "NO SUCH VARIABLE 6.14"))
(test #t (let ((l (get-environment-variables))) (or (null? l) (string? (caar l)))))
(test #t (exact-integer? (current-jiffy)))
(test #t (exact-integer? (jiffies-per-second)))
(test #t (positive? (jiffies-per-second)))
(test #t (let* ((a (current-jiffy)) (b (current-jiffy))) (<= a b)))
(test #t (real? (current-second)))
(test #t (> (current-second) 1.6e9))
(test #t (list? (features)))
;; exit runs the after thunks of the extents that it leaves: the right status is theirs to give.
(dynamic-wind
 (lambda () #f)
 (lambda () (exit 86))
 finish)
