;;; SRFI 69: basic hash tables.

(import (scheme base) (scheme char) (scheme write) (scheme process-context) (srfi 69))

(define section "SRFI 69 hash tables")

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

(define (sorted l)
  (define (insert x s) (if (or (null? s) (< x (car s))) (cons x s) (cons (car s) (insert x (cdr s)))))
  (let loop ((l l) (s '())) (if (null? l) s (loop (cdr l) (insert (car l) s)))))

;; Construction
(define t (make-hash-table))
(test #t (hash-table? t))
(test '(#f #f #f) (map hash-table? (list '() (vector) 5)))
(test 0 (hash-table-size t))
(test #t (hash-table? (make-hash-table equal?)))
(test #t (hash-table? (make-hash-table string=? string-hash)))
(test #t (hash-table? (make-hash-table string-ci=? string-ci-hash)))
(test 2 (hash-table-size (alist->hash-table '((a . 1) (b . 2)))))
;; The first association of a key wins.
(test 1 (hash-table-ref (alist->hash-table '((a . 1) (a . 2)) eq?) 'a))

;; One entry
(hash-table-set! t 'a 1)
(hash-table-set! t "string" 2)
(hash-table-set! t '(a list) 3)
(hash-table-set! t 1.5 4)
(hash-table-set! t #(v) 5)
(test '(1 2 3 4 5)
      (map (lambda (k) (hash-table-ref t k)) (list 'a (string-copy "string") (list 'a 'list) 1.5 (vector 'v))))
(test 5 (hash-table-size t))
(test 9 (begin (hash-table-set! t 'a 9) (hash-table-ref t 'a)))
(test 5 (hash-table-size t))
(test 'none (hash-table-ref t 'missing (lambda () 'none)))
(test-error (hash-table-ref t 'missing))
(test 'default (hash-table-ref/default t 'missing 'default))
(test 9 (hash-table-ref/default t 'a 'default))
(test #t (hash-table-exists? t 'a))
(test #f (hash-table-exists? t 'missing))
(test #f (hash-table-ref/default t "STRING" #f))
(hash-table-delete! t 'a)
(test #f (hash-table-exists? t 'a))
(test 4 (hash-table-size t))
(test 4 (begin (hash-table-delete! t 'a) (hash-table-size t)))
(hash-table-set! t 'f #f)
(test #f (hash-table-ref t 'f (lambda () 'none)))
(test #t (hash-table-exists? t 'f))

;; hash-table-update!
(define u (make-hash-table eqv?))
(hash-table-update! u 1 (lambda (x) (+ x 1)) (lambda () 10))
(test 11 (hash-table-ref u 1))
(hash-table-update! u 1 (lambda (x) (+ x 1)))
(test 12 (hash-table-ref u 1))
(test-error (hash-table-update! u 2 (lambda (x) x)))
(hash-table-update!/default u 3 (lambda (x) (cons 'x x)) '())
(hash-table-update!/default u 3 (lambda (x) (cons 'y x)) '())
(test '(y x) (hash-table-ref u 3))

;; Equivalences
(define by-eq (make-hash-table eq?))
(define key (list 1))
(hash-table-set! by-eq key 'found)
(test 'found (hash-table-ref by-eq key))
(test 'none (hash-table-ref/default by-eq (list 1) 'none))
(define by-eqv (make-hash-table eqv?))
(hash-table-set! by-eqv 100000000000000000000 'big)
(hash-table-set! by-eqv 1/3 'third)
(hash-table-set! by-eqv 2.5 'float)
(hash-table-set! by-eqv #\a 'char)
(test '(big third float char none)
      (map (lambda (k) (hash-table-ref/default by-eqv k 'none)) (list (expt 10 20) (/ 2 6) (/ 5. 2) #\a 2)))
(test '(exact inexact)
      (let ((t (make-hash-table equal?)))
        (hash-table-set! t 2 'exact)
        (hash-table-set! t 2.0 'inexact)
        (list (hash-table-ref t 2) (hash-table-ref t 2.0))))
(define ci (make-hash-table string-ci=? string-ci-hash))
(hash-table-set! ci "Hello" 1)
(test 1 (hash-table-ref/default ci "HELLO" #f))
;; An equivalence and a hash function of the program's own.
(define mod7 (make-hash-table (lambda (a b) (= (modulo a 7) (modulo b 7))) (lambda (x . bound) (modulo x 7))))
(hash-table-set! mod7 3 'three)
(test 'three (hash-table-ref/default mod7 10 #f))
(test #f (hash-table-ref/default mod7 11 #f))
;; All keys in one bucket.
(define crowded (make-hash-table = (lambda (x . bound) 0)))
(do ((i 0 (+ i 1))) ((= i 200)) (hash-table-set! crowded i (* i i)))
(test 200 (hash-table-size crowded))
(test 39601 (hash-table-ref crowded 199))

;; The whole table
(define w (alist->hash-table '((1 . 10) (2 . 20) (3 . 30)) eqv?))
(test '(1 2 3) (sorted (hash-table-keys w)))
(test '(10 20 30) (sorted (hash-table-values w)))
(test '(11 22 33) (sorted (map (lambda (p) (+ (car p) (cdr p))) (hash-table->alist w))))
(test 66 (let ((n 0)) (hash-table-walk w (lambda (k v) (set! n (+ n k v)))) n))
(test 66 (hash-table-fold w (lambda (k v n) (+ n k v)) 0))
(define copy (hash-table-copy w))
(hash-table-set! copy 4 40)
(hash-table-set! copy 1 11)
(test '(4 3 11 10) (list (hash-table-size copy) (hash-table-size w) (hash-table-ref copy 1) (hash-table-ref w 1)))
(define merged (alist->hash-table '((1 . a) (5 . b)) eqv?))
(hash-table-merge! merged (alist->hash-table '((5 . b) (6 . c)) eqv?))
(test 3 (hash-table-size merged))
(test '(a b c) (map (lambda (k) (hash-table-ref merged k)) '(1 5 6)))

;; Hash functions
(test #t (and (exact-integer? (hash "abc")) (>= (hash "abc") 0)))
(test #t (= (hash (list 1 "a" #\b)) (hash (list 1 "a" #\b))))
(test #t (= (string-hash "abc") (string-hash (string #\a #\b #\c))))
(test #t (= (string-ci-hash "abc") (string-ci-hash "ABC")))
(test #t (< -1 (string-hash "some string" 7) 7))
(test #t (< -1 (hash '(1 2 3) 10) 10))
(test #t (= (hash-by-identity key) (hash-by-identity key)))

;; Accessors
(test #t (eq? eqv? (hash-table-equivalence-function w)))
(test #t (procedure? (hash-table-hash-function w)))

;; Errors
(test-error (hash-table-ref '() 1))
(test-error (hash-table-set! 5 1 1))

;; Growth, shrinkage and collections in between: objects keep their places.
(define big (make-hash-table eq?))
(define keys (let loop ((i 0) (l '())) (if (= i 5000) l (begin (let ((k (list i))) (hash-table-set! big k i) (loop (+ i 1) (cons k l)))))))
(do ((i 0 (+ i 1))) ((= i 20000)) (make-vector 20 i))
(test #t (let all ((l keys)) (or (null? l) (and (eqv? (caar l) (hash-table-ref/default big (car l) #f)) (all (cdr l))))))
(for-each (lambda (k) (if (odd? (car k)) (hash-table-delete! big k))) keys)
(test 2500 (hash-table-size big))
(test 6247500 (apply + (hash-table-values big)))
;; A value that is the table, and a key that is.
(test #t (let ((h (make-hash-table eq?))) (hash-table-set! h h h) (eq? h (hash-table-ref h h))))
;; Errors in the procedures of a program leave the table usable.
(test '(caught 1) (let ((h (make-hash-table)))
                    (hash-table-set! h 'a 1)
                    (let ((r (guard (e (#t 'caught)) (hash-table-update! h 'a (lambda (x) (raise 'oops))))))
                      (list r (hash-table-ref h 'a)))))
(test 'out (let ((h (alist->hash-table '((a . 1) (b . 2))))) (call/cc (lambda (k) (hash-table-walk h (lambda (key v) (k 'out)))))))

(finish)
