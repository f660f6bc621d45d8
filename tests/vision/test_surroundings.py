"""A moved camera is told from a moved person, from other light, and from a passer-by."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from posture_monitor.config import CameraSettings
from posture_monitor.core.measure.view import homography, is_safe
from posture_monitor.domain import Frame, Landmark, ViewShift
from posture_monitor.monitor.calibration import calibrate
from posture_monitor.system.clock import SystemClock
from posture_monitor.vision import surroundings
from posture_monitor.vision.background_keypoints import body_mask, find_keypoints
from posture_monitor.vision.gate import thumbnail
from posture_monitor.vision.observer import Observer, open_observer
from posture_monitor.vision.recordings import FileSource
from posture_monitor.vision.surroundings import Surroundings
from tests.builders import NINE, face_of, person
from tests.program import CLIPS

WIDTH, HEIGHT = 640, 480
MOVED = ViewShift(pan_deg=-5.0, tilt_deg=3.0, roll_deg=4.0)


@pytest.fixture(scope="module")
def scene():
    """A film's frames with the pose in each: an upright start, then an empty room."""
    capture = cv2.VideoCapture(str(CLIPS / "06_leave_return_office.mp4"))
    images = []
    while (read := capture.read())[0]:
        images.append(read[1])
    capture.release()
    return images


@pytest.fixture(scope="module")
def observer():
    opened = open_observer("litert", tracking=False)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def upright(scene, observer):
    """The first picture, its pose and its faces."""
    seen = observer.observe(frame(scene[0], 0.0))
    assert seen.pose is not None
    return scene[0], seen.pose, seen.faces


def frame(image, t_s):
    return Frame(image, t_s, NINE, 0)


def shifted(image, shift):
    """What the moved camera sees; where it looks beyond the old picture the edge goes on."""
    by = homography(shift, WIDTH, HEIGHT)
    return cv2.warpPerspective(image, by, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)


def shifted_pose(pose, shift):
    points = np.column_stack([pose.points_px, np.ones(33)]) @ homography(shift, WIDTH, HEIGHT).T
    return replace(pose, points_px=(points[:, :2] / points[:, 2:]).astype(np.float32))


class Watching:
    """Frames once a second, with this person before the camera until told otherwise."""

    def __init__(self, upright):
        self.around = Surroundings()
        _, self.pose, self.faces = upright
        self.t_s = 0.0

    def see(self, image, pose="same", frames=1):
        seen = self.pose if pose == "same" else pose
        faces = () if seen is None else self.faces
        for _ in range(frames):
            view = self.around.observe(image, thumbnail(image), self.t_s, seen, faces)
            self.t_s += 1.0
        return view


@pytest.mark.parametrize(
    "shift",
    [
        ViewShift(pan_deg=6.0),
        ViewShift(tilt_deg=-6.0),
        ViewShift(roll_deg=6.0),
        ViewShift(scale=1.1),
        MOVED,
    ],
)
def test_a_moved_camera_is_noticed_at_the_first_frame_and_measured(upright, shift):
    watching = Watching(upright)
    watching.see(upright[0], frames=2)
    view = watching.see(shifted(upright[0], shift), shifted_pose(upright[1], shift))

    assert view is not None
    assert view.sure
    assert view.pan_deg == pytest.approx(shift.pan_deg, abs=0.4)
    assert view.tilt_deg == pytest.approx(shift.tilt_deg, abs=0.4)
    assert view.roll_deg == pytest.approx(shift.roll_deg, abs=0.4)
    assert view.scale == pytest.approx(shift.scale, abs=0.015)


def test_a_camera_that_is_put_back_has_its_old_view(upright):
    watching = Watching(upright)
    watching.see(upright[0])
    watching.see(shifted(upright[0], MOVED), shifted_pose(upright[1], MOVED), frames=5)

    assert watching.see(upright[0]) is None


def test_the_view_is_kept_while_the_user_is_away_and_when_they_are_back(upright, scene):
    empty = scene[len(scene) // 2]
    watching = Watching(upright)
    watching.see(upright[0], frames=5)
    away = watching.see(shifted(empty, MOVED), None, frames=60)
    back = watching.see(shifted(upright[0], MOVED), shifted_pose(upright[1], MOVED))

    assert away is not None
    assert back == away


def test_people_who_lean_leave_and_come_back_move_no_camera(scene, observer):
    around = Surroundings()
    for index, image in enumerate(scene[::3]):
        seen = observer.observe(frame(image, index / 2.0))
        assert around.observe(image, thumbnail(image), index / 2.0, seen.pose, seen.faces) is None

    assert around.matchings <= 3  # a chair turned is not a room


@pytest.mark.parametrize("gain", [0.35, 0.6, 1.3])
def test_other_light_is_no_other_view(upright, gain):
    watching = Watching(upright)
    watching.see(upright[0], frames=2)
    lit = np.clip(upright[0].astype(np.float32) * gain, 0, 255).astype(np.uint8)

    assert watching.see(lit, frames=3) is None


def test_light_from_one_side_is_no_other_view(upright):
    watching = Watching(upright)
    watching.see(upright[0], frames=2)
    ramp = np.linspace(0.1, 2.2, WIDTH, dtype=np.float32)[None, :, None]
    lit = np.clip(upright[0] * ramp, 0, 255).astype(np.uint8)

    assert watching.see(lit) is None
    assert watching.around.matchings == 1
    assert watching.see(lit, frames=50) is None
    assert watching.around.matchings == 1  # this light is known now


def test_noise_is_no_other_view(upright):
    random = np.random.default_rng(3)
    watching = Watching(upright)
    for _ in range(20):
        noisy = upright[0] + random.normal(0, 12, upright[0].shape)
        assert watching.see(np.clip(noisy, 0, 255).astype(np.uint8)) is None

    assert watching.around.matchings == 0


def test_a_room_that_has_nothing_in_common_is_another_view_and_unknown(upright):
    other = cv2.VideoCapture(str(CLIPS / "04_lean_tilt_backlit.mp4")).read()[1]
    elsewhere = cv2.flip(other, 1)
    watching = Watching(upright)
    watching.see(upright[0], frames=2)
    view = watching.see(elsewhere)

    assert view == ViewShift(sure=False)
    assert watching.see(upright[0]) is None


@pytest.mark.parametrize("level", [0, 128])
def test_a_covered_lens_tells_nothing(upright, level):
    watching = Watching(upright)
    watching.see(upright[0], frames=2)

    assert watching.see(np.full_like(upright[0], level), None, frames=5) is None


def test_somebody_who_hides_half_of_the_room_moves_no_camera(upright):
    watching = Watching(upright)
    watching.see(upright[0], frames=2)
    hidden = upright[0].copy()
    hidden[:, :240] = (
        np.random.default_rng(4)
        .integers(0, 255, (HEIGHT // 8, 30, 3))
        .astype(np.uint8)
        .repeat(8, 0)
        .repeat(8, 1)
    )

    assert watching.see(hidden, frames=5) is None


def test_a_screen_behind_the_user_that_never_rests_costs_little(upright):
    random = np.random.default_rng(4)
    watching = Watching(upright)
    watching.see(upright[0], frames=2)
    for _ in range(600):
        busy = upright[0].copy()
        busy[:300] = cv2.resize(random.integers(0, 255, (19, 40, 3)).astype(np.uint8), (WIDTH, 300))
        watching.see(busy)

    assert watching.around.matchings <= 600 / surroundings.LONGEST_WAIT_S + 8


def test_a_title_card_is_no_view_to_go_by(upright):
    watching = Watching(upright)
    card = cv2.putText(np.zeros_like(upright[0]), "Work", (90, 260), 0, 6.0, (255, 255, 255), 9)
    watching.see(card, None, frames=5)

    assert watching.see(upright[0], frames=10) is None


def test_the_reference_follows_the_daylight(upright):
    watching = Watching(upright)
    for step in range(12):
        ramp = np.linspace(1.0, 1.0 - 0.07 * step, WIDTH, dtype=np.float32)[None, :, None]
        image = np.clip(upright[0] * ramp, 0, 255).astype(np.uint8)
        assert watching.see(image) is None
        watching.t_s += surroundings.RENEW_S

    assert watching.around.matchings == 0


def test_a_move_in_light_that_the_first_view_never_had_is_measured_from_the_view_before(upright):
    image, pose, _ = upright
    dusk = np.clip(255.0 - image.astype(np.float32), 0, 255).astype(np.uint8)  # nothing alike
    twice = ViewShift(pan_deg=-3.0)
    watching = Watching(upright)
    watching.see(image, frames=2)
    watching.see(shifted(image, MOVED), shifted_pose(pose, MOVED), frames=2)
    home = watching.around._home
    watching.around._home = replace(home, points=find_keypoints(dusk, pose))
    moved_on = shifted(shifted(image, MOVED), twice)
    view = watching.see(moved_on, shifted_pose(shifted_pose(pose, MOVED), twice))

    assert view is not None
    assert view.sure
    assert view.pan_deg == pytest.approx(-8.0, abs=0.6)


def test_before_a_bare_wall_nothing_is_told(upright):
    _, pose, faces = upright
    around = Surroundings()
    wall = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    for t_s in range(5):
        image = wall if t_s < 3 else upright[0]
        assert around.observe(image, thumbnail(image), float(t_s), pose, faces) is None


def test_another_camera_begins_anew(upright):
    watching = Watching(upright)
    watching.see(upright[0], frames=2)
    watching.around.reset()

    assert watching.see(shifted(upright[0], MOVED)) is None


# ------------------------------------------------------------- known again in another run


@pytest.fixture(scope="module")
def view_keypoints(upright):
    """What a profile keeps of the room."""
    watching = Watching(upright)
    watching.see(upright[0], frames=5)
    return watching.around.view_keypoints()


class Later(Watching):
    """Another run in the same room."""

    def __init__(self, upright, view_keypoints):
        super().__init__(upright)
        self.around = Surroundings(view_keypoints)


def test_keypoints_are_few_spread_over_the_room_and_not_on_the_person(upright, view_keypoints):
    places = np.array(view_keypoints.points_px)
    body = body_mask(upright[1], WIDTH, HEIGHT)
    parts = {(x // 80, y // 80) for x, y in view_keypoints.points_px}

    assert 300 <= len(places) <= 600
    assert (view_keypoints.width_px, view_keypoints.height_px) == (640, 480)
    assert not body[places[:, 1].astype(int), places[:, 0].astype(int)].any()
    assert len(parts) >= 12  # of 48: walls are bare, and the body hides the middle


def test_before_a_bare_wall_or_without_a_frame_there_are_no_marks(upright):
    _, pose, faces = upright
    around = Surroundings()
    wall = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)

    assert around.view_keypoints() is None
    for t_s in range(5):
        around.observe(wall, thumbnail(wall), float(t_s), pose, faces)
    assert around.view_keypoints() is None


def test_what_was_seen_once_may_be_noise_and_makes_no_marks(upright):
    random = np.random.default_rng(6)

    def noisy():
        field = random.normal(0, 12, upright[0].shape)
        return np.clip(120 + field, 0, 255).astype(np.uint8)

    once, trembling = Watching(upright), Watching(upright)
    once.see(upright[0])
    for _ in range(8):
        trembling.see(noisy())

    assert len(find_keypoints(noisy(), upright[1]).points_px) > 300
    assert once.around.view_keypoints() is None
    assert trembling.around.view_keypoints() is None


def test_the_same_view_is_recognised_in_a_later_run(upright, scene, view_keypoints):
    later = Later(upright, view_keypoints)

    assert later.see(scene[20]) is None
    assert later.around.known


@pytest.mark.parametrize(
    "shift",
    [
        ViewShift(roll_deg=8.0),
        ViewShift(roll_deg=-6.0),
        ViewShift(tilt_deg=5.0),
        MOVED,
        ViewShift(scale=1.3, cropped=True),
        ViewShift(across=0.2, cropped=True),
        ViewShift(across=-0.1, down=0.1, scale=0.9, cropped=True),
    ],
)
def test_a_camera_that_was_moved_between_two_runs_is_measured_at_the_first_frame(
    upright, view_keypoints, shift
):
    later = Later(upright, view_keypoints)
    view = later.see(shifted(upright[0], shift), shifted_pose(upright[1], shift))
    again = later.see(shifted(upright[0], shift), shifted_pose(upright[1], shift), frames=10)

    assert later.around.known
    assert view is not None
    assert again == view
    assert view.sure
    assert view.cropped is shift.cropped
    assert (view.pan_deg, view.tilt_deg, view.roll_deg) == pytest.approx(
        (shift.pan_deg, shift.tilt_deg, shift.roll_deg), abs=0.6
    )
    assert view.scale == pytest.approx(shift.scale, abs=0.015)
    assert (view.across, view.down) == pytest.approx((shift.across, shift.down), abs=0.01)


def test_a_camera_that_is_put_back_after_the_start_has_the_view_of_the_profile(
    upright, view_keypoints
):
    later = Later(upright, view_keypoints)
    later.see(shifted(upright[0], MOVED), shifted_pose(upright[1], MOVED), frames=5)

    assert later.see(upright[0]) is None


def test_a_turn_too_far_to_measure_is_known_for_another_view_of_the_room(upright, view_keypoints):
    far = ViewShift(pan_deg=-20.0, tilt_deg=8.0, roll_deg=10.0, scale=1.2)
    later = Later(upright, view_keypoints)
    view = later.see(shifted(upright[0], far), shifted_pose(upright[1], far))

    assert later.around.known
    assert view is not None
    assert not is_safe(view)


def test_another_room_is_not_taken_for_a_moved_camera(upright, view_keypoints, observer):
    other = cv2.VideoCapture(str(CLIPS / "08_lowcam_offaxis_day.mp4")).read()[1]
    seen = observer.observe(frame(other, 100.0))
    later = Surroundings(view_keypoints)

    assert later.observe(other, thumbnail(other), 0.0, seen.pose, seen.faces) is None
    assert later.known is False


def test_two_rooms_with_the_same_window_are_not_one(observer):
    # Twenty points agreed, which was enough for a move within a run and so for another run.
    def film(name):
        path = CLIPS / f"{name}.mp4"
        return FileSource(path, CameraSettings(), clock=SystemClock(), speed=None)

    calibrating = open_observer("litert")
    with film("03_phone_office_f") as source:
        known = calibrate(source, calibrating, start_s=0.0, end_s=5.0).view_keypoints
    calibrating.close()
    with film("07_mixed_dim_f") as source:
        other = source.read(skip_until_s=14.0)
    assert known is not None
    assert other is not None
    there = observer.observe(replace(other, t_s=200.0))
    later = Surroundings(known)

    assert later.observe(other.image, thumbnail(other.image), 0.0, there.pose, there.faces) is None
    assert later.known is False


def test_a_picture_of_another_shape_is_not_compared(upright, view_keypoints):
    later = Later(upright, replace(view_keypoints, height_px=360))

    assert later.see(upright[0]) is None
    assert later.around.known is None


def test_a_room_that_is_dark_at_first_is_recognised_when_the_light_is_on(upright, view_keypoints):
    later = Later(upright, view_keypoints)
    rolled = ViewShift(roll_deg=6.0)
    lit = shifted(upright[0], rolled)
    dark = np.clip(lit * 0.02, 0, 255).astype(np.uint8)
    pose = shifted_pose(upright[1], rolled)

    assert later.see(dark, pose) is None
    later.around.begin_again()
    view = later.see(lit, pose)
    assert view is not None
    assert view.roll_deg == pytest.approx(6.0, abs=0.4)


def test_the_light_of_the_start_may_hide_the_room_until_the_reference_is_renewed(
    upright, view_keypoints
):
    later = Later(
        upright, replace(view_keypoints, descriptors=bytes(len(view_keypoints.descriptors)))
    )
    later.see(upright[0])
    known_at_first = later.around.known
    later.around._view_keypoints = view_keypoints
    later.see(upright[0], frames=int(surroundings.SETTLE_S) + 1)

    assert known_at_first is False
    assert later.around.known


def test_a_profile_made_now_drops_the_keypoints_of_the_one_before(upright, view_keypoints):
    later = Later(upright, view_keypoints)
    turned, pose = shifted(upright[0], MOVED), shifted_pose(upright[1], MOVED)
    later.see(turned, pose, frames=5)
    fresh = later.around.view_keypoints()
    assert fresh is not None
    later.around.reset(fresh)

    assert later.see(turned, pose) is None
    assert later.around.known


def test_an_unknown_view_leaves_no_marks(upright):
    other = cv2.VideoCapture(str(CLIPS / "04_lean_tilt_backlit.mp4")).read()[1]
    watching = Watching(upright)
    watching.see(upright[0], frames=2)
    watching.see(cv2.flip(other, 1))

    assert watching.around.view_keypoints() is None


def test_the_body_is_left_out_with_a_margin():
    pose = person()
    mask = body_mask(pose, WIDTH, HEIGHT)
    points = [Landmark.LEFT_EAR, Landmark.RIGHT_EAR, Landmark.LEFT_SHOULDER, Landmark.NOSE]

    assert all(mask[int(y), int(x)] for x, y in (pose.xy(point) for point in points))
    assert not mask[:30].any()
    assert not mask[:, :40].any()
    assert not body_mask(None, 80, 60).any()


class FixedEstimator:
    """Always the same person."""

    def estimate(self, image, t_s):
        return person()

    def close(self):
        pass


class FixedDetector:
    def detect(self, image):
        return (face_of(person()),)

    def detect_close(self, image, pose):
        return None


def test_what_was_judged_in_the_old_view_does_not_stand_in_for_the_new_one(scene):
    observer = Observer(FixedEstimator(), FixedDetector())
    # The margin around this drawn person hides nothing of the room's edges.
    before = observer.observe(frame(scene[0], 0.0))
    same = observer.observe(frame(scene[0], 1.0))
    calls = observer.model_calls
    after = observer.observe(frame(shifted(scene[0], ViewShift(pan_deg=6.0)), 2.0))
    kept = observer.observe(frame(shifted(scene[0], ViewShift(pan_deg=6.0)), 3.0))
    observer.renew_view()
    renewed = observer.observe(frame(shifted(scene[0], ViewShift(pan_deg=6.0)), 4.0))

    assert (before.view, same.view, renewed.view) == (None, None, None)
    assert after.view is not None
    assert kept.view == after.view
    assert (calls, observer.model_calls) == (1, 4)  # asked again in each new view
