#!/bin/sh
# Builds dist/posture-monitor_VERSION_ARCH.deb for this Debian, without a network once the wheels
# are there. Needs the packages of packages/deb/tools.txt.
# usage: packages/deb/build.sh VENV
set -eu
cd "$(dirname "$0")/../.."
venv=$1
for tool in dh dpkg-buildpackage readelf; do
    command -v $tool >/dev/null || {
        echo "$tool is missing; run: sudo apt-get install --no-install-recommends" \
            $(grep -v '^#' packages/deb/tools.txt) >&2
        exit 1
    }
done
minor='import sys; print(*sys.version_info[:2])'
[ "$("$venv/bin/python" -c "$minor")" = "$(/usr/bin/python3 -c "$minor")" ] || {
    echo "$venv has another Python than this Debian; make one with /usr/bin/python3" >&2
    exit 1
}
version=$("$venv/bin/python" -c 'import posture_monitor as p; print(p.__version__)')
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || stat -c %Y pyproject.toml)}"
export SOURCE_DATE_EPOCH
wheels=build/wheels
build=build/deb/posture-monitor-$version
scripts/wheels.sh "$venv" "$wheels"
rm -rf build/deb
mkdir -p "$build" dist
cp -r packages/deb/debian packages/deb/trim.py packages/deb/posture-monitor packages/desktop \
    requirements handbook "$build"
cp -r "$wheels" "$build/wheels"
"$venv/bin/python" -m build --no-isolation --wheel --outdir "$build/wheels" . >/dev/null
cat >"$build/debian/changelog" <<EOF
posture-monitor ($version) unstable; urgency=medium

  * The changes of this version are in CHANGELOG.md.

 -- The posture-monitor authors <posture-monitor@packages.debian.org>  $(date -uRd "@$SOURCE_DATE_EPOCH")
EOF
(cd "$build" && PATH=/usr/sbin:/usr/bin:/sbin:/bin dpkg-buildpackage -b -us -uc)
cp "build/deb/posture-monitor_${version}_"*.deb dist/
