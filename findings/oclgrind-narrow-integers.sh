#!/usr/bin/env bash
# oclgrind 21.10 (Debian 12, LLVM 14): a choice by i & 3 is wrong from the fifth thread on, in code that it has optimised.
#
# Guess before the run: oclgrind interprets LLVM's instructions one by one, slowly and to the letter; where its values differ from those of all other devices, the kernel reads
# what it should not, or overflows.
# Seen: clang makes `trunc i64 to i2` and `switch i2` of it. oclgrind keeps an i2 in a byte and does not drop the bits above it, so that from 4 on neither 0 nor 1 is met; 2 is
# told by `and` and `icmp`. Random bits by Philox, four of a block, so looked wrong and were chosen wrongly. With -cl-opt-disable there is no i2, and the values are right: a
# difference that vanishes with it is oclgrind's, and one that stays is the kernel's.
set -euo pipefail
command -v oclgrind-kernel > /dev/null || { echo "oclgrind is not installed (on Debian: apt-get install oclgrind)"; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > choice.cl <<'X'
kernel void choice(global uint *y)
{
    uint i = get_global_id(0), j = i & 3;
    y[i] = j == 0 ? 10 : j == 1 ? 11 : j == 2 ? 12 : 13;
}
X
cat > choice.sim <<'X'
choice.cl
choice
8 1 1
4 1 1
<size=32 fill=0 dump uint>
X
for options in -cl-opt-disable ""; do
  oclgrind-kernel --build-options "$options" choice.sim | awk -v name="${options:-optimised}" '/ = / { values = values " " $3 } END { print name ":" values }'
done | tee output
diff output - <<'X' || { echo "the finding has changed"; exit 1; }
-cl-opt-disable: 10 11 12 13 10 11 12 13
optimised: 10 11 12 13 13 13 12 13
X
echo "as found"
