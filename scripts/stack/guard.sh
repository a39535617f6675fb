#!/bin/sh
# Ends the stack's processes when the launcher that started them is gone, however it went: its pipe to this script
# closes even when it is killed. After an orderly stop nothing is left to do here.
#
# Standard input, one order a line:
#   process N    N leads a process group that must not outlive the launcher
#   ended N      it is gone
#   folder PATH  PATH goes when the processes are gone
#   keep         the folder may stay
set -u
trap '' HUP INT TERM

processes=
folder=
while IFS=' ' read -r order what; do
  case $order in
    process) processes="$what $processes" ;;
    ended)
      left=
      for process in $processes; do
        [ "$process" = "$what" ] || left="$left $process"
      done
      processes=$left
      ;;
    folder) folder=$what ;;
    keep) folder= ;;
  esac
done

# No `--` before the group: dash does not know it (it says "Illegal number").
# The last started first: Redis, which all the others write to or read from, was the first.
for process in $processes; do
  kill -TERM "-$process" 2>/dev/null || continue
  waits=0
  while kill -0 "-$process" 2>/dev/null && [ "$waits" -lt 50 ]; do
    sleep 0.1
    waits=$((waits + 1))
  done
  kill -KILL "-$process" 2>/dev/null
done
if [ -n "$folder" ]; then rm -rf -- "$folder"; fi
