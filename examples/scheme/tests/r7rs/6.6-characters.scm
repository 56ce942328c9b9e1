;;; R7RS-small, section 6.6: characters.

(import (scheme base) (scheme char) (scheme write) (scheme process-context))

(define section "6.6 characters")

;; --- The harness, the same in every file of this directory. ---
(define passed 0)
(define failed 0)

(define (fail expr what value)
  (set! failed (+ failed 1))
  (display section) (display ": ") (write expr) (newline)
  (display "    ") (display what) (display " ") (write value) (newline))

;; `equal?`, except that a NaN is like itself.
(define (same? a b)
  (cond ((and (number? a) (number? b))
         (or (eqv? a b) (not (or (= a a) (= b b)))))
        ((and (pair? a) (pair? b))
         (and (same? (car a) (car b)) (same? (cdr a) (cdr b))))
        (else (equal? a b))))

;; Calls `thunk`, then `done` with its value or `escaped` with what it raised.
(define (attempt thunk done escaped)
  ((call-with-current-continuation
    (lambda (k)
      (with-exception-handler
       (lambda (e) (k (lambda () (escaped e))))
       (lambda () (let ((value (thunk))) (lambda () (done value)))))))))

(define (check expr expected thunk)
  (attempt thunk
           (lambda (value)
             (cond ((same? expected value) (set! passed (+ passed 1)))
                   (else (fail expr "gave" value)
                         (display "    but should give ") (write expected) (newline))))
           (lambda (e)
             (fail expr "raised" (if (error-object? e)
                                     (cons (error-object-message e) (error-object-irritants e))
                                     e)))))

(define (check-error expr thunk)
  (attempt thunk
           (lambda (value) (fail expr "should raise an error but gave" value))
           (lambda (e) (set! passed (+ passed 1)))))

(define-syntax test
  (syntax-rules () ((_ expected expr) (check 'expr expected (lambda () expr)))))

;; Where the report says "it is an error", this suite wants one raised.
(define-syntax test-error
  (syntax-rules () ((_ expr) (check-error 'expr (lambda () expr)))))

(define (finish)
  (display section) (display ": ")
  (display passed) (display " passed, ") (display failed) (display " failed")
  (newline)
  (exit (if (= failed 0) 0 1)))
;; --- End of the harness. ---

(test '(#t #t #f #f #f) (map char? '(#\a #\space "a" a 97)))

;; Names
(test '(7 8 127 27 10 0 13 32 9)
      (map char->integer '(#\alarm #\backspace #\delete #\escape #\newline #\null #\return #\space #\tab)))
(test '(97 65 40 41 59 34 35 32 955)
      (map char->integer '(#\a #\A #\( #\) #\; #\" #\# #\  #\λ)))
(test '(955 0 127 1114111) (map char->integer '(#\x3bb #\x0 #\x7F #\x10FFFF)))
(test '(120 88) (map char->integer '(#\x #\X)))
(test 49 (char->integer #\1))

;; Conversion
(test #\A (integer->char 65))
(test #\x10FFFF (integer->char #x10FFFF))
(test #\xD7FF (integer->char #xD7FF))
(test #\xE000 (integer->char #xE000))
(test-error (integer->char #xD800))
(test-error (integer->char #x110000))
(test-error (integer->char -1))
(test-error (char->integer 65))

;; Comparison
(test #t (char=? #\a #\a))
(test #f (char=? #\a #\b))
(test #t (char=? #\a #\a #\a))
(test #f (char=? #\a #\a #\b))
(test #t (char<? #\a #\b #\c))
(test #f (char<? #\a #\c #\b))
(test #t (char>? #\c #\b #\a))
(test #t (char<=? #\a #\a #\b))
(test #t (char>=? #\b #\b #\a))
(test #f (char>=? #\a #\b))
(test #t (char<? #\Z #\a))
(test-error (char=? #\a "a"))
(test-error (char<? #\a 98))

;; Comparison without case
(test #t (char-ci=? #\a #\A))
(test #f (char-ci=? #\a #\b))
(test #t (char-ci<? #\a #\B #\c))
(test #t (char-ci>? #\C #\b #\A))
(test #t (char-ci<=? #\a #\A #\b))
(test #t (char-ci>=? #\B #\b #\a))
(test #t (char-ci=? #\Λ #\λ))

;; Classes
(test '(#t #t #f #f #f #t) (map char-alphabetic? '(#\a #\Z #\1 #\space #\. #\λ)))
(test '(#t #t #f #f) (map char-numeric? '(#\0 #\9 #\a #\.)))
(test #t (char-numeric? #\x0664))
(test '(#t #t #t #t #f #f) (map char-whitespace? '(#\space #\tab #\newline #\return #\a #\_)))
(test #t (char-whitespace? #\xA0))
(test '(#t #f #f #f) (map char-upper-case? '(#\A #\a #\1 #\space)))
(test '(#f #t #f #f) (map char-lower-case? '(#\A #\a #\1 #\space)))
(test '(#t #t) (list (char-upper-case? #\Σ) (char-lower-case? #\σ)))

;; Digits
(test 3 (digit-value #\3))
(test 4 (digit-value #\x0664))
(test 0 (digit-value #\x0AE6))
(test #f (digit-value #\x0EA6))
(test #f (digit-value #\a))

;; Case
(test #\I (char-upcase #\i))
(test #\i (char-downcase #\I))
(test #\A (char-upcase #\A))
(test #\1 (char-upcase #\1))
(test #\Λ (char-upcase #\λ))
(test #\λ (char-downcase #\Λ))
(test #\ß (char-upcase #\ß))
(test #\i (char-foldcase #\I))
(test #\σ (char-foldcase #\Σ))
(test #\σ (char-foldcase #\ς))

(define (written c) (let ((p (open-output-string))) (write c p) (get-output-string p)))
(test '("#\\a" "#\\A" "#\\space" "#\\newline" "#\\tab" "#\\null" "#\\delete" "#\\(" "#\\1")
      (map written '(#\a #\A #\space #\newline #\tab #\null #\delete #\( #\1)))
(test '("#\\alarm" "#\\backspace" "#\\escape" "#\\return" "#\\λ")
      (map written '(#\alarm #\backspace #\escape #\return #\λ)))
(define (displayed c) (let ((p (open-output-string))) (display c p) (get-output-string p)))
(test '("a" " " "λ") (map displayed '(#\a #\space #\λ)))

(finish)
