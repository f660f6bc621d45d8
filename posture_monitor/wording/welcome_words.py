"""What the first minutes say, on the page and in the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from posture_monitor.wording.language import N_, Words

NO_MONITOR_TITLE = N_("No monitor runs here")
NO_MONITOR = N_("Start it with: posture-monitor run")
NO_CAMERA_TITLE = N_("This camera can’t be used")
NO_CAMERA = N_("Reload the page to see the cameras there are.")
CAMERA_CHANGED = N_("The camera is changed.")
NOT_SHOWN_TITLE = N_("The notification could not be shown")
SHOWN = N_("Shown by {shown_by}. Press a button, if it has any.")
WRITTEN = N_("Nobody shows notifications here: it is written to the terminal.")
PRESSED = N_("You pressed “{button}”: buttons work.")
CLOSED = N_("It went away without a button pressed. Reminders look just like it.")
NO_AUTOSTART_TITLE = N_("Starting with the session could not be changed")
AUTOSTART_ON = N_("It starts with your session from now on.")
AUTOSTART_OFF = N_("It starts only when you start it.")

EVERYDAY: tuple[tuple[str, str], ...] = (
    ("posture-monitor pause", N_("camera off, no reminders for an hour")),
    ("posture-monitor status", N_("how it stands")),
    ("posture-monitor dashboard", N_("this page again")),
    ("posture-monitor stop", N_("end it")),
)
"""Commands for every day, and what each does."""

SCRIPT: Mapping[str, str] = Words(
    {
        "seen": N_("You are seen: head and shoulders."),
        "nobody": N_("Nobody is seen yet."),
        "opening": N_("Opening the camera…"),
        "stopped": N_("The monitor has stopped."),
        "seconds": N_("seconds"),
        "ready": N_("get ready"),
        "still": N_("Hold still"),
        "upright": N_("Sit upright and look at the screen."),
        "stored": N_("Your reference is stored. Quality: {quality}"),
        "another": N_("Show another"),
    }
)
"""What the page says by itself, by what it stands for."""

TITLE = N_("Welcome. A few short steps; n skips one.")
ASK_CAMERA = N_("Which camera? Its number, or Enter for {number}: ")
THE_CAMERAS = N_("Cameras: {cameras}")
ASK_CALIBRATE = N_("Calibrate now? It takes {seconds:.0f} seconds upright.")
ASK_NOTIFICATION = N_("Show a notification to try it?")
ASK_SEEN = N_("Did you see it?")
NOT_SEEN = N_("Look at your desktop's do-not-disturb; `posture-monitor doctor` says what it knows.")
SHOWN_BY = N_("shown by {shown_by}")
ASK_AUTOSTART = N_("Start with your session?")
OPENED = N_("The first steps are open in your browser.")
DONE = N_("Done. It watches from now on.")


def sentence(text: object) -> str:
    """With a capital and a full stop.

    >>> sentence("the bus is gone")
    'The bus is gone.'
    """
    said = str(text).rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."
