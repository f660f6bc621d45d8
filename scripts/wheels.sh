#!/bin/sh
# Collects the wheels that an installation without a network needs: what the program runs with and
# what builds it, as locked, each checked by its hash; for the Python of VENV on this machine.
# Asks no network where they are there already.
# usage: scripts/wheels.sh VENV FOLDER
set -eu
cd "$(dirname "$0")/.."
venv=$1 folder=$2
for what in run build; do
    [ "$folder/$what.complete" -nt "requirements/$what.txt" ] && continue
    "$venv/bin/python" -m pip download --quiet --disable-pip-version-check --require-hashes \
        --no-deps --only-binary=:all: --dest "$folder" -r "requirements/$what.txt"
    touch "$folder/$what.complete"
done
