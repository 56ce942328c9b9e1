;; expected: ok|error: raised
;; A conditional so long that its jumps do not fit sixteen bits.
(import (scheme base) (scheme write) (scheme read) (scheme eval))

;; (f 0) to (f (- n 1)), in a list.
(define (each n f)
  (let loop ((i (- n 1)) (l '()))
    (if (< i 0) l (loop (- i 1) (cons (f i) l)))))
(define (name i) (string->symbol (string-append "v" (number->string i))))
(define (run expression) (eval expression (environment '(scheme base))))

(define f
  (run `(lambda (x) (cond ,@(each 5000 (lambda (i) `((eqv? x ,i) (list x ,i)))) (else 'none)))))
(display (list (f 0) (f 4999) (f -1)))
(newline)
