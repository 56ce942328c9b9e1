;;; lattice: counts the order-preserving maps from one lattice to another.
;;;
;;; After the Gambit suite's benchmark of the name (Andrew Wright). The lattices are products
;;; of two-element chains; maps from one such into {low, high} number as Dedekind's
;;; numbers do. Allocates partial maps, as association lists, and candidate lists: all die
;;; young.
;;; Size: how often the maps are counted (default 6); 0 counts only those of the smallest lattices.

(import (scheme base) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        6)))

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

;; Dedekind's numbers: order-preserving maps from n chains' product into one chain. Into the
;; product of two chains there are as many as pairs of such maps.
(define dedekind #(2 3 6 20 168 7581))

(define (agrees? chains range-chains)
  (= (count-maps (elements chains) (elements range-chains))
     (expt (vector-ref dedekind chains) range-chains)))

(let loop ((i 0) (good? (and (agrees? 2 1) (agrees? 2 2))))
  (cond ((not good?)
         (display "lattice FAILED: not Dedekind's number") (newline)
         (exit 1))
        ((< i size) (loop (+ i 1) (and (agrees? 4 1) (agrees? 3 2))))
        (else (display "lattice ok") (newline))))
