#!/bin/sh
# Installs Debian packages, given as arguments, without starting their services: these would take the very ports that
# the stack listens on, now and after each boot. Runs as root.
set -eu

policy=/usr/sbin/policy-rc.d
mark='# made by install-debian.sh; it may be removed'

restore() {
  rm -f "$policy"
  if [ -e "$policy.before" ]; then mv "$policy.before" "$policy"; fi
}

# One that is there and not ours, as in many containers, comes back afterwards.
if [ -e "$policy" ] && ! grep -qxF "$mark" "$policy"; then mv "$policy" "$policy.before"; fi
trap restore EXIT
trap 'exit 130' HUP INT TERM
printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
chmod 755 "$policy"

export DEBIAN_FRONTEND=noninteractive
# A third party's broken repository is no reason to give up: what is wanted may be there all the same.
apt-get -o DPkg::Lock::Timeout=300 update || true
apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"

if command -v systemctl >/dev/null; then
  for package in "$@"; do
    if [ -e "/lib/systemd/system/$package.service" ]; then systemctl disable "$package.service" || true; fi
  done
fi
