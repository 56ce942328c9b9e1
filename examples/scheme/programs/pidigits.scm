;;; pidigits: the digits of π, one after another, by exact integers that grow.
;;;
;;; After Gibbons, Unbounded Spigot Algorithms for the Digits of Pi (American Mathematical Monthly,
;;; 2006). Allocates big integers, a few for each digit and ever longer. Size: digits
;;; (default 1500).

(import (scheme base) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        1500)))

;; Gibbons's streaming algorithm, with the state (q r t k n l); gives the digits last first.
(define (spigot count)
  (let loop ((q 1) (r 0) (t 1) (k 1) (n 3) (l 3) (digits '()) (left count))
    (cond ((= left 0) digits)
          ((< (- (+ (* 4 q) r) t) (* n t))
           (loop (* 10 q)
                 (* 10 (- r (* n t)))
                 t
                 k
                 (- (quotient (* 10 (+ (* 3 q) r)) t) (* 10 n))
                 l
                 (cons n digits)
                 (- left 1)))
          (else
           (loop (* q k)
                 (* (+ (* 2 q) r) l)
                 (* t l)
                 (+ k 1)
                 (quotient (+ (* q (+ (* 7 k) 2)) (* r l)) (* t l))
                 (+ l 2)
                 digits
                 left)))))

;; By Machin's formula: π = 16 arctan(1/5) - 4 arctan(1/239), times 10^n, rounded down in
;; ten places more than needed.
(define (machin digits)
  (let ((one (expt 10 (+ digits 10))))
    (define (arctan-of-inverse x)
      (let ((x2 (* x x)))
        (let loop ((power (quotient one x)) (n 1) (sum 0) (sign 1))
          (if (= power 0)
              sum
              (loop (quotient power x2) (+ n 2) (+ sum (* sign (quotient power n))) (- sign))))))
    (quotient (- (* 16 (arctan-of-inverse 5)) (* 4 (arctan-of-inverse 239)))
              (expt 10 10))))

(define (digits->number digits)
  (let loop ((digits (reverse digits)) (n 0))
    (if (null? digits) n (loop (cdr digits) (+ (* 10 n) (car digits))))))

(let ((got (digits->number (spigot size))))
  (cond ((= got (machin (- size 1)))
         (display "pidigits ok") (newline))
        (else (display "pidigits FAILED: ") (write got) (newline) (exit 1))))
