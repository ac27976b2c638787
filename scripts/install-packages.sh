#!/usr/bin/env bash
# Installs what Entail needs on Debian 12. Quick, and without network, when all is there.
set -euo pipefail

packages=(
    build-essential cmake ninja-build
    libboost-graph-dev libcli11-dev libeigen3-dev libfmt-dev libstb-dev libz3-dev
    nlohmann-json3-dev zlib1g-dev doctest-dev
)

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [[ $status == installed ]] || missing+=("$package")
done
if [[ ${#missing[@]} -eq 0 ]]; then exit 0; fi

as_root=()
if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null || { echo "missing: ${missing[*]}; run this as root" >&2; exit 1; }
    as_root=(sudo)
fi
echo "installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
