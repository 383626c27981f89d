# The front door. Each target does its own set-up on a fresh Debian 12.
#
#   make         builds the command: build/host/shell/moonlet
#   make demo    builds it and classifies handwritten digits with a trained int8 model
#   make device  builds the image for a Cortex-M55; then: build/host/shell/moonlet sim
#   make install the command with its library, manual and completion below PREFIX (/usr/local);
#                DESTDIR goes in front of it
#   make size    what the image takes, module by module
#   make test    builds and runs every test, with and without sanitizers
#   make bench   builds and runs the benchmarks
#   make soak    the long searches and fuzzing runs
#   make format  rewrites the sources as clang-format wants them
#   make bench-device
#                counts what models take on the device, in the emulator

PACKAGES = build-essential cmake dpkg-dev libflatbuffers-dev flatbuffers-compiler libreadline-dev \
  libcli11-dev zlib1g-dev
DEVICE_PACKAGES = $(PACKAGES) gcc-arm-none-eabi libnewlib-arm-none-eabi \
  libstdc++-arm-none-eabi-newlib qemu-system-arm
TEST_PACKAGES = $(DEVICE_PACKAGES) clang-format libgtest-dev libbenchmark-dev \
  python3-sklearn python3-flatbuffers
PEER_PACKAGES = libfftw3-dev libkissfft-dev libliquid-dev libdnnl-dev
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local

.PHONY: all demo device rom install size test soak bench bench-device format clean
all:
	@tools/setup.sh $(PACKAGES)
	@cmake --preset host -DMOONLET_TESTS=OFF -DMOONLET_BENCH=OFF
	@cmake --build --preset host --parallel $(JOBS) --target moonlet

demo: all
	@build/host/shell/moonlet scripts/apps/digits.lua time
	@echo
	@echo "Now try the prompt: build/host/shell/moonlet"

device:
	@tools/setup.sh $(DEVICE_PACKAGES)
	@$(MAKE) --no-print-directory all
	@cmake --preset device
	@cmake --build --preset device --parallel $(JOBS)
	@$(MAKE) --no-print-directory rom size
	@echo
	@echo "Now try it in the emulator: build/host/shell/moonlet sim"

# What /rom is on a device unless somebody brings something else.
rom:
	@build/host/shell/moonlet doc > build/device/help.txt
	@build/host/shell/moonlet image build lib=scripts/lib apps=scripts/apps \
	  help.txt=build/device/help.txt -o build/device/rom.img

install: all
	@cmake --build --preset host --parallel $(JOBS) --target moonlet_manual
	@DESTDIR="$(DESTDIR)" cmake --install build/host --prefix "$(PREFIX)"

size:
	@build/host/shell/moonlet tools/size.lua build/device/moonlet.map

test:
	@tools/setup.sh $(TEST_PACKAGES)
	@for preset in host debug device device-m4; do \
	  cmake --preset $$preset -DMOONLET_TESTS=ON && \
	  cmake --build --preset $$preset --parallel $(JOBS) || exit 1; \
	done
	@$(MAKE) --no-print-directory rom
	@tools/run_tests.sh

# Every float through the float functions takes too long under the sanitizers, and doubles in
# software take their time. The last build shows that each file includes what it uses, and that
# no two types share a name.
soak: test
	@MOONLET_SOAK=1 MOONLET_REQUIRE_DEVICE=1 ctest --preset host --parallel $(JOBS) \
	  --tests-regex 'engine/kernels|engine/npu|bindings|shell'
	@build/host/shell/moonlet test --target sim:an386 scripts/tests/same_bits_test.lua
	@MOONLET_FUZZ=$${MOONLET_FUZZ:-2000} GTEST_FILTER='*Fuzz*:*Npy*:*Damaged*' \
	  tools/run_tests.sh --tests-regex 'engine/tensor|engine/nn|engine/npu|engine/ml|scripts'
	@cmake --preset host -B build/plain \
	  -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DMOONLET_BATCHES=OFF -DMOONLET_BENCH=ON \
	  -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON -DCMAKE_EXE_LINKER_FLAGS=-Werror=odr
	@cmake --build build/plain --parallel $(JOBS)

bench:
	@tools/setup.sh $(PACKAGES) libbenchmark-dev $(PEER_PACKAGES)
	@cmake --preset host -DMOONLET_TESTS=OFF -DMOONLET_BENCH=ON
	@cmake --build --preset host --parallel $(JOBS) --target moonlet_benches
	@for unit in kernels dsp filters ml npu session script onednn; do \
	  build/host/bench/$${unit}_bench || exit 1; \
	done
	@tools/bench_sklearn.py

bench-device: device
	@tools/bench_device.sh

format:
	@tools/check_format.sh --fix

clean:
	@rm -rf build/host build/debug build/device build/device-m4 build/plain
