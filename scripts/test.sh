#!/usr/bin/env bash
# scripts/test.sh [preset] [ctest options]: installs packages, builds, runs all tests.
# The last line is `N passed, N failed`; the exit code is 0 only if some passed and none failed.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
shift || true

scripts/build.sh "$preset" || { echo "0 passed, 1 failed"; exit 1; }
log=build/$preset/tests.log
status=0
ctest --preset "$preset" -j "$(nproc)" --verbose "$@" >"$log" 2>&1 || status=$?
awk -v status="$status" -f scripts/count-tests.awk "$log"
