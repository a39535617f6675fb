#!/bin/sh
# Two versions of the demo store behind an nginx, users, and a rollout of the second version; it ends with SIGTERM.
# For `npm start -- --release` and the profile `release` of docker-compose.yml. Needs redmeter and nginx on PATH.
#
#   RELEASE_FOLDER   for its files
#   RELEASE_LISTEN   host:port of nginx, RELEASE_URL the same for those who call it
#   V1_URL, V2_URL   the versions
#   REDIS_AT         host:port of Redis, REDIS_READER_PASSWORD, REDIS_WRITER_PASSWORD
#   RELEASE_INTERVAL between looks (default: of release.yaml)
set -u

mkdir -p "$RELEASE_FOLDER" || exit 1
cp -R "$(dirname "$0")/." "$RELEASE_FOLDER" && cd "$RELEASE_FOLDER" || exit 1
export METRICS_IMPLEMENTATION=embedded METRICS_EMBEDDED_FOLDER="$RELEASE_FOLDER/store"
export REDMETER_PUBLISH_REDIS="redis://redmeter-writer:$REDIS_WRITER_PASSWORD@$REDIS_AT"

release() {
  exec redmeter release "$1" --set LISTEN="$RELEASE_LISTEN" --set V1_URL="$V1_URL" --set V2_URL="$V2_URL" \
    --set REDIS_AT="$REDIS_AT" ${RELEASE_INTERVAL:+--set "INTERVAL=$RELEASE_INTERVAL"}
}

send_users() {
  trap 'kill "$load"; exit' TERM
  while :; do
    # Its results are of no interest: they would be published as an experiment.
    REDMETER_PUBLISH_REDIS='' redmeter run --run-dir traffic --set URL="$RELEASE_URL" &
    load=$!
    wait "$load"
  done
}

# By their ids, which is quicker than `redmeter release stop`: whoever waits for this does not wait long.
stop() {
  trap '' HUP INT TERM
  kill "$users" "$rollout" 2>/dev/null
  for process in gate/door.pid gate/split.pid; do
    if [ -s "$process" ]; then kill "$(cat "$process")" 2>/dev/null; fi
  done
  wait
  exit "$1"
}

users=
rollout=
trap 'stop 0' HUP INT TERM
(release apply) || stop 1
send_users &
users=$!
(release run) &
rollout=$!
wait "$rollout"
code=$?
case $code in
  0) echo 'the rollout ended: v2 has all users' ;;
  1) echo 'the rollout ended: v1 has all users again, or the weights are held' ;;
  *) stop "$code" ;;
esac
# Users go on.
wait "$users"
stop 1
