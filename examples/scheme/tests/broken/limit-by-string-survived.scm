;; expected: ok
;; A string, a number and a vector that double until the limit is met.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(define (caught? thunk) (guard (e (#t #t)) (thunk) #f))
(define (double-string) (let loop ((s "ab")) (loop (string-append s s))))
(define (double-vector) (let loop ((v (vector 1 2))) (loop (vector-append v v))))
(define (square-number) (let loop ((n 3)) (loop (* n n))))
(if (not (and (caught? double-string) (caught? double-vector) (caught? square-number)))
    (error "not caught"))
