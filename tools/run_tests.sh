#!/bin/sh
# Runs every test: the format check, the sizes of the device image, then CTest for the
# optimised build and for the one with asserts and sanitizers; both drive the device image
# in the emulator. Called by `make test` and `make soak`.
#
# Tests against recorded data find it at $MOONLET_SHARED, else ../shared. With
# MOONLET_REQUIRE_SHARED=1 fewer cases than tests/expected_counts.txt records fail.
# The last line says where the data were, or how many cases were left out.
set -eu
cd "$(dirname "$0")/.."

: "${MOONLET_SHARED:=$(cd .. && pwd)/shared}"
export MOONLET_SHARED
export MOONLET_REQUIRE_DEVICE=1

# Data sets and fitted estimators of scikit-learn, where it is installed.
if /usr/bin/python3 -c 'import sklearn, flatbuffers' 2>/dev/null; then
  tools/goldens/ml_datasets.py build/datasets
  tools/goldens/ml_exports.py build/exports
  export MOONLET_DATASETS="$PWD/build/datasets" MOONLET_EXPORTS="$PWD/build/exports"
fi

tools/check_format.sh
build/host/shell/moonlet tools/size.lua build/device/moonlet.map
for preset in host debug; do
  echo "== $preset: $(sed -n "/\"name\": \"$preset\"/{n;s/.*: \"\(.*\)\",/\1/p;q}" CMakePresets.json)"
  ctest --preset "$preset" --parallel "$(nproc)" "$@"
done

if [ -d "$MOONLET_SHARED/corpus" ]; then
  echo "Recorded test data: $MOONLET_SHARED"
else
  left_out=$(awk '!/^#/ && NF { sum += $2 } END { print sum + 0 }' tests/expected_counts.txt)
  echo "Recorded test data: none at $MOONLET_SHARED, $left_out cases left out"
fi
