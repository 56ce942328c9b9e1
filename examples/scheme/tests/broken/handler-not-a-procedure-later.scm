;; expected: error: raised
;; Handlers that fail in each other, a thousand deep.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(define (nest n)
  (if (= n 0)
      (car 'innermost)
      (with-exception-handler
       (lambda (e) (vector-ref (vector) n))
       (lambda () (nest (- n 1))))))
(nest 1000)
