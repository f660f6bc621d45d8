"""Which videos are meant by what a user names: files, folders and patterns; and their names.

A name says where the results of a video go: its own without the suffix, below a folder that was
named also the folders between, and where two would be the same as much more as keeps them apart.
"""

from __future__ import annotations

import glob
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from posture_monitor.domain import ConfigError
from posture_monitor.system.names import shown
from posture_monitor.wording import analysis_words as words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONTAINERS = frozenset(
    {".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4"}
    | {".mpeg", ".mpg", ".mts", ".ogv", ".webm", ".wmv"}
)
"""Suffixes of what is taken for a video in a folder; a file that is named may have any."""


@dataclass(frozen=True, slots=True)
class Found:
    """A video, and the folder below which its name counts."""

    video: Path
    root: Path


def find_videos(named: Sequence[str]) -> list[Found]:
    """Each video once, in the order of the names given; ConfigError where a folder or a pattern
    holds none. A file is taken as it is named: whether it is a video is found when it is read."""
    found: dict[Path, Found] = {}
    for name in named:
        for one in _videos_of(name):
            found.setdefault(one.video, one)
    return list(found.values())


def _videos_of(name: str) -> Iterator[Found]:
    path = Path(name)
    if os.path.isdir(name):  # which takes a name that no file can have for none
        inside = list(_below(path.absolute()))
        if not inside:
            raise ConfigError(words.NO_VIDEO_IN_FOLDER, folder=shown(name))
        yield from inside
    elif glob.has_magic(name) and not os.path.exists(name):
        matched = list(_matching(name))
        if not matched:
            raise ConfigError(words.NO_VIDEO_MATCHES, pattern=shown(name))
        yield from matched
    else:
        yield Found(path.absolute(), path.absolute().parent)


def _matching(pattern: str) -> Iterator[Found]:
    """As a shell would have given them, named one by one; folders and what is no video left out
    unless the pattern itself says the suffix."""
    any_suffix = Path(pattern).suffix in ("", ".*") or glob.has_magic(Path(pattern).suffix)
    for name in sorted(glob.glob(pattern, recursive=True)):
        path = Path(name).absolute()
        if path.is_file() and (not any_suffix or path.suffix.lower() in CONTAINERS):
            yield Found(path, path.parent)
        elif path.is_dir() and "**" not in pattern:
            yield from _below(path)


def _below(root: Path) -> Iterator[Found]:
    """Videos of a folder and those in it, sorted; hidden ones left out."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for file in sorted(files):
            if not file.startswith(".") and Path(file).suffix.lower() in CONTAINERS:
                yield Found(Path(folder, file), root)


def names_of(found: Sequence[Found]) -> list[str]:
    """A name for each, no two alike on this system.

    >>> names_of([Found(Path("/in/a/x.mp4"), Path("/in")), Found(Path("/in/b/y.mp4"), Path("/in"))])
    ['a/x', 'b/y']
    >>> names_of([Found(Path("/a/x.mp4"), Path("/a")), Found(Path("/b/x.mkv"), Path("/b"))])
    ['a/x', 'b/x']
    >>> names_of([Found(Path("/a/x.mp4"), Path("/a")), Found(Path("/a/x.mkv"), Path("/a"))])
    ['x.mp4', 'x.mkv']
    """
    common = _common_folder(found)
    choices = [_names_for(one, common) for one in found]
    lengths = [0] * len(found)
    while True:
        names = [mine[n] for mine, n in zip(choices, lengths, strict=True)]
        count = Counter(map(os.path.normcase, names))
        alike = [i for i, name in enumerate(names) if count[os.path.normcase(name)] > 1]
        if not alike:
            return names
        longer = [i for i in alike if lengths[i] + 1 < len(choices[i])]
        if not longer:
            raise ConfigError(words.SAME_NAME, name=shown(names[alike[0]]))
        for i in longer:
            lengths[i] += 1


def _names_for(one: Found, common: Path | None) -> tuple[str, ...]:
    """From the usual name to one that tells it from all others."""
    video, root = _plain(one.video), _plain(one.root)
    within = video.relative_to(root)
    whole = video.relative_to(video.anchor if common is None else common)
    return within.with_suffix("").as_posix(), whole.with_suffix("").as_posix(), whole.as_posix()


def _common_folder(found: Sequence[Found]) -> Path | None:
    try:
        return Path(os.path.commonpath([_plain(one.video).parent for one in found]))
    except ValueError:  # none at all, or on several drives
        return None


def _plain(path: Path) -> Path:
    """Without ``..``, for names alone: behind a link it means another folder."""
    return Path(os.path.normpath(path))


def is_below(video: Path, folder: Path) -> bool:
    """Whether the video's path leads through the folder."""
    return _plain(video).is_relative_to(_plain(folder))
