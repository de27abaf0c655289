#!/bin/bash
# Builds the OpenTelemetry Collector that the bench compares with, from Go modules by the Collector's own builder. Needs Go 1.26.
set -euo pipefail
cd "$(dirname "$0")"

command -v go >/dev/null || {
  echo 'go is not on this machine: install Go 1.26 (https://go.dev/dl), then run this again.' >&2
  exit 1
}
mkdir -p .collector
echo '*' >.collector/.gitignore
version="$(sed -n 's/^  version: //p' collector-builder.yaml)"
CGO_ENABLED=0 go run "go.opentelemetry.io/collector/cmd/builder@v$version" --config collector-builder.yaml
