#!/usr/bin/env bash
# Builds tidemill and runs its demo; arguments go to `tidemill demo`.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh
scripts/build.sh release tidemill
exec build/release/tidemill demo "$@"
