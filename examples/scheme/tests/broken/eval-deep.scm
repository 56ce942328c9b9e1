;; expected: ok|error: raised
;; An expression a hundred thousand calls deep, evaluated.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(define (deep n)
  (let loop ((i 0) (e 1)) (if (= i n) e (loop (+ i 1) (list '+ 1 e)))))
(display (eval (deep 100000) (environment '(scheme base))))
