;; expected: error: raised|endless|heap
;; A ring, evaluated: code that has no end.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(define ring (list '+ 1 #f))
(set-car! (cddr ring) ring)
(eval ring (environment '(scheme base)))
