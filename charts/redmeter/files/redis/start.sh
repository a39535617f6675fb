#!/bin/sh
# Writes Redis's ACL file from users.acl and the passwords in the environment, then runs redis-server.
#
#   start.sh [redis-server's arguments, e.g. --port 6380 --dir DIR]
#
# REDIS_PASSWORD, REDIS_WRITER_PASSWORD, REDIS_READER_PASSWORD   required
# REDIS_ACL_FILE   where the ACL file is written (hashes only); default: redmeter-users.acl in the temporary directory
#
# Redis gets passwords as hashes in a file, so that no process list shows them.
set -eu
umask 077

here=$(cd "$(dirname "$0")" && pwd)
acl_file=${REDIS_ACL_FILE:-${TMPDIR:-/tmp}/redmeter-users.acl}

fail() {
  echo "configs/redis/start.sh: $1" >&2
  exit 1
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1
}

hashes=
for name in REDIS_PASSWORD REDIS_WRITER_PASSWORD REDIS_READER_PASSWORD; do
  password=$(printenv "$name" || true)
  case $password in
    '') fail "$name: expected a password, got nothing; set it in .env" ;;
    *[!A-Za-z0-9._~-]*) fail "$name: expected letters, digits and . _ ~ - only (it may become part of a URL), got another character; change it in .env" ;;
  esac
  hashes="$hashes;s/<$name>/$(printf %s "$password" | sha256)/"
done

sed -e '/^[[:space:]]*#/d' -e '/^[[:space:]]*$/d' -e "${hashes#;}" "$here/users.acl" |
  awk '/^user / { if (line) print line; line = $0; next } { sub(/^[ \t]+/, " "); line = line $0 } END { if (line) print line }' \
    >"$acl_file" || fail "cannot write $acl_file; set REDIS_ACL_FILE to a writable place"

unset REDIS_PASSWORD REDIS_WRITER_PASSWORD REDIS_READER_PASSWORD
exec redis-server "$here/redis.conf" --aclfile "$acl_file" "$@"
