"""Only the address that the user gave is contacted, whatever stands behind it."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from posture_monitor.config import CameraSettings
from posture_monitor.domain import CameraError
from posture_monitor.system.clock import SystemClock
from posture_monitor.system.peers import is_own
from posture_monitor.vision import streams
from posture_monitor.vision.capture import open_source
from posture_monitor.vision.relay import RtspRelay
from tests.rtsp import RtspServer, redirection
from tests.streams import MjpegServer, make_video, number_of

LIMITS = CameraSettings(open_limit_s=3.0, read_limit_s=2.0)


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / "camera.mp4"
    return make_video(path, [n / 25.0 for n in range(25)])


@pytest.fixture
def elsewhere(video):
    """A camera that would deliver, if somebody asked it."""
    with MjpegServer(video) as camera:
        yield camera


@contextmanager
def answering(status: int, headers: dict[str, str], body: bytes = b""):
    """An HTTP server that gives one answer to everything; its address and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def refusal(address: str) -> str:
    with pytest.raises(CameraError) as caught:
        open_source(address, LIMITS, clock=SystemClock())
    return str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_of_an_http_camera_is_not_followed_and_told(elsewhere, status):
    place = elsewhere.url.replace("127.0.0.1", "localhost")

    with answering(status, {"Location": place}) as (address, _):
        said = refusal(f"{address}/video")

    assert elsewhere.requests == []
    assert said.startswith(f"{address}/video redirects to {place}, which is not followed")


def test_a_redirect_on_the_same_host_is_not_followed_either():
    with answering(302, {"Location": "/other"}) as (address, asked):
        said = refusal(f"{address}/video")

    assert set(asked) == {"/video"}
    assert "redirects to another address" in said


def test_the_place_of_a_redirect_is_shown_without_secrets_and_control_characters():
    with answering(302, {"Location": "http://me:hunter2@10.0.0.9/\x1b[2J?token=abc"}) as (
        address,
        _,
    ):
        said = refusal(f"{address}/video")

    assert "http://10.0.0.9/[2J," in said


def test_no_proxy_of_the_environment_is_asked(elsewhere, monkeypatch):
    with answering(200, {}) as (proxy, asked):
        monkeypatch.setenv("http_proxy", proxy)
        with open_source(elsewhere.url, LIMITS, clock=SystemClock()) as source:
            frame = source.read()

    assert frame is not None
    assert asked == []


def test_options_of_the_environment_do_not_open_the_fence(elsewhere, monkeypatch):
    monkeypatch.setenv(
        "OPENCV_FFMPEG_CAPTURE_OPTIONS", "max_redirects;8|protocol_whitelist;http,https,tcp,rtp,udp"
    )

    with answering(302, {"Location": elsewhere.url}) as (address, _):
        refusal(f"{address}/video")

    assert elsewhere.requests == []


def test_an_opencv_that_follows_redirects_is_not_used(elsewhere, monkeypatch):
    monkeypatch.setattr(streams, "ffmpeg_version", lambda: (62, 3))

    assert "pip install 'opencv-contrib-python>=4.14'" in refusal(elsewhere.url)
    assert elsewhere.requests == []


# ------------------------------------------------------------------------------- rtsp


def test_an_rtsp_camera_delivers_pictures_through_the_relay(video):
    with RtspServer(video) as camera:
        with open_source(camera.url, LIMITS, clock=SystemClock()) as source:
            frames = [source.read() for _ in range(3)]
        asked = [line.split(" ")[0] for line in camera.requests]

    assert [frame.image.shape for frame in frames if frame] == [(48, 64, 3)] * 3
    assert frames[0] is not None
    assert 0 <= number_of(frames[0].image) < 16
    assert asked[:4] == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"]
    assert camera.connections == 1


@pytest.mark.parametrize("method", ["OPTIONS", "DESCRIBE", "SETUP"])
def test_a_redirect_of_an_rtsp_camera_is_not_followed_and_told(video, method):
    with RtspServer(video) as other:
        place = other.url.replace("127.0.0.1", "localhost")
        with RtspServer(video, redirect={method: redirection(place)}) as camera:
            said = refusal(camera.url)

    assert other.connections == 0
    assert said.startswith(f"{camera.url} redirects to {place}, which is not followed")


@pytest.mark.parametrize(
    "status",
    ["RTSP/1.0 301 x", "RTSP/9 \t+000303", "RT\rSP/1.0 30\r2 x", "hello\nRTSP/1.0 302",
     "$\0\0\x05helloRTSP/1.0 302 x"],
)  # fmt: skip
def test_a_disguised_redirect_is_not_followed(video, status):
    with RtspServer(video) as other:
        answer = redirection(other.url, status=status)
        with RtspServer(video, redirect={"DESCRIBE": answer}) as camera:
            refusal(camera.url)

    assert other.connections == 0


def test_an_rtsp_camera_is_asked_with_user_and_password_and_the_text_has_neither(video):
    challenge = 'RTSP/1.0 401 No\r\nCSeq: {number}\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n'
    with RtspServer(video, redirect={"DESCRIBE": challenge}) as camera:
        said = refusal(camera.url.replace("//", "//me:hunter2@"))

    assert any("Authorization: Basic bWU6aHVudGVyMg==" in head for head in camera.heads)
    assert "hunter2" not in said
    assert camera.url in said


def test_an_rtsp_camera_is_never_read_over_udp(video, monkeypatch):
    monkeypatch.setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;udp")

    with RtspServer(video) as camera:
        with open_source(camera.url, LIMITS, clock=SystemClock()) as source:
            source.read()
        setups = [head for head in camera.heads if head.startswith("SETUP")]

    assert len(setups) == 1
    assert "Transport: RTP/AVP/TCP" in setups[0]


def test_an_rtsp_address_that_never_answers_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"rtsp://127.0.0.1:{silent.getsockname()[1]}/live"
        with pytest.raises(CameraError, match=r"did not answer within 0\.8 s"):
            open_source(address, CameraSettings(open_limit_s=0.8), clock=SystemClock())


def test_the_relay_ends_with_its_source(video):
    with RtspServer(video) as camera:
        with open_source(camera.url, LIMITS, clock=SystemClock()) as source:
            source.read()
        names = [thread for thread in threading.enumerate() if thread.name.startswith("rtsp-")]
        for thread in names:
            thread.join(5.0)

    assert not any(thread.is_alive() for thread in names)


def test_nobody_else_is_let_into_the_relay(video, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    with RtspServer(video) as camera:
        relay = RtspRelay("127.0.0.1", camera.port, timeout_s=2.0)
        with socket.create_connection(("127.0.0.1", relay.port)) as stranger:
            stranger.settimeout(2.0)
            stranger.sendall(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")
            try:
                answer = stranger.recv(100)
            except ConnectionResetError:
                answer = b""
        relay.close()

    assert answer == b""
    assert camera.requests == []


def test_a_connection_is_known_by_its_two_ends():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            assert is_own(client.getsockname()[1], port)
            assert not is_own(client.getsockname()[1], port + 1)
