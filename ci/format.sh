#!/usr/bin/env bash
# The sources are formatted.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! cargo fmt --version >/dev/null 2>&1; then
    echo "skipped: no rustfmt in this toolchain"
    exit 0
fi
cargo fmt --all -- --check
