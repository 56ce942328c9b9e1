;; expected: ok|error: raised
;; Seventy thousand constants in one procedure: more than sixteen bits can number.
(import (scheme base) (scheme write) (scheme read) (scheme eval))

;; (f 0) to (f (- n 1)), in a list.
(define (each n f)
  (let loop ((i (- n 1)) (l '()))
    (if (< i 0) l (loop (- i 1) (cons (f i) l)))))
(define (name i) (string->symbol (string-append "v" (number->string i))))
(define (run expression) (eval expression (environment '(scheme base))))

(define f (run `(lambda () (vector ,@(each 70000 number->string)))))
(display (vector-ref (f) 69999))
(newline)
