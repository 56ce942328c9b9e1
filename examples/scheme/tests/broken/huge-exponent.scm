;; expected: ok|error: read|error: heap
;; Exact numbers with exponents that do not fit any memory.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(define a (string->number "#e1e1000000000000"))
(define b (string->number "1e99999999999999999999"))
(define c (string->number "#e1e-1000000000000"))
(display b)
