;; expected: ok|error: raised
;; exit, called by an after thunk that exit itself runs.
(import (scheme base) (scheme process-context))
(dynamic-wind (lambda () #f) (lambda () (exit 0)) (lambda () (exit 0)))
