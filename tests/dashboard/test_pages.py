"""Each page tells what the record holds, and no number where it holds nothing."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest

from posture_monitor.core.stats.summary import summarise
from posture_monitor.dashboard.records import Records, hours_of
from posture_monitor.domain import Event, EventKind, Interval, Reason, State
from posture_monitor.history.details import from_words
from posture_monitor.history.store import Store
from tests.dashboard.serving import BERLIN, NOW, PAGES, Recorder, serving


def visible(html: str) -> str:
    """The text of a page without its markup and drawings' tips, in one line."""
    body = html[html.index("<main") : html.index("</main>")]
    body = re.sub(r"<title>.*?</title>", " ", body)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def interval(at: datetime, minutes: float, state=State.SITTING, *, score=None, reasons=()):
    seconds = minutes * 60.0
    judged_s = 0.0 if score is None else seconds
    strained = None if score is None else bool(reasons)
    return Interval(at.astimezone(UTC), seconds, state, strained, reasons, judged_s,
                    judged_s * (score or 0.0))  # fmt: skip


@pytest.fixture
def one_morning(tmp_path):
    """An hour and a half of today: fine, strained, a break, unknown."""
    nine = NOW.replace(hour=9, minute=0)
    with Store(tmp_path / "history.db") as store:
        recorder = store.begin_run("desk camera", live=True, profile="office", started_at=nine)
        recorder.heartbeat(
            interval(nine, 40, score=90.0),
            interval(nine + timedelta(minutes=40), 20, score=60.0, reasons=(Reason.SLOUCH,)),
            interval(nine + timedelta(minutes=60), 10, State.BREAK),
            interval(nine + timedelta(minutes=70), 20, State.UNKNOWN),
        )
        for minute, kind, detail in (
            (0, EventKind.SITTING_STARTED, ""),
            (41, EventKind.POSTURE_ALERT, "slouch"),
            (45, EventKind.BREAK_DUE, "45 min of sitting"),
            (60, EventKind.SITTING_ENDED, ""),
            (60, EventKind.BREAK_STARTED, ""),
            (70, EventKind.BREAK_ENDED, "after 10 min"),
        ):
            recorder.event(
                nine + timedelta(minutes=minute),
                Event(minute * 60.0, kind, from_words(kind, detail)),
            )
    return tmp_path


@pytest.mark.parametrize("length", ["empty", "one day", "month", "year"])
@pytest.mark.parametrize("target", PAGES.values(), ids=PAGES.keys())
def test_every_page_opens_over_every_record(dashboards, length, target):
    text = dashboards[length].page(target)

    assert "<h1>" in text
    assert "no medical device" in text


@pytest.mark.parametrize("name", ["now", "day", "week", "trends", "reasons", "breaks"])
def test_an_empty_record_shows_no_number_at_all(dashboards, name):
    told = visible(dashboards["empty"].page(PAGES[name]))

    assert "No data" in told
    for lie in ("0 of 100", "100 of 100", "0 %", "100 %", "0 min"):
        assert lie not in told


def test_the_day_tells_its_times_reasons_and_events(one_morning):
    with serving(one_morning) as served:
        told = visible(served.page("/day"))

    assert "Today Thursday 12 March 2026" in told
    assert "Sitting 1 h 00 min of 1 h 30 min observed" in told
    assert "Breaks taken 1 1 of 1 asked for, 0 unasked" in told
    assert "Mean score 80 of 100 judged 75 % of your time here" in told
    assert "Strained 33 % 20 min of judged time" in told
    assert "slumped 20 min · 33 %" in told
    assert "You Sitting Break Unknown No data" in told
    assert "Strain Strained Not strained Not judged" in told
    assert "Reminders Posture Break" in told
    assert "Score score of 70" in told
    assert "09:41 Reminder: posture slumped" in told
    assert "10:00 Got up 10:10 Came back from the break after 10 min" in told


def test_a_day_that_could_not_be_judged_has_no_score(tmp_path):
    with Store(tmp_path / "history.db") as store:
        recorder = store.begin_run("desk camera", live=True, profile=None, started_at=NOW)
        recorder.heartbeat(interval(NOW - timedelta(hours=2), 30, State.UNKNOWN))
    with serving(tmp_path) as served:
        told = visible(served.page("/day"))

    assert "Mean score not known" in told
    assert "Strained not known" in told


def test_a_day_of_clock_change_has_its_hours_once():
    # 29 March 2026: 02:00 becomes 03:00 in Berlin.
    start = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # 01:30
    hours = hours_of([interval(start, 60, score=80.0)], BERLIN)

    assert list(hours) == [date(2026, 3, 29)]
    assert [n for n, hour in enumerate(hours[date(2026, 3, 29)]) if hour.observed_s] == [1, 3]


def test_the_week_and_trends_agree_with_the_summary(dashboards):
    served = dashboards["month"]
    with Store(served.paths.database_file) as store:
        monday = datetime(2026, 3, 9, tzinfo=BERLIN)
        until = monday + timedelta(days=7)
        week = summarise(
            store.intervals(monday, until), store.events(monday, until),
            since=monday, until=until, tz=BERLIN,
        )  # fmt: skip
    mean_s = week.sitting_s / len(week.days)
    text = served.page("/trends")
    series = json.loads(re.search(r'id="series">(.*?)</script>', text)[1])
    known = [day.date.isoformat() for day in week.days]
    shown = {
        datetime.fromtimestamp(at, UTC).date().isoformat(): score
        for at, score in zip(series["at"], series["score"], strict=True)
    }

    told = visible(served.page("/week"))
    assert f"Sitting a day {mean_s / 3600.0:.1f} h" in told
    assert f"week before: {100.0 * week.strained_share:.0f} % of the judged time" in told
    assert "Your goal: at most 60 min of sitting without a break." in told
    assert "% of the judged time in 4 weeks." in visible(text)
    assert "Within your goals for" in visible(served.page("/"))
    assert [shown[day] for day in known] == [
        pytest.approx(d.mean_score, abs=0.01) for d in week.days
    ]
    assert len(series["at"]) == len(set(series["at"])) == 25
    assert None in series["score"]


def test_breaks_asked_for_are_the_sum_of_what_became_of_them(dashboards):
    text = dashboards["month"].page("/breaks")
    told = visible(text)
    asked = int(re.search(r"Asked for (\d+)", told)[1])
    counts = [int(n) for n in re.findall(r'<strong class="count">(\d+)</strong>', text)]
    hours = re.findall(r"(\d+)–\d+ h (\d+) of (\d+) ignored", told)

    assert asked > 100
    assert sum(counts[:-1]) == asked  # the last is what was taken unasked
    assert sum(int(of) for _, _, of in hours) == asked
    assert sum(int(ignored) for _, ignored, _ in hours) == counts[4]
    assert [int(hour) for hour, _, _ in hours] == sorted(int(hour) for hour, _, _ in hours)


def test_reasons_are_drawn_on_one_scale_and_lead_to_their_days(dashboards):
    served = dashboards["month"]
    text = served.page("/reasons")
    bars = [float(w) for w in re.findall(r'class="r\d" x="0%" y="0" width="([\d.]+)%"', text)]
    shares = [int(n) for n in re.findall(r'"reason-value">(\d+) %', text)]

    assert text.count("25 % of the judged time") == text.count('class="figure"') == len(bars) > 3
    for width, share in zip(bars, shares, strict=False):
        assert abs(width * 0.25 - share) <= 0.51
    day = re.search(r'href="/\w+(/day\?day=[\d-]+)"', text)[1]
    assert "Strained by" in visible(served.page(day))


def test_a_session_and_a_recording_have_their_own_page(dashboards):
    served = dashboards["month"]
    text = served.page("/sessions")
    addresses = re.findall(r'href="/\w+(/(?:sessions|recordings)/one[^"]*)"', text)

    assert sum(a.startswith("/sessions") for a in addresses) > 20
    assert "/recordings/one?name=morning.mp4" in addresses
    for address in (addresses[0], addresses[-2], addresses[-1]):
        assert "Timeline" in visible(served.page(address))


@pytest.mark.parametrize(
    ("target", "status"),
    [("/day?day=yesterday", 400), ("/day?day=0001-01-01", 400), ("/week?week=x", 400),
     ("/sessions?since=2026-03-02&until=2026-03-01", 400), ("/sessions/one?start=1", 404),
     ("/sessions/one?start=-9e99", 404), ("/recordings/one?name=../../etc/passwd", 404),
     ("/data/export?format=exe", 400), ("/data/export?format=csv&since=1900-01-01", 400),
     ("/nowhere", 404)],
)  # fmt: skip
def test_an_address_that_makes_no_sense_says_so(dashboards, target, status):
    got, _, text = dashboards["month"].ask(target)

    assert got == status
    assert "<h1>" in text
    assert "Traceback" not in text


def test_the_export_is_the_report_of_those_days(dashboards):
    served = dashboards["month"]
    span = "since=2026-03-09&until=2026-03-12"
    status, headers, text = served.ask(f"/data/export?format=csv&{span}")
    document = json.loads(served.ask(f"/data/export?format=json&{span}")[2])
    rows = list(csv.DictReader(StringIO(text)))

    assert status == 200
    assert headers["content-disposition"] == (
        'attachment; filename="posture-2026-03-09-to-2026-03-12.csv"'
    )
    assert [row["date"] for row in rows] == [day["date"] for day in document["days"]]
    assert document["events"]
    assert "<!doctype html>" in served.ask(f"/data/export?format=html&{span}")[2]


def test_a_damaged_record_is_told_in_a_sentence(tmp_path):
    (tmp_path / "history.db").write_bytes(b"this is no database at all, not even nearly")
    with serving(tmp_path) as served:
        status, _, text = served.ask("/")

    assert status == 503
    assert "is damaged or not a record of posture-monitor" in visible(text)
    assert "Traceback" not in text


def test_what_is_damaged_in_a_record_is_said_on_every_page_from_then_on(one_morning):
    with Store(one_morning / "history.db") as store, store.transaction() as db:
        db.execute("UPDATE intervals SET duration_s = 2401.0 WHERE duration_s = 2400.0")
    said = f"The record is damaged: entries of {NOW.astimezone(UTC).date()} (UTC) were changed"
    with serving(one_morning) as served:
        told = visible(served.page("/day"))
        assert said in told
        assert said in visible(served.page("/data"))
        saved = json.loads(served.page(f"/data/export?format=json&since={NOW.date()}"))
        assert saved["damaged_days"] == [NOW.astimezone(UTC).date().isoformat()]


def test_the_present_shows_the_score_with_every_penalty(one_morning):
    with serving(one_morning, live=Recorder()) as served:
        told = visible(served.page("/"))

    assert "Sitting 62 of 100 Strained: head forward." in told
    assert "head forward strained Draw the chin back over the shoulders. −31 slumped −7" in told
    assert "Break in 6 min 24 min of sitting without a break; one is due after 30 min." in told
    assert "Camera desk camera, on Profile office Notifications shown" in told


def test_the_printed_penalties_add_up_to_what_the_printed_score_lacks(one_morning):
    live = Recorder()
    cases = [
        (62.0, {"forward_head": 31.0, "slouch": 7.0}, [31, 7]),
        (62.5, {"forward_head": 30.5, "slouch": 7.0}, [31, 7]),
        (95.6, {"slouch": 0.9, "shrug": 0.9, "lean_in": 0.8, "head_turn": 0.8}, [1, 1, 1, 1]),
        (98.4, {"slouch": 0.5}, [1, 1]),  # the rest is told together
        (100.0, {}, []),
    ]
    with serving(one_morning, live=live) as served:
        for score, penalties, told in cases:
            live.said |= {"score": score, "reasons": [], "penalties": penalties}
            text = served.page("/")
            shown = [int(n) for n in re.findall(r"<strong>−(\d+)</strong>", text)]

            assert shown == told
            assert sum(shown) == 100 - int(re.search(r'ring-number"[^>]*>(\d+)<', text)[1])


def test_the_next_break_is_told_large_and_when_it_is_overdue_too(one_morning):
    live = Recorder()
    sat = "of sitting without a break; one is due after 30 min."
    cases = [
        ("sitting", 2940.0, ("break", 240.0),
         f"Break 19 min overdue 49 min {sat} You are reminded again in 4 min."),
        ("sitting", 1440.0, ("move", 180.0),
         f"Break in 6 min 24 min {sat} Before that: change position in 3 min."),
        ("sitting", 1800.0, ("break", 0.0), "Break now"),
        ("sitting", 1440.0, ("break", 600.0), "Break in 10 min"),  # snoozed
        ("away", 1440.0, None, "No reminder is on its way."),
    ]  # fmt: skip
    with serving(one_morning, live=live) as served:
        for state, sitting_s, coming, told in cases:
            live.said |= {
                "state": state,
                "sitting_s": sitting_s,
                "next_reminder": coming and {"kind": coming[0], "in_s": coming[1]},
            }

            assert told in visible(served.page("/"))


def test_without_a_judgement_the_present_shows_no_score(one_morning):
    live = Recorder()
    live.said |= {"score": None, "reasons": [], "penalties": {}, "unjudged": "too_dark"}
    with serving(one_morning, live=live) as served:
        told = visible(served.page("/"))

    assert "– no score now" in told
    assert "can’t be judged right now: it is too dark." in told
    assert "62" not in told


def test_commands_reach_the_monitor_and_its_refusal_the_user(one_morning):
    live = Recorder()
    with serving(one_morning, live=live) as served:
        first = served.post("/control", command="pause", minutes="30")
        served.post("/control", command="snooze")
        served.post("/control", command="feedback")
        odd = served.post("/control", command="stop")
        long = served.post("/control", command="pause", minutes="1e9")
        live.refusal = "the camera is gone"
        refused = served.post("/control", command="resume", headers={"Accept": "application/json"})

    assert first[0] == 303
    assert (odd[0], long[0]) == (400, 400)
    assert live.asked[:3] == [
        ("pause", {"minutes": 30.0}),
        ("snooze", {"minutes": 10.0}),
        ("feedback", {"verdict": "wrong"}),
    ]
    assert refused[0] == 409
    assert json.loads(refused[2]) == {"error": "the camera is gone"}


def test_profiles_are_deleted_and_data_before_a_day_too(month):
    with serving(month) as served:
        before = visible(served.page("/trends"))
        gone = served.post("/profiles/delete", name="standing desk")
        missing = served.post("/profiles/delete", name="nobody")
        cut = served.post("/data/delete", what="before", before="2026-03-09")
        unsure = served.post("/data/delete", what="all", word="yes")
        after = visible(served.page("/trends"))
        with Store(served.paths.database_file) as store:
            names = [profile.name for profile in store.profiles()]
            oldest = store.intervals(NOW - timedelta(days=400), NOW)[0].start_at
        everything = served.post("/data/delete", what="all", word="Delete")
        empty = visible(served.page("/trends"))

    assert (gone[0], missing[0], cut[0], unsure[0], everything[0]) == (303, 404, 303, 400, 303)
    assert names == ["office"]
    assert oldest >= datetime(2026, 3, 9, tzinfo=BERLIN)
    assert "18 of" not in after
    assert before != after
    assert "No data in this time" in empty


def test_what_another_program_deletes_is_gone_from_the_pages_at_once(month):
    with serving(month) as served:
        assert "days hold data" in visible(served.page("/trends?range=12w"))
        with Store(served.paths.database_file) as store:
            store.delete_before(NOW)

        assert "No data in this time" in visible(served.page("/trends?range=12w"))


def test_sample_data_is_never_changed(month):
    with serving(month, sample=True) as served:
        for target, fields in (
            ("/data/delete", {"what": "all", "word": "delete"}),
            ("/profiles/delete", {"name": "office"}),
            ("/settings/save", {"posture.sensitivity": "high"}),
            ("/calibrate/start", {"profile": "x"}),
        ):
            status, _, text = served.post(target, **fields)

            assert status == 409
            assert "sample data" in text
        assert "Sample data." in served.page("/")
        assert not served.paths.config_file.exists()
        with Store(served.paths.database_file) as store:
            assert len(store.profiles()) == 2


def test_kept_totals_are_those_read_anew(dashboards):
    first = NOW.date() - timedelta(days=360)
    with Store(dashboards["year"].paths.database_file) as store:
        settings = dashboards["year"].app.state.desk.settings.sitting
        records = Records(lambda: store, sitting=lambda: settings, now=lambda: NOW, tz=BERLIN)
        once = records.days(first, NOW.date())
        again = records.days(first, NOW.date())
        records.clear_cache()

        assert once == again == records.days(first, NOW.date())
        assert len(once) > 20
