#!/bin/sh
# Builds kube-apiserver and Helm 3 and 4 from their Go modules, and lays the CRDs of the Gateway API, Prometheus Operator, Argo
# Rollouts and Flagger beside them, for tests of Kubernetes. go.mod, go.sum and crds.txt here pin all of it. It takes some minutes,
# once: what is built stays in REDMETER_KUBERNETES_CACHE (default ~/.cache/redmeter-kubernetes) until the versions change.
#
# Prints the folder with kube-apiserver, helm3, helm4, and crds/standard, crds/experimental, crds/prometheus-operator,
# crds/argo-rollouts and crds/flagger.
set -eu

source=$(cd "$(dirname "$0")" && pwd)
version=$(sed -n 's/^\tk8s.io\/kubernetes \(v.*\)$/\1/p' "$source/go.mod")
digest=$(cat "$source/go.mod" "$source/go.sum" "$source/crds.txt" "$source/build.sh" | cksum | cut -d ' ' -f 1)
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
: >"$log"

helm_version() {
  sed -n "s/^\thelm.sh\/helm\/$1 \(v.*\)$/\1/p" "$source/go.mod"
}

# The folder of a module. Beside the version, its checksum is given where go.sum does not have it.
module_folder() {
  answer=$(go mod download -json "$1" 2>>"$log") || fail "go could not fetch $1: $(tail -n 1 "$log")"
  [ -z "${2:-}" ] || echo "$answer" | grep -qF "\"Sum\": \"$2\"" || fail "expected $1 with the checksum $2, got another one"
  echo "$answer" | sed -n 's/^.*"Dir": "\(.*\)",\{0,1\}$/\1/p'
}

echo "Fetching the modules of kube-apiserver $version, Helm $(helm_version v3) and Helm $(helm_version v4)." >&2
packages='k8s.io/kubernetes/cmd/kube-apiserver helm.sh/helm/v3/cmd/helm helm.sh/helm/v4/cmd/helm'
# shellcheck disable=SC2086 # they are words
go list -mod=mod -deps $packages >"$build/packages" 2>>"$log" || fail "go could not fetch its modules: $(tail -n 1 "$log")"
count=$(wc -l <"$build/packages")

mkdir "$build/done/crds"
gateway_api=$(module_folder sigs.k8s.io/gateway-api)
for channel in standard experimental; do
  mkdir "$build/done/crds/$channel"
  cp "$gateway_api/config/crd/$channel"/gateway.networking.k8s.io_*.yaml "$build/done/crds/$channel"
done
while read -r module module_version sum file; do
  found=$(module_folder "$module@$module_version" "$sum")
  mkdir -p "$build/done/crds/${module##*/}"
  cp "$found/$file" "$build/done/crds/${module##*/}"
done <"$source/crds.txt"

echo "Building them with Go, once: some minutes." >&2
compile() {
  go build -mod=mod -buildvcs=false -trimpath -v -o "$build/done/$1" -ldflags "-s -w $3" "$2" 2>&1
}
{
  # The parts that they share are compiled once.
  compile kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver "-X k8s.io/component-base/version.gitVersion=$version" &&
    compile helm3 helm.sh/helm/v3/cmd/helm "-X helm.sh/helm/v3/internal/version.version=$(helm_version v3)" &&
    compile helm4 helm.sh/helm/v4/cmd/helm "-X helm.sh/helm/v4/internal/version.version=$(helm_version v4)"
  echo "$?" >"$build/status"
} | tee -a "$log" | awk -v all="$count" 'NR % 200 == 0 { print "  " NR " of about " all " packages" }' >&2
[ "$(cat "$build/status")" = 0 ] || fail "go could not build it: $(tail -n 1 "$log"); all of it is in $log"

# Another one may have been quicker.
[ -d "$folder" ] || mv "$build/done" "$folder"
echo "$folder"
