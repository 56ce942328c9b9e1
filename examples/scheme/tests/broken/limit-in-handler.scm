;; expected: error: heap
;; The handler of a heap that is full fills it again.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(define (fill) (let loop ((l '())) (loop (cons (make-vector 100 0) l))))
(with-exception-handler
 (lambda (e) (fill))
 fill)
