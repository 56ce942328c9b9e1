;; expected: ok
;; Lines that end as on another system.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(define s "a\
   b")
(display s)
(newline)
