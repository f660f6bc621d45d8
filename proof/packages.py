"""``python -m proof.packages``: what people install is the same each time, and installs and goes.

Wheel and source distribution are built twice, in other folders, time zones and umasks. The source
distribution is installed where there is no network. The Debian package is checked by lintian,
installed in a new Debian of its own, used there, and purged. Needs root (for that Debian and the
closed network) and the packages of ``packages/deb/tools.txt``; ``--quick`` leaves the Debian
package out.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from proof.cases import Broken, Case, need, parser, run
from tests.program import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LIMIT_S = 1800.0
SUITE = "bookworm"
SAME = "The same sources give the same bytes."


def called(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    changes: Mapping[str, str] | None = None,
) -> str:
    """What a command prints on both streams; Broken where it fails."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**os.environ, **(changes or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    if done.returncode:
        last = " ".join(done.stdout.split()[-60:])
        raise Broken(f"{command[0]} failed with {done.returncode}: {last}")
    return done.stdout


def checkout(target: Path) -> Path:
    """The files of the checkout that git knows or would take, and nothing that was built."""
    listed = called(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                    folder=ROOT)  # fmt: skip
    for name in listed.split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)
            (target / name).chmod((ROOT / name).stat().st_mode & 0o777)
    return target


def built(source: Path, into: Path, *, umask: str, changes: Mapping[str, str]) -> dict[str, str]:
    """The SHA-256 of source distribution and wheel by their names."""
    script = 'umask "$0" && exec "$@"'
    called(
        ["sh", "-c", script, umask, sys.executable, "-m", "build", "--no-isolation",
         "--outdir", into, source],
        folder=source,
        changes=changes,
    )  # fmt: skip
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in into.iterdir()}


def same_twice(folder: Path) -> str:
    first = built(checkout(folder / "one"), folder / "first", umask="022", changes={"TZ": "UTC"})
    second = built(
        checkout(folder / "elsewhere" / "two"),
        folder / "second",
        umask="077",
        changes={"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "LC_ALL": "C.UTF-8"},
    )
    if first != second or len(first) != 2:
        raise Broken(f"{first} and {second}")
    return ", ".join(f"{name} {digest[:12]}" for name, digest in sorted(first.items()))


def installs_offline(folder: Path) -> str:
    """In a namespace without a network, with the wheels at hand."""
    wheels = ROOT / "build" / "wheels"
    called([ROOT / "scripts" / "wheels.sh", Path(sys.prefix), wheels], folder=ROOT)
    called([sys.executable, "-m", "build", "--no-isolation", "--sdist", "--outdir", folder, ROOT])
    (source,) = folder.glob("*.tar.gz")
    target = folder / "installed"
    called([sys.executable, "-m", "venv", "--without-pip", target])
    alone = ["unshare", "--net"]
    home = {"HOME": str(folder / "home"), "XDG_CACHE_HOME": str(folder / "cache"), "PYTHONPATH": ""}
    called(
        [*alone, sys.executable, "-m", "pip", "--python", target / "bin" / "python", "install",
         "--quiet", "--no-index", "--find-links", wheels, source],
        changes=home,
    )  # fmt: skip
    program = target / "bin" / "posture-monitor"
    told = called([*alone, program, "--data-dir", folder / "data", "doctor"], changes=home)
    if "4 model files as they should be" not in told:
        raise Broken(told)
    megabytes = sum(f.stat().st_size for f in target.rglob("*") if f.is_file()) / 1e6
    return f"models as they should be; {megabytes:.0f} MB installed"


def described(folder: Path) -> str:
    """Menu entry, description for software centres and manifest, by their own tools."""
    need("desktop-file-validate", "appstreamcli", "flatpak-builder")
    shared = ROOT / "packages" / "desktop"
    (entry,), (info,) = shared.glob("*.desktop"), shared.glob("*.metainfo.xml")
    (manifest,) = (ROOT / "packages" / "flatpak").glob("*.yml")
    told = called(["desktop-file-validate", entry])
    told += called(["appstreamcli", "validate", "--no-net", "--pedantic", info])
    read = called(["flatpak-builder", "--show-manifest", manifest], folder=folder)
    if "WARNING" in read or "successful" not in told:
        raise Broken(told + read)
    return "each tool is content; the manifest was read, its build not tried"


class Debian:
    """The package, and a new Debian that it is tried in; made once for several cases."""

    def __init__(self) -> None:
        self._package: Path | None = None

    def package(self) -> Path:
        if self._package is None:
            called([ROOT / "packages" / "deb" / "build.sh", Path(sys.prefix)])
            (self._package,) = (ROOT / "dist").glob("posture-monitor_*.deb")
        return self._package

    def is_clean(self, _folder: Path) -> str:
        package = self.package()
        told = called(["lintian", "--fail-on", "error,warning", "--allow-root", package])
        if told.strip():
            raise Broken(told)
        size = package.stat().st_size / 1e6
        kilobytes = called(["dpkg-deb", "--field", package, "Installed-Size"])
        return f"lintian says nothing; {size:.0f} MB, installed {int(kilobytes) / 1000:.0f} MB"

    def same_twice(self, _folder: Path) -> str:
        package = self.package()
        before = hashlib.sha256(package.read_bytes()).hexdigest()
        called([ROOT / "packages" / "deb" / "build.sh", Path(sys.prefix)])
        after = hashlib.sha256(package.read_bytes()).hexdigest()
        if before != after:
            raise Broken(f"{before} and {after}")
        return before[:12]

    def comes_and_goes(self, folder: Path) -> str:
        """Installed, used and purged; only what its user made is left."""
        root = folder / "debian"
        sources = "".join(
            path.read_text(encoding="utf-8")
            for pattern in ("sources.list", "sources.list.d/*.sources", "sources.list.d/*.list")
            for path in sorted(Path("/etc/apt").glob(pattern))
        )
        own = folder / "apt.sources"
        own.write_text(sources, encoding="utf-8")
        called(["mmdebstrap", "--mode=root", "--variant=minbase", "--quiet",
                "--include=man-db,bash-completion", SUITE, root, own])  # fmt: skip
        clean = "HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin"
        quiet = "DEBIAN_FRONTEND=noninteractive"
        inside = ["chroot", root, "env", "-i", *clean.split(), quiet]
        before = _files(root)
        shutil.copyfile(self.package(), root / "tmp" / "package.deb")
        shutil.copyfile("/etc/resolv.conf", root / "etc" / "resolv.conf")
        called([*inside, "apt-get", "update", "-qq"])
        called([*inside, "apt-get", "install", "-y", "-qq", "--no-install-recommends",
                "/tmp/package.deb"])  # fmt: skip
        version = called([*inside, "posture-monitor", "--version"]).strip()
        demo = called([*inside, "posture-monitor", "demo"])
        if "sitting" not in demo:
            raise Broken(demo)
        if not _is_compiled(root):
            raise Broken("nothing was compiled at the installation")
        called([*inside, "posture-monitor", "stretches", "list"])
        called([*inside, "apt-get", "purge", "-y", "-qq", "posture-monitor"])
        left = {
            name
            for name in _files(root) - before
            if "posture" in name and not name.startswith(("var/log", "var/lib/apt", "tmp/"))
        }
        made = {name for name in left if name.startswith("root/")}
        if left != made or not made:
            raise Broken(f"left behind: {sorted(left - made)[:5]}, of the user's: {len(made)}")
        told = len(demo.splitlines())
        return f"{version}; {told} lines of the demo; purged, {len(made)} files of the user's left"


def _files(root: Path) -> set[str]:
    found = subprocess.run(
        ["find", root, "-xdev", "-type", "f", "-printf", "%P\\n"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(found.stdout.splitlines())


def _is_compiled(root: Path) -> bool:
    package = root / "usr" / "lib" / "posture-monitor"
    return any(package.rglob("posture_monitor/**/*.pyc"))


def main(given_arguments: list[str] | None = None) -> int:
    options = parser("packages", "Wheel, source distribution and Debian package.")
    options.set_defaults(workers=1)
    arguments = options.parse_args(given_arguments)
    need("git", "unshare")
    cases = [
        Case("wheel and sdist", "built twice", SAME, same_twice),
        Case("sdist", "no network", "It installs and runs.", installs_offline),
        Case("descriptions", "their own checks", "No error, no warning.", described),
    ]
    if not arguments.quick:
        need("dpkg-buildpackage", "lintian", "mmdebstrap")
        cases += _of_debian(Debian())
    return run("packages", cases, only=arguments.only, workers=arguments.workers)


def _of_debian(debian: Debian) -> list[Case]:
    gone = "Installs, runs, and purged leaves nothing of its own."
    tried: list[tuple[str, str, Callable[[Path], str]]] = [
        ("lintian", "No error, no warning.", debian.is_clean),
        ("a new Debian", gone, debian.comes_and_goes),
        ("built twice", SAME, debian.same_twice),
    ]
    return [Case("Debian package", name, promise, attempt) for name, promise, attempt in tried]


if __name__ == "__main__":
    sys.exit(main())
