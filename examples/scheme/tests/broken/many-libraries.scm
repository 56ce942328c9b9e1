;; expected: ok|error: raised
;; A thousand import sets of the same library.
(import (scheme base) (scheme write) (scheme read) (scheme eval))

;; (f 0) to (f (- n 1)), in a list.
(define (each n f)
  (let loop ((i (- n 1)) (l '()))
    (if (< i 0) l (loop (- i 1) (cons (f i) l)))))
(define (name i) (string->symbol (string-append "v" (number->string i))))
(define (run expression) (eval expression (environment '(scheme base))))

(define many (apply environment (each 1000 (lambda (i) (list 'prefix '(only (scheme base) car) (name i))))))
(display (procedure? (eval (string->symbol "v999car") many)))
(newline)
