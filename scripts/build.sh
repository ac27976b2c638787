#!/usr/bin/env bash
# scripts/build.sh [preset]: installs packages, configures and builds into build/<preset>.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}

scripts/install-packages.sh
cmake --preset "$preset"
cmake --build --preset "$preset"
