;;; earley: a context-free parser that counts the parse trees of an ambiguous sentence.
;;;
;;; After Earley's algorithm (An Efficient Context-Free Parsing Algorithm, CACM 1970) and
;;; the Gambit suite's benchmark of the name. Allocates items and lists of them that live
;;; as long as the chart, and tables of counts. Size: the length of the sentence (default 40);
;;; the number of trees is a Catalan number.

(import (scheme base) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        40)))

;; A grammar is a list of rules (head symbol …); what is no head is a terminal.
(define grammar
  '((s s s)
    (s a)))

(define (nonterminal? x) (assq x grammar))

;; An item: the rule, how much of it is seen, where it began.
(define-record-type item
  (make-item head rest rule-number start)
  item?
  (head item-head)
  (rest item-rest)
  (rule-number item-rule)
  (start item-start))

(define (same-item? a b)
  (and (= (item-start a) (item-start b))
       (= (item-rule a) (item-rule b))
       (eq? (item-rest a) (item-rest b))))

(define (member-item? x l)
  (and (pair? l)
       (or (same-item? x (car l)) (member-item? x (cdr l)))))

;; The chart: for each position a list of items, kept apart by where they began.
(define (recognize sentence)
  (let* ((n (length sentence))
         (chart (make-vector (+ n 1) '()))
         (seen (make-vector (+ n 1) #f)))
    (define (add! position x)
      (unless (vector-ref seen position)
        (vector-set! seen position (make-vector (+ n 1) '())))
      (let* ((table (vector-ref seen position))
             (known (vector-ref table (item-start x))))
        (and (not (member-item? x known))
             (begin
               (vector-set! table (item-start x) (cons x known))
               (vector-set! chart position (cons x (vector-ref chart position)))
               #t))))
    ;; Adds all items of `rules` with that head.
    (define (predict! position head queue)
      (let loop ((rules grammar) (number 0) (queue queue))
        (cond ((null? rules) queue)
              ((eq? (caar rules) head)
               (let ((x (make-item head (cdar rules) number position)))
                 (loop (cdr rules) (+ number 1)
                       (if (add! position x) (cons x queue) queue))))
              (else (loop (cdr rules) (+ number 1) queue)))))
    (define (advance x)
      (make-item (item-head x) (cdr (item-rest x)) (item-rule x) (item-start x)))
    ;; Moves on all that wait at `start` for `head`.
    (define (complete! position start head queue)
      (let loop ((waiting (vector-ref chart start)) (queue queue))
        (cond ((null? waiting) queue)
              ((and (pair? (item-rest (car waiting)))
                    (eq? head (car (item-rest (car waiting)))))
               (let ((x (advance (car waiting))))
                 (loop (cdr waiting) (if (add! position x) (cons x queue) queue))))
              (else (loop (cdr waiting) queue)))))
    ;; No rule is empty, so what a completion needs is complete at an earlier position.
    (define (settle! position queue)
      (unless (null? queue)
        (let ((x (car queue)))
          (settle!
           position
           (cond ((null? (item-rest x))
                  (complete! position (item-start x) (item-head x) (cdr queue)))
                 ((nonterminal? (car (item-rest x)))
                  (predict! position (car (item-rest x)) (cdr queue)))
                 (else (cdr queue)))))))
    (settle! 0 (predict! 0 's '()))
    (let loop ((position 0) (words sentence))
      (unless (null? words)
        (let ((moved '()))
          (for-each
           (lambda (x)
             (when (and (pair? (item-rest x)) (eq? (car words) (car (item-rest x))))
               (let ((y (advance x)))
                 (when (add! (+ position 1) y) (set! moved (cons y moved))))))
           (vector-ref chart position))
          (settle! (+ position 1) moved)
          (loop (+ position 1) (cdr words)))))
    chart))

;; Is the whole sentence an `s`, as the chart says?
(define (accepted? chart)
  (let loop ((l (vector-ref chart (- (vector-length chart) 1))))
    (and (pair? l)
         (or (and (eq? 's (item-head (car l)))
                  (null? (item-rest (car l)))
                  (= 0 (item-start (car l))))
             (loop (cdr l))))))

;; How many trees have `symbols` from `from` to `to`; memo by position and rule tail.
(define (count-trees sentence chart)
  (define words (list->vector sentence))
  (define memo (make-vector (vector-length chart) '()))
  (define (trees symbol from to)
    (if (nonterminal? symbol)
        (if (complete? symbol from to)
            (let loop ((rules grammar) (n 0))
              (cond ((null? rules) n)
                    ((eq? symbol (caar rules))
                     (loop (cdr rules) (+ n (ways (cdar rules) from to))))
                    (else (loop (cdr rules) n))))
            0)
        (if (and (= to (+ from 1)) (eq? symbol (vector-ref words from))) 1 0)))
  (define (complete? symbol from to)
    (let loop ((l (vector-ref chart to)))
      (and (pair? l)
           (or (and (eq? symbol (item-head (car l)))
                    (null? (item-rest (car l)))
                    (= from (item-start (car l))))
               (loop (cdr l))))))
  (define (ways symbols from to)
    (cond ((null? (cdr symbols)) (remembered-trees (car symbols) from to))
          (else
           (do ((middle (+ from 1) (+ middle 1))
                (n 0 (let ((a (remembered-trees (car symbols) from middle)))
                       (if (= a 0) n (+ n (* a (ways (cdr symbols) middle to)))))))
               ((= middle to) n)))))
  (define (remembered-trees symbol from to)
    (let find ((l (vector-ref memo from)))
      (cond ((null? l)
             (let ((n (trees symbol from to)))
               (vector-set! memo from (cons (vector symbol to n) (vector-ref memo from)))
               n))
            ((and (eq? symbol (vector-ref (car l) 0)) (= to (vector-ref (car l) 1)))
             (vector-ref (car l) 2))
            (else (find (cdr l))))))
  (remembered-trees 's 0 (vector-length words)))

;; A binary tree with n leaves: there are C(2n-2, n-1)/n of them.
(define (catalan leaves)
  (let loop ((i 1) (c 1))
    (if (= i leaves) c (loop (+ i 1) (quotient (* c (- (* 4 i) 2)) (+ i 1))))))

(let* ((sentence (make-list size 'a))
       (chart (recognize sentence))
       (got (and (accepted? chart) (count-trees sentence chart)))
       (refused (accepted? (recognize (append sentence '(b))))))
  (cond ((and (equal? got (catalan size)) (not refused))
         (display "earley ok") (newline))
        (else
         (display "earley FAILED: ") (write got) (display ", not ") (write (catalan size)) (newline)
         (exit 1))))
