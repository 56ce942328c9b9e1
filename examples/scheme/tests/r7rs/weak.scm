;;; (gc weak): ephemerons, weak tables and guardians. Not part of R7RS.
;;;
;;; The names are those of Chez Scheme and Guile where they have one:
;;;
;;;   (make-ephemeron key value)   keeps `value` only as long as `key` is reached some other way
;;;   (ephemeron? x)
;;;   (ephemeron-key e)            the key, or #f once broken
;;;   (ephemeron-value e)          the value, or #f once broken
;;;   (ephemeron-broken? e)        has the key been collected?
;;;   (make-weak-table)            a hash table by eq? that does not keep its keys; it keeps the
;;;                                values of the keys that live (Chez: make-weak-eq-hashtable,
;;;                                Guile: make-weak-key-hash-table)
;;;   (make-ephemeron-table)       the same, but a value does not keep its own key (Chez:
;;;                                make-ephemeron-eq-hashtable)
;;;                                Both are hash tables to all procedures of SRFI 69; hash-table-size
;;;                                counts the entries whose keys live.
;;;   (make-guardian)              a procedure g, as in Dybvig, Bruggeman and Eby, Guardians in a
;;;                                Generation-Based Garbage Collector (PLDI 1993): (g x) registers x; (g x r)
;;;                                registers x with r in its place; (g) gives a registered object that was
;;;                                found unreachable, once for each registration, or #f
;;;   (collect)                    a full collection, now
;;;
;;; An object may be kept longer than the program can see, by a register of the machine, so
;;; the tests drop a hundred and want ninety collected. What must be kept is wanted exactly.

(import (scheme base) (scheme write) (scheme process-context) (srfi 69) (gc weak))

(define section "(gc weak)")

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

(define (repeat n f) (let loop ((i 0) (l '())) (if (= i n) (reverse l) (loop (+ i 1) (cons (f i) l)))))
(define (count p? l) (let loop ((l l) (n 0)) (if (null? l) n (loop (cdr l) (if (p? (car l)) (+ n 1) n)))))
(define (most? n) (and (<= 90 n) (<= n 100)))
;; Runs over the places where the machine might keep an object.
(define (forget-all) (apply list (repeat 50 (lambda (i) (list i)))) (collect))

;; Ephemerons
(define key (list 'key))
(define e (make-ephemeron key 'value))
(test '(#t #f) (list (ephemeron? e) (ephemeron? 5)))
(test #t (eq? key (ephemeron-key e)))
(test 'value (ephemeron-value e))
(test #f (ephemeron-broken? e))
(forget-all)
(test #t (eq? key (ephemeron-key e)))
(test 'value (ephemeron-value e))
(test #f (ephemeron-broken? e))
(test-error (ephemeron-key 5))

(define dropped (repeat 100 (lambda (i) (make-ephemeron (list i) (list 'value i)))))
(forget-all)
(test #t (most? (count ephemeron-broken? dropped)))
(test #t (let all ((l dropped))
           (or (null? l)
               (and (or (not (ephemeron-broken? (car l)))
                        (and (not (ephemeron-key (car l))) (not (ephemeron-value (car l)))))
                    (all (cdr l))))))
;; A value that holds its key does not keep it.
(define self (repeat 100 (lambda (i) (let ((k (list i))) (make-ephemeron k (list k))))))
(forget-all)
(test #t (most? (count ephemeron-broken? self)))
;; A chain: each value is the next one's key. All hang on the first.
(define (chain n first)
  (let loop ((i 0) (k first) (l '()))
    (if (= i n) l (let ((v (list i))) (loop (+ i 1) v (cons (make-ephemeron k v) l))))))
(define first-key (list 'first))
(define held (chain 100 first-key))
(forget-all)
(test 0 (count ephemeron-broken? held))
(test 99 (car (ephemeron-value (car held))))
(set! first-key #f)
(forget-all)
(test #t (most? (count ephemeron-broken? held)))
;; A key that is no object of the heap is never collected.
(define immediate (make-ephemeron 5 'five))
(forget-all)
(test 'five (ephemeron-value immediate))

;; Weak tables
(define t (make-weak-table))
(test #t (hash-table? t))
(hash-table-set! t key 'kept)
(do ((i 0 (+ i 1))) ((= i 100)) (hash-table-set! t (list i) i))
(forget-all)
(test 'kept (hash-table-ref/default t key #f))
(test #t (<= 1 (hash-table-size t) 11))
(test #t (<= 1 (length (hash-table-keys t)) 11))
(test #t (let ((n 0)) (hash-table-walk t (lambda (k v) (set! n (+ n 1)))) (<= 1 n 11)))
(define keys (repeat 100 (lambda (i) (list i))))
(for-each (lambda (k) (hash-table-set! t k (car k))) keys)
(forget-all)
(test keys (repeat 100 (lambda (i) (list (hash-table-ref/default t (list-ref keys i) #f)))))
(hash-table-delete! t key)
(test 'none (hash-table-ref/default t key 'none))
;; It grows and forgets, many times.
(define churn (make-weak-table))
(do ((i 0 (+ i 1))) ((= i 50000)) (hash-table-set! churn (list i) i))
(forget-all)
(test #t (< (hash-table-size churn) 1000))
;; A weak table keeps its values, and so a key that a value holds.
(define strong-value (make-weak-table))
(do ((i 0 (+ i 1))) ((= i 100)) (let ((k (list i))) (hash-table-set! strong-value k (list k))))
(forget-all)
(test 100 (hash-table-size strong-value))
;; An ephemeron table does not.
(define et (make-ephemeron-table))
(test #t (hash-table? et))
(do ((i 0 (+ i 1))) ((= i 100)) (let ((k (list i))) (hash-table-set! et k (list k))))
(hash-table-set! et key (list key))
(forget-all)
(test #t (<= 1 (hash-table-size et) 11))
(test #t (eq? key (car (hash-table-ref et key))))
(hash-table-update!/default et key (lambda (v) 'updated) #f)
(test 'updated (hash-table-ref et key))

;; Guardians
(define (drain g) (let loop ((l '())) (let ((x (g))) (if x (loop (cons x l)) l))))
(define g (make-guardian))
(test #t (procedure? g))
(test #f (g))
(g key)
(forget-all)
(test #f (g))
(do ((i 0 (+ i 1))) ((= i 100)) (g (list 'guarded i)))
(forget-all)
(define returned (drain g))
(test #t (most? (length returned)))
(test #t (let all ((l returned)) (or (null? l) (and (eq? 'guarded (caar l)) (all (cdr l))))))
;; What was given back is alive again, and is guarded no longer.
(forget-all)
(test #t (<= (length (drain g)) 10))
(test #t (number? (cadr (car returned))))
;; Registered twice, given back twice.
(do ((i 0 (+ i 1))) ((= i 100)) (let ((x (list 'twice i))) (g x) (g x)))
(forget-all)
(test #t (let ((n (length (drain g)))) (and (<= 180 n) (<= n 210))))
;; A representative is given back in the object's place.
(do ((i 0 (+ i 1))) ((= i 100)) (g (list 'object) (list 'representative i)))
(forget-all)
(test #t (most? (count (lambda (x) (eq? 'representative (car x))) (drain g))))
;; Guardian and guarded, both dropped: nothing to observe, nothing to break.
(do ((i 0 (+ i 1))) ((= i 100)) (let ((h (make-guardian)) (x (list i))) (h x) (h h)))
(forget-all)
;; A guarded ring comes back whole.
(do ((i 0 (+ i 1))) ((= i 100)) (let ((a (list 'ring i)) (b (list 'ring i))) (set-car! (cdr a) b) (set-car! (cdr b) a) (g a)))
(forget-all)
(test #t (let ((rings (drain g)))
           (and (most? (length rings))
                (let all ((l rings)) (or (null? l) (and (eq? (car l) (cadr (cadr (car l)))) (all (cdr l))))))))
;; What a weak table had as a key, a guardian still gives back.
(define both (make-weak-table))
(do ((i 0 (+ i 1))) ((= i 100)) (let ((x (list 'both i))) (hash-table-set! both x i) (g x)))
(forget-all)
(define saved (drain g))
(test #t (most? (length saved)))

;; A symbol table that is weak: symbols come and go, and those that are held stay themselves.
(define (numbered i) (string->symbol (string-append "weak-test-" (number->string i))))
(define sym (numbered 7))
(do ((i 0 (+ i 1))) ((= i 20000)) (numbered i))
(forget-all)
(test #t (eq? sym (numbered 7)))
(test 'weak-test-19999 (numbered 19999))

(finish)
