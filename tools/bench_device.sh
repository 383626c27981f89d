#!/bin/sh
# Executed instructions and memory of the int8 models on the device, in the emulator, beside
# TFLM: bench/device_bench.lua says how. Called by `make bench-device`.
#
# The models lie in $MOONLET_SHARED/corpus, else ../shared/corpus, and come to the device in
# its ROM image.
set -eu
cd "$(dirname "$0")/.."

: "${MOONLET_SHARED:=$(cd .. && pwd)/shared}"
moonlet=build/host/shell/moonlet
results=build/device/bench
names="ad01 resnet kws vww sww"

model() {
  case $1 in resnet) set -- ic ;; ad01) set -- ad ;; esac
  echo "$MOONLET_SHARED/corpus/mlperf_$1_int8/model.tflite"
}

# By its ending a model is known that is prepared when the image is built; the same file under
# another name stays as it is.
set -- lib=scripts/lib
for name in $names; do
  set -- "$@" "$name.tflite=$(model "$name")" "$name.raw=$(model "$name")"
done
mkdir -p "$results"
$moonlet image build "$@" -o "$results/rom.img"

# No application of somebody's shall run.
export MOONLET_ROM="$PWD/$results/rom.img" MOONLET_FLASH="$PWD/$results/no_flash.img"
bench="$moonlet device --icount run bench/device_bench.lua"
$bench
for name in $names; do
  raw=$($bench load "/rom/$name.raw")
  $bench "$name" "/rom/$name.tflite" $raw > "$results/$name.txt"
  head -n 1 "$results/$name.txt"
done
for name in $names; do tail -n +2 "$results/$name.txt"; done
