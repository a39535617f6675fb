#!/bin/sh
# Options or a configuration file alone are arguments of redis-server. (The real one also gives up root, which
# docker-compose.yml never lets it have.)
set -eu
case ${1:-} in
  -* | *.conf) set -- redis-server "$@" ;;
esac
exec "$@"
