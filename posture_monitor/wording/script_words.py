"""What the scripts of the pages say; they look it up in what the page brings along.

A script says ``t("Score {score} of 100", { score })``; a test holds that each such text is here.
"""

from __future__ import annotations

from posture_monitor.wording.language import N_, _, current

TEXTS = (
    N_("That did not work."),
    N_("The dashboard does not answer; is it still running?"),
    N_("Are you sure?"),
    N_("Can’t judge: {why}"),
    N_("not yet"),
    N_("Score {score} of 100"),
    N_("Waiting for the next frame…"),
    N_("The monitor has stopped, or the dashboard was closed."),
    N_("Stop the picture"),
    N_("Show the picture"),
    N_("The picture is stopped."),
    N_("Paused while this page is hidden."),
    N_("of 100"),
    N_("h a day"),
    N_("% of judged time"),
    N_("a day"),
    N_("Week of {day}"),
    N_("no data"),
    N_("seconds"),
    N_("Sit upright and look at the screen."),
    N_("get ready"),
    N_("Profile “{name}” is stored"),
    N_("Quality: {text}"),
    N_("% done"),
    N_("Looking…"),
)


def script_texts() -> dict[str, str]:
    """Each text with its translation; empty in English, which the scripts speak themselves."""
    return {} if current() == "en" else {text: _(text) for text in TEXTS}
