"""Recordings judged in processes of their own: what crashes one of them costs one video.

A decoder or a model can end its whole process on a hostile file. Each worker holds one video at
a time; where it dies, that video has an error for a result and another worker takes over.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from posture_monitor.analysis.batch import Job, VideoResult, analyse
from posture_monitor.system.names import shown
from posture_monitor.system.processes import end_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from multiprocessing.connection import Connection

_TOLD_EVERY_S = 0.25
_FAREWELL_S = 10.0
"""For a worker to notice that it is not wanted any more: a frame takes milliseconds."""


class _Cancelled(Exception):
    """The command was interrupted, or is gone; what is half done is not wanted."""


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

    def work(number: int, job: Job) -> VideoResult:
        def progress(share: float) -> None:
            if orphaned.is_set() or stopping.is_set():
                raise _Cancelled
            shares[number] = share

        try:
            return analyse(job, progress)
        except _Cancelled:
            raise
        except Exception as error:  # out of memory, a missing package
            return failed(job, _words(error))

    with suppress(EOFError, OSError, _Cancelled):
        while (asked := jobs.recv()) is not None:
            number, job = asked
            result = work(number, job)
            shares[number] = 1.0
            jobs.send(result)


def analyse_apart(
    jobs: Sequence[Job], workers: int, told: Callable[[float], None]
) -> Generator[VideoResult]:
    """The results as they come; ``told`` hears how many videos are done, parts included."""
    from multiprocessing import get_context
    from multiprocessing.connection import wait

    # Spawned, since a fork would copy the threads of OpenCV in whatever state they are.
    spawn = get_context("spawn")
    stopping, shares = spawn.Event(), spawn.Array("d", len(jobs))

    waiting = list(enumerate(jobs))[::-1]
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

    def give(worker: _Worker) -> None:
        if waiting:
            number, job = waiting.pop()
            with suppress(OSError):  # it has just died: noticed as the death of a busy one
                worker.jobs.send((number, job))
            busy[worker.jobs] = worker, number

    try:
        for _ in range(min(workers, len(jobs))):
            give(hire())
        while busy:
            for ready in wait(list(busy), _TOLD_EVERY_S):
                worker, number = busy.pop(ready)
                result = _result_of(worker, jobs[number])
                if worker.process.exitcode is not None:
                    staff.remove(worker)
                    worker.jobs.close()
                    if waiting:
                        worker = hire()
                give(worker)
                yield result
            told(sum(shares[:], 0.0))
    finally:
        stopping.set()
        _dismiss(staff)


def _result_of(worker: _Worker, job: Job) -> VideoResult:
    """What the worker answers; where it died instead, that is the result."""
    try:
        result = worker.jobs.recv()
        assert isinstance(result, VideoResult)
        return result
    except (EOFError, OSError):
        worker.process.join()
        code = worker.process.exitcode
        with suppress(ValueError, TypeError):
            return failed(job, f"its decoder crashed: {signal.Signals(-code).name}")
        return failed(job, f"its process ended with {code}")


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


def failed(job: Job, why: str) -> VideoResult:
    """The result of a video that could not be analysed."""
    return VideoResult(
        job.name,
        str(job.video),
        error=f"{shown(job.video)} could not be analysed ({why}); the other videos were",
    )


def _words(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def outcome(job: Job, future: Any) -> VideoResult:
    """A cluster's result, or what kept the job from having one."""
    try:
        result = future.result()
        assert isinstance(result, VideoResult)
        return result
    except Exception as error:  # whatever ended a worker: out of memory, a missing package
        return failed(job, _words(error))
