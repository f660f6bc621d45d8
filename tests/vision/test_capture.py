"""Recordings in awkward shapes, a network camera that fails, and a driver that hangs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from posture_monitor.config import CameraSettings
from posture_monitor.domain import CameraError
from posture_monitor.ports import FrameSource
from posture_monitor.system.clock import SystemClock
from posture_monitor.vision.cameras import Camera, find_camera, linux_cameras, list_cameras
from posture_monitor.vision.capture import open_source
from posture_monitor.vision.live import LiveSource
from posture_monitor.vision.recordings import FileSource
from posture_monitor.vision.streams import shown
from tests.streams import (
    MjpegServer,
    bright_corner,
    cut,
    make_video,
    noted_as_portrait,
    number_of,
    remux,
    wait_for,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


class HandWoundClock:
    """Stands still until someone sleeps; remembers for how long."""

    def __init__(self) -> None:
        self.t_s = 1000.0
        self.slept: list[float] = []

    def monotonic_s(self) -> float:
        return self.t_s

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.t_s - 1000.0)

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.t_s += seconds


class ImpatientClock(SystemClock):
    """Real time, in which a sleep moves the clock ahead instead."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.ahead_s

    def sleep(self, seconds: float) -> None:
        self.ahead_s += seconds


class ScriptedCapture:
    """A driver that grabs what it is told and writes down what happened to it.

    ``script`` has one entry a grab: True (a picture), False (gone), "hang" (until released by
    the test) or "damaged" (a picture that can't be decoded). At its end it hangs.
    """

    def __init__(self, *script: object) -> None:
        self.script = list(script)
        self.grabs = 0
        self.released = False
        self.let_go = threading.Event()
        self.damaged = False

    def grab(self) -> bool:
        self.grabs += 1
        step = self.script.pop(0) if self.script else "hang"
        if step == "hang":
            self.let_go.wait(30.0)
            return False
        self.damaged = step == "damaged"
        return bool(step)

    def retrieve(self):
        return (not self.damaged, np.full((4, 6, 3), 7, np.uint8))

    def release(self) -> None:
        self.released = True


class Driver:
    """Hands out the prepared captures, one for each time the camera is opened."""

    def __init__(self, *captures: ScriptedCapture | CameraError) -> None:
        self.captures = list(captures)
        self.opened = 0

    def __call__(self) -> ScriptedCapture:
        self.opened += 1
        capture = self.captures.pop(0)
        if isinstance(capture, CameraError):
            raise capture
        return capture


def play(path: Path, *, speed: float | None = None, clock=None, **settings) -> FileSource:
    source = open_source(
        str(path),
        CameraSettings(**settings),
        clock=clock or HandWoundClock(),
        speed=speed,
        start_at=NOON,
    )
    assert isinstance(source, FileSource)
    return source


def everything(source: FileSource):
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    return frames


def refusal(src: object, *, open_limit_s: float = 5.0) -> str:
    with pytest.raises(CameraError) as caught:
        open_source(str(src), CameraSettings(open_limit_s=open_limit_s), clock=SystemClock())
    return str(caught.value)


def steady(count: int, step_s: float = 0.1) -> list[float]:
    return [round(n * step_s, 3) for n in range(count)]


def live(driver: Driver, *, clock=None, read_limit_s: float = 0.5) -> LiveSource:
    settings = CameraSettings(read_limit_s=read_limit_s)
    return LiveSource("desk camera", driver, settings, clock=clock or ImpatientClock())


def read_until_lost(source: FrameSource) -> str:
    """What is said when the pictures end; those that are still on the way are read."""
    said: list[str] = []

    def lost() -> bool:
        try:
            source.read()
        except CameraError as error:
            said.append(str(error))
        return bool(said)

    wait_for(lost)
    return said[0]


def read_again(source: FrameSource):
    """The first frame after losses; a lost camera may be read as often as one likes."""
    frames = []

    def came_back() -> bool:
        try:
            frames.append(source.read())
        except CameraError:
            return False
        return True

    wait_for(came_back, timeout_s=20.0)
    return frames[0]


# --------------------------------------------------------------------------- recordings


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("day.mp4", "libx264"),
        ("day.mov", "libx264"),
        ("day.mkv", "libx264"),
        ("day.webm", "libvpx"),
        ("day.avi", "mjpeg"),
    ],
)
def test_every_picture_of_any_container_comes_once_and_in_order(tmp_path, name, codec):
    made = make_video(tmp_path / "made.mkv", steady(12), codec=codec)
    video = remux(made, tmp_path / name)

    with play(video) as source:
        frames = everything(source)

    assert [frame.index for frame in frames] == list(range(12))
    assert [number_of(frame.image) for frame in frames] == list(range(12))
    assert [round(frame.t_s, 2) for frame in frames] == steady(12)


def test_variable_frame_rate_keeps_the_containers_own_times(tmp_path):
    times_s = [0.0, 0.033, 0.066, 0.5, 0.51, 2.75, 9.0]
    video = make_video(tmp_path / "vfr.mp4", times_s)

    frames = everything(play(video))

    assert [frame.t_s for frame in frames] == times_s


def test_time_lapse_with_ten_seconds_between_pictures_keeps_its_times(tmp_path):
    video = make_video(tmp_path / "lapse.mkv", [5.0, 15.0, 25.0, 35.0])

    source = play(video)
    frames = everything(source)

    assert [frame.t_s for frame in frames] == [0.0, 10.0, 20.0, 30.0]
    assert source.duration_s == pytest.approx(30.0, abs=0.1)
    assert not source.truncated


def test_repeated_and_swapped_times_are_repaired_without_shifting_the_rest(tmp_path):
    video = make_video(tmp_path / "dup.mkv", [0.0, 0.1, 0.1, 0.1, 0.3, 0.25, 0.5], codec="mjpeg")

    frames = everything(play(video))

    assert [frame.t_s for frame in frames] == [0.0, 0.1, 0.101, 0.102, 0.3, 0.301, 0.5]
    assert [number_of(frame.image) for frame in frames] == [0, 1, 2, 3, 4, 5, 6]


def test_video_without_any_times_counts_at_its_nominal_rate(tmp_path):
    made = make_video(tmp_path / "made.mkv", steady(5))
    video = remux(made, tmp_path / "raw.h264")

    source = play(video)
    frames = everything(source)

    assert [frame.t_s for frame in frames] == [0.0, 0.04, 0.08, 0.12, 0.16]
    assert source.duration_s is None
    assert source.warning is None


def test_recordings_glued_together_go_on_counting(tmp_path):
    part = make_video(tmp_path / "made.mkv", [n / 25 for n in range(50)])
    stream = remux(part, tmp_path / "part.ts").read_bytes()
    (tmp_path / "glued.ts").write_bytes(stream + stream)

    times_s = [frame.t_s for frame in everything(play(tmp_path / "glued.ts"))]

    assert len(times_s) == 100
    assert times_s == sorted(set(times_s))
    assert times_s[-1] == pytest.approx(3.96, abs=0.05)


def test_one_picture_is_a_recording_too(tmp_path):
    video = make_video(tmp_path / "one.mp4", [0.0])

    source = play(video)
    frames = everything(source)

    assert [(frame.t_s, frame.index) for frame in frames] == [(0.0, 0)]
    assert source.read() is None
    assert not source.truncated


def test_wall_time_runs_from_the_given_start(tmp_path):
    video = make_video(tmp_path / "day.mp4", [0.0, 90.5])
    clock = HandWoundClock()
    clock.t_s += 3600.0

    frames = everything(play(video, clock=clock))

    assert [frame.wall_at for frame in frames] == [NOON, NOON + timedelta(seconds=90.5)]


def test_wall_time_starts_now_unless_told(tmp_path):
    video = make_video(tmp_path / "day.mp4", [0.0, 2.0])
    clock = HandWoundClock()
    clock.t_s += 60.0

    source = open_source(str(video), CameraSettings(), clock=clock, speed=None)
    frame = source.read()

    assert frame is not None
    assert frame.wall_at == NOON + timedelta(minutes=1)


def test_skipping_gives_the_first_picture_at_or_after_the_asked_time(tmp_path):
    source = play(make_video(tmp_path / "day.mp4", steady(16)))

    seen = [source.read(skip_until_s=until_s) for until_s in (0.0, 0.5, 0.55, 0.2, 1.5)]

    assert [(frame.t_s, frame.index, number_of(frame.image)) for frame in seen if frame] == [
        (0.0, 0, 0),
        (0.5, 5, 5),
        (0.6, 6, 6),
        (0.7, 7, 7),
        (1.5, 15, 15),
    ]


def test_third_of_a_second_is_met_although_the_container_rounds(tmp_path):
    made = make_video(tmp_path / "made.mkv", steady(4))
    video = remux(remux(made, tmp_path / "raw.h264"), tmp_path / "thirds.mp4", rate="3")

    frame = play(video).read(skip_until_s=1 / 3)

    assert frame is not None
    assert frame.index == 1


def test_skipping_past_the_end_ends(tmp_path):
    source = play(make_video(tmp_path / "day.mp4", steady(4)))

    frame = source.read(skip_until_s=60.0)

    assert frame is None
    assert source.progress == 1.0


@pytest.mark.parametrize(
    ("speed", "slept"),
    [(1.0, [1.0, 2.0, 10.0]), (2.0, [0.5, 1.0, 5.0]), (None, [])],
)
def test_recording_plays_at_its_own_pace_or_a_multiple_of_it(tmp_path, speed, slept):
    clock = HandWoundClock()
    video = make_video(tmp_path / "day.mp4", [0.0, 1.0, 3.0, 13.0])

    everything(play(video, speed=speed, clock=clock))

    assert clock.slept == slept


def test_time_spent_on_a_picture_is_not_waited_again(tmp_path):
    clock = HandWoundClock()
    source = play(make_video(tmp_path / "day.mp4", [0.0, 1.0, 2.0]), speed=1.0, clock=clock)

    source.read()
    clock.t_s += 0.75
    source.read()
    clock.t_s += 3.0
    source.read()

    assert clock.slept == [0.25]


def test_late_start_in_a_recording_costs_no_wait(tmp_path):
    clock = HandWoundClock()
    source = play(make_video(tmp_path / "day.mp4", steady(5, 10.0)), speed=1.0, clock=clock)

    source.read(skip_until_s=30.0)
    source.read()

    assert clock.slept == [10.0]


def test_portrait_video_stays_upright(tmp_path):
    video = make_video(tmp_path / "phone.mp4", steady(2), width_px=48, height_px=64)

    frame = play(video).read()

    assert frame is not None
    assert (frame.width_px, frame.height_px) == (48, 64)
    assert bright_corner(frame.image) == "top left"


def test_rotation_noted_in_the_file_is_followed(tmp_path):
    made = make_video(tmp_path / "made.mp4", steady(2))
    video = noted_as_portrait(made, tmp_path / "turned.mp4")

    frame = play(video).read()

    assert frame is not None
    assert (frame.width_px, frame.height_px) == (48, 64)
    assert bright_corner(frame.image) == "top right"


@pytest.mark.parametrize(
    ("rotate", "mirror", "corner", "size"),
    [
        ("0", False, "top left", (64, 48)),
        ("0", True, "top right", (64, 48)),
        ("90", False, "top right", (48, 64)),
        ("180", False, "bottom right", (64, 48)),
        ("270", False, "bottom left", (48, 64)),
        ("90", True, "top left", (48, 64)),
    ],
)
def test_odd_cameras_are_turned_clockwise_then_unmirrored(tmp_path, rotate, mirror, corner, size):
    video = make_video(tmp_path / "odd.mp4", steady(2))

    frame = play(video, rotate=rotate, mirror=mirror).read()

    assert frame is not None
    assert bright_corner(frame.image) == corner
    assert (frame.width_px, frame.height_px) == size


@pytest.mark.parametrize(
    ("name", "codec"), [("cut.mkv", "libx264"), ("cut.avi", "mjpeg"), ("cut.webm", "libvpx")]
)
def test_recording_that_was_cut_off_is_used_up_to_there_and_says_so(tmp_path, name, codec):
    made = make_video(tmp_path / "made.mkv", steady(100), codec=codec)
    whole = remux(made, tmp_path / f"whole_{name}")
    source = play(cut(whole, tmp_path / name, share=0.5))

    frames = everything(source)

    assert 20 < len(frames) < 80
    assert source.truncated
    assert source.warning == (
        f"{name} breaks off at {frames[-1].t_s:.1f} s of {source.duration_s:.1f} s;"
        " what is there was used"
    )


def test_mp4_with_its_index_in_front_is_used_up_to_where_it_was_cut_off(tmp_path):
    made = make_video(tmp_path / "made.mkv", steady(100))
    whole = remux(made, tmp_path / "whole.mp4", "-movflags", "faststart")
    source = play(cut(whole, tmp_path / "cut.mp4", share=0.75))

    frames = everything(source)

    assert 10 < len(frames) < 95
    assert source.truncated


def test_whole_recording_is_not_called_cut_off(tmp_path):
    source = play(make_video(tmp_path / "day.mp4", steady(20)))

    everything(source)

    assert not source.truncated
    assert source.warning is None


def test_progress_grows_from_nothing_to_one(tmp_path):
    source = play(make_video(tmp_path / "day.mp4", steady(10)))
    progress = []

    while source.read() is not None:
        progress.append(source.progress)
    progress.append(source.progress)

    assert source.duration_s == pytest.approx(1.0, abs=0.11)
    assert None not in progress
    assert progress == sorted(share for share in progress if share is not None)
    assert progress[0] == 0.0
    assert progress[-1] == 1.0


def test_source_is_known_by_the_files_name(tmp_path):
    source = play(make_video(tmp_path / "monday desk.mp4", steady(2)))

    assert source.name == "monday desk.mp4"
    assert not source.live


def test_file_that_is_spelled_like_an_address_or_pattern_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("http:day.mp4", "a%03d.mp4", "concat:a|b.mp4"):
        make_video(tmp_path / "made.mp4", steady(2)).rename(tmp_path / name)

    seen = [len(everything(play(Path(n)))) for n in ("http:day.mp4", "a%03d.mp4", "concat:a|b.mp4")]

    assert seen == [2, 2, 2]


# --------------------------------------------------------------------------- refusals


def test_missing_file_is_told(tmp_path):
    path = tmp_path / "none.mp4"

    assert refusal(path) == f"there is no file {path}; check the name and the folder"


def test_folder_is_told(tmp_path):
    assert refusal(tmp_path) == f"{tmp_path} is a folder; name one of the videos in it"


def test_empty_file_is_told(tmp_path):
    path = tmp_path / "empty.mp4"
    path.touch()

    assert refusal(path) == f"{path} is empty (0 bytes); record or copy it again"


def test_text_named_like_a_video_is_told(tmp_path):
    path = tmp_path / "text.mp4"
    path.write_text("Dear diary, today I sat.\n" * 100)

    assert refusal(path) == f"{path} is a text or a playlist, not a video; name a video file"


def test_noise_named_like_a_video_is_told(tmp_path):
    path = tmp_path / "noise.mp4"
    path.write_bytes(bytes(range(256)) * 64)

    assert refusal(path) == (
        f"{path} is not a video that can be read; name a video file such as an MP4"
    )


def test_mp4_that_lost_its_index_is_told(tmp_path):
    path = cut(make_video(tmp_path / "day.mp4", steady(20)), tmp_path / "cut.mp4", share=0.5)

    assert refusal(path) == (
        f"{path} is cut off or damaged, or holds no pictures (its index can't be read);"
        " record or copy it again"
    )


def test_recording_cut_off_before_its_first_picture_is_told(tmp_path):
    made = make_video(tmp_path / "made.mkv", steady(20))
    whole = remux(made, tmp_path / "whole.mp4", "-movflags", "faststart")
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole.read_bytes()[: whole.read_bytes().index(b"mdat") + 8])

    assert refusal(path) == (
        f"{path} holds no picture that can be read; it may have been cut off:"
        " record or copy it again"
    )


def test_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")

    assert refusal(tmp_path / "pipe.mp4").endswith("is not a file; name a video file")


def test_empty_source_is_told():
    assert refusal("") == "the source is empty; name a camera, a video file or an address"


@pytest.mark.parametrize("src", ["file:///etc/passwd", "concat://a|b", "FTP://host/x", "://x"])
def test_other_addresses_are_refused(src):
    assert "can't be opened; use http://, https:// or rtsp://" in refusal(src)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{url}\n#EXT-X-ENDLIST\n"),
        ("list.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{url}\n#EXT-X-ENDLIST\n"),
        ("binary.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{url}\n#\0\xff\n"),
        ("concat.mp4", "ffconcat version 1.0\nfile '{url}'\n"),
        ("dash.mp4", "<?xml version='1.0'?><MPD><BaseURL>{url}</BaseURL></MPD>"),
        ("asx.mp4", "<asx version='3.0'><entry><ref href='{url}'/></entry></asx>"),
        ("session.sdp", "v=0\nc=IN IP4 127.0.0.1\nm=video {port} RTP/AVP 26\n"),
        ("redirect.mp4", "RTSPtext\nrtsp://127.0.0.1:{port}/x\n"),
    ],
)
def test_playlist_in_a_files_clothes_opens_no_connection(tmp_path, name, content):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        path = tmp_path / name
        path.write_text(content.format(url=f"http://127.0.0.1:{port}/seg.ts", port=port))

        said = refusal(path)
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()

    assert said == f"{path} is a text or a playlist, not a video; name a video file"


def test_ffmpeg_itself_is_kept_from_addresses_inside_files(tmp_path):
    from posture_monitor.vision.opencv import open_ffmpeg
    from posture_monitor.vision.recordings import _LOCAL_ONLY

    with MjpegServer(make_video(tmp_path / "day.mp4", steady(4))) as camera:
        opened = open_ffmpeg(camera.url, options=_LOCAL_ONLY)

        assert opened is None
        assert camera.requests == []


def test_opencv_options_of_the_user_are_put_back(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;udp")

    play(make_video(tmp_path / "day.mp4", steady(2))).close()

    assert os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] == "rtsp_transport;udp"


def test_user_sees_one_sentence_and_nothing_of_opencv(tmp_path):
    made = make_video(tmp_path / "made.mkv", steady(60), codec="mjpeg")
    cut(remux(made, tmp_path / "whole.avi"), tmp_path / "cut.avi", share=0.4)
    (tmp_path / "noise.mp4").write_bytes(bytes(range(256)) * 64)
    program = """if True:
        import sys
        from posture_monitor.system.clock import SystemClock
        from posture_monitor.config import CameraSettings
        from posture_monitor.domain import CameraError
        from posture_monitor.vision.capture import open_source
        for src in sys.argv[1:]:
            try:
                source = open_source(src, CameraSettings(), clock=SystemClock(), speed=None)
                while source.read() is not None:
                    pass
            except CameraError as error:
                print(error)
    """
    sources = [f"{tmp_path}/cut.avi", f"{tmp_path}/noise.mp4", "http://127.0.0.1:1/x", "4321"]

    done = subprocess.run(
        [sys.executable, "-c", program, *sources],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=True,
    )

    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 3


def test_opencv_is_not_loaded_before_a_source_is_opened():
    program = "import sys, posture_monitor.vision.capture; print('cv2' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )

    assert done.stdout == "False\n"


# --------------------------------------------------------------------------- streams


@pytest.fixture
def camera(tmp_path):
    """A network camera that sends 16 different pictures at 25 a second, again and again."""
    with MjpegServer(make_video(tmp_path / "view.mp4", steady(16, 0.04))) as server:
        yield server


LIMITS = CameraSettings(open_limit_s=2.0, read_limit_s=1.0)


def test_stream_delivers_pictures_with_growing_times(camera):
    clock = SystemClock()

    with open_source(camera.url, LIMITS, clock=clock) as source:
        frames = [source.read() for _ in range(5)]

    times_s = [frame.t_s for frame in frames if frame]
    indices = [frame.index for frame in frames if frame]
    assert len(times_s) == 5
    assert times_s == sorted(set(times_s))
    assert indices == list(range(indices[0], indices[0] + 5))
    assert source.live


def test_stream_skips_to_the_newest_picture_at_the_asked_time(camera):
    with open_source(camera.url, LIMITS, clock=SystemClock()) as source:
        first = source.read()
        frame = source.read(skip_until_s=0.6)

    assert first is not None
    assert frame is not None
    assert frame.t_s >= 0.6
    assert frame.index > first.index + 5  # 25 a second went by, looked at or not
    assert number_of(frame.image) == frame.index % 16


def test_pictures_that_piled_up_are_dropped_for_a_fresh_one(camera):
    with open_source(camera.url, LIMITS, clock=SystemClock()) as source:
        source.read()
        wait_for(lambda: camera.pictures_sent >= 20)
        frame = source.read()

    assert frame is not None
    assert frame.index >= 19
    assert frame.index >= camera.pictures_sent - 3


def test_stalled_stream_is_told_within_its_limit_and_comes_back(camera):
    with open_source(camera.url, LIMITS, clock=SystemClock()) as source:
        before = source.read()
        camera.stall()
        said = read_until_lost(source)
        camera.resume()
        frame = read_again(source)

    assert said.endswith("check that it is on and connected")
    assert before is not None
    assert frame.t_s > before.t_s
    assert frame.index > before.index


def test_unplugged_camera_comes_back_when_it_is_plugged_in(camera):
    with open_source(camera.url, LIMITS, clock=SystemClock()) as source:
        source.read()
        camera.unplug()
        said = read_until_lost(source)
        with pytest.raises(CameraError):
            source.read()
        camera.plug_in()
        frame = read_again(source)

    assert said == f"{camera.url} stopped sending pictures; check that it is on and connected"
    assert frame is not None


def test_camera_that_ends_the_connection_is_reconnected(camera):
    with open_source(camera.url, LIMITS, clock=SystemClock()) as source:
        source.read()
        camera.drop()
        said = read_until_lost(source)
        frame = read_again(source)

    assert said == f"{camera.url} stopped sending pictures; check that it is on and connected"
    assert frame is not None
    assert len(camera.requests) == 2


def test_refusing_camera_is_told(camera):
    camera.refusing = True

    assert refusal(camera.url) == (
        f"{camera.url} can't be opened as a video;"
        " check that the camera is on and that address, user and password are right"
    )


def test_unreachable_address_is_told(camera):
    camera.unplug()

    assert "can't be opened as a video" in refusal(camera.url)


def test_address_that_never_answers_is_given_up(camera):
    camera.mute = True

    assert refusal(camera.url, open_limit_s=0.6) == (
        f"{camera.url} did not answer within 0.6 s;"
        " check that the camera is on and the address is right"
    )


def test_password_and_token_are_in_no_text(camera):
    camera.refusing = True
    secret = camera.url.replace("http://", "http://me:hunter2@") + "?token=abc123"

    said = refusal(secret)

    assert said.startswith(f"{camera.url} can't be opened")
    assert "hunter2" not in said
    assert "abc123" not in said


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("rtsp://10.0.0.7:554/front", "rtsp://10.0.0.7:554/front"),
        ("HTTP://u@10.0.0.7/x#t", "http://10.0.0.7/x"),
        ("http://u:p@ss@host/x", "http://host/x"),
        ("http://u:p/w?d#@host/x?token=1", "http://host/x"),
        ("https://host/x;jsessionid=1", "https://host/x"),
        ("http://host/\x1b[2J", "http://host/[2J"),
    ],
)
def test_address_is_shown_without_secrets(address, name):
    assert shown(address) == name


@pytest.mark.parametrize("address", ["http://", "rtsp://:554/", "http://[::1/x"])
def test_address_without_a_host_is_told(address):
    assert "names no host" in refusal(address)


def test_list_of_addresses_behind_an_address_is_not_followed(camera):
    segment = camera.url.replace("video.mjpg", "segment.ts")
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{segment}\n#EXT-X-ENDLIST\n"

    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(
                    b"HTTP/1.0 200 OK\r\nContent-Type: application/x-mpegurl\r\n\r\n"
                    + playlist.encode()
                )

        threading.Thread(target=answer, daemon=True).start()
        said = refusal(f"http://127.0.0.1:{server.getsockname()[1]}/list.m3u8")

    assert "can't be opened as a video" in said
    assert camera.requests == []


# --------------------------------------------------------------------------- watchdog


def test_hanging_driver_is_left_behind_and_the_next_read_opens_anew():
    stuck, healthy = ScriptedCapture(True, "hang"), ScriptedCapture(True)
    driver = Driver(stuck, healthy)
    source = live(driver, read_limit_s=0.5)

    first = source.read()
    with pytest.raises(CameraError) as caught:
        source.read()
    frame = read_again(source)
    stuck.let_go.set()
    wait_for(lambda: stuck.released)

    assert str(caught.value) == (
        "desk camera sent no picture for 0.5 s; check that it is on and connected"
    )
    assert first is not None
    assert frame.index == 1
    assert driver.opened == 2
    healthy.let_go.set()


def test_driver_that_hangs_while_opening_is_given_up():
    opening = threading.Event()
    capture = ScriptedCapture()

    def open_capture() -> ScriptedCapture:
        opening.wait(30.0)
        return capture

    with pytest.raises(CameraError, match=r"^desk camera did not answer within 0\.5 s"):
        LiveSource(
            "desk camera", open_capture, CameraSettings(open_limit_s=0.5), clock=SystemClock()
        )
    opening.set()

    wait_for(lambda: capture.released)  # whenever the driver lets it, the camera is freed


LATE = """
import sys, time
from pathlib import Path
from posture_monitor.config import CameraSettings
from posture_monitor.domain import CameraError
from posture_monitor.system.clock import SystemClock
from posture_monitor.vision.live import LiveSource

def open_late():
    time.sleep(0.8)
    Path(sys.argv[1]).touch()
    raise CameraError("too late")

try:
    LiveSource("camera", open_late, CameraSettings(open_limit_s=0.5), clock=SystemClock())
except CameraError:
    sys.exit(7)
"""


def test_program_ends_after_the_thread_that_it_left_behind_where_that_is_soon(tmp_path):
    late = tmp_path / "late"

    done = subprocess.run([sys.executable, "-c", LATE, late], cwd=ROOT, timeout=90)

    assert (done.returncode, late.exists()) == (7, True)


def test_lost_camera_is_not_hammered():
    clock = HandWoundClock()
    gone = [CameraError("gone")] * 9
    driver = Driver(ScriptedCapture(False), *gone)
    source = live(driver, clock=clock, read_limit_s=3.0)

    for _ in range(16):
        with pytest.raises(CameraError):
            source.read()

    assert clock.slept == [1.0, 2.0, 3.0, 1.0, 3.0, 3.0, 2.0, 3.0, 3.0, 3.0, 1.0]
    assert driver.opened == 5


def test_pauses_are_short_again_once_a_picture_came():
    clock = HandWoundClock()
    driver = Driver(
        ScriptedCapture(False), CameraError("gone"), ScriptedCapture(True, False),
        ScriptedCapture(True),
    )  # fmt: skip
    source = live(driver, clock=clock, read_limit_s=3.0)
    frames = []

    for _ in range(8):
        try:
            frames.append(source.read())
        except CameraError:
            continue
        if len(frames) == 2:
            break

    assert clock.slept == [1.0, 2.0, 1.0]
    assert [frame.index for frame in frames if frame] == [0, 1]


def test_threads_that_hang_are_bounded():
    captures = [ScriptedCapture("hang") for _ in range(9)]
    driver = Driver(*captures)
    source = live(driver, read_limit_s=0.5)
    said = []

    def hangs() -> bool:
        with pytest.raises(CameraError) as caught:
            source.read()
        said.append(str(caught.value))
        return "unplug it and plug it in again" in said[-1]

    wait_for(hangs, timeout_s=30.0)

    assert driver.opened == 3
    for capture in captures:
        capture.let_go.set()


def test_error_of_a_backend_is_a_loss_and_not_the_end():
    class Raising(ScriptedCapture):
        def grab(self) -> bool:
            raise RuntimeError("backend")

    driver = Driver(Raising(), ScriptedCapture(True))
    source = live(driver)

    with pytest.raises(CameraError, match="stopped sending pictures"):
        source.read()

    assert read_again(source) is not None


def test_damaged_pictures_are_passed_over_and_counted():
    source = live(Driver(ScriptedCapture("damaged", "damaged", True)), clock=HandWoundClock())

    frame = source.read()

    assert frame is not None
    assert frame.index == 2


def test_stream_of_nothing_but_damaged_pictures_is_a_loss():
    capture = ScriptedCapture(*["damaged"] * 500)
    source = live(Driver(capture), clock=HandWoundClock())

    with pytest.raises(CameraError, match="stopped sending pictures"):
        source.read()

    assert capture.grabs == 60


def test_closing_frees_the_camera_and_ends_the_thread():
    capture = ScriptedCapture(True)
    before = threading.active_count()
    source = live(Driver(capture))

    source.read()
    source.close()

    assert capture.released
    assert threading.active_count() == before
    assert source.read() is None


def test_live_picture_carries_the_moment_at_which_it_was_grabbed():
    clock = HandWoundClock()

    class Paced(ScriptedCapture):
        def grab(self) -> bool:
            clock.t_s += 0.25
            return super().grab()

    source = live(Driver(Paced(True, True)), clock=clock)

    source.read()
    clock.t_s += 12.5
    frame = source.read()

    assert frame is not None
    assert frame.t_s == 13.0
    assert frame.wall_at == NOON + timedelta(seconds=13.0)


# --------------------------------------------------------------------------- cameras


def kernel_list(folder: Path, *nodes: tuple[int, int, str]) -> Path:
    """What the kernel writes about its video nodes: number, place within its camera, name."""
    for number, place, name in nodes:
        node = folder / f"video{number}"
        node.mkdir(parents=True)
        (node / "index").write_text(f"{place}\n")
        (node / "name").write_text(f"{name}\n")
    return folder


def test_each_camera_is_listed_once_in_the_order_of_its_index(tmp_path):
    nodes = kernel_list(
        tmp_path / "sys",
        (10, 0, "HD Pro Webcam C920"),
        (2, 0, "Integrated\x1b Camera"),
        (3, 1, "Integrated Camera"),
    )

    cameras = linux_cameras(nodes, Path("/nowhere"))

    assert cameras == (
        Camera(2, "Integrated Camera", "/nowhere/video2"),
        Camera(10, "HD Pro Webcam C920", "/nowhere/video10"),
    )


def test_machine_without_cameras_lists_none(tmp_path):
    assert linux_cameras(tmp_path / "none", tmp_path) == ()


def test_camera_is_found_by_a_part_of_its_name():
    cameras = (Camera(0, "Integrated Camera", ""), Camera(2, "HD Pro Webcam C920", ""))

    assert find_camera("c920", cameras).index == 2


def test_whole_name_wins_over_a_part():
    cameras = (Camera(0, "Cam", ""), Camera(1, "Cam 2", ""))

    assert find_camera("cam", cameras).index == 0


def test_name_of_several_cameras_is_told_with_their_indices():
    cameras = (Camera(0, "USB Camera", ""), Camera(4, "USB Camera", ""))

    with pytest.raises(CameraError) as caught:
        find_camera("USB Camera", cameras)

    assert str(caught.value) == (
        "several cameras are called 'USB Camera'; name one by index: 0 or 4"
    )


def test_unknown_name_is_told_with_the_cameras_that_are_there():
    with pytest.raises(CameraError) as caught:
        find_camera("C920", (Camera(0, "Integrated Camera", ""),))

    assert str(caught.value) == (
        "'C920' is no file and no camera; cameras here: 0 Integrated Camera. Check the spelling"
    )


def test_camera_that_is_not_there_is_told():
    assert not any(camera.index == 4321 for camera in list_cameras())
    assert refusal("4321") == (
        "there is no camera 4321; plug one in,"
        " or see `posture-monitor cameras` for those that are there"
    )
