;;; peval: a partial evaluator for a small functional language.
;;;
;;; After the idea of Marc Feeley's partial evaluator in the Gambit suite, and Futamura (1971). It
;;; specializes programs, which are S-expressions, to the arguments that are known. Allocates
;;; expressions and environments of association lists, and a list of specialized versions
;;; that stays for a run. Size: runs (default 50).

(import (scheme base) (scheme cxr) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        50)))

(define (fail what value)
  (display "peval FAILED: ") (display what) (display " ") (write value) (newline)
  (exit 1))

;; The language: constants, variables, (quote c), (if a b c), (let x a b), (op a ...) for
;; the primitives, and calls (f a ...) of a program's functions. A program is a list of
;; functions (name (parameter ...) body), the main one first.
(define primitives
  (list (cons '+ +) (cons '- -) (cons '* *) (cons '= =) (cons '< <) (cons 'not not)
        (cons 'quotient quotient) (cons 'even? even?) (cons 'null? null?) (cons 'pair? pair?)
        (cons 'car car) (cons 'cdr cdr) (cons 'cons cons) (cons 'eq? eq?)))

;; --- The interpreter: what a specialized program must agree with. ---

(define (run program arguments)
  (define (call f arguments)
    (value (caddr f) (map cons (cadr f) arguments)))
  (define (value e env)
    (cond ((symbol? e) (cdr (assq e env)))
          ((not (pair? e)) e)
          (else
           (case (car e)
             ((quote) (cadr e))
             ((if) (value (if (value (cadr e) env) (caddr e) (cadddr e)) env))
             ((let) (value (cadddr e) (cons (cons (cadr e) (value (caddr e) env)) env)))
             (else
              (let ((arguments (map (lambda (a) (value a env)) (cdr e)))
                    (primitive (assq (car e) primitives)))
                (if primitive
                    (apply (cdr primitive) arguments)
                    (call (assq (car e) program) arguments))))))))
  (call (car program) arguments))

;; --- The partial evaluator. ---

(define (constant? e)
  (or (not (or (symbol? e) (pair? e)))
      (and (pair? e) (eq? (car e) 'quote))))
(define (constant-value e) (if (pair? e) (cadr e) e))
(define (make-constant v)
  (if (or (number? v) (boolean? v)) v (list 'quote v)))

;; Stands for an argument that is not known.
(define unknown (list 'unknown))

;; Specializes the main function to `arguments`, each a value or `unknown`. The residual
;; program has a function for each function and pattern of known arguments that it needs.
(define (specialize program arguments)
  (define versions '())                 ; ((name . arguments) . residual name)
  (define finished '())                 ; residual functions
  (define names 0)
  (define (new-name base)
    (set! names (+ names 1))
    (string->symbol (string-append (symbol->string base) "-" (number->string names))))

  ;; The residual name of a function's version, which is made if it is not there yet.
  (define (version f arguments)
    (let* ((key (cons (car f) arguments)) (known (assoc key versions)))
      (if known
          (cdr known)
          (let ((name (new-name (car f))))
            (set! versions (cons (cons key name) versions))
            (let ((body (reduce (caddr f)
                                (map (lambda (parameter argument)
                                       (cons parameter
                                             (if (eq? argument unknown)
                                                 parameter
                                                 (make-constant argument))))
                                     (cadr f)
                                     arguments))))
              (set! finished
                    (cons (list name (keep-unknown (cadr f) arguments) body) finished))
              name)))))

  ;; The elements of l whose arguments are unknown.
  (define (keep-unknown l arguments)
    (cond ((null? l) '())
          ((eq? (car arguments) unknown)
           (cons (car l) (keep-unknown (cdr l) (cdr arguments))))
          (else (keep-unknown (cdr l) (cdr arguments)))))

  ;; The residual expression, where `env` has for each variable an expression: a constant,
  ;; or a variable of the residual function.
  (define (reduce e env)
    (cond ((symbol? e) (cdr (assq e env)))
          ((constant? e) e)
          (else
           (case (car e)
             ((if)
              (let ((test (reduce (cadr e) env)))
                (if (constant? test)
                    (reduce (if (constant-value test) (caddr e) (cadddr e)) env)
                    (list 'if test (reduce (caddr e) env) (reduce (cadddr e) env)))))
             ((let)
              (let ((bound (reduce (caddr e) env)))
                (if (or (constant? bound) (symbol? bound))
                    (reduce (cadddr e) (cons (cons (cadr e) bound) env))
                    (let ((name (new-name (cadr e))))
                      (list 'let name bound
                            (reduce (cadddr e) (cons (cons (cadr e) name) env)))))))
             (else
              (let ((arguments (map (lambda (a) (reduce a env)) (cdr e))))
                (if (assq (car e) primitives)
                    (reduce-primitive (car e) arguments)
                    (reduce-call (assq (car e) program) arguments))))))))

  (define (reduce-primitive op arguments)
    (cond ((all-constant? arguments)
           (make-constant (apply (cdr (assq op primitives)) (map constant-value arguments))))
          ((and (eq? op '*) (member 1 arguments))
           (if (eqv? 1 (car arguments)) (cadr arguments) (car arguments)))
          ((and (eq? op '+) (member 0 arguments))
           (if (eqv? 0 (car arguments)) (cadr arguments) (car arguments)))
          (else (cons op arguments))))

  (define (all-constant? l)
    (or (null? l) (and (constant? (car l)) (all-constant? (cdr l)))))

  ;; A call of the version for the arguments that are known, with those that are not.
  (define (reduce-call f arguments)
    (let* ((known (map (lambda (a) (if (constant? a) (constant-value a) unknown)) arguments))
           (name (version f known)))
      (cons name (keep-unknown arguments known))))

  (let ((name (version (car program) arguments)))
    (cons (assq name finished)
          (let others ((l finished))
            (cond ((null? l) '())
                  ((eq? (caar l) name) (others (cdr l)))
                  (else (cons (car l) (others (cdr l)))))))))

;; --- Programs to specialize. ---

(define power
  '((power (x n)
      (if (= n 0)
          1
          (if (even? n)
              (let h (power x (quotient n 2)) (* h h))
              (* x (power x (- n 1))))))))

(define append-lists
  '((append-lists (a b)
      (if (null? a) b (cons (car a) (append-lists (cdr a) b))))))

;; Is the pattern somewhere in the text? Specialized to the pattern it is a string matcher.
(define search
  '((search (pattern text) (try pattern text pattern text))
    (try (p t pattern text)
      (if (null? p)
          #t
          (if (null? t)
              #f
              (if (eq? (car p) (car t))
                  (try (cdr p) (cdr t) pattern text)
                  (search pattern (cdr text))))))))

;; An interpreter for a machine with one register: (inc . rest), (double . rest),
;; (loop-until n . rest) repeats the whole until the register is n or more. Specialized to its
;; program, it is a compiler (Futamura's first projection).
(define machine
  '((machine (code all r)
      (if (null? code)
          r
          (if (eq? (car code) 'inc)
              (machine (cdr code) all (+ r 1))
              (if (eq? (car code) 'double)
                  (machine (cdr code) all (* r 2))
                  (if (< r (car (cdr code)))
                      (machine all all r)
                      (machine (cdr (cdr code)) all r))))))))

(define code '(inc double inc loop-until 1000 double inc))

;; Does the residual program, of the unknown arguments, give what the original gives of all?
(define (agree? program known arguments)
  (let ((residual (specialize program known)))
    (equal? (run program arguments)
            (run residual
                 (let unknowns ((k known) (a arguments))
                   (cond ((null? k) '())
                         ((eq? (car k) unknown) (cons (car a) (unknowns (cdr k) (cdr a))))
                         (else (unknowns (cdr k) (cdr a)))))))))

(define (one-run)
  (unless (agree? power (list unknown 13) '(3 13)) (fail "power" 13))
  (unless (= 1594323 (run (specialize power (list unknown 13)) '(3))) (fail "power" '3^13))
  (unless (agree? power (list 2 60) '(2 60)) (fail "power" 'known))
  (unless (agree? append-lists (list '(1 2 3 4 5) unknown) '((1 2 3 4 5) (6 7)))
    (fail "append" 'first))
  (unless (agree? append-lists (list unknown '(6 7)) '((1 2 3 4 5) (6 7)))
    (fail "append" 'second))
  (for-each
   (lambda (text)
     (unless (agree? search (list '(a b a a b) unknown) (list '(a b a a b) text))
       (fail "search" text)))
   '((a b a b a a b) (a b a b a b b a) () (b b b b a b a a b b)))
  (unless (agree? machine (list code code unknown) (list code code 1)) (fail "machine" 'code))
  ;; The residual of the machine names no piece of the code any more.
  (let ((residual (specialize machine (list code code unknown))))
    (when (mentions? 'inc residual) (fail "machine" residual)))
  ;; Unknown all: the program itself, but for names.
  (unless (agree? power (list unknown unknown) '(2 10)) (fail "power" 'unknown)))

(define (mentions? symbol e)
  (if (pair? e)
      (or (mentions? symbol (car e)) (mentions? symbol (cdr e)))
      (eq? symbol e)))

(do ((i 0 (+ i 1)))
    ((> i size))
  (one-run))
(display "peval ok")
(newline)
