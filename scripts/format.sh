#!/usr/bin/env bash
# Formats every C++ file with clang-format 14; with --check it only says what would change, and fails then.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1:-} in
  "") mode=(-i) ;;
  --check) mode=(--dry-run --Werror) ;;
  *) echo "usage: format.sh [--check]" >&2; exit 64 ;;
esac

formatter=$(command -v clang-format-14 || command -v clang-format) || {
  echo "format.sh: no clang-format; run scripts/setup.sh --tests" >&2
  exit 1
}
# Other versions lay some lines out differently.
"$formatter" --version | grep -q 'version 14\.' || {
  echo "format.sh: expected clang-format 14, found $("$formatter" --version)" >&2
  exit 1
}

git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.h' |
  while IFS= read -r -d '' file; do
    [[ ! -e $file ]] || printf '%s\0' "$file"
  done |
  xargs -0 -r -n 50 -P "$(nproc)" "$formatter" "${mode[@]}"
