;;; nbody: the sun and four planets, in floating point.
;;;
;;; After the Computer Language Benchmarks Game. Allocates, in an interpreter that boxes
;;; them, a float for each operation, and writes them into old vectors. Masses are in solar
;;; masses, lengths in astronomical units, times in years. Size: steps of 0.01 (default 3000).

(import (scheme base) (scheme inexact) (scheme write) (scheme process-context))

(define size
  (let ((args (command-line)))
    (or (and (pair? args) (pair? (cdr args)) (string->number (cadr args)))
        3000)))

(define pi (acos -1))
(define solar-mass (* 4 pi pi))
(define days-per-year 365.24)

(define-record-type body
  (make-body position velocity mass)
  body?
  (position position)
  (velocity velocity)
  (mass mass))

;; A planet, its velocity given per day and its mass in masses of the sun.
(define (planet x y z vx vy vz m)
  (make-body (vector x y z)
             (vector-map (lambda (v) (* v days-per-year)) (vector vx vy vz))
             (* m solar-mass)))

(define sun (planet 0. 0. 0. 0. 0. 0. 1.))
(define jupiter
  (planet 4.84143144246472090e+00 -1.16032004402742839e+00 -1.03622044471123109e-01
          1.66007664274403694e-03 7.69901118419740425e-03 -6.90460016972063023e-05
          9.54791938424326609e-04))
(define saturn
  (planet 8.34336671824457987e+00 4.12479856412430479e+00 -4.03523417114321381e-01
          -2.76742510726411740e-03 4.99852801234917238e-03 2.30417297573763929e-05
          2.85885980666130812e-04))
(define uranus
  (planet 1.28943695621391310e+01 -1.51111514016986312e+01 -2.23307578892655734e-01
          2.96460137564761618e-03 2.37847173959480950e-03 -2.96589568540237556e-05
          4.36624404335156298e-05))
(define neptune
  (planet 1.53796971148509165e+01 -2.59193146099879641e+01 1.79258772950371181e-01
          2.68067772490389322e-03 1.62824170038242295e-03 -9.51592254519715870e-05
          5.15138902046611451e-05))
(define bodies (list sun jupiter saturn uranus neptune))

(define (momentum axis)
  (apply + (map (lambda (b) (* (mass b) (vector-ref (velocity b) axis))) bodies)))

;; Sets the sun moving, so that the whole stands still.
(do ((axis 0 (+ axis 1)))
    ((= axis 3))
  (vector-set! (velocity sun) axis (- (/ (momentum axis) solar-mass))))

(define (difference a b axis)
  (- (vector-ref (position a) axis) (vector-ref (position b) axis)))

(define (distance a b)
  (sqrt (+ (square (difference a b 0)) (square (difference a b 1)) (square (difference a b 2)))))

(define (speed-squared b)
  (let ((v (velocity b)))
    (+ (square (vector-ref v 0)) (square (vector-ref v 1)) (square (vector-ref v 2)))))

;; Calls f with every pair of bodies.
(define (for-each-pair f)
  (let loop ((bs bodies))
    (unless (null? bs)
      (for-each (lambda (other) (f (car bs) other)) (cdr bs))
      (loop (cdr bs)))))

(define (energy)
  (let ((e (apply + (map (lambda (b) (* 0.5 (mass b) (speed-squared b))) bodies))))
    (for-each-pair
     (lambda (a b) (set! e (- e (/ (* (mass a) (mass b)) (distance a b))))))
    e))

(define (push! v axis amount)
  (vector-set! v axis (+ (vector-ref v axis) amount)))

(define (advance! dt)
  (for-each-pair
   (lambda (a b)
     (let* ((dx (difference a b 0))
            (dy (difference a b 1))
            (dz (difference a b 2))
            (d2 (+ (* dx dx) (* dy dy) (* dz dz)))
            (factor (/ dt (* d2 (sqrt d2))))
            (fa (* (mass b) factor))
            (fb (* (mass a) factor))
            (va (velocity a))
            (vb (velocity b)))
       (push! va 0 (- (* dx fa)))
       (push! va 1 (- (* dy fa)))
       (push! va 2 (- (* dz fa)))
       (push! vb 0 (* dx fb))
       (push! vb 1 (* dy fb))
       (push! vb 2 (* dz fb)))))
  (for-each
   (lambda (b)
     (do ((axis 0 (+ axis 1)))
         ((= axis 3))
       (push! (position b) axis (* dt (vector-ref (velocity b) axis)))))
   bodies))

(define (near? a b tolerance) (< (abs (- a b)) tolerance))

(define energy-before (energy))
(do ((i 0 (+ i 1)))
    ((= i size))
  (advance! 0.01))

;; The energy at the start is the game's; it and the momentum are conserved, but for the
;; error of the steps; after 1000 steps the game gives -0.169087605.
(cond ((not (near? energy-before -0.169075164 1e-9))
       (display "nbody FAILED: energy at the start ") (write energy-before) (newline) (exit 1))
      ((and (= size 1000) (not (near? (energy) -0.169087605 1e-9)))
       (display "nbody FAILED: energy after 1000 steps ") (write (energy)) (newline) (exit 1))
      ((not (near? (energy) energy-before 1e-4))
       (display "nbody FAILED: energy at the end ") (write (energy)) (newline) (exit 1))
      ((not (near? 0 (+ (abs (momentum 0)) (abs (momentum 1)) (abs (momentum 2))) 1e-9))
       (display "nbody FAILED: momentum") (newline) (exit 1))
      (else (display "nbody ok") (newline)))
