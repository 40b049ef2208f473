#!/usr/bin/env bash
# Installs into a fresh prefix, moves the prefix, and runs the program on the installed data alone.
set -euo pipefail
cd "$(mktemp -d)"
trap 'rm -rf "$PWD"' EXIT

cmake --install "$BUILD" --prefix "$PWD/first" >/dev/null
mv first moved
embark=$PWD/moved/bin/embark
unset EMBARK_DATA

# A board that only the installed data has shows which data the program reads.
board=moved/share/embark/boards/stm32l4r9i-disco
test -f "$board/board.toml"
cp -r "$board" moved/share/embark/boards/only-installed
"$embark" boards --names | grep -qx only-installed
"$embark" boards --names | grep -qx stm32l4r9i-disco

test -d moved/share/embark/runtime/include/emk
test -f moved/share/doc/embark/LICENSE
bash -n moved/share/bash-completion/completions/embark
test -f moved/share/zsh/site-functions/_embark
! find moved -name '*_test.*' | grep .
