#!/usr/bin/env bash
# The model checker of the collector's protocol: the rules as they are must not fail in any run.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v python3 >/dev/null; then
    echo "skipped: no python3"
    exit 0
fi
python3 protocol/model.py 60 corrected | tee /dev/stderr | grep -q "corrected: 0/60 runs fail"
