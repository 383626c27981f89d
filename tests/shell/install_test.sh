#!/bin/sh
# install_test.sh BUILD: installs the build into a folder of its own and uses what is there from
# elsewhere; nothing of the source tree is needed. Run by CTest after the manual was built.
set -eu
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
DESTDIR=$root cmake --install "$1" --prefix /opt/moonlet > "$root/log"
unset MOONLET_LIB
export PATH="$root/opt/moonlet/bin:$PATH" HOME="$root"
share=$root/opt/moonlet/share
cd "$root"

fail() {
  echo "install: $*" >&2
  exit 1
}

# The library is the installed one, in scripts and on the command line.
cat > where.lua <<'EOF'
print(debug.getinfo(require("json").encode, "S").source)
EOF
[ "$(moonlet where.lua)" = "@$share/moonlet/lib/json.lua" ] || fail "the library: $(moonlet where.lua)"
moonlet -m digits | grep -q '535 of 540 right' || fail "no application"

cat > sum_test.lua <<'EOF'
local test = require "test"
test.it("adds", function() test.expect(1 + 1):equals(2) end)
EOF
moonlet test sum_test.lua | grep -q '^1 passed, 0 failed$' || fail "moonlet test"
moonlet model info "$share/moonlet/apps/digits.tflite" | grep -q CONV_2D || fail "moonlet model"

# The manual is that of this command.
moonlet doc --format man | cmp - "$share/man/man1/moonlet.1"
moonlet doc --format html | cmp - "$share/doc/moonlet/reference.html"
mkdir meta
moonlet doc --format luals -o meta
diff -r meta "$share/moonlet/meta"
for option in $(moonlet --help | grep -oE -- '--[a-z][a-z-]+' | sort -u); do
  sed 's/\\-/-/g' "$share/man/man1/moonlet.1" | grep -q -- "$option" || fail "no $option in moonlet.1"
done
if command -v man > /dev/null; then
  man --warnings -E UTF-8 -l "$share/man/man1/moonlet.1" 2>&1 > /dev/null | grep . && fail "man complains"
fi

# What TAB completes in bash: `complete WORDS...` prints it for the last of them.
cat > complete.bash <<'EOF'
source "$1" && shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_moonlet
printf '%s\n' "${COMPREPLY[@]}"
EOF
completes() {
  wanted=$1
  shift
  bash complete.bash "$share/bash-completion/completions/moonlet" moonlet "$@" |
    grep -qxe "$wanted" || fail "TAB behind 'moonlet $*' gives no $wanted"
}
completes test te
completes doc ''
completes --sandbox --s
completes --filter test --f
completes junit test --format j
completes luals doc --format l
completes sim test --target s
completes verify model v
completes --max-error model diff --m
completes compile npu c
completes extract image e
completes where.lua wh
completes --jobs --memory 8M test --j
echo "installed and used"
