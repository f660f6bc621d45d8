"""What may come in from outside, made up by Hypothesis, and what may come of it.

Each ``try_…`` raises, Broken or whatever went wrong, where something else came of it.
"""

from __future__ import annotations

import json
import math
import socket
import string
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from calibration.recordings import MANIFEST, read_manifest
from posture_monitor.config import SECTION_NAMES, Settings, load_settings, to_toml
from posture_monitor.core import session
from posture_monitor.core.judge.baseline import from_document
from posture_monitor.core.session import SessionState, Setup, Surroundings
from posture_monitor.domain import (
    LANDMARK_COUNT,
    CalibrationError,
    ConfigError,
    Face,
    Observation,
    Pose,
)
from posture_monitor.history.rows import interval_row
from posture_monitor.ipc.control import ask
from proof.cases import Broken
from tests.builders import NINE, observe, person, upright_baseline
from tests.dashboard.serving import PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_ANSWER_TIMEOUT_S = 8.0


# ------------------------------------------------------------------------------ settings

_NAMES = [
    f"{name}.{spec.name}" for name in SECTION_NAMES for spec in fields(getattr(Settings(), name))
]
_SCALARS = st.one_of(
    st.booleans().map(lambda value: str(value).lower()),
    st.integers().map(str),
    st.floats().map(str),
    st.text(max_size=20).map(json.dumps),
    st.sampled_from(["[]", "{}", "[[1]]", "1979-05-27", "''", "9" * 5000, "nan", "-inf", "0x_"]),
)
_WRITTEN = to_toml(Settings()).encode("utf-8")


@st.composite
def toml_files(draw: Any) -> bytes:
    """A settings file that is nearly right, or no such file at all."""
    kind = draw(st.sampled_from(["bytes", "mutated", "keys"]))
    if kind == "bytes":
        return bytes(draw(st.binary(max_size=400)))
    if kind == "mutated":
        content = bytearray(_WRITTEN)
        for at, byte in draw(
            st.lists(
                st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)),
                min_size=1,
                max_size=6,
            )
        ):
            content[at] = byte
        return bytes(content[: draw(st.integers(0, len(content)))])
    pairs = draw(st.lists(st.tuples(st.sampled_from([*_NAMES, "x.y"]), _SCALARS), max_size=6))
    return "\n".join(f"{name} = {value}" for name, value in pairs).encode("utf-8", "replace")


ENVIRONMENTS = st.dictionaries(
    st.sampled_from([f"POSTURE_MONITOR_{name.replace('.', '_').upper()}" for name in _NAMES]),
    st.one_of(st.text(max_size=12), _SCALARS),
    max_size=3,
)


def try_settings(folder: Path, written: tuple[bytes, dict[str, str]]) -> None:
    """Settings within their bounds, or one sentence."""
    content, environment = written
    path = folder / "config.toml"
    path.write_bytes(content)
    try:
        found = load_settings(path, environment)
    except ConfigError as error:
        _one_sentence(str(error))
        return
    path.write_text(to_toml(found), encoding="utf-8")
    if load_settings(path, {}) != found:
        raise Broken(f"settings change when they are written and read: {content!r}")


# ------------------------------------------------------------------------------- profiles

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**400), 10**400)
    | st.integers(-1000, 1000)
    | st.floats()
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def _places(document: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a document of JSON."""
    if way:
        yield way
    inner = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for key, value in inner:
        yield from _places(value, (*way, key))


def _document() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(upright_baseline(distance_cm=60.0).to_document()))
    return made


_PLACES = list(_places(_document()))


def _changed(draw: Any, document: Any, places: list[tuple[Any, ...]]) -> Any:
    """The document with some values replaced or taken away."""
    for way in draw(st.lists(st.sampled_from(places), min_size=1, max_size=4)):
        holder = document
        try:
            for key in way[:-1]:
                holder = holder[key]
            if draw(st.booleans()):
                holder[way[-1]] = draw(_JSON)
            else:
                del holder[way[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took that place away
    return document


@st.composite
def profiles(draw: Any) -> Any:
    """A stored profile in which some values are others, or missing."""
    if draw(st.integers(0, 9)) == 0:
        return draw(_JSON)
    return _changed(draw, _document(), _PLACES)


def try_profile(document: Any) -> None:
    """A baseline by which anybody can be judged, or one sentence."""
    try:
        baseline = from_document(document)
    except CalibrationError as error:
        _one_sentence(str(error))
        return
    state = SessionState()
    for number, pose in enumerate((person(), person(drop_cm=7.0, nearer_cm=4.0), None)):
        outcome = session.step(
            state, observe(float(number), pose), Setup(Settings(), baseline), Surroundings()
        )
        state = outcome.state
        _sound(outcome.sample)


# ------------------------------------------------------------------------------ landmarks

_NUMBER = st.one_of(
    st.floats(-100.0, 800.0, width=32),
    st.floats(width=32),
    st.sampled_from([0.0, math.nan, math.inf, -math.inf, 3.0e38, 1.0e-38]),
)
_SHARE = st.one_of(st.floats(0.0, 1.0, width=32), _NUMBER)


@st.composite
def _pose(draw: Any, width_px: int, height_px: int) -> Pose | None:
    """Landmarks as a broken model might give them: a person with points anywhere, or anything."""
    if draw(st.integers(0, 5)) == 0:
        return None
    made = person(
        drop_cm=draw(st.floats(-30.0, 30.0)),
        nearer_cm=draw(st.floats(-100.0, 55.0)),
        yaw_deg=draw(st.floats(-90.0, 90.0)),
        pitch_deg=draw(st.floats(-90.0, 90.0)),
        size=draw(st.floats(0.01, 5.0)),
    )
    points, depth = made.points_px.copy(), made.depth_px.copy()
    visibility, presence = made.visibility.copy(), made.presence.copy()
    if draw(st.booleans()):
        points[:] = draw(_NUMBER)
    which = st.integers(0, LANDMARK_COUNT - 1)
    for at in draw(st.lists(which, max_size=8)):
        points[at] = draw(_NUMBER), draw(_NUMBER)
        depth[at] = draw(_NUMBER)
        visibility[at], presence[at] = draw(_SHARE), draw(_SHARE)
    return Pose(
        points_px=points,
        depth_px=depth,
        visibility=visibility,
        presence=presence,
        confidence=draw(_SHARE),
        width_px=width_px,
        height_px=height_px,
        shoulder_tops_px=np.full((2, 2), draw(_NUMBER), np.float32)
        if draw(st.booleans())
        else made.shoulder_tops_px,
    )


_FACE = st.builds(Face, _NUMBER, _NUMBER, _NUMBER, _NUMBER, _SHARE)


@st.composite
def films(draw: Any) -> list[Observation]:
    """A few frames, with times that only grow."""
    width_px, height_px = draw(st.sampled_from([(640, 480), (1280, 720), (480, 640), (1, 1)]))
    t_s, made = 0.0, []
    for _ in range(draw(st.integers(1, 5))):
        t_s += draw(st.floats(0.01, 400.0))
        made.append(
            Observation(
                t_s,
                NINE + timedelta(seconds=t_s),
                width_px,
                height_px,
                draw(_pose(width_px, height_px)),
                tuple(draw(st.lists(_FACE, max_size=2))),
                draw(st.floats(0.0, 255.0)),
                draw(st.floats(0.0, 128.0)),
            )
        )
    return made


_BASELINE = upright_baseline()


def try_landmarks(observations: Sequence[Observation]) -> None:
    """A judgement within its bounds, or none; every second is recorded once."""
    with np.errstate(all="ignore"):
        _judge(observations)


def _judge(observations: Sequence[Observation]) -> None:
    state, recorded_s = SessionState(), 0.0
    for observation in observations:
        outcome = session.step(state, observation, Setup(Settings(), _BASELINE), Surroundings())
        state = outcome.state
        _sound(outcome.sample)
        recorded_s += sum(interval.duration_s for interval in outcome.closed)
    _, rest = session.finish(state)
    for interval in rest:
        interval_row(interval)  # raises for what no record may hold
        recorded_s += interval.duration_s
    if abs(recorded_s - (observations[-1].t_s - observations[0].t_s)) > 1e-3:
        raise Broken(f"{recorded_s} s recorded of {observations[-1].t_s - observations[0].t_s} s")


def _sound(sample: Any) -> None:
    if sample.score is not None and not 0.0 <= sample.score <= 100.0:
        raise Broken(f"a score of {sample.score}")
    if not 0.0 <= sample.confidence <= 1.0:
        raise Broken(f"a confidence of {sample.confidence}")
    for name, value in sample.metrics.as_dict().items():
        if value is not None and not math.isfinite(value):
            raise Broken(f"{name} is {value}")


# --------------------------------------------------------------------------- the web page

_TEXT = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=30)
_ODD_PATHS = [
    "//",
    "/..",
    "/%00",
    "/static/../../etc/passwd",
    "/static/%2e%2e/app.py",
    "*",
    "/day?on=",
]
_ENCODED = st.text(string.printable[:94], max_size=40)
_HEADERS = st.sampled_from(
    ["Host", "Origin", "Referer", "Content-Type", "Content-Length", "Transfer-Encoding", "Range",
     "Accept-Encoding", "If-None-Match", "Last-Event-ID", "Connection", "Expect", "Upgrade"]
)  # fmt: skip
_VALUES = st.one_of(
    _TEXT,
    st.sampled_from(
        ["0", "-1", "5", "99999999999", "chunked", "close", "100-continue", "bytes=0-", "websocket",
         "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "null"]
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it goes over the wire."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    let_in: bool
    """With the cookie of the page's own user, under its secret path."""

    def wire(self, base: str, cookie: str) -> bytes:
        lines = [f"{self.method} {base if self.let_in else ''}{self.target} HTTP/1.1"]
        names = {name for name, _ in self.headers}
        if "Host" not in names:
            lines.append("Host: 127.0.0.1")
        if "Content-Length" not in names and "Transfer-Encoding" not in names:
            lines.append(f"Content-Length: {len(self.body)}")
        if self.let_in:
            lines.append(f"Cookie: {cookie}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + self.body


REQUESTS = st.builds(
    Request,
    st.sampled_from(
        ["GET", "GET", "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "G\0"]
    ),
    st.one_of(
        st.sampled_from([*PAGES.values(), *_ODD_PATHS, "/settings", "/data/delete", "/profiles/x"]),
        st.builds(
            "{}?{}={}".format,
            st.sampled_from(list(PAGES.values())),
            st.sampled_from(["on", "range", "token", "key", "since", "until", "source", "profile"]),
            _ENCODED.map(lambda text: text.replace(" ", "+")),
        ),
        _ENCODED.map(lambda text: "/" + text),
    ),
    st.lists(st.tuples(_HEADERS, _VALUES), max_size=3).map(tuple),
    st.binary(max_size=60),
    st.booleans(),
)


def try_request(port: int, base: str, cookie: str, request: Request) -> None:
    """No fault of the server's own; without the key nothing but a refusal, and no redirect."""
    status, head = _answer(port, request.wire(base, cookie))
    if status is None:
        return  # not a request at all: the connection was ended
    if status >= 500 and status != 503:
        raise Broken(f"{status} to {request}")
    if not request.let_in and (not 400 <= status < 500 or b"\nlocation:" in head):
        raise Broken(f"{status} without a key to {request}")


def _answer(port: int, sent: bytes) -> tuple[int | None, bytes]:
    with socket.create_connection(("127.0.0.1", port), _ANSWER_TIMEOUT_S) as client:
        received = b""
        try:
            client.sendall(sent)
            while b"\r\n\r\n" not in received and (more := client.recv(4096)):
                received += more
        except ConnectionError:
            pass
        except TimeoutError:
            raise Broken(f"no answer and no end within {_ANSWER_TIMEOUT_S:g} s: {sent!r}") from None
    head, _, _ = received.lower().partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if len(words) < 2 or not words[1].isdigit():
        return None, head
    return int(words[1]), head


# --------------------------------------------------------------------- the control channel

_COMMANDS = ["status", "pause", "resume", "snooze", "feedback", "calibrate", "forget", "reload"]
_ARGUMENTS = st.one_of(
    st.dictionaries(
        st.sampled_from(["minutes", "profile", "distance_cm", "standing", "tired", "x"]),
        _JSON,
        max_size=3,
    ),
    _JSON,
)
LINES = st.one_of(
    st.builds(
        lambda command, arguments: json.dumps(
            {"command": command, "arguments": arguments}
        ).encode(),
        st.one_of(st.sampled_from(_COMMANDS), _JSON),
        _ARGUMENTS,
    ),
    _JSON.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=200).map(lambda line: line.replace(b"\n", b" ")),
    st.sampled_from([b"[" * 30_000, b'{"a":' * 10_000, b"9" * 20_000, b"\xff\xfe", b"NaN", b""]),
)


def try_line(control_file: Path, line: bytes) -> None:
    """One line of JSON that says yes or no; and the next question is answered, too."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(_ANSWER_TIMEOUT_S)
        client.connect(str(control_file))
        client.sendall(line + b"\n")
        with client.makefile("rb") as answers:
            answer = json.loads(answers.readline(), parse_constant=_no_constant)
    if not isinstance(answer.get("ok"), bool):
        raise Broken(f"{answer} to {line!r}")
    error = str(answer.get("error", ""))
    if "its log says why" in error or "can't be told" in error:
        raise Broken(f"a fault of the program's own by {line[:200]!r}")
    ask(control_file, "status", timeout_s=_ANSWER_TIMEOUT_S)


def _no_constant(name: str) -> float:
    raise Broken(f"{name} is no JSON")


# ---------------------------------------------------------------------------- manifests


def _manifest() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return {"recordings": made["recordings"][:2]}


_MANIFEST_PLACES = list(_places(_manifest()))


@st.composite
def manifests(draw: Any) -> bytes:
    """A list of recordings in which some values are others, or missing; or no list at all."""
    if draw(st.integers(0, 4)) == 0:
        return bytes(draw(st.binary(max_size=100)))
    document = _changed(draw, _manifest(), _MANIFEST_PLACES)
    return json.dumps(document).encode("utf-8")


def try_manifest(folder: Path, content: bytes) -> None:
    """Recordings in the manifest's own folder, or one sentence."""
    path = folder / "manifest.json"
    path.write_bytes(content)
    try:
        entries = read_manifest(path)
    except ValueError as error:
        _one_sentence(str(error))
        return
    for entry in entries:
        if not (folder / entry["file"]).resolve().is_relative_to(folder.resolve()):
            raise Broken(f"outside of the folder: {entry['file']!r}")


def _one_sentence(text: str) -> None:
    if not text or "\n" in text or len(text) > 600 or not text.isprintable():
        raise Broken(f"not one printable sentence: {text!r}")
