#!/bin/sh
# Writes requirements/*.txt again: the newest versions within the ranges of pyproject.toml, each
# with the hashes of its files, for every Python and system that the project runs on.
# usage: scripts/lock.sh VENV
set -eu
cd "$(dirname "$0")/.."
venv=$1
"$venv/bin/python" -m pip install --quiet 'uv>=0.9'

# From a file that says what to lock, and options, into requirements/NAME.txt.
lock() {
    target=requirements/$1.txt
    shift
    "$venv/bin/uv" pip compile --quiet --upgrade --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
        --constraint requirements/limits.in --custom-compile-command "make lock" \
        --output-file "$target" "$@"
}

lock build requirements/build.in
lock run pyproject.toml
lock dev --all-extras --group test --group lint --group calibration \
    --constraint requirements/run.txt --constraint requirements/build.txt pyproject.toml
lock docs --group docs --constraint requirements/run.txt pyproject.toml
