"""One RTSP connection, led through this program so that no answer can lead it elsewhere.

FFmpeg follows a redirect of an RTSP camera to any host and has no option against it. It
therefore talks to a port on loopback, and only the relay opens a connection: to the host and
port that the user gave. An answer that redirects ends both.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading

from posture_monitor.system.peers import is_own

_LOOPBACK = "127.0.0.1"
_CHUNK_BYTES = 64 * 1024
_LONGEST_LINE_BYTES = 16 * 1024
"""More than any line that FFmpeg reads whole (4 kB)."""
_REST_TIMEOUT_S = 1.0
"""For the rest of an answer that redirects, which says where to."""

_REDIRECT = re.compile(rb"RTSP/[^ \t\n]*[ \t]+\+?0*3\d\d")
"""What FFmpeg takes for a redirect, and a little more: it reads the number like C's atoi."""
_LOCATION = re.compile(rb"^location[ \t]*:[ \t]*([^\n]+)", re.IGNORECASE | re.MULTILINE)
_PLAY = re.compile(rb"^PLAY ", re.MULTILINE)


class RtspRelay:
    """Passes bytes between FFmpeg and one camera until either ends, or the camera redirects."""

    def __init__(self, host: str, port: int, *, timeout_s: float) -> None:
        """Connects to the camera; raises OSError, or TimeoutError after ``timeout_s``."""
        self.redirect: str | None = None
        """Where the camera wanted the pictures to be fetched; "" where it did not say."""
        self._timeout_s = timeout_s
        self._playing = False
        self._camera = socket.create_connection((host, port), timeout=timeout_s)
        self._camera.settimeout(None)
        self._ffmpeg: socket.socket | None = None
        self._closed = threading.Event()
        self._listener = socket.create_server((_LOOPBACK, 0), backlog=4)
        self.port: int = self._listener.getsockname()[1]
        # Daemons, for a camera that says nothing must not keep the program from ending.
        threading.Thread(target=self._run, name="rtsp-relay", daemon=True).start()

    def close(self) -> None:
        """Ends both connections; a second call is nothing."""
        self._closed.set()
        for end in (self._listener, self._camera, self._ffmpeg):
            if end is not None:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _run(self) -> None:
        try:
            with self._camera, self._listener:
                ffmpeg = self._accepted()
                if ffmpeg is None:
                    return
                with ffmpeg:
                    self._ffmpeg = ffmpeg
                    questions = threading.Thread(
                        target=self._pass_questions, args=(ffmpeg,), name="rtsp-ask", daemon=True
                    )
                    questions.start()
                    with contextlib.suppress(OSError):
                        self._pass_answers(ffmpeg)
                    self.close()
                    questions.join()
        except OSError:
            return  # closed meanwhile

    def _accepted(self) -> socket.socket | None:
        """The connection of this program's own FFmpeg; anybody else's is closed."""
        self._listener.settimeout(self._timeout_s)
        while not self._closed.is_set():
            peer, (_, port) = self._listener.accept()
            if is_own(port, self.port):
                peer.settimeout(None)
                return peer
            peer.close()
        return None

    def _pass_questions(self, ffmpeg: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while part := ffmpeg.recv(_CHUNK_BYTES):
                # FFmpeg asks one thing after the other, and after this follows no redirect.
                self._playing = self._playing or _PLAY.search(part) is not None
                self._camera.sendall(part)
        self.close()

    def _pass_answers(self, ffmpeg: socket.socket) -> None:
        seen = b""
        while part := self._camera.recv(_CHUNK_BYTES):
            if not self._playing:
                # FFmpeg leaves carriage returns out wherever they stand.
                seen += part.replace(b"\r", b"")
                if _REDIRECT.search(seen):
                    self.redirect = self._place(seen)
                    return
                seen = seen[seen.rfind(b"\n") + 1 :][:_LONGEST_LINE_BYTES]
            ffmpeg.sendall(part)

    def _place(self, seen: bytes) -> str:
        self._camera.settimeout(_REST_TIMEOUT_S)
        with contextlib.suppress(OSError):
            while b"\n\n" not in seen and len(seen) < _LONGEST_LINE_BYTES:
                part = self._camera.recv(_CHUNK_BYTES)
                if not part:
                    break
                seen += part.replace(b"\r", b"")
        found = _LOCATION.search(seen)
        return found[1].decode("utf-8", "replace").strip() if found else ""
