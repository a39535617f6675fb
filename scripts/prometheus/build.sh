#!/bin/sh
# Builds Prometheus 3 and its promtool from their Go module, for tests: Debian has 2.42. go.mod and go.sum here pin all of it, at the
# version of PROMETHEUS_IMAGE in .env. It takes some minutes, once: what is built stays in REDMETER_PROMETHEUS_CACHE (default
# ~/.cache/redmeter-prometheus) until the version changes. It is built without the service discoveries of clouds, which tests do not need,
# and without the files of the web page.
#
# Prints the folder with prometheus and promtool.
set -eu

source=$(cd "$(dirname "$0")" && pwd)
version=$(sed -n 's/^\tgithub.com\/prometheus\/prometheus v0\.\([0-9]*\)\([0-9][0-9]\)\.\([0-9]*\)$/\1.\2.\3/p' "$source/go.mod" | sed 's/\.0\([0-9]\)/.\1/')
digest=$(cat "$source/go.mod" "$source/go.sum" "$source/build.sh" | cksum | cut -d ' ' -f 1)
cache=${REDMETER_PROMETHEUS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/redmeter-prometheus}
folder=$cache/v$version-$digest

fail() {
  echo "prometheus 3: $1" >&2
  exit 1
}

if [ -d "$folder" ]; then
  echo "$folder"
  exit 0
fi
command -v go >/dev/null || fail "expected Go 1.25 or later to build it, found none; install it: https://go.dev/doc/install"

mkdir -p "$cache"
build=$(mktemp -d "$cache/build-XXXXXX")
trap 'rm -rf "$build"' EXIT
trap 'exit 130' HUP INT TERM
mkdir "$build/module" "$build/done"
cp "$source/go.mod" "$source/go.sum" "$build/module"
cd "$build/module"
log=$build/log
kept=$cache/build.log

echo "Fetching the modules of Prometheus $version." >&2
packages='github.com/prometheus/prometheus/cmd/prometheus github.com/prometheus/prometheus/cmd/promtool'
# shellcheck disable=SC2086 # they are words
if ! go list -mod=mod -tags remove_all_sd -deps $packages >"$build/packages" 2>"$log"; then
  cp "$log" "$kept"
  fail "go could not fetch its modules: $(tail -n 1 "$log")"
fi
count=$(wc -l <"$build/packages")

echo "Building it with Go, once: some minutes." >&2
{
  # shellcheck disable=SC2086 # they are words
  go build -mod=mod -buildvcs=false -v -tags remove_all_sd -o "$build/done/" \
    -ldflags "-s -w -X github.com/prometheus/common/version.Version=$version" $packages 2>&1
  echo "$?" >"$build/status"
} | tee -a "$log" | awk -v all="$count" 'NR % 200 == 0 { print "  " NR " of about " all " packages" }' >&2
if [ "$(cat "$build/status")" != 0 ]; then
  cp "$log" "$kept"
  fail "go could not build it: $(tail -n 1 "$log"); all of it is in $kept"
fi

# Another one may have been quicker.
[ -d "$folder" ] || mv "$build/done" "$folder"
echo "$folder"
