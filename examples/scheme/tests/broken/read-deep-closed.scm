;; expected: ok
;; read, write, compare and let go a datum a hundred thousand lists deep.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(define (deep n)
  (string-append (make-string n #\() (make-string n #\))))
(define a (read (open-input-string (deep 100000))))
(define b (read (open-input-string (deep 100000))))
(define port (open-output-string))
(write a port)
(if (not (and (equal? a b) (= 200000 (string-length (get-output-string port)))))
    (error "not the same"))
