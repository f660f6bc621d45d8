"""A changed bit or a lost row is noticed: it is left out and said, and the rest is right."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest

from posture_monitor.core.stats.summary import summarise, to_document
from posture_monitor.domain import Detail, Event, EventKind, Interval, Reason, State, StoreError
from posture_monitor.history import opening, schema
from posture_monitor.history.log_check import has_lost
from posture_monitor.history.store import Store

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
DAMAGED = "the record is damaged: entries of 2026-03-02 (UTC) were changed or lost"


def at_minute(number):
    return NINE + timedelta(minutes=number)


def sitting(start_at=NINE, duration_s=60.0, strained=False):
    reasons = (Reason.SLOUCH,) if strained else ()
    score_seconds = 90.0 * duration_s
    return Interval(
        start_at, duration_s, State.SITTING, strained, reasons, duration_s, score_seconds
    )


def open_record(folder):
    """A record and the list of what it says."""
    said = []
    return Store(folder / "history.db", warn=said.append), said


@pytest.fixture
def filled(tmp_path):
    """Two live days and a replay, closed."""
    with Store(tmp_path / "history.db") as record:
        for day in (0, 1):
            run = record.begin_run(
                "webcam", live=True, profile="office", started_at=at_minute(day * 1440)
            )
            for minute in range(4):
                at = at_minute(day * 1440 + minute)
                run.heartbeat(sitting(at, strained=minute == 2))
                run.event(
                    at,
                    Event(60.0 * minute, EventKind.POSTURE_ALERT, Detail(reasons=(Reason.SLOUCH,))),
                )
        replay = record.begin_run("talk.mp4", live=False, profile=None, started_at=NINE)
        replay.heartbeat(sitting(duration_s=600.0))
        record.save_profile("office", {"neck": 0.5}, NINE)
    return tmp_path


def change(folder, *statements):
    """Change the file behind the program's back, without its triggers."""
    with closing(sqlite3.connect(folder / "history.db")) as db:
        triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        kept = triggers.fetchall()
        for name, _ in kept:
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert db.execute(statement).rowcount
        for _, sql in kept:
            db.execute(sql)
        db.commit()


# --------------------------------------------------------------------------- noticed


@pytest.mark.parametrize(
    "assignment",
    [
        "start_at_us = start_at_us + 64",
        "start_at_us = start_at_us + 1",
        "duration_s = 61.0",
        "duration_s = 'long'",
        "duration_s = 1e300",
        "state = 'away'",
        "state = 'flying'",
        "state = CAST(x'736974f4696e67' AS TEXT)",
        "strained = 1",
        "strained = NULL",
        "reasons = 'hunger'",
        "judged_s = 0.0",
        "score_seconds = -0.5",
        "crc = crc + 1",
    ],
)
def test_an_interval_that_was_changed_is_left_out_and_said(filled, assignment):
    change(filled, f"UPDATE intervals SET {assignment} WHERE start_at_us = {at_us(1)}")

    record, said = open_record(filled)
    with record:
        first_day = [each for each in record.intervals(*EVER) if each.start_at.day == 2]
        assert first_day == [sitting(), sitting(at_minute(2), strained=True), sitting(at_minute(3))]
        assert [text[: len(DAMAGED)] for text in said] == [DAMAGED]
        assert record.damaged_days == (date(2026, 3, 2),)


def at_us(minute):
    return int(at_minute(minute).timestamp() * 1_000_000)


@pytest.mark.parametrize(
    "assignment",
    ["at_us = at_us + 1", "t_s = 60.5", "kind = 'miracle'", "kind = 'paused'", "detail = 'shrug'"],
)
def test_an_event_that_was_changed_is_left_out_and_said(filled, assignment):
    change(filled, f"UPDATE events SET {assignment} WHERE at_us = {at_us(1)}")

    record, said = open_record(filled)
    with record:
        assert len(record.events(*EVER)) == 7
        assert record.damaged_days == (date(2026, 3, 2),)
        assert len(said) == 1


@pytest.mark.parametrize(
    "statement",
    [
        f"DELETE FROM intervals WHERE start_at_us = {at_us(3)}",
        f"UPDATE intervals SET crc = NULL WHERE start_at_us = {at_us(3)}",
        "UPDATE day_sums SET crc_sum = crc_sum + 1 WHERE day = 20514 AND entries = 'intervals'",
        "DELETE FROM day_sums WHERE day = 20514 AND entries = 'intervals'",
        "UPDATE intervals SET run_id = 2 WHERE run_id = 1",
    ],
)
def test_an_interval_that_is_lost_or_moved_is_said(filled, statement):
    change(filled, statement)

    record, _ = open_record(filled)
    with record:
        record.intervals(NINE, at_minute(60))
        assert record.damaged_days == (date(2026, 3, 2),)


@pytest.mark.parametrize("assignment", ["live = 0", "id = 77", "source = 'webcan'"])
def test_the_days_of_a_run_that_was_changed_are_said(filled, assignment):
    change(filled, f"UPDATE runs SET {assignment} WHERE id = 1")

    record, _ = open_record(filled)
    with record:
        assert {each.start_at.day for each in record.intervals(*EVER)} == {3}
        assert record.damaged_days == (date(2026, 3, 2),)
        assert record.sources() == ["talk.mp4"]


def test_other_days_and_recordings_are_said_to_be_nothing(filled):
    change(filled, f"UPDATE intervals SET state = 'away' WHERE start_at_us = {at_us(1)}")

    record, said = open_record(filled)
    with record:
        assert record.intervals(*EVER, source="talk.mp4") == [sitting(duration_s=600.0)]
        later = at_minute(3 * 1440), at_minute(4 * 1440)
        assert record.intervals(*later) == []
        assert said == []


def test_damage_is_said_once_and_a_range_tells_what_touches_it(filled):
    change(filled, f"UPDATE intervals SET state = 'away' WHERE start_at_us = {at_us(1)}")

    record, said = open_record(filled)
    with record:
        for _ in range(3):
            intervals = record.intervals(*EVER)
        assert len(said) == 1
        for since_day, told in ((0, ["2026-03-02"]), (1, ["2026-03-02"]), (2, [])):
            since = at_minute(since_day * 1440).replace(hour=0)
            summary = summarise(
                intervals,
                [],
                since=since,
                until=since + timedelta(days=1),
                tz=UTC,
                damaged_days=record.damaged_days,
            )
            assert to_document(summary)["damaged_days"] == told


def test_an_interval_that_ran_on_from_days_before_is_checked_too(filled):
    with Store(filled / "history.db") as record:
        run = record.begin_run("webcam", live=True, profile=None, started_at=at_minute(-7200))
        run.heartbeat(Interval(at_minute(-7200), 500_000.0, State.AWAY, None))
    change(filled, "UPDATE intervals SET duration_s = 500001.0 WHERE duration_s = 500000.0")

    record, said = open_record(filled)
    with record:
        assert len(record.intervals(NINE, at_minute(60))) == 4
        assert record.damaged_days == (date(2026, 2, 25),)
        assert len(said) == 1


def test_the_end_of_a_run_is_told_by_what_is_not_damaged(filled):
    change(filled, f"UPDATE intervals SET duration_s = 9e9 WHERE start_at_us = {at_us(1442)}")

    record, _ = open_record(filled)
    with record:
        assert record.last_run().ended_at == at_minute(1444)


def test_a_profile_that_was_changed_is_not_used(filled):
    change(filled, """UPDATE profiles SET document = '{"neck": 0.6}'""")

    record, said = open_record(filled)
    with record:
        assert record.profiles() == record.profiles() == []
        assert said == ["the profile 'office' is damaged and left out; calibrate it again"]
        with pytest.raises(StoreError, match="'office' is damaged; make it again"):
            record.profile("office")
        assert record.profile("home") is None
        record.save_profile("office", {"neck": 0.7}, NINE)
        assert record.profile("office") == {"neck": 0.7}


def test_a_profile_nested_without_end_is_left_out(filled):
    with closing(sqlite3.connect(filled / "history.db")) as db:
        document = '{"a":' * 100_000 + "1" + "}" * 100_000
        db.execute("INSERT INTO profiles VALUES ('deep', 0, ?, NULL)", (document,))
        db.commit()

    record, said = open_record(filled)
    with record:
        assert [profile.name for profile in record.profiles()] == ["office"]
        assert said == ["the profile 'deep' is damaged and left out; calibrate it again"]


def test_changed_tables_are_no_record(filled):
    with closing(sqlite3.connect(filled / "history.db")) as db:
        db.execute("DROP TRIGGER intervals_deleted")

    with pytest.raises(StoreError, match="is damaged or not a record"):
        open_record(filled)


def test_every_single_flipped_bit_changes_no_total_or_is_said(filled, tmp_path):
    def totals(folder):
        """All that reports rest on, and whether something was said."""
        record, said = open_record(folder)
        with record:
            told = [
                (record.intervals(*EVER, source=source), record.events(*EVER, source=source))
                for source in (None, "talk.mp4")
            ]
            return [*told, record.profiles()], bool(said)

    expected, said = totals(filled)
    assert not said
    content = (filled / "history.db").read_bytes()
    chance, place = random.Random(5), tmp_path / "copy"
    place.mkdir()
    silent = []
    for _ in range(150):
        bit = chance.randrange(len(content) * 8)
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        for file in place.iterdir():
            file.unlink()
        (place / "history.db").write_bytes(changed)
        try:
            found, said = totals(place)
        except StoreError:
            continue
        if found != expected and not said:
            silent.append(bit)
    assert silent == []


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """What a kill leaves behind: the file, and the log with a minute of writes."""
    folder, left = tmp_path_factory.mktemp("running"), tmp_path_factory.mktemp("killed")
    record, _ = open_record(folder)
    with record:
        run = record.begin_run("webcam", live=True, profile=None, started_at=NINE)
        for beat in range(12):
            run.heartbeat(sitting(duration_s=5.0 * (beat + 1)))
        for name in ("history.db", "history.db-wal"):
            shutil.copy(folder / name, left / name)
    return left


def flipped(killed, folder, at):
    """The same with a bit of the log changed."""
    for path in killed.iterdir():
        shutil.copy(path, folder / path.name)
    log = bytearray((folder / "history.db-wal").read_bytes())
    log[at] ^= 4
    (folder / "history.db-wal").write_bytes(log)
    return folder


def test_a_whole_log_is_no_damage(killed, tmp_path):
    content = (killed / "history.db-wal").read_bytes()
    assert not has_lost(content)
    for cut in (0, 20, 40, 5000, len(content) - 1000, len(content) - 10_000):
        assert not has_lost(content[:cut])  # a power cut in the middle of a write
    for path in killed.iterdir():
        shutil.copy(path, tmp_path / path.name)
    record, said = open_record(tmp_path)
    with record:
        assert record.intervals(*EVER) == [sitting()]
        assert said == []


@pytest.mark.parametrize("at", [3, 18, 26, 32, 32 + 12, 32 + 20, 32 + 24, 9000, 20_000])
def test_a_changed_bit_in_the_log_is_said(killed, tmp_path, at):
    record, said = open_record(flipped(killed, tmp_path, at))
    with record:
        today = datetime.now(UTC).date()
        assert record.damaged_days in {(today,), (today - timedelta(days=1),)}
        assert len(said) == 1
        assert record.intervals(*EVER) != [sitting()]


def test_a_write_that_never_was_completed_is_no_damage(killed):
    content = bytearray((killed / "history.db-wal").read_bytes())
    frame_bytes = 24 + int.from_bytes(content[8:12], "big")
    starts = range(32, len(content), frame_bytes)
    commits = [at for at in starts if any(content[at + 4 : at + 8])]
    first = commits[-2] + frame_bytes
    assert commits[-1] > first + frame_bytes  # two frames at least before the one that completes

    content[first + 100] ^= 1
    assert has_lost(bytes(content))
    assert not has_lost(bytes(content[: commits[-1]]))


# --------------------------------------------------------------------------- not damage


def test_whatever_the_recorder_does_adds_up(tmp_path):
    record, said = open_record(tmp_path)
    with record:
        run = record.begin_run("webcam", live=True, profile=None, started_at=NINE)
        for duration_s in (5.0, 10.0, 15.0):
            run.heartbeat(sitting(duration_s=duration_s))
        run.heartbeat(sitting(), sitting(at_minute(1), 30.0), sitting(at_minute(2), -0.0))
        run.heartbeat(sitting(duration_s=40.0), sitting(at_minute(0.7), 130.0))
        run.event(NINE, Event(-0.0, EventKind.PAUSED, Detail(text="naïve 日本 \x1f")))
        record.delete_before(NINE + timedelta(seconds=20))
        assert record.check() == []
        record.delete_all()
        run.heartbeat(sitting(at_minute(9)))
        assert record.check() == []
        assert said == []


def test_what_other_programs_put_in_counts_and_is_no_damage(filled):
    with closing(sqlite3.connect(filled / "history.db")) as db:
        columns = "run_id, start_at_us, duration_s, state, reasons, judged_s, score_seconds"
        for minute in (3, 10):
            values = (1, at_us(minute), 60.0, "away", "", 0.0, 0.0)
            db.execute(
                f"INSERT OR REPLACE INTO intervals ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", values
            )
        db.execute("CREATE INDEX mine ON events (kind)")
        db.commit()

    record, _ = open_record(filled)
    with record:
        away = [each.start_at for each in record.intervals(*EVER) if each.state is State.AWAY]
        assert away == [at_minute(3), at_minute(10)]
        assert record.check() == []


def test_what_other_programs_put_in_without_sense_is_left_out_and_said(filled):
    with closing(sqlite3.connect(filled / "history.db")) as db:
        columns = "run_id, start_at_us, duration_s, state, reasons, judged_s, score_seconds"
        values = (1, at_us(10), 60.0, "flying", "", 0.0, 0.0)
        db.execute(f"INSERT INTO intervals ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        db.commit()

    record, _ = open_record(filled)
    with record:
        assert len(record.intervals(*EVER)) == 8
        assert record.damaged_days == (date(2026, 3, 2),)
        assert record.delete_damaged() == 1
        assert record.check() == []


def test_the_names_of_tables_indexes_and_triggers_are_all_known(tmp_path):
    record, _ = open_record(tmp_path)
    with record, record.transaction() as db:
        names = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    assert {name for name in names if not name.startswith("sqlite_")} - {"migrations"} == (
        schema.NAMES
    )


# --------------------------------------------------------------------------- the first version


def first_version(folder, monkeypatch, *statements):
    """A record of the version without checksums, with an interval, an event and a profile."""
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        patched.setattr(opening, "_schema_checksum", lambda _db: 0)
        db = opening.open_database(folder / "history.db").db
    with closing(db):
        db.execute("INSERT INTO runs VALUES (1, 'webcam', 1, 'café', ?)", (at_us(0),))
        db.execute(
            "INSERT INTO intervals VALUES (1, ?, 60.0, 'sitting', 0, '', 60.0, 5400.0)", (at_us(0),)
        )
        db.execute("INSERT INTO events VALUES (1, 1, ?, 0.0, 'paused', 'naïve')", (at_us(0),))
        db.execute("INSERT INTO profiles VALUES ('café', ?, '{}')", (at_us(0),))
        for statement in statements:
            db.execute(statement)


def test_a_record_of_the_first_version_keeps_everything_and_is_checked_from_then_on(
    tmp_path, monkeypatch
):
    first_version(tmp_path, monkeypatch)
    record, said = open_record(tmp_path)
    with record:
        assert record.intervals(*EVER) == [sitting()]
        assert [each.detail.text for each in record.events(*EVER)] == ["naïve"]
        assert record.profile("café") == {}
        assert record.check() == said == []

    change(tmp_path, "UPDATE intervals SET judged_s = 50.0")
    record, said = open_record(tmp_path)
    with record:
        assert record.intervals(*EVER) == []
        assert len(said) == 1


def test_a_record_of_the_first_version_that_is_damaged_can_still_be_used(tmp_path, monkeypatch):
    first_version(tmp_path, monkeypatch, "UPDATE events SET detail = CAST(x'6eff' AS TEXT)")
    record, _ = open_record(tmp_path)
    with record:
        assert record.intervals(*EVER) == [sitting()]


# --------------------------------------------------------------------------- taking it out


def test_what_is_damaged_can_be_deleted_and_the_rest_adds_up_again(filled):
    change(
        filled,
        f"UPDATE intervals SET state = 'away' WHERE start_at_us = {at_us(1)}",
        f"DELETE FROM intervals WHERE start_at_us = {at_us(2)}",
        f"UPDATE events SET detail = 'shrug' WHERE at_us = {at_us(1)}",
        "UPDATE runs SET live = 0 WHERE id = 2",
        "UPDATE profiles SET document = '[]'",
    )
    record, said = open_record(filled)
    with record:
        assert record.check() == [
            "the record is damaged: entries of 2026-03-02, 2026-03-03 (UTC) were changed or lost,"
            " and are left out",
            "the profile 'office' is damaged",
        ]
        # A run with its four intervals and four events goes by the run alone.
        assert record.delete_damaged() == 4
        assert record.check() == []
        assert record.damaged_days == ()
        assert record.intervals(*EVER) == [sitting(), sitting(at_minute(3))]
        assert len(record.events(*EVER)) == 3
        assert record.profiles() == []
        assert said


def test_a_damaged_index_is_said_and_built_again(filled):
    path = filled / "history.db"
    with closing(sqlite3.connect(path)) as db:
        (page,) = db.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'events_by_time'"
        ).fetchone()
    content = bytearray(path.read_bytes())
    content[page * 4096 - 1] ^= 1  # the time of the event that was written first
    path.write_bytes(content)

    record, _ = open_record(filled)
    with record:
        told = record.check()
        assert told[0] == "the record is damaged: row 1 missing from index events_by_time"
        assert record.delete_damaged() == 0
        assert record.check() == []
        assert len(record.events(*EVER)) == 8


def test_an_event_that_stands_in_a_wrong_place_is_put_right(filled):
    path = filled / "history.db"
    with closing(sqlite3.connect(path)) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events'").fetchone()
    content = bytearray(path.read_bytes())
    leaf = (page - 1) * 4096
    third_cell = leaf + int.from_bytes(content[leaf + 12 : leaf + 14], "big")
    assert content[third_cell + 1] == 3  # its number, after its length
    content[third_cell + 1] ^= 64
    path.write_bytes(content)

    record, _ = open_record(filled)
    with record:
        assert record.check()[0].startswith("the record is damaged: ")
        assert record.delete_damaged() == 0
        assert record.check() == []
        assert len(record.events(*EVER)) == 8


def test_deleting_old_days_ends_what_is_said_of_them(filled):
    change(filled, f"UPDATE intervals SET start_at_us = 5 WHERE start_at_us = {at_us(1)}")
    record, _ = open_record(filled)
    with record:
        record.intervals(*EVER)
        assert record.damaged_days == (date(2026, 3, 2),)
        record.delete_before(at_minute(1000))
        assert record.check() == []
        assert record.damaged_days == ()
