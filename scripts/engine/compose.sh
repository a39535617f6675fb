#!/bin/sh
# The releases of Compose that docker-compose.yml is to run under.
#
#   compose.sh commands   prints one a line: "v1 COMMAND", "v2 COMMAND"; v2 is built with Go where there is neither it
#                         nor a package of it, and left out, saying so, where Go is not at hand
#   compose.sh validate   lets each that is at hand check docker-compose.yml with .env; needs no engine
set -eu
# shellcheck source=scripts/engine/settings.sh
. "$(dirname "$0")/settings.sh"

v2_release=v2.40.3
v2_built=$engine_cache/bin/docker-compose-$v2_release
mkdir -p "$engine_cache/bin"

# answers_as 1|2 COMMAND: whether the command is that major release of Compose, or a later one of the same line.
answers_as() {
  # shellcheck disable=SC2086 # a command of one or two words
  release=$($2 version --short 2>/dev/null) || return 1
  case $release in
    1.* | v1.*) [ "$1" = 1 ] ;;
    *) [ "$1" = 2 ] ;;
  esac
}

find_release() {
  for command in docker-compose 'docker compose' "$v2_built"; do
    if answers_as "$1" "$command"; then
      echo "v$1 $command"
      return
    fi
  done
  return 1
}

# Built in its own folder, so that its own go.mod decides: that of v2 has directives that `go install` refuses.
build_v2() {
  [ -n "$(command -v go)" ] || return 1
  say "building Compose $v2_release with Go (once; some minutes)"
  module=$(cd "$engine_cache" && go mod download -json "github.com/docker/compose/v2@$v2_release" 2>"$engine_cache/go.log" |
    sed -n 's/^.*"Dir": "\(.*\)".*$/\1/p')
  if [ -d "$module" ] && (cd "$module" && CGO_ENABLED=0 go build -trimpath \
    -ldflags "-s -w -X github.com/docker/compose/v2/internal.Version=$v2_release" \
    -o "$v2_built.part" ./cmd) >>"$engine_cache/go.log" 2>&1; then
    mv "$v2_built.part" "$v2_built"
    return
  fi
  say "Go could not build it: $(tail -n 1 "$engine_cache/go.log"); all of it is in $engine_cache/go.log"
  return 1
}

install_any() {
  if ! find_release 1 && ! find_release 2; then install_packages docker-compose=docker-compose; fi >/dev/null
}

# A machine whose engine came from engine.sh gets v1 too; one with an engine of its own is left as it is.
install_v1() {
  case ${DOCKER_HOST:-} in
    "unix://$engine_socket") find_release 1 >/dev/null || install_packages docker-compose=docker-compose ;;
    *) install_any ;;
  esac
}

case ${1:-} in
  commands)
    install_v1
    find_release 1 || say 'Compose v1 is not here; only v2 is tried'
    find_release 2 || { build_v2 && find_release 2; } ||
      say 'Compose v2 is not here: Debian has no package of it, and it takes Go to build it; only v1 is tried'
    ;;
  validate)
    install_any
    cd "$repository"
    { find_release 1 || true; find_release 2 || true; } | while read -r version command; do
      # shellcheck disable=SC2086 # a command of one or two words
      $command --profile load config --quiet || fail "docker-compose.yml is not valid for Compose $version"
      say "docker-compose.yml is valid for Compose $version ($command)"
    done
    ;;
  *) fail 'usage: compose.sh commands | validate' ;;
esac
