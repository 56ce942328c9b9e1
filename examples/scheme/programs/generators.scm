;;; generators: coroutines made of call/cc, passing through dynamic-wind.
;;;
;;; The same-fringe problem (Hewitt; McCarthy 1977) and a pipeline of generators in the manner of
;;; Haynes, Friedman and Wand (Continuations and Coroutines, 1984). Each value passed
;;; captures two continuations, whose frames stay until the generator is dropped; every
;;; switch leaves and enters an extent. Size: thousands of values passed, about (default 15).

(import (scheme base) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        15)))

(define (fail what)
  (display "generators FAILED: ") (display what) (newline)
  (exit 1))

(define entered 0)
(define left 0)

;; A procedure that gives, call by call, what `body` yields; and then 'end, for ever.
(define (make-generator body)
  (define return #f)
  (define (resume-first)
    (dynamic-wind
     (lambda () (set! entered (+ entered 1)))
     (lambda () (body yield))
     (lambda () (set! left (+ left 1))))
    (set! resume (lambda () (return 'end)))
    (return 'end))
  (define resume resume-first)
  (define (yield value)
    (call-with-current-continuation
     (lambda (k)
       (set! resume (lambda () (k #t)))
       (return value))))
  (lambda ()
    (call-with-current-continuation
     (lambda (k)
       (set! return k)
       (resume)))))

;; The leaves of a tree, from left to right.
(define (leaves tree)
  (make-generator
   (lambda (yield)
     (let walk ((tree tree))
       (cond ((pair? tree) (walk (car tree)) (walk (cdr tree)))
             ((not (null? tree)) (yield tree)))))))

;; Two trees of the same n leaves, one leaning left, one balanced.
(define (left-leaning n)
  (let loop ((i 0) (tree '()))
    (if (= i n) tree (loop (+ i 1) (cons tree i)))))

(define (balanced low high)
  (if (= (+ low 1) high)
      low
      (let ((middle (quotient (+ low high) 2)))
        (cons (balanced low middle) (balanced middle high)))))

(define (same-fringe? a b)
  (let ((next-a (leaves a)) (next-b (leaves b)))
    (let loop ()
      (let ((x (next-a)) (y (next-b)))
        (cond ((not (eqv? x y)) #f)
              ((eq? x 'end) #t)
              (else (loop)))))))

;; Generators over generators: the numbers below n, filtered, mapped and summed.
(define (numbers n)
  (make-generator (lambda (yield) (do ((i 0 (+ i 1))) ((= i n)) (yield i)))))

(define (generator-filter keep? next)
  (make-generator
   (lambda (yield)
     (let loop ()
       (let ((x (next)))
         (unless (eq? x 'end)
           (when (keep? x) (yield x))
           (loop)))))))

(define (generator-map f next)
  (make-generator
   (lambda (yield)
     (let loop ()
       (let ((x (next)))
         (unless (eq? x 'end)
           (yield (f x))
           (loop)))))))

(define (generator-sum next)
  (let loop ((sum 0))
    (let ((x (next)))
      (if (eq? x 'end) sum (loop (+ sum x))))))

(define (one-thousand)
  (unless (same-fringe? (left-leaning 200) (balanced 0 200)) (fail "the fringes differ"))
  (when (same-fringe? (left-leaning 200) (balanced 0 201)) (fail "the fringes are the same"))
  ;; The squares of the even numbers below 200.
  (unless (= 1313400
             (generator-sum
              (generator-map square (generator-filter even? (numbers 200)))))
    (fail "a sum"))
  (unless (= entered left) (fail "an extent was not left")))

(do ((i 0 (+ i 1)))
    ((> i size))
  (one-thousand))
(display "generators ok")
(newline)
