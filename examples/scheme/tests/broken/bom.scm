;; expected: ok|error: read|syntax|raised
;; A byte order mark before the program.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(display 1)
