;;; tak: Takeuchi's function, a triple recursion.
;;;
;;; From Gabriel, Performance and Evaluation of Lisp Systems (1985), with the arguments
;;; 18, 12, 6. Allocates only frames, if those are on the heap.
;;; Size: how often tak(18, 12, 6) is computed (default 25); 0 computes tak(9, 6, 3) once.

(import (scheme base) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        25)))

(define (tak x y z)
  (if (< y x)
      (tak (tak (- x 1) y z)
           (tak (- y 1) z x)
           (tak (- z 1) x y))
      z))

(define good?
  (let loop ((i 0) (good? (= (tak 9 6 3) 6)))
    (if (< i size)
        (loop (+ i 1) (and (= (tak 18 12 6) 7) good?))
        good?)))

(cond (good? (display "tak ok") (newline))
      (else (display "tak FAILED: a wrong value") (newline) (exit 1)))
