#!/bin/sh
# Fails when a C or C++ file is not as clang-format writes it. --fix rewrites it.
set -eu
cd "$(dirname "$0")/.."
files=$(git ls-files '*.h' '*.cc' '*.c')
if [ "${1:-}" = --fix ]; then
  clang-format -i $files
else
  clang-format --dry-run --Werror $files
fi
