;;; R7RS-small, section 5: programs, definitions, records and libraries.
;;;
;;; The libraries come first, as in a program that is one file.

(define-library (stack)
  (export make-stack push! pop! (rename stack-empty? empty?) stack-size)
  (import (scheme base))
  (begin
    (define-record-type stack
      (new-stack items)
      stack?
      (items stack-items set-stack-items!))
    (define (make-stack) (new-stack '()))
    (define (push! s x) (set-stack-items! s (cons x (stack-items s))))
    (define (pop! s)
      (let ((x (car (stack-items s))))
        (set-stack-items! s (cdr (stack-items s)))
        x))
    (define (stack-empty? s) (null? (stack-items s)))
    (define (stack-size s) (count-items (stack-items s)))
    (define (count-items l) (length l))))

(define-library (counting)
  (export next-count my-unless count-twice)
  (import (scheme base))
  (begin
    (define count 0)
    (define (next-count) (set! count (+ count 1)) count)
    ;; A macro whose expansion needs names that the library keeps to itself.
    (define-syntax my-unless
      (syntax-rules () ((_ c e ...) (hidden-if c #f (begin e ...)))))
    (define-syntax hidden-if
      (syntax-rules () ((_ c a b) (cond (c a) (else b)))))
    (define-syntax count-twice
      (syntax-rules () ((_) (begin (secret-step) (secret-step)))))
    (define (secret-step) (next-count))))

(define-library (uses counting)
  (export bump shared-count)
  (import (scheme base) (prefix (only (counting) next-count) c:))
  (begin
    (define (bump) (c:next-count))
    (define shared-count c:next-count)))

(define-library (features test)
  (export has-r7rs)
  (import (scheme base))
  (cond-expand
   (r7rs (begin (define has-r7rs #t)))
   (else (begin (define has-r7rs #f)))))

(define-library (numbered 1 2)
  (export value)
  (import (only (scheme base) define quote))
  (begin (define value 'numbered)))

(define-library (several begins)
  (export first-value second-value)
  (import (scheme base))
  (begin (define first-value 1))
  (begin (define second-value (+ first-value 1))))

(import (scheme base) (scheme write) (scheme process-context)
        (stack)
        (only (counting) next-count my-unless count-twice)
        (rename (uses counting) (bump bump!))
        (prefix (features test) f:)
        (except (numbered 1 2))
        (several begins)
        (only (rename (prefix (scheme cxr) cxr:) (cxr:caddr third-of)) third-of)
        (except (scheme char) char-upcase))

(define section "5 program structure")

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

;; 5.2 Import declarations
(define s (make-stack))
(push! s 1)
(push! s 2)
(test 2 (stack-size s))
(test 2 (pop! s))
(test 1 (pop! s))
(test #t (empty? s))
(test-error (pop! s))
(test 'numbered value)
(test '(1 2) (list first-value second-value))
(test 'c (third-of '(a b c)))
(test #t f:has-r7rs)
(test #\a (char-downcase #\A))
(test 'none-exported (let ((count-items 'none-exported)) count-items))

;; A library is loaded once: its state is shared.
(test 1 (next-count))
(test 2 (bump!))
(test 3 (shared-count))
(test 5 (count-twice))
(test 'ran (my-unless #f 'ran))
(test 'ran (let ((cond list) (hidden-if 5)) (my-unless #f 'ran)))
(test 'ran (let ((secret-step #f)) (count-twice) 'ran))

;; 4.2.1 cond-expand
(test 'r7rs (cond-expand (r7rs 'r7rs) (else 'else)))
(test 'else (cond-expand (no-such-feature 'no) (else 'else)))
(test 'and (cond-expand ((and r7rs (not no-such-feature)) 'and) (else 'else)))
(test 'or (cond-expand ((or no-such-feature r7rs) 'or) (else 'else)))
(test 'library (cond-expand ((library (scheme base)) 'library) (else 'else)))
(test 'else (cond-expand ((library (no such library)) 'library) (else 'else)))
(test 'not (cond-expand ((not r7rs) 'no) ((not (library (no such library))) 'not)))
(test '() (cond-expand ((or) '(no)) ((and) '())))
(cond-expand (r7rs (define expanded 1) (define expanded-too 2)) (else (define expanded 3)))
(test '(1 2) (list expanded expanded-too))
(test #t (and (memq 'r7rs (features)) #t))
(test #t (list? (features)))

;; 5.3 Variable definitions
(define add3 (lambda (x) (+ x 3)))
(test 6 (add3 3))
(define first car)
(test 1 (first '(1 2)))
(define (variadic a . b) (list a b))
(test '(1 (2 3)) (variadic 1 2 3))
(define (all . l) l)
(test '(1 2) (all 1 2))
(define add3 (lambda (x) (+ x 30)))
(test 33 (add3 3))

;; Internal definitions are letrec*.
(test 45 (let ((x 5))
           (define foo (lambda (y) (bar x y)))
           (define bar (lambda (a b) (+ (* a b) a)))
           (foo (+ x 3))))
(test 120 (let () (define (f n) (if (= n 0) 1 (* n (f (- n 1))))) (f 5)))
(test '(1 2 3) (let () (define a 1) (define b (+ a 1)) (define c (+ b 1)) (list a b c)))
(define (with-locals x)
  (define y (* x 2))
  (define (add z) (+ x y z))
  (add 1))
(test 31 (with-locals 10))
(test #t (let ((x 'outer)) (define x 'inner) (eq? x 'inner)))
(test-error (let () (define a b) (define b 1) a))
(test 2 (let () (begin (define a 1)) (begin) (define b (+ a 1)) b))

;; 5.3.3 define-values
(define-values (q r) (floor/ 17 5))
(test '(3 2) (list q r))
(define-values (h . t) (values 1 2 3))
(test '(1 (2 3)) (list h t))
(define-values everything (values 1 2))
(test '(1 2) everything)
(test 3 (let () (define-values (x y) (values 1 2)) (+ x y)))
(test '(3 (4)) (let () (define-values (x y . z) (values 1 3 4)) (list y z)))
(test '(1 2 3) (let () (define a 1) (define-values (b c) (values (+ a 1) (+ a 2))) (list a b c)))

;; 5.4 Syntax definitions
(define-syntax my-if (syntax-rules () ((_ c a b) (cond (c a) (else b)))))
(test 1 (my-if #t 1 2))
(test '(2 1) (let ((x 1) (y 2))
               (define-syntax swap! (syntax-rules () ((swap! a b) (let ((tmp a)) (set! a b) (set! b tmp)))))
               (swap! x y)
               (list x y)))

;; 5.5 Records
(define-record-type <pare>
  (kons x y)
  pare?
  (x kar set-kar!)
  (y kdr))
(test #t (pare? (kons 1 2)))
(test #f (pare? (cons 1 2)))
(test 1 (kar (kons 1 2)))
(test 2 (kdr (kons 1 2)))
(test 3 (let ((k (kons 1 2))) (set-kar! k 3) (kar k)))
(test-error (kar (cons 1 2)))
(test-error (set-kar! 5 1))
(test-error (kons 1))
(test-error (kons 1 2 3))
;; Fields in another order than the constructor's, and one it does not set.
(define-record-type account
  (make-account owner balance)
  account?
  (balance balance set-balance!)
  (history history set-history!)
  (owner owner))
(define a (make-account 'ann 10))
(test '(ann 10) (list (owner a) (balance a)))
(set-history! a '(opened))
(set-balance! a 11)
(test '(ann 11 (opened)) (list (owner a) (balance a) (history a)))
;; Types are generative: the same definition twice makes two types.
(define (make-type)
  (define-record-type thing (new-thing v) thing? (v thing-v))
  (list new-thing thing? thing-v))
(define t1 (make-type))
(define t2 (make-type))
(test '(#t #f) (let ((x ((car t1) 1))) (list ((cadr t1) x) ((cadr t2) x))))
(test-error ((third-of t2) ((car t1) 1)))
(test #f (vector? a))
(test #f (procedure? a))
(define-record-type empty (make-empty) is-empty?)
(test '(#t #f) (list (is-empty? (make-empty)) (is-empty? a)))
(test #f (eqv? (make-empty) (make-empty)))
(test #t (let ((e (make-empty))) (equal? e e)))
(define-record-type <node> (node value next) node? (value node-value) (next node-next set-node-next!))
(test 'a (let ((n (node 'a #f))) (set-node-next! n n) (node-value (node-next (node-next n)))))

;; begin at the top level defines.
(begin (define b1 1) (define (b2) (+ b1 1)))
(test 2 (b2))

(finish)
