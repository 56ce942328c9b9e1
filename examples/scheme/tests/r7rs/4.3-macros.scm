;;; R7RS-small, section 4.3: macros, their hygiene and their patterns.

(import (scheme base) (scheme write) (scheme process-context))

(define section "4.3 macros")

;; --- The harness, the same in every file of this directory. ---
(define passed 0)
(define failed 0)

(define (fail expr what value)
  (set! failed (+ failed 1))
  (display section) (display ": ") (write expr) (newline)
  (display "    ") (display what) (display " ") (write value) (newline))

;; `equal?`, except that a NaN is like itself.
(define (same? a b)
  (cond ((and (number? a) (number? b))
         (or (eqv? a b) (not (or (= a a) (= b b)))))
        ((and (pair? a) (pair? b))
         (and (same? (car a) (car b)) (same? (cdr a) (cdr b))))
        (else (equal? a b))))

;; Calls `thunk`, then `done` with its value or `escaped` with what it raised.
(define (attempt thunk done escaped)
  ((call-with-current-continuation
    (lambda (k)
      (with-exception-handler
       (lambda (e) (k (lambda () (escaped e))))
       (lambda () (let ((value (thunk))) (lambda () (done value)))))))))

(define (check expr expected thunk)
  (attempt thunk
           (lambda (value)
             (cond ((same? expected value) (set! passed (+ passed 1)))
                   (else (fail expr "gave" value)
                         (display "    but should give ") (write expected) (newline))))
           (lambda (e)
             (fail expr "raised" (if (error-object? e)
                                     (cons (error-object-message e) (error-object-irritants e))
                                     e)))))

(define (check-error expr thunk)
  (attempt thunk
           (lambda (value) (fail expr "should raise an error but gave" value))
           (lambda (e) (set! passed (+ passed 1)))))

(define-syntax test
  (syntax-rules () ((_ expected expr) (check 'expr expected (lambda () expr)))))

;; Where the report says "it is an error", this suite wants one raised.
(define-syntax test-error
  (syntax-rules () ((_ expr) (check-error 'expr (lambda () expr)))))

(define (finish)
  (display section) (display ": ")
  (display passed) (display " passed, ") (display failed) (display " failed")
  (newline)
  (exit (if (= failed 0) 0 1)))
;; --- End of the harness. ---

;; 4.3.1 Binding constructs for syntactic keywords
(test 'now (let-syntax ((given-that (syntax-rules ()
                                      ((_ test stmt1 stmt2 ...) (if test (begin stmt1 stmt2 ...))))))
             (let ((if #t)) (given-that if (set! if 'now)) if)))
(test 'outer (let ((x 'outer))
               (let-syntax ((m (syntax-rules () ((m) x))))
                 (let ((x 'inner)) (m)))))
(test 7 (letrec-syntax
            ((my-or (syntax-rules ()
                      ((my-or) #f)
                      ((my-or e) e)
                      ((my-or e1 e2 ...) (let ((temp e1)) (if temp temp (my-or e2 ...)))))))
          (let ((x #f) (y 7) (temp 8) (let odd?) (if even?))
            (my-or x (let temp) (if y) y))))
(test 'inner (let ((f (lambda () 'outer)))
               (let-syntax ((g (syntax-rules () ((_) (f)))))
                 (let ((f (lambda () 'shadow))) (f) 'inner))))
(test '(1 2) (letrec-syntax ((a (syntax-rules () ((_ x) (b x 2))))
                             (b (syntax-rules () ((_ x y) (list x y)))))
               (a 1)))
(test 3 (let-syntax () 3))
(test 4 (let-syntax ((m (syntax-rules () ((_) 4)))) (define v (m)) v))

;; 4.3.2 Pattern language
(define-syntax be-like-begin
  (syntax-rules ()
    ((be-like-begin name)
     (define-syntax name
       (syntax-rules () ((name expr (... ...)) (begin expr (... ...))))))))
(be-like-begin sequence)
(test 4 (sequence 1 2 3 4))
(test 'ok (let ((=> #f)) (cond (#t => 'ok))))

;; Literals match by binding.
(define-syntax is-else
  (syntax-rules (else) ((_ else) 'else) ((_ x) 'other)))
(test 'else (is-else else))
(test 'other (is-else 5))
(test 'other (let ((else 5)) (is-else else)))
(define-syntax arrow
  (syntax-rules (=>) ((_ a => b) '(a to b)) ((_ a b c) 'no-arrow)))
(test '(1 to 2) (arrow 1 => 2))
(test 'no-arrow (arrow 1 -> 2))
(test 'no-arrow (let ((=> 1)) (arrow 1 => 2)))
(define-syntax unbound-literal
  (syntax-rules (never-bound) ((_ never-bound) 'yes) ((_ x) 'no)))
(test 'yes (unbound-literal never-bound))
(test 'no (let ((never-bound 1)) (unbound-literal never-bound)))

;; Underscore matches anything and binds nothing.
(define-syntax third (syntax-rules () ((_ _ _ x) 'x)))
(test 'c (third a b c))
(define-syntax count-to-3
  (syntax-rules () ((_) 0) ((_ _) 1) ((_ _ _) 2) ((_ _ _ _) 3) ((_ . _) 'many)))
(test '(0 1 2 3 many) (list (count-to-3) (count-to-3 a) (count-to-3 a b) (count-to-3 a b c) (count-to-3 a b c d)))

;; Constants in patterns match by equal?.
(define-syntax constant
  (syntax-rules () ((_ 1) 'one) ((_ "two") 'two) ((_ #\3) 'three) ((_ #t) 'true) ((_ ()) 'nil) ((_ x) 'what)))
(test '(one two three true nil what what)
      (list (constant 1) (constant "two") (constant #\3) (constant #t) (constant ()) (constant 4) (constant "2")))

;; Ellipses, nested and with a tail.
(define-syntax my-let
  (syntax-rules () ((_ ((n v) ...) b ...) ((lambda (n ...) b ...) v ...))))
(test 3 (my-let ((a 1) (b 2)) (+ a b)))
(test 5 (my-let () 5))
(define-syntax flatten2
  (syntax-rules () ((_ (a ...) ...) '(a ... ...))))
(test '(1 2 3 4 5) (flatten2 (1 2) () (3) (4 5)))
(define-syntax flatten3
  (syntax-rules () ((_ ((a ...) ...) ...) '(a ... ... ...))))
(test '(1 2 3 4 5 6) (flatten3 ((1 2) (3)) () ((4) () (5 6))))
(define-syntax regroup
  (syntax-rules () ((_ (k v ...) ...) '((k ...) (v ...) ... ((v ... k) ...)))))
(test '((a b c) (1 2) () (3) ((1 2 a) (b) (3 c))) (regroup (a 1 2) (b) (c 3)))
(define-syntax spread
  (syntax-rules () ((_ x (y ...) ...) '((x y ...) ...))))
(test '((0 1 2) (0) (0 3)) (spread 0 (1 2) () (3)))
(define-syntax cross
  (syntax-rules () ((_ (a ...) (b ...)) '((a b) ...))))
(test '((1 x) (2 y)) (cross (1 2) (x y)))
(define-syntax last-of
  (syntax-rules () ((_ x ... y) 'y)))
(test 'd (last-of a b c d))
(test 'a (last-of a))
(define-syntax all-but-last-two
  (syntax-rules () ((_ x ... y z) '((x ...) y z))))
(test '((1 2 3) 4 5) (all-but-last-two 1 2 3 4 5))
(test '(() 1 2) (all-but-last-two 1 2))
(define-syntax dotted-tail
  (syntax-rules () ((_ x ... . r) '((x ...) r))))
(test '((1 2) 3) (dotted-tail 1 2 . 3))
(test '((1 2) ()) (dotted-tail 1 2))
(define-syntax tail-and-dot
  (syntax-rules () ((_ x ... y . r) '((x ...) y r))))
(test '((1 2) 3 4) (tail-and-dot 1 2 3 . 4))
(test '((1 2) 3 ()) (tail-and-dot 1 2 3))
(define-syntax rest
  (syntax-rules () ((_ a . b) '(a b))))
(test '(1 (2 3)) (rest 1 2 3))
(test '(1 ()) (rest 1))
(define-syntax nested-tail
  (syntax-rules () ((_ (a b ... c) ...) '((a ...) (b ... ...) (c ...)))))
(test '((1 4 6) (2) (3 5 9)) (nested-tail (1 2 3) (4 5) (6 9)))
(test '((1 4 6) (2 7 8) (3 5 9)) (nested-tail (1 2 3) (4 5) (6 7 8 9)))

;; Vector patterns and templates.
(define-syntax vec
  (syntax-rules () ((_ #(a b ...)) '(a (b ...))) ((_ x) 'none)))
(test '(1 (2 3)) (vec #(1 2 3)))
(test '(1 ()) (vec #(1)))
(test 'none (vec #()))
(test 'none (vec (1 2)))
(define-syntax to-vec (syntax-rules () ((_ a ...) #(a ... end))))
(test #(1 2 end) (to-vec 1 2))
(define-syntax vec-tail (syntax-rules () ((_ #(a ... z)) '(z a ...))))
(test '(3 1 2) (vec-tail #(1 2 3)))

;; Another ellipsis; an escaped one; the ellipsis as a literal.
(define-syntax tuple
  (syntax-rules ::: () ((_ a :::) '(a ::: ...))))
(test '(1 2 ...) (tuple 1 2))
(define-syntax escaped (syntax-rules () ((_ a) '(a (... ...)))))
(test '(1 ...) (escaped 1))
(define-syntax escaped-more (syntax-rules () ((_ a b) '(... (a ... b)))))
(test '(1 ... 2) (escaped-more 1 2))
(define-syntax literal-dots
  (syntax-rules (...) ((_ ...) 'dots) ((_ x) 'x)))
(test 'dots (literal-dots ...))
(test '5 (literal-dots 5))
(define-syntax literal-underscore
  (syntax-rules (_) ((m _) 'underscore) ((m x) 'x)))
(test 'underscore (literal-underscore _))
(test '1 (literal-underscore 1))

;; The keyword at the head of a pattern is ignored.
(define-syntax head-ignored (syntax-rules () ((anything x) 'x)))
(test 'y (head-ignored y))

;; The first rule that matches wins; none is an error.
(define-syntax choose (syntax-rules () ((_ a) 'one) ((_ a b) 'two) ((_ a ...) 'some)))
(test '(some one two some) (list (choose) (choose 1) (choose 1 2) (choose 1 2 3)))

;; Hygiene: names that the macro inserts are its own.
(define-syntax swap!
  (syntax-rules () ((_ a b) (let ((tmp a)) (set! a b) (set! b tmp)))))
(test '(2 1) (let ((tmp 1) (other 2)) (swap! tmp other) (list tmp other)))
(test '(2 1) (let ((let 1) (set! 2)) (swap! let set!) (list let set!)))
(define-syntax my-or2
  (syntax-rules () ((_ a b) (let ((t a)) (if t t b)))))
(test 5 (let ((t 5)) (my-or2 #f t)))
(test 5 (let ((if list) (t 5)) (my-or2 #f t)))
(define-syntax my-if (syntax-rules () ((_ c a b) (cond (c a) (else b)))))
(test 'b (let ((else #f)) (my-if #f 'a 'b)))
(define-syntax while
  (syntax-rules ()
    ((_ condition body ...) (let loop () (if condition (begin body ... (loop)) #f)))))
(test 10 (let ((loop 0)) (while (< loop 10) (set! loop (+ loop 1))) loop))
(define-syntax bind-x (syntax-rules () ((_ e) (let ((x 'macro)) e))))
(test 'user (let ((x 'user)) (bind-x x)))
(define-syntax bind-given (syntax-rules () ((_ n e) (let ((n 'given)) e))))
(test 'given (let ((x 'user)) (bind-given x x)))
;; Two x, one of the macro and one of its user, in one lambda list.
(define-syntax two-x (syntax-rules () ((_ n e) (lambda (x n) (list x n e)))))
(test '(1 2 2) ((two-x x x) 1 2))
;; A temporary for each of many, made by recursion.
(define-syntax my-letrec*
  (syntax-rules ()
    ((_ "temps" () ((n t v) ...) body) (let ((t v) ...) (let ((n t) ...) body)))
    ((_ "temps" ((n v) more ...) (done ...) body) (my-letrec* "temps" (more ...) (done ... (n temp v)) body))
    ((_ bindings body) (my-letrec* "temps" bindings () body))))
(test '(1 2 3) (my-letrec* ((a 1) (b 2) (c 3)) (list a b c)))
(test '(2 1) (let ((a 1) (b 2)) (my-letrec* ((a b) (b a)) (list a b))))

;; The macro's free names mean what they mean where it was defined,
(define top 'top)
(define-syntax get-top (syntax-rules () ((_) top)))
(test 'top (let ((top 'local)) (get-top)))
(test '(1 2) (let ((list vector)) (let-syntax ((m (syntax-rules () ((_ a b) (list a b))))) (vector->list (m 1 2)))))
(define-syntax call-list (syntax-rules () ((_ a ...) (list a ...))))
(test '(1 2) (let ((list vector)) (call-list 1 2)))
;; even those defined later in the same body,
(test 'later (let () (define-syntax m (syntax-rules () ((_) (f)))) (define (g) (m)) (define (f) 'later) (g)))
;; and even if the keyword itself is shadowed.
(test 3 (let ((call-list +)) (call-list 1 2)))
(test 'lambda-ok (let ((lambda 1) (define 2)) (get-top) 'lambda-ok))
(define-syntax my-lambda (syntax-rules () ((_ a b) (lambda a b))))
(test 6 (let ((lambda 5)) ((my-lambda (x) (+ x lambda)) 1)))
(test '(quote x) (let-syntax ((q (syntax-rules () ((_ e) ''e)))) (q x)))
(test 'x (let ((quote -)) (let-syntax ((q (syntax-rules () ((_) 'dummy)))) (call-list 1) (car (call-list (string->symbol "x"))))))

;; Definitions made by macros.
(define-syntax define-pair (syntax-rules () ((_ a b v) (begin (define a v) (define b v)))))
(define-pair one uno 1)
(test '(1 1) (list one uno))
(test '(2 2) (let () (define-pair x y 2) (list x y)))
(define-syntax define-getter
  (syntax-rules () ((_ name v) (begin (define hidden v) (define (name) hidden)))))
(test '(1 2) (let () (define-getter f 1) (define-getter g 2) (list (f) (g))))
(test 'mine (let ((hidden 'mine)) (define-getter f 1) (f) hidden))
(define-syntax define-record (syntax-rules () ((_ n make p f) (define-record-type n (make f) p (f f)))))
(define-record point make-point point? px)
(test '(#t 4) (let ((p (make-point 4))) (list (point? p) (px p))))

;; Macros that make macros.
(define-syntax define-constant-macro
  (syntax-rules () ((_ name value) (define-syntax name (syntax-rules () ((_) value))))))
(define-constant-macro four 4)
(test 4 (four))
(define-syntax make-adder-macro
  (syntax-rules ()
    ((_ name n) (define-syntax name (syntax-rules () ((_ x (... ...)) (list (+ n x) (... ...))))))))
(make-adder-macro plus-10 10)
(test '(11 12 13) (plus-10 1 2 3))
(define-syntax m1
  (syntax-rules () ((_ x) (let-syntax ((m2 (syntax-rules () ((_ y) (let ((x 1)) (list x y)))))) (m2 x)))))
(test '(1 5) (let ((z 5)) (m1 z)))
(define-syntax outer-inner
  (syntax-rules ()
    ((_ a) (letrec-syntax ((inner (syntax-rules () ((_ a) 'bound-anew) ((_ b) 'other)))) (inner 5)))))
(test 'bound-anew (outer-inner zz))

;; Comparing identifiers, after Oleg Kiselyov: are two symbols the same?
(define-syntax symbol-eq?
  (syntax-rules ()
    ((_ a b)
     (let-syntax ((check (syntax-rules (a) ((_ a) #t) ((_ other) #f))))
       (check b)))))
(test '(#t #f) (list (symbol-eq? p p) (symbol-eq? p q)))
;; Is it a symbol? (After Petrofsky and Kiselyov.)
(define-syntax symbol??
  (syntax-rules ()
    ((_ (x . y)) #f)
    ((_ #(x ...)) #f)
    ((_ maybe)
     (let-syntax ((try (syntax-rules () ((_ maybe yes no) yes) ((_ other yes no) no))))
       (try abracadabra #t #f)))))
(test '(#t #f #f #f) (list (symbol?? foo) (symbol?? 5) (symbol?? (a b)) (symbol?? "s")))

;; Continuation-passing macros: reverse a list while expanding.
(define-syntax reversed
  (syntax-rules ()
    ((_ () acc) 'acc)
    ((_ (a . b) (acc ...)) (reversed b (a acc ...)))))
(test '(3 2 1) (reversed (1 2 3) ()))
;; Peano arithmetic at expansion.
(define-syntax peano
  (syntax-rules (+ *)
    ((_ (+ () n) k ...) (peano-out n k ...))
    ((_ (+ (s . m) n) k ...) (peano (+ m (s . n)) k ...))))
(define-syntax peano-out (syntax-rules () ((_ (x ...)) (length '(x ...)))))
(test 5 (peano (+ (s s) (s s s))))
;; Many steps.
(define-syntax count-down
  (syntax-rules () ((_ () n) n) ((_ (a . rest) n) (count-down rest (+ 1 n)))))
(test 40 (count-down (a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a) 0))

;; my-do with optional steps, as in the report.
(define-syntax my-do
  (syntax-rules ()
    ((my-do ((var init step ...) ...) (test expr ...) command ...)
     (letrec ((loop (lambda (var ...)
                      (if test
                          (begin #f expr ...)
                          (begin command ... (loop (my-do "step" var step ...) ...))))))
       (loop init ...)))
    ((my-do "step" x) x)
    ((my-do "step" x y) y)))
(test #(0 1 2 3 4) (my-do ((vec (make-vector 5)) (i 0 (+ i 1))) ((= i 5) vec) (vector-set! vec i i)))

;; A variable shadows a macro, a local macro shadows a variable.
(define-syntax shadowed (syntax-rules () ((_ x) 'macro)))
(test 2 (let ((shadowed (lambda (x) (+ x 1)))) (shadowed 1)))
(test 'variable ((lambda (shadowed) (shadowed 1)) (lambda (x) 'variable)))
(test 'local (let ((f (lambda () 'variable))) (let-syntax ((f (syntax-rules () ((_) 'local)))) (f))))
(test 'inner (let () (define (shadowed x) 'inner) (shadowed 1)))
(test '(1 2) (let ((cond list)) (cond 1 2)))
(test 'ok (let ((define list) (begin 'ok)) (define 1 2) begin))

;; Quoted data lose the marks of expansion.
(define-syntax quoted (syntax-rules () ((_ x) '(x inserted "s" #(x)))))
(test '(a inserted "s" #(a)) (quoted a))
(test #t (eq? 'inserted (cadr (quoted a))))
(define-syntax quasi (syntax-rules () ((_ x) `(x ,x ,@(list x x)))))
(test '(v 1 1 1) (let ((v 1)) (quasi v)))
(define-syntax case-in-macro (syntax-rules () ((_ e) (case e ((inserted) 'yes) (else 'no)))))
(test 'yes (case-in-macro 'inserted))

;; Internal definitions after a macro that expands to definitions; begin is spliced.
(test 6 (let () (begin (define a 1) (define b 2)) (define-pair c d 3) (+ a b c)))
(test 'set (let () (define-syntax init! (syntax-rules () ((_ x) (set! x 'set)))) (define v #f) (init! v) v))

;; 4.3.3 syntax-error is raised when it is expanded, and only then.
(define-syntax simple-let
  (syntax-rules ()
    ((_ (head ... ((x . y) val) . tail) body1 body2 ...)
     (syntax-error "expected an identifier but got" (x . y)))
    ((_ ((name val) ...) body1 body2 ...) ((lambda (name ...) body1 body2 ...) val ...))))
(test 3 (simple-let ((a 1) (b 2)) (+ a b)))

(finish)
