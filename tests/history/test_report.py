"""The report tells a day, a week or nothing at all so that a newcomer understands it."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from posture_monitor.core.stats.summary import summarise
from posture_monitor.domain import EventKind, Interval, Reason, RecordedEvent, ReminderKind, State
from posture_monitor.history.details import from_words
from posture_monitor.history.report import render_csv, render_html, render_json, render_text
from posture_monitor.history.timeline_columns import (
    cut,
    make_axis,
    ruler,
    score_row,
    state_row,
    strain_row,
)
from posture_monitor.wording import report_words as words

BERLIN = ZoneInfo("Europe/Berlin")
NINE = datetime(2026, 3, 2, 8, tzinfo=UTC)  # nine o'clock in Berlin
S, T, A, B, U = State.SITTING, State.STANDING, State.AWAY, State.BREAK, State.UNKNOWN


def minutes(count):
    return timedelta(minutes=count)


def local(day, hour=0, minute=0):
    return datetime(2026, 3, day, hour, minute, tzinfo=BERLIN)


def interval(state, at_min, length_min, *, score=None, reasons=()):
    seconds = length_min * 60.0
    judged_s = 0.0 if score is None else seconds
    return Interval(
        NINE + minutes(at_min),
        seconds,
        state,
        None if score is None else bool(reasons),
        reasons,
        judged_s,
        judged_s * (score or 0.0),
    )


def event(kind, at_min, detail=""):
    return RecordedEvent(NINE + minutes(at_min), kind, from_words(kind, detail))


def a_morning(start_min=0):
    return [
        interval(S, start_min, 40, score=90.0),
        interval(S, start_min + 40, 20, score=60.0, reasons=(Reason.SLOUCH, Reason.HEAD_DOWN)),
        interval(B, start_min + 60, 15),
        interval(S, start_min + 75, 15, score=75.0, reasons=(Reason.SLOUCH,)),
        interval(U, start_min + 90, 10),
        interval(T, start_min + 100, 15, score=100.0),
        interval(A, start_min + 115, 5),
    ]


SOME_EVENTS = [
    event(EventKind.SITTING_STARTED, 0),
    event(EventKind.POSITION_CHANGED, 5),
    event(EventKind.POSTURE_ALERT, 41, "slouch;head_down"),
    event(EventKind.BREAK_DUE, 45, "45 min of sitting"),
    event(EventKind.SITTING_ENDED, 60, "after 60 min of sitting"),
    event(EventKind.BREAK_STARTED, 60),
    event(EventKind.BREAK_ENDED, 75, "after 15 min"),
    event(EventKind.SITTING_STARTED, 75),
    event(EventKind.SITTING_ENDED, 100, "after 15 min of sitting"),
    event(EventKind.STANDING_STARTED, 100),
]


def one_day(intervals=(), events=()):
    return summarise(intervals, events, since=local(2), until=local(3), tz=BERLIN)


def a_week(intervals, events=()):
    return summarise(intervals, events, since=local(2), until=local(9), tz=BERLIN)


def text_of(summary, intervals=(), events=(), *, width=80, colour=False, source=None):
    return render_text(
        summary, intervals, events, width=width, colour=colour, tz=BERLIN, source=source
    )


def page_of(summary, intervals=(), events=(), *, source=None):
    return render_html(summary, intervals, events, tz=BERLIN, source=source)


def morning_text(**options):
    intervals = a_morning()
    return text_of(one_day(intervals, SOME_EVENTS), intervals, SOME_EVENTS, **options)


def morning_page():
    intervals = a_morning()
    return page_of(one_day(intervals, SOME_EVENTS), intervals, SOME_EVENTS)


class Page(HTMLParser):
    """The tags and texts of a page; complains about tags that are not closed."""

    def __init__(self, page):
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in {"meta"}:
            self._open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, text):
        self.texts.append(text)


# --------------------------------------------------------------------------- the terminal


def test_a_day_reads_without_colour_on_eighty_columns():
    lines = morning_text().splitlines()

    assert lines[:3] == ["Posture report: Monday 2 March 2026", "recorded live", ""]
    assert lines[3:13] == [
        "             09:00   09:15    09:30   09:45    10:00   10:15   10:30    10:45",
        "Sitting      █████████████████████████████████▄       ▁████████▂",
        "Standing                                                            ▁████████▂",
        "Away briefly                                                                 ▆██",
        "Break                                         ▄███████▇",
        "Unknown                                                        ▆████▇",
        "Strained                           ▅██████████▄       ▁████████▂",
        "Score        ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▆▅▅▅▅▅▅▅▅▅▅▅       ▆▆▆▆▆▆▆▆▆▆    ██████████",
        "             One column is 2 min; a bar's height is the share of that time.",
        "             Score: a full bar is 100; blank where posture couldn't be judged.",
    ]


def test_a_day_tells_its_times_posture_breaks_and_reminders():
    text = morning_text()

    for line in (
        "  Sitting                  1 h 15 min  63 %",
        "  Standing                     15 min  13 %",
        "  Away briefly                  5 min   4 %",
        "  Break                        15 min  12 %",
        "  Unknown                      10 min   8 %",
        "  Observed in all          2 h 00 min",
        "  Longest without a break  1 h 00 min",
        "  Typical sitting spell        38 min",
        "  Sitting spells                    2",
        "Posture (100 = as in your calibration, or better)",
        "  Mean score       82 of 100",
        "  Could be judged  1 h 30 min (90 % of your time here)",
        "  Strained         35 min (39 % of the judged time)",
        "    slumped    ████████████████████  35 min",
        "    head down  ███████████           20 min",
        "Breaks       1 asked for: 1 taken; 0 taken unasked",
        "Reminders    posture 1 · break 1",
    ):
        assert line in text.splitlines()


def test_what_happened_is_told_once_with_the_local_time_of_day():
    text = morning_text()
    lines = text[text.index("What happened") :].splitlines()

    assert lines[1:9] == [
        "  09:00      sat down",
        "  09:41      reminder: posture (slumped, head down)",
        "  09:45      reminder: take a break (45 min of sitting)",
        "  10:00      got up (after 60 min of sitting)",
        "  10:15      came back from the break (after 15 min)",
        "  10:40      got up (after 15 min of sitting)",
        "",
        "This report informs; posture-monitor is no medical device. See a doctor about",
    ]


def test_the_report_names_the_signs_with_which_to_see_a_doctor():
    for report in (" ".join(morning_text().split()), morning_page()):
        for sign in ("no medical device", "pass with rest", "numbness", "bladder", "fall", "fever"):
            assert sign in report


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(width):
    week = [piece for day in range(5) for piece in a_morning(day * 24 * 60)]

    for text in (morning_text(width=width), text_of(a_week(week), week, width=width)):
        assert max(map(len, text.splitlines())) <= width
        assert "\x1b" not in text
        assert not any(line.endswith(" ") for line in text.splitlines())


def test_nothing_is_cut_off_at_eighty_columns():
    week = [piece for day in range(5) for piece in a_morning(day * 24 * 60)]

    assert "…" not in morning_text()
    assert "…" not in text_of(a_week(week), week)


def test_a_wide_terminal_shows_times_and_posture_side_by_side():
    (line,) = [line for line in morning_text(width=120).splitlines() if line.startswith("Times")]

    assert re.split(" {2,}", line) == ["Times", "Posture (100 = as in your calibration, or better)"]


def test_colour_adds_nothing_but_colour():
    coloured = morning_text(colour=True)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)

    assert "\x1b[36m" in coloured
    assert [line.rstrip() for line in plain.splitlines()] == morning_text().splitlines()


def test_an_empty_record_says_so_and_what_to_do():
    text = text_of(one_day())

    assert text.splitlines()[:4] == [
        "Posture report: Monday 2 March 2026",
        "recorded live",
        "",
        "Nothing was recorded in this time. What you can do:",
    ]
    assert "  posture-monitor run  " in text
    assert "  posture-monitor demo  " in text
    assert "Score" not in text
    assert "Nothing was recorded in this time." in page_of(one_day())


def test_a_day_in_which_nothing_could_be_judged_invents_no_score():
    intervals = [interval(S, 0, 10), interval(U, 10, 50)]
    text = text_of(one_day(intervals), intervals)

    assert "  Mean score       not known" in text.splitlines()
    assert "  Could be judged  0 min (0 % of your time here)" in text.splitlines()
    assert "Strained" not in text
    assert "Reminders    none" in text.splitlines()
    assert "What happened" not in text
    assert "<dd>not known</dd>" in page_of(one_day(intervals), intervals)


def test_a_day_away_has_no_sitting_spell():
    intervals = [interval(B, 0, 60)]
    lines = text_of(one_day(intervals), intervals).splitlines()

    assert "  Sitting spells   none" in [re.sub(r"spells +none", "spells   none", x) for x in lines]
    assert "  Could be judged  0 min" in lines


def test_time_in_which_the_monitor_did_not_run_is_explained():
    intervals = [interval(S, 0, 30, score=90.0), interval(S, 90, 30, score=90.0)]
    text = text_of(one_day(intervals), intervals)

    assert "No bar in any row: the monitor wasn't running." in text
    assert "wasn't running" not in morning_text()


def test_a_week_tells_each_day_with_data_and_when_in_the_day_the_user_sat():
    intervals = a_morning() + a_morning(2 * 24 * 60)
    text = text_of(a_week(intervals, SOME_EVENTS), intervals, SOME_EVENTS)
    lines = text.splitlines()

    assert lines[:7] == [
        "Posture report: Monday 2 March 2026 to Sunday 8 March 2026",
        "recorded live",
        "",
        "Day          Observed     Sitting     Longest  Breaks  Score  Strained",
        "Mon 2 Mar  2 h 00 min  1 h 15 min  1 h 00 min       1     82    35 min",
        "Wed 4 Mar  2 h 00 min  1 h 15 min  1 h 00 min       0     82    35 min",
        "2 of 7 days hold data; the others count as nothing.",
    ]
    assert lines[8:13] == [
        "Sitting over the day",
        "             0       4       8       12      16      20",
        "Mon 2 Mar                      ██▄",
        "Wed 4 Mar                      ██▄",
        "             o'clock; height = share of the time sitting",
    ]
    assert "What happened" not in text


def test_a_narrow_week_shows_an_hour_in_a_column():
    intervals = a_morning() + a_morning(24 * 60)

    assert (
        "Mon 2 Mar             █▂" in text_of(a_week(intervals), intervals, width=60).splitlines()
    )


def test_half_hours_of_a_week_follow_the_local_clock():
    night = [
        interval(B, 0, 30),
        Interval(NINE + minutes(14 * 60 + 15), 3600.0, S, None),  # 23:15 to 00:15 in Berlin
    ]
    lines = text_of(a_week(night), night).splitlines()

    assert f"{'Mon 2 Mar':59}▄█" in lines
    assert "Tue 3 Mar    ▄" in lines


def test_a_very_long_day_keeps_its_last_events():
    intervals = [interval(S, 0, 200)]
    events = [event(EventKind.WATER_DUE, number) for number in range(70)]
    text = text_of(one_day(intervals, events), intervals, events)

    assert "(10 earlier ones are left out here; --format json has them all)" in text
    assert text.count("reminder: drink water") == 60
    assert "  10:09      reminder: drink water" in text.splitlines()


def test_a_recordings_name_cannot_steer_the_terminal():
    text = text_of(one_day(), source="evil\x1b[2J[bold].mp4")

    assert text.splitlines()[1] == "recording evil\N{REPLACEMENT CHARACTER}[2J[bold].mp4"


def test_an_event_whose_reason_is_unknown_is_told_in_its_own_words():
    intervals = [interval(S, 0, 10)]
    events = [event(EventKind.POSTURE_ALERT, 1, "slouch;gravity")]

    assert "reminder: posture (slouch;gravity)" in text_of(
        one_day(intervals, events), intervals, events
    )


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (local(2), local(3), "Monday 2 March 2026"),
        (local(2, 9), local(2, 17, 30), "Monday 2 March 2026, 09:00 to 17:30"),
        (local(2), local(4), "Monday 2 March 2026 to Tuesday 3 March 2026"),
        (local(2, 9), local(3, 1), "Monday 2 March 2026, 09:00 to Tuesday 3 March 2026, 01:00"),
    ],
)
def test_the_title_names_the_range_as_a_person_would(since, until, expected):
    summary = summarise([], [], since=since, until=until, tz=BERLIN)

    assert words.range_name(summary) == expected


def test_every_state_reason_and_reminder_has_a_word():
    assert set(words.STATES) == set(State)
    assert set(words.REASONS) == set(Reason)
    assert set(words.REMINDERS) == set(ReminderKind) - {ReminderKind.SYSTEM}


# --------------------------------------------------------------------------- columns


def test_columns_share_out_what_lies_across_them():
    axis = make_axis(NINE, NINE + minutes(60), BERLIN, max_ticks=6)
    cells = cut([interval(S, 5, 10, score=80.0, reasons=(Reason.SLOUCH,))], axis, 6)

    assert [cell.state_s[S] for cell in cells] == [300.0, 300.0, 0.0, 0.0, 0.0, 0.0]
    assert [cell.score_seconds for cell in cells] == [24000.0, 24000.0, 0.0, 0.0, 0.0, 0.0]
    assert state_row(cells, S, 600.0) == "▄▄    "
    assert strain_row(cells, 600.0) == "▄▄    "
    assert score_row(cells) == "▆▆    "


def test_what_lies_outside_the_axis_or_has_no_length_is_left_out():
    axis = make_axis(NINE, NINE + minutes(60), BERLIN, max_ticks=6)
    cells = cut([interval(S, -10, 20), interval(S, 55, 20), interval(B, 30, 0)], axis, 6)

    assert [cell.state_s[S] for cell in cells] == [600.0, 0.0, 0.0, 0.0, 0.0, 300.0]
    assert sum(cell.state_s[B] for cell in cells) == 0.0


def test_a_moment_too_short_for_a_column_can_still_be_seen():
    axis = make_axis(NINE, NINE + minutes(60), BERLIN, max_ticks=6)

    assert state_row(cut([interval(A, 31, 0.01)], axis, 6), A, 600.0) == "   ▁  "


@pytest.mark.parametrize(
    ("length_min", "expected"),
    [
        (3, "09:00       09:01       09:02       "),
        (60, "09:00 09:10 09:20 09:30 09:40 09:50 "),
        (8 * 60, "08:00  10:00  12:00   14:00  16:00  "),
        (30 * 60, "06:00 12:00 18:00 00:00 06:00 12:00 "),
    ],
)
def test_the_ruler_marks_round_local_times(length_min, expected):
    axis = make_axis(NINE, NINE + minutes(length_min), BERLIN, max_ticks=6)

    assert ruler(axis, 36) == expected


def test_a_mark_without_room_for_its_time_is_left_out():
    axis = make_axis(NINE, NINE + minutes(9), BERLIN, max_ticks=2)

    assert axis.until == NINE + minutes(10)
    assert ruler(axis, 8) == "09:00   "


def test_the_ruler_tells_local_time_on_both_sides_of_a_clock_change():
    since = datetime(2026, 3, 29, 0, tzinfo=UTC)
    axis = make_axis(since, since + timedelta(hours=3), BERLIN, max_ticks=4)

    assert [f"{tick:%H:%M}" for tick in axis.ticks] == ["01:00", "03:00", "04:00"]


# --------------------------------------------------------------------------- for programs


def test_json_holds_the_contract_the_source_and_every_event():
    intervals = a_morning()
    document = json.loads(
        render_json(one_day(intervals, SOME_EVENTS), SOME_EVENTS, tz=BERLIN, source="talk.mp4")
    )

    assert {
        "schema", "from", "until", "observed_s", "sitting_s", "standing_s", "away_s", "break_s",
        "unknown_s", "strained_s", "strained_by_reason_s", "mean_score", "longest_sitting_s",
        "breaks", "reminders", "days",
    } <= set(document)  # fmt: skip
    assert document["sitting_s"] == 4500.0
    assert document["source"] == "talk.mp4"
    assert len(document["events"]) == 10
    assert document["events"][2] == {
        "at": "2026-03-02T09:41:00+01:00",
        "kind": "posture_alert",
        "detail": "slouch;head_down",
    }


def test_json_tells_what_followed_on_each_reminder():
    intervals = a_morning()
    summary = one_day(intervals, SOME_EVENTS)
    document = json.loads(render_json(summary, SOME_EVENTS, intervals=intervals, tz=BERLIN))

    assert [(one["kind"], one["answer"]) for one in document["followed"]] == [
        ("posture", "ignored"),
        ("break", "ignored"),
    ]
    assert document["followed"][0]["at"] == "2026-03-02T09:41:00+01:00"


def test_json_of_an_empty_record_has_no_invented_value():
    document = json.loads(render_json(one_day()))

    assert document["mean_score"] is None
    assert document["longest_sitting_s"] is None
    assert document["observed_s"] == 0
    assert document["days"] == []
    assert document["source"] is None
    assert document["events"] == []


HEADER = (
    "date,observed_s,sitting_s,standing_s,away_s,break_s,unknown_s,judged_s,strained_s,mean_score,"
    "longest_sitting_s,breaks_due,breaks_taken,breaks_natural,breaks_stood,breaks_skipped,"
    "breaks_ignored,reminders_posture,reminders_move,reminders_break,reminders_stretch,"
    "reminders_water,strained_slouch_s,strained_forward_head_s,strained_head_down_s,"
    "strained_lean_in_s,strained_lean_left_s,strained_lean_right_s,strained_head_tilt_s,"
    "strained_shoulder_tilt_s,strained_shrug_s,strained_head_turn_s,"
    "position_changes_per_h,longest_still_s,drinks,reminders_far_look,reminders_sit_stand,"
    "breaks_snoozed,breaks_open"
)


def test_csv_has_a_row_a_day_under_a_header_that_never_changes():
    intervals = [*a_morning(), interval(U, 24 * 60, 10)]
    text = render_csv(a_week(intervals, SOME_EVENTS))
    first, second = csv.DictReader(StringIO(text))

    assert text.splitlines()[0] == HEADER
    assert text.splitlines()[1] == (
        "2026-03-02,7200,4500,900,300,900,600,5400,2100,82.5,3600,1,1,0,0,0,0,1,0,1,0,0,"
        "2100,0,1200,0,0,0,0,0,0,0,2,3300,0,0,0,0,0"
    )
    assert first["strained_head_down_s"] == "1200"
    assert second["date"] == "2026-03-03"
    assert second["mean_score"] == ""


def test_csv_of_an_empty_record_is_its_header():
    assert render_csv(one_day()) == HEADER + "\n"


def test_every_form_tells_what_is_damaged():
    damaged = replace(one_day(), damaged_days=(date(2026, 3, 2),))
    told = "he record is damaged: entries of 2026-03-02 (UTC) were changed or lost"

    assert json.loads(render_json(damaged))["damaged_days"] == ["2026-03-02"]
    assert told in " ".join(text_of(damaged).split())
    assert f'<p class="damaged">T{told}' in page_of(damaged)


# --------------------------------------------------------------------------- the page


def test_the_page_is_whole_loads_nothing_and_runs_nothing():
    week = [piece for day in range(5) for piece in a_morning(day * 24 * 60)]
    for text in (morning_page(), page_of(a_week(week), week), page_of(one_day())):
        page = Page(text)

        assert "script" not in page.tags
        assert not {"link", "img", "iframe", "object", "base"} & set(page.tags)
        assert not {"src", "href", "xlink:href"} & {name for name, _ in page.attributes}
        assert not re.search(r"https?:|url\(|@import|javascript:", text)
        assert "default-src 'none'" in text
        assert text.startswith("<!doctype html>")


def test_the_page_follows_light_and_dark_and_prints():
    page = morning_page()

    assert "prefers-color-scheme: dark" in page
    assert "color-scheme: light dark" in page
    assert "@media print" in page


def test_the_page_tells_the_same_as_the_terminal():
    texts = Page(morning_page()).texts

    for text in (
        "Posture report: Monday 2 March 2026",
        "1 h 15 min",
        "82 of 100",
        "1 h 30 min (90 % of your time here)",
        "35 min (39 % of the judged time)",
        "slumped",
        "1 asked for: 1 taken; 0 taken unasked",
        "posture 1 · break 1",
        "reminder: posture",
        "slumped, head down",
    ):
        assert text in texts


def test_the_pages_timeline_names_each_stretch_with_its_times():
    page = Page(morning_page())

    assert "Sitting 09:00 to 10:00" in page.texts  # two neighbours, told as one
    assert "Strained 09:40 to 10:00" in page.texts
    assert "Break 10:00 to 10:15" in page.texts
    assert page.texts.count("Unknown") == 2  # a lane and a row of the table
    assert dict(page.attributes)["aria-label"].startswith("Timeline from 09:00 to 11:00;")
    assert re.findall(r'class="score" d="([^"]*)"', morning_page()) == [
        "M110.0 194.0H393.3L393.3 212.0H535.0M641.2 203.0H747.5M818.3 188.0H924.6"
    ]


def test_a_weeks_page_has_a_lane_and_a_row_for_each_day_with_data():
    intervals = a_morning() + a_morning(2 * 24 * 60)
    page = Page(page_of(a_week(intervals), intervals))

    assert page.texts.count("Mon 2 Mar") == 2
    assert page.texts.count("Wed 4 Mar") == 2
    assert "Tue 3 Mar" not in page.texts
    assert "2 of 7 days hold data; the others count as nothing." in page.texts
    assert page.tags.count("svg") == 2
    assert "What happened" not in page.texts


def test_whatever_stands_in_the_record_is_escaped():
    intervals = [interval(S, 0, 10)]
    events = [event(EventKind.FEEDBACK, 1, "<script>alert('x')</script>")]
    text = page_of(one_day(intervals, events), intervals, events, source='"><b>&.mp4')

    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in text
    assert "&quot;&gt;&lt;b&gt;&amp;.mp4" in text
    assert "script" not in Page(text).tags
    assert "b" not in Page(text).tags


# --------------------------------------------------------------------------- cost


def test_the_report_module_does_not_load_rich_before_text_is_asked_for():
    code = "import sys, posture_monitor.history.report; print('rich' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    assert answer.stdout == "False\n"
