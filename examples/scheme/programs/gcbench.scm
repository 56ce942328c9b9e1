;;; gcbench: binary trees, built top down and bottom up.
;;;
;;; After Ellis, Kovac and Boehm's GCBench (1997 to 2000). Allocates complete trees, most
;;; short-lived, beside a long-lived tree and a long-lived vector of floats, which stay
;;; until the end. Size: the depth of the long-lived tree (default 12).

(import (scheme base) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        12)))

(define-record-type node
  (make-node left right)
  node?
  (left left set-left!)
  (right right set-right!))

(define (tree-size depth) (- (expt 2 (+ depth 1)) 1))

;; Bottom up: the children are older than the parent.
(define (make-tree depth)
  (if (= depth 0)
      (make-node #f #f)
      (make-node (make-tree (- depth 1)) (make-tree (- depth 1)))))

;; Top down: the parent is older, and is written to.
(define (populate! depth node)
  (when (> depth 0)
    (set-left! node (make-node #f #f))
    (set-right! node (make-node #f #f))
    (populate! (- depth 1) (left node))
    (populate! (- depth 1) (right node))))

(define (count-nodes tree)
  (if tree
      (+ 1 (count-nodes (left tree)) (count-nodes (right tree)))
      0))

(define (fail what)
  (display "gcbench FAILED: ") (display what) (newline)
  (exit 1))

;; As many trees of each depth as make up twice the long-lived tree.
(define (short-lived depth)
  (do ((i (quotient (* 2 (tree-size size)) (tree-size depth)) (- i 1)))
      ((<= i 0))
    (let ((tree (make-node #f #f)))
      (populate! depth tree)
      (unless (node? (left tree)) (fail "a tree lost its child"))))
  (do ((i (quotient (* 2 (tree-size size)) (tree-size depth)) (- i 1)))
      ((<= i 0))
    (unless (node? (right (make-tree depth))) (fail "a tree lost its child")))
  (unless (= (count-nodes (make-tree depth)) (tree-size depth)) (fail "a tree lost nodes")))

(define long-lived (make-node #f #f))
(populate! size long-lived)

(define floats
  (let ((v (make-vector (* 4 (tree-size (max 1 (- size 4)))) 0.0)))
    (do ((i 1 (+ i 1)))
        ((= i (vector-length v)) v)
      (vector-set! v i (/ 1.0 i)))))

(do ((depth 2 (+ depth 2)))
    ((> depth size))
  (short-lived depth))

(cond ((not (= (count-nodes long-lived) (tree-size size))) (fail "the long-lived tree lost nodes"))
      ((not (= (vector-ref floats 8) 0.125)) (fail "the vector of floats changed"))
      (else (display "gcbench ok") (newline)))
