"""What the settings are called on the page, and which of them are shown at once."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from posture_monitor.config import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLES: Mapping[str, tuple[str, str]] = {
    "posture": ("Posture", "How early strain is called, and when you hear of it."),
    "reminders": ("Reminders", "Which ones come, and how often. Few are better than many."),
    "sitting": ("Sitting and breaks", "What counts as sitting, away and a break."),
    "notifications": ("Notifications", "How reminders are shown."),
    "camera": ("Camera", "Where pictures come from. They are looked at and let go, never kept."),
    "hours": ("Hours", "When to watch, and when to be quiet."),
    "power": ("Battery", "What to save when no cable is plugged in."),
    "goals": ("Goals", "What you set out to do. The pages show it; no reminder comes of it."),
    "history": ("Record", "How long the record is kept on this machine."),
    "pose": ("Pose engine", "How pictures become landmarks."),
}
"""The order of the page; every section of the settings is here (a test holds it)."""

LABELS: Mapping[str, str] = {
    "posture.sensitivity": "Sensitivity",
    "posture.hold_s": "Strained before a notification",
    "posture.cooldown_min": "Pause between notifications",
    "posture.corrected_s": "Relaxed until corrected",
    "reminders.posture": "Posture reminders",
    "reminders.move": "Change-of-position reminders",
    "reminders.breaks": "Break reminders",
    "reminders.stretch": "Stretch routines",
    "reminders.water": "Water reminders",
    "reminders.move_every_min": "Change position every",
    "reminders.break_every_min": "Break every",
    "reminders.stretch_every_breaks": "Stretch with every … break",
    "reminders.water_every_min": "Water every",
    "reminders.repeat_break_min": "Repeat an ignored break after",
    "reminders.routine_min": "Length of a guided break",
    "reminders.seated": "I stay seated",
    "reminders.strengthen": "Strengthen on two days a week",
    "reminders.snooze_min": "Snooze for",
    "reminders.wait_for_pause": "Wait for a pause in the work",
    "reminders.notice": "Notice a minute before",
    "reminders.firm": "Firm breaks",
    "reminders.most_skips": "Put off at most",
    "reminders.trial": "Own trial",
    "reminders.far_look": "Far look",
    "reminders.far_look_every_min": "Far look every",
    "reminders.sit_stand": "Sit and stand in turn",
    "reminders.sit_stand_every_min": "Change after",
    "reminders.posture_text": "Own words for posture",
    "reminders.move_text": "Own words for moving",
    "reminders.break_text": "Own words for breaks",
    "reminders.water_text": "Own words for water",
    "reminders.wait_in_full_screen": "Wait during presentations",
    "reminders.grace_s": "Quiet after coming back",
    "sitting.min_break_s": "Shortest break",
    "sitting.max_gap_s": "Longest gap between pictures",
    "sitting.leave_s": "Out of view until away",
    "sitting.return_s": "In view until back",
    "sitting.stand_s": "Standing until sitting ends",
    "sitting.session_end_min": "Away until a session ends",
    "notifications.backend": "Shown by",
    "notifications.sound": "Sound",
    "camera.source": "Camera, file or address",
    "camera.width_px": "Picture width",
    "camera.height_px": "Picture height",
    "camera.open_limit_s": "Give up opening after",
    "camera.read_limit_s": "Silent until lost",
    "camera.mirror": "Mirror image",
    "camera.rotate": "Turn the picture",
    "camera.fps": "Pictures a second",
    "camera.glance_every_s": "Open only every",
    "camera.yield_to_others": "Give way to video calls",
    "goals.longest_sitting_min": "Longest without a break",
    "goals.strained_percent": "Strained at most",
    "history.retention_days": "Keep the record for",
    "hours.days": "Days",
    "hours.watch_from": "Watch from",
    "hours.watch_until": "Watch until",
    "hours.quiet_from": "Quiet from",
    "hours.quiet_until": "Quiet until",
    "power.on_battery": "On battery",
    "pose.engine": "Engine",
    "pose.samples_per_s": "Frames per second at most",
}
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
        *(f"goals.{f.name}" for f in fields(Settings().goals)),
    }
)
"""Settings shown at once; the others wait under "More"."""
