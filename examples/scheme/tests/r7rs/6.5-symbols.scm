;;; R7RS-small, section 6.5: symbols.

(import (scheme base) (scheme write) (scheme process-context))

(define section "6.5 symbols")

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

(test #t (symbol? 'foo))
(test #t (symbol? (car '(a b))))
(test #f (symbol? "bar"))
(test #t (symbol? 'nil))
(test #f (symbol? '()))
(test #f (symbol? #f))
(test #t (symbol? '|with space|))
(test #t (symbol? '||))

(test #t (symbol=? 'a 'a))
(test #f (symbol=? 'a 'b))
(test #t (symbol=? 'a 'a 'a))
(test #f (symbol=? 'a 'a 'b))
(test-error (symbol=? 'a 1))

(test "flying-fish" (symbol->string 'flying-fish))
(test "Martin" (symbol->string 'Martin))
(test "Malvina" (symbol->string (string->symbol "Malvina")))
(test "" (symbol->string (string->symbol "")))
(test 'mISSISSIppi (string->symbol "mISSISSIppi"))
(test #t (eqv? 'bitBlt (string->symbol "bitBlt")))
(test #t (eqv? 'LollyPop (string->symbol (symbol->string 'LollyPop))))
(test #t (string=? "K. Harper, M.D." (symbol->string (string->symbol "K. Harper, M.D."))))
(test-error (symbol->string "a"))
(test-error (string->symbol 'a))

;; Case matters.
(test #f (eq? 'abc 'Abc))

;; Vertical bars and hex escapes.
(test 'abc '|abc|)
(test "a b" (symbol->string '|a b|))
(test "a|b" (symbol->string '|a\|b|))
(test "\t" (symbol->string '|\x9;|))
(test "\t\n" (symbol->string '|\t\n|))
(test "Hello" (symbol->string '|H\x65;llo|))
(test #t (eq? '|foo bar| (string->symbol "foo bar")))

;; All kinds of identifiers.
(test '("..." "+" "-" "+soup+" "<=?" "->string" "a34kTMNs" "lambda" "list->vector" "q" "V17a" "!$%&*/:<=>?^_~")
      (map symbol->string
           '(... + - +soup+ <=? ->string a34kTMNs lambda list->vector q V17a !$%&*/:<=>?^_~)))
(test '("λ" "été" "日本") (map symbol->string '(λ été 日本)))

;; A symbol does not change with the string it came from, nor the string with it.
(test "abc" (let* ((s (string #\a #\b #\c)) (y (string->symbol s))) (string-set! s 0 #\x) (symbol->string y)))

;; Interned: made many times, in between much garbage, still one.
(define (numbered i) (string->symbol (string-append "symbol-" (number->string i))))
(define kept (let loop ((i 0) (l '())) (if (= i 100) l (loop (+ i 1) (cons (numbered i) l)))))
(do ((i 0 (+ i 1))) ((= i 20000)) (numbered i))
(test #t (let loop ((i 99) (l kept)) (or (null? l) (and (eq? (car l) (numbered i)) (loop (- i 1) (cdr l))))))
(test #t (eq? 'symbol-55 (numbered 55)))

(define (written x) (let ((p (open-output-string))) (write x p) (get-output-string p)))
(test '("abc" "|a b|" "||" "|1|" "|.|" "|a\\|b|" "|#foo|")
      (map written (map string->symbol '("abc" "a b" "" "1" "." "a|b" "#foo"))))
(test '("+" "-" "..." "a.b" "->x" "|+1|" "|-1.5|" "|+inf.0|")
      (map written (map string->symbol '("+" "-" "..." "a.b" "->x" "+1" "-1.5" "+inf.0"))))

(finish)
