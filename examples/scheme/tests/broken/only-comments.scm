;; expected: ok
;; Comments alone.
#| nothing |# ; here
#;(at all)
