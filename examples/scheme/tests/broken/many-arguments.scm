;; expected: ok|error: raised
;; A call with ten thousand arguments, and a procedure of as many parameters.
(import (scheme base) (scheme write) (scheme read) (scheme eval))

;; (f 0) to (f (- n 1)), in a list.
(define (each n f)
  (let loop ((i (- n 1)) (l '()))
    (if (< i 0) l (loop (- i 1) (cons (f i) l)))))
(define (name i) (string->symbol (string-append "v" (number->string i))))
(define (run expression) (eval expression (environment '(scheme base))))

(display (run (cons '+ (each 10000 (lambda (i) i)))))
(newline)
(display (run (cons (list 'lambda (each 10000 name) (name 9999)) (each 10000 (lambda (i) i)))))
(newline)
