;; expected: error: raised
;; A string of a million letters that is never closed.
(import (scheme base) (scheme write) (scheme read) (scheme eval))

(define (read-from s) (read (open-input-string s)))

(read-from (string-append "\"" (make-string 1000000 #\z)))
