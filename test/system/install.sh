#!/bin/bash
# Installs the servers that the system tests run against: from Debian (needs root or sudo) and, what Debian has too old,
# built from Go modules into test/system/.servers. Quick when they are there.
set -euo pipefail
cd "$(dirname "$0")"

# One line a server: the program that must be found, the Debian package that has it.
servers=(
  'prometheus prometheus'
  'promtool prometheus'
  'prometheus-alertmanager prometheus-alertmanager'
  'victoria-metrics victoria-metrics'
  'chromium chromium'
  'psql postgresql'
  'pg_createcluster postgresql'
  'pgbouncer pgbouncer'
)

missing=()
for server in "${servers[@]}"; do
  read -r program package <<<"$server"
  PATH="$PATH:/usr/sbin" command -v "$program" >/dev/null || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  command -v apt-get >/dev/null || {
    echo "apt-get is not on this machine; install these by other means: ${missing[*]}" >&2
    exit 1
  }
  as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

# Prometheus 3.16, which takes metrics by OTLP; the module's number is 0 and that of the release. Without service
# discovery for clouds, it takes minutes less to build.
prometheus_version='v0.316.0'
built=".servers/prometheus-$prometheus_version"
if [ ! -x "$built/prometheus" ]; then
  command -v go >/dev/null || {
    echo 'go is not on this machine, and Debian has no Prometheus that takes OTLP: install Go 1.26 (https://go.dev/dl),' >&2
    echo 'then run this again.' >&2
    exit 1
  }
  mkdir -p .servers
  echo '*' >.servers/.gitignore
  echo "building Prometheus $prometheus_version: some minutes, once"
  CGO_ENABLED=0 GOBIN="$PWD/$built.part" go install -trimpath -ldflags='-s -w' -tags=remove_all_sd \
    "github.com/prometheus/prometheus/cmd/prometheus@$prometheus_version"
  mv "$built.part" "$built"
fi
ln -sfn "prometheus-$prometheus_version/prometheus" .servers/prometheus

# What reads the manifests of the examples as Kubernetes and Compose do.
if [ ! -x .servers/manifests ] || [ -n "$(find manifests -newer .servers/manifests)" ]; then
  CGO_ENABLED=0 go -C manifests build -trimpath -ldflags='-s -w' -o ../.servers/manifests .
fi

# The OpenTelemetry Collector, with what the examples and the benchmark use of it.
bash ../bench/collector-build.sh
echo 'the servers of the system tests are installed'
