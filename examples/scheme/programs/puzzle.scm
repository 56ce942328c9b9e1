;;; puzzle: fills boards with blocks by exhaustive search.
;;;
;;; After Baskett's puzzle in Gabriel, Performance and Evaluation of Lisp Systems (1985): every
;;; square must be covered once. Ours count the tilings of a board of 4 rows and n + 1
;;; columns by dominoes, and the solutions of Langford's problem for n pairs. Vectors of
;;; marks do the work; the placements stay, the lists of those that still fit die young.
;;; Size: n, at most 11 (default 8).

(import (scheme base) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        8)))

;; Exact cover: `items` are numbered; a placement is the list of the items it covers. Each
;; item must be covered once.
(define (count-covers items placements)
  ;; The placements that cover item i, by i.
  (define by-item (make-vector items '()))
  (define covered (make-vector items #f))
  (define (fits? placement)
    (or (null? placement)
        (and (not (vector-ref covered (car placement)))
             (fits? (cdr placement)))))
  (define (mark! placement value)
    (for-each (lambda (i) (vector-set! covered i value)) placement))
  ;; The free placements of item i.
  (define (choices i)
    (let loop ((ps (vector-ref by-item i)) (free '()))
      (cond ((null? ps) free)
            ((fits? (car ps)) (loop (cdr ps) (cons (car ps) free)))
            (else (loop (cdr ps) free)))))
  (define (first-open from)
    (let loop ((i from))
      (cond ((= i items) #f)
            ((vector-ref covered i) (loop (+ i 1)))
            (else i))))
  ;; All items before `from` are covered.
  (define (search from)
    (let ((open (first-open from)))
      (if (not open)
          1
          (let loop ((ps (choices open)) (n 0))
            (if (null? ps)
                n
                (begin
                  (mark! (car ps) #t)
                  (let ((m (search (+ open 1))))
                    (mark! (car ps) #f)
                    (loop (cdr ps) (+ n m)))))))))
  (for-each
   (lambda (p)
     (for-each (lambda (i) (vector-set! by-item i (cons p (vector-ref by-item i)))) p))
   placements)
  (search 0))

;; Dominoes on a board of 4 rows and `columns` columns, column by column.
(define (domino-placements columns)
  (let loop ((c 0) (r 0) (l '()))
    (cond ((= c columns) l)
          ((= r 4) (loop (+ c 1) 0 l))
          (else
           (let* ((here (+ r (* 4 c)))
                  (l (if (< r 3) (cons (list here (+ here 1)) l) l))
                  (l (if (< c (- columns 1)) (cons (list here (+ here 4)) l) l)))
             (loop c (+ r 1) l))))))

;; The number of such tilings obeys a recurrence: a(n) = a(n-1) + 5a(n-2) + a(n-3) - a(n-4).
(define (domino-tilings columns)
  (let loop ((n 0) (a 1) (b 0) (c 1) (d 1))
    (if (= n columns)
        a
        (loop (+ n 1) (+ a (* 5 b) c (- d)) a b c))))

;; Langford's problem: the numbers 1, 1, 2, 2, … n, n in a row, k other numbers between the
;; two k's. Items are the 2n places and behind them the n pairs.
(define (langford-placements n)
  (let loop ((k 1) (i 0) (l '()))
    (let ((other (+ i k 1)))
      (cond ((> k n) l)
            ((>= other (* 2 n)) (loop (+ k 1) 0 l))
            (else (loop k (+ i 1) (cons (list i other (+ (* 2 n) k -1)) l)))))))

;; How many rows there are, each and its mirror image.
(define langford-rows #(1 0 0 2 2 0 0 52 300 0 0 35584))

(define columns (+ size 1))
(define tilings (count-covers (* 4 columns) (domino-placements columns)))
(define rows (count-covers (* 3 size) (langford-placements size)))

(cond ((and (= tilings (domino-tilings columns)) (= rows (vector-ref langford-rows size)))
       (display "puzzle ok") (newline))
      (else
       (display "puzzle FAILED: ") (write tilings) (display " and ") (write rows) (newline)
       (exit 1)))
