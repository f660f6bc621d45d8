"""``python -m proof.fuzz``: hostile input at every door; none may be answered by a crash.

Hypothesis makes the input up and shrinks what fails. Each door says what may come out of it.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from posture_monitor.ipc.control import ControlServer
from proof.cases import Case, need, parser, random_of, run
from proof.hostile import (
    ENVIRONMENTS,
    LINES,
    REQUESTS,
    Request,
    films,
    manifests,
    profiles,
    toml_files,
    try_landmarks,
    try_line,
    try_manifest,
    try_profile,
    try_request,
    try_settings,
)
from tests.dashboard.serving import Recorder, serving, write_days
from tests.desk_film import Film

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

FULL_S = 60.0
"""For each door."""
_ROUND = 400
_QUICK = 30


def search(
    made_up: SearchStrategy[Any],
    attempt: Callable[[Any], None],
    *,
    quick: bool,
    first_seed: int,
) -> str:
    """Made-up input until the time is over, in rounds with seeds of their own."""
    count = 0

    def counted(value: Any) -> None:
        nonlocal count
        count += 1
        attempt(value)

    began_s = time.monotonic()
    number = first_seed
    while True:
        looked_for = given(made_up)(counted)
        looked_for = settings(
            max_examples=_QUICK if quick else _ROUND,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )(looked_for)
        seed(number)(looked_for)()
        number += 1
        if quick or time.monotonic() - began_s > FULL_S:
            return f"{count} tried, seeds {first_seed} to {number - 1}"


@contextmanager
def _page(folder: Path) -> Iterator[Callable[[Request], None]]:
    with serving(write_days(folder / "data", 2), live=Recorder()) as served:
        yield partial(try_request, served.port, served.base, served.cookie)


@contextmanager
def _channel(folder: Path) -> Iterator[Callable[[bytes], None]]:
    film = Film([(60.0, "upright")])
    control_file = folder / "control"
    with ControlServer(control_file, film.run):
        yield partial(try_line, control_file)


def cases(*, quick: bool, first_seed: int) -> list[Case]:
    """Every door and what may come out of it."""

    def door(
        name: str,
        promise: str,
        made_up: SearchStrategy[Any],
        attempt: Callable[..., Any],
        *,
        opened: bool = False,
        in_folder: bool = False,
    ) -> Case:
        def tried(folder: Path) -> str:
            with ExitStack() as stack:
                use: Callable[[Any], None]
                if opened:
                    use = stack.enter_context(attempt(folder))
                elif in_folder:
                    use = partial(attempt, folder)
                else:
                    use = attempt
                return search(made_up, use, quick=quick, first_seed=first_seed)

        return Case("fuzz", name, promise, tried)

    return [
        door("settings file and environment", "settings within bounds, or one sentence",
             st.tuples(toml_files(), ENVIRONMENTS), try_settings, in_folder=True),
        door("stored profile", "judges, or one sentence", profiles(), try_profile),
        door("landmarks", "score 0-100 or none, no NaN, every second once",
             films(), try_landmarks),
        door("requests to the page", "no 500; without the key 4xx and no redirect",
             REQUESTS, _page, opened=True),
        door("lines to the control channel", "one line of JSON, and it goes on",
             LINES, _channel, opened=True),
        door("manifest of recordings", "files in its folder, or one sentence",
             manifests(), try_manifest, in_folder=True),
    ]  # fmt: skip


def main(given_arguments: list[str] | None = None) -> int:
    arguments = parser("fuzz", "Hostile input at every door.").parse_args(given_arguments)
    need()
    first_seed = random_of(arguments.seed).randrange(1_000_000)
    found = cases(quick=arguments.quick, first_seed=first_seed)
    return run("fuzz", found, only=arguments.only, workers=1)


if __name__ == "__main__":
    sys.exit(main())
