;;; hashtable: fills, reads and empties hash tables.
;;;
;;; Tables of SRFI 69 with keys of three kinds: numbers, strings (by equal?) and fresh pairs
;;; (by eq?, so by address or by a number that the object keeps when it moves). Allocates
;;; large vectors of buckets that grow, old tables that point at young entries, and keys
;;; that die young. Size: thousands of entries (default 40).

(import (scheme base) (scheme write) (scheme process-context) (srfi 69))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        40)))

(define entries (* 1000 size))

(define (fail what)
  (display "hashtable FAILED: ") (display what) (newline)
  (exit 1))

;; A permutation of the numbers below a prime, as a pseudo-random order.
(define prime 999983)
(define (scatter i) (modulo (* (+ i 1) 48271) prime))

;; Numbers.
(define (test-numbers)
  (let ((table (make-hash-table eqv?)))
    (do ((i 0 (+ i 1))) ((= i entries))
      (hash-table-set! table (scatter i) i))
    (unless (= entries (hash-table-size table)) (fail "the number of numbers"))
    (do ((i 0 (+ i 1))) ((= i entries))
      (unless (= i (hash-table-ref table (scatter i) (lambda () -1))) (fail "a number")))
    ;; Every other one goes.
    (do ((i 0 (+ i 2))) ((>= i entries))
      (hash-table-delete! table (scatter i)))
    (unless (= (quotient entries 2) (hash-table-size table)) (fail "numbers left"))
    (do ((i 0 (+ i 1))) ((= i entries))
      (unless (eq? (odd? i) (hash-table-exists? table (scatter i))) (fail "a number deleted")))))

;; Strings: how often each word occurs.
(define (word i) (string-append "word-" (number->string (modulo (scatter i) 1000))))
(define (test-strings)
  (let ((table (make-hash-table string=? string-hash)))
    (do ((i 0 (+ i 1))) ((= i entries))
      (hash-table-update!/default table (word i) (lambda (n) (+ n 1)) 0))
    (unless (= entries (apply + (hash-table-values table))) (fail "a count of words"))
    (unless (<= (hash-table-size table) 1000) (fail "words"))
    (unless (= (hash-table-ref/default table (word 0) 0)
               (let loop ((i 0) (n 0))
                 (if (= i entries) n (loop (+ i 1) (if (string=? (word i) (word 0)) (+ n 1) n)))))
      (fail "the count of a word"))))

;; Fresh pairs, kept in a list while the table grows.
(define (test-objects)
  (let ((table (make-hash-table eq?)))
    (let loop ((i 0) (keys '()))
      (if (< i entries)
          (let ((key (list i)))
            (hash-table-set! table key i)
            (loop (+ i 1) (cons key keys)))
          (for-each
           (lambda (key)
             (unless (= (car key) (hash-table-ref/default table key -1)) (fail "an object"))
             (unless (= -1 (hash-table-ref/default table (list (car key)) -1)) (fail "no object")))
           keys)))
    (let ((sum 0))
      (hash-table-walk table (lambda (key value) (set! sum (+ sum value))))
      (unless (= sum (quotient (* entries (- entries 1)) 2)) (fail "the sum of a walk")))))

(test-numbers)
(test-strings)
(test-objects)
(display "hashtable ok")
(newline)
