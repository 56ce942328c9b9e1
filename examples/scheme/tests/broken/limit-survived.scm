;; expected: ok
;; A heap that is full, a hundred times, and caught each time.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(define (fill) (let loop ((l '())) (loop (cons (make-vector 100 0) l))))
(define caught 0)
(do ((i 0 (+ i 1)))
    ((= i 100))
  (guard (e (#t (set! caught (+ caught 1))))
    (fill)))
(if (not (= caught 100)) (error "not caught" caught))
