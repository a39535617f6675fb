#!/bin/sh
# The Job of an experiment: runs it, keeps the result in the metrics store under RESULT_NAME, writes the reports, and ends with the exit
# code of `redmeter run` or `redmeter assert`.
#
# EXPERIMENT_FOLDER   experiment.yaml, values.yaml and other files, read-only
# WORK_FOLDER         where it runs
# REPORTS_FOLDER      where junit.xml and report.html are written
# CONDITIONS          what must hold, separated by commas
set -u

cp -L "$EXPERIMENT_FOLDER"/* "$WORK_FOLDER" || exit 3
cd "$WORK_FOLDER" || exit 3
mkdir -p "$REPORTS_FOLDER" || exit 3

redmeter run --values values.yaml --save "$RESULT_NAME"
code=$?
# Without a result there is nothing to report: the spec was wrong, or the store is away.
[ -f result.yaml ] || exit "$code"
redmeter report -o junit >"$REPORTS_FOLDER/junit.xml" || code=3
redmeter report -o html >"$REPORTS_FOLDER/report.html" || code=3
redmeter report
[ "$code" -eq 0 ] || exit "$code"
redmeter assert -c "$CONDITIONS"
