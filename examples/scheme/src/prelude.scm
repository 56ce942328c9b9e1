;;; Procedures that call procedures, and syntax that is easier to say in Scheme.
;;; Names that begin with % are for the prelude and the expander alone.

;; The forms of a program, one after the other. (Each one's continuation is all those that follow it.)

(define (%run-program forms environment)
  (let loop ((forms forms) (result (if #f #f)))
    (if (pair? forms)
        (loop (cdr forms) (%eval-form (car forms) environment))
        result)))

;; Control

(define (call-with-current-continuation f) (%call/cc f))
(define (call/cc f) (%call/cc f))

(define (call-with-values producer consumer) (%apply-values consumer (producer)))

(define (dynamic-wind before thunk after)
  (before)
  (let ((outside (%winders)))
    (%set-winders! (cons (cons before after) outside))
    (let ((result (thunk)))
      (%set-winders! outside)
      (after)
      result)))

;; From the winders in force to others: leaves those that are not shared, then enters the new ones.
(define (%wind-to target)
  (let* ((here (%winders))
         (here-depth (length here))
         (target-depth (length target)))
    (let loop ((from (if (> here-depth target-depth) (list-tail here (- here-depth target-depth)) here))
               (to (if (> target-depth here-depth) (list-tail target (- target-depth here-depth)) target)))
      (if (eq? from to)
          (begin
            (let leave ()
              (let ((now (%winders)))
                (if (not (eq? now from))
                    (begin
                      (%set-winders! (cdr now))
                      ((cdar now))
                      (leave)))))
            (let enter ((rest target))
              (if (not (eq? rest from))
                  (begin
                    (enter (cdr rest))
                    ((caar rest))
                    (%set-winders! rest)))))
          (loop (cdr from) (cdr to))))))

(define (%rewind k values)
  (%wind-to (%continuation-winders k))
  (%throw k values))

(define (exit . code)
  (%wind-to '())
  (apply %exit code))

(define (emergency-exit . code) (apply %exit code))

;; Exceptions

(define (with-exception-handler handler thunk)
  (if (not (procedure? handler)) (error "with-exception-handler: not a procedure:" handler))
  (let ((outside (%handlers)))
    (%set-handlers! (cons handler outside))
    (let ((result (thunk)))
      (%set-handlers! outside)
      result)))

(define (raise obj)
  (let ((handlers (%handlers)))
    (if (null? handlers) (%uncaught obj))
    (%set-handlers! (cdr handlers))
    ((car handlers) obj)
    (raise (%make-error "an exception handler returned from a raise that cannot go on:" obj))))

(define (raise-continuable obj)
  (let ((handlers (%handlers)))
    (if (null? handlers) (%uncaught obj))
    (%set-handlers! (cdr handlers))
    (let ((result ((car handlers) obj)))
      (%set-handlers! handlers)
      result)))

(define (error message . irritants)
  (raise (apply %make-error message irritants)))

(define-syntax guard
  (syntax-rules ()
    ((_ (var clause ...) body ...)
     ((%call/cc
       (lambda (guard-k)
         (with-exception-handler
          (lambda (condition)
            ((call/cc
              (lambda (handler-k)
                (guard-k
                 (lambda ()
                   (let ((var condition))
                     (%guard-clauses (handler-k (lambda () (raise-continuable condition))) clause ...))))))))
          (lambda ()
            (let ((result (let () body ...)))
              (lambda () result))))))))))

(define-syntax %guard-clauses
  (syntax-rules (else =>)
    ((_ reraise (else result1 result2 ...)) (begin result1 result2 ...))
    ((_ reraise (test => result)) (let ((temp test)) (if temp (result temp) reraise)))
    ((_ reraise (test => result) clause1 clause2 ...)
     (let ((temp test)) (if temp (result temp) (%guard-clauses reraise clause1 clause2 ...))))
    ((_ reraise (test)) (or test reraise))
    ((_ reraise (test) clause1 clause2 ...) (or test (%guard-clauses reraise clause1 clause2 ...)))
    ((_ reraise (test result1 result2 ...)) (if test (begin result1 result2 ...) reraise))
    ((_ reraise (test result1 result2 ...) clause1 clause2 ...)
     (if test (begin result1 result2 ...) (%guard-clauses reraise clause1 clause2 ...)))))

;; Parameters

(define make-parameter
  (case-lambda
    ((value) (%make-parameter value #f))
    ((value converter) (%make-parameter (converter value) converter))))

(define (%with-parameters bindings thunk)
  (let ((outside (%parameters)))
    (let loop ((bindings bindings) (parameters outside))
      (if (pair? bindings)
          (let* ((parameter (caar bindings))
                 (converter (%parameter-converter parameter))
                 (value (if converter (converter (cdar bindings)) (cdar bindings))))
            (loop (cdr bindings) (%bind-parameter parameter value parameters)))
          (begin
            (%set-parameters! parameters)
            (let ((result (thunk)))
              (%set-parameters! outside)
              result))))))

;; Promises

(define (force promise)
  (if (promise? promise)
      (let loop ()
        (if (%promise-done? promise)
            (%promise-value promise)
            (let ((next ((%promise-value promise))))
              (%promise-become! promise next)
              (loop))))
      promise))

;; Lists

(define (map f list . lists)
  (if (null? lists)
      (let loop ((list list) (result '()))
        (if (pair? list)
            (loop (cdr list) (cons (f (car list)) result))
            (%end-of-list 'map list (reverse result))))
      (let loop ((lists (cons list lists)) (result '()))
        (if (%all-pairs? lists)
            (loop (%cdrs lists) (cons (apply f (%cars lists)) result))
            (reverse result)))))

(define (for-each f list . lists)
  (if (null? lists)
      (let loop ((list list))
        (if (pair? list)
            (begin
              (f (car list))
              (loop (cdr list)))
            (%end-of-list 'for-each list (if #f #f))))
      (let loop ((lists (cons list lists)))
        (if (%all-pairs? lists)
            (begin
              (apply f (%cars lists))
              (loop (%cdrs lists)))))))

(define (%end-of-list name end result)
  (if (null? end) result (error "not a proper list: it ends in" end)))

(define (%all-pairs? lists)
  (or (null? lists)
      (and (pair? (car lists)) (%all-pairs? (cdr lists)))))

(define (%cars lists)
  (let loop ((lists lists) (result '()))
    (if (pair? lists) (loop (cdr lists) (cons (caar lists) result)) (reverse result))))

(define (%cdrs lists)
  (let loop ((lists lists) (result '()))
    (if (pair? lists) (loop (cdr lists) (cons (cdar lists) result)) (reverse result))))

(define member
  (case-lambda
    ((obj list) (%member obj list))
    ((obj list same?)
     (let loop ((list list))
       (and (pair? list)
            (if (same? obj (car list)) list (loop (cdr list))))))))

(define assoc
  (case-lambda
    ((obj list) (%assoc obj list))
    ((obj list same?)
     (let loop ((list list))
       (and (pair? list)
            (if (same? obj (caar list)) (car list) (loop (cdr list))))))))

;; Strings and vectors

(define (string-map f string . strings)
  (if (null? strings)
      (list->string (map f (string->list string)))
      (list->string (apply map f (string->list string) (map string->list strings)))))

(define (string-for-each f string . strings)
  (if (null? strings)
      (for-each f (string->list string))
      (apply for-each f (string->list string) (map string->list strings))))

(define (vector-map f vector . vectors)
  (if (null? vectors)
      (list->vector (map f (vector->list vector)))
      (list->vector (apply map f (vector->list vector) (map vector->list vectors)))))

(define (vector-for-each f vector . vectors)
  (if (null? vectors)
      (let ((end (vector-length vector)))
        (do ((i 0 (+ i 1)))
            ((>= i end))
          (f (vector-ref vector i))))
      (apply for-each f (vector->list vector) (map vector->list vectors))))

;; Ports

(define (call-with-port port f)
  (let ((result (f port)))
    (close-port port)
    result))

(define (call-with-input-file name f) (call-with-port (open-input-file name) f))
(define (call-with-output-file name f) (call-with-port (open-output-file name) f))

(define (with-input-from-file name thunk)
  (let* ((port (open-input-file name))
         (result (parameterize ((current-input-port port)) (thunk))))
    (close-port port)
    result))

(define (with-output-to-file name thunk)
  (let* ((port (open-output-file name))
         (result (parameterize ((current-output-port port)) (thunk))))
    (close-port port)
    result))

(define (load name . environment)
  (let ((environment (if (pair? environment) (car environment) (interaction-environment)))
        (port (open-input-file name)))
    (let loop ()
      (let ((form (read port)))
        (if (eof-object? form)
            (close-port port)
            (begin
              (eval form environment)
              (loop)))))))

;; Hash tables (SRFI 69). A table with an equivalence of the program's own is a record around a table from hashes
;; to association lists.

(define-record-type %custom-table
  (%make-custom-table same? hash buckets)
  %custom-table?
  (same? %custom-same)
  (hash %custom-hash)
  (buckets %custom-buckets))

(define (make-hash-table . arguments)
  (let ((same? (if (pair? arguments) (car arguments) equal?))
        (hash (if (and (pair? arguments) (pair? (cdr arguments))) (cadr arguments) #f)))
    (cond
      ((eq? same? eq?) (%make-table 'eq))
      ((or (eq? same? eqv?) (eq? same? =)) (%make-table 'eqv))
      ((eq? same? equal?) (%make-table 'equal))
      ((eq? same? string=?) (%make-table 'string))
      ((eq? same? string-ci=?) (%make-table 'string-ci))
      (else (%make-custom-table same? (if (procedure? hash) hash (lambda (key . bound) 0)) (%make-table 'equal))))))

(define (%custom-bucket table key)
  (%table-ref (%custom-buckets table) ((%custom-hash table) key) '()))

(define (%custom-entry table key)
  (let ((same? (%custom-same table)))
    (let loop ((bucket (%custom-bucket table key)))
      (and (pair? bucket)
           (if (same? key (caar bucket)) (car bucket) (loop (cdr bucket)))))))

(define (%custom-delete! table key)
  (let ((same? (%custom-same table)))
    (let loop ((bucket (%custom-bucket table key)) (kept '()))
      (if (pair? bucket)
          (loop (cdr bucket) (if (same? key (caar bucket)) kept (cons (car bucket) kept)))
          (%table-set! (%custom-buckets table) ((%custom-hash table) key) kept)))))

(define (%custom->alist table)
  (apply append (%table-values (%custom-buckets table))))

(define (%custom-set! table key value)
  (let ((entry (%custom-entry table key)))
    (if entry
        (set-cdr! entry value)
        (%table-set! (%custom-buckets table) ((%custom-hash table) key)
                     (cons (cons key value) (%custom-bucket table key))))))

(define %absent (list 'absent))

(define (hash-table-ref/default table key default)
  (if (%custom-table? table)
      (let ((entry (%custom-entry table key))) (if entry (cdr entry) default))
      (%table-ref table key default)))

(define (hash-table-ref table key . thunk)
  (let ((value (hash-table-ref/default table key %absent)))
    (cond
      ((not (eq? value %absent)) value)
      ((and (pair? thunk) (car thunk)) ((car thunk)))
      (else (error "hash-table-ref: no value for the key" key)))))

(define (hash-table-set! table key value)
  (if (%custom-table? table)
      (%custom-set! table key value)
      (%table-set! table key value)))

(define (hash-table-delete! table key)
  (if (%custom-table? table)
      (%custom-delete! table key)
      (%table-delete! table key)))

(define (hash-table-exists? table key)
  (if (%custom-table? table)
      (if (%custom-entry table key) #t #f)
      (%table-contains? table key)))

(define (hash-table-contains? table key) (hash-table-exists? table key))

(define (hash-table-update! table key f . thunk)
  (hash-table-set! table key (f (apply hash-table-ref table key thunk))))

(define (hash-table-update!/default table key f default)
  (hash-table-set! table key (f (hash-table-ref/default table key default))))

(define (hash-table->alist table)
  (if (%custom-table? table)
      (map (lambda (entry) (cons (car entry) (cdr entry))) (%custom->alist table))
      (%table->alist table)))

(define (hash-table-size table)
  (if (%custom-table? table) (length (%custom->alist table)) (%table-size table)))

(define (hash-table-count table) (hash-table-size table))

(define (hash-table-keys table)
  (if (%custom-table? table) (map car (%custom->alist table)) (%table-keys table)))

(define (hash-table-values table)
  (if (%custom-table? table) (map cdr (%custom->alist table)) (%table-values table)))

(define (hash-table-walk table f)
  (for-each (lambda (entry) (f (car entry) (cdr entry))) (hash-table->alist table)))

(define (hash-table-equivalence-function table)
  (if (%custom-table? table)
      (%custom-same table)
      (case (%table-equivalence table)
        ((eq) eq?)
        ((eqv) eqv?)
        ((string) string=?)
        ((string-ci) string-ci=?)
        (else equal?))))

(define (hash-table-hash-function table)
  (if (%custom-table? table)
      (%custom-hash table)
      (case (%table-equivalence table)
        ((eq eqv) hash-by-identity)
        ((string) string-hash)
        ((string-ci) string-ci-hash)
        (else hash))))

(define (hash-table-fold table f result)
  (let loop ((entries (hash-table->alist table)) (result result))
    (if (pair? entries)
        (loop (cdr entries) (f (caar entries) (cdar entries) result))
        result)))

(define (hash-table-clear! table)
  (%table-clear! (if (%custom-table? table) (%custom-buckets table) table)))

(define (hash-table-copy table . mutable)
  (if (%custom-table? table)
      (let ((copy (%make-custom-table (%custom-same table) (%custom-hash table) (%make-table 'equal))))
        (for-each (lambda (entry) (%custom-set! copy (car entry) (cdr entry))) (%custom->alist table))
        copy)
      (%table-copy table)))

(define (hash-table-merge! table other)
  (hash-table-walk other (lambda (key value) (hash-table-set! table key value)))
  table)

(define (alist->hash-table alist . arguments)
  (let ((table (apply make-hash-table arguments)))
    (for-each
     (lambda (entry)
       (if (not (hash-table-exists? table (car entry)))
           (hash-table-set! table (car entry) (cdr entry))))
     alist)
    table))

;; Weakness: (gc weak).

(define (make-weak-table) (%make-table 'weak))

(define (make-ephemeron-table) (%make-table 'ephemeron))

(define (make-guardian)
  (let ((guard (%make-guard)))
    (case-lambda
      (() (%guard-poll guard))
      ((object) (%guard-register! guard object object))
      ((object representative) (%guard-register! guard object representative)))))

(define (collect) (collect-garbage))
