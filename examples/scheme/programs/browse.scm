;;; browse: pattern matching over a database of frames.
;;;
;;; After Gabriel, Performance and Evaluation of Lisp Systems (1985): a list of units, each
;;; with a few properties, is searched by patterns with wild cards (`?x` one element, `*x`
;;; any run of them). Allocates bindings and candidate lists, all short-lived, beside a
;;; database that stays. Size: searches of the whole database (default 5;
;;; 1 searches a fifth of it).

(import (scheme base) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        5)))

;; A small generator of pseudo-random numbers (Lehmer, modulus 2^31 - 1).
(define seed 21)
(define (random! n)
  (set! seed (modulo (* seed 48271) 2147483647))
  (modulo seed n))

;; How many units; fewer for the smallest size.
(define units (if (< size 2) 12 60))

;; A property: a list of 8 elements, each a symbol of few or a nested list.
(define (random-property)
  (let loop ((i 0) (l '()))
    (if (= i 8)
        l
        (loop (+ i 1)
              (cons (if (= 0 (random! 6))
                        (list (random-letter) (random-letter))
                        (random-letter))
                    l)))))

(define (random-letter) (vector-ref #(a b c d) (random! 4)))

(define database
  (let loop ((i 0) (l '()))
    (if (= i units)
        l
        (loop (+ i 1)
              (cons (list (random-property) (random-property) (random-property)) l)))))

(define (first-char symbol) (string-ref (symbol->string symbol) 0))
(define (one? x) (and (symbol? x) (char=? (first-char x) #\?)))
(define (run? x) (and (symbol? x) (char=? (first-char x) #\*)))

;; The bindings, extended so that `pattern` is `datum`; or #f.
(define (match pattern datum bindings)
  (cond ((null? pattern) (and (null? datum) bindings))
        ((run? (car pattern))
         (let ((known (assq (car pattern) bindings)))
           (if known
               (let ((rest (after (cdr known) datum)))
                 (and rest (match (cdr pattern) (car rest) bindings)))
               (match-run pattern '() datum bindings))))
        ((null? datum) #f)
        ((one? (car pattern))
         (let ((known (assq (car pattern) bindings)))
           (if known
               (and (equal? (cdr known) (car datum))
                    (match (cdr pattern) (cdr datum) bindings))
               (match (cdr pattern) (cdr datum)
                      (cons (cons (car pattern) (car datum)) bindings)))))
        ((pair? (car pattern))
         (and (pair? (car datum))
              (let ((inner (match (car pattern) (car datum) bindings)))
                (and inner (match (cdr pattern) (cdr datum) inner)))))
        ((eq? (car pattern) (car datum))
         (match (cdr pattern) (cdr datum) bindings))
        (else #f)))

;; Tries ever longer runs for the wild card at the head of `pattern`.
(define (match-run pattern taken datum bindings)
  (or (match (cdr pattern) datum (cons (cons (car pattern) (reverse taken)) bindings))
      (and (pair? datum)
           (match-run pattern (cons (car datum) taken) (cdr datum) bindings))))

;; What follows `run` in `datum`, in a list of one; or #f.
(define (after run datum)
  (cond ((null? run) (list datum))
        ((null? datum) #f)
        ((equal? (car run) (car datum)) (after (cdr run) (cdr datum)))
        (else #f)))

;; A pattern, and what must be true of the bindings of any match.
(define patterns
  '((*x a *y a *x)
    (*x ?p ?p *y (?q ?q) *z)
    (*x b *x *y)
    (?p *x ?p)
    (*a *b *a *b)
    ((?p ?q) *x (?q ?p) *y)))

;; The pattern, filled in from the bindings: must be the datum again.
(define (fill pattern bindings)
  (cond ((null? pattern) '())
        ((run? (car pattern))
         (append (cdr (assq (car pattern) bindings)) (fill (cdr pattern) bindings)))
        ((one? (car pattern))
         (cons (cdr (assq (car pattern) bindings)) (fill (cdr pattern) bindings)))
        ((pair? (car pattern))
         (cons (fill (car pattern) bindings) (fill (cdr pattern) bindings)))
        (else (cons (car pattern) (fill (cdr pattern) bindings)))))

;; How many properties match some pattern; #f if a match is wrong.
(define (search)
  (let loop ((units database) (found 0))
    (if (null? units)
        found
        (let properties ((ps (car units)) (found found))
          (if (null? ps)
              (loop (cdr units) found)
              (let try ((patterns patterns) (found found))
                (if (null? patterns)
                    (properties (cdr ps) found)
                    (let ((bindings (match (car patterns) (car ps) '())))
                      (cond ((not bindings) (try (cdr patterns) found))
                            ((equal? (fill (car patterns) bindings) (car ps))
                             (try (cdr patterns) (+ found 1)))
                            (else (fail "a match that is none")))))))))))

(define (fail why)
  (display "browse FAILED: ") (display why) (newline)
  (exit 1))

(define expected (if (< size 2) 14 93))

(let loop ((i 0))
  (cond ((or (< i size) (= i 0))
         (let ((found (search)))
           (if (= found expected)
               (loop (+ i 1))
               (fail found))))
        (else (display "browse ok") (newline))))
