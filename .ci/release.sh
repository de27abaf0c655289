#!/usr/bin/env bash
# Releases the three packages. Run it in a clean clone of main by a workflow that npm trusts (trusted publishing or NPM_TOKEN, and
# `permissions: id-token: write`), so that each tarball carries its provenance:
#
#   bash .ci/release.sh version    # 1. notes of .changeset become versions and changelogs, in a commit to review; 0.1.0 comes first
#   bash .ci/release.sh publish    # 2. after the merge: tests, lints, packs, publishes with provenance, tags
#
# With DRY_RUN=1 the second step publishes and tags nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

case "${1:-}" in
  version)
    npm ci
    changeset version
    version=$(node -p "require('./instrumentation/package.json').version")
    sed -i.bak "s/VERSION = '.*'/VERSION = '$version'/" instrumentation/src/base/version.ts && rm instrumentation/src/base/version.ts.bak
    npm install --package-lock-only --ignore-scripts
    npm run generate
    git add --all && git commit --message "release: $version"
    ;;
  publish)
    [ -z "$(git status --porcelain)" ] || { echo 'the clone is not clean' >&2; exit 1; }
    npm ci && npm test && npm run check
    version=$(node -p "require('./processor/package.json').version")
    # The names that the others depend on come first.
    for package in semconv instrumentation processor; do
      npm publish --workspace "$package" --provenance --access public ${DRY_RUN:+--dry-run}
    done
    [ -n "${DRY_RUN:-}" ] || { git tag "v$version" && git push origin "v$version"; }
    ;;
  *)
    echo 'usage: bash .ci/release.sh version | publish' >&2
    exit 2
    ;;
esac
