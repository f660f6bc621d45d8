"""What every command shares: where files are, what the settings say, where to print."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from posture_monitor.config import Settings, load_settings
from posture_monitor.system.failures import output_failed
from posture_monitor.system.names import shown_lines
from posture_monitor.system.paths import DATA_DIR_VARIABLE, Paths, resolve_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.history.store import Store
    from posture_monitor.ports import Clock


@dataclass(frozen=True, slots=True)
class Context:
    """Handed to each command."""

    paths: Paths
    settings: Settings
    out: TextIO
    err: TextIO
    verbose: bool = False
    given: tuple[str, ...] = ()
    """The folder and the settings file of this call, as options of another."""
    camera_options: Mapping[str, Any] = field(default_factory=dict)
    """What the command line puts over the camera's settings."""

    def settings_now(self) -> Settings:
        """The settings as they are written now; ConfigError where they can't be used."""
        settings = load_settings(self.paths.config_file)
        return replace(settings, camera=replace(settings.camera, **self.camera_options))

    def with_camera_options(self, **options: Any) -> Context:
        """This one with options of the command line put over its camera's settings."""
        camera = replace(self.settings.camera, **options)
        settings = replace(self.settings, camera=camera)
        return replace(self, settings=settings, camera_options=options)

    def say(self, text: str = "") -> None:
        """A line or several for the user; what could steer the terminal is written out."""
        self.show(shown_lines(text))

    def show(self, text: str) -> None:
        """A text that was made for the terminal, with its colours; OutputError on a full disk."""
        try:
            print(text, file=self.out, flush=True)
        except BrokenPipeError:
            raise  # the reader of the output has had enough: no error
        except OSError as error:
            raise output_failed(error) from error

    def warn(self, text: str) -> None:
        """A line that must not mix with output that is piped on; nobody may be there to read it."""
        with suppress(OSError, ValueError):
            print(shown_lines(text), file=self.err, flush=True)

    @property
    def has_terminal(self) -> bool:
        """Whether somebody can be asked."""
        return sys.stdin is not None and sys.stdin.isatty() and self.err.isatty()

    def can_show(self, text: str) -> bool:
        """Whether the output's encoding has these letters."""
        try:
            text.encode(self.out.encoding or "utf-8")
        except UnicodeEncodeError:
            return False
        return True

    def confirm(self, question: str, *, usual: bool = False) -> bool | None:
        """Whether the user says yes; None where there is no terminal to ask at."""
        answer = self.ask(f"{question} {'[Y/n]' if usual else '[y/N]'} ")
        if answer is None:
            return None
        return answer.lower() in ("y", "yes", *(("",) if usual else ()))

    def ask(self, question: str) -> str | None:
        """What the user answers; None where there is no terminal to ask at."""
        if not self.has_terminal:
            return None
        print(shown_lines(question), end="", file=self.err, flush=True)
        return sys.stdin.readline().strip()

    def detail(self, text: str) -> None:
        """A line for those who asked for more."""
        if self.verbose:
            self.warn(text)

    def write_out(self, out: str, content: bytes) -> Path:
        """Puts the content into the named file, whole or not at all; ConfigError where it fails.

        A new file is for the user alone; one that was there keeps its permissions.
        """
        target = Path(out)
        self.paths.refuse_own(target)
        return self.write_own(target, content)

    def write_own(self, target: Path, content: bytes) -> Path:
        """The same for a file of the program itself."""
        from posture_monitor.domain import ConfigError
        from posture_monitor.system.failures import why
        from posture_monitor.system.replacing import Replacing

        try:
            with Replacing(target, "wb", permissions=0o600) as file:
                file.file.write(content)
        except OSError as error:
            raise ConfigError(
                "can't write {target} {error}", target=target, error=why(error, target)
            ) from error
        return target

    def open_store(self, *, quiet: bool = False) -> Store:
        """The record; created where it is missing. ``quiet``: damage is not said at once."""
        from posture_monitor.history.store import Store

        self.paths.ensure()
        warn = self.detail if quiet else self.warn
        return Store(self.paths.database_file, warn=warn)


def open_context(
    data_dir: str | None, config: str | None, *, verbose: bool, needs_settings: bool = True
) -> Context:
    """The context of one call; ConfigError where the settings it needs can't be used."""
    paths = resolve_paths(data_dir, config_file=config)
    settings = Settings()
    if needs_settings:
        settings = load_settings(paths.config_file, required=config is not None)
    folder = data_dir or os.environ.get(DATA_DIR_VARIABLE)
    given = tuple(
        word
        for option, path in (("--data-dir", folder), ("--config", config))
        if path
        for word in (option, str(Path(path).expanduser().absolute()))
    )
    return Context(paths, settings, _stream(sys.stdout), _stream(sys.stderr), verbose, given)


def _stream(stream: TextIO | None) -> TextIO:
    """A stream that shows what its encoding lacks as "?"; a closed one swallows everything."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="replace")
    return stream


def stored_profiles(store: Store) -> dict[str, Baseline]:
    """All profiles that can be read, by name, the newest first."""
    from posture_monitor.core.judge.baseline import from_document
    from posture_monitor.domain import CalibrationError

    found: dict[str, Baseline] = {}
    for stored in sorted(store.profiles(), key=lambda one: one.created_at, reverse=True):
        try:
            found[stored.name] = from_document(stored.document)
        except CalibrationError:
            continue  # `profiles list` tells which; the others still serve
    return found


def named_profile(store: Store, name: str) -> Baseline:
    """The profile of that name, or a CalibrationError that names those there are."""
    from posture_monitor.core.judge.baseline import from_document
    from posture_monitor.domain import CalibrationError

    document = store.profile(name)
    if document is None:
        known = ", ".join(stored.name for stored in store.profiles())
        if known:
            raise CalibrationError(
                "there is no profile {name!r}; known are {known}", name=name, known=known
            )
        raise CalibrationError(
            "there is no profile {name!r}; make it: posture-monitor calibrate --profile {name}",
            name=name,
        )
    try:
        return from_document(document)
    except CalibrationError as error:
        raise CalibrationError("{name}: {error}", name=name, error=error) from None


def count_down(context: Context, seconds: int, clock: Clock) -> None:
    """Time to get ready, counted on a terminal."""
    from posture_monitor.wording.calibration_words import STARTING

    shown = context.err.isatty()
    if not shown:
        context.say(STARTING.format(seconds=f"{seconds} seconds"))
    for left in range(seconds, 0, -1):
        if shown:
            print(f"\r{STARTING.format(seconds=left)} ", end="", file=context.err, flush=True)
        clock.sleep(1.0)
    if shown:
        print("\r\x1b[K", end="", file=context.err, flush=True)


class Bar:
    """A progress bar on the error stream, so that output can be piped; none without a terminal."""

    def __init__(self, context: Context, what: str) -> None:
        self._shown = context.err.isatty()
        if self._shown:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self._progress = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f} %"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[hint]}", markup=False),
                console=Console(file=context.err),
                transient=True,
            )
            self._task = self._progress.add_task(what, total=1.0, hint="")

    def __enter__(self) -> Bar:
        if self._shown:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._progress.stop()

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Out of the way while lines are printed."""
        if self._shown:
            self._progress.stop()
        yield
        if self._shown:
            self._progress.start()

    def __call__(self, share: float, hint: str = "") -> None:
        """The share done, 0-1, and a word on what to do."""
        if self._shown:
            self._progress.update(self._task, completed=share, hint=hint)
