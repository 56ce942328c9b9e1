;;; deriv: symbolic differentiation without simplification.
;;;
;;; After Gabriel, Performance and Evaluation of Lisp Systems (1985). Allocates lists of
;;; pairs that die young. Size: how many derivatives (default 60000).

(import (scheme base) (scheme cxr) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        60000)))

;; The derivative, with respect to x, of sums, differences, products and quotients.
(define (derivative e)
  (cond ((pair? e)
         (case (car e)
           ((+ -) (cons (car e) (map derivative (cdr e))))
           ((*) (list '*
                      e
                      (cons '+ (map (lambda (factor) (list '/ (derivative factor) factor))
                                    (cdr e)))))
           ((/) (let ((above (cadr e)) (below (caddr e)))
                  (list '-
                        (list '/ (derivative above) below)
                        (list '/ above (list '* below below (derivative below))))))
           (else (error "no rule for" e))))
        ((eq? e 'x) 1)
        (else 0)))

;; Gabriel's quotient rule, which squares nothing and divides by f': not the mathematical
;; one. We check the others against numbers, so the polynomial below has no quotient.
(define polynomial '(+ (* 3 x x) (* a x x) (* b x) 5))

;; The value of `e` where x = 2, a = 7 and b = -4.
(define (value e)
  (cond ((number? e) e)
        ((eq? e 'x) 2)
        ((eq? e 'a) 7)
        ((eq? e 'b) -4)
        (else (apply (case (car e) ((+) +) ((-) -) ((*) *) ((/) /))
                     (map value (cdr e))))))

(define last-one
  (let loop ((i 0) (d #f))
    (if (< i size)
        (loop (+ i 1) (derivative polynomial))
        (or d (derivative polynomial)))))

(define expected-form
  '(+ (* (* 3 x x) (+ (/ 0 3) (/ 1 x) (/ 1 x)))
      (* (* a x x) (+ (/ 0 a) (/ 1 x) (/ 1 x)))
      (* (* b x) (+ (/ 0 b) (/ 1 x)))
      0))

(cond ((and (equal? last-one expected-form)
            ;; 6x + 2ax + b
            (= (value last-one) 36)
            (equal? (derivative '(/ x a)) '(- (/ 1 a) (/ x (* a a 0)))))
       (display "deriv ok") (newline))
      (else
       (display "deriv FAILED: ") (write last-one) (newline)
       (exit 1)))
