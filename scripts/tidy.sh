#!/usr/bin/env bash
# Runs clang-tidy over the given .cpp files, by default over all of src/, consumers/ and producers/.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
database=build/release/compile_commands.json
[[ -e $database ]] || {
  echo "tidy.sh: no $database; run scripts/build.sh first" >&2
  exit 1
}

{
  if [[ $# -gt 0 ]]; then
    printf '%s\0' "$@"
  else
    git ls-files -z --cached --others --exclude-standard -- 'src/*.cpp' 'consumers/*.cpp' 'producers/*.cpp'
  fi
} | xargs -0 -r -n 1 -P "$(nproc)" clang-tidy -p "${database%/*}" --quiet --extra-arg=-Wno-unknown-warning-option
