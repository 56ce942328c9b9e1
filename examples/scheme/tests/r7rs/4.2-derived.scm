;;; R7RS-small, section 4.2: derived expression types.

(import (scheme base) (scheme write) (scheme process-context)
        (scheme lazy) (scheme case-lambda) (scheme inexact))

(define section "4.2 derived expressions")

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

;; 4.2.1 Conditionals: cond
(test 'greater (cond ((> 3 2) 'greater) ((< 3 2) 'less)))
(test 'equal (cond ((> 3 3) 'greater) ((< 3 3) 'less) (else 'equal)))
(test 2 (cond ((assv 'b '((a 1) (b 2))) => cadr) (else #f)))
(test 7 (cond (#f 1) (7)))
(test '(1 2 3) (let ((l '())) (cond (#t (set! l '(3)) (set! l (cons 2 l)) (cons 1 l)))))
(test 'else (cond (#f => car) (else 'else)))
(test 5 (cond ((+ 2 2) => (lambda (n) (+ n 1)))))
(test 'ok (let ((=> #f)) (cond (#t => 'ok))))
(test 'ok (let ((else #f)) (cond (else 'no) (#t 'ok))))

;; case
(test 'composite (case (* 2 3) ((2 3 5 7) 'prime) ((1 4 6 8 9) 'composite)))
(test 'c (case (car '(c d)) ((a e i o u) 'vowel) ((w y) 'semivowel) (else => (lambda (x) x))))
(test 'vowel (case 'i ((a e i o u) 'vowel) (else 'other)))
(test 'seven (case 7 ((1) 'one) ((7) => (lambda (n) (if (= n 7) 'seven 'what))) (else 'no)))
(test 'char (case #\b ((#\a) 'a) ((#\b) 'char) (else 'no)))
(test 'nil (case '() ((()) 'nil) (else 'no)))
(test 'big (case 100000000000000000000 ((100000000000000000000) 'big) (else 'no)))
(test 'exact (case 2 ((2.0) 'inexact) ((2) 'exact)))
(test 1 (let ((n 0)) (case (begin (set! n (+ n 1)) n) ((5) 5) ((6) 6) ((7) 7) (else n))))

;; and, or, when, unless
(test #t (and (= 2 2) (> 2 1)))
(test #f (and (= 2 2) (< 2 1)))
(test '(f g) (and 1 2 'c '(f g)))
(test #t (and))
(test #f (and #f (car '())))
(test #t (or (= 2 2) (> 2 1)))
(test #t (or (= 2 2) (< 2 1)))
(test #f (or #f #f #f))
(test #f (or))
(test '(b c) (or (memq 'b '(a b c)) (car '())))
(test 3 (when #t 1 2 3))
(test 3 (unless #f 1 2 3))
(test 'untouched (let ((l 'untouched)) (when #f (set! l 1)) (unless #t (set! l 2)) l))
(test 'done (let loop ((i 1000000)) (and #t (or #f (cond ((= i 0) 'done) (else (loop (- i 1))))))))
(test 'done (let loop ((i 100000)) (when #t (unless #f (case i ((0) 'done) (else (loop (- i 1))))))))

;; 4.2.2 Binding constructs
(test 6 (let ((x 2) (y 3)) (* x y)))
(test 35 (let ((x 2) (y 3)) (let ((x 7) (z (+ x y))) (* z x))))
(test 70 (let ((x 2) (y 3)) (let* ((x 7) (z (+ x y))) (* z x))))
(test 'body (let () 'body))
(test 'body (let* () 'body))
(test 3 (let* ((x 1) (x (+ x 1)) (x (+ x 1))) x))
(test #t (letrec ((even? (lambda (n) (if (zero? n) #t (odd? (- n 1)))))
                  (odd? (lambda (n) (if (zero? n) #f (even? (- n 1))))))
           (even? 88)))
(test 5 (letrec* ((p (lambda (x) (+ 1 (q (- x 1)))))
                  (q (lambda (y) (if (zero? y) 0 (+ 1 (p (- y 1))))))
                  (x (p 5))
                  (y x))
          y))
(test-error (letrec ((a b) (b 1)) a))
(test-error (letrec* ((a b) (b 1)) a))

(test '(35 (1 . 2)) (let ((x 5))
                      (let-values (((root rem) (exact-integer-sqrt 32))
                                   ((a . rest) (values 1 2)))
                        (list (* root (+ rem x -5)) (cons a (car rest))))))
(test '(x y x y) (let ((a 'a) (b 'b) (x 'x) (y 'y))
                   (let*-values (((a b) (values x y))
                                 ((x y) (values a b)))
                     (list a b x y))))
(test '(x y a b) (let ((a 'a) (b 'b) (x 'x) (y 'y))
                   (let-values (((a b) (values x y))
                                ((x y) (values a b)))
                     (list a b x y))))
(test '(1 2 3) (let-values ((all (values 1 2 3))) all))
(test '() (let-values ((all (values))) all))
(test '((1) 2 (3 4)) (let-values (((a . b) (values 2 3 4)) (c (values 1))) (list c a b)))
(test '(1 2) (let () (define-values (a b) (values 1 2)) (list a b)))
(test '(1 (2 3)) (let () (define-values (a . b) (values 1 2 3)) (list a b)))
(test '(1 2 3) (let () (define-values all (values 1 2 3)) all))

;; 4.2.3 Sequencing
(define x 0)
(test 6 (and (= x 0) (begin (set! x 5) (+ x 1))))
(test 5 x)
(begin (define made-by-begin 1) (define made-too (+ made-by-begin 1)))
(test 2 made-too)

;; 4.2.4 Iteration
(test #(0 1 2 3 4) (do ((vec (make-vector 5)) (i 0 (+ i 1))) ((= i 5) vec) (vector-set! vec i i)))
(test 25 (let ((x '(1 3 5 7 9))) (do ((x x (cdr x)) (sum 0 (+ sum (car x)))) ((null? x) sum))))
(test 'fixed (do ((i 0 (+ i 1)) (constant 'fixed)) ((= i 3) constant)))
(test 3 (let ((n 0)) (do ((i 0 (+ i 1))) ((= i 3)) (set! n (+ n 1))) n))
(test '(2 1 0) (map (lambda (f) (f)) (do ((i 0 (+ i 1)) (fs '() (cons (lambda () i) fs))) ((= i 3) fs))))
(test '((6 1 3) (-5 -2))
      (let loop ((numbers '(3 -2 1 6 -5)) (nonneg '()) (neg '()))
        (cond ((null? numbers) (list nonneg neg))
              ((>= (car numbers) 0) (loop (cdr numbers) (cons (car numbers) nonneg) neg))
              (else (loop (cdr numbers) nonneg (cons (car numbers) neg))))))
(test 10 (let g ((a 1) (b 2)) (if (> a 3) (+ a (* 3 b)) (g (+ a 3) b))))

;; 4.2.5 Delayed evaluation
(test 3 (force (delay (+ 1 2))))
(test '(3 3) (let ((p (delay (+ 1 2)))) (list (force p) (force p))))
(define integers (letrec ((next (lambda (n) (delay (cons n (next (+ n 1))))))) (next 0)))
(define (head stream) (car (force stream)))
(define (tail stream) (cdr (force stream)))
(test 2 (head (tail (tail integers))))
(define (stream-filter p? s)
  (delay-force
   (if (null? (force s))
       (delay '())
       (let ((h (car (force s))) (t (cdr (force s))))
         (if (p? h) (delay (cons h (stream-filter p? t))) (stream-filter p? t))))))
(test 5 (head (tail (tail (stream-filter odd? integers)))))
(define count 0)
(define p (delay (begin (set! count (+ count 1)) (if (> count x) count (force p)))))
(test #t (promise? p))
(test 6 (force p))
(test 6 (begin (set! x 10) (force p)))
;; Re-entrant: the first value wins.
(define q
  (let ((first? #t))
    (delay (if first? (begin (set! first? #f) (force q)) 'second))))
(test 'second (force q))
(define r (delay (begin (display "") 'once)))
(test #t (eq? (force r) (force r)))
(test #f (promise? 3))
(test 12 (force (make-promise 12)))
(test #t (promise? (make-promise 1)))
(test #t (let ((p (delay 1))) (eq? p (make-promise p))))
(test 'end (force (let loop ((n 100000)) (if (= n 0) (delay 'end) (delay-force (loop (- n 1)))))))
(test 'end (let loop ((n 0) (p (delay 'end))) (if (= n 1000) (force p) (loop (+ n 1) (delay-force p)))))
(define (stream-ref s n) (if (= n 0) (head s) (stream-ref (tail s) (- n 1))))
(test 20001 (stream-ref (stream-filter odd? integers) 10000))
;; A promise whose body raises can be forced again.
(define tries 0)
(define failing (delay (begin (set! tries (+ tries 1)) (if (< tries 3) (raise 'not-yet) tries))))
(test '(not-yet not-yet 3)
      (let* ((a (guard (e (#t e)) (force failing)))
             (b (guard (e (#t e)) (force failing))))
        (list a b (force failing))))

;; 4.2.6 Dynamic bindings
(define radix (make-parameter 10 (lambda (x) (if (and (exact-integer? x) (<= 2 x 16)) x (error "invalid radix")))))
(define (f n) (number->string n (radix)))
(test "12" (f 12))
(test "1100" (parameterize ((radix 2)) (f 12)))
(test "12" (f 12))
(test-error (parameterize ((radix 0)) (f 12)))
(test 10 (radix))
(test '(1 2 1) (let ((p (make-parameter 1))) (let* ((a (p)) (b (parameterize ((p 2)) (p))) (c (p))) (list a b c))))
(test '(2 1) (let ((p (make-parameter 1)) (q (make-parameter 2))) (parameterize ((p (q)) (q (p))) (list (p) (q)))))
(test 1 (let ((p (make-parameter 1))) (guard (e (#t (p))) (parameterize ((p 2)) (raise 'out)))))
(test 1 (let ((p (make-parameter 1))) (call/cc (lambda (k) (parameterize ((p 2)) (k 'out)))) (p)))
;; The converter runs once for each value bound, and not when it is restored.
(test '(3 6)
      (let* ((calls 0)
             (p (make-parameter 1 (lambda (v) (set! calls (+ calls 1)) (* 2 v)))))
        (let ((inside (parameterize ((p 3)) (set! calls (+ calls 0)) (p))))
          (p)
          (list (+ calls 1) inside))))
;; A continuation captured inside sees the inner value again on re-entry.
(test '(2 2 1)
      (let ((p (make-parameter 1)) (k #f) (seen '()))
        (parameterize ((p 2))
          (call/cc (lambda (c) (set! k c)))
          (set! seen (cons (p) seen)))
        (if (< (length seen) 2) (k 'again))
        (append seen (list (p)))))
(test 3 (parameterize () 3))

;; 4.2.7 Exception handling: guard
(test 42 (guard (condition ((assq 'a condition) => cdr) ((assq 'b condition))) (raise (list (cons 'a 42)))))
(test '(b . 23) (guard (condition ((assq 'a condition) => cdr) ((assq 'b condition))) (raise (list (cons 'b 23)))))
(test 'none (guard (e (#f 'never)) 'none))
(test 'outer (guard (e (#t 'outer)) (guard (e ((number? e) 'inner)) (raise 'symbol))))
(test 'inner (guard (e (#t 'outer)) (guard (e ((symbol? e) 'inner)) (raise 'symbol))))
(test '(else x) (guard (e ((string? e) 'string) (else (list 'else e))) (raise 'x)))
(test '(1 2) (call-with-values (lambda () (guard (e (#f 0)) (values 1 2))) list))
(test '(3 4) (call-with-values (lambda () (guard (e (#t (values 3 4))) (raise 'x))) list))

;; 4.2.8 Quasiquotation
(test '(list 3 4) `(list ,(+ 1 2) 4))
(test '(list a (quote a)) (let ((name 'a)) `(list ,name ',name)))
(test '(a 3 4 5 6 b) `(a ,(+ 1 2) ,@(map abs '(4 -5 6)) b))
(test '((foo 7) . cons) `((foo ,(- 10 3)) ,@(cdr '(c)) . ,(car '(cons))))
(test #(10 5 2 4 3 8) `#(10 5 ,(exact (sqrt 4)) ,@(map (lambda (n) (exact (sqrt n))) '(16 9)) 8))
(test '((foo bar) (foo baz) foo bar) (let ((foo '(foo bar)) (@baz 'baz)) `(,foo (foo ,@(list @baz)) ,@foo)))
(test '(a `(b ,(c 3))) `(a `(b ,(c ,(+ 1 2)))))
(test '(a `(b ,(foo 4 d) e) f) `(a `(b ,(foo ,(+ 1 3) d) e) f))
(test '(a `(b ,x ,'y d) e) (let ((name1 'x) (name2 'y)) `(a `(b ,,name1 ,',name2 d) e)))
(test '(list 3 4) (quasiquote (list (unquote (+ 1 2)) 4)))
(test '`(list ,(+ 1 2) 4) '(quasiquote (list (unquote (+ 1 2)) 4)))
(test 5 `,(+ 2 3))
(test '(1 . 2) `(1 . ,(+ 1 1)))
(test '(1 2 3) `(1 ,@'(2 3)))
(test '(1 . 2) `(1 ,@2))
(test '(2 3 4) `(,@'(2 3) ,@'() 4))
(test #() `#(,@'()))
(test '#(1 (2 #(3 4))) `#(1 (2 #(3 ,(+ 2 2)))))
(test '(1 `(,@(2 3 4))) `(1 `(,@(2 ,@(list 3 4)))))
(test '(1 `,(+ 1 5)) `(1 `,(+ 1 ,(+ 2 3))))
(test '(x y) (let ((x 'x)) `(,x y)))
(test "s" `"s")

;; 4.2.9 Case-lambda
(define range
  (case-lambda
    ((e) (range 0 e))
    ((b e) (do ((r '() (cons e r)) (e (- e 1) (- e 1))) ((< e b) r)))))
(test '(0 1 2) (range 3))
(test '(3 4) (range 3 5))
(test-error (range 1 2 3))
(define variadic
  (case-lambda (() 'none) ((a) (list 'one a)) ((a b . rest) (list 'many a b rest))))
(test 'none (variadic))
(test '(one 1) (variadic 1))
(test '(many 1 2 ()) (variadic 1 2))
(test '(many 1 2 (3 4)) (variadic 1 2 3 4))
(define any (case-lambda ((a) 'one) (all all)))
(test '() (any))
(test 'one (any 1))
(test '(1 2) (any 1 2))
(test-error ((case-lambda)))

(finish)
