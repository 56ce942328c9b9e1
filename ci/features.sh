#!/usr/bin/env bash
# Each feature compiles alone; the heap works without `mmap`; the platforms whose standard library is installed
# compile.
set -euo pipefail
cd "$(dirname "$0")/.."
features=$(cargo metadata --no-deps --format-version 1 |
    python3 -c 'import json,sys; print("\n".join(f for p in json.load(sys.stdin)["packages"] if p["name"]=="gc-core" for f in p["features"]))' 2>/dev/null || true)
for feature in $features; do
    echo "-- $feature"
    cargo check --quiet -p gc-core --no-default-features --features "$feature"
done
echo "-- memory from the global allocator"
RUSTFLAGS="--cfg gc_no_mmap" CARGO_TARGET_DIR=target/no-mmap timeout 1200 cargo test --quiet -p gc-core --lib
for target in aarch64-apple-darwin x86_64-pc-windows-msvc i686-unknown-linux-gnu aarch64-unknown-linux-gnu; do
    if [ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]; then
        cargo check --quiet -p gc-core --target "$target"
    else
        echo "-- $target: skipped, its standard library is not installed"
    fi
done
