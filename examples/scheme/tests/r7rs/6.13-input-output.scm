;;; R7RS-small, section 6.13: input and output. Writes and deletes a file of its own in the
;;; current directory.

(import (scheme base) (scheme char) (scheme read) (scheme write) (scheme file)
        (scheme process-context))

(define section "6.13 input and output")

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

(define (written x) (let ((p (open-output-string))) (write x p) (get-output-string p)))
(define (displayed x) (let ((p (open-output-string))) (display x p) (get-output-string p)))
(define (shared x) (let ((p (open-output-string))) (write-shared x p) (get-output-string p)))
(define (simple x) (let ((p (open-output-string))) (write-simple x p) (get-output-string p)))
(define (read-from s) (read (open-input-string s)))
(define (read-all s)
  (let ((p (open-input-string s)))
    (let loop ((l '()))
      (let ((x (read p)))
        (if (eof-object? x) (reverse l) (loop (cons x l)))))))

;; 6.13.1 Ports
(test '(#t #t #t) (map port? (list (current-input-port) (current-output-port) (current-error-port))))
(test '(#t #f) (list (input-port? (open-input-string "")) (input-port? (open-output-string))))
(test '(#f #t) (list (output-port? (open-input-string "")) (output-port? (open-output-string))))
(test '(#t #t) (list (textual-port? (open-input-string "")) (textual-port? (open-output-string))))
(test '(#t #t) (list (binary-port? (open-input-bytevector #u8())) (binary-port? (open-output-bytevector))))
(test #f (textual-port? (open-input-bytevector #u8())))
(test '(#f #f #f) (map port? '(1 "port" port)))
(test '(#t #f) (let* ((p (open-input-string "")) (before (input-port-open? p))) (close-port p) (list before (input-port-open? p))))
(test '(#t #f) (let* ((p (open-output-string)) (before (output-port-open? p))) (close-output-port p) (list before (output-port-open? p))))
(test 'twice (let ((p (open-input-string ""))) (close-input-port p) (close-input-port p) 'twice))
(test-error (let ((p (open-input-string "x"))) (close-port p) (read-char p)))
(test-error (let ((p (open-output-string))) (close-port p) (write-char #\a p)))
(test-error (read-char (open-output-string)))
(test-error (write-char #\a (open-input-string "")))
(test-error (read-u8 (open-input-string "a")))
(test-error (read-char (open-input-bytevector #u8(1))))
(test 'result (call-with-port (open-input-string "result") read))
(test #f (let ((p (open-input-string "x"))) (call-with-port p read) (input-port-open? p)))
(test "to string" (let ((p (open-output-string))) (parameterize ((current-output-port p)) (display "to string")) (get-output-string p)))
(test '(a b) (parameterize ((current-input-port (open-input-string "(a b)"))) (read)))

;; 6.13.2 Input
(test '(#\a #\a #\b #t) (let ((p (open-input-string "ab"))) (let* ((a (peek-char p)) (b (read-char p)) (c (read-char p)) (d (read-char p))) (list a b c (eof-object? d)))))
(test #t (eof-object? (peek-char (open-input-string ""))))
(test #t (eof-object? (eof-object)))
(test #t (eof-object? (let ((p (open-input-string ""))) (read-char p) (read-char p))))
(test #t (char-ready? (open-input-string "x")))
(test '("a" "" "b c") (let ((p (open-input-string "a\n\nb c"))) (let* ((x (read-line p)) (y (read-line p)) (z (read-line p))) (list x y z))))
(test '("a" #t) (let ((p (open-input-string "a\n"))) (let* ((x (read-line p)) (y (eof-object? (read-line p)))) (list x y))))
(test #t (eof-object? (read-line (open-input-string ""))))
(test '("ab" "c" #t) (let ((p (open-input-string "abc"))) (let* ((x (read-string 2 p)) (y (read-string 5 p)) (z (read-string 1 p))) (list x y (eof-object? z)))))
(test "" (read-string 0 (open-input-string "abc")))
(test '(#\λ #\日) (let* ((p (open-input-string "λ日")) (a (read-char p)) (b (read-char p))) (list a b)))

(test '(1 1 2 #t) (let ((p (open-input-bytevector #u8(1 2)))) (let* ((a (peek-u8 p)) (b (read-u8 p)) (c (read-u8 p)) (d (read-u8 p))) (list a b c (eof-object? d)))))
(test #t (u8-ready? (open-input-bytevector #u8(1))))
(test '(#u8(1 2) #u8(3) #t) (let ((p (open-input-bytevector #u8(1 2 3)))) (let* ((a (read-bytevector 2 p)) (b (read-bytevector 5 p)) (c (read-bytevector 1 p))) (list a b (eof-object? c)))))
(test '(2 #u8(0 7 8 0)) (let* ((b (bytevector 0 0 0 0)) (n (read-bytevector! b (open-input-bytevector #u8(7 8 9)) 1 3))) (list n b)))
(test '(1 #u8(7 0)) (let* ((b (bytevector 0 0)) (n (read-bytevector! b (open-input-bytevector #u8(7))))) (list n b)))
(test #t (eof-object? (read-bytevector! (bytevector 0) (open-input-bytevector #u8()))))

;; read
(test '(a "b" #\c 1.5 #(d) #u8(1) (e . f) #t) (read-from "(a \"b\" #\\c 1.5 #(d) #u8(1) (e . f) #true)"))
(test '(a b (c)) (read-all "a b(c)"))
(test '('a `b ,c ,@d) (read-all "'a `b ,c ,@d"))
(test '(a c) (read-from "(a #;b c) ; comment"))
(test '(a c) (read-from "#| comment #| nested |# |# (a #;(b b) c)"))
(test #t (eof-object? (read-from "")))
(test #t (eof-object? (read-from "  ; only a comment\n #| and |# #;another")))
(test '(abc ABC abc) (read-all "#!fold-case ABC #!no-fold-case ABC abc"))
(test '(#\A) (read-all "#!fold-case #\\A"))
(test '(a |B| c) (read-all "#!fold-case A |B| C"))
(test '("A") (read-all "#!fold-case \"A\""))
(test '(1 . 2) (read-from "(1 . 2)"))
(test '(1 2 . 3) (read-from "(1 2 . 3)"))
(test '(|.| |..|) (read-from "(|.| ..)"))
(test '(quote a) (read-from "(quote a)"))
(test '(#\( #\) #\; #\x #\space) (read-all "#\\( #\\) #\\; #\\x #\\space"))
(test '(1 (2)) (let* ((p (open-input-string "1(2)")) (a (read p)) (b (read p))) (list a b)))
(test '(a #\space b) (let* ((p (open-input-string "a b")) (x (read p)) (c (read-char p)) (y (read p))) (list x c y)))
(test-error (read-from "("))
(test-error (read-from "(a . )"))
(test-error (read-from "(a . b c)"))
(test-error (read-from "( . b)"))
(test-error (read-from ")"))
(test-error (read-from "#("))
(test-error (read-from "\"abc"))
(test-error (read-from "#|"))
(test-error (read-from "|abc"))
(test-error (read-from "'"))
(test-error (read-from "#;"))
(test-error (read-from "#u8(256)"))
(test-error (read-from "#u8(a)"))
(test-error (read-from "#\\nosuchname"))
(test-error (read-from "\"\\q\""))
(test-error (read-from "\"\\x41\""))
(test-error (read-from "#nosuch"))

;; read with datum labels
(test #t (let ((l (read-from "#0=(a b . #0#)"))) (and (eq? l (cddr l)) (eq? 'a (car l)))))
(test #t (let ((l (read-from "(#1=(x) #1# #1#)"))) (and (eq? (car l) (cadr l)) (eq? (car l) (car (cddr l))))))
(test #t (let ((v (read-from "#5=#(1 #5# 2)"))) (eq? v (vector-ref v 1))))
(test #t (let ((l (read-from "#0=(#1=(#0# . #1#))"))) (and (eq? l (caar l)) (eq? (car l) (cdar l)))))
(test '("s" "s") (read-from "(#0=\"s\" #0#)"))
(test #t (let ((l (read-from "(#0=\"s\" #0#)"))) (eq? (car l) (cadr l))))
(test-error (read-from "#0#"))
(test-error (read-from "(#1# #1=a)"))
;; and in the program itself
(test #t (let ((l '#0=(a b . #0#))) (eq? l (cddr l))))
(test '(a b a b a) (let loop ((l '#1=(a b . #1#)) (n 5)) (if (= n 0) '() (cons (car l) (loop (cdr l) (- n 1))))))

;; 6.13.3 Output
(test '("abc" "a" "\n") (list (displayed "abc") (displayed #\a) (let ((p (open-output-string))) (newline p) (get-output-string p))))
(test '("#t" "#f" "()" "(1 2 . 3)" "#(1 \"a\" #\\b)" "#u8(1 2)") (map written (list #t #f '() '(1 2 . 3) #(1 "a" #\b) #u8(1 2))))
;; Quotation may be written in full or abbreviated.
(test #t (and (member (written ''a) '("'a" "(quote a)")) #t))
(test "bcd" (let ((p (open-output-string))) (write-string "abcde" p 1 4) (get-output-string p)))
(test "de" (let ((p (open-output-string))) (write-string "abcde" p 3) (get-output-string p)))
(test "aλ" (let ((p (open-output-string))) (write-char #\a p) (write-char #\λ p) (get-output-string p)))
(test "ab" (let ((p (open-output-string))) (display "a" p) (get-output-string p) (display "b" p) (get-output-string p)))
(test #u8(1 2 3 4) (let ((p (open-output-bytevector))) (write-u8 1 p) (write-bytevector #u8(2 3) p) (write-bytevector #u8(9 4 9) p 1 2) (get-output-bytevector p)))
(test 'flushed (let ((p (open-output-string))) (flush-output-port p) 'flushed))
(test-error (write-u8 256 (open-output-bytevector)))
(test-error (write-u8 1 (open-output-string)))
(test-error (get-output-string (open-input-string "")))

;; write labels cycles, and only cycles; write-shared all that is shared; write-simple none.
(define (ring . l) (let loop ((p l)) (if (null? (cdr p)) (begin (set-cdr! p l) l) (loop (cdr p)))))
(test "#0=(a b c . #0#)" (written (ring 'a 'b 'c)))
(test "#0=(a . #0#)" (displayed (ring 'a)))
(test "#0=#(1 #0#)" (written (let ((v (vector 1 #f))) (vector-set! v 1 v) v)))
(test "((x) (x))" (let ((x (list 'x))) (written (list x x))))
(test "(#0=(x) #0#)" (let ((x (list 'x))) (shared (list x x))))
(test "((x) (x))" (let ((x (list 'x))) (simple (list x x))))
(test "#0=(a . #0#)" (shared (ring 'a)))
(test "(x #0=(a . #0#))" (written (list 'x (ring 'a))))
(test "(#0=(a . #0#) #1=(b . #1#))" (written (list (ring 'a) (ring 'b))))
(test "#0=(#0# . #0#)" (written (let ((p (cons 1 2))) (set-car! p p) (set-cdr! p p) p)))
(test "(#0=#(1) #0# #0#)" (let ((v (vector 1))) (shared (list v v v))))
(test "(1 . #0=(2 3 . #0#))" (written (cons 1 (ring 2 3))))
(test "(a b)" (shared '(a b)))
(test "(1 1 a a \"\")" (shared '(1 1 a a "")))

;; What is written is read back.
(define (round-trip x) (read-from (written x)))
(define samples
  (list 'a '|a b| '|| '|1| "a\"b\\c\n\t" "λ" "" #\a #\space #\x0 #\( #\x7f 0 -5 1/3 1.5 -0.0 1e100 +inf.0
        100000000000000000000 '() '(1 (2 (3 . 4))) #(1 #(2) "x") #u8(1 2 3) #t #f ''a '`(a ,b ,@c) '(quote) '(quote 1 2) '(quote . a)))
(test samples (map round-trip samples))
(test samples (round-trip samples))
(test #t (let ((r (round-trip (ring 1 2 3)))) (and (eq? r (cdr (cddr r))) (equal? (list (car r) (cadr r) (car (cddr r))) '(1 2 3)))))

;; Long and deep structure is written, read and written again.
(define long (let loop ((i 0) (l '())) (if (= i 20000) l (loop (+ i 1) (cons i l)))))
(test #t (equal? long (round-trip long)))
(define (nest n) (let loop ((i 0) (l '())) (if (= i n) l (loop (+ i 1) (list l)))))
(test 20000 (string-length (written (nest 9999))))
(test #t (equal? (nest 10000) (round-trip (nest 10000))))
(test #t (let loop ((v (round-trip (let loop ((i 0) (v #())) (if (= i 5000) v (loop (+ i 1) (vector v)))))) (n 0)) (if (= (vector-length v) 0) (= n 5000) (loop (vector-ref v 0) (+ n 1)))))

;; 6.13.1 Files
(define name "r7rs-6.13-test.tmp")
(test #f (begin (if (file-exists? name) (delete-file name)) (file-exists? name)))
(test 'wrote (call-with-output-file name (lambda (p) (write '(1 "two" #\3) p) (newline p) (display "λine two" p) 'wrote)))
(test #t (file-exists? name))
(test '((1 "two" #\3) #\newline "λine two" #t)
      (call-with-input-file name (lambda (p) (let* ((a (read p)) (b (read-char p)) (c (read-line p)) (d (eof-object? (read-line p)))) (list a b c d)))))
(test '(1 "two" #\3) (with-input-from-file name read))
(test "replaced" (begin (with-output-to-file name (lambda () (display "replaced"))) (with-input-from-file name read-line)))
(test #u8(114 101 112) (let* ((p (open-binary-input-file name)) (b (read-bytevector 3 p))) (close-port p) b))
(test #u8(206 187) (let ((p (open-binary-output-file name))) (write-bytevector #u8(206 187) p) (close-port p) (call-with-port (open-binary-input-file name) (lambda (p) (read-bytevector 10 p)))))
(test #\λ (with-input-from-file name read-char))
(test 'long (let ((s (make-string 100000 #\a)))
              (with-output-to-file name (lambda () (write-string s) (newline) (write-string "b")))
              (if (equal? (with-input-from-file name read-line) s) 'long 'short)))
(test #f (begin (delete-file name) (file-exists? name)))
(test-error (delete-file name))
(test-error (open-input-file name))
(test-error (open-output-file "no/such/directory/file"))

(finish)
