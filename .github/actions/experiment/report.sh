#!/usr/bin/env bash
# Writes the report of the experiment to a file, and to the summary of the job.
#
# BASE: commit that was compared with. BASE_OUTCOME: outcome of the step that measured it. NAME: name of the experiment.
# RUN_DIR: its folder. REDMETER: the command line.
set -euo pipefail

read -ra command <<<"$REDMETER"
export METRICS_IMPLEMENTATION=embedded METRICS_EMBEDDED_FOLDER=$RUNNER_TEMP/redmeter-results
report=$RUNNER_TEMP/redmeter-report.md

[[ $NAME =~ ^[A-Za-z0-9\ ._-]{1,64}$ ]] || {
  echo "::error::name: expected 1 to 64 letters, digits, spaces and . _ -, got something else"
  exit 1
}
{
  printf '## %s\n\n' "$NAME"
  "${command[@]}" report --run-dir "$RUN_DIR" -o markdown
  case $BASE_OUTCOME in
    success)
      printf '\n### Difference to the base branch, %s\n\n' "${BASE:0:7}"
      "${command[@]}" results diff base head -o markdown
      ;;
    failure) printf '\nThe base branch could not be measured. The log of its step says why.\n' ;;
  esac
} >"$report"
cat "$report" >>"$GITHUB_STEP_SUMMARY"
echo "report=$report" >>"$GITHUB_OUTPUT"
