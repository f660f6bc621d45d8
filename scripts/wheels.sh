#!/bin/sh
# Collects the wheels that an installation without a network needs: what the program runs with and
# what builds it, as locked, each checked by its hash. Made for the Python of VENV on this machine.
# usage: scripts/wheels.sh VENV FOLDER
set -eu
cd "$(dirname "$0")/.."
venv=$1 folder=$2
for what in run build; do
    "$venv/bin/python" -m pip download --quiet --disable-pip-version-check --require-hashes \
        --no-deps --only-binary=:all: --dest "$folder" -r "requirements/$what.txt"
done
