#!/bin/sh
# A Docker engine for one test run, where none answers.
#
#   engine.sh up     prints the DOCKER_HOST of an engine that answers: the one at hand, else one started here
#   engine.sh down   stops the engine that `up` started; leaves any other alone
#
# The engine started here has a socket, a process id file and a data folder of its own (see settings.sh). It needs
# root, or sudo without a password, and installs docker.io where there is no dockerd.
set -eu
# shellcheck source=scripts/engine/settings.sh
. "$(dirname "$0")/settings.sh"

answers() {
  docker --host "$1" version --format '{{.Server.Version}}' 2>/dev/null
}

# The process id of the engine started here, if it lives: its command line names our file. (A number alone may be
# another program's by now, or a dead process that nobody has waited for.)
engine_pid() {
  pid=$(cat "$engine_pid_file" 2>/dev/null) || return 1
  tr "\0" " " 2>/dev/null <"/proc/$pid/cmdline" | grep -q "$engine_pid_file" && echo "$pid"
}

host_at_hand() {
  echo "${DOCKER_HOST:-$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null || echo unix:///var/run/docker.sock)}"
}

up() {
  mkdir -p "$engine_cache"
  if [ -n "$(command -v docker)" ] && version=$(answers "$(host_at_hand)"); then
    say "an engine answers already (Docker $version)"
    host_at_hand
    return
  fi
  if version=$(answers "unix://$engine_socket"); then
    say "the engine of an earlier run still answers (Docker $version)"
    echo "unix://$engine_socket"
    return
  fi
  [ "$(uname)" = Linux ] || fail 'no Docker engine answers, and one can be started on Linux only; start Docker'
  as_root true 2>/dev/null || fail 'no Docker engine answers, and only root can start one; start Docker, or run this as root'
  install_packages docker=docker.io dockerd=docker.io iptables=iptables
  as_root mkdir -p "$engine_run"
  say 'starting dockerd'
  # In a session of its own: Ctrl-C ends the tests first, which then stop it. The redirections are those of the whole
  # subshell, which would else hold on to standard output, and whoever reads it would wait for the engine to end.
  (
    as_root setsid dockerd --host "unix://$engine_socket" --group "$(id -g)" --pidfile "$engine_pid_file" \
      --data-root "$engine_cache/data" --exec-root "$engine_run/exec"
  ) </dev/null >"$engine_log" 2>&1 &
  started=$!
  deadline=$(($(date +%s) + 60))
  until version=$(answers "unix://$engine_socket"); do
    kill -0 "$started" 2>/dev/null || fail "dockerd ended: $(tail -n 1 "$engine_log"); all of it is in $engine_log"
    [ "$(date +%s)" -lt "$deadline" ] || fail "dockerd does not answer; see $engine_log"
    sleep 0.2
  done
  say "Docker $version answers at $engine_socket"
  echo "unix://$engine_socket"
}

down() {
  pid=$(engine_pid) || return 0
  # Builds leave layers behind that speed up the next one; those of some days ago no longer do.
  docker --host "unix://$engine_socket" image prune --force --filter until=72h >/dev/null 2>&1 || true
  say 'stopping dockerd'
  as_root kill "$pid"
  deadline=$(($(date +%s) + 30))
  while engine_pid >/dev/null; do
    [ "$(date +%s)" -lt "$deadline" ] || fail "dockerd (process $pid) does not end; see $engine_log"
    sleep 0.2
  done
  as_root rm -rf "$engine_run"
}

case ${1:-} in
  up) up ;;
  down) down ;;
  *) fail 'usage: engine.sh up | down' ;;
esac
