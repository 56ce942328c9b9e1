;; expected: error: syntax|heap|endless
;; Ellipses that multiply: each step squares the number of its arguments.
(import (scheme base) (scheme write) (scheme read) (scheme eval))
(define-syntax square-up
  (syntax-rules ()
    ((_ (a ...) ()) (square-up (a ... a ... a ... a ...) ()))
    ((_ x y) (square-up x ()))))
(square-up (1 2 3 4) ())
