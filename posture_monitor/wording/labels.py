"""What the settings are called on the page, and which of them are shown at once."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from posture_monitor.config import Settings
from posture_monitor.wording.language import N_, Words

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLES: Mapping[str, tuple[str, str]] = {
    "posture": (N_("Posture"), N_("How early strain is called, and when you hear of it.")),
    "reminders": (N_("Reminders"), N_("Which ones come, and how often. Few are better than many.")),
    "sitting": (N_("Sitting and breaks"), N_("What counts as sitting, away and a break.")),
    "notifications": (N_("Notifications"), N_("How reminders are shown.")),
    "camera": (
        N_("Camera"),
        N_("Where pictures come from. They are looked at and let go, never kept."),
    ),
    "hours": (N_("Hours"), N_("When to watch, and when to be quiet.")),
    "power": (N_("Battery"), N_("What to save when no cable is plugged in.")),
    "goals": (
        N_("Goals"),
        N_("What you set out to do. The pages show it; no reminder comes of it."),
    ),
    "history": (N_("Record"), N_("How long the record is kept on this machine.")),
    "display": (N_("Language"), N_("Of everything you read; files for programs stay English.")),
    "pose": (N_("Pose engine"), N_("How pictures become landmarks.")),
}
"""The order of the page; every section of the settings is here (a test holds it)."""

LABELS: Mapping[str, str] = Words(
    {
        "posture.sensitivity": N_("Sensitivity"),
        "posture.hold_s": N_("Strained before a notification"),
        "posture.cooldown_min": N_("Pause between notifications"),
        "posture.corrected_s": N_("Relaxed until corrected"),
        "reminders.posture": N_("Posture reminders"),
        "reminders.move": N_("Change-of-position reminders"),
        "reminders.breaks": N_("Break reminders"),
        "reminders.stretch": N_("Stretch routines"),
        "reminders.water": N_("Water reminders"),
        "reminders.move_every_min": N_("Change position every"),
        "reminders.break_every_min": N_("Break every"),
        "reminders.stretch_every_breaks": N_("Stretch with every … break"),
        "reminders.water_every_min": N_("Water every"),
        "reminders.repeat_break_min": N_("Repeat an ignored break after"),
        "reminders.routine_min": N_("Length of a guided break"),
        "reminders.seated": N_("I stay seated"),
        "reminders.strengthen": N_("Strengthen on two days a week"),
        "reminders.snooze_min": N_("Snooze for"),
        "reminders.wait_for_pause": N_("Wait for a pause in the work"),
        "reminders.notice": N_("Notice a minute before"),
        "reminders.firm": N_("Firm breaks"),
        "reminders.most_skips": N_("Put off at most"),
        "reminders.trial": N_("Own trial"),
        "reminders.far_look": N_("Far look"),
        "reminders.far_look_every_min": N_("Far look every"),
        "reminders.sit_stand": N_("Sit and stand in turn"),
        "reminders.sit_stand_every_min": N_("Change after"),
        "reminders.weekly": N_("Summary of the week"),
        "reminders.posture_text": N_("Own words for posture"),
        "reminders.move_text": N_("Own words for moving"),
        "reminders.break_text": N_("Own words for breaks"),
        "reminders.water_text": N_("Own words for water"),
        "reminders.wait_in_full_screen": N_("Wait during presentations"),
        "reminders.grace_s": N_("Quiet after coming back"),
        "sitting.min_break_s": N_("Shortest break"),
        "sitting.max_gap_s": N_("Longest gap between pictures"),
        "sitting.leave_s": N_("Out of view until away"),
        "sitting.return_s": N_("In view until back"),
        "sitting.stand_s": N_("Standing until sitting ends"),
        "sitting.session_end_min": N_("Away until a session ends"),
        "notifications.backend": N_("Shown by"),
        "notifications.nudge": N_("Posture and moving by"),
        "notifications.sound": N_("Sound"),
        "camera.source": N_("Camera, file or address"),
        "camera.width_px": N_("Picture width"),
        "camera.height_px": N_("Picture height"),
        "camera.open_limit_s": N_("Give up opening after"),
        "camera.read_limit_s": N_("Silent until lost"),
        "camera.mirror": N_("Mirror image"),
        "camera.rotate": N_("Turn the picture"),
        "camera.fps": N_("Pictures a second"),
        "camera.glance_every_s": N_("Open only every"),
        "camera.yield_to_others": N_("Give way to video calls"),
        "goals.longest_sitting_min": N_("Longest without a break"),
        "goals.strained_percent": N_("Strained at most"),
        "history.retention_days": N_("Keep the record for"),
        "hours.days": N_("Days"),
        "hours.watch_from": N_("Watch from"),
        "hours.watch_until": N_("Watch until"),
        "hours.quiet_from": N_("Quiet from"),
        "hours.quiet_until": N_("Quiet until"),
        "power.on_battery": N_("On battery"),
        "display.language": N_("Language"),
        "pose.engine": N_("Engine"),
        "pose.samples_per_s": N_("Frames per second at most"),
    }
)
EVERYDAY = frozenset(
    {
        "posture.sensitivity",
        "posture.hold_s",
        "posture.cooldown_min",
        *(f"reminders.{f.name}" for f in fields(Settings().reminders) if f.name != "grace_s"),
        "sitting.min_break_s",
        "notifications.backend",
        "notifications.sound",
        "camera.source",
        "camera.mirror",
        "camera.rotate",
        "camera.yield_to_others",
        "history.retention_days",
        *(f"hours.{f.name}" for f in fields(Settings().hours)),
        "power.on_battery",
        "display.language",
        *(f"goals.{f.name}" for f in fields(Settings().goals)),
    }
)
"""Settings shown at once; the others wait under "More"."""
