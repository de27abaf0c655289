#!/bin/bash
# Builds the OpenTelemetry Collector that the bench compares with and the system tests use, from Go modules by the Collector's
# own builder. Needs Go 1.26. Quick when it is there.
set -euo pipefail
cd "$(dirname "$0")"

version="$(sed -n 's/^  version: //p' collector-builder.yaml)"
program='.collector/otelcol-spanmetrics'
# Built from this very list of components.
built='.collector/built-from.yaml'
[ -x "$program" ] && cmp --silent collector-builder.yaml "$built" && exit 0

command -v go >/dev/null || {
  echo 'go is not on this machine: install Go 1.26 (https://go.dev/dl), then run this again.' >&2
  exit 1
}
mkdir -p .collector
echo '*' >.collector/.gitignore
echo "building the OpenTelemetry Collector $version: some minutes, once"
CGO_ENABLED=0 go run "go.opentelemetry.io/collector/cmd/builder@v$version" --config collector-builder.yaml
cp collector-builder.yaml "$built"
