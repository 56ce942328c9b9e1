;;; R7RS-small, section 6.4: pairs and lists.

(import (scheme base) (scheme char) (scheme cxr) (scheme write) (scheme process-context))

(define section "6.4 pairs and lists")

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

;; pair?, cons, car, cdr
(test #t (pair? '(a . b)))
(test #t (pair? '(a b c)))
(test #f (pair? '()))
(test #f (pair? #(a b)))
(test '(a) (cons 'a '()))
(test '((a) b c d) (cons '(a) '(b c d)))
(test '("a" b c) (cons "a" '(b c)))
(test '(a . 3) (cons 'a 3))
(test '((a b) . c) (cons '(a b) 'c))
(test 'a (car '(a b c)))
(test '(a) (car '((a) b c d)))
(test 1 (car '(1 . 2)))
(test '(b c d) (cdr '((a) b c d)))
(test 2 (cdr '(1 . 2)))
(test-error (car '()))
(test-error (cdr '()))
(test-error (car 5))
(test-error (cdr "abc"))
(test-error (car #(1 2)))

;; set-car!, set-cdr!
(define p (list 1 2 3))
(test '(9 2 3) (begin (set-car! p 9) p))
(test '(9 . 8) (begin (set-cdr! p 8) p))
(test-error (set-car! '() 1))
(test-error (set-cdr! 5 1))

;; c[ad]*r
(test 1 (caar '((1 . 2) . (3 . 4))))
(test 2 (cdar '((1 . 2) . (3 . 4))))
(test 3 (cadr '((1 . 2) . (3 . 4))))
(test 4 (cddr '((1 . 2) . (3 . 4))))
(define tree
  '((((1 . 2) . (3 . 4)) . ((5 . 6) . (7 . 8))) . (((9 . 10) . (11 . 12)) . ((13 . 14) . (15 . 16)))))
(test '(1 9 5 13 3 11 7 15)
      (list (caaaar tree) (caaadr tree) (caadar tree) (caaddr tree)
            (cadaar tree) (cadadr tree) (caddar tree) (cadddr tree)))
(test '(2 10 6 14 4 12 8 16)
      (list (cdaaar tree) (cdaadr tree) (cdadar tree) (cdaddr tree)
            (cddaar tree) (cddadr tree) (cdddar tree) (cddddr tree)))
(define small '(((1 . 2) . (3 . 4)) . ((5 . 6) . (7 . 8))))
(test '(1 5 3 7 2 6 4 8)
      (list (caaar small) (caadr small) (cadar small) (caddr small)
            (cdaar small) (cdadr small) (cddar small) (cdddr small)))
(test-error (caddr '(1 2)))
(test-error (cadr '(1)))

;; null?, list?
(test #t (null? '()))
(test #f (null? '(1)))
(test #f (null? #()))
(test #f (null? #f))
(test #t (list? '(a b c)))
(test #t (list? '()))
(test #f (list? '(a . b)))
(test #f (list? '(a b . c)))
(test #f (list? 'a))
(test #f (let ((x (list 'a))) (set-cdr! x x) (list? x)))
(test #f (let ((x (list 'a 'b 'c))) (set-cdr! (cddr x) (cdr x)) (list? x)))

;; make-list, list, length
(test '(3 3) (make-list 2 3))
(test '() (make-list 0 3))
(test 4 (length (make-list 4)))
(test '(a 7 c) (list 'a (+ 3 4) 'c))
(test '() (list))
(test 3 (length '(a b c)))
(test 3 (length '(a (b) (c d e))))
(test 0 (length '()))
(test-error (length '(a . b)))
(test-error (length 5))
(test-error (let ((x (list 1 2))) (set-cdr! (cdr x) x) (length x)))
(test 100000 (length (make-list 100000 0)))

;; append
(test '(x y) (append '(x) '(y)))
(test '(a b c d) (append '(a) '(b c d)))
(test '(a (b) (c)) (append '(a (b)) '((c))))
(test '(a b c . d) (append '(a b) '(c . d)))
(test 'a (append '() 'a))
(test '() (append))
(test '(1) (append '(1)))
(test 5 (append 5))
(test '(1 2 3 4 5 6) (append '(1) '(2 3) '() '(4 5 6)))
(test '(1 2 . 3) (append '(1) '(2) 3))
(test #t (let ((tail '(3 4))) (eq? tail (cddr (append '(1 2) tail)))))
(test #f (let ((l '(1 2))) (eq? l (append l '()))))
(test-error (append '(1 . 2) '(3)))
(test-error (append 1 '(3)))

;; reverse
(test '(c b a) (reverse '(a b c)))
(test '((e (f)) d (b c) a) (reverse '(a (b c) d (e (f)))))
(test '() (reverse '()))
(test-error (reverse '(1 . 2)))

;; list-tail, list-ref, list-set!, list-copy
(test '(c d) (list-tail '(a b c d) 2))
(test '() (list-tail '(a) 1))
(test 'x (list-tail 'x 0))
(test-error (list-tail '(a) 2))
(test 'c (list-ref '(a b c d) 2))
(test 'c (list-ref '(a b c d) (exact (round 1.8))))
(test-error (list-ref '(a b) 2))
(test-error (list-ref '(a b) -1))
(test '(one two three) (let ((ls (list 'one 'two 'five!))) (list-set! ls 2 'three) ls))
(test-error (list-set! (list 1 2) 2 3))
(define a '(1 8 2 8))
(define b (list-copy a))
(test '(3 8 2 8) (begin (set-car! b 3) b))
(test '(1 8 2 8) a)
(test '(1 2 . 3) (list-copy '(1 2 . 3)))
(test '() (list-copy '()))
(test 'x (list-copy 'x))

;; memq, memv, member
(test '(c) (memq 'c '(a b c)))
(test '(b c) (memq 'b '(a b c)))
(test #f (memq 'd '(a b c)))
(test #f (memq (list 'a) '(b (a) c)))
(test '((a) c) (member (list 'a) '(b (a) c)))
(test '("b" "c") (member "B" '("a" "b" "c") (lambda (x y) (string=? (string-downcase x) (string-downcase y)))))
(test '(101 102) (memv 101 '(100 101 102)))
(test '(1.5) (memv 1.5 '(1 1.5)))
(test #f (member 1 '()))
(test #f (member 2.0 '(1 2 3)))
(test '(2 3) (member 2.0 '(1 2 3) =))
(test #t (let ((l '(a b c))) (eq? (cdr l) (memq 'b l))))

;; assq, assv, assoc
(define e '((a 1) (b 2) (c 3)))
(test '(a 1) (assq 'a e))
(test '(b 2) (assq 'b e))
(test #f (assq 'd e))
(test #f (assq (list 'a) '(((a)) ((b)) ((c)))))
(test '((a)) (assoc (list 'a) '(((a)) ((b)) ((c)))))
(test '(2 4) (assoc 2.0 '((1 1) (2 4) (3 9)) =))
(test '(5 7) (assv 5 '((2 3) (5 7) (11 13))))
(test #f (assoc 1 '()))
(test '("x" . 1) (assoc "x" '(("w" . 0) ("x" . 1))))
(test #t (eq? (cadr e) (assq 'b e)))
(test-error (assq 'z '((a 1) b)))

;; Lists far longer than any stack is deep.
(define (upto n) (let loop ((i n) (l '())) (if (= i 0) l (loop (- i 1) (cons i l)))))
(define long (upto 100000))
(test 100000 (car (reverse long)))
(test 200000 (length (append long long)))
(test 100000 (length (list-copy long)))
(test 5000050000 (apply + long))
(test '(100000) (memv 100000 long))
(test 100001 (car (list-tail (append long '(100001)) 100000)))
(test 100000 (length (map (lambda (x) x) long)))
(test 5000050000 (let sum ((l long)) (if (null? l) 0 (+ (car l) (sum (cdr l))))))

(finish)
