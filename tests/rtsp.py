"""An RTSP camera on loopback, written by hand: pictures over TCP, or a redirect at any step."""

from __future__ import annotations

import re
import socket
import subprocess
import threading
import time
from contextlib import suppress
from itertools import cycle
from typing import TYPE_CHECKING

from tests.streams import LoopbackServer

if TYPE_CHECKING:
    from pathlib import Path


class RtspServer(LoopbackServer):
    """Plays a video over and over, 25 pictures a second, to anyone who asks in RTSP over TCP."""

    def __init__(self, video: Path, *, redirect: dict[str, str] | None = None) -> None:
        """``redirect`` answers a method (DESCRIBE, …) with these lines instead."""
        self._sdp, self._packets = packets_of(video)
        stamps = [int.from_bytes(packet[4:8]) for packet in self._packets]
        self._length = (stamps[-1] - stamps[0]) % 2**32 + 3600  # one picture more, at 90 kHz
        self.redirect = redirect or {}
        self.requests: list[str] = []
        """First lines, as they came."""
        self.heads: list[str] = []
        super().__init__(self._serve)

    @property
    def connections(self) -> int:
        return len(self.peers)

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live"

    def _serve(self, peer: socket.socket) -> None:
        sending = threading.Lock()
        with suppress(OSError), peer.makefile("rb") as lines:
            while head := _head(lines):
                method, target, _ = head.split("\r\n")[0].split(" ", 2)
                self.requests.append(f"{method} {target}")
                self.heads.append(head)
                number = re.search(r"CSeq: *(\d+)", head, re.IGNORECASE)
                with sending:
                    peer.sendall(self._answer(method, target, number[1] if number else "0"))
                if method == "PLAY" and method not in self.redirect:
                    threading.Thread(target=self._play, args=(peer, sending), daemon=True).start()

    def _answer(self, method: str, target: str, number: str) -> bytes:
        if method in self.redirect:
            return self.redirect[method].format(number=number).encode("latin-1")
        extra, body = "", ""
        if method == "DESCRIBE":
            body = self._sdp
            extra = f"Content-Base: {target}/\r\nContent-Type: application/sdp\r\n"
        elif method == "SETUP":
            extra = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
        return (
            f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\nSession: 1\r\n{extra}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def _play(self, peer: socket.socket, sending: threading.Lock) -> None:
        with suppress(OSError):
            for sent, packet in enumerate(cycle(self._packets)):
                rounds = sent // len(self._packets)
                stamp = int.from_bytes(packet[4:8]) + rounds * self._length
                counted = (sent & 0xFFFF).to_bytes(2) + (stamp & 0xFFFFFFFF).to_bytes(4)
                whole = packet[:2] + counted + packet[8:]
                with sending:
                    peer.sendall(b"$\0" + len(whole).to_bytes(2) + whole)
                if packet[1] & 0x80:  # the last of a picture
                    time.sleep(0.04)


def redirection(place: str, *, status: str = "RTSP/1.0 302 Moved") -> str:
    """An answer that sends the client elsewhere."""
    return f"{status}\r\nCSeq: {{number}}\r\nLocation: {place}\r\n\r\n"


def _head(lines) -> str:
    head = b""
    while (line := lines.readline()) not in (b"", b"\r\n"):
        head += line
    return head.decode("latin-1")


def packets_of(video: Path) -> tuple[str, list[bytes]]:
    """The session's description and the RTP packets of a video, made by FFmpeg itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        receiver.bind(("127.0.0.1", 0))
        receiver.setblocking(False)
        address = f"rtp://127.0.0.1:{receiver.getsockname()[1]}?pkt_size=1200"
        done = subprocess.run(
            ["ffmpeg", "-v", "error", "-i", str(video), "-c", "copy", "-f", "rtp", address],
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        packets = []
        with suppress(BlockingIOError):
            while True:
                packets.append(receiver.recv(4096))
    sdp = done.stdout.split("SDP:\n", 1)[-1].strip() + "\na=control:streamid=0\n"
    return sdp.replace("\n", "\r\n"), packets
