;; expected: ok
;; Literals far longer than any that a person writes: numbers, a symbol, a string, a vector.
(import (scheme base) (scheme write) (scheme read) (scheme eval))

(define (read-from s) (read (open-input-string s)))

(define integer (read-from (make-string 50000 #\9)))
(define rational (read-from (string-append (make-string 5000 #\7) "/" (make-string 5001 #\3))))
(define float (read-from (string-append (make-string 50000 #\1) "." (make-string 50000 #\1))))
(define symbol (read-from (string-append "x" (make-string 1000000 #\y))))
(define text (read-from (string-append "\"" (make-string 1000000 #\z) "\"")))
(define elements (read-from (string-append "#(" (apply string-append (make-list 20000 "1 ")) ")")))
(if (not (and (exact-integer? integer)
              (exact? rational)
              (= float (/ 1. 0.))
              (= 1000001 (string-length (symbol->string symbol)))
              (= 1000000 (string-length text))
              (= 20000 (vector-length elements))))
    (error "a literal was misread"))
