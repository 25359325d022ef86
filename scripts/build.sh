#!/usr/bin/env bash
# Configures and builds one preset of CMakePresets.json in build/PRESET.
#
#   build.sh [PRESET [TARGET...]]   default: release, everything
#
# With targets named, a first configure leaves the tests out, so that their libraries need not be there.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=${1:-release}
targets=("${@:2}")
cache=build/$preset/CMakeCache.txt

tests=ON
if [[ ${#targets[@]} -gt 0 ]] && ! grep -qs '^TIDEMILL_TESTS:.*=ON$' "$cache"; then
  tests=OFF
fi
if [[ ! -e build/$preset/build.ninja || CMakePresets.json -nt $cache ]] ||
  ! grep -q "^TIDEMILL_TESTS:.*=$tests\$" "$cache"; then
  cmake --preset "$preset" "-DTIDEMILL_TESTS=$tests"
fi

cmake --build --preset "$preset" -j "$(nproc)" ${targets[@]:+--target "${targets[@]}"}
