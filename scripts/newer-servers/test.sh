#!/bin/sh
# Runs on servers newer than the system's what decides whether metrics are exact there: the merge script, the service
# on a cluster of six nodes, and the reader's script. Arguments go to Jest.
# REDMETER_TEST_REDIS_SERVER: one server to run them on, instead of Valkey and Redis from Debian's packages.
set -eu
cd "$(dirname "$0")/../.."

test_on() {
  program=$1
  shift
  echo "With $("$program" --version)"
  REDMETER_TEST_REDIS_SERVER=$program npx --no-install jest --silent "$@" \
    packages/redis-metrics/test/lua packages/redis-metrics/test/redis/redis-connection/cluster \
    test/configs/redis-exporter/parity
}

if [ -n "${REDMETER_TEST_REDIS_SERVER:-}" ]; then
  test_on "$REDMETER_TEST_REDIS_SERVER" "$@"
else
  programs=$(sh scripts/newer-servers/fetch.sh "${REDMETER_SERVER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/redmeter-servers}")
  test_on "$programs/valkey-server" "$@"
  test_on "$programs/redis-server" "$@"
fi
