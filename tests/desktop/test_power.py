"""Battery or mains, as Linux tells in a folder of small files."""

from __future__ import annotations

import pytest

from posture_monitor.desktop.power import Power, on_battery

MAINS_ON = {"type": "Mains", "online": "1"}
MAINS_OFF = {"type": "Mains", "online": "0"}
DISCHARGING = {"type": "Battery", "status": "Discharging"}
CHARGING = {"type": "Battery", "status": "Charging"}
MOUSE = {"type": "Battery", "scope": "Device", "status": "Discharging"}


def supplies(folder, *found):
    """The folder with one supply for each set of files."""
    for number, files in enumerate(found):
        supply = folder / f"supply{number}"
        supply.mkdir(parents=True)
        for name, word in files.items():
            (supply / name).write_text(f"{word}\n")
    return folder


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([MAINS_ON, CHARGING], False),
        ([MAINS_OFF, DISCHARGING], True),
        ([DISCHARGING], True),
        ([MAINS_ON, DISCHARGING], False),  # a weak charger: plugged in all the same
        ([{"type": "USB", "online": "1"}, MAINS_OFF, DISCHARGING], False),
        ([{"type": "USB", "online": "0"}, DISCHARGING], True),
        ([MAINS_OFF, {"type": "Battery", "status": "Full"}], False),
        ([CHARGING, DISCHARGING], True),
        ([{"type": "Mains"}, DISCHARGING], True),  # it says nothing of being online
        ([{"type": "Battery"}], False),
        ([{}, {"type": "UPS"}], None),
        ([MAINS_ON], None),
        ([MOUSE], None),
        ([MOUSE, CHARGING], False),
        ([], None),
    ],
)
def test_laptop_is_on_battery_when_one_is_emptied_and_no_mains_is_there(tmp_path, found, expected):
    assert on_battery(supplies(tmp_path, *found)) is expected


def test_nothing_is_known_where_there_is_no_such_folder(tmp_path):
    assert on_battery(tmp_path / "nowhere") is None


def test_files_with_strange_bytes_are_nothing_known(tmp_path):
    folder = supplies(tmp_path, DISCHARGING)
    (folder / "supply0" / "type").write_bytes(b"\xff\xfe\n")

    assert on_battery(folder) is None


def test_system_is_asked_at_most_twice_a_minute(tmp_path):
    now_s = 1000.0
    power = Power(supplies(tmp_path, MAINS_ON, DISCHARGING), clock_s=lambda: now_s)
    told = [power.on_battery()]
    (tmp_path / "supply0" / "online").write_text("0\n")
    now_s = 1029.9
    told.append(power.on_battery())
    now_s = 1030.0
    told.append(power.on_battery())

    assert told == [False, False, True]


def test_first_question_is_answered_right_after_the_machine_started(tmp_path):
    assert Power(supplies(tmp_path, DISCHARGING), clock_s=lambda: 0.5).on_battery() is True
