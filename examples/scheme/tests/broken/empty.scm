;; expected: ok
;; No program at all.
