;;; R7RS-small, section 6.10: control features.
;;;
;;; An argument of the program is how often the loops run, instead of a million times, and
;;; ten times as deep as recursions go; for slow builds.

(import (scheme base) (scheme write) (scheme process-context))

(define section "6.10 control")

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

;; procedure?, apply
(test '(#t #f #t #f #t) (map procedure? (list car 'car (lambda (x) (* x x)) '(lambda (x) (* x x)) (call/cc (lambda (k) k)))))
(test 7 (apply + (list 3 4)))
(test 10 (apply + 1 2 '(3 4)))
(test 0 (apply + '()))
(define compose (lambda (f g) (lambda args (f (apply g args)))))
(test 900 ((compose (lambda (x) (* x x)) *) 12 5/2))
(test-error (apply + 1))
(test-error (apply + '(1 . 2)))
(test-error (apply 5 '()))
(test '(1 (2 3)) (apply (lambda (a . b) (list a b)) '(1 2 3)))
(test 'done (let loop ((n 100000)) (if (= n 0) 'done (apply loop (list (- n 1))))))

;; map, for-each
(test '(b e h) (map cadr '((a b) (d e) (g h))))
(test '(1 4 27 256 3125) (map (lambda (n) (expt n n)) '(1 2 3 4 5)))
(test '(5 7 9) (map + '(1 2 3) '(4 5 6)))
(test '(5 7) (map + '(1 2 3) '(4 5)))
(test '() (map car '()))
(test '() (map + '() '(1)))
(test '(1 2 3 1) (let ((l (list 1 2 3))) (set-cdr! (cddr l) l) (map (lambda (x y) x) l '(a b c d))))
(test #t (let ((count 0)) (let ((l (map (lambda (i) (set! count (+ count 1)) count) '(a b)))) (or (equal? l '(1 2)) (equal? l '(2 1))))))
(test #(0 1 4 9 16) (let ((v (make-vector 5))) (for-each (lambda (i) (vector-set! v i (* i i))) '(0 1 2 3 4)) v))
(test '(3 2 1) (let ((l '())) (for-each (lambda (x) (set! l (cons x l))) '(1 2 3)) l))
(test '((2 b) (1 a)) (let ((l '())) (for-each (lambda (x y) (set! l (cons (list x y) l))) '(1 2 3) '(a b)) l))
(test-error (map car 5))
(test-error (map 5 '(1)))
(test-error (for-each car '(1)))

;; call/cc
(test -3 (call-with-current-continuation
          (lambda (exit) (for-each (lambda (x) (if (negative? x) (exit x))) '(54 0 37 -3 245 19)) #t)))
(define list-length
  (lambda (obj)
    (call-with-current-continuation
     (lambda (return)
       (letrec ((r (lambda (obj)
                     (cond ((null? obj) 0) ((pair? obj) (+ (r (cdr obj)) 1)) (else (return #f))))))
         (r obj))))))
(test 4 (list-length '(1 2 3 4)))
(test #f (list-length '(a b . c)))
(test 3 (call/cc (lambda (k) (+ 1 (k 3)))))
(test 3 (call/cc (lambda (k) 3)))
(test 6 (+ 1 (call/cc (lambda (k) (+ 10 (k 5))))))
(test #t (call/cc procedure?))
(test 'out (call/cc (lambda (k) (dynamic-wind (lambda () #f) (lambda () (k 'out)) (lambda () #f)))))
(test-error (call/cc 5))
(test-error (call/cc (lambda () 1)))

;; Re-entry: the continuation is called again after it has returned.
(test '(1 2 3)
      (let ((k #f) (n 0) (seen '()))
        (call/cc (lambda (c) (set! k c)))
        (set! n (+ n 1))
        (set! seen (cons n seen))
        (if (< n 3) (k #f))
        (reverse seen)))
(test '(11 21 31)
      (let ((k #f) (results '()))
        (let ((v (+ 1 (call/cc (lambda (c) (set! k c) 10)))))
          (set! results (cons v results))
          (cond ((= v 11) (k 20)) ((= v 21) (k 30)))
          (reverse results))))
;; What the frame held when the continuation was captured, it holds again.
(test '(7 8 100)
      (let* ((k #f) (first #t) (a 5)
             (v (let ((old a)) (+ old (call/cc (lambda (c) (set! k c) 2))))))
        (if first
            (begin (set! first #f) (set! a 100) (k 3))
            (list 7 v a))))
;; map and a continuation captured in it, re-entered: the earlier result must not change.
(test '((1 2 3) (1 x 3))
      (let ((k #f) (results '()) (again #t))
        (let ((l (map (lambda (x) (if (= x 2) (call/cc (lambda (c) (set! k c) x)) x)) '(1 2 3))))
          (set! results (cons l results))
          (if again (begin (set! again #f) (k 'x)))
          (reverse results))))
(test '(#(1 2 3) #(1 x 3))
      (let ((k #f) (results '()) (again #t))
        (let ((v (vector-map (lambda (x) (if (= x 2) (call/cc (lambda (c) (set! k c) x)) x)) #(1 2 3))))
          (set! results (cons v results))
          (if again (begin (set! again #f) (k 'x)))
          (reverse results))))

;; letrec and call/cc: the test that tells letrec from letrec*-by-assignment, after Bawden.
(test #t
      (letrec ((x (call/cc (lambda (c) (list #t c)))))
        (if (car x) ((cadr x) (list #f (lambda () x))) (eq? x ((cadr x))))))
;; The well-known puzzle, run a bounded number of steps.
(define (yin-yang steps)
  (let ((out '()) (n 0))
    (call/cc
     (lambda (stop)
       (let* ((put (lambda (c) (set! n (+ n 1)) (if (> n steps) (stop #f)) (set! out (cons c out))))
              (yin ((lambda (k) (put '@) k) (call/cc (lambda (c) c))))
              (yang ((lambda (k) (put '*) k) (call/cc (lambda (c) c)))))
         (yin yang))))
    (reverse out)))
(test '(@ * @ * * @ * * * @ * * * * @ * * * * * @) (yin-yang 21))

;; Generators: two coroutines walk two trees at once.
(define (tree-walker tree)
  (define return #f)
  (define (resume)
    (let walk ((t tree))
      (cond ((pair? t) (walk (car t)) (walk (cdr t)))
            ((null? t) #f)
            (else (call/cc (lambda (next) (set! resume (lambda () (next #f))) (return t))))))
    (return 'end))
  (lambda () (call/cc (lambda (k) (set! return k) (resume)))))
(define (same-fringe? a b)
  (let ((wa (tree-walker a)) (wb (tree-walker b)))
    (let loop ()
      (let ((x (wa)) (y (wb)))
        (cond ((not (eqv? x y)) #f) ((eq? x 'end) #t) (else (loop)))))))
(test #t (same-fringe? '(1 (2 (3 4)) 5) '((1 2) 3 (4 5))))
(test #f (same-fringe? '(1 (2 (3 4)) 5) '((1 2) 4 (3 5))))
(test #f (same-fringe? '(1 2) '(1 2 3)))

;; Backtracking with amb.
(define (solve)
  (let ((fail #f))
    (define (amb choices)
      (call/cc
       (lambda (k)
         (let ((previous fail))
           (for-each (lambda (c) (call/cc (lambda (next) (set! fail (lambda () (next #f))) (k c)))) choices)
           (set! fail previous)
           (previous)))))
    (define (require c) (if (not c) (fail)))
    (call/cc
     (lambda (done)
       (set! fail (lambda () (done 'none)))
       (let* ((a (amb '(1 2 3 4 5 6 7 8 9 10 11 12 13)))
              (b (amb '(1 2 3 4 5 6 7 8 9 10 11 12 13)))
              (c (amb '(1 2 3 4 5 6 7 8 9 10 11 12 13))))
         (require (< a b))
         (require (= (* c c) (+ (* a a) (* b b))))
         (require (> a 4))
         (list a b c))))))
(test '(5 12 13) (solve))

;; values
(test 5 (call-with-values (lambda () (values 4 5)) (lambda (a b) b)))
(test -1 (call-with-values * -))
(test '() (call-with-values (lambda () (values)) list))
(test '(1) (call-with-values (lambda () 1) list))
(test 1 (values 1))
(test 3 (+ 1 (values 2)))
(test '(1 2 3) (call-with-values (lambda () (call/cc (lambda (k) (k 1 2 3)))) list))
(test '() (call-with-values (lambda () (call/cc (lambda (k) (k)))) list))
(test '(1 2) (call-with-values (lambda () (if #t (values 1 2) 0)) list))
(test 'ok (begin (values 1 2) 'ok))
(test 'ok (begin (values) 'ok))
(test-error (call-with-values (lambda () (values 1 2)) (lambda (a) a)))
(test 10000 (length (call-with-values (lambda () (apply values (make-list 10000 1))) list)))
(test 'done (let loop ((n 100000)) (if (= n 0) 'done (call-with-values (lambda () (values n 1)) (lambda (a b) (loop (- a b)))))))

;; dynamic-wind
(test '(connect talk1 disconnect connect talk2 disconnect)
      (let ((path '()) (c #f))
        (let ((add (lambda (s) (set! path (cons s path)))))
          (dynamic-wind
           (lambda () (add 'connect))
           (lambda () (add (call/cc (lambda (c0) (set! c c0) 'talk1))))
           (lambda () (add 'disconnect)))
          (if (< (length path) 4) (c 'talk2) (reverse path)))))
(test '(a b c) (let ((l '()))
                 (dynamic-wind (lambda () (set! l (cons 'a l))) (lambda () (set! l (cons 'b l))) (lambda () (set! l (cons 'c l))))
                 (reverse l)))
(test '(1 2) (call-with-values (lambda () (dynamic-wind (lambda () #f) (lambda () (values 1 2)) (lambda () #f))) list))

;; A record of what happens.
(define trace '())
(define (note! x) (set! trace (cons x trace)))
(define (traced thunk) (set! trace '()) (let ((v (thunk))) (reverse (cons (list v) trace))))
(define-syntax wind
  (syntax-rules () ((_ name body ...) (dynamic-wind (lambda () (note! (list 'in name))) (lambda () body ...) (lambda () (note! (list 'out name)))))))
;; Out of two extents at once: the inner ends first.
(test '((in 1) (in 2) (out 2) (out 1) (escaped))
      (traced (lambda () (call/cc (lambda (k) (wind 1 (wind 2 (k 'escaped))))))))
;; From one extent into a sibling: out of the inner, then in; the common one stays.
(test '((in 0) (in 1) (out 1) (in 2) (out 2) (in 1) (out 1) (in 2) (out 2) (out 0) (end))
      (traced
       (lambda ()
         (wind 0
               (let ((k #f) (times 0))
                 (wind 1 (call/cc (lambda (c) (set! k c))))
                 (wind 2 (set! times (+ times 1)) (if (< times 2) (k #f)))
                 'end)))))
;; Back into two nested extents.
(test '((in 1) (in 2) (out 2) (out 1) (in 1) (in 2) (out 2) (out 1) (2))
      (traced
       (lambda ()
         (let* ((k #f) (n 0))
           (wind 1 (wind 2 (call/cc (lambda (c) (set! k c)))))
           (set! n (+ n 1))
           (if (< n 2) (k #f))
           n))))
;; A jump out of an after thunk, and out of a before thunk.
(test '((in 1) body after (jumped))
      (traced (lambda ()
                (call/cc (lambda (k)
                           (dynamic-wind (lambda () (note! '(in 1))) (lambda () (note! 'body)) (lambda () (note! 'after) (k 'jumped))))))))
(test '(before (jumped))
      (traced (lambda ()
                (call/cc (lambda (k)
                           (dynamic-wind (lambda () (note! 'before) (k 'jumped)) (lambda () (note! 'body)) (lambda () (note! 'after))))))))
;; The before and after thunks of an inner extent run in the outer one.
(test '((in outer) inner-before (in body) (out body) inner-after (out outer) (x))
      (traced (lambda ()
                (wind 'outer
                      (dynamic-wind (lambda () (note! 'inner-before))
                                    (lambda () (wind 'body 'x))
                                    (lambda () (note! 'inner-after)))))))
;; An error's way out runs the after thunks.
(test '((in 1) (in 2) (out 2) (out 1) (caught))
      (traced (lambda () (guard (e (#t 'caught)) (wind 1 (wind 2 (car '())))))))
;; guard that does not match goes back in to raise again (R7RS 4.2.7), then out for good.
(test '((in 1) (out 1) (in 1) (out 1) (oops))
      (traced (lambda () (guard (e (#t e)) (guard (e2 ((number? e2) 'number)) (wind 1 (raise 'oops)))))))
;; A generator re-entering its extent every time.
(test '((in g) (out g) 1 (in g) (out g) 2 (in g) (out g) (done))
      (traced
       (lambda ()
         (let ((resume #f) (return #f))
           (define (yield x) (call/cc (lambda (k) (set! resume (lambda () (k #f))) (return x))))
           (define (next) (call/cc (lambda (r) (set! return r) (resume))))
           (set! resume (lambda () (wind 'g (yield 1) (yield 2)) (return 'done)))
           (let loop ()
             (let ((x (next)))
               (if (eq? x 'done) 'done (begin (note! x) (loop)))))))))

;; Tail calls in every place the report calls a tail context, a million times.
(define big
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        1000000)))
(define-syntax test-loop
  (syntax-rules () ((_ (loop n) body) (test 'done (let loop ((n big)) (if (= n 0) 'done body))))))
(test-loop (loop n) (loop (- n 1)))
(test-loop (loop n) (cond ((= n -1) 'no) (else (loop (- n 1)))))
(test-loop (loop n) (cond ((- n 1) => loop)))
(test-loop (loop n) (case n ((-1) 'no) (else (loop (- n 1)))))
(test-loop (loop n) (case (- n 1) ((-1) 'no) (else => loop)))
(test-loop (loop n) (and #t (loop (- n 1))))
(test-loop (loop n) (or #f (loop (- n 1))))
(test-loop (loop n) (when #t (loop (- n 1))))
(test-loop (loop n) (unless #f (loop (- n 1))))
(test-loop (loop n) (let ((m (- n 1))) (loop m)))
(test-loop (loop n) (let* ((m (- n 1)) (k m)) (loop k)))
(test-loop (loop n) (letrec ((f (lambda () (loop (- n 1))))) (f)))
(test-loop (loop n) (let-values (((a b) (values n 1))) (loop (- a b))))
(test-loop (loop n) (begin 'ignored (loop (- n 1))))
(test-loop (loop n) (do () (#t (loop (- n 1)))))
(test-loop (loop n) (let () (define m (- n 1)) (loop m)))
(test-loop (loop n) (let-syntax ((next (syntax-rules () ((_ x) (loop (- x 1)))))) (next n)))
(test-loop (loop n) (apply loop (- n 1) '()))
(test-loop (loop n) (call/cc (lambda (k) (loop (- n 1)))))
(test-loop (loop n) ((lambda (m) (loop m)) (- n 1)))
(test-loop (loop n) (call-with-values (lambda () (- n 1)) loop))
(define (count-to-zero n return) (if (= n 0) (return 'done) (count-to-zero (- n 1) (lambda (x) (return x)))))
(test 'done (count-to-zero 100000 (lambda (x) x)))

;; Recursion that is not a tail call, as deep as the heap allows.
(define depth (quotient big 10))
(define (deep n) (if (= n 0) 0 (+ 1 (deep (- n 1)))))
(test depth (deep depth))
(define (deep-map f l) (if (null? l) '() (cons (f (car l)) (deep-map f (cdr l)))))
(test depth (length (deep-map (lambda (x) x) (make-list depth 1))))
(test 2000 (let loop ((n 2000)) (if (= n 0) 0 (call/cc (lambda (k) (+ 1 (loop (- n 1))))))))
(test 10000 (let loop ((n 10000)) (if (= n 0) 0 (dynamic-wind (lambda () #f) (lambda () (+ 1 (loop (- n 1)))) (lambda () #f)))))
(test 10000 (let loop ((n 10000)) (if (= n 0) 0 (car (map (lambda (x) (+ 1 (loop (- n 1)))) '(x))))))
(test 10000 (let loop ((n 10000)) (if (= n 0) 0 (+ 1 (apply loop (list (- n 1)))))))
;; Out of the depth in one jump.
(test 'out (call/cc (lambda (k) (let loop ((n depth)) (if (= n 0) (k 'out) (+ 1 (loop (- n 1))))))))
;; A continuation of a deep recursion, called several times.
(test '(5001 5002 5003)
      (let ((k #f) (l '()))
        (let ((v (let loop ((n 5000)) (if (= n 0) (call/cc (lambda (c) (set! k c) 1)) (+ 1 (loop (- n 1)))))))
          (set! l (cons v l))
          (if (< (length l) 3) (k (+ 1 (length l))))
          (reverse l))))

(finish)
