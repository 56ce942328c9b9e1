#!/usr/bin/env bash
# The tests again, with collections at every safepoint and every invariant checked.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "-- stress"
GC_STRESS=all timeout 1800 cargo test -p gc-core -p gc-tests --lib --tests
echo "-- stress and verification"
GC_STRESS=all GC_VERIFY=1 timeout 1800 cargo test -p gc-core --lib
GC_STRESS=all GC_VERIFY=1 timeout 1800 cargo test -p gc-tests --tests
