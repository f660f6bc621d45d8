"""The words of the command line in the order of ``--help``; loads none of their modules."""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": (
        "demo",
        "the whole job on a bundled recording, without a camera",
        "demo",
    ),
    "run": (
        "watch",
        "watch, and remind when it helps",
        "run --source 1 --profile office",
    ),
    "calibrate": (
        "watch",
        "make your own reference from a few seconds upright",
        "calibrate --distance-cm 62 --profile office",
    ),
    "analyze": (
        "videos",
        "judge recorded videos and write what was seen into files",
        "analyze morning.mp4 noon.mkv --out results --workers 2",
    ),
    "summarize": (
        "summaries",
        "many analysed recordings in a table, per person, group or day",
        "summarize results --by group",
    ),
    "report": (
        "review",
        "look back at a day, a week, a range or a session",
        "report --week --format html --out week.html",
    ),
    "status": (
        "control",
        "the running monitor at a glance",
        "status",
    ),
    "pause": (
        "control",
        "camera off and no reminders for a while",
        "pause 45",
    ),
    "snooze": (
        "control",
        "no reminders for a while",
        "snooze 20",
    ),
    "resume": (
        "control",
        "watch again, remind again",
        "resume",
    ),
    "reload": (
        "control",
        "let the running monitor use changed settings",
        "reload",
    ),
    "stop": (
        "control",
        "end the running monitor",
        "stop",
    ),
    "feedback": (
        "control",
        "tell the running monitor about its last posture reminder",
        "feedback wrong",
    ),
    "dashboard": (
        "pages",
        "look at it all in the browser, on this machine alone",
        "dashboard --sample",
    ),
    "delete": (
        "keep",
        "delete what was recorded",
        "delete --before 2026-01-01",
    ),
    "export": (
        "keep",
        "the raw record for other programs",
        "export --format activitywatch --out buckets.json",
    ),
    "autostart": (
        "keep",
        "start with your session, or not",
        "autostart on",
    ),
    "stretches": (
        "stretches",
        "exercises for a break, and counting them in a recording",
        "stretches list",
    ),
    "break": (
        "breaks",
        "a short break with exercises, guided",
        "break --minutes 2",
    ),
    "advice": (
        "advice",
        "what helps a tense back, and when to see a doctor",
        "advice",
    ),
    "drank": (
        "breaks",
        "note a drink",
        "drank",
    ),
    "profiles": (
        "records",
        "list, show or delete profiles",
        "profiles list",
    ),
    "cameras": (
        "records",
        "list cameras by index and name",
        "cameras",
    ),
    "config": (
        "records",
        "the settings, and where everything is",
        "config path",
    ),
    "doctor": (
        "doctor",
        "check camera, models, notifications and storage, and say what to do",
        "doctor",
    ),
    "completion": (
        "completion",
        "a script that lets your shell complete commands and options",
        "completion bash",
    ),
}
"""Each word's module in ``commands``, what it does, and an example."""
