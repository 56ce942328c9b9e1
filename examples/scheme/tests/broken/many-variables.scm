;; expected: ok|error: raised
;; Five thousand variables in one let, all captured.
(import (scheme base) (scheme write) (scheme read) (scheme eval))

;; (f 0) to (f (- n 1)), in a list.
(define (each n f)
  (let loop ((i (- n 1)) (l '()))
    (if (< i 0) l (loop (- i 1) (cons (f i) l)))))
(define (name i) (string->symbol (string-append "v" (number->string i))))
(define (run expression) (eval expression (environment '(scheme base))))

(define f
  (run `(let ,(each 5000 (lambda (i) (list (name i) i)))
          (lambda () (+ ,@(each 5000 name))))))
(display (f))
(newline)
