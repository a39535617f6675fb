#!/bin/sh
# Runs on the servers newer than the system's what decides whether metrics are exact there: the merge script, the service
# on a cluster of six nodes, and the reader's script. Arguments go to Jest.
set -eu
cd "$(dirname "$0")/../.."
programs=$(sh scripts/newer-servers/fetch.sh "${REDMETER_SERVER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/redmeter-servers}")
for program in valkey-server redis-server; do
  echo "With $("$programs/$program" --version)"
  REDMETER_TEST_REDIS_SERVER=$programs/$program npx --no-install jest --silent "$@" \
    packages/redis-metrics/test/lua packages/redis-metrics/test/redis/redis-connection/cluster \
    test/configs/redis-exporter/parity
done
