#!/usr/bin/env bash
# The soundness tests under AddressSanitizer, where a nightly toolchain is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
target=x86_64-unknown-linux-gnu
if ! cargo +nightly --version >/dev/null 2>&1; then
    echo "skipped: no nightly toolchain"
    exit 0
fi
if [ ! -d "$(rustc +nightly --print sysroot)/lib/rustlib/$target/lib" ]; then
    echo "skipped: nightly has no standard library for $target"
    exit 0
fi
export RUSTFLAGS=-Zsanitizer=address CARGO_TARGET_DIR=target/asan
# Some tests forget heaps on purpose: what was damaged to see verification fail cannot be dropped.
export ASAN_OPTIONS=detect_leaks=0
timeout 1800 cargo +nightly test -p gc-core --lib --target "$target"
# Not the tests of messages, whose wording is the stable compiler's.
timeout 1800 cargo +nightly test -p gc-tests --target "$target" --test attacks --test barrier --test brand \
    --test collector --test compaction --test compaction_mixed --test compaction_sizes --test derive_on_the_heap --test guards --test life_and_death --test model \
    --test regressions --test slices --test weak_attacks --test weak_programs --test weakness
