;;; graphs: counts the graphs on n vertices, up to the names of the vertices.
;;;
;;; After the Gambit suite's benchmark of the name, which counts rooted directed graphs; ours
;;; counts undirected ones, by the least of all renamings. Allocates permutations, as lists,
;;; and the renamed graphs as vectors. Size: n, at most 5 (default 5; 4 is quick).

(import (scheme base) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        5)))

(define (permutations l)
  (if (null? l)
      '(())
      (let each ((before '()) (rest l) (all '()))
        (if (null? rest)
            all
            (each (cons (car rest) before)
                  (cdr rest)
                  (append (map (lambda (p) (cons (car rest) p))
                               (permutations (append (reverse before) (cdr rest))))
                          all))))))

(define (iota n)
  (let loop ((i (- n 1)) (l '()))
    (if (< i 0) l (loop (- i 1) (cons i l)))))

;; A graph: a vector of the lists of each vertex's neighbours, in ascending order.
;; `bits` says for each pair of vertices if they are joined.
(define (graph-of bits n)
  (let ((g (make-vector n '())))
    (let loop ((a (- n 1)) (b (- n 2)) (bits bits))
      (cond ((= a 0) g)
            ((< b 0) (loop (- a 1) (- a 2) bits))
            (else
             (when (odd? bits)
               (vector-set! g a (cons b (vector-ref g a)))
               (vector-set! g b (cons a (vector-ref g b))))
             (loop a (- b 1) (quotient bits 2)))))
    (vector-map sort-ascending g)))

(define (sort-ascending l)
  (define (insert x sorted)
    (if (or (null? sorted) (< x (car sorted)))
        (cons x sorted)
        (cons (car sorted) (insert x (cdr sorted)))))
  (let loop ((l l) (sorted '()))
    (if (null? l) sorted (loop (cdr l) (insert (car l) sorted)))))

;; The same graph, its vertex i now named as the permutation says.
(define (rename g permutation)
  (let ((new (make-vector (vector-length g))) (names (list->vector permutation)))
    (let loop ((i 0))
      (if (= i (vector-length g))
          new
          (begin
            (vector-set! new
                         (vector-ref names i)
                         (sort-ascending
                          (map (lambda (j) (vector-ref names j)) (vector-ref g i))))
            (loop (+ i 1)))))))

;; Is a graph before another, in the order of neighbours' lists?
(define (list<? a b)
  (cond ((null? b) #f)
        ((null? a) #t)
        ((= (car a) (car b)) (list<? (cdr a) (cdr b)))
        (else (< (car a) (car b)))))

(define (graph<? a b)
  (let loop ((i 0))
    (cond ((= i (vector-length a)) #f)
          ((equal? (vector-ref a i) (vector-ref b i)) (loop (+ i 1)))
          (else (list<? (vector-ref a i) (vector-ref b i))))))

;; A graph is counted if no renaming is before it.
(define (least? g permutations)
  (or (null? permutations)
      (and (not (graph<? (rename g (car permutations)) g))
           (least? g (cdr permutations)))))

(define (count-graphs n)
  (let ((renamings (permutations (iota n)))
        (all (expt 2 (quotient (* n (- n 1)) 2))))
    (do ((bits 0 (+ bits 1))
         (count 0 (if (least? (graph-of bits n) renamings) (+ count 1) count)))
        ((= bits all) count))))

;; The same by Burnside's lemma: the mean, over all renamings, of the number of graphs that
;; a renaming leaves as they are, which is two to the number of its cycles of pairs.
(define (count-by-orbits n)
  (define (pair-cycles permutation)
    (let ((names (list->vector permutation))
          (seen (make-vector (* n n) #f)))
      (define (key a b) (+ (* n (max a b)) (min a b)))
      (let loop ((a 1) (b 0) (cycles 0))
        (cond ((= a n) cycles)
              ((= b a) (loop (+ a 1) 0 cycles))
              ((vector-ref seen (key a b)) (loop a (+ b 1) cycles))
              (else
               (let follow ((x a) (y b))
                 (unless (vector-ref seen (key x y))
                   (vector-set! seen (key x y) #t)
                   (follow (vector-ref names x) (vector-ref names y))))
               (loop a (+ b 1) (+ cycles 1)))))))
  (let ((all (permutations (iota n))))
    (/ (apply + (map (lambda (p) (expt 2 (pair-cycles p))) all))
       (length all))))

(let ((got (count-graphs size)) (expected (count-by-orbits size)))
  (cond ((= got expected)
         (display "graphs ok") (newline))
        (else
         (display "graphs FAILED: ") (write got) (display ", not ") (write expected) (newline)
         (exit 1))))
