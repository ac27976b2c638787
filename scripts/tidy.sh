#!/usr/bin/env bash
# scripts/tidy.sh [file...]: clang-tidy with .clang-tidy over the given sources, or over all.
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --preset clang >/dev/null
if [[ $# -eq 0 ]]; then
    mapfile -t sources < <(git ls-files neural symbolic bridge programs | grep '\.cpp$')
    set -- "${sources[@]}"
fi
printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p build/clang
