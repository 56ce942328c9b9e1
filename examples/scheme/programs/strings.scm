;;; strings: builds strings, searches them and takes them apart.
;;;
;;; String building as a Scheme program does it: by string-append, by string ports, by
;;; lists of characters. Allocates strings of all lengths, most of them garbage at once.
;;; Size: rounds (default 300).

(import (scheme base) (scheme char) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        300)))

(define (fail what)
  (display "strings FAILED: ") (display what) (newline)
  (exit 1))

;; Fibonacci words: each is the two before it, joined. Word n has fib(n + 2) letters.
(define (fibonacci-word n)
  (let loop ((i 0) (a "a") (b "b"))
    (if (= i n) a (loop (+ i 1) (string-append a b) a))))

;; The numbers from 0 to n - 1 in decimal, with commas, three ways.
(define (numbers-by-append n)
  (let loop ((i 0) (s ""))
    (if (= i n) s (loop (+ i 1) (string-append s (number->string i) ",")))))

(define (numbers-by-port n)
  (let ((port (open-output-string)))
    (do ((i 0 (+ i 1)))
        ((= i n) (get-output-string port))
      (write i port)
      (write-char #\, port))))

(define (numbers-by-list n)
  (let loop ((i (- n 1)) (characters '()))
    (if (< i 0)
        (list->string characters)
        (loop (- i 1)
              (append (string->list (number->string i)) (list #\,) characters)))))

;; Splits at commas; each piece is a new string.
(define (split s)
  (let loop ((i (- (string-length s) 1)) (end #f) (pieces '()))
    (cond ((< i 0) (if end (cons (substring s 0 end) pieces) pieces))
          ((char=? (string-ref s i) #\,)
           (loop (- i 1) i (if end (cons (substring s (+ i 1) end) pieces) pieces)))
          (else (loop (- i 1) end pieces)))))

(define (count-occurrences needle s)
  (let ((n (string-length needle)))
    (let loop ((i 0) (count 0))
      (if (> (+ i n) (string-length s))
          count
          (loop (+ i 1)
                (if (string=? needle (substring s i (+ i n))) (+ count 1) count))))))

(define (reverse-string s) (list->string (reverse (string->list s))))

;; Greek letters beside Latin ones, so that characters differ in width.
(define (mixed n)
  (let ((s (make-string n #\a)))
    (do ((i 0 (+ i 1)))
        ((= i n) s)
      (when (= 0 (modulo i 3)) (string-set! s i #\λ)))))

(define (round!)
  (let ((by-port (numbers-by-port 100)))
    (unless (string=? by-port (numbers-by-append 100)) (fail "append and port differ"))
    (unless (string=? by-port (numbers-by-list 100)) (fail "list and port differ"))
    (unless (= 4950 (apply + (map string->number (split by-port)))) (fail "a sum of pieces")))
  (let ((word (fibonacci-word 14)))
    (unless (= 987 (string-length word)) (fail "the length of a word"))
    ;; Without its last two letters a Fibonacci word reads the same backwards.
    (let ((palindrome (substring word 0 (- (string-length word) 2))))
      (unless (string=? palindrome (reverse-string palindrome)) (fail "a palindrome")))
    (unless (= 0 (count-occurrences "bb" word)) (fail "bb occurs")))
  (let ((s (mixed 99)))
    (unless (string=? (string-downcase (string-upcase s)) s) (fail "case"))
    (unless (string=? (utf8->string (string->utf8 s)) s) (fail "utf-8"))
    (unless (= 33 (length (let loop ((l (string->list s)))
                            (cond ((null? l) '())
                                  ((char=? (car l) #\λ) (cons (car l) (loop (cdr l))))
                                  (else (loop (cdr l)))))))
      (fail "wide characters"))))

(do ((i 0 (+ i 1)))
    ((> i size))
  (round!))
(display "strings ok")
(newline)
