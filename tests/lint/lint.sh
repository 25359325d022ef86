#!/usr/bin/env bash
# Checks files that no compiler reads:  lint.sh compose | configs | dockerfile | prometheus | scripts | yaml
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."

need() {
  command -v "$1" >/dev/null || {
    echo "no $1 here: run scripts/setup.sh --tests" >&2
    exit 1
  }
}

case ${1:-} in
  compose)
    need .venv/bin/check-jsonschema
    .venv/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
    ;;
  configs)
    need .venv/bin/check-jsonschema
    for file in config/*.yaml; do
      kind=service
      [[ $file == *.train.yaml ]] && kind=training
      .venv/bin/check-jsonschema --schemafile "config/schemas/$kind.schema.json" "$file"
    done
    ;;
  dockerfile)
    need .venv/bin/hadolint
    .venv/bin/hadolint Dockerfile
    ;;
  prometheus)
    need promtool
    promtool check config monitoring/prometheus.yml monitoring/compose/prometheus.yml
    ;;
  scripts)
    need shellcheck
    mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.sh' .ci/run)
    [[ ${#files[@]} -gt 0 ]] || {
      echo "found no scripts" >&2
      exit 1
    }
    for file in "${files[@]}"; do
      [[ -x $file ]] || {
        echo "$file is not executable" >&2
        exit 1
      }
      bash -n "$file"
    done
    shellcheck "${files[@]}"
    ;;
  yaml)
    need .venv/bin/yamllint
    .venv/bin/yamllint --strict -d '{extends: relaxed, rules: {line-length: disable}}' \
      docker-compose.yml config monitoring
    ;;
  *)
    echo "usage: lint.sh compose | configs | dockerfile | prometheus | scripts | yaml" >&2
    exit 64
    ;;
esac
