#!/bin/sh
# Ends the servers of a test run and removes their folders when the run is gone, however it went: its pipe to this
# script closes even when it is killed.
#
# Standard input, one order a line:
#   watch PID FOLDER   the server PID must not outlive the run; neither must FOLDER, `-` for none
#   ended PID          it is gone, and so is its folder
set -u
trap '' HUP INT TERM

servers=
while IFS=' ' read -r order pid folder; do
  case $order in
    watch) servers="$servers$pid $folder
" ;;
    ended) servers=$(printf '%s' "$servers" | grep -v "^$pid ")
      [ -z "$servers" ] || servers="$servers
" ;;
  esac
done

printf '%s' "$servers" | while IFS=' ' read -r pid folder; do
  kill -KILL "$pid" 2>/dev/null
  [ "$folder" = - ] || rm -rf -- "$folder"
done
