;;; destruct: lists cut up and spliced in place.
;;;
;;; After the idea of Gabriel's destructive benchmark (Performance and Evaluation of Lisp
;;; Systems, 1985): long-lived lists whose cars and cdrs are forever overwritten with
;;; younger pairs, so the write barrier works hard. Size: rounds (default 2000).

(import (scheme base) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        2000)))

(define width 10)
(define height 10)

;; A list of `height` lists, each of `width` pairs that hold their own row number.
(define (fresh-table)
  (let loop ((row (- height 1)) (table '()))
    (if (< row 0)
        table
        (loop (- row 1) (cons (make-list width row) table)))))

(define (last-pair l)
  (if (pair? (cdr l)) (last-pair (cdr l)) l))

;; Cuts `l` after its first n pairs (n ≥ 1) and gives the rest.
(define (cut! l n)
  (let* ((end (list-tail l (- n 1))) (rest (cdr end)))
    (set-cdr! end '())
    rest))

;; Puts list b behind list a, in place.
(define (splice! a b)
  (set-cdr! (last-pair a) b))

;; Reverses a list by turning its pairs round.
(define (turn! l)
  (let loop ((l l) (done '()))
    (if (null? l)
        done
        (let ((rest (cdr l)))
          (set-cdr! l done)
          (loop rest l)))))

;; Every row gives the half of itself to the next row and is filled up with new pairs, so
;; that the number of pairs and the sum of what they hold depend on the rounds alone.
(define (exchange! table round)
  (let loop ((rows table))
    (when (and (pair? rows) (pair? (cdr rows)))
      (let* ((here (car rows))
             (there (cadr rows))
             (half (cut! here (quotient width 2))))
        (splice! here (cut! there (quotient width 2)))
        (splice! there half)
        (set-car! rows (turn! here))
        (set-car! (cdr rows) (turn! there))
        (loop (cdr rows)))))
  ;; New pairs for all of one row, which takes the values of the old.
  (let* ((row (list-tail table (modulo round height)))
         (copy (list-copy (car row))))
    (do ((old (car row) (cdr old)) (new copy (cdr new)))
        ((null? old))
      (set-car! new (+ (car old) 1)))
    (set-car! row copy)))

(define (table-sum table)
  (apply + (map (lambda (row) (apply + row)) table)))

(define (all-of-width? table)
  (or (null? table)
      (and (= (length (car table)) width) (all-of-width? (cdr table)))))

(let ((table (fresh-table)))
  (do ((round 0 (+ round 1)))
      ((= round size))
    (exchange! table round))
  (let ((got (table-sum table))
        (expected (* width (+ size (quotient (* height (- height 1)) 2)))))
    (cond ((and (= got expected) (all-of-width? table))
           (display "destruct ok") (newline))
          (else
           (display "destruct FAILED: ") (write got) (display ", not ") (write expected) (newline)
           (exit 1)))))
