#!/bin/sh
# Builds kube-apiserver from its Go module, and lays the CRDs of the Gateway API beside it, for tests of Kubernetes. go.mod and
# go.sum here pin both. It takes some minutes, once: what is built stays in REDMETER_KUBERNETES_CACHE (default
# ~/.cache/redmeter-kubernetes) until the versions change.
#
# Prints the folder with kube-apiserver, crds/standard and crds/experimental.
set -eu

source=$(cd "$(dirname "$0")" && pwd)
version=$(sed -n 's/^\tk8s.io\/kubernetes \(v.*\)$/\1/p' "$source/go.mod")
digest=$(cat "$source/go.mod" "$source/go.sum" "$source/build.sh" | cksum | cut -d ' ' -f 1)
cache=${REDMETER_KUBERNETES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/redmeter-kubernetes}
folder=$cache/$version-$digest

fail() {
  echo "kube-apiserver: $1" >&2
  exit 1
}

if [ -d "$folder" ]; then
  echo "$folder"
  exit 0
fi
command -v go >/dev/null || fail "expected Go 1.25 or later to build it, found none; install it: https://go.dev/doc/install"

mkdir -p "$cache"
build=$(mktemp -d "$cache/build-XXXXXX")
trap 'chmod -R u+w "$build"; rm -rf "$build"' EXIT
trap 'exit 130' HUP INT TERM
mkdir "$build/module" "$build/done"
cp "$source/go.mod" "$source/go.sum" "$build/module"
cd "$build/module"
log=$cache/build.log
package=k8s.io/kubernetes/cmd/kube-apiserver

echo "Fetching the modules of kube-apiserver $version." >&2
go list -mod=mod -deps "$package" >"$build/packages" 2>"$log" || fail "go could not fetch its modules: $(tail -n 1 "$log")"
packages=$(wc -l <"$build/packages")
gateway_api=$(go mod download -json sigs.k8s.io/gateway-api 2>>"$log" | sed -n 's/^.*"Dir": "\(.*\)",\{0,1\}$/\1/p')
[ -n "$gateway_api" ] || fail "go could not fetch the Gateway API: $(tail -n 1 "$log")"

echo "Building kube-apiserver $version with Go, once: some minutes." >&2
{
  go build -mod=mod -buildvcs=false -trimpath -v -o "$build/done/kube-apiserver" \
    -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$version" "$package" 2>&1
  echo "$?" >"$build/status"
} | tee -a "$log" | awk -v all="$packages" 'NR % 200 == 0 { print "  " NR " of about " all " packages" }' >&2
[ "$(cat "$build/status")" = 0 ] || fail "go could not build it: $(tail -n 1 "$log"); all of it is in $log"

mkdir "$build/done/crds"
for channel in standard experimental; do
  mkdir "$build/done/crds/$channel"
  cp "$gateway_api/config/crd/$channel"/gateway.networking.k8s.io_*.yaml "$build/done/crds/$channel"
done
# Another one may have been quicker.
[ -d "$folder" ] || mv "$build/done" "$folder"
echo "$folder"
