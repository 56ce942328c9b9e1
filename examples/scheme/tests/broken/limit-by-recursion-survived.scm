;; expected: ok
;; Endless recursion, caught at the limit, ten times.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(define (endless) (+ 1 (endless)))
(define caught 0)
(do ((i 0 (+ i 1)))
    ((= i 10))
  (guard (e (#t (set! caught (+ caught 1))))
    (endless)))
(if (not (= caught 10)) (error "not caught" caught))
