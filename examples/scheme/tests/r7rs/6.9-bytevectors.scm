;;; R7RS-small, section 6.9: bytevectors.

(import (scheme base) (scheme write) (scheme process-context))

(define section "6.9 bytevectors")

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

(test #t (bytevector? #u8(0 10 5)))
(test #t (bytevector? #u8()))
(test #f (bytevector? #(0 10 5)))
(test #f (bytevector? "abc"))

(test #u8(12 12) (make-bytevector 2 12))
(test 3 (bytevector-length (make-bytevector 3)))
(test #u8(1 3 5 1 3 5) (bytevector 1 3 5 1 3 5))
(test #u8() (bytevector))
(test-error (make-bytevector 2 256))
(test-error (make-bytevector 2 -1))
(test-error (make-bytevector -1 0))
(test-error (bytevector 1 256))
(test-error (bytevector 'a))

(test 8 (bytevector-u8-ref #u8(1 1 2 3 5 8 13 21) 5))
(test #u8(1 3 3 4) (let ((bv (bytevector 1 2 3 4))) (bytevector-u8-set! bv 1 3) bv))
(test 255 (let ((bv (bytevector 0))) (bytevector-u8-set! bv 0 255) (bytevector-u8-ref bv 0)))
(test-error (bytevector-u8-ref #u8(1 2) 2))
(test-error (bytevector-u8-ref #u8(1 2) -1))
(test-error (bytevector-u8-ref #(1 2) 0))
(test-error (bytevector-u8-set! (bytevector 1) 1 0))
(test-error (bytevector-u8-set! (bytevector 1) 0 256))
(test-error (bytevector-u8-set! (bytevector 1) 0 1.0))
(test 2 (bytevector-length #u8(1 2)))
(test-error (bytevector-length #(1)))

(test #u8(3 4) (bytevector-copy #u8(1 2 3 4 5) 2 4))
(test #u8(3 4 5) (bytevector-copy #u8(1 2 3 4 5) 2))
(test #u8(1 2) (bytevector-copy #u8(1 2)))
(test #f (let ((b (bytevector 1))) (eq? b (bytevector-copy b))))
(test-error (bytevector-copy #u8(1 2) 3))
(test #u8(10 1 2 40 50) (let ((b (bytevector 10 20 30 40 50))) (bytevector-copy! b 1 #u8(1 2 3 4 5) 0 2) b))
(test #u8(1 1 2 3 5) (let ((b (bytevector 1 2 3 4 5))) (bytevector-copy! b 1 b 0 3) b))
(test #u8(2 3 4 4 5) (let ((b (bytevector 1 2 3 4 5))) (bytevector-copy! b 0 b 1 4) b))
(test-error (bytevector-copy! (bytevector 1 2) 1 #u8(1 2)))
(test #u8(0 1 2 3 4 5) (bytevector-append #u8(0 1 2) #u8(3 4 5)))
(test #u8() (bytevector-append))
(test-error (bytevector-append #u8(1) #(2)))

(test "A" (utf8->string #u8(#x41)))
(test "BC" (utf8->string #u8(#x41 #x42 #x43 #x44) 1 3))
(test "CD" (utf8->string #u8(#x41 #x42 #x43 #x44) 2))
(test "λ" (utf8->string #u8(#xCE #xBB)))
(test #u8(#xCE #xBB) (string->utf8 "λ"))
(test #u8(#xE6 #x97 #xA5 #xF0 #x9F #x98 #x80) (string->utf8 "日😀"))
(test #u8(98 99) (string->utf8 "abcd" 1 3))
(test #u8(#xCE #xBB) (string->utf8 "aλb" 1 2))
(test "aλ日😀b" (utf8->string (string->utf8 "aλ日😀b")))

(define (written x) (let ((p (open-output-string))) (write x p) (get-output-string p)))
(test "#u8(0 10 255)" (written #u8(0 10 255)))
(test "#u8()" (written #u8()))
(test #u8(1 2 16) '#u8(1 #b10 #x10))
(test 1000000 (bytevector-length (make-bytevector 1000000 7)))
(test 7 (bytevector-u8-ref (make-bytevector 1000000 7) 999999))

(finish)
