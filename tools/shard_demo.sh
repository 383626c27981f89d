#!/bin/sh
# Spreads the script suite over simulated boards by GNU parallel (Debian's package `parallel`),
# one command for each, and joins what they report: tools/shard_demo.sh [BOARDS] [PATHS...]
set -eu
cd "$(dirname "$0")/.."
moonlet=build/host/shell/moonlet
boards=${1:-4}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- scripts/tests
out=build/junit
rm -rf "$out"
mkdir -p "$out"

failed=0
start=$(date +%s)
seq "$boards" | parallel --jobs "$boards" --results "$out/{}.xml" \
  "$moonlet" test --timeout 600 --target sim --shard "{}/$boards" --format junit "$@" \
  > "$out/log" || failed=$?
"$moonlet" tools/merge_junit.lua "$out"/*.xml > "$out/all.xml"
sed -n 's/^<testsuites //p' "$out/all.xml"
echo "$boards boards, $(($(date +%s) - start)) s, $failed failed: $out/all.xml"
[ "$failed" -eq 0 ]
