#!/bin/sh
# Checks the workflows under .github with actionlint, and their shell steps with shellcheck. go.mod and go.sum here pin actionlint,
# which is built into .tools.
set -eu
cd "$(dirname "$0")/../.."
for program in go shellcheck; do
  command -v "$program" >/dev/null || {
    echo "actionlint: expected $program on PATH, found none; Go: https://go.dev/doc/install, shellcheck: apt-get install shellcheck" >&2
    exit 1
  }
done
go -C scripts/actionlint build -buildvcs=false -o "$PWD/.tools/actionlint" github.com/rhysd/actionlint/cmd/actionlint
exec .tools/actionlint "$@"
