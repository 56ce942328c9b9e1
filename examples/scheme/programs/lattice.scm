;;; lattice: counts the order-preserving maps from one lattice to another.
;;;
;;; After the Gambit suite's benchmark of the name (Andrew Wright). The lattices are products
;;; of two-element chains; maps from one such into {low, high} number as Dedekind's
;;; numbers do. Allocates partial maps, as association lists, and candidate lists: all die
;;; young. Size: the number of chains in the domain, at most 5 (default 4; the range is {low, high}²,
;;; where there are as many maps as pairs of maps into {low, high}).

(import (scheme base) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        4)))

;; The elements of the product of n chains, least first: lists of 0 and 1.
(define (elements n)
  (if (= n 0)
      '(())
      (let ((smaller (elements (- n 1))))
        (append (map (lambda (e) (cons 0 e)) smaller)
                (map (lambda (e) (cons 1 e)) smaller)))))

(define (below? a b)
  (or (null? a)
      (and (<= (car a) (car b)) (below? (cdr a) (cdr b)))))

(define (filter keep? l)
  (cond ((null? l) '())
        ((keep? (car l)) (cons (car l) (filter keep? (cdr l))))
        (else (filter keep? (cdr l)))))

;; The values that x may have, given the map so far: above those of all elements below x.
;; (The elements come in an order in which none comes before one that is below it.)
(define (candidates x so-far range)
  (let loop ((pairs so-far) (range range))
    (cond ((or (null? pairs) (null? range)) range)
          ((below? (caar pairs) x)
           (loop (cdr pairs)
                 (filter (lambda (v) (below? (cdar pairs) v)) range)))
          (else (loop (cdr pairs) range)))))

(define (count-maps domain range)
  (let search ((todo domain) (so-far '()))
    (if (null? todo)
        1
        (let loop ((vs (candidates (car todo) so-far range)) (n 0))
          (if (null? vs)
              n
              (loop (cdr vs)
                    (+ n (search (cdr todo) (cons (cons (car todo) (car vs)) so-far)))))))))

;; Dedekind's numbers: order-preserving maps from n chains' product into one chain.
(define dedekind #(2 3 6 20 168 7581))

(let* ((one (count-maps (elements size) (elements 1)))
       (two (if (< size 5) (count-maps (elements size) (elements 2)) (square one)))
       (expected (vector-ref dedekind size)))
  (cond ((and (= one expected) (= two (square expected)))
         (display "lattice ok") (newline))
        (else
         (display "lattice FAILED: ") (write one) (display " and ") (write two) (newline)
         (exit 1))))
