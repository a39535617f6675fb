# shellcheck shell=sh disable=SC2034 # those who read this file use the variables
# What the scripts of this folder agree on; each of them reads this file.

# Programs for root lie where an ordinary user's shell does not look.
PATH=$PATH:/usr/sbin:/sbin

# The engine's images and the downloads they are made of; kept, so that a second run starts in seconds.
engine_cache=${REDMETER_ENGINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/redmeter-engine}
# Sockets have a path of 107 bytes at most, so they lie in a short one.
engine_run=/run/redmeter-engine
engine_socket=$engine_run/docker.sock
engine_pid_file=$engine_run/docker.pid
engine_log=$engine_cache/dockerd.log
repository=$(cd "$(dirname "$0")/../.." && pwd)

say() {
  echo "engine: $1" >&2
}

fail() {
  echo "engine: $1" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# install_packages PROGRAM=PACKAGE…: installs the packages whose programs are missing, without starting their services.
install_packages() {
  missing=
  for pair in "$@"; do
    [ -n "$(command -v "${pair%%=*}")" ] || missing="$missing ${pair#*=}"
  done
  [ -n "$missing" ] || return 0
  by_hand="sudo apt-get install --no-install-recommends$missing"
  [ -n "$(command -v apt-get)" ] || fail "missing:$missing, and this system has no apt-get; install them by hand"
  as_root true 2>/dev/null || fail "missing:$missing; installing them needs root; run: $by_hand"
  say "installing$missing"
  # shellcheck disable=SC2086 # a list of names
  as_root sh "$repository/scripts/stack/install-debian.sh" $missing >"$engine_cache/apt.log" 2>&1 ||
    fail "apt-get could not install$missing; all it said is in $engine_cache/apt.log; by hand: $by_hand"
}
