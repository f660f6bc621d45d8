"""The form changes what the user typed, within the settings' bounds, in a file of theirs alone."""

from __future__ import annotations

import re
from dataclasses import fields, replace

import pytest

from posture_monitor.config import SECTION_NAMES, Settings, load_settings, settings_from
from posture_monitor.dashboard.protocols import CameraChoice
from posture_monitor.dashboard.settings_page import form_sections, read_form
from posture_monitor.domain import ConfigError, StoreError
from posture_monitor.system.settings_file import write_settings
from posture_monitor.wording.labels import LABELS, TITLES
from tests.dashboard.serving import Recorder, serving

ALL_KEYS = [
    f"{name}.{spec.name}" for name in SECTION_NAMES for spec in fields(getattr(Settings(), name))
]


def typed(**changes: str) -> dict[str, str]:
    """The form as the page shows it, with some fields typed over; dots are double underscores."""
    shown = [f for s in form_sections(Settings()) for f in (*s.everyday, *s.more)]
    form = {f.key: f.value for f in shown if f.kind != "switch" or f.value == "true"}
    return form | {key.replace("__", "."): value for key, value in changes.items()}


def test_every_setting_stands_on_the_page_under_a_name_of_its_own():
    shown = [f.key for s in form_sections(Settings()) for f in (*s.everyday, *s.more)]

    assert sorted(shown) == sorted(ALL_KEYS)
    assert sorted(LABELS) == sorted(ALL_KEYS)
    assert sorted(TITLES) == sorted(SECTION_NAMES)


def test_the_form_as_shown_changes_nothing():
    assert read_form(typed(), Settings()) == (Settings(), {})


def test_a_switch_that_is_missing_is_off():
    form = typed()
    del form["reminders.water"]
    settings, errors = read_form(form, Settings())

    assert errors == {}
    assert settings == replace(Settings(), reminders=replace(Settings().reminders, water=False))


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("posture.hold_s", "4", "it must lie between 5 and 900"),
        ("posture.hold_s", "1e99", "it must lie between 5 and 900"),
        ("posture.hold_s", "nan", "it must lie between 5 and 900"),
        ("posture.hold_s", "soon", "use a number"),
        ("posture.hold_s", "", "use a number"),
        ("history.retention_days", "1.5", "use a whole number"),
        ("posture.sensitivity", "extreme", "use one of low, normal, high"),
        ("camera.source", "", "it must be a text of 1 to 500 ordinary characters"),
        ("camera.source", "a\nb", "it must be a text of 1 to 500 ordinary characters"),
        ("hours.watch_from", "25:00", "write it like '00:00'"),
    ],
)
def test_what_is_out_of_bounds_is_told_at_its_field(field, value, told):
    settings, errors = read_form(typed() | {field: value}, Settings())

    assert errors == {field: told}
    assert settings == Settings()


def test_an_unknown_setting_is_refused():
    assert read_form(typed() | {"posture.evil": "1"}, Settings())[1] == {
        "posture.evil": "this setting is not known"
    }


def test_the_file_holds_only_what_differs_and_is_the_users_alone(tmp_path):
    path = tmp_path / "new" / "config.toml"
    wanted = settings_from(
        {"posture": {"sensitivity": "high"}, "camera": {"source": 'C:\\cams\\"x" # ä'}}
    )
    write_settings(path, wanted)
    lines = path.read_text(encoding="utf-8").splitlines()

    assert load_settings(path, {}) == wanted
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [line.split(" =")[0] for line in lines if "=" in line and line[0] != "#"] == [
        "source",
        "sensitivity",
    ]
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_can_not_be_written_stays_as_it_was(tmp_path):
    path = tmp_path / "config.toml"
    path.mkdir()
    with pytest.raises(StoreError, match="can't write"):
        write_settings(path, Settings())

    assert [p.name for p in tmp_path.iterdir()] == ["config.toml"]


def test_settings_that_toml_would_change_are_never_written(tmp_path):
    odd = replace(Settings(), camera=replace(Settings().camera, source="a\ud800"))

    with pytest.raises((ConfigError, UnicodeEncodeError)):
        write_settings(tmp_path / "config.toml", odd)
    assert not (tmp_path / "config.toml").exists()


def test_saving_writes_the_file_and_tells_the_monitor(tmp_path):
    live = Recorder()
    with serving(tmp_path, live=live) as served:
        same = served.post("/settings/save", **typed())
        saved = served.post("/settings/save", **typed(posture__hold_s="45"))
        wrong = served.post("/settings/save", **typed(posture__hold_s="4000"))
        shown = served.page("/settings?said=saved_applied")
        in_use = served.app.state.desk.settings

    assert same[1]["location"] == f"{served.base}/settings?said=unchanged"
    assert saved[1]["location"] == f"{served.base}/settings?said=saved_applied"
    assert live.asked == [("reload", {})]
    assert wrong[0] == 422
    assert 'value="4000"' in wrong[2]
    assert "it must lie between 5 and 900" in wrong[2]
    assert load_settings(tmp_path / "config.toml", {}).posture.hold_s == 45.0
    assert in_use.posture.hold_s == 45.0
    assert re.search(r'name="posture.hold_s" value="45"', shown)
    assert "in use from now on" in shown


def test_what_the_monitor_can_not_change_while_it_runs_is_told_and_marked(tmp_path):
    live = Recorder(reloaded={"said": "", "waiting": ["camera.source"]})
    with serving(tmp_path, live=live) as served:
        saved = served.post("/settings/save", **typed(camera__source="1"))
        shown = served.page(saved[1]["location"].removeprefix(served.base))

    marked = re.findall(r'id="([\w-]+)-doc">[^<]*<span class="soft">· at the next start', shown)
    assert saved[1]["location"] == f"{served.base}/settings?said=saved_waiting"
    assert "Saved and in use, but for what is marked" in shown
    assert {"camera-source", "pose-engine", "history-retention_days"} <= set(marked)
    assert not {"posture-hold_s", "hours-quiet_from", "pose-samples_per_s"} & set(marked)


def test_what_the_monitor_can_not_use_is_told_although_it_is_saved(tmp_path):
    live = Recorder(refusal="no notification service runs on this desktop")
    with serving(tmp_path, live=live) as served:
        status, _, shown = served.post("/settings/save", **typed(posture__hold_s="45"))

    assert status == 409
    assert "no notification service runs on this desktop" in shown
    assert load_settings(tmp_path / "config.toml", {}).posture.hold_s == 45.0


def test_a_variable_of_the_environment_is_told_and_never_written(tmp_path):
    environment = {"POSTURE_MONITOR_POSTURE_HOLD_S": "99"}
    with serving(tmp_path, environment=environment) as served:
        shown = served.page("/settings")
        served.post("/settings/save", **typed(posture__cooldown_min="12"))
        in_use = served.app.state.desk.settings

    assert "POSTURE_MONITOR_POSTURE_HOLD_S is set" in shown
    assert re.search(r'name="posture.hold_s" value="30"', shown)
    assert "99" not in (tmp_path / "config.toml").read_text(encoding="utf-8")
    assert (in_use.posture.hold_s, in_use.posture.cooldown_min) == (99.0, 12.0)


def test_a_file_that_can_not_be_read_is_told_and_left_alone(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("[posture\n", encoding="utf-8")
    with serving(tmp_path) as served:
        shown = served.ask("/settings")
        saved = served.post("/settings/save", **typed())

    assert (shown[0], saved[0]) == (409, 409)
    assert "is not valid TOML" in shown[2]
    assert path.read_text(encoding="utf-8") == "[posture\n"


def test_days_times_and_cameras_are_chosen_where_they_can_be(tmp_path):
    days = {"days_shown": "1", **{f"day_{day}": "true" for day in ("mon", "wed", "fri")}}
    settings, errors = read_form(
        typed(hours__watch_from="08:30", hours__watch_until="17:45", camera__source="typed")
        | days
        | {"camera_chosen": "2"},
        Settings(),
    )
    all_day, _ = read_form(typed(hours__watch_until="00:00"), Settings())
    none = read_form(typed() | {"days_shown": "1"}, Settings())[1]
    steps = Steps((CameraChoice("2", "Cam", True), CameraChoice("rtsp://a:b@c/d", "Net", False)))
    with serving(tmp_path, live=Recorder()) as served:
        served.app.state.desk.first_steps = steps
        text = served.page("/settings")

    assert errors == {}
    assert (settings.hours.days, settings.camera.source) == ("mon wed fri", "2")
    assert (settings.hours.watch_from, settings.hours.watch_until) == ("08:30", "17:45")
    assert all_day.hours.watch_until == "24:00"
    assert list(none) == ["hours.days"]
    assert text.count('type="time"') == 4
    assert text.count('name="day_') == 7
    assert '<option value="2">Cam</option>' in text
    assert "a:b@c" not in text


def test_reset_leaves_the_camera_and_a_test_notification_says_who_showed_it(tmp_path):
    live = Recorder(reloaded={"said": ""})
    with serving(tmp_path, live=live) as served:
        served.post("/settings/save", **typed(posture__hold_s="45", camera__source="7"))
        done = served.post("/settings/reset")
        again = served.post("/settings/reset")
        tried = served.post("/settings/notify", headers={"Accept": "application/json"})
    kept = load_settings(tmp_path / "config.toml", {})

    assert done[1]["location"] == f"{served.base}/settings?said=saved_applied"
    assert again[1]["location"] == f"{served.base}/settings?said=unchanged"
    assert (kept.posture.hold_s, kept.camera.source) == (30.0, "7")
    assert live.asked[-1] == ("test_notification", {})
    assert tried[0] == 200


def test_what_is_wrong_is_linked_from_the_top(tmp_path):
    with serving(tmp_path) as served:
        wrong = served.post("/settings/save", **typed(posture__hold_s="4000", camera__fps="no"))[2]

    assert re.findall(r'<li><a href="#([\w-]+)">', wrong) == ["posture-hold_s", "camera-fps"]


class Steps:
    """First steps that know some cameras."""

    def __init__(self, cameras):
        self.cameras = lambda: cameras


SECRET = "rtsp://me:hunter2@10.0.0.7/live?pwd=swordfish"


def test_the_password_of_a_camera_stands_on_no_page_and_survives_saving(tmp_path):
    with serving(tmp_path) as served:
        served.post("/settings/save", **typed(camera__source=SECRET))
        form = served.page("/settings")
        pages = form + served.page("/calibrate") + served.page("/")
        saved = served.post(
            "/settings/save",
            **typed(camera__source="rtsp://me:***@10.0.0.7/live?***", posture__hold_s="44"),
        )

    assert 'value="rtsp://me:***@10.0.0.7/live?***"' in form
    assert "hunter2" not in pages
    assert "swordfish" not in pages
    assert saved[0] == 303
    kept = load_settings(tmp_path / "config.toml", {})
    assert kept.camera.source == SECRET
    assert kept.posture.hold_s == 44.0


def test_a_masked_password_is_not_saved_with_another_address(tmp_path):
    with serving(tmp_path) as served:
        served.post("/settings/save", **typed(camera__source=SECRET))
        status, _, text = served.post(
            "/settings/save", **typed(camera__source="rtsp://me:***@10.0.0.8/live")
        )

    assert status == 422
    assert "write the password in place of ***" in text
    assert load_settings(tmp_path / "config.toml", {}).camera.source == SECRET
