"""Files that are no recordings, damaged ones, and odd ones that are all the same judged."""

from __future__ import annotations

import os
import random
import socket
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from proof.cases import Broken, Case
from proof.watching import FILM, sentence
from tests.program import posture_monitor
from tests.streams import cut, make_video, noted_as_portrait, remux

if TYPE_CHECKING:
    from collections.abc import Callable

REFUSED = "analyze, calibrate, run: exit 1, one sentence"
READ = "analyze: exit 0, rows written"
ONE_OF_BOTH = "read, or refused in one sentence; never a crash"
_SHORT = [n / 10.0 for n in range(20)]


def cases() -> list[Case]:
    """All of them."""
    return [
        *(
            Case("no recording", name, REFUSED, partial(_refused, make))
            for name, make in _NO_RECORDINGS.items()
        ),
        *(
            Case("odd recording", name, READ, partial(_read, make))
            for name, make in _ODD_RECORDINGS.items()
        ),
        *(
            Case("damaged recording", f"{suffix}, {how}, {number}", ONE_OF_BOTH,
                 partial(_one_of_both, suffix, damage, number))
            for suffix in ("mp4", "mkv", "avi")
            for how, damage in _DAMAGES.items()
            for number in (1, 2, 3)
        ),
    ]  # fmt: skip


# ------------------------------------------------------------------------ no recordings


def _written(content: bytes, name: str = "film.mp4") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return make


def _folder(folder: Path) -> Path:
    (folder / "film.mp4").mkdir()
    return folder / "film.mp4"


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "film.mp4")
    return folder / "film.mp4"


def _socket(folder: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "film.mp4"))
    return folder / "film.mp4"


def _circle(folder: Path) -> Path:
    (folder / "film.mp4").symlink_to(folder / "film.mp4")
    return folder / "film.mp4"


def _sound(folder: Path) -> Path:
    path = folder / "film.mp4"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=1", str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


def _without_index(folder: Path) -> Path:
    return cut(make_video(folder / "whole.mp4", _SHORT), folder / "film.mp4", share=0.6)


def _playlist(folder: Path) -> Path:
    return _written(b"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n", "film.m3u8")(folder)


_NO_RECORDINGS: dict[str, Callable[[Path], Path]] = {
    "not there": lambda folder: folder / "film.mp4",
    "of 0 bytes": _written(b""),
    "a text": _written(b"Dear camera,\n" * 500),
    "noise": _written(random.Random(4).randbytes(100_000)),
    "a zip": _written(b"PK\x03\x04" + bytes(5000)),
    "a folder": _folder,
    "a pipe": _pipe,
    "a socket": _socket,
    "a link to itself": _circle,
    "/dev/null": lambda _folder: Path("/dev/null"),
    "/dev/zero": lambda _folder: Path("/dev/zero"),
    "sound alone": _sound,
    "cut off before its index": _without_index,
    "a list of addresses": _playlist,
    "a name of 300 letters": lambda folder: folder / ("a" * 296 + ".mp4"),
    "a path of 5,000 letters": lambda folder: folder / ("a/" * 2500) / "film.mp4",
}


def _refused(make: Callable[[Path], Path], folder: Path) -> str:
    film = make(folder)
    data = ("--data-dir", folder / "data")
    found = sentence(posture_monitor(*data, "analyze", film, "--out", folder / "out"))
    sentence(posture_monitor(*data, "calibrate", "--source", film))
    sentence(posture_monitor(*data, "run", "--source", film))
    return found


# -------------------------------------------------------------------- odd and damaged


def _named(name: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / os.fsdecode(name)
        path.symlink_to(FILM)
        return path

    return make


def _film(*times_s: float, **how: object) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        return make_video(folder / "film.mkv", times_s, codec="mjpeg", **how)  # type: ignore[arg-type]  # passed on

    return make


def _portrait(folder: Path) -> Path:
    return noted_as_portrait(make_video(folder / "whole.mp4", _SHORT), folder / "film.mp4")


def _two_sizes(folder: Path) -> Path:
    film = folder / "film.ts"
    for width_px, height_px in ((64, 48), (128, 96)):
        whole = make_video(
            folder / f"{width_px}.mp4", _SHORT, width_px=width_px, height_px=height_px
        )
        part = remux(whole, folder / f"{width_px}.ts")
        with film.open("ab") as file:
            file.write(part.read_bytes())
    return film


_ODD_RECORDINGS: dict[str, Callable[[Path], Path]] = {
    "of one picture": _film(0.0),
    "equal times": _film(0.0, 0.5, 0.5, 0.5, 1.0),
    "times that go back": _film(0.0, 1.0, 0.5, 1.5, 1.2, 2.0),
    "ten seconds between pictures": _film(*(10.0 * n for n in range(6))),
    "a day between pictures": _film(0.0, 1.0, 86_400.0, 86_401.0),
    "of one point": _film(*_SHORT, width_px=16, height_px=16),
    "noted as portrait": _portrait,
    "two sizes": _two_sizes,
    "a name that is not UTF-8": _named(b"caf\xe9.mp4"),
    "a name that steers the terminal": _named(b"a\x1b[31m\n\x07.mp4"),
    "a name that looks like an option": _named(b"--out.mp4"),
    "a name that looks like a pattern": _named(b"%03d*?.mp4"),
}


def _analyzed(film: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    done = posture_monitor(
        *("--data-dir", folder / "data", "analyze", film, "--out", folder / "out"), errors="replace"
    )
    for text in (done.stdout, done.stderr):
        if "\x1b" in text or "\x07" in text:
            raise Broken("a name reached the terminal as it is")
    if "Traceback" in done.stderr:
        raise Broken(done.stderr)
    return done


def _read(make: Callable[[Path], Path], folder: Path) -> str:
    done = _analyzed(make(folder), folder)
    if done.returncode != 0:
        raise Broken(f"exit {done.returncode}: {done.stderr}")
    (table,) = (folder / "out").glob("*.samples.csv")
    return f"{len(table.read_text(encoding='utf-8').splitlines()) - 1} rows"


def _flipped(content: bytearray, chance: random.Random) -> bytearray:
    for _ in range(200):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return content


def _zeroed(content: bytearray, chance: random.Random) -> bytearray:
    at = chance.randrange(len(content))
    content[at : at + 20_000] = bytes(len(content[at : at + 20_000]))
    return content


def _shortened(content: bytearray, chance: random.Random) -> bytearray:
    return content[: chance.randrange(len(content))]


_DAMAGES: dict[str, Callable[[bytearray, random.Random], bytearray]] = {
    "200 flipped bits": _flipped,
    "20 kB of zeros": _zeroed,
    "cut off somewhere": _shortened,
}


def _one_of_both(
    suffix: str,
    damage: Callable[[bytearray, random.Random], bytearray],
    number: int,
    folder: Path,
) -> str:
    whole = remux(FILM, folder / f"whole.{suffix}")
    film = folder / f"film.{suffix}"
    film.write_bytes(damage(bytearray(whole.read_bytes()), random.Random(number)))
    done = _analyzed(film, folder)
    if done.returncode == 0:
        return done.stdout.strip().splitlines()[0] if done.stdout else "read"
    return sentence(done)
