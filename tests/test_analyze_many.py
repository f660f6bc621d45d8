"""`analyze` for folders of recordings: what is named, what is done again, what goes wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
from dataclasses import replace

import pytest

from posture_monitor.analysis.inputs import Found, find_videos, names_of
from posture_monitor.analysis.job import Calibration, Job, Labels, VideoResult
from posture_monitor.analysis.manifest import read_manifest
from posture_monitor.analysis.planning import Options, plan
from posture_monitor.analysis.provenance import finished, inputs_of, write_provenance
from posture_monitor.config import Settings
from posture_monitor.domain import ConfigError, PostureMonitorError
from tests.analysis import (
    LEAVES,
    SLOUCHES,
    analyze,
    events,
    ffmpeg,
    files,
    rows,
    summary,
)
from tests.program import ROOT, WORKDAY, Running, posture_monitor
from tests.streams import wait_for

# --------------------------------------------------------------------------- a whole folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Five containers, three of one name, with what is no video between them."""
    folder = tmp_path_factory.mktemp("many")
    recorded = folder / "recorded"
    for place in ("a", "b", "c"):
        (recorded / place).mkdir(parents=True)
    original = recorded / "a" / "leaves.mp4"
    ffmpeg("-ss", "4", "-t", "8", "-i", LEAVES, "-preset", "ultrafast", original)
    ffmpeg("-i", original, "-c", "copy", recorded / "b" / "leaves.mkv")
    ffmpeg("-i", original, "-c", "copy", recorded / "b" / "leaves.mov")
    ffmpeg("-i", original, "-c:v", "mpeg4", "-q:v", "2", recorded / "c" / "other.avi")
    vp8 = ["-c:v", "libvpx", "-b:v", "2M", "-deadline", "realtime", "-cpu-used", "8"]
    ffmpeg("-i", original, *vp8, recorded / "c" / "OTHER.WEBM")
    (recorded / "c" / "empty.mp4").write_bytes(b"")
    (recorded / "c" / "notes.txt").write_text("no video\n")
    shutil.copy(original, recorded / ".hidden.mp4")
    return folder


ARGUMENTS = ("--fps", "1", "--workers", "2")


@pytest.fixture(scope="module")
def analysed(folder):
    out = folder / "out"
    return posture_monitor(
        *("--data-dir", folder / "data", "analyze", folder / "recorded"),
        *("--out", out, *ARGUMENTS),
        cwd=ROOT,
    )


NAMES = ["a/leaves", "b/leaves.mkv", "b/leaves.mov", "c/OTHER", "c/empty", "c/other"]


def test_results_mirror_the_folder_and_one_broken_video_costs_only_itself(folder, analysed):
    bad = folder / "recorded" / "c" / "empty.mp4"

    whole = summary(folder / "out")
    assert analysed.returncode == 1
    # Models and decoders say nothing themselves.
    assert analysed.stderr == (
        f"posture-monitor: {bad} is empty (0 bytes); record or copy it again\n"
    )
    assert list(whole["videos"]) == NAMES
    assert whole["failed"] == ["c/empty"]
    assert "is empty" in whole["videos"]["c/empty"]["error"]
    assert whole["observed_s"] == pytest.approx(40.0, abs=0.2)
    assert files(folder / "out" / "c") == {
        f"{name}.{kind}"
        for name in ("OTHER", "other")
        for kind in ("samples.csv", "events.jsonl", "provenance.json")
    }


def test_every_container_tells_the_same_absence(folder, analysed):
    # Somebody leaves at 7 s of the original, 3 s after the cut; a second of smoothing.
    for name in NAMES:
        if name != "c/empty":
            presence = [row["presence"] for row in rows(folder / "out", name)]
            assert (name, presence[:3], presence[5:]) == (name, ["present"] * 3, ["away"] * 3)


def test_second_run_does_only_what_is_not_finished(folder, analysed, capfd):
    before = {path: path.stat().st_mtime_ns for path in (folder / "out").rglob("*.*")}
    summarised = (folder / "out" / "summary.json").read_bytes()
    touched = folder / "recorded" / "a" / "leaves.mp4"
    os.utime(touched, ns=(1, 1))

    assert analyze(folder / "out", folder / "recorded", *ARGUMENTS) == 1

    changed = {p.name for p, then in before.items() if p.stat().st_mtime_ns != then}
    # Of the video whose time is another its content was compared, and the time noted.
    assert changed == {"summary.json", "leaves.provenance.json"}
    assert (folder / "out" / "summary.json").read_bytes() == summarised
    assert "5 of 6 videos were finished before" in capfd.readouterr().out


def test_manifest_names_people_and_calibrates_each_by_its_own_interval(tmp_path, capfd):
    ffmpeg("-ss", "5", "-t", "9", "-i", SLOUCHES, "-vf", "hflip,transpose=2", tmp_path / "odd.mp4")
    manifest = tmp_path / "study.csv"
    manifest.write_text(
        "video;person;group;day;calibrate_from_s;calibrate_until_s;distance_cm;mirror;rotate\r\n"
        "odd.mp4;P01;seated;2026-03-09;0;4,5;70;yes;90\r\n"
        "missing.mp4;P02;;;;;;;\r\n"
    )
    (out := tmp_path / "results").mkdir()

    assert analyze(out, "--manifest", manifest) == 1

    whole = summary(out)
    figures = whole["videos"]["odd"]
    assert (figures["person"], figures["group"], figures["day"]) == ("P01", "seated", "2026-03-09")
    assert figures["baseline"] == "interval"
    assert (whole["baseline"], whole["failed"]) == ("mixed", ["missing"])
    table = rows(out, "odd")
    assert [row["presence"] for row in table] == ["present"] * 18
    # Upright at the measured distance until 8 s of the original; then the slouch.
    assert 66.0 < float(table[4]["viewing_distance_cm"]) < 74.0
    assert [row["strained"] for row in table[:6]] == ["0"] * 6
    assert table[-1]["strained"] == "1"
    assert "there is no file" in capfd.readouterr().err
    provenance = json.loads((out / "odd.provenance.json").read_text())
    assert provenance["labels"] == {"person": "P01", "group": "seated", "day": "2026-03-09"}
    assert provenance["settings"]["camera"] == {"mirror": True, "rotate": "90"}


def test_killed_run_leaves_nothing_that_counts_and_the_next_one_clears_it_away(tmp_path):
    video, out = tmp_path / "film.mp4", tmp_path / "out"
    shutil.copy(WORKDAY, video)
    with Running(
        tmp_path, "--data-dir", tmp_path / "data", "analyze", video, "--out", out
    ) as running:
        wait_for(lambda: out.is_dir() and len(list(out.iterdir())) == 2, timeout_s=90)
        running.end(signal.SIGKILL)
    left = files(out)
    ffmpeg("-i", SLOUCHES, "-t", "2", "-c", "copy", video)

    assert all(name.endswith(".partial") for name in left)
    assert analyze(out, video) == 0
    assert files(out) == {
        "film.samples.csv",
        "film.events.jsonl",
        "film.provenance.json",
        "summary.json",
    }
    assert events(out, "film")[0]["kind"] == "sitting_started"


# --------------------------------------------------------------------------- what is named


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name in ("a/x.mp4", "a/y.MKV", "b/x.mov", "b/deep/z.avi", "b/notes.txt", "odd.raw"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (["a/y.MKV", "a/x.mp4"], ["y", "x"]),
        (["a/x.mp4", "b/x.mov"], ["a/x", "b/x"]),
        (["."], ["a/x", "a/y", "b/x", "b/deep/z"]),
        (["b", "b/x.mov"], ["x", "deep/z"]),
        (["*/*"], ["a/x", "y", "z", "b/x"]),
        (["**/*.mov"], ["x"]),
        (["**"], ["a/x", "y", "z", "b/x"]),
        (["odd.raw", "*.raw"], ["odd"]),
        (["b/../a/x.mp4", "b/x.mov"], ["a/x", "b/x"]),
    ],
)
def test_files_folders_and_patterns_give_each_video_once_under_its_own_name(tree, named, expected):
    assert names_of(find_videos(named)) == expected


def test_same_name_in_one_folder_keeps_the_suffix(tree):
    (tree / "a" / "x.mkv").write_bytes(b"")

    assert names_of(find_videos(["a"])) == ["x.mkv", "x.mp4", "y"]
    twice = [Found(tree / "a" / "x.mp4", tree), Found(tree / "a" / "x.mp4", tree)]
    with pytest.raises(ConfigError, match=r"several videos are named x\.mp4"):
        names_of(twice)


@pytest.mark.parametrize(
    ("named", "sentence"),
    [("empty", "there is no video in the folder empty"), ("*.mp4", "no video matches *.mp4")],
)
def test_what_holds_no_video_is_told(tree, named, sentence):
    (tree / "empty").mkdir()

    with pytest.raises(ConfigError) as told:
        find_videos([named])
    assert sentence in str(told.value)


# --------------------------------------------------------------------------- the manifest


def manifest(folder, text):
    file = folder / "m.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_manifest_takes_what_a_spreadsheet_writes(tmp_path):
    file = manifest(
        tmp_path,
        "\ufeffVideo\tPerson\tProfile\tMirror\tDistance_cm\tcalibrate_video\n"
        '"a b.mp4"\tAnna\tdesk\tNO\t\t\n'
        "\n"
        "../c.mp4\t\t\t\t60\tup.mp4\n",
    )

    first, second = read_manifest(file)
    assert (first.line, first.found.video) == (2, tmp_path / "a b.mp4")
    assert (first.labels.person, first.profile, first.mirror, first.rotate, first.calibration) == (
        *("Anna", "desk", False),
        *(None, None),
    )
    assert (second.line, second.mirror, second.profile) == (4, None, None)
    assert second.calibration == Calibration(tmp_path / "up.mp4", None, None, 60.0)
    assert names_of([first.found, second.found]) == ["a b", "c"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("film,person\na.mp4,x\n", "line 1: there is no column named film; columns are: video, "),
        ("person\nx\n", "line 1: the header needs a column named video"),
        ("video,video\n", "line 1: the column video stands there twice"),
        ("video,person\na.mp4,x\n,y\n", "line 3: the cell under video is empty"),
        ("video,person\na.mp4,x,y\n", "line 2: there are more cells than columns"),
        ("video\na.mp4\nb.mp4\na.mp4\n", "line 4: a.mp4 stands in line 2 already"),
        ("video,day\na.mp4,9.3.2026\n", "line 2: day is 9.3.2026; write it like 2026-03-09"),
        ("video,mirror\na.mp4,maybe\n", "line 2: mirror is maybe; write yes or no"),
        ("video,rotate\na.mp4,45\n", "line 2: rotate is 45; write 0, 90, 180 or 270"),
        ("video,distance_cm\na.mp4,5\n", "distance_cm is 5; it must lie between 20 and 300"),
        ("video,distance_cm\na.mp4,near\n", "distance_cm is near, which is not a number"),
        ("video,calibrate_from_s\na.mp4,nan\n", "calibrate_from_s is nan, which is not a number"),
        ("video,calibrate_from_s,calibrate_until_s\na.mp4,9,9\n", "must lie after"),
        ("video,profile,distance_cm\na.mp4,p,60\n", "either a profile or an interval"),
        ("video,person\na.mp4,\x1b[2J\n", "line 2: person has more than 60 characters, or some"),
        ('video\n"a.mp4\n', "it is no CSV"),
        ("video\n", "names no video"),
        (b"video\n\xe9.mp4\n", "save it as CSV UTF-8"),
    ],
)
def test_fault_of_a_manifest_is_told_with_its_line(tmp_path, text, sentence):
    file = manifest(tmp_path, text)

    with pytest.raises(ConfigError) as told:
        read_manifest(file)
    assert str(told.value).startswith((str(file), f"the manifest {file}"))
    assert sentence in str(told.value)


def test_manifest_that_is_missing_is_told(tmp_path):
    with pytest.raises(ConfigError, match="can't be read"):
        read_manifest(tmp_path / "missing.csv")


# --------------------------------------------------------------------------- provenance


@pytest.fixture
def done(tmp_path):
    """A job whose files were written, by hand."""
    (tmp_path / "film.mp4").write_bytes(b"pictures")
    (tmp_path / "upright.mp4").write_bytes(b"upright")
    job = Job(
        *(tmp_path / "film.mp4", tmp_path / "out", "a/film", Settings(), 2.0, "csv"),
        calibration=Calibration(tmp_path / "upright.mp4", 1.0, 5.0),
        labels=Labels("P01"),
    )
    (tmp_path / "out" / "a").mkdir(parents=True)
    for file in job.files:
        file.write_text("written\n")
    write_provenance(job, inputs_of(job), RESULT)
    return job


RESULT = VideoResult("a/film", "film.mp4", 8.0, {"sitting": 8.0}, 1.5, 7.5, 700.25, {"x": 1}, "me")


def test_finished_video_gives_its_figures_again(done):
    again = finished(done, by_content=False)

    assert again == replace(RESULT, video=str(done.video), labels=Labels("P01"), reused=True)
    relabelled = replace(done, labels=Labels("P02", "g"))
    assert finished(relabelled, by_content=False).labels.person == "P02"
    document = json.loads(done.provenance_file.read_text())
    assert document["labels"] == {"person": "P02", "group": "g"}
    assert (document["version"], document["samples_per_s"]) == (done.version, 2.0)
    assert set(document["inputs"]) == {"video", "calibrate_video"}
    assert document["inputs"]["video"]["sha256"] == (
        "752f502ee3ac574467c34d2881aabe52eac51a2491d707bf11b09d2b9f0d4546"
    )
    assert len(document["model"]["sha256"]) == 4
    assert document["outputs"] == {"film.samples.csv": 8, "film.events.jsonl": 8}


def changed_settings(job):
    return replace(job.settings, posture=replace(job.settings.posture, sensitivity="high"))


@pytest.mark.parametrize(
    "change",
    [
        lambda job: replace(job, samples_per_s=1.0),
        lambda job: replace(job, file_format="parquet"),
        lambda job: replace(job, dataset=True),
        lambda job: replace(job, version="0.0.9"),
        lambda job: replace(job, baseline_name="desk"),
        lambda job: replace(job, settings=changed_settings(job)),
        lambda job: replace(job, calibration=replace(job.calibration, until_s=6.0)),
        lambda job: replace(job, calibration=None),
        lambda job: job.video.write_bytes(b"otherwise"),
        lambda job: job.video.write_bytes(b"PICTURES"),
        lambda job: job.video.unlink(),
        lambda job: job.calibration.video.write_bytes(b"UPRIGHT"),
        lambda job: job.samples_file.unlink(),
        lambda job: job.samples_file.write_text("cut"),
        lambda job: job.provenance_file.unlink(),
        lambda job: job.provenance_file.write_text("{"),
        lambda job: job.provenance_file.write_text("[]"),
        lambda job: tamper(job, "observed_s", "much"),
        lambda job: tamper(job, "state_s", {"sitting": None}),
        lambda job: tamper(job, "baseline", 3),
    ],
)
def test_video_is_not_finished_once_anything_is_another(done, change):
    changed = change(done)

    job = changed if isinstance(changed, Job) else done
    assert finished(job, by_content=True) is None


def tamper(job, key, value):
    document = json.loads(job.provenance_file.read_text())
    document["result"][key] = value
    job.provenance_file.write_text(json.dumps(document))


def test_another_time_of_change_is_settled_by_the_content_and_noted(done):
    os.utime(done.video, ns=(5, 5))

    assert finished(done, by_content=False) is None
    assert finished(done, by_content=True) is not None
    assert finished(done, by_content=False) is not None


def test_video_that_changes_while_it_is_read_is_not_finished(done):
    inputs = inputs_of(done)
    done.video.write_bytes(b"longer than before")

    with pytest.raises(PostureMonitorError, match=r"film.mp4 changed while it was read"):
        write_provenance(done, inputs, RESULT)


def test_manifest_settles_what_the_command_line_leaves_open(tmp_path):
    file = manifest(
        tmp_path,
        "video,profile,rotate,distance_cm\na.mp4,tall,90,\nb.mp4,,,60\nc.mp4,,,\n",
    )
    tall, desk = object(), object()
    settings = replace(Settings(), camera=replace(Settings().camera, mirror=True))

    jobs = plan(
        *(read_manifest(file), tmp_path, settings, Options(profile="desk", again=True)),
        {"tall": tall, "desk": desk},
    )

    assert [job.baseline for job in jobs] == [tall, None, desk]
    assert [job.baseline_name for job in jobs] == ["tall", "interval", "desk"]
    assert [job.settings.camera.rotate for job in jobs] == ["90", "0", "0"]
    assert all(job.settings.camera.mirror and job.again for job in jobs)
