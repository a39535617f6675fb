#!/bin/sh
# Prepares the programs that record with OpenTelemetry's SDKs for Python and Go, for tests: exporter/test/otlp/sdk. Their
# requirements.txt, go.mod and go.sum pin all of it. It takes a minute or two, once: what is built stays in
# REDMETER_OPENTELEMETRY_CACHE (default ~/.cache/redmeter-opentelemetry) until one of the files changes.
#
# Prints the folder with the programs python/bin/python and record-go.
set -eu

source=$(cd "$(dirname "$0")/../../exporter/test/otlp/sdk" && pwd)
digest=$(cat "$source"/go/* "$source/python/requirements.txt" "$0" | cksum | cut -d ' ' -f 1)
cache=${REDMETER_OPENTELEMETRY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/redmeter-opentelemetry}
folder=$cache/$digest

fail() {
  echo "OpenTelemetry's SDKs: $1" >&2
  exit 1
}

if [ -d "$folder" ]; then
  echo "$folder"
  exit 0
fi
command -v go >/dev/null || fail "expected Go 1.26 or later to build the program in Go, found none; install it: https://go.dev/doc/install"
python3 -c 'import ensurepip, venv' 2>/dev/null ||
  fail "expected python3 with its module venv, found none; on Debian: apt-get install python3-venv"

mkdir -p "$cache"
build=$(mktemp -d "$cache/build-XXXXXX")
trap 'rm -rf "$build"' EXIT
trap 'exit 130' HUP INT TERM
log=$cache/install.log

echo "Installing OpenTelemetry's SDK for Python." >&2
# Its interpreter works from another folder too.
{
  python3 -m venv "$build/done/python" &&
    "$build/done/python/bin/python" -m pip install --quiet --requirement "$source/python/requirements.txt"
} >"$log" 2>&1 || fail "pip could not install the one for Python: $(tail -n 1 "$log"); all of it is in $log"

echo "Building a program with OpenTelemetry's SDK for Go." >&2
go -C "$source/go" build -buildvcs=false -mod=readonly -o "$build/done/record-go" . >"$log" 2>&1 ||
  fail "go could not build the one for Go: $(tail -n 1 "$log"); all of it is in $log"

# Another one may have been quicker.
[ -d "$folder" ] || mv "$build/done" "$folder"
echo "$folder"
