#!/usr/bin/env bash
# Installs what building and running Tidemill needs on Debian 12 (bookworm).
#
#   setup.sh           compiler and libraries
#   setup.sh --tests   also what the tests need: packages, .venv/ and the Kafka jars in .kafka/
#   setup.sh --mlflow  also an MLflow server for the tests of the bridge, in .venv-mlflow/ (850 MB)
#
# Root or sudo is needed only while a package is missing. A second run has nothing to do and needs no network.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

packages=(
  build-essential ccache cmake ninja-build pkg-config
  libboost1.81-dev libcereal-dev libcli11-dev libcurl4-openssl-dev libeigen3-dev
  libfmt-dev libicu-dev librdkafka-dev libsimdjson-dev libspdlog-dev libssl-dev
  libxgboost-dev libxxhash-dev libyaml-cpp-dev libzstd-dev nlohmann-json3-dev
  prometheus-cpp-dev zlib1g-dev
)
test_packages=(
  chromium chromium-driver clang-format clang-tidy shellcheck
  libbenchmark-dev libgmock-dev libgtest-dev librapidcheck-dev
  git kcat maven openjdk-17-jre-headless prometheus python3 python3-venv
)

die() {
  echo "setup.sh: $*" >&2
  exit 1
}

# Package servers and registries fail now and then; a short wait mends most of it.
retry() {
  local attempt
  for attempt in 1 2 3; do
    "$@" && return
    [[ $attempt -eq 3 ]] || sleep $((attempt * 5))
  done
  die "failed three times: $*"
}

as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  else
    sudo "$@"
  fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600 "$@"
}

# The prometheus package starts a server when it is installed; the tests want only its programs.
policy=/usr/sbin/policy-rc.d
forbid_services() {
  [[ ! -e $policy ]] || return 0
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  trap 'as_root rm -f "$policy"' EXIT
}

install_missing() {
  local -A installed=()
  local -a missing=()
  local name status
  while read -r name status; do
    [[ $status == installed ]] && installed[$name]=1
  done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for name in "$@"; do
    [[ ${installed[$name]:-} ]] || missing+=("$name")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0

  echo "setup.sh: installing ${missing[*]}"
  [[ $EUID -eq 0 ]] || command -v sudo >/dev/null || die "packages are missing: run as root, or install sudo"
  retry apt update
  forbid_services
  retry apt install -y --no-install-recommends "${missing[@]}"
}

# install_python REQUIREMENTS VENV
install_python() {
  local requirements=$repo/$1 venv=$repo/$2
  cmp -s "$requirements" "$venv/.installed" && [[ -x $venv/bin/python ]] && return
  echo "setup.sh: installing $1 into $2/"
  [[ -x $venv/bin/python ]] || /usr/bin/python3 -m venv --clear "$venv"
  retry "$venv/bin/python" -m pip install -q --disable-pip-version-check -r "$requirements"
  cp "$requirements" "$venv/.installed"
}

install_kafka() {
  local pom=$repo/tests/integration/kafka/pom.xml libs=$repo/.kafka/libs
  cmp -s "$pom" "$libs/.complete" && return
  echo "setup.sh: fetching the Kafka broker into .kafka/"
  rm -rf "$libs"
  retry mvn -q -B -f "$pom" dependency:copy-dependencies "-DoutputDirectory=$libs"
  cp "$pom" "$libs/.complete"
}

tests=false
mlflow=false
for argument in "$@"; do
  case $argument in
    --tests) tests=true ;;
    --mlflow) tests=true mlflow=true ;;
    *) echo "usage: setup.sh [--tests] [--mlflow]" >&2; exit 64 ;;
  esac
done

command -v apt-get >/dev/null ||
  die "no apt-get here: this script is for Debian 12 (bookworm); elsewhere, install the packages it lists by hand"
codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
[[ $codename == bookworm ]] ||
  echo "setup.sh: made for Debian bookworm, found '${codename:-no codename}'; some packages may have other names" >&2

if $tests; then
  install_missing "${packages[@]}" "${test_packages[@]}"
  install_python tests/requirements.txt .venv
  install_kafka
else
  install_missing "${packages[@]}"
fi
if $mlflow; then
  install_python tests/mlflow.requirements.txt .venv-mlflow
fi
