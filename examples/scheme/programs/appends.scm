;;; appends: a string that grows by string-append.
;;;
;;; The usual way to build a string piece by piece, and the slowest: each step copies all of
;;; it. Allocates strings that are ever longer, garbage at once. Size: how often the numbers from
;;; 2000 down to 1 are written one after another (default 20); 0 writes those from 50.

(import (scheme base) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        20)))

;; The numbers from n down to 1 in decimal, a comma after each, at the end of `text`.
(define (numbers-from n text)
  (if (= n 0)
      text
      (numbers-from (- n 1) (string-append text (number->string n) ","))))

(define (digits n)
  (if (< n 10) 1 (+ 1 (digits (quotient n 10)))))

;; How long that text is.
(define (length-from n)
  (if (= n 0) 0 (+ (digits n) 1 (length-from (- n 1)))))

(define (good? n)
  (= (string-length (numbers-from n "")) (length-from n)))

(define all-good?
  (let loop ((i 0) (all-good? (good? 50)))
    (if (< i size)
        (loop (+ i 1) (and (good? 2000) all-good?))
        all-good?)))

(cond (all-good? (display "appends ok") (newline))
      (else (display "appends FAILED: a wrong length") (newline) (exit 1)))
