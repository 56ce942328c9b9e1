;; expected: error: raised
;; An error leaves an extent whose after thunk raises another, for ever outwards.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(define (nest n)
  (if (= n 0)
      (raise 'innermost)
      (dynamic-wind
       (lambda () #f)
       (lambda () (nest (- n 1)))
       (lambda () (raise n)))))
(guard (e ((string? e) 'never)) (nest 100))
