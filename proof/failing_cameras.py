"""Cameras that can't be opened, that fail while they are watched, and that show nothing."""

from __future__ import annotations

import itertools
import random
import time
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from posture_monitor.domain import EventKind, State
from proof.cameras import HEAD, Connection, ScriptedCamera, part
from proof.cases import Broken, Case
from proof.watching import FILM, QUICK_TO_NOTICE, TIMEOUT_S, Watch, sentence
from tests.program import environment, posture_monitor
from tests.record import seconds
from tests.rtsp import RtspServer, redirection
from tests.streams import MjpegServer, jpegs_of, make_video, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REFUSED = "exit 1, one sentence"
OUTLIVED = "watching goes on; lost and back are recorded"
GOES_ON = "watching goes on"
GOOD_S = 2.5
"""Of good pictures after the fault, before the monitor is asked how it is."""


def cases() -> list[Case]:
    """All of them."""
    return [
        *(Case("camera at the start", *case) for case in _refused()),
        *(
            Case("camera fails", name, OUTLIVED, partial(_lost_and_back, act))
            for name, act in _LOSSES.items()
        ),
        *(
            Case("camera sends", name, GOES_ON, partial(_outlived, script))
            for name, script in _SCRIPTS.items()
        ),
        *(
            Case("camera shows", name, promise, partial(_shown, pictures, allowed))
            for name, (promise, pictures, allowed) in _SIGHTS.items()
        ),
    ]


# ------------------------------------------------------------------------- at the start

_PAGE = b"<html><body>camera</body></html>"
_LIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n"
_ANSWERS: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "wants a password (401)": (b"HTTP/1.0 401 Unauthorized\r\n\r\n", ()),
    "no such page (404)": (b"HTTP/1.0 404 Not Found\r\n\r\n", ()),
    "a fault of its own (500)": (b"HTTP/1.0 500 Oops\r\n\r\n", ()),
    "busy (503)": (b"HTTP/1.0 503 Busy\r\n\r\n", ()),
    "leads elsewhere (302)": (
        b"HTTP/1.0 302 Found\r\nLocation: http://127.0.0.2:9/x\r\n\r\n",
        ("redirects to http://127.0.0.2:9/x",),
    ),
    "leads elsewhere (307), on the same host": (
        b"HTTP/1.0 307 Moved\r\nLocation: /other\r\n\r\n",
        ("redirects to another address",),
    ),
    "a page, no pictures": (b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + _PAGE, ()),
    "a list of other addresses": (
        b"HTTP/1.0 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\n\r\n" + _LIST,
        (),
    ),
    "nothing at all": (b"", ()),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n" * 40, ()),
    "a header without end": (b"HTTP/1.0 200 OK\r\n" + b"X-More: x\r\n" * 200_000, ()),
    "a boundary and no picture": (HEAD + b"--picture\r\n\r\n", ()),
}
_ADDRESSES: dict[str, tuple[str, tuple[str, ...]]] = {
    "nobody listens": ("http://127.0.0.1:9/video", ("127.0.0.1:9/video",)),
    "a password in the address": ("http://me:hunter2@127.0.0.1:9/video", ("127.0.0.1:9",)),
    "nobody listens (RTSP)": ("rtsp://127.0.0.1:9/live", ("127.0.0.1:9",)),
    "another kind of address": ("ftp://127.0.0.1/video", ("http://",)),
    "an address without a host": ("http:///video", ("names no host",)),
    "a port that can't be": ("http://127.0.0.1:99999/video", ()),
    "no camera of that number": ("7", ()),
    "no camera of that name": ("Front Window", ()),
    "a name of nothing": ("", ()),
}


def _refused() -> list[tuple[str, str, Callable[[Path], str]]]:
    made: list[tuple[str, str, Callable[[Path], str]]] = []
    for name, (answer, words) in _ANSWERS.items():
        made.append((name, REFUSED, partial(_refused_answer, answer, words)))
    for name, (address, words) in _ADDRESSES.items():
        made.append((name, REFUSED, partial(_refused_address, address, words)))
    made += [
        ("takes the call and is silent", REFUSED, _refused_mute),
        ("leads elsewhere (RTSP)", REFUSED, _refused_rtsp),
        ("no RTSP", REFUSED, _refused_no_rtsp),
    ]
    return made


def _refused_address(address: str, words: tuple[str, ...], folder: Path) -> str:
    done = posture_monitor(
        *("--data-dir", folder / "data", "run", "--source", address, "--no-tray"),
        environ=environment(**QUICK_TO_NOTICE),
    )
    if "hunter2" in done.stdout + done.stderr:
        raise Broken("the password is told")
    return sentence(done, *words)


def _refused_answer(answer: bytes, words: tuple[str, ...], folder: Path) -> str:
    with ScriptedCamera(lambda client: client.send(answer)) as camera:
        return _refused_address(camera.url, words, folder)


def _refused_mute(folder: Path) -> str:
    with ScriptedCamera(lambda _client: time.sleep(TIMEOUT_S)) as camera:
        return _refused_address(camera.url, ("did not answer within 3 s",), folder)


def _refused_rtsp(folder: Path) -> str:
    video = make_video(folder / "camera.mp4", [n / 25.0 for n in range(5)])
    elsewhere = {"DESCRIBE": redirection("rtsp://127.0.0.2:9/x")}
    with RtspServer(video, redirect=elsewhere) as camera:
        return _refused_address(camera.url, ("redirects to rtsp://127.0.0.2:9/x",), folder)


def _refused_no_rtsp(folder: Path) -> str:
    with ScriptedCamera(lambda client: client.send(b"\0" * 5000)) as camera:
        return _refused_address(f"rtsp://127.0.0.1:{camera.port}/live", (), folder)


# ------------------------------------------------------------------- while it is watched


def _unplug(camera: MjpegServer) -> Callable[[], None]:
    camera.unplug()
    return camera.plug_in


def _stall(camera: MjpegServer) -> Callable[[], None]:
    camera.stall()
    return camera.resume


def _refuse(camera: MjpegServer) -> Callable[[], None]:
    camera.refusing = True
    camera.drop()
    return partial(setattr, camera, "refusing", False)


def _mute(camera: MjpegServer) -> Callable[[], None]:
    camera.mute = True
    camera.drop()
    return partial(setattr, camera, "mute", False)


_LOSSES: dict[str, Callable[[MjpegServer], Callable[[], None]]] = {
    "unplugged, and plugged in again": _unplug,
    "stays connected and is silent": _stall,
    "ends the connection, then is busy (503)": _refuse,
    "ends the connection, then is silent": _mute,
}


def _lost_and_back(lose: Callable[[MjpegServer], Callable[[], None]], folder: Path) -> str:
    with MjpegServer(FILM) as camera, Watch(folder, camera.url) as watch:
        watch.wait_until_on()
        bring_back = lose(camera)
        watch.wait_until_told("waiting for it to come back")
        bring_back()
        watch.wait_until_told("the camera is back")
        watch.wait_until_on()
        watch.end()
    told = [kind for kind in watch.events if kind in {EventKind.CAMERA_LOST, EventKind.CAMERA_BACK}]
    if told != [EventKind.CAMERA_LOST, EventKind.CAMERA_BACK]:
        raise Broken(f"recorded: {', '.join(told)}")
    return watch.told()


# ----------------------------------------------------------------------- what it sends


def _then_good(fault: Callable[[Connection], None]) -> Callable[[Connection], None]:
    """The fault after two seconds of the first connection; nothing wrong with the later ones."""

    def script(client: Connection) -> None:
        client.send(HEAD)
        if client.number == 0:
            client.pictures(2.0)
            client.good_s = 0.0
            try:
                fault(client)
            finally:
                client.over()
        client.pictures()

    return script


def _film() -> list[bytes]:
    return [jpeg for _, jpeg in jpegs_of(FILM)[0]]


def _sent(*contents: bytes) -> Callable[[Connection], None]:
    return _then_good(lambda client: client.send(b"".join(contents)))


def _half(client: Connection) -> None:
    jpeg = client.jpeg()
    client.send(part(jpeg[: len(jpeg) // 2]))


def _damaged(client: Connection) -> None:
    chance = random.Random(1)
    for number in range(40):
        jpeg = bytearray(client.jpeg(number))
        for _ in range(20):
            jpeg[chance.randrange(len(jpeg))] = chance.randrange(256)
        client.send(part(bytes(jpeg)))
        time.sleep(0.02)


def _encoded(*size: int, grey: bool = False, progressive: bool = False) -> bytes:
    shape = size if grey else (*size, 3)
    picture = np.full(shape, 90, np.uint8)
    options = [cv2.IMWRITE_JPEG_PROGRESSIVE, int(progressive)]
    return cv2.imencode(".jpg", picture, options)[1].tobytes()


def _drip(client: Connection) -> None:
    for byte in part(client.jpeg())[:300]:
        client.send(bytes([byte]))
        time.sleep(0.01)


def _flapping(client: Connection) -> None:
    client.send(HEAD)
    if client.number < 4:
        client.pictures(1.0)
        client.reset()
        return
    client.over()
    client.pictures()


def _burst(client: Connection) -> None:
    for number in range(300):
        client.send(part(client.jpeg(number)))


_NOISE = random.Random(2).randbytes(2_000_000)
_SCRIPTS: dict[str, Callable[[Connection], None]] = {
    "half a picture, then none right": _then_good(_half),
    "pictures with damaged bytes": _then_good(_damaged),
    "noise in place of a picture": _sent(*[part(_NOISE[:20_000])] * 20),
    "2 MB of noise without a boundary": _sent(_NOISE),
    "empty pictures": _sent(*[part(b"")] * 100),
    "a length that is too long": _then_good(lambda c: c.send(part(c.jpeg(), length="999999"))),
    "a length below zero": _then_good(lambda c: c.send(part(c.jpeg(), length="-5"))),
    "a length of 10^18": _then_good(lambda c: c.send(part(c.jpeg(), length=str(10**18)))),
    "a length that is no number": _then_good(lambda c: c.send(part(c.jpeg(), length="much"))),
    "a header of 1 MB": _sent(b"--picture\r\nX: " + b"x" * 1_000_000),
    "a page in between": _sent(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + _PAGE),
    "another size": _sent(*[part(_encoded(240, 320))] * 10, *[part(_encoded(720, 1280))] * 10),
    "a picture of one point": _sent(*[part(_encoded(1, 1))] * 10),
    "grey and progressive pictures": _sent(
        *[part(_encoded(480, 640, grey=True))] * 10, *[part(_encoded(480, 640, progressive=True))]
    ),
    "300 pictures at once": _then_good(_burst),
    "a byte at a time": _then_good(_drip),
    "a connection that is reset": _then_good(Connection.reset),
    "connections that end after a second, again and again": _flapping,
}


def _outlived(script: Callable[[Connection], None], folder: Path) -> str:
    with ScriptedCamera(script, _film()) as camera, Watch(folder, camera.url) as watch:
        watch.wait_until_on()
        wait_for(lambda: camera.over and camera.clients[-1].good_s > GOOD_S, timeout_s=TIMEOUT_S)
        watch.wait_until_on()
        watch.end()
    return watch.told()


# ----------------------------------------------------------------------- what it shows


def _flat(brightness: int) -> np.ndarray:
    return np.full((480, 640, 3), brightness, np.uint8)


def _noise() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (480, 640, 3), np.uint8)


_UNKNOWN = frozenset({State.UNKNOWN})
_SIGHTS: dict[str, tuple[str, Callable[[], np.ndarray] | None, frozenset[State]]] = {
    "black pictures": ("unknown, never away", partial(_flat, 0), _UNKNOWN),
    "white pictures": ("unknown, never away", partial(_flat, 255), _UNKNOWN),
    "grey pictures": ("unknown, never away", partial(_flat, 120), _UNKNOWN),
    "noise": ("unknown, never away", _noise, _UNKNOWN),
    "one picture of a person again and again": (
        "judged like a person",
        None,
        frozenset({State.SITTING, State.UNKNOWN}),
    ),
}


def _shown(
    picture: Callable[[], np.ndarray] | None, allowed: frozenset[State], folder: Path
) -> str:
    jpeg = _film()[0] if picture is None else cv2.imencode(".jpg", picture())[1].tobytes()

    def script(client: Connection) -> None:
        client.send(HEAD)
        for _ in itertools.count():
            client.send(part(jpeg))
            time.sleep(0.05)

    with ScriptedCamera(script) as camera, Watch(folder, camera.url) as watch:
        wait_for(lambda: watch.recorded_s > 4.0, timeout_s=TIMEOUT_S)
        watch.end()
    others = [state for state in State if state not in allowed and seconds(watch.intervals, state)]
    if others:
        raise Broken(watch.told())
    if picture is None and not seconds(watch.intervals, State.SITTING):
        raise Broken(watch.told())
    return watch.told()
