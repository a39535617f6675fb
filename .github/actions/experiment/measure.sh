#!/usr/bin/env bash
# Runs the experiment of this branch against the service of one checkout, and saves the result under a name.
#
#   measure.sh CHECKOUT NAME
#
# PREPARE, SERVICE: commands to run in the checkout, or empty. RUN_DIR: folder of the experiment. REDMETER: the command line.
set -euo pipefail
# A group of processes for each job, so that the service can be stopped with all that it started.
set -m

checkout=$1
name=$2
log=$RUNNER_TEMP/redmeter-service-$name.log
read -ra command <<<"$REDMETER"
export METRICS_IMPLEMENTATION=embedded METRICS_EMBEDDED_FOLDER=$RUNNER_TEMP/redmeter-results

stop_service() {
  # Its port must be free for the next one.
  kill -TERM -- "-$service" 2>/dev/null || return 0
  for _ in {1..100}; do
    kill -0 -- "-$service" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL -- "-$service" 2>/dev/null || true
}

[ -z "$PREPARE" ] || (cd "$checkout" && bash -eo pipefail -c "$PREPARE")
if [ -n "$SERVICE" ]; then
  (cd "$checkout" && exec bash -c "$SERVICE") >"$log" 2>&1 &
  service=$!
  trap stop_service EXIT
fi

# A result of before would be taken for this one if the run did not begin.
rm -f "$RUN_DIR/result.yaml"
code=0
"${command[@]}" run --run-dir "$RUN_DIR" --save "$name" || code=$?
if [ "$code" != 0 ] && [ -n "$SERVICE" ]; then
  echo "The service's last lines, of $log:"
  tail -n 50 "$log"
fi
# A run that failed has a result, which the report explains.
[ "$code" = 0 ] || { [ "$code" = 3 ] && [ -f "$RUN_DIR/result.yaml" ]; } || exit "$code"
