"""The record keeps what it was told, for the user alone, whatever happens to process or disk."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from posture_monitor.domain import (
    Detail,
    Event,
    EventKind,
    Interval,
    Reason,
    RecordedEvent,
    State,
    StoreError,
)
from posture_monitor.history import opening, schema
from posture_monitor.history.store import Run, Store

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY_START, DAY_END = NINE - timedelta(hours=9), NINE + timedelta(hours=15)
PROJECT = Path(__file__).parents[2]


def minutes(count):
    return timedelta(minutes=count)


def sitting(start_at=NINE, duration_s=60.0, **changes):
    values = {"strained": False, "judged_s": duration_s, "score_seconds": 90.0 * duration_s}
    return Interval(start_at, duration_s, State.SITTING, **{**values, **changes})


def begin(record, source="webcam", *, live=True, profile=None, started_at=NINE):
    return record.begin_run(source, live=live, profile=profile, started_at=started_at)


def day(record, source=None):
    return record.intervals(DAY_START, DAY_END, source=source)


def day_events(record, source=None):
    return record.events(DAY_START, DAY_END, source=source)


def mode(path):
    return oct(stat.S_IMODE(path.stat().st_mode))


@contextmanager
def umask(value):
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def pragma(record, name, value, normal):
    """Make the database refuse in a way that a test can't otherwise provoke without root."""
    record._db.execute(f"PRAGMA {name} = {value}")
    try:
        yield
    finally:
        record._db.execute(f"PRAGMA {name} = {normal}")


def full_disk(record):
    pages = record._db.execute("PRAGMA page_count").fetchone()[0]
    return pragma(record, "max_page_count", pages, 1_000_000)


def run_python(code, *arguments):
    """A second process that has the package, its output readable line by line."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )


# --------------------------------------------------------------------------- what is kept


def test_an_interval_comes_back_as_it_was_told(tmp_path):
    told = [
        Interval(NINE, 60.5, State.SITTING, True, (Reason.SLOUCH, Reason.HEAD_DOWN), 58.25, 3000.5),
        Interval(NINE + minutes(2), 30.0, State.SITTING, False, (), 30.0, 2900.0),
        Interval(NINE + minutes(3), 600.0, State.AWAY, None),
    ]
    with Store(tmp_path / "history.db") as record:
        recorder = begin(record)
        for interval in told:
            recorder.heartbeat(interval)

        assert day(record) == told


def test_the_open_interval_grows_instead_of_piling_up(tmp_path):
    with Store(tmp_path / "history.db") as record:
        recorder = begin(record)
        for duration_s in (5.0, 10.0, 15.0):
            recorder.heartbeat(sitting(duration_s=duration_s))

        assert day(record) == [sitting(duration_s=15.0)]


def test_intervals_that_merge_on_a_late_insight_are_not_counted_twice(tmp_path):
    with Store(tmp_path / "history.db") as record:
        recorder = begin(record)
        recorder.heartbeat(
            sitting(NINE, 60.0),
            sitting(NINE + minutes(1), 30.0, strained=None),
            Interval(NINE + minutes(2), 10.0, State.AWAY, None),
        )
        left = Interval(NINE + timedelta(seconds=40), 130.0, State.BREAK, None)
        recorder.heartbeat(sitting(NINE, 40.0), left)

        assert day(record) == [
            sitting(NINE, 40.0),
            Interval(NINE + timedelta(seconds=40), 130.0, State.BREAK, None),
        ]


def test_a_clock_that_was_set_back_an_hour_takes_nothing_from_the_record(tmp_path):
    with Store(tmp_path / "history.db") as record:
        recorder = begin(record)
        for minute in range(60):
            recorder.heartbeat(sitting(NINE + minutes(minute)))
        for minute in range(60):
            recorder.heartbeat(sitting(NINE + minutes(minute - 0.5)))

        assert len(day(record)) == 120


def test_a_clock_that_was_set_back_by_less_than_a_minute_takes_nothing_from_the_record(tmp_path):
    # The interval that began "before" the last one used to take it for merged with itself.
    with Store(tmp_path / "history.db") as record:
        recorder = begin(record)
        recorder.heartbeat(sitting(NINE, 40.0))
        set_back = NINE - timedelta(seconds=2)
        for length_s in (3.0, 7.0, 60.0):
            recorder.heartbeat(sitting(set_back, length_s))

        assert [i.duration_s for i in day(record)] == [60.0, 40.0]


def test_a_new_run_does_not_touch_what_an_earlier_one_told(tmp_path):
    with Store(tmp_path / "history.db") as record:
        begin(record).heartbeat(sitting(duration_s=30.0))
        begin(record).heartbeat(sitting(duration_s=40.0))

        assert day(record) == [sitting(duration_s=30.0), sitting(duration_s=40.0)]


def test_the_record_survives_closing_and_opening(tmp_path):
    with Store(tmp_path / "history.db") as record:
        begin(record).heartbeat(sitting())
    with Store(tmp_path / "history.db") as record:
        assert day(record) == [sitting()]


def test_intervals_come_in_the_order_of_their_time(tmp_path):
    with Store(tmp_path / "history.db") as record:
        recorder = begin(record)
        recorder.heartbeat(sitting(NINE + minutes(10)))
        recorder.heartbeat(sitting(NINE))

        assert [interval.start_at for interval in day(record)] == [NINE, NINE + minutes(10)]


def test_an_interval_is_cut_to_the_asked_range_in_proportion(tmp_path):
    with Store(tmp_path / "history.db") as record:
        begin(record).heartbeat(sitting(duration_s=600.0, judged_s=300.0, score_seconds=24000.0))

        assert record.intervals(NINE + minutes(2), NINE + minutes(4)) == [
            sitting(NINE + minutes(2), 120.0, judged_s=60.0, score_seconds=4800.0)
        ]
        assert record.intervals(NINE + minutes(10), DAY_END) == []
        assert record.intervals(DAY_START, NINE) == []


def test_events_belong_to_the_range_from_its_start_to_just_before_its_end(tmp_path):
    with Store(tmp_path / "history.db") as record:
        recorder = begin(record)
        recorder.event(NINE, Event(0.0, EventKind.SITTING_STARTED))
        recorder.event(
            NINE + minutes(30), Event(1800.0, EventKind.BREAK_DUE, Detail(seconds=1800.0))
        )

        assert record.events(NINE, NINE + minutes(30)) == [
            RecordedEvent(NINE, EventKind.SITTING_STARTED)
        ]
        assert record.events(NINE + minutes(30), DAY_END) == [
            RecordedEvent(NINE + minutes(30), EventKind.BREAK_DUE, Detail(seconds=1800.0))
        ]


def test_the_days_of_which_something_is_recorded_are_those_of_utc(tmp_path):
    with Store(tmp_path / "history.db") as record:
        assert record.recorded_days() == []

        recorder = begin(record, started_at=NINE - timedelta(days=9))
        recorder.heartbeat(sitting(NINE + timedelta(hours=15)), sitting(NINE), sitting(DAY_START))
        recorder.event(datetime(1970, 1, 1, 12, tzinfo=UTC), Event(0.0, EventKind.PAUSED))
        begin(record, "talk.mp4", live=False).heartbeat(sitting(NINE + timedelta(days=3)))

        days = [date(1970, 1, 1), date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 5)]
        assert record.recorded_days() == days


def test_times_are_told_in_any_zone_and_come_back_in_utc(tmp_path):
    tokyo = timezone(timedelta(hours=9))
    with Store(tmp_path / "history.db") as record:
        recorder = begin(record)
        recorder.heartbeat(sitting(NINE.astimezone(tokyo)))
        recorder.event(NINE.astimezone(tokyo), Event(0.0, EventKind.SITTING_STARTED))

        assert day(record)[0].start_at.isoformat() == "2026-03-02T09:00:00+00:00"
        assert day_events(record)[0].at.isoformat() == "2026-03-02T09:00:00+00:00"


NAIVE = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - what must be refused


@pytest.mark.parametrize(
    "use",
    [
        lambda record: record.intervals(NAIVE, DAY_END),
        lambda record: record.events(DAY_START, NAIVE),
        lambda record: begin(record, started_at=NAIVE),
        lambda record: begin(record).heartbeat(sitting(NAIVE)),
        lambda record: begin(record).event(NAIVE, Event(0.0, EventKind.PAUSED)),
        lambda record: record.save_profile("office", {}, NAIVE),
        lambda record: record.delete_before(NAIVE),
    ],
)
def test_a_time_without_its_zone_is_refused(tmp_path, use):
    with Store(tmp_path / "history.db") as record:
        with pytest.raises(ValueError, match="time zone, got 2026-03-02T09:00:00"):
            use(record)

        assert day(record) == []


@pytest.mark.parametrize("duration_s", [float("nan"), float("inf"), -1.0])
def test_a_duration_that_is_no_length_of_time_is_refused(tmp_path, duration_s):
    with Store(tmp_path / "history.db") as record:
        with pytest.raises(ValueError, match="finite and not negative"):
            begin(record).heartbeat(sitting(duration_s=duration_s))

        assert day(record) == []


def test_a_closed_run_takes_nothing_more(tmp_path):
    with Store(tmp_path / "history.db") as record:
        recorder = begin(record)
        recorder.close()
        recorder.close()

        with pytest.raises(StoreError, match="begin another run"):
            recorder.heartbeat(sitting())
        assert day(record) == []


def test_a_closed_record_says_so(tmp_path):
    record = Store(tmp_path / "history.db")
    record.close()
    record.close()

    with pytest.raises(StoreError, match="closed database"):
        record.sources()


# --------------------------------------------------------------------------- live and replays


def test_replays_do_not_pollute_live_days(tmp_path):
    with Store(tmp_path / "history.db") as record:
        begin(record, "webcam").heartbeat(sitting(duration_s=60.0))
        replay = begin(record, "talk.mp4", live=False)
        replay.heartbeat(sitting(duration_s=70.0))
        replay.event(NINE, Event(0.0, EventKind.SITTING_STARTED))

        assert [interval.duration_s for interval in day(record)] == [60.0]
        assert [interval.duration_s for interval in day(record, "talk.mp4")] == [70.0]
        assert day_events(record) == []
        assert len(day_events(record, "talk.mp4")) == 1
        assert day(record, "webcam") == []


def test_a_recording_that_is_replayed_twice_counts_once(tmp_path):
    with Store(tmp_path / "history.db") as record:
        for duration_s in (60.0, 61.0):
            begin(record, "talk.mp4", live=False).heartbeat(sitting(duration_s=duration_s))

        assert [interval.duration_s for interval in day(record, "talk.mp4")] == [61.0]


def test_sources_names_the_replayed_recordings_once_each(tmp_path):
    with Store(tmp_path / "history.db") as record:
        for name, live in (("webcam", True), ("b.mp4", False), ("a.mp4", False), ("b.mp4", False)):
            begin(record, name, live=live)

        assert record.sources() == ["a.mp4", "b.mp4"]


def test_the_last_run_tells_when_it_began_and_how_far_it_came(tmp_path):
    with Store(tmp_path / "history.db") as record:
        begin(record, "webcam", started_at=NINE - minutes(60)).heartbeat(sitting())
        begin(record, "webcam", profile="office").heartbeat(sitting(duration_s=90.0))
        begin(record, "talk.mp4", live=False).event(
            NINE + minutes(5), Event(300.0, EventKind.PAUSED)
        )
        begin(record, "empty.mp4", live=False)

        assert record.last_run() == Run(
            2, "webcam", True, "office", NINE, NINE + timedelta(seconds=90)
        )
        assert record.last_run("talk.mp4") == Run(
            3, "talk.mp4", False, None, NINE, NINE + minutes(5)
        )
        assert record.last_run("empty.mp4") == Run(4, "empty.mp4", False, None, NINE, NINE)
        assert record.last_run("never.mp4") is None


def test_an_empty_record_has_nothing_to_tell(tmp_path):
    with Store(tmp_path / "history.db") as record:
        assert day(record) == []
        assert day_events(record) == []
        assert record.last_run() is None
        assert record.sources() == []
        assert record.profiles() == []


# --------------------------------------------------------------------------- profiles


def test_a_profile_is_kept_replaced_and_deleted_by_its_name(tmp_path):
    with Store(tmp_path / "history.db") as record:
        record.save_profile("office", {"grade": "fair"}, NINE)
        record.save_profile("home", {"medians": {"head_roll_deg": 1.5, "gap": None}}, NINE)
        record.save_profile("office", {"grade": "good"}, NINE + minutes(1))

        assert [(p.name, p.created_at, p.document) for p in record.profiles()] == [
            ("home", NINE, {"medians": {"head_roll_deg": 1.5, "gap": None}}),
            ("office", NINE + minutes(1), {"grade": "good"}),
        ]
        assert record.profile("office") == {"grade": "good"}
        assert record.profile("cellar") is None
        assert record.delete_profile("office") is True
        assert leftovers(tmp_path / "history.db", '{"grade"') == []
        assert record.delete_profile("office") is False
        assert record.profile("office") is None


def test_a_profile_with_a_number_that_is_none_is_refused(tmp_path):
    with Store(tmp_path / "history.db") as record:
        with pytest.raises(ValueError, match="not JSON compliant"):
            record.save_profile("office", {"median": float("nan")}, NINE)

        assert record.profiles() == []


# --------------------------------------------------------------------------- for the user alone


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o277])
def test_every_file_and_new_folder_is_the_users_alone_whatever_the_umask(tmp_path, mask):
    path = tmp_path / "share" / "posture-monitor" / "history.db"
    with umask(mask), Store(path) as record:
        begin(record).heartbeat(sitting())

        assert sorted(file.name for file in path.parent.iterdir()) == [
            "history.db",
            "history.db-shm",
            "history.db-wal",
        ]
        assert {mode(file) for file in path.parent.iterdir()} == {"0o600"}
        assert mode(path.parent) == "0o700"
        assert mode(path.parent.parent) == "0o700"


def test_files_that_others_could_read_are_tightened(tmp_path):
    folder = tmp_path / "data"
    path = folder / "history.db"
    killed = run_python(
        "import sys, os, signal; from pathlib import Path\n"
        "from posture_monitor.history.store import Store\n"
        "record = Store(Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)",
        path,
    )
    killed.communicate()
    for file in folder.iterdir():
        file.chmod(0o644)
    folder.chmod(0o755)
    with Store(path):
        assert {mode(file) for file in folder.iterdir()} == {"0o600"}
        assert len(list(folder.iterdir())) == 3
        assert mode(folder) == "0o755"  # it was there before: the user opened it


def test_a_folder_that_others_rely_on_keeps_its_rights(tmp_path, monkeypatch):
    shared, home = tmp_path / "tmp", tmp_path / "home"
    shared.mkdir()
    shared.chmod(0o1777)
    home.mkdir()
    home.chmod(0o755)
    monkeypatch.setenv("HOME", str(home))
    for folder in (shared, home):
        with Store(folder / "history.db"):
            pass

    assert mode(shared) == "0o1777"
    assert mode(home) == "0o755"
    assert mode(home / "history.db") == "0o600"


# --------------------------------------------------------------------------- versions


def test_a_record_from_a_newer_version_is_left_alone(tmp_path):
    path = tmp_path / "history.db"
    with Store(path) as record, record.transaction() as db:
        db.execute("INSERT INTO migrations VALUES (99, 'from_the_future')")

    with pytest.raises(StoreError, match=r"history\.db was written by a newer .*; upgrade"):
        Store(path)


def test_each_migration_is_applied_once(tmp_path, monkeypatch):
    calls = []

    def add_note(db):
        calls.append("add_note")
        db.execute("ALTER TABLE runs ADD COLUMN note TEXT")

    with Store(tmp_path / "history.db") as record:
        begin(record).heartbeat(sitting())
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, add_note))
    for _ in range(2):
        with Store(tmp_path / "history.db") as record:
            assert day(record) == [sitting()]
            assert record._db.execute("SELECT * FROM migrations").fetchall() == [
                (1, "create_record"),
                (2, "add_checksums"),
                (3, "store_keys"),
                (4, "add_note"),
            ]
    assert calls == ["add_note"]


def test_a_migration_that_fails_leaves_the_record_as_it_was(tmp_path, monkeypatch):
    def fail_half_way(db):
        db.execute("ALTER TABLE runs ADD COLUMN note TEXT")
        db.execute("DROP TABLE missing")

    first = schema.MIGRATIONS
    with Store(tmp_path / "history.db") as record:
        begin(record).heartbeat(sitting())
    monkeypatch.setattr(schema, "MIGRATIONS", (*first, fail_half_way))
    with pytest.raises(StoreError, match="no such table: missing"):
        Store(tmp_path / "history.db")
    monkeypatch.setattr(schema, "MIGRATIONS", first)
    with Store(tmp_path / "history.db") as record:
        assert day(record) == [sitting()]
        assert "note" not in [row[1] for row in record._db.execute("PRAGMA table_info(runs)")]


# --------------------------------------------------------------------------- things go wrong


def damage_header(path):
    path.write_bytes(b"this is no database, whatever its name says" * 100)


def damage_tables(path):
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xee" * (len(content) - 4096))


def damage_by_cutting(path):
    os.truncate(path, 5000)


@pytest.mark.parametrize("damage", [damage_header, damage_tables, damage_by_cutting])
def test_a_damaged_record_says_to_move_the_file_away(tmp_path, damage):
    path = tmp_path / "history.db"
    with Store(path) as record:
        begin(record).heartbeat(sitting())
    damage(path)

    with pytest.raises(StoreError, match=r"history\.db is damaged .*; move the file away"):  # noqa: SIM117 - opening or reading may notice
        with Store(path) as record:
            day(record)


def test_somebody_elses_database_is_refused_and_not_touched(tmp_path):
    path = tmp_path / "photos.db"
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE photos (name TEXT)")
    foreign.commit()
    foreign.close()
    before = path.read_bytes()

    with pytest.raises(StoreError, match="not a record of posture-monitor"):
        Store(path)
    assert path.read_bytes() == before


def test_a_full_disk_is_told_and_a_later_retry_works(tmp_path):
    with Store(tmp_path / "history.db") as record:
        recorder = begin(record)
        recorder.heartbeat(sitting(duration_s=5.0))
        huge = Event(6.0, EventKind.FEEDBACK, Detail(text="x" * 50_000))
        with full_disk(record), pytest.raises(StoreError, match=r"disk is full.*free some space"):
            recorder.event(NINE, huge)

        assert day_events(record) == []
        assert day(record) == [sitting(duration_s=5.0)]

        recorder.event(NINE, huge)
        recorder.heartbeat(sitting(duration_s=10.0))

        assert len(day_events(record)) == 1
        assert day(record) == [sitting(duration_s=10.0)]


def test_a_refusal_by_the_operating_system_in_the_middle_of_a_write_costs_only_that_write(tmp_path):
    resource = pytest.importorskip("resource")
    with Store(tmp_path / "history.db") as record:
        recorder = begin(record)
        recorder.heartbeat(sitting(duration_s=5.0))
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        size = (tmp_path / "history.db-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, limits[1]))
        try:
            with pytest.raises(StoreError, match=r"disk is full|not full and not failing"):
                recorder.heartbeat(sitting(duration_s=10.0))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

        assert day(record) == [sitting(duration_s=5.0)]

        recorder.heartbeat(sitting(duration_s=15.0))

        assert day(record) == [sitting(duration_s=15.0)]


def test_a_disk_without_inodes_is_told_as_what_it_is(tmp_path, monkeypatch):
    with Store(tmp_path / "history.db"):
        pass
    monkeypatch.setattr(opening, "lacks_inodes", lambda _path: True)
    monkeypatch.setattr(opening, "_enter_wal_mode", lambda db: db.execute("ATTACH '/no/x' AS x"))

    with pytest.raises(StoreError, match=r"no free inodes.*; delete some of its many small files"):
        Store(tmp_path / "history.db")


def test_a_read_only_record_says_what_to_make_writable(tmp_path):
    with Store(tmp_path / "history.db") as record:
        recorder = begin(record)
        with (
            pragma(record, "query_only", 1, 0),
            pytest.raises(StoreError, match="make the file and its folder writable"),
        ):
            recorder.heartbeat(sitting())
        recorder.heartbeat(sitting())

        assert day(record) == [sitting()]


def test_a_place_where_no_folder_can_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(StoreError, match="is a file; remove it, or use --data-dir"):
        Store(tmp_path / "file" / "history.db")
    with pytest.raises(StoreError, match="is a folder; move it away"):
        Store(tmp_path)


def test_another_program_that_holds_the_record_too_long_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "BUSY_TIMEOUT_S", 0.05)
    path = tmp_path / "history.db"
    with Store(path) as record, Store(path) as other:
        recorder = begin(record)
        with (
            other.transaction(),
            pytest.raises(StoreError, match="kept busy by another program; try again"),
        ):
            recorder.heartbeat(sitting())
        recorder.heartbeat(sitting())

        assert day(record) == [sitting()]


@pytest.mark.parametrize("patience_s", [5.0, 0.0])
def test_opening_waits_for_another_program_that_creates_the_record(
    tmp_path, monkeypatch, patience_s
):
    monkeypatch.setattr(opening, "BUSY_TIMEOUT_S", patience_s)
    path = tmp_path / "history.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA user_version = 1")  # as far as it came: a file without tables
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr("time.sleep", lambda seconds: other.rollback())
    try:
        if patience_s:
            Store(path).close()
        else:
            with pytest.raises(StoreError, match="kept busy"):
                Store(path)
    finally:
        other.close()


def test_an_exception_inside_a_write_undoes_it(tmp_path):
    with Store(tmp_path / "history.db") as record:
        begin(record).heartbeat(sitting())
        with pytest.raises(KeyboardInterrupt):  # noqa: SIM117, PT012 - the write is what is tested
            with record.transaction() as db:
                db.execute("DELETE FROM intervals")
                raise KeyboardInterrupt

        assert day(record) == [sitting()]


@pytest.mark.parametrize("with_log", [False, True])
def test_a_record_that_is_moved_away_is_whole_and_the_rest_goes_into_a_new_one(tmp_path, with_log):
    path, moved = tmp_path / "history.db", tmp_path / "backup" / "history.db"
    moved.parent.mkdir()
    said = []
    with Store(path, warn=said.append) as record:
        recorder = begin(record)
        recorder.heartbeat(sitting(duration_s=5.0))
        for name in ("history.db", "history.db-wal", "history.db-shm")[: 3 if with_log else 1]:
            (tmp_path / name).rename(moved.with_name(name))
        for duration_s in (10.0, 15.0):
            recorder.heartbeat(sitting(duration_s=duration_s))

        assert day(record) == [sitting(NINE + timedelta(seconds=5), 10.0)]
        assert record.last_run().started_at == NINE
        assert said == [
            f"{path} was moved, deleted or replaced while in use;"
            " the record goes on in the file that is there now"
        ]
    for file, seconds_long in ((moved, 5.0), (path, 10.0)):
        with Store(file) as record:
            assert [interval.duration_s for interval in day(record)] == [seconds_long]
            assert record._db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("folder_too", [False, True])
def test_a_record_that_is_deleted_while_in_use_is_begun_again_for_the_user_alone(
    tmp_path, folder_too
):
    path = tmp_path / "data" / "history.db"
    said = []
    with Store(path, warn=said.append) as record:
        recorder = begin(record)
        recorder.heartbeat(sitting(duration_s=5.0))
        if folder_too:
            shutil.rmtree(path.parent)
        else:
            path.unlink()
        recorder.event(NINE, Event(5.0, EventKind.PAUSED))
        recorder.heartbeat(sitting(duration_s=10.0))

        assert len(said) == 1
        assert day(record) == [sitting(NINE + timedelta(seconds=5), 5.0)]
        assert len(day_events(record)) == 1
        assert {mode(file) for file in path.parent.iterdir()} == {"0o600"}
    with Store(path) as record:
        assert len(day(record)) == 1


def test_another_record_put_in_its_place_keeps_its_own_runs(tmp_path):
    path, other = tmp_path / "history.db", tmp_path / "other.db"
    with Store(other) as record:
        begin(record, "laptop").heartbeat(sitting(NINE - minutes(60)))
    with Store(path) as record:
        recorder = begin(record, "webcam")
        recorder.heartbeat(sitting(duration_s=5.0))
        other.replace(path)
        recorder.heartbeat(sitting(duration_s=10.0))

        assert [(i.start_at, i.duration_s) for i in day(record)] == [
            (NINE - minutes(60), 60.0),
            (NINE + timedelta(seconds=5), 5.0),
        ]
        rows = record._db.execute("SELECT id, source FROM runs ORDER BY id").fetchall()
        assert rows == [(1, "laptop"), (2, "webcam")]


def test_a_place_that_can_take_no_new_record_is_told_and_tried_again(tmp_path):
    path = tmp_path / "history.db"
    with Store(path) as record:
        recorder = begin(record)
        path.rename(tmp_path / "moved.db")
        path.mkdir()
        for _ in range(2):
            with pytest.raises(StoreError, match="is a folder; move it away"):
                recorder.heartbeat(sitting())
        path.rmdir()
        recorder.heartbeat(sitting())

        assert day(record) == [sitting()]


def test_an_empty_file_is_not_taken_for_a_new_record(tmp_path):
    path = tmp_path / "history.db"
    with Store(path) as record:
        begin(record).heartbeat(sitting())
    os.truncate(path, 0)
    (tmp_path / "history.db-wal").write_bytes(b"what may still help to restore it")

    with pytest.raises(StoreError, match=r"history\.db is empty \(0 bytes\).*put a copy in its"):
        Store(path)
    assert path.stat().st_size == 0
    assert (tmp_path / "history.db-wal").stat().st_size == 33


def test_a_log_left_behind_by_a_deleted_record_does_not_get_into_the_new_one(tmp_path):
    path, copy = tmp_path / "history.db", tmp_path / "copy"
    with Store(path) as record:
        begin(record).heartbeat(sitting())
        shutil.copy(tmp_path / "history.db-wal", copy)
    path.unlink()
    copy.rename(tmp_path / "history.db-wal")

    with Store(path) as record:
        assert day(record) == []
        begin(record).heartbeat(sitting())
        assert day(record) == [sitting()]


# --------------------------------------------------------------------------- several at once

WRITER = """
import sys
from datetime import datetime, timedelta, UTC
from pathlib import Path
from posture_monitor.domain import Event, EventKind, Interval, State
from posture_monitor.history.store import Store

start = datetime(2026, 3, 2, 9, tzinfo=UTC)
record = Store(Path(sys.argv[1]))
recorder = record.begin_run("webcam", live=True, profile=None, started_at=start)
for beat in range(1, int(sys.argv[2]) + 1):
    recorder.heartbeat(Interval(start, 5.0 * beat, State.SITTING, False))
    recorder.event(start + timedelta(seconds=beat), Event(beat, EventKind.POSITION_CHANGED))
    print(beat, flush=True)
"""


def test_one_process_reads_while_another_writes(tmp_path):
    path = tmp_path / "history.db"
    with run_python(WRITER, path, 200) as writer:
        seen = []
        for line in writer.stdout:
            if int(line) % 20 == 0:
                with Store(path) as record:
                    (interval,) = day(record)
                    seen.append(interval.duration_s >= 5.0 * int(line))

    assert writer.returncode == 0
    assert seen == [True] * 10


def test_a_kill_costs_at_most_the_heartbeat_that_was_under_way(tmp_path):
    path = tmp_path / "history.db"
    for run in range(1, 6):
        with run_python(WRITER, path, 1_000_000) as writer:
            for line in writer.stdout:
                if int(line) == 15 + run:
                    writer.send_signal(signal.SIGKILL)
                    break
            told = 15 + run + len(writer.stdout.read().splitlines())
        with Store(path) as record:
            assert record._db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert len(day(record)) == run
            assert 5.0 * told <= day(record)[-1].duration_s <= 5.0 * (told + 1)


def test_a_transaction_that_a_kill_interrupts_never_happened(tmp_path):
    path = tmp_path / "history.db"
    with Store(path) as record:
        begin(record).heartbeat(sitting())
    code = (
        "import sys, os, signal; from pathlib import Path\n"
        "from posture_monitor.history.store import Store\n"
        "with Store(Path(sys.argv[1])).transaction() as db:\n"
        "    db.execute('DELETE FROM intervals')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = run_python(code, path)
    killed.communicate()

    assert killed.returncode == -signal.SIGKILL
    with Store(path) as record:
        assert day(record) == [sitting()]


def test_two_programs_may_open_a_new_record_at_the_same_moment(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from posture_monitor.history.store import Store\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "for name in sys.argv[1:]: Store(Path(name)).close()\n"
    )
    paths = [tmp_path / f"{number}.db" for number in range(20)]
    starters = [run_python(code, *paths) for _ in range(3)]
    for starter in starters:
        starter.stdout.readline()
    for starter in starters:
        starter.stdin.write("go\n")
        starter.stdin.flush()
    for starter in starters:
        starter.communicate()

    assert [starter.returncode for starter in starters] == [0, 0, 0]


def test_threads_share_one_record(tmp_path):
    with Store(tmp_path / "history.db") as record:

        def tell(number):
            recorder = begin(record)
            for beat in range(20):
                recorder.event(
                    NINE + timedelta(seconds=beat),
                    Event(beat, EventKind.PAUSED, Detail(text=str(number))),
                )

        threads = [threading.Thread(target=tell, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(day_events(record)) == 80


# --------------------------------------------------------------------------- deleting


def leftovers(path, text):
    return [f.name for f in path.parent.iterdir() if text.encode() in f.read_bytes()]


def test_what_lies_before_the_given_moment_is_forgotten(tmp_path):
    path = tmp_path / "history.db"
    with Store(path) as record:
        old = begin(record, "old.mp4", live=False, started_at=NINE - minutes(60))
        old.heartbeat(sitting(NINE - minutes(60), 600.0))
        old.event(
            NINE - minutes(50), Event(600.0, EventKind.FEEDBACK, Detail(text="my-secret-note"))
        )
        new = begin(record)
        new.heartbeat(sitting(NINE + minutes(1)))
        new.event(NINE, Event(0.0, EventKind.PAUSED))
        record.save_profile("office", {}, NINE - minutes(60))

        assert "history.db-wal" in leftovers(path, "my-secret-note")
        assert record.delete_before(NINE) == 2
        assert day(record, "old.mp4") == []
        assert record.sources() == []
        assert leftovers(path, "my-secret-note") == []
        assert day(record) == [sitting(NINE + minutes(1))]
        assert len(day_events(record)) == 1
        assert record.profile("office") == {}
        assert record.delete_before(NINE) == 0


def test_an_interval_that_was_going_on_keeps_what_came_after(tmp_path):
    with Store(tmp_path / "history.db") as record:
        begin(record).heartbeat(sitting(duration_s=600.0))

        assert record.delete_before(NINE + minutes(9)) == 1
        assert day(record) == [sitting(NINE + minutes(9), 60.0)]


def test_deleting_does_not_come_undone_by_the_monitor_that_is_still_running(tmp_path):
    with Store(tmp_path / "history.db") as record:
        recorder = begin(record)
        recorder.heartbeat(sitting(duration_s=600.0))
        record.delete_before(NINE + minutes(9))
        for duration_s in (660.0, 720.0):
            recorder.heartbeat(sitting(duration_s=duration_s))

        assert day(record) == [sitting(NINE + minutes(9), 60.0), sitting(NINE + minutes(10), 120.0)]

        assert record.delete_all() == 2
        recorder.heartbeat(sitting(duration_s=780.0))
        recorder.event(NINE + minutes(13), Event(780.0, EventKind.SITTING_ENDED))
        recorder.heartbeat(sitting(NINE + minutes(13)))

        assert day(record) == [sitting(NINE + minutes(12), 60.0), sitting(NINE + minutes(13), 60.0)]
        assert len(day_events(record)) == 1
        assert record.last_run() == Run(1, "webcam", True, None, NINE, NINE + minutes(14))


def test_a_clock_that_was_set_back_after_deleting_loses_no_time(tmp_path):
    with Store(tmp_path / "history.db") as record:
        recorder = begin(record)
        recorder.heartbeat(sitting(duration_s=600.0))
        record.delete_all()
        recorder.heartbeat(sitting(duration_s=610.0))
        recorder.heartbeat(sitting(NINE - minutes(60), 30.0))

        assert [interval.duration_s for interval in day(record)] == [30.0, 10.0]


def test_deleting_everything_leaves_nothing_behind(tmp_path):
    path = tmp_path / "history.db"
    with Store(path) as record:
        recorder = begin(record, "my-secret-source")
        for minute in range(200):
            recorder.heartbeat(sitting(NINE + minutes(minute)))
        recorder.event(NINE, Event(0.0, EventKind.FEEDBACK, Detail(text="my-secret-note")))
        record.save_profile("my-secret-name", {"face": "my-secret-face"}, NINE)

        assert record.delete_all() == 202
        assert leftovers(path, "my-secret") == []
        assert day(record) == []
        assert day_events(record) == []
        assert record.profiles() == []
        assert record.last_run() is None


def test_what_is_deleted_is_overwritten_even_where_compacting_fails(tmp_path, monkeypatch):
    path = tmp_path / "history.db"
    monkeypatch.setattr(Store, "_compact", lambda record: None)
    with Store(path) as record:
        begin(record).event(NINE, Event(0.0, EventKind.FEEDBACK, Detail(text="my-secret-note")))
    with Store(path) as record:
        record.delete_all()

    assert leftovers(path, "my-secret-note") == []


def test_deleting_gives_the_space_back(tmp_path):
    path = tmp_path / "history.db"
    with Store(path) as record:
        recorder = begin(record)
        recorder.event(NINE, Event(0.0, EventKind.FEEDBACK, Detail(text="x" * 100_000)))
        record.delete_all()

        assert path.stat().st_size < 80_000
        assert path.with_name("history.db-wal").stat().st_size == 0


def test_a_run_that_was_deleted_while_it_goes_on_is_not_mixed_up_with_a_new_one(tmp_path):
    with Store(tmp_path / "history.db") as record:
        going_on = begin(record, "webcam")
        record.delete_all()
        replay = begin(record, "talk.mp4", live=False)
        going_on.heartbeat(sitting(duration_s=50.0))
        replay.heartbeat(sitting(duration_s=60.0))

        assert day(record) == [sitting(duration_s=50.0)]
        assert day(record, "talk.mp4") == [sitting(duration_s=60.0)]


def test_an_event_without_its_run_is_impossible(tmp_path):
    with Store(tmp_path / "history.db") as record:
        with pytest.raises(StoreError, match="FOREIGN KEY"):  # noqa: SIM117 - the commit may fail
            with record.transaction() as db:
                db.execute("INSERT INTO events VALUES (1, 99, 0, 0.0, 'paused', '', NULL)")

        assert day_events(record) == []


def test_the_log_beside_the_record_stays_small(tmp_path):
    with Store(tmp_path / "history.db") as record:
        recorder = begin(record)
        for beat in range(600):
            recorder.heartbeat(sitting(duration_s=5.0 * beat))

        assert (tmp_path / "history.db-wal").stat().st_size < 500_000
