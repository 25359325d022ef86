#!/usr/bin/env bash
# Runs pytest with the interpreter that setup.sh made, and says so when there is none.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
python=$repo/.venv/bin/python
[[ -x $python ]] || {
  echo "no .venv/ here: run scripts/setup.sh --tests" >&2
  exit 1
}
exec "$python" -B -m pytest "$@"
