;;; mazefun: makes a maze, without assignment.
;;;
;;; After Marc Feeley's functional maze maker in the Gambit suite. Walls between the cells of a grid
;;; are torn down in random order where they part two regions; the regions are kept in a
;;; persistent balanced tree (a radix tree over cell numbers), so each step allocates a path
;;; of new nodes. Size: the cells on a side (default 20).

(import (scheme base) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        20)))

;; Random numbers as a value passed along (Lehmer, modulus 2^31 - 1).
(define (next-seed seed) (modulo (* seed 48271) 2147483647))

;; A persistent map from the numbers below 2^bits: a leaf, or a pair of halves. #f is an
;; empty tree of any height.
(define (tree-ref tree key bits default)
  (cond ((not tree) default)
        ((= bits 0) tree)
        ((even? key) (tree-ref (car tree) (quotient key 2) (- bits 1) default))
        (else (tree-ref (cdr tree) (quotient key 2) (- bits 1) default))))

(define (tree-set tree key bits value)
  (if (= bits 0)
      value
      (let ((low (and tree (car tree))) (high (and tree (cdr tree))) (half (quotient key 2)))
        (if (even? key)
            (cons (tree-set low half (- bits 1) value) high)
            (cons low (tree-set high half (- bits 1) value))))))

(define bits
  (let loop ((b 0) (n 1)) (if (>= n (* size size)) b (loop (+ b 1) (* 2 n)))))

;; Regions: a cell's parent in its region, or nothing if it is the root.
(define (root regions cell)
  (let ((parent (tree-ref regions cell bits #f)))
    (if parent (root regions parent) cell)))

;; All walls: (cell . neighbour), to the right and below.
(define (walls)
  (let loop ((cell (- (* size size) 1)) (l '()))
    (if (< cell 0)
        l
        (let* ((l (if (< (modulo cell size) (- size 1)) (cons (cons cell (+ cell 1)) l) l))
               (l (if (< cell (* size (- size 1))) (cons (cons cell (+ cell size)) l) l)))
          (loop (- cell 1) l)))))

;; In random order: each gets a random key, and then they are merge-sorted.
(define (shuffle l seed)
  (let loop ((l l) (seed seed) (keyed '()))
    (if (null? l)
        (map cdr (merge-sort keyed))
        (let ((seed (next-seed seed)))
          (loop (cdr l) seed (cons (cons seed (car l)) keyed))))))

(define (merge-sort l)
  (if (or (null? l) (null? (cdr l)))
      l
      (let split ((l l) (a '()) (b '()))
        (if (null? l)
            (merge (merge-sort a) (merge-sort b))
            (split (cdr l) (cons (car l) b) a)))))

(define (merge a b)
  (cond ((null? a) b)
        ((null? b) a)
        ((<= (caar a) (caar b)) (cons (car a) (merge (cdr a) b)))
        (else (cons (car b) (merge a (cdr b))))))

;; The walls torn down.
(define (carve walls)
  (let loop ((walls walls) (regions #f) (sizes #f) (torn '()))
    (if (null? walls)
        torn
        (let ((a (root regions (caar walls))) (b (root regions (cdar walls))))
          (if (= a b)
              (loop (cdr walls) regions sizes torn)
              (let* ((size-a (tree-ref sizes a bits 1))
                     (size-b (tree-ref sizes b bits 1))
                     (sum (+ size-a size-b)))
                (if (< size-a size-b)
                    (loop (cdr walls) (tree-set regions a bits b) (tree-set sizes b bits sum)
                          (cons (car walls) torn))
                    (loop (cdr walls) (tree-set regions b bits a) (tree-set sizes a bits sum)
                          (cons (car walls) torn)))))))))

;; The neighbours that can be walked to from each cell, in a persistent tree of lists.
(define (passages torn)
  (let loop ((torn torn) (tree #f))
    (if (null? torn)
        tree
        (let* ((a (caar torn)) (b (cdar torn))
               (tree (tree-set tree a bits (cons b (tree-ref tree a bits '()))))
               (tree (tree-set tree b bits (cons a (tree-ref tree b bits '())))))
          (loop (cdr torn) tree)))))

;; How many cells a walk through the maze, which has no loops, reaches.
(define (cells-reached tree)
  (let walk ((cell 0) (from -1))
    (let each ((next (tree-ref tree cell bits '())) (n 1))
      (cond ((null? next) n)
            ((= (car next) from) (each (cdr next) n))
            (else (each (cdr next) (+ n (walk (car next) cell))))))))

(define (maze seed)
  (let* ((torn (carve (shuffle (walls) seed)))
         (cells (* size size)))
    ;; A tree that spans the grid: one wall fewer than cells, and every cell within reach.
    (and (= (length torn) (- cells 1))
         (= (cells-reached (passages torn)) cells))))

(define mazes 4)

(let loop ((i 1))
  (cond ((> i mazes) (display "mazefun ok") (newline))
        ((maze (* i 7919)) (loop (+ i 1)))
        (else (display "mazefun FAILED: no maze") (newline) (exit 1))))
