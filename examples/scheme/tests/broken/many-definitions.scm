;; expected: ok|error: raised
;; Five thousand internal definitions.
(import (scheme base) (scheme write) (scheme read) (scheme eval))

;; (f 0) to (f (- n 1)), in a list.
(define (each n f)
  (let loop ((i (- n 1)) (l '()))
    (if (< i 0) l (loop (- i 1) (cons (f i) l)))))
(define (name i) (string->symbol (string-append "v" (number->string i))))
(define (run expression) (eval expression (environment '(scheme base))))

(display (run `((lambda () ,@(each 5000 (lambda (i) (list 'define (name i) i))) ,(name 4999)))))
(newline)
