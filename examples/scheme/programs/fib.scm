;;; fib: the Fibonacci numbers by double recursion.
;;;
;;; The oldest measure of procedure calls; in Gabriel's tradition (Performance and
;;; Evaluation of Lisp Systems, 1985) next to tak. Allocates nothing but frames,
;;; if those are on the heap. Size: the index (default 30).

(import (scheme base) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        30)))

(define (fib n)
  (if (< n 2)
      n
      (+ (fib (- n 1)) (fib (- n 2)))))

;; The same number by addition alone, n times.
(define (fib-by-sums n)
  (do ((i 0 (+ i 1))
       (a 0 b)
       (b 1 (+ a b)))
      ((= i n) a)))

(let ((got (fib size)) (expected (fib-by-sums size)))
  (cond ((= got expected)
         (display "fib ok") (newline))
        (else
         (display "fib FAILED: ") (write got) (display ", not ") (write expected) (newline)
         (exit 1))))
