# The front door. Each target does its own set-up on a fresh Debian 12.
#
#   make        builds the command: build/host/shell/moonlet
#   make demo   builds it and classifies handwritten digits with a trained int8 model
#   make test   builds and runs every test, with and without sanitizers
#   make bench  builds and runs the benchmarks
#   make soak   the long searches and fuzzing runs
#   make format rewrites the sources as clang-format wants them

PACKAGES = build-essential cmake dpkg-dev libflatbuffers-dev flatbuffers-compiler libreadline-dev \
  libcli11-dev zlib1g-dev
TEST_PACKAGES = $(PACKAGES) clang-format libgtest-dev libbenchmark-dev
JOBS ?= $(shell nproc)

.PHONY: all demo test soak bench format clean
all:
	@tools/setup.sh $(PACKAGES)
	@cmake --preset host -DMOONLET_TESTS=OFF -DMOONLET_BENCH=OFF
	@cmake --build --preset host --parallel $(JOBS) --target moonlet

demo: all
	@build/host/shell/moonlet scripts/apps/digits.lua
	@echo
	@echo "Now try the prompt: build/host/shell/moonlet"

test:
	@tools/setup.sh $(TEST_PACKAGES)
	@for preset in host debug; do \
	  cmake --preset $$preset -DMOONLET_TESTS=ON && \
	  cmake --build --preset $$preset --parallel $(JOBS) || exit 1; \
	done
	@tools/run_tests.sh

# Every float through the float functions takes too long under the sanitizers. The last
# build shows that each file includes what it uses, and that no two types share a name.
soak: test
	@MOONLET_SOAK=1 ctest --preset host --parallel $(JOBS) --tests-regex engine/kernels
	@MOONLET_FUZZ=$${MOONLET_FUZZ:-2000} GTEST_FILTER='*Fuzz*:*Npy*' \
	  tools/run_tests.sh --tests-regex 'engine/tensor|engine/nn|scripts'
	@cmake --preset host -B build/plain \
	  -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DMOONLET_BATCHES=OFF -DMOONLET_BENCH=ON \
	  -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON -DCMAKE_EXE_LINKER_FLAGS=-Werror=odr
	@cmake --build build/plain --parallel $(JOBS)

bench:
	@tools/setup.sh $(PACKAGES) libbenchmark-dev
	@cmake --preset host -DMOONLET_TESTS=OFF -DMOONLET_BENCH=ON
	@cmake --build --preset host --parallel $(JOBS) --target moonlet_benches
	@for unit in kernels session script; do build/host/bench/$${unit}_bench || exit 1; done

format:
	@tools/check_format.sh --fix

clean:
	@rm -rf build/host build/debug build/plain
