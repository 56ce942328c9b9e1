;; expected: error: raised
;; read, at run time, of a million parentheses that never close.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(read (open-input-string (make-string 1000000 #\()))
