#!/bin/bash
# Installs Rotel, a collector in Rust that the bench compares with, from its PyPI package. Needs pip. Quick when it is there.
set -euo pipefail
cd "$(dirname "$0")"

version='0.0.1a15'
program='.rotel/rotel/rotel-agent'
[ -x "$program" ] && [ -d ".rotel/rotel-$version.dist-info" ] && exit 0

command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1 || {
  echo 'pip is not on this machine: install Python 3 with pip, then run this again.' >&2
  exit 1
}
rm -rf .rotel
mkdir .rotel
echo '*' >.rotel/.gitignore
python3 -m pip install --quiet --no-deps --target .rotel "rotel==$version"
chmod +x "$program"
