;;; ctak: Takeuchi's function, every result returned through a continuation.
;;;
;;; From Gabriel, Performance and Evaluation of Lisp Systems (1985), where catch and throw
;;; do it; here call/cc. Allocates a continuation for each call, most of them dead at once.
;;; Size: the first argument, x, of ctak(x, 2x/3, x/3) (default 18).

(import (scheme base) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        18)))

(define (ctak x y z)
  (call-with-current-continuation
   (lambda (return) (ctak-into return x y z))))

(define (ctak-into return x y z)
  (if (< y x)
      (ctak-into return
                 (ctak (- x 1) y z)
                 (ctak (- y 1) z x)
                 (ctak (- z 1) x y))
      (return z)))

;; The same without continuations.
(define (tak x y z)
  (if (< y x)
      (tak (tak (- x 1) y z)
           (tak (- y 1) z x)
           (tak (- z 1) x y))
      z))

(let* ((x size)
       (y (quotient (* 2 size) 3))
       (z (quotient size 3))
       (got (ctak x y z))
       (expected (tak x y z)))
  (cond ((= got expected)
         (display "ctak ok") (newline))
        (else
         (display "ctak FAILED: ") (write got) (display ", not ") (write expected) (newline)
         (exit 1))))
