#!/bin/sh
# Asks for known vulnerabilities of the locked versions that a user runs.
# usage: scripts/audit.sh VENV
set -eu
cd "$(dirname "$0")/.."
venv=$1
"$venv/bin/python" -m pip install --quiet 'pip-audit>=2.9'
"$venv/bin/pip-audit" --strict --disable-pip --require-hashes -r requirements/run.txt || {
    echo "pip-audit found something, or its databases (pypi.org, api.osv.dev) can't be reached" >&2
    exit 1
}
