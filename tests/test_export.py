"""The raw record for other programs, in each format."""

from __future__ import annotations

import csv
import json
import platform
import stat
from datetime import UTC, datetime, timedelta

import pytest

from posture_monitor.commands.context import open_context
from posture_monitor.domain import ConfigError, Detail, Event, EventKind, Interval, Reason, State
from posture_monitor.history import buckets
from posture_monitor.history.store import Store
from tests.builders import NINE
from tests.program import environment, posture_monitor, told

NOON = datetime(2026, 3, 2, 12).astimezone()
"""Of a Monday, by the clock on this wall."""
DAY = timedelta(days=1)
UTC_ENVIRONMENT = environment(TZ="UTC")

SLOUCHED = Interval(
    NINE, 600.0, State.SITTING, True, (Reason.SLOUCH, Reason.HEAD_DOWN), 500.0, 500.0 * 61.25
)
AWAY = Interval(NINE + timedelta(seconds=600), 90.5, State.AWAY, None)
ALERT = Event(40.0, EventKind.POSTURE_ALERT, Detail(reasons=(Reason.SLOUCH, Reason.HEAD_DOWN)))
BEGIN = Event(0.0, EventKind.SITTING_STARTED)


@pytest.fixture
def data_dir(tmp_path):
    """Ten minutes of slouching and a short absence; a replay that is not to be exported."""
    folder = tmp_path / "data"
    with Store(folder / "history.db") as store:
        recorder = store.begin_run("camera", live=True, profile="desk", started_at=NINE)
        recorder.heartbeat(SLOUCHED, AWAY)
        recorder.event(NINE, BEGIN)
        recorder.event(NINE + timedelta(seconds=40), ALERT)
        replay = store.begin_run("film.mp4", live=False, profile=None, started_at=NINE)
        replay.heartbeat(Interval(NINE, 7.0, State.STANDING, None))
    return folder


def export(folder, file_format, *more):
    """The file that the command writes."""
    target = folder.parent / f"record.{file_format}"
    words = ("export", "--format", file_format, "--out", target, *more)
    done = posture_monitor("--data-dir", folder, *words, environ=UTC_ENVIRONMENT)
    assert (done.returncode, done.stderr) == (0, "")
    return target, done.stdout


def test_table_has_intervals_and_events_in_the_order_of_time(data_dir):
    target, said = export(data_dir, "csv")

    assert said == f"2 intervals and 2 events are written to {target}\n"
    assert target.read_text().splitlines() == [
        "at,row,duration_s,state,strained,reasons,judged_s,mean_score,kind,detail",
        "2026-03-02T09:00:00+00:00,interval,600.0,sitting,1,slouch;head_down,500.0,61.25,,",
        "2026-03-02T09:00:00+00:00,event,,,,,,,sitting_started,",
        "2026-03-02T09:00:40+00:00,event,,,,,,,posture_alert,slouch;head_down",
        "2026-03-02T09:10:00+00:00,interval,90.5,away,,,0.0,,,",
    ]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_document_has_intervals_and_events_apart(data_dir):
    target, _ = export(data_dir, "json")

    assert json.loads(target.read_text()) == {
        "schema": 1,
        "intervals": [
            {
                "start_at": "2026-03-02T09:00:00+00:00",
                "duration_s": 600.0,
                "state": "sitting",
                "strained": True,
                "reasons": ["slouch", "head_down"],
                "judged_s": 500.0,
                "mean_score": 61.25,
            },
            {
                "start_at": "2026-03-02T09:10:00+00:00",
                "duration_s": 90.5,
                "state": "away",
                "strained": None,
                "reasons": [],
                "judged_s": 0.0,
                "mean_score": None,
            },
        ],
        "events": [
            {"at": "2026-03-02T09:00:00+00:00", "kind": "sitting_started", "detail": ""},
            {
                "at": "2026-03-02T09:00:40+00:00",
                "kind": "posture_alert",
                "detail": "slouch;head_down",
            },
        ],
    }


def test_parquet_has_the_columns_of_the_table_with_their_types(data_dir):
    parquet = pytest.importorskip("pyarrow.parquet")
    target, _ = export(data_dir, "parquet")
    table = parquet.read_table(target)

    assert tuple(table.column_names) == buckets.COLUMNS
    assert str(table.schema.field("at").type) == "timestamp[us, tz=UTC]"
    rows = table.to_pylist()
    assert [row["row"] for row in rows] == ["interval", "event", "event", "interval"]
    assert (rows[0]["at"], rows[0]["strained"], rows[0]["mean_score"]) == (NINE, True, 61.25)
    assert (rows[2]["kind"], rows[2]["duration_s"], rows[2]["state"]) == (
        "posture_alert",
        None,
        None,
    )
    assert (rows[3]["state"], rows[3]["strained"]) == ("away", None)


def imported(document):
    """What ActivityWatch's import takes from each bucket, by the bucket's name."""
    taken = {}
    for bucket in document["buckets"].values():
        created = datetime.fromisoformat(bucket["created"])
        assert created.tzinfo is not None
        taken[bucket["id"]] = (
            bucket["type"],
            bucket["client"],
            bucket["hostname"],
            [
                (datetime.fromisoformat(e["timestamp"]), e["duration"], e["data"])
                for e in bucket["events"]
            ],
        )
    return taken


def test_activitywatch_imports_a_bucket_of_states_and_one_of_events(data_dir):
    target, _ = export(data_dir, "activitywatch")
    host = platform.node()
    document = json.loads(target.read_text())
    taken = imported(document)

    assert list(document) == ["buckets"]
    assert list(document["buckets"]) == list(taken)
    kind, client, hostname, states = taken[f"posture-monitor-state_{host}"]
    assert (kind, client, hostname) == ("posture.state", "posture-monitor", host)
    assert [(at, duration, data["state"]) for at, duration, data in states] == [
        (NINE, 600.0, "sitting"),
        (NINE + timedelta(seconds=600), 90.5, "away"),
    ]
    assert states[0][2]["reasons"] == ["slouch", "head_down"]
    kind, _, _, moments = taken[f"posture-monitor-events_{host}"]
    assert kind == "posture.event"
    assert moments == [
        (NINE, 0.0, {"kind": "sitting_started", "detail": ""}),
        (
            NINE + timedelta(seconds=40),
            0.0,
            {"kind": "posture_alert", "detail": "slouch;head_down"},
        ),
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], [1, 2, 3]),
        (["--since", "2026-03-02"], [2, 3]),
        (["--until", "2026-03-02"], [1, 2]),
        (["--since", "2026-03-02", "--until", "2026-03-02"], [2]),
    ],
)
def test_days_are_meant_with_their_first_and_last_minute(words, expected, tmp_path):
    with Store(tmp_path / "data" / "history.db") as store:
        recorder = store.begin_run("camera", live=True, profile=None, started_at=NOON)
        for number in (-1, 0, 1):
            at = (NOON + number * DAY).astimezone(UTC)
            recorder.heartbeat(Interval(at, 60.0, State.SITTING, None))
    target = tmp_path / "record.csv"
    done = posture_monitor("--data-dir", tmp_path / "data", "export", "--out", target, *words)

    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(target.read_text().splitlines()))
    assert [datetime.fromisoformat(row["at"]).astimezone().day for row in rows] == expected


@pytest.mark.parametrize("file_format", ["csv", "json", "activitywatch"])
def test_empty_record_is_an_empty_file_of_its_kind(file_format, tmp_path):
    target, said = export(tmp_path / "data", file_format)

    assert said == f"0 intervals and 0 events are written to {target}\n"
    text = target.read_text()
    if file_format == "csv":
        assert text.splitlines() == [",".join(buckets.COLUMNS)]
    elif file_format == "json":
        assert json.loads(text) == {"schema": 1, "intervals": [], "events": []}
    else:
        assert [found[3] for found in imported(json.loads(text)).values()] == [[], []]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["--since", "2026-03-03", "--until", "2026-03-02"],
            "--since 2026-03-03 lies after --until 2026-03-02; swap them",
        ),
        (["--since", "monday"], "'monday' is no date; write it like 2026-01-31, or today"),
    ],
)
def test_span_that_makes_no_sense_is_declined_in_words(words, sentence, tmp_path):
    target = tmp_path / "record.csv"
    done = posture_monitor("--data-dir", tmp_path / "data", "export", "--out", target, *words)

    assert told(done) == sentence
    assert not target.exists()


def test_place_that_can_not_be_written_is_named(tmp_path):
    target = tmp_path / "nowhere" / "record.csv"
    done = posture_monitor("--data-dir", tmp_path / "data", "export", "--out", target)

    assert (
        told(done)
        == f"can't write {target} (No such file or directory); check the name of the folder"
    )


@pytest.mark.parametrize("command", ["export", "report"])
@pytest.mark.parametrize("name", ["history.db", "history.db-wal", "config.toml", "monitor.lock"])
def test_no_file_of_the_program_itself_is_written_over(tmp_path, command, name):
    data_dir = tmp_path / "data"
    with Store(data_dir / "history.db"):
        (data_dir / "config.toml").write_text("")
        (tmp_path / "link").symlink_to(data_dir / name)
        for out in (data_dir / name, tmp_path / "link"):
            done = posture_monitor("--data-dir", data_dir, command, "--out", out)
            assert "is a file of posture-monitor itself; choose another --out" in told(done)
    with Store(data_dir / "history.db") as store:
        assert store.sources() == []
    assert (data_dir / "config.toml").read_text() == ""


def test_disk_that_fills_up_leaves_the_file_that_was_there(tmp_path):
    resource = pytest.importorskip("resource")
    out = tmp_path / "old.json"
    out.write_text("old")
    context = open_context(str(tmp_path / "data"), None, verbose=False)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(ConfigError, match=r"can't write .*old\.json"):
            context.write_out(str(out), b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert out.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]
