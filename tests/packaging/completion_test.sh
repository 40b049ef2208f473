#!/usr/bin/env bash
# Completes words with the bash completion against a stand-in for the program.
set -euo pipefail
source "$SRC/src/cli/completion/embark.bash"

embark() {
    case "$*" in
        --list-commands) printf 'analyze\nboards\ndeploy\n' ;;
        "boards --names") printf 'nucleo-f446re\nstm32l4r9i-disco\n' ;;
        "analyze --help") printf 'Options:\n  -h,--help   print this\n  --board B   a board\n' ;;
        --help) printf '  -h,--help  print this\n  --version  print the version\n' ;;
        *) return 2 ;;
    esac
}

failed=0
# expect "reply…" word…: what completing the last word must offer, sorted.
expect() {
    local wanted=$1 got
    shift
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _embark || true
    got=$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd' ')
    if [ "$got" != "$wanted" ]; then
        echo "completing '$*': got '$got', expected '$wanted'"
        failed=1
    fi
}

cd "$(mktemp -d)"
trap 'rm -rf "$PWD"' EXIT
touch model.h5
expect "analyze" embark an
expect "--help --version" embark --
expect "--board" embark analyze --b
expect "stm32l4r9i-disco" embark analyze m.h5 --board st
expect "nucleo-f446re stm32l4r9i-disco" embark boards show ""
expect "host serial: virtual:" embark validate --target ""
expect "cmake cmsis-pack" embark generate m.h5 --package cm
expect "nucleo-f446re stm32l4r9i-disco" embark validate --target virtual :
expect "stm32l4r9i-disco" embark validate --target virtual : st
expect "model.h5" embark analyze m
expect "bash zsh" embark completion ""
exit $failed
