;; expected: error: raised|endless|heap
;; A call whose arguments go round.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(define ring (list 1 2 3))
(set-cdr! (cddr ring) ring)
(eval (cons '+ ring) (environment '(scheme base)))
