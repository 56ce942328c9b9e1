#!/usr/bin/env bash
# The tests again, with collections at every safepoint and every invariant checked.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "-- stress"
GC_STRESS=all timeout 1200 cargo test -p gc-core --lib
GC_STRESS=all timeout 1800 cargo test -p gc-tests --test attacks --test barrier --test brand --test collector \
    --test compaction --test compaction_mixed --test derive_on_the_heap --test guards --test life_and_death --test model --test regressions \
    --test weak_attacks --test weak_programs --test weakness
echo "-- stress and verification"
GC_STRESS=all GC_VERIFY=1 timeout 1800 cargo test -p gc-core --lib
# Verification visits the whole heap after every phase: not for the tests with millions of objects.
GC_STRESS=all GC_VERIFY=1 timeout 1200 cargo test -p gc-tests --test attacks --test barrier --test brand \
    --test collector --test derive_on_the_heap --test model --test regressions --test weak_attacks
