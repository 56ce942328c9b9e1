;; expected: error: syntax|heap|endless
;; A binary counter of a hundred bits, counting at expansion.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(define-syntax count
  (syntax-rules (0 1)
    ((_ () (done ...)) 'finished)
    ((_ (0 bits ...) (done ...)) (restart (done ...) (1 bits ...)))
    ((_ (1 bits ...) (done ...)) (count (bits ...) (0 done ...)))))
(define-syntax restart
  (syntax-rules ()
    ((_ () bits) (count bits ()))
    ((_ (d ds ...) (bits ...)) (restart (ds ...) (d bits ...)))))
(display (count (0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 ) ()))
