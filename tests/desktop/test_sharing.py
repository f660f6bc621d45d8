"""A shared screen in PipeWire's graph: the real service where it is, recorded answers beside."""

from __future__ import annotations

import json
from typing import Any

import pytest

from posture_monitor.desktop.sharing import ScreenShare
from tests.desktop.desk import need, running, told
from tests.streams import wait_for

WAYLAND = {"WAYLAND_DISPLAY": "wayland-0"}


def node(state: str = "running", **props: str) -> dict[str, Any]:
    """As pw-dump tells of one; with underscores for the dots."""
    named = {key.replace("_", "."): value for key, value in props.items()}
    return {"id": 47, "type": "PipeWire:Interface:Node", "info": {"state": state, "props": named}}


GNOME = {
    "media_class": "Stream/Output/Video",
    "media_name": "meta-screen-cast-src",
    "node_name": "gnome-shell",
}
WLROOTS = {"media_class": "Video/Source", "node_name": "xdg-desktop-portal-wlr"}
CAMERA = {"media_class": "Video/Source", "node_name": "v4l2_input.usb-camera"}
OBS = {"media_class": "Stream/Output/Video", "node_name": "obs", "media_role": "Camera"}
CALL = {"media_class": "Stream/Input/Video", "media_name": "webrtc-consume-stream"}
MUSIC = {"media_class": "Stream/Output/Audio", "node_name": "player"}


@pytest.fixture
def answered(tmp_path):
    """A pw-dump that gives recorded answers and counts how often it is asked."""
    (tmp_path / "pipewire-0").touch()
    log = tmp_path / "log"

    def answer(text: str, **environment: str) -> dict[str, str]:
        (tmp_path / "answer").write_text(text)
        tool = tmp_path / "pw-dump"
        tool.write_text(f"#!/bin/sh\necho asked >> {log}\nexec /bin/cat {tmp_path}/answer\n")
        tool.chmod(0o755)
        return {"PATH": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), **environment}

    answer.log = log  # type: ignore[attr-defined]
    return answer


@pytest.mark.parametrize(
    ("nodes", "shared"),
    [
        ([node(**GNOME)], True),
        ([node(**WLROOTS)], True),
        ([node(**MUSIC), node(**CALL), node(**GNOME)], True),
        ([node("suspended", **GNOME)], False),
        ([node("idle", **WLROOTS)], False),
        ([node(**CAMERA), node(**CALL)], False),
        ([node(**OBS)], False),
        ([node(**MUSIC)], False),
        ([], False),
        (
            [{"type": "PipeWire:Interface:Core", "info": None}, {"info": {"state": "running"}}],
            False,
        ),
        (["nonsense", None], False),
    ],
)
def test_running_stream_of_a_screen_is_a_shared_screen(answered, nodes, shared):
    assert ScreenShare(answered(json.dumps(nodes), **WAYLAND)).shared() is shared


def test_no_under_x11_is_not_believed_but_a_yes_is(answered):
    assert ScreenShare(answered("[]")).shared() is None
    assert ScreenShare(answered(json.dumps([node(**GNOME)]))).shared() is True


@pytest.mark.parametrize("answer", ["", "{}", "[", "\x00"])
def test_answer_that_can_not_be_understood_is_unknown(answered, answer):
    assert ScreenShare(answered(answer, **WAYLAND)).shared() is None


def test_tool_that_fails_is_unknown(answered, tmp_path):
    environment = answered("[]", **WAYLAND)
    (tmp_path / "pw-dump").write_text("#!/bin/sh\necho '[]'\nexit 1\n")

    assert ScreenShare(environment).shared() is None


def test_it_is_asked_rarely(answered):
    share = ScreenShare(answered("[]", **WAYLAND))
    for _ in range(5):
        share.shared()

    assert answered.log.read_text() == "asked\n"


def test_who_could_tell_is_said_and_nothing_is_started_for_it(answered, tmp_path):
    environment = answered("[]", **WAYLAND)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    assert ScreenShare(environment).teller() == "PipeWire"
    assert ScreenShare({**environment, "PATH": "/nowhere"}).teller() == (
        "unknown (pw-dump is not installed)"
    )
    for nowhere in ({"XDG_RUNTIME_DIR": str(elsewhere)}, {"XDG_RUNTIME_DIR": ""}):
        share = ScreenShare({**environment, **nowhere})
        assert share.teller() == "unknown (no PipeWire here)"
        assert share.shared() is None
    assert not answered.log.exists()


def test_real_pipewire_tells_that_nothing_is_shared(tmp_path):
    need("pipewire", "pw-dump")
    tmp_path.chmod(0o700)
    environment = {"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path), **WAYLAND}
    with running(["pipewire"], environment):
        wait_for(lambda: "Dummy-Driver" in told(["pw-dump"], environment))

        assert ScreenShare(environment).shared() is False
