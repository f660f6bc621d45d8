"""Every text has its translation, and one run of the program speaks German from end to end."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from posture_monitor import dashboard
from posture_monitor.cli import main
from posture_monitor.domain import (
    CalibrationError,
    CameraError,
    Detail,
    Event,
    EventKind,
    Reason,
    State,
)
from posture_monitor.history.store import Store
from posture_monitor.wording import dates, details, language, names, page_words, script_words, texts
from posture_monitor.wording.language import N_, Words, _, error_text, ngettext
from scripts import catalogues

PLACES = re.compile(r"\{(\w*)[^{}]*\}|%\((\w+)\)s")


@pytest.fixture
def german():
    language.use("de", {})
    yield
    language.use("en", {})


def places(text):
    return {one or other for one, other in PLACES.findall(text)}


def forms(message):
    """Each English form with its translation."""
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    told = message.string if isinstance(message.string, tuple) else (message.string,)
    return zip(ids, told, strict=True)


@pytest.fixture(scope="module")
def marked():
    return catalogues.messages()


def test_every_marked_text_is_translated_and_nothing_else_is_in_the_catalogue(marked):
    assert [path.parent.parent.name for path in catalogues.po_files()] == ["de"]
    assert [one for path in catalogues.po_files() for one in catalogues.faults(path, marked)] == []


def test_a_translation_has_the_places_of_its_text(marked):
    (path,) = catalogues.po_files()
    wrong = [
        (text, told)
        for message in catalogues.updated(path, marked)
        if message.id
        for text, told in forms(message)
        if places(text) != places(told)
    ]

    assert wrong == []


def test_the_page_brings_along_what_its_scripts_say():
    scripts = Path(dashboard.__file__).parent.glob("static/*.js")
    said = {
        text for path in scripts for text in re.findall(r'(?<![\w.])t\("([^"]+)"', path.read_text())
    }

    assert said == set(script_words.TEXTS)


def test_the_languages_to_choose_from_are_those_that_have_a_catalogue():
    from posture_monitor.config import DisplaySettings

    found = {"en", *(path.parent.parent.name for path in catalogues.po_files())}
    (spec,) = DisplaySettings.__dataclass_fields__.values()

    assert set(language.LANGUAGES) == found
    assert set(spec.metadata["choices"]) == {"auto", *found}


@pytest.mark.parametrize(
    ("setting", "environment", "code"),
    [
        ("auto", {}, "en"),
        ("auto", {"LANG": "de_DE.UTF-8"}, "de"),
        ("auto", {"LANG": "de_AT@euro"}, "de"),
        ("auto", {"LANG": "fr_FR.UTF-8"}, "en"),
        ("auto", {"LANG": "en_GB.UTF-8", "LC_MESSAGES": "de_DE"}, "de"),
        ("auto", {"LANG": "de_DE", "LC_ALL": "C.UTF-8"}, "en"),
        ("auto", {"LANG": "en_GB", "LANGUAGE": "fr:de"}, "de"),
        ("auto", {"LANG": "C", "LANGUAGE": "de"}, "en"),
        ("en", {"LANG": "de_DE"}, "en"),
        ("de", {"LANG": "C"}, "de"),
    ],
)
def test_the_language_is_the_settings_or_the_environments(setting, environment, code, german):
    assert language.use(setting, environment) == code


@pytest.mark.usefixtures("german")
def test_dates_fractions_and_plurals_are_german():
    day = date(2026, 11, 28)

    assert dates.day_name(day) == "Samstag, 28. November 2026"
    assert dates.short_day(day) == "Sa. 28. Nov."
    assert dates.span_name(date(2026, 3, 2), date(2026, 3, 8)) == "2.–8. März 2026"
    assert page_words.hours(5400.0) == "1,5 h"
    assert _("{hours:.1f} h", hours=6.25) == "6,2 h"
    assert [page_words.points(count) for count in (1.0, 4.0)] == ["1 Punkt", "4 Punkte"]


@pytest.mark.usefixtures("german")
def test_tables_are_read_in_the_language_in_use_and_the_log_stays_english():
    event = Event(9.0, EventKind.BREAK_DUE, Detail(seconds=1800.0))

    assert names.STATES[State.SITTING] == "Sitzen"
    assert details.detail_words(event) == "30 min of sitting"
    assert details.detail_for_people(event) == "30 min Sitzen"


@pytest.mark.usefixtures("german")
def test_an_error_is_german_for_people_and_english_for_the_log():
    inner = CalibrationError("only {usable} of {total} frames could be used", usable=3, total=9)
    error = CalibrationError("calibration refused: {refusal}", refusal=inner)

    assert str(error) == "calibration refused: only 3 of 9 frames could be used"
    assert error_text(error) == "Kalibrierung abgelehnt: nur 3 von 9 Bildern waren brauchbar"
    assert error_text(OSError("unplugged")) == "unplugged"


def test_an_error_of_another_process_keeps_its_sentence():
    import pickle

    error = pickle.loads(pickle.dumps(CameraError("there is no camera {index}", index=4)))

    assert (type(error), str(error)) == (CameraError, "there is no camera 4")


def test_without_a_catalogue_entry_a_text_stays_as_it_is():
    table = Words({"one": N_("no such text anywhere")})

    assert (table["one"], list(table), len(table)) == ("no such text anywhere", ["one"], 1)
    assert ngettext("{count} of a kind", "{count} of them", 1) == "1 of a kind"


@pytest.mark.usefixtures("german")
def test_a_notification_is_german():
    at = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
    events = [Event(9.0, EventKind.POSTURE_ALERT, Detail(reasons=(Reason.SLOUCH,)))]
    (note,) = texts.notification_for(events, at)

    assert note.title == "Position wechseln"
    assert (
        note.body == "Zusammengesunken. Auf dem Stuhl zurückrutschen und den Rücken tragen lassen."
    )
    assert [texts.action_label(action, 10.0) for action in note.actions] == [
        "Entlasten, 1 min",
        "In 10 min erinnern",
        "Überspringen",
        "Das war falsch",
    ]


def test_a_run_in_german_reports_in_german_and_writes_its_data_in_english(
    tmp_path, capsys, monkeypatch, german
):
    monkeypatch.setenv("POSTURE_MONITOR_DISPLAY_LANGUAGE", "de")
    data = str(tmp_path)
    with Store(tmp_path / "history.db") as store:
        now = datetime.now(UTC)
        run = store.begin_run(source="camera", live=True, profile=None, started_at=now)
        run.event(now - timedelta(seconds=1), Event(9.0, EventKind.CAMERA_LOST, Detail()))
        run.close()

    def said(*command, code=0):
        assert main(["--data-dir", data, *command]) == code
        captured = capsys.readouterr()
        return captured.out or captured.err

    exports = ("report", "--format", "json"), ("report", "--format", "csv")
    german_exports = [said(*command) for command in exports]
    report, page = said("report"), said("report", "--format", "html")
    refused = said("profiles", "show", "büro", code=1)
    monkeypatch.setenv("POSTURE_MONITOR_DISPLAY_LANGUAGE", "en")

    assert report.startswith("Haltungsbericht: ")
    assert '<html lang="de">' in page
    assert "rztlichen Rat" in page
    assert refused == "posture-monitor: es gibt kein Profil 'büro'; bekannt sind: keine\n"
    assert german_exports == [said(*command) for command in exports]
