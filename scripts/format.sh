#!/usr/bin/env bash
# scripts/format.sh check|apply: clang-format 14 over all sources.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
    check) options=(--dry-run -Werror) ;;
    apply) options=(-i) ;;
    *) echo "usage: scripts/format.sh check|apply" >&2; exit 2 ;;
esac
git ls-files -z '*.h' '*.cpp' | xargs -0 clang-format "${options[@]}"
