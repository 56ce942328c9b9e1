;; expected: error: endless|raised
;; A continuation of a form that is over, called from a later one, again and again.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(define k #f)
(define n 0)
(call/cc (lambda (c) (set! k c)))
(set! n (+ n 1))
(k n)
