#!/bin/sh
# What is no command is an argument of node.
set -eu
case ${1:-} in
  -*) set -- node "$@" ;;
  *) [ -n "$(command -v "${1:-}")" ] || set -- node "$@" ;;
esac
exec "$@"
