"""What `make` installs is locked, by hash, within the ranges that users get."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.program import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PROJECT["dependency-groups"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
DECLARED = {
    "build": PROJECT["build-system"]["requires"],
    "run": PROJECT["project"]["dependencies"],
    "dev": [
        *PROJECT["project"]["dependencies"],
        *(line for name, lines in EXTRAS.items() if name != "all" for line in lines),
        *(line for name in ("test", "lint", "calibration") for line in GROUPS[name]),
    ],
}


def locked(name):
    """The versions of each package, and how many hashes each entry has."""
    found, hashes = {}, []
    for line in (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if entry := re.match(r"([A-Za-z0-9._-]+)==(\S+)", line):
            found.setdefault(canonicalize_name(entry[1]), []).append(Version(entry[2]))
            hashes.append(0)
        elif re.fullmatch(r"\s+--hash=sha256:[0-9a-f]{64}( \\)?", line):
            hashes[-1] += 1
        else:
            assert line.startswith("#"), line
    return found, hashes


@pytest.mark.parametrize("name", DECLARED)
def test_every_package_is_locked_within_its_range_and_by_hash(name):
    versions, hashes = locked(name)

    assert min(hashes) >= 1
    for line in DECLARED[name]:
        wanted = Requirement(line)
        for version in versions[canonicalize_name(wanted.name)]:
            assert wanted.specifier.contains(version, prereleases=True), line


def test_what_developers_have_is_what_users_have_and_more():
    run, dev = locked("run")[0], locked("dev")[0]

    assert {name: dev[name] for name in run} == run
