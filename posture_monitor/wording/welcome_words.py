"""What the first minutes say, on the page and in the terminal."""

from __future__ import annotations

NO_MONITOR_TITLE = "No monitor runs here"
NO_MONITOR = "Start it with: posture-monitor run"
NO_CAMERA_TITLE = "This camera can’t be used"
NO_CAMERA = "Reload the page to see the cameras there are."
CAMERA_CHANGED = "The camera is changed."
NOT_SHOWN_TITLE = "The notification could not be shown"
SHOWN = "Shown by {shown_by}. Press a button, if it has any."
WRITTEN = "Nobody shows notifications here: it is written to the terminal."
PRESSED = "You pressed “{button}”: buttons work."
CLOSED = "It went away without a button pressed. Reminders look just like it."
NO_AUTOSTART_TITLE = "Starting with the session could not be changed"
AUTOSTART_ON = "It starts with your session from now on."
AUTOSTART_OFF = "It starts only when you start it."

EVERYDAY: tuple[tuple[str, str], ...] = (
    ("posture-monitor pause", "camera off, no reminders for an hour"),
    ("posture-monitor status", "how it stands"),
    ("posture-monitor dashboard", "this page again"),
    ("posture-monitor stop", "end it"),
)
"""Commands for every day, and what each does."""

TITLE = "Welcome. Four short steps, each can be skipped with n."
ASK_CAMERA = "Which camera? Its number, or Enter for {number}: "
THE_CAMERAS = "Cameras: {cameras}"
ASK_CALIBRATE = "Calibrate now? It takes {seconds:.0f} seconds upright."
ASK_NOTIFICATION = "Show a notification to try it?"
ASK_SEEN = "Did you see it?"
NOT_SEEN = "Look at your desktop's do-not-disturb; `posture-monitor doctor` says what it knows."
SHOWN_BY = "shown by {shown_by}"
ASK_AUTOSTART = "Start with your session?"
OPENED = "The first steps are open in your browser."
DONE = "Done. It watches from now on."


def sentence(text: object) -> str:
    """With a capital and a full stop.

    >>> sentence("the bus is gone")
    'The bus is gone.'
    """
    said = str(text).rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."
