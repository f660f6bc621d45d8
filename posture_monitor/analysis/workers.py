"""Recordings judged in processes of their own: what crashes one of them costs one video.

A decoder or a model can end its whole process on a hostile file. Each worker holds one video at
a time; where it dies, or fails in a way that nobody foresaw, the video is tried once more in a
new process, and then has an error for a result. Another worker takes over.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from posture_monitor.analysis.batch import analyse
from posture_monitor.analysis.job import Job, VideoResult, failed
from posture_monitor.system.names import shown
from posture_monitor.system.processes import end_with_parent
from posture_monitor.wording import analysis_words as words
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from multiprocessing.connection import Connection

_TOLD_EVERY_S = 0.25
_FAREWELL_S = 10.0
"""For a worker to notice that it is not wanted any more: a frame takes milliseconds."""


class _Cancelled(Exception):
    """The command was interrupted, or is gone; what is half done is not wanted."""


@dataclass(frozen=True, slots=True)
class _Crash:
    """Why a worker has no result."""

    why: str


@dataclass(frozen=True, slots=True)
class _Worker:
    process: Any
    jobs: Connection
    """Takes (number, job) and gives the result."""


@contextmanager
def _ctrl_c_later() -> Iterator[None]:
    """Within, a Ctrl-C waits; what is started within never hears of it until it says so itself."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(jobs: Connection, stopping: Any, shares: Any) -> None:
    """A worker's life: a job after another until there are no more, or nobody asks any more."""
    # A Ctrl-C reaches every process of the terminal; it is the command that tells to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    orphaned = threading.Event()
    end_with_parent(orphaned.set)

    def work(number: int, job: Job) -> VideoResult | _Crash:
        def progress(share: float, t_s: float) -> None:
            if orphaned.is_set() or stopping.is_set():
                raise _Cancelled
            shares[2 * number], shares[2 * number + 1] = share, t_s

        try:
            return analyse(job, progress)
        except _Cancelled:
            raise
        except Exception as error:  # out of memory, a missing package
            return _Crash(_words(error))

    with suppress(EOFError, OSError, _Cancelled):
        while (asked := jobs.recv()) is not None:
            number, job = asked
            result = work(number, job)
            shares[2 * number] = 1.0
            jobs.send(result)
            if isinstance(result, _Crash):
                return  # who knows what is left of the models


def analyse_apart(
    jobs: Sequence[Job], workers: int, told: Callable[[float, float], None]
) -> Generator[VideoResult]:
    """The results as they come; ``told`` hears how many videos are done, parts included, and how
    many seconds of recordings were read."""
    from multiprocessing import get_context
    from multiprocessing.connection import wait

    # Spawned, since a fork would copy the threads of OpenCV in whatever state they are.
    spawn = get_context("spawn")
    stopping, shares = spawn.Event(), spawn.Array("d", 2 * len(jobs))

    waiting = list(range(len(jobs)))[::-1]
    tried: set[int] = set()
    busy: dict[Any, tuple[_Worker, int]] = {}
    staff: list[_Worker] = []

    def hire() -> _Worker:
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=_serve, args=(theirs, stopping, shares), daemon=True)
        with _ctrl_c_later():  # else one that is just starting would print where it was
            process.start()
            staff.append(_Worker(process, ours))
        theirs.close()
        return staff[-1]

    def give(worker: _Worker, number: int) -> None:
        with suppress(OSError):  # it has just died: noticed as the death of a busy one
            worker.jobs.send((number, jobs[number]))
        busy[worker.jobs] = worker, number

    try:
        for _worker in range(min(workers, len(jobs))):
            give(hire(), waiting.pop())
        while busy:
            for ready in wait(list(busy), _TOLD_EVERY_S):
                worker, number = busy.pop(ready)
                answer = _answer_of(worker)
                if isinstance(answer, _Crash):
                    staff.remove(worker)
                    worker.jobs.close()
                    if number not in tried:
                        tried.add(number)
                        give(hire(), number)
                        continue
                    why = _(words.CRASHED, video=shown(jobs[number].video), why=answer.why)
                    answer = failed(jobs[number], why)
                    worker = hire() if waiting else worker
                if waiting:
                    give(worker, waiting.pop())
                yield answer
            done = shares[:]
            told(sum(done[::2], 0.0), sum(done[1::2], 0.0))
    finally:
        stopping.set()
        _dismiss(staff)


def _answer_of(worker: _Worker) -> VideoResult | _Crash:
    """What the worker answers; one that crashed has ended when this returns."""
    crash: _Crash | None = None
    try:
        answer = worker.jobs.recv()
        if isinstance(answer, VideoResult):
            return answer
        assert isinstance(answer, _Crash)
        crash = answer
    except (EOFError, OSError):
        pass
    worker.process.join()
    if crash is not None:
        return crash
    code = worker.process.exitcode
    with suppress(ValueError, TypeError):
        return _Crash(f"its decoder crashed: {signal.Signals(-code).name}")
    return _Crash(f"its process ended with {code}")


def _dismiss(staff: Sequence[_Worker]) -> None:
    for worker in staff:
        with suppress(OSError):
            worker.jobs.send(None)
    for worker in staff:
        worker.process.join(_FAREWELL_S)
        if worker.process.is_alive():  # hangs in a decoder
            worker.process.kill()
            worker.process.join()
        worker.jobs.close()


def _words(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
