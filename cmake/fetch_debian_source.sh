#!/bin/sh
# Unpacks the Debian source package NAME into FOLDER/NAME, once.
#
#   fetch_debian_source.sh NAME FOLDER
#
# Needs no root and leaves the user's apt configuration alone: the machine's own
# "deb" stanzas for this Debian release are copied as "deb-src" to a list of our
# own, and every file apt writes stays below FOLDER.
set -eu

name=$1
folder=$2
if [ -f "$folder/$name/.unpacked" ]; then exit 0; fi

mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
folder=$(cd "$folder" && pwd)
apt=$folder/apt
. /etc/os-release
codename=${VERSION_CODENAME:?"not a Debian system"}

# Stanzas whose suite is this release, its updates or its security suite.
: >"$apt/debian.sources"
for file in /etc/apt/sources.list.d/*.sources; do
  [ -f "$file" ] || continue
  awk -v release="$codename" 'BEGIN { RS = ""; ORS = "\n\n" }
    $0 ~ "Suites:[^\n]*[ \t]" release "([ \t\n-]|$)" {
      gsub(/(^|\n)#[^\n]*/, ""); sub(/^\n+/, ""); sub(/Types:[^\n]*/, "Types: deb-src"); print
    }' "$file" >>"$apt/debian.sources"
done
# The one-line style, turned into the stanza style: deb [options] URI suite components.
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ -f "$file" ] || continue
  awk -v release="$codename" '$1 == "deb" {
      key = ""; i = 2
      if ($2 ~ /^\[/) {
        for (;; ++i) {
          if ($i ~ /signed-by=/) { key = $i; gsub(/.*signed-by=|\]/, "", key) }
          if ($i ~ /\]$/) break
        }
        ++i
      }
      if ($(i + 1) !~ "^" release "(-|$)") next
      print "Types: deb-src\nURIs: " $i "\nSuites: " $(i + 1)
      components = ""
      for (j = i + 2; j <= NF; ++j) components = components " " $j
      print "Components:" components
      if (key != "") print "Signed-By: " key
      print ""
    }' "$file" >>"$apt/debian.sources"
done
if ! [ -s "$apt/debian.sources" ]; then
  echo "fetch_debian_source: no deb stanza for $codename in /etc/apt" >&2
  exit 1
fi

run_apt() {
  set -- apt-get -qq -o "Dir::Etc::sourcelist=$apt/debian.sources" -o "Dir::Etc::sourceparts=-" \
    -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" "$@"
  if [ "$(id -u)" = 0 ]; then set -- "$@" -o APT::Sandbox::User=root; fi
  "$@"
}
cd "$apt"
if ! [ -f updated ]; then
  run_apt update
  touch updated
fi
echo "Fetching the Debian source package $name"
run_apt source --download-only "$name"
rm -rf "${folder:?}/$name.part" "${folder:?}/$name"
dpkg-source --no-check -q -x "$apt/${name}"_*.dsc "$folder/$name.part" >"$apt/$name.log" 2>&1 || {
  cat "$apt/$name.log" >&2
  exit 1
}
touch "$folder/$name.part/.unpacked"
mv "$folder/$name.part" "$folder/$name"
