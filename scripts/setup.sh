#!/bin/sh
# Makes the virtual environment and installs what the verbs of the Makefile need.
# usage: scripts/setup.sh PYTHON VENV run|dev
set -eu
cd "$(dirname "$0")/.."
python=$1 venv=$2 what=$3

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif sudo -n true 2>/dev/null; then sudo "$@"; else return 1; fi
}

# Debian packages that are missing; installed as root or with sudo, else named.
need() {
    missing=""
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' \
            || missing="$missing $package"
    done
    [ -z "$missing" ] && return 0
    if ! command -v apt-get >/dev/null; then
        echo "this system has no apt-get; install by its own means:$missing" >&2
        return 1
    fi
    echo "installing system packages:$missing" >&2
    # shellcheck disable=SC2086 - a list of words
    if as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
        return 0
    fi
    echo "these packages are missing; run:" >&2
    echo "    sudo apt-get install --no-install-recommends$missing" >&2
    return 1
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "$python is too old; posture-monitor needs Python 3.11 or newer" >&2
    exit 1
}
"$python" -c 'import ensurepip, venv' 2>/dev/null || need python3-venv

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"

# Locked versions, each checked by its hash; ranges for users stand in pyproject.toml.
locked() {
    "$venv/bin/python" -m pip install --quiet --require-hashes -r "requirements/$1.txt"
}

locked build
# shellcheck disable=SC2046 - one package a line
[ "$what" = run ] || need $(grep -v '^#' scripts/system-packages.txt)
locked "$what"
"$venv/bin/python" -m pip install --quiet --no-deps --no-build-isolation -e .
