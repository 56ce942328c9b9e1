;;; rewrite: proves a theorem of propositional logic by term rewriting.
;;;
;;; A theorem prover in the manner of Boyer and Moore's, as Gabriel's Boyer benchmark (Performance
;;; and Evaluation of Lisp Systems, 1985) and Clinger's nboyer are: a term is rewritten by a
;;; list of equations until none applies, and then split into cases (a tautology checker over
;;; `if`). With its own lemmas over numbers, lists and logic. Allocates terms, most of them
;;; short-lived, and substitutions. Size: how often the theorem is proved (default 1); 0 proves
;;; small facts alone.

(import (scheme base) (scheme cxr) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        1)))

;; Lemmas: (left right), and a variable is a symbol in place of a term. They are kept by the
;; operator of the left side.
(define lemmas
  '(;; Logic, in terms of if.
    ((and p q) (if p (if q (t) (f)) (f)))
    ((or p q) (if p (t) (if q (t) (f))))
    ((not p) (if p (f) (t)))
    ((implies p q) (if p (if q (t) (f)) (t)))
    ((iff p q) (and (implies p q) (implies q p)))
    ((xor p q) (not (iff p q)))
    ((if (if p q r) x y) (if p (if q x y) (if r x y)))
    ;; Numbers.
    ((plus (plus x y) z) (plus x (plus y z)))
    ((plus (zero) x) x)
    ((plus (succ x) y) (succ (plus x y)))
    ((times (zero) x) (zero))
    ((times (succ x) y) (plus y (times x y)))
    ((times x (plus y z)) (plus (times x y) (times x z)))
    ((times (times x y) z) (times x (times y z)))
    ((difference x x) (zero))
    ((difference (plus x y) x) y)
    ((less (succ x) (succ y)) (less x y))
    ((less x x) (f))
    ((less x (zero)) (f))
    ((less (zero) (succ x)) (t))
    ((less-equal x y) (not (less y x)))
    ((equal (plus x y) (plus x z)) (equal y z))
    ((equal (succ x) (succ y)) (equal x y))
    ((equal (zero) (succ x)) (f))
    ((equal x x) (t))
    ((even x) (equal (remainder x (two)) (zero)))
    ((two) (succ (succ (zero))))
    ;; Lists.
    ((append (append x y) z) (append x (append y z)))
    ((append (nil) x) x)
    ((append (cons x y) z) (cons x (append y z)))
    ((reverse (append x y)) (append (reverse y) (reverse x)))
    ((reverse (cons x y)) (append (reverse y) (cons x (nil))))
    ((reverse (nil)) (nil))
    ((reverse (reverse x)) x)
    ((length (append x y)) (plus (length x) (length y)))
    ((length (cons x y)) (succ (length y)))
    ((length (nil)) (zero))
    ((length (reverse x)) (length x))
    ((member x (append y z)) (or (member x y) (member x z)))
    ((member x (cons y z)) (or (equal x y) (member x z)))
    ((member x (nil)) (f))
    ((member x (reverse y)) (member x y))
    ((first (cons x y)) x)
    ((rest (cons x y)) y)
    ((equal (cons x y) (cons u v)) (and (equal x u) (equal y v)))))

;; operator -> its lemmas
(define lemmas-by-operator
  (let loop ((ls (reverse lemmas)) (table '()))
    (if (null? ls)
        table
        (let* ((operator (caaar ls)) (entry (assq operator table)))
          (cond (entry
                 (set-cdr! entry (cons (car ls) (cdr entry)))
                 (loop (cdr ls) table))
                (else (loop (cdr ls) (cons (list operator (car ls)) table))))))))

(define (lemmas-of operator)
  (let ((entry (assq operator lemmas-by-operator)))
    (if entry (cdr entry) '())))

;; Replaces variables by terms.
(define (substitute term bindings)
  (cond ((symbol? term)
         (let ((b (assq term bindings))) (if b (cdr b) term)))
        (else (cons (car term) (map (lambda (a) (substitute a bindings)) (cdr term))))))

;; One-way unification: bindings of the pattern's variables, or #f.
(define (unify pattern term bindings)
  (cond ((symbol? pattern)
         (let ((b (assq pattern bindings)))
           (cond ((not b) (cons (cons pattern term) bindings))
                 ((equal? (cdr b) term) bindings)
                 (else #f))))
        ((and (pair? term) (eq? (car pattern) (car term)))
         (let loop ((ps (cdr pattern)) (ts (cdr term)) (bindings bindings))
           (cond ((null? ps) (and (null? ts) bindings))
                 ((null? ts) #f)
                 (else
                  (let ((more (unify (car ps) (car ts) bindings)))
                    (and more (loop (cdr ps) (cdr ts) more)))))))
        (else #f)))

(define rewrites 0)

;; Rewrites inside out until no lemma applies.
(define (rewrite term)
  (if (symbol? term)
      term
      (rewrite-with-lemmas (cons (car term) (map rewrite (cdr term)))
                           (lemmas-of (car term)))))

(define (rewrite-with-lemmas term ls)
  (if (null? ls)
      term
      (let ((bindings (unify (caar ls) term '())))
        (cond (bindings
               (set! rewrites (+ rewrites 1))
               (rewrite (substitute (cadar ls) bindings)))
              (else (rewrite-with-lemmas term (cdr ls)))))))

;; Is the term, rewritten, true in every case? `true` and `false` are the terms assumed so.
(define (tautology? term true false)
  (cond ((or (equal? term '(t)) (member term true)) #t)
        ((or (equal? term '(f)) (member term false)) #f)
        ((and (pair? term) (eq? (car term) 'if))
         (let ((test (cadr term)))
           (cond ((or (equal? test '(t)) (member test true))
                  (tautology? (caddr term) true false))
                 ((or (equal? test '(f)) (member test false))
                  (tautology? (cadddr term) true false))
                 (else
                  (and (tautology? (caddr term) (cons test true) false)
                       (tautology? (cadddr term) true (cons test false)))))))
        (else #f)))

(define (proves? term) (tautology? (rewrite term) '() '()))

;; A chain of implications, p to q to r and so on, whose atoms are terms to simplify.
(define (chain atoms)
  (define (links atoms)
    (let ((link (list 'implies (car atoms) (cadr atoms))))
      (if (null? (cddr atoms)) link (list 'and link (links (cdr atoms))))))
  (define (last l) (if (null? (cdr l)) (car l) (last (cdr l))))
  (list 'implies (links atoms) (list 'implies (car atoms) (last atoms))))

(define (number n) (if (= n 0) '(zero) (list 'succ (number (- n 1)))))

(define atoms
  (list '(equal (plus a (plus b c)) (plus (plus a b) d))
        '(member a (append (reverse b) (append c (nil))))
        '(less (length (append x (reverse y))) (plus (length x) (times (two) (length y))))
        (list 'even (list 'times 'a (list 'plus 'b (number 3))))
        '(equal (reverse (append a (cons b c))) (append (reverse c) d))))

;; The first n of a list.
(define (first n l) (if (= n 0) '() (cons (car l) (first (- n 1) (cdr l)))))

(define theorem (chain (first 3 atoms)))

;; Some of its implications turned round: no theorem.
(define wrong
  (let ((t (chain (first 2 atoms))))
    (list 'implies (cadr t) (list 'implies (caddr (caddr t)) (cadr (caddr t))))))

(define facts
  (list (list 'equal (list 'times (number 3) (number 4)) (number 12))
        '(equal (reverse (append (cons a (nil)) (cons b (nil)))) (cons b (cons a (nil))))
        '(equal (length (append (reverse x) y)) (plus (length x) (length y)))
        '(implies (member a x) (member a (append x (append y z))))
        '(or (less x y) (less-equal y x))
        '(implies (and a b) (iff a b))))

(define (all-proved? terms)
  (or (null? terms) (and (proves? (car terms)) (all-proved? (cdr terms)))))

(define (fail what)
  (display "rewrite FAILED: ") (display what) (newline)
  (exit 1))

(unless (all-proved? facts) (fail "a fact is not proved"))
(when (proves? wrong) (fail "proves what is wrong"))
(do ((i 0 (+ i 1)))
    ((= i size))
  (unless (proves? theorem) (fail "the theorem is not proved")))
(display "rewrite ok")
(newline)
