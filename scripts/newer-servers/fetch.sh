#!/bin/sh
# Fetches the servers newer than the system's that metrics must work with, valkey-server 8.1 and redis-server 8.0, from
# Debian's packages. They run beside the system, with their own libraries, and nothing is installed.
#
# Arguments: the folder to keep them in. Prints the folder with one program for each.
# DEBIAN_MIRROR: another mirror than deb.debian.org; DEBIAN_SUITE: another release than trixie.
set -eu

mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
suite=${DEBIAN_SUITE:-trixie}
cache=$1/$suite
programs=$cache/programs

fail() {
  echo "newer servers: $1" >&2
  exit 1
}

if [ -e "$programs/complete" ]; then
  echo "$programs"
  exit 0
fi
for program in apt-get dpkg-deb; do
  command -v "$program" >/dev/null || fail "expected $program, as Debian and Ubuntu have it, to fetch their packages; run this on one of them"
done

rm -rf "$cache"
mkdir -p "$cache/lists/partial" "$cache/archives/partial" "$cache/root" "$programs"
echo "deb $mirror $suite main" >"$cache/sources.list"
# As if nothing were installed, so that all libraries come along.
: >"$cache/status"
apt() {
  apt-get -q -o Dir::State="$cache" -o Dir::State::Lists="$cache/lists" -o Dir::State::status="$cache/status" \
    -o Dir::Cache="$cache" -o Dir::Cache::Archives="$cache/archives" -o Dir::Etc::SourceList="$cache/sources.list" \
    -o Dir::Etc::SourceParts=/dev/null -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none \
    -o Debug::NoLocking=1 "$@"
}
log=$cache/log
apt update >"$log" 2>&1 || fail "cannot read $mirror $suite; all of it is in $log"
apt install --download-only --yes --no-install-recommends valkey-server redis-server >>"$log" 2>&1 ||
  fail "cannot fetch valkey-server and redis-server of $suite; all of it is in $log"
for package in "$cache"/archives/*.deb; do
  dpkg-deb -x "$package" "$cache/root"
done
rm -rf "$cache/archives" "$cache/lists" "$cache"/*.bin

loader=$(find "$cache/root/usr" -name 'ld-linux*.so*' | head -n 1)
libraries=$(dirname "$(find "$cache/root/usr/lib" -name 'libc.so.6' | head -n 1)")
for program in valkey-server redis-server; do
  cat >"$programs/$program" <<END
#!/bin/sh
exec '$loader' --library-path '$libraries' '$cache/root/usr/bin/$program' "\$@"
END
  chmod 755 "$programs/$program"
  "$programs/$program" --version >>"$log" 2>&1 || fail "$program does not run; all of it is in $log"
done
: >"$programs/complete"
echo "$programs"
