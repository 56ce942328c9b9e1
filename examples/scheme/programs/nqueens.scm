;;; nqueens: counts the ways to place n queens on an n × n board, none attacking another.
;;;
;;; An old favourite of Lisp benchmarks (Gauss's problem; in this form after the Gambit
;;; suite's description). Allocates short lists of candidate rows that die young.
;;; Size: n, up to 12 (default 10).

(import (scheme base) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        10)))

;; The numbers from 1 to n.
(define (upto n)
  (let loop ((i n) (l '()))
    (if (= i 0) l (loop (- i 1) (cons i l)))))

;; May a queen stand in `row`, with `placed` in the columns to its left, nearest first?
(define (safe? row placed)
  (let loop ((placed placed) (distance 1))
    (or (null? placed)
        (let ((other (car placed)))
          (and (not (= other (+ row distance)))
               (not (= other (- row distance)))
               (loop (cdr placed) (+ distance 1)))))))

;; How many boards extend `placed` with all rows of `untried` and `rejected`?
(define (count-boards untried rejected placed)
  (if (null? untried)
      (if (null? rejected) 1 0)
      (let ((row (car untried)) (others (cdr untried)))
        (+ (if (safe? row placed)
               (count-boards (append others rejected) '() (cons row placed))
               0)
           (count-boards others (cons row rejected) placed)))))

(define known #(1 1 0 0 2 10 4 40 92 352 724 2680 14200))

(let ((got (count-boards (upto size) '() '())))
  (cond ((= got (vector-ref known size))
         (display "nqueens ok") (newline))
        (else
         (display "nqueens FAILED: ") (write got) (newline)
         (exit 1))))
