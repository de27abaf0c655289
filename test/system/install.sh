#!/bin/bash
# Installs from Debian the servers that the system tests run against. Quick when they are there; needs root or sudo.
set -euo pipefail

# One line a server: the program that must be found, the Debian package that has it.
servers=(
  'prometheus prometheus'
  'promtool prometheus'
  'prometheus-alertmanager prometheus-alertmanager'
  'chromium chromium'
)

missing=()
for server in "${servers[@]}"; do
  read -r program package <<<"$server"
  command -v "$program" >/dev/null || missing+=("$package")
done
if [ "${#missing[@]}" -eq 0 ]; then
  echo 'the servers of the system tests are installed'
  exit 0
fi

command -v apt-get >/dev/null || {
  echo "apt-get is not on this machine; install these by other means: ${missing[*]}" >&2
  exit 1
}
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
