#!/bin/sh
# Makes sure that the engine at DOCKER_HOST has the images that .env names.
#
#   images.sh
#
# Each that is missing is pulled; where no registry can be reached, a stand-in is built (stand-ins/README.md says what
# that is), but only in an engine that engine.sh started, or where REDMETER_STAND_INS=1 asks for it.
# Prints the names of the images that are not available, one per line. Grafana and k6 are never pulled: they are among these
# unless the engine has them already.
set -eu
# shellcheck source=scripts/engine/settings.sh
. "$(dirname "$0")/settings.sh"

suite=bookworm
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
packages=redis-server,redis-tools,prometheus,prometheus-redis-exporter,nginx,ca-certificates,busybox-static
machine=$(uname -m)
rootfs=$engine_cache/rootfs-$suite-$machine-$(echo "$packages" | cksum | cut -d ' ' -f 1).tar
stand_ins=$(cd "$(dirname "$0")/stand-ins" && pwd)
build=$(mktemp -d)
clean() {
  # debootstrap mounts /proc in its folder; cut off at the wrong moment, it leaves that there.
  if [ -d "$build/root" ]; then as_root rm -rf --one-file-system "$build"; else rm -rf "$build"; fi
}
trap clean EXIT
trap 'exit 130' INT TERM

image_of() {
  value=$(printenv "$1" || sed -n "s/^$1=//p" "$repository/.env")
  [ -n "$value" ] || fail "$1: expected an image, got nothing; set it in .env"
  echo "$value"
}

# The stand-ins carry a label: the sum of what they were made of, so that those of another revision are made again.
stamp=$({
  echo "$packages"
  cat "$stand_ins"/*.Dockerfile "$stand_ins"/*/*
} | cksum | cut -d ' ' -f 1)
label() {
  docker image inspect --format '{{ index .Config.Labels "redmeter.stand-in" }}' "$1" 2>/dev/null
}

has_real() {
  standing_in=$(label "$1") && [ -z "$standing_in" ]
}

has_stand_in() {
  [ "$(label "$1")" = "$stamp" ]
}

# Pulls an image. Returns 1 where no registry answers; an image that a registry does not have is a failure.
registry=unknown
pull() {
  [ "$registry" != unreachable ] || return 1
  say "pulling $1"
  if docker pull --quiet "$1" >/dev/null 2>"$build/pull.err"; then return 0; fi
  if grep -qiE 'not found|manifest unknown|denied|no matching manifest' "$build/pull.err"; then
    fail "$1: $(tail -n 1 "$build/pull.err")"
  fi
  registry=unreachable
  say "no registry can be reached: $(tail -n 1 "$build/pull.err")"
  return 1
}

# build_image TAG DOCKER-BUILD-ARGUMENTS…
build_image() {
  tag=$1
  shift
  # Debian's engine has only the classic builder, which prints a deprecation warning at each use.
  DOCKER_BUILDKIT=0 docker build --tag "$tag" "$@" >"$engine_cache/build.log" 2>&1 ||
    fail "$tag could not be built: $(tail -n 1 "$engine_cache/build.log"); all of it is in $engine_cache/build.log"
}

make_rootfs() {
  [ ! -s "$rootfs" ] || return 0
  as_root true 2>/dev/null || fail 'stand-ins are made of a Debian system, which only root can set up; run this as root'
  install_packages debootstrap=debootstrap
  say "making a Debian $suite with $packages (once; about 40 s)"
  as_root debootstrap --variant=minbase --include="$packages" "$suite" "$build/root" "$mirror" >"$engine_cache/debootstrap.log" 2>&1 ||
    fail "debootstrap failed: $(tail -n 1 "$engine_cache/debootstrap.log"); all of it is in $engine_cache/debootstrap.log"
  # Behind a proxy that signs for itself, builds in the image need the certificates that the host trusts.
  as_root cp /etc/ssl/certs/ca-certificates.crt "$build/root/etc/ssl/certs/ca-certificates.crt"
  as_root tar -C "$build/root" -cf "$rootfs.part" --one-file-system \
    --exclude=./var/cache --exclude=./var/lib/apt/lists --exclude=./usr/share/doc --exclude=./usr/share/man \
    --exclude=./usr/share/locale --exclude=./dev .
  mv "$rootfs.part" "$rootfs"
}

make_base() {
  make_rootfs
  rootfs_image=redmeter/stand-in-rootfs:$(cksum <"$rootfs" | cut -d ' ' -f 1)
  docker image inspect "$rootfs_image" >/dev/null 2>&1 || docker import "$rootfs" "$rootfs_image" >/dev/null
  build_image redmeter/stand-in-base --build-arg ROOTFS="$rootfs_image" - <"$stand_ins/base.Dockerfile"
}

# from_rootfs FILE…: takes files out of the Debian system.
from_rootfs() {
  tar -C "$build" -xf "$rootfs" "$@"
}

# go_program NAME MODULE VERSION: the path of a program of that version, built by Go unless it was before.
# The version is required by a module of its own, since `go install module@version` also asks for the list of all
# versions, which a proxy that serves only some of them refuses; `go 1.17` prunes what old dependencies once required.
go_program() {
  program=$engine_cache/bin/$1-$3
  if [ ! -x "$program" ]; then
    [ -n "$(command -v go)" ] || return 1
    say "building $1 $3 with Go (once)"
    mkdir -p "$engine_cache/bin" "$build/go"
    printf 'module redmeter.invalid/tools\n\ngo 1.17\n\nrequire %s %s\n' "$2" "$3" >"$build/go/go.mod"
    (cd "$build/go" && GOBIN=$build/go CGO_ENABLED=0 go install -mod=mod "$2") >"$engine_cache/go.log" 2>&1 || {
      say "Go could not build $1 $3: $(tail -n 1 "$engine_cache/go.log"); all of it is in $engine_cache/go.log"
      return 1
    }
    mv "$build/go/$1" "$program"
  fi
  echo "$program"
}

# npm_package NAME: unpacks a package of npm as the folder `package` of the build.
npm_package() {
  say "fetching $1 from npm"
  (cd "$build" && npm pack --silent "$1" >/dev/null && tar -xzf ./*.tgz && rm ./*.tgz)
}

# Puts what a stand-in's Dockerfile copies into its build folder; returns 1 if it is not available.
gather() {
  cp -r "$stand_ins/$1/." "$build/context"
  case $1 in
    exporter)
      release=$(expr "$2" : '.*:\(v[0-9.]*\)' || true)
      if program=$(go_program redis_exporter github.com/oliver006/redis_exporter "$release"); then
        cp "$program" "$build/context/redis_exporter"
      else
        from_rootfs ./usr/bin/prometheus-redis-exporter
        mv "$build/usr/bin/prometheus-redis-exporter" "$build/context/redis_exporter"
      fi
      ;;
    node)
      case $machine in
        x86_64) architecture=x64 ;;
        aarch64) architecture=arm64 ;;
        *) fail "Node 24 for $machine: expected x86_64 or aarch64" ;;
      esac
      npm_package "node-linux-$architecture@24"
      mv "$build/package/bin/node" "$build/context/node"
      rm -rf "$build/package"
      npm_package npm@11
      mv "$build/package" "$build/context/npm"
      ;;
  esac
}

build_stand_in() {
  rm -rf "$build/context"
  mkdir "$build/context"
  gather "$1" "$2" || return 1
  build_image "$2" --label redmeter.stand-in="$stamp" "$build/context"
  say "built a stand-in for $2"
}

may_stand_in() {
  case ${DOCKER_HOST:-} in
    "unix://$engine_socket") return 0 ;;
    *) [ "${REDMETER_STAND_INS:-}" = 1 ] ;;
  esac
}

docker version >/dev/null 2>&1 || fail 'no Docker engine answers; start Docker, or set DOCKER_HOST to what engine.sh up prints'
base=missing
for name in redis node exporter prometheus; do
  image=$(image_of "$(echo "$name" | tr '[:lower:]' '[:upper:]')_IMAGE")
  if has_real "$image" || pull "$image"; then continue; fi
  if [ -d "$stand_ins/$name" ]; then
    if has_stand_in "$image"; then continue; fi
    may_stand_in ||
      fail "$image: not in this engine, and no registry can be reached; pull it, or build a stand-in by REDMETER_STAND_INS=1"
    if [ "$base" = missing ]; then
      make_base
      base=made
    fi
    if build_stand_in "$name" "$image"; then continue; fi
  fi
  say "$image cannot be had here"
  echo "$image"
done
# Under the AGPL: used if already pulled, never fetched or built by a script.
for name in K6 GRAFANA; do
  image=$(image_of "${name}_IMAGE")
  has_real "$image" || echo "$image"
done
