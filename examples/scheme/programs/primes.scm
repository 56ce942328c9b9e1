;;; primes: the sieve of Eratosthenes, over lists and over lazy streams.
;;;
;;; After the list sieve of the Gambit suite, and Turner's stream sieve (SASL Language
;;; Manual, 1975). Allocates lists, each filtered into a shorter one; and promises, kept
;;; alive in long chains of filters. Size: primes up to it (default 5000), by lists; up to a fourth
;;; of it by streams.

(import (scheme base) (scheme lazy) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        5000)))

;; By lists.
(define (interval low high)
  (let loop ((i high) (l '()))
    (if (< i low) l (loop (- i 1) (cons i l)))))

(define (remove-multiples n l)
  (if (null? l)
      '()
      (if (= 0 (remainder (car l) n))
          (remove-multiples n (cdr l))
          (cons (car l) (remove-multiples n (cdr l))))))

(define (sieve l)
  (if (null? l)
      '()
      (cons (car l) (sieve (remove-multiples (car l) (cdr l))))))

;; By streams.
(define-syntax stream-cons
  (syntax-rules () ((_ a b) (delay (cons a b)))))

(define (integers-from n) (stream-cons n (integers-from (+ n 1))))

(define (stream-remove-multiples n s)
  (delay-force
   (let ((p (force s)))
     (if (= 0 (remainder (car p) n))
         (stream-remove-multiples n (cdr p))
         (stream-cons (car p) (stream-remove-multiples n (cdr p)))))))

(define (stream-sieve s)
  (delay-force
   (let ((p (force s)))
     (stream-cons (car p) (stream-sieve (stream-remove-multiples (car p) (cdr p)))))))

(define (stream-up-to limit s)
  (let loop ((s s) (l '()))
    (let ((p (force s)))
      (if (> (car p) limit)
          (reverse l)
          (loop (cdr p) (cons (car p) l))))))

;; By a vector of marks: what the others must give.
(define (primes-by-marks limit)
  (let ((composite (make-vector (+ limit 1) #f)))
    (let loop ((i 2) (l '()))
      (cond ((> i limit) (reverse l))
            ((vector-ref composite i) (loop (+ i 1) l))
            (else
             (do ((j (* i i) (+ j i)))
                 ((> j limit))
               (vector-set! composite j #t))
             (loop (+ i 1) (cons i l)))))))

(define small (quotient size 4))

(cond ((and (equal? (sieve (interval 2 size)) (primes-by-marks size))
            (equal? (stream-up-to small (stream-sieve (integers-from 2)))
                    (primes-by-marks small)))
       (display "primes ok") (newline))
      (else (display "primes FAILED: the sieves differ") (newline) (exit 1)))
