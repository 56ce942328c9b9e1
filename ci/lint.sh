#!/usr/bin/env bash
# No warning from clippy, in any target, with and without features.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! cargo clippy --version >/dev/null 2>&1; then
    echo "skipped: no clippy in this toolchain"
    exit 0
fi
cargo clippy --workspace --all-targets --all-features -- -D warnings
cargo clippy -p gc-core --no-default-features -- -D warnings
