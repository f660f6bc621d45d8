"""Puts MediaPipe's model files into ``posture_monitor/models/`` of this checkout.

The files are data, not source, and are not in git. They come out of Google's own wheel
``mediapipe==0.10.21``, which pip downloads once and this script keeps in a cache outside the
tree; wheel and files are checked by SHA-256, and the licence stays beside the models. The
build hook runs this, so that the project's wheel contains them and no user downloads anything.

    python scripts/fetch_models.py
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

REQUIREMENT = "mediapipe==0.10.21"
WHEEL_NAME = "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl"
WHEEL_SHA256 = "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"
# The wheel is opened as an archive and never installed, hence one platform serves them all.
WHEEL_PLATFORM = ("--python-version", "3.11", "--platform", "manylinux_2_28_x86_64")
LICENSE_MEMBER = "mediapipe-0.10.21.dist-info/LICENSE"
LICENSE_NAME = "LICENSE.mediapipe"

MODELS_DIR = Path(__file__).resolve().parent.parent / "posture_monitor" / "models"


@dataclass(frozen=True)
class Member:
    """One file of the wheel, pinned by its content."""

    path: str
    size_bytes: int
    sha256: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


# posture_monitor/vision/models.py holds the same hashes: it can't be imported here, where the
# project's dependencies are not installed yet. A test compares the two.
MEMBERS = (
    Member(
        "mediapipe/modules/pose_detection/pose_detection.tflite",
        2_959_046,
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    ),
    Member(
        "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
        6_440_512,
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    ),
    Member(
        "mediapipe/modules/face_detection/face_detection_short_range.tflite",
        229_714,
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    ),
    Member(
        "mediapipe/modules/face_landmark/face_landmark.tflite",
        1_242_398,
        "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    ),
)


class FetchError(Exception):
    """Why the models are not in place, in one sentence."""


def cache_dir() -> Path:
    """Where the downloaded wheel is kept: outside the tree, so that clean builds reuse it."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "posture-monitor-build"


def in_place(models_dir: Path) -> bool:
    """Whether every model is there, unaltered, with its licence."""
    if not (models_dir / LICENSE_NAME).is_file():
        return False
    for member in MEMBERS:
        path = models_dir / member.name
        if not path.is_file() or path.stat().st_size != member.size_bytes:
            return False
        if _sha256(path) != member.sha256:
            return False
    return True


def fetch(models_dir: Path = MODELS_DIR, wheel_dir: Path | None = None) -> bool:
    """Make sure the models are in place; False if they were already.

    Nothing is written to ``models_dir`` before all of the wheel's files proved right.
    """
    if in_place(models_dir):
        return False
    wheel = _cached_wheel(cache_dir() if wheel_dir is None else wheel_dir)
    contents = _read_members(wheel)
    models_dir.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        _write_atomically(models_dir / name, content)
    return True


def _cached_wheel(wheel_dir: Path) -> Path:
    wheel = wheel_dir / WHEEL_NAME
    if wheel.is_file():
        _check_wheel(wheel)
        return wheel
    try:
        wheel_dir.mkdir(parents=True, exist_ok=True)
        # Downloaded aside and renamed: an interrupted download leaves no half a wheel.
        with tempfile.TemporaryDirectory(dir=wheel_dir) as aside:
            downloaded = _download(Path(aside))
            _check_wheel(downloaded)
            downloaded.replace(wheel)
    except OSError as error:
        raise FetchError(f"The cache folder {wheel_dir} can't be used: {error}.") from error
    return wheel


def _download(target: Path) -> Path:
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--only-binary=:all:", *WHEEL_PLATFORM),
        *("--dest", str(target), REQUIREMENT),
    ]
    # stdout belongs to what runs the build.
    done = subprocess.run(command, stdout=sys.stderr, check=False)
    wheel = target / WHEEL_NAME
    if done.returncode or not wheel.is_file():
        raise FetchError(
            f"pip could not download {REQUIREMENT}, which holds the pose models; check the "
            f"network and that '{sys.executable} -m pip' works, or put {WHEEL_NAME} into "
            f"{target.parent} yourself."
        )
    return wheel


def _check_wheel(wheel: Path) -> None:
    if _sha256(wheel) != WHEEL_SHA256:
        raise FetchError(
            f"{wheel} is not the wheel that was published (its SHA-256 differs); "
            "nothing was taken from it, delete it and run this again."
        )


def _read_members(wheel: Path) -> dict[str, bytes]:
    """The models' and the licence's contents by file name, each checked."""
    contents = {}
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in MEMBERS:
                contents[member.name] = archive.read(member.path)
            contents[LICENSE_NAME] = archive.read(LICENSE_MEMBER)
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise FetchError(f"{wheel} can't be read: {error}.") from error
    for member in MEMBERS:
        if hashlib.sha256(contents[member.name]).hexdigest() != member.sha256:
            raise FetchError(f"{member.path} in {wheel} is not the model that was expected.")
    return contents


def _write_atomically(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> int:
    try:
        fetched = fetch()
    except FetchError as error:
        print(f"fetch_models: {error}", file=sys.stderr)
        return 1
    print(f"The models {'are now' if fetched else 'were already'} in {MODELS_DIR}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
