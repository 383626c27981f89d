#!/bin/sh
# Says which Debian packages the build misses, and installs them.
#
#   tools/setup.sh PACKAGE...
#
# Asks first on a terminal, unless YES=1. Uses sudo only when it is not root. Does
# nothing, and needs no root, when everything is there.
set -eu

missing=
for package in "$@"; do
  case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true) in
    installed) ;;
    *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then sudo="sudo "; fi
echo "Moonlet is built with Debian packages that are not installed yet:"
echo "  ${sudo}apt-get install --no-install-recommends$missing"
if [ -t 0 ] && [ "${YES:-}" != 1 ]; then
  printf 'Install them now? [Y/n] '
  read -r answer
  case $answer in
    [Nn]*) echo "Not installed."; exit 1 ;;
  esac
fi
${sudo}apt-get update -qq
${sudo}env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
