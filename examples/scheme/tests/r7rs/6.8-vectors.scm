;;; R7RS-small, section 6.8: vectors.

(import (scheme base) (scheme write) (scheme process-context))

(define section "6.8 vectors")

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

(test #t (vector? #(1 2)))
(test #t (vector? #()))
(test #f (vector? '(1 2)))
(test #f (vector? #u8(1)))
(test #f (vector? "ab"))

(test 3 (vector-length (make-vector 3)))
(test #(a a) (make-vector 2 'a))
(test #() (make-vector 0))
(test #(a b c) (vector 'a 'b 'c))
(test #() (vector))
(test 3 (vector-length #(1 2 3)))
(test 0 (vector-length #()))
(test-error (make-vector -1))
(test-error (make-vector 1.5))
(test-error (make-vector 'a))
(test-error (vector-length '(1)))

(test 8 (vector-ref #(1 1 2 3 5 8 13 21) 5))
(test-error (vector-ref #(1 2) 2))
(test-error (vector-ref #(1 2) -1))
(test-error (vector-ref #(1 2) 1.0))
(test-error (vector-ref #() 0))
(test-error (vector-ref '(1) 0))
(test-error (vector-ref #(1 2) 100000000000000000000))
(test #(0 ("Sue" "Sue") "Anna")
      (let ((vec (vector 0 '(2 2 2 2) "Anna"))) (vector-set! vec 1 '("Sue" "Sue")) vec))
(test-error (vector-set! (vector 1 2) 2 0))

(test '(dah dah didah) (vector->list #(dah dah didah)))
(test '(dah didah) (vector->list #(dah dah didah) 1))
(test '(dah) (vector->list #(dah dah didah) 1 2))
(test '() (vector->list #()))
(test #(dididit dah) (list->vector '(dididit dah)))
(test #() (list->vector '()))
(test-error (vector->list #(1 2) 3))
(test-error (vector->list #(1 2) 2 1))
(test-error (list->vector '(1 . 2)))
(test-error (list->vector 5))

(define a #(1 8 2 8))
(define b (vector-copy a))
(vector-set! b 0 3)
(test #(3 8 2 8) b)
(test #(1 8 2 8) a)
(test #(8 2) (vector-copy a 1 3))
(test #(2 8) (vector-copy a 2))
(test #() (vector-copy a 4))
(test-error (vector-copy a 5))
(test-error (vector-copy a 3 2))

(test #(10 1 2 40 50) (let ((a #(1 2 3 4 5)) (b (vector 10 20 30 40 50))) (vector-copy! b 1 a 0 2) b))
(test #(1 1 2 3 5) (let ((v (vector 1 2 3 4 5))) (vector-copy! v 1 v 0 3) v))
(test #(2 3 4 4 5) (let ((v (vector 1 2 3 4 5))) (vector-copy! v 0 v 1 4) v))
(test #(1 2 8 9) (let ((v (vector 1 2 3 4))) (vector-copy! v 2 #(7 8 9) 1) v))
(test #(7 8) (let ((v (vector 1 2))) (vector-copy! v 0 #(7 8)) v))
(test-error (vector-copy! (vector 1 2) 1 #(1 2)))
(test-error (vector-copy! (vector 1 2) 3 #()))
(test #(1 2) (let ((v (vector 1 2))) (vector-copy! v 2 #()) v))

(test #(a b c d e f) (vector-append #(a b c) #(d e f)))
(test #() (vector-append))
(test #(1) (vector-append #() #(1) #()))
(test-error (vector-append #(1) '(2)))

(test #(1 2 smash smash 5) (let ((a (vector 1 2 3 4 5))) (vector-fill! a 'smash 2 4) a))
(test #(x x) (let ((a (vector 1 2))) (vector-fill! a 'x) a))
(test #(1 x) (let ((a (vector 1 2))) (vector-fill! a 'x 1) a))

;; vector-map, vector-for-each (section 6.10)
(test #(b e h) (vector-map (lambda (l) (car (cdr l))) #((a b) (d e) (g h))))
(test #(5 7 9) (vector-map + #(1 2 3) #(4 5 6 7)))
(test #() (vector-map car #()))
(test #(0 1 4 9 16) (let ((v (make-vector 5))) (vector-for-each (lambda (i) (vector-set! v i (* i i))) #(0 1 2 3 4)) v))
(test 32 (let ((n 0)) (vector-for-each (lambda (a b) (set! n (+ n (* a b)))) #(1 2 3) #(4 5 6)) n))

;; A vector that holds itself; many vectors; a long one.
(test #t (let ((v (make-vector 3 #f))) (vector-fill! v v) (eq? v (vector-ref (vector-ref v 1) 2))))
(test 4950 (let ((v (make-vector 100)))
             (do ((i 0 (+ i 1))) ((= i 100)) (vector-set! v i (make-vector i i)))
             (let loop ((i 0) (n 0)) (if (= i 100) n (loop (+ i 1) (+ n (vector-length (vector-ref v i))))))))
(test 'end (let ((v (make-vector 1000000 'x))) (vector-set! v 999999 'end) (vector-ref v 999999)))
(test 499999500000 (let ((v (make-vector 1000000)))
                     (do ((i 0 (+ i 1))) ((= i 1000000)) (vector-set! v i i))
                     (apply + (vector->list v))))

;; Old vectors that point at young objects, over many collections.
(test '(99 98 97)
      (let ((v (make-vector 100 '())))
        (do ((round 0 (+ round 1))) ((= round 100))
          (do ((i 0 (+ i 1))) ((= i 100))
            (vector-set! v i (cons round (if (pair? (vector-ref v i)) (list (car (vector-ref v i))) '())))))
        (list (car (vector-ref v 7)) (cadr (vector-ref v 7)) (- (cadr (vector-ref v 8)) 1))))

(finish)
