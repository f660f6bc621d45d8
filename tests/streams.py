"""Awkward recordings made on the spot, and a camera in the network that can be made to fail.

The pictures are flat: the n-th has the grey value ``shade(n)``, so that a test can say which
picture it was given after any compression.
"""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

WIDTH_PX = 64
HEIGHT_PX = 48
CORNER_GREY = 250


def shade(n: int) -> int:
    """The grey value of the n-th picture; they repeat after 16."""
    return 10 + 12 * (n % 16)


def number_of(image: np.ndarray[Any, Any]) -> int:
    """Which picture (modulo 16) this is, read where no corner can be."""
    height, width = image.shape[:2]
    middle = image[height // 2 - 4 : height // 2 + 4, width // 2 - 4 : width // 2 + 4]
    return round((float(middle.mean()) - 10.0) / 12.0)


def bright_corner(image: np.ndarray[Any, Any]) -> str:
    """Which corner is white: "top left", …; pictures are made with the top left one."""
    height, width = image.shape[:2]
    corners = {
        "top left": image[:8, :8],
        "top right": image[:8, width - 8 :],
        "bottom left": image[height - 8 :, :8],
        "bottom right": image[height - 8 :, width - 8 :],
    }
    return max(corners, key=lambda corner: float(corners[corner].mean()))


def make_video(
    path: Path,
    times_s: Sequence[float],
    *,
    width_px: int = WIDTH_PX,
    height_px: int = HEIGHT_PX,
    codec: str = "libx264",
    options: Sequence[str] = (),
) -> Path:
    """A video whose pictures have just these times; equal ones need Matroska and ``mjpeg``."""
    pictures = np.empty((len(times_s), height_px, width_px, 3), np.uint8)
    for n in range(len(times_s)):
        pictures[n] = shade(n)
        pictures[n, :8, :8] = CORNER_GREY
    steps = {round(b - a, 6) for a, b in pairwise(times_s)}
    if len(steps) == 1 and times_s[0] == 0:
        seconds = f"N*{steps.pop()}"
    else:
        seconds = "+".join(f"eq(N\\,{n})*{t}" for n, t in enumerate(times_s))
    # Decoding times that merely count let the pictures' own times repeat and go back.
    orderly = all(a < b for a, b in pairwise(times_s))
    setts = f"({seconds})/TB:duration=1"
    setts = f"setts=ts={setts}" if orderly else f"setts=pts={setts}:dts=N"
    timescale = ("-video_track_timescale", "1000") if path.suffix in {".mp4", ".mov"} else ()
    _ffmpeg(
        *("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width_px}x{height_px}", "-r", "1000"),
        *("-i", "-", "-c:v", codec, "-pix_fmt", "yuvj420p" if codec == "mjpeg" else "yuv420p"),
        *("-bf", "0", "-bsf:v", setts),
        *(*timescale, *options, str(path)),
        given=pictures.tobytes(),
    )
    return path


def cut(source: Path, target: Path, *, share: float) -> Path:
    """The first part of a file, as a full disk or a pulled plug leaves it."""
    whole = source.read_bytes()
    target.write_bytes(whole[: int(len(whole) * share)])
    return target


def remux(source: Path, target: Path, *options: str, rate: str | None = None) -> Path:
    """The same pictures in another container; ``rate`` for a source that has no times."""
    given = () if rate is None else ("-r", rate)
    _ffmpeg(*given, "-i", str(source), "-c", "copy", *options, str(target))
    return target


def noted_as_portrait(source: Path, target: Path) -> Path:
    """An MP4 with the note of a phone held upright: show it a quarter turn clockwise."""
    upright = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    turned = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, HEIGHT_PX << 16, 0, 1 << 30)
    content = source.read_bytes()
    track = content.index(b"tkhd")
    target.write_bytes(content[:track] + content[track:].replace(upright, turned, 1))
    return target


def _ffmpeg(*arguments: str, given: bytes | None = None) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], input=given, check=True, timeout=60)


def wait_for(condition: Callable[[], bool], *, timeout_s: float = 30.0) -> None:
    """Returns as soon as the condition holds; fails after ``timeout_s``."""
    end_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end_s:
            raise AssertionError(f"still not so after {timeout_s:g} s")
        time.sleep(0.005)


class LoopbackServer:
    """Listens on loopback; ``serve`` is called with each client in a thread of its own."""

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self._serve_client = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.peers: list[socket.socket] = []
        """Every client so far, in the order of their coming."""
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for end in (self._listener, *self.peers):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                self.peers.append(peer)
                threading.Thread(target=self._serve_client, args=(peer,), daemon=True).start()


class MjpegServer:
    """A network camera on loopback: multipart JPEG of a video at the video's own pace.

    It can ``stall`` (stay connected and say nothing), ``resume``, ``drop`` (end the
    connections), be unplugged (nothing listens any more) and plugged in again at the same
    address, ``refuse`` (answer 503) and hang before any answer (``mute``).
    """

    def __init__(
        self, video: Path, *, loop: bool = True, speed: float = 1.0, start_s: float = 0.0
    ) -> None:
        # Encoded beforehand: OpenCV opens one capture at a time in a process, and the client's
        # would wait for pictures from one that waits for the client's.
        pictures, self._length_s = jpegs_of(video)
        # What comes before the start is shown after the end, as the loop goes on.
        self._pictures = sorted(((t_s - start_s) % self._length_s, jpeg) for t_s, jpeg in pictures)
        self.loop = loop
        self.speed = speed
        self.pictures_sent = 0
        self.requests: list[str] = []
        self.refusing = False
        self.mute = False
        self._flowing = threading.Event()
        self._flowing.set()
        self._connections: list[socket.socket] = []
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self.plug_in()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/video.mjpg"

    def plug_in(self) -> None:
        """Listens, at the same port as before."""
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera._serve(self)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: object, client_address: object) -> None:
                """Says nothing of clients that went away."""

        self._server = Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def unplug(self) -> None:
        """Nothing listens, and every connection breaks."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        self.drop()

    def drop(self) -> None:
        """Ends every connection."""
        while self._connections:
            try:
                self._connections.pop().shutdown(2)
            except OSError:
                continue  # the client was faster

    def stall(self) -> None:
        """Sends nothing more, but stays connected."""
        self._flowing.clear()

    def resume(self) -> None:
        self._flowing.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()
        self.mute = False
        self.resume()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        self.requests.append(handler.path)
        self._connections.append(handler.connection)
        while self.mute:
            time.sleep(0.02)
        if self.refusing:
            handler.send_error(503)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "multipart/x-mixed-replace;boundary=picture")
        handler.end_headers()
        try:
            self._play(handler)
            while self.loop:
                self._play(handler)
        except OSError:
            return

    def _play(self, handler: BaseHTTPRequestHandler) -> None:
        """Sends the video once."""
        began_s = time.monotonic()
        for t_s, jpeg in self._pictures:
            time.sleep(max(began_s + t_s / self.speed - time.monotonic(), 0.0))
            self._flowing.wait()
            handler.wfile.write(
                b"--picture\r\nContent-Type: image/jpeg\r\n"
                b"Content-Length: %d\r\n\r\n%s\r\n" % (len(jpeg), jpeg)
            )
            self.pictures_sent += 1
        time.sleep(max(began_s + self._length_s / self.speed - time.monotonic(), 0.0))


@lru_cache(maxsize=4)
def jpegs_of(video: Path) -> tuple[list[tuple[float, bytes]], float]:
    """The pictures with their times, and the length with the last picture's own share."""
    capture = cv2.VideoCapture(str(video), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    pictures = []
    while capture.grab():
        t_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
        pictures.append((t_s, cv2.imencode(".jpg", capture.retrieve()[1])[1].tobytes()))
    capture.release()
    if not pictures:
        raise ValueError(f"{video} holds no pictures")
    return pictures, pictures[-1][0] * (1.0 + 1.0 / max(len(pictures) - 1, 1))


if __name__ == "__main__":  # a camera for other processes: python -m tests.streams VIDEO
    from pathlib import Path as _Path

    with MjpegServer(_Path(sys.argv[1])) as _camera:
        print(_camera.url, flush=True)
        threading.Event().wait()
