#!/usr/bin/env bash
# Everything a change must pass: format, the release build with all tests, and
# the unit tests under the address and undefined-behaviour sanitizers.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
logs=build/test-logs
times=()

stage() {
  local name=$1 started=$SECONDS
  shift
  echo "== $name"
  if ! "$@"; then
    echo "== $name: FAILED after $((SECONDS - started)) s" >&2
    exit 1
  fi
  times+=("$(printf '%6d s  %s' $((SECONDS - started)) "$name")")
}

# ctest, with its closing lines kept for the end of this script.
run_ctest() {
  local log=$logs/$1.txt
  shift
  ctest -j "$(nproc)" "$@" 2>&1 | tee "$log"
}

closing_lines() {
  sed -n '/tests passed,/,$p' "$logs/$1.txt"
}

mkdir -p "$logs"
stage "setup" scripts/setup.sh --tests
stage "format" scripts/format.sh --check
stage "build release" scripts/build.sh release
stage "test release" run_ctest release --preset release
stage "build asan-ubsan" scripts/build.sh asan-ubsan
stage "unit tests asan-ubsan" run_ctest asan-ubsan --preset asan-ubsan -L unit

echo "== all stages passed"
printf '%s\n' "${times[@]}"
echo "== unit tests asan-ubsan"
closing_lines asan-ubsan
echo "== test release"
closing_lines release
