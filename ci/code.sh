#!/bin/sh
# The machine code of a write to a direct field: no check that the field lies in its owner, and no call but that of
# the barrier's slow path. (Soundness case 11.)
set -eu
cd "$(dirname "$0")/.."

case "$(rustc -vV | sed -n 's/^host: //p')" in
x86_64-*-linux-* | aarch64-*-linux-*) ;;
*)
    echo "the code is looked at on Linux only, on x86-64 and AArch64"
    exit 0
    ;;
esac

assembly="${CARGO_TARGET_DIR:-target}/barrier.s"
cargo rustc --quiet --release -p gc-core --example barrier -- --emit "asm=$assembly" -C debuginfo=0 -C codegen-units=1

# The instructions of a function, from its label to the end of its frame.
body() {
    awk -v name="$1" '$0 ~ "^_.*" name ".*:$" { on = 1 } on { print } on && /\.cfi_endproc/ { exit }' "$assembly"
}

# calls FUNCTION ALLOWED: fails if the function is not there, or calls anything else.
calls() {
    code="$(body "$1")"
    if [ -z "$code" ]; then
        echo "$1 is not in $assembly" >&2
        exit 1
    fi
    others="$(echo "$code" | grep -E '^[[:space:]]+(call|callq|bl|blr)[[:space:]]|^[[:space:]]+(jmp|jmpq|b)[[:space:]]+\*?_' | grep -vE "$2" || true)"
    if [ -n "$others" ]; then
        printf '%s calls more than it should:\n%s\n' "$1" "$others" >&2
        exit 1
    fi
    if echo "$code" | grep -qE 'panic|not_in_owner'; then
        echo "$1 can panic" >&2
        exit 1
    fi
}

calls write_a_field '[0-9]log'
calls write_a_nested_field '[0-9]log'
calls read_a_field '^$'
echo "a write to a direct field is a test and a store"
