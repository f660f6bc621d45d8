"""Recordings judged by the workers of a Dask cluster, which read and write the same folders.

A video is one task. Only so many are handed over at a time as the workers can begin soon: the
scheduler's memory, and this program's, don't grow with the number of videos.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from posture_monitor.analysis.batch import analyse
from posture_monitor.analysis.job import Job, VideoResult, failed
from posture_monitor.domain import ConfigError
from posture_monitor.system.names import shown
from posture_monitor.wording import analysis_words as words
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

_AHEAD = 2
"""Tasks handed over for each thread of the cluster: one at work, one to begin at once."""
_RETRIES = 1
"""Of a task that failed in a way nobody foresaw; one whose worker died is begun again by Dask
itself (``distributed.scheduler.allowed-failures``, 3)."""


def analyse_on_cluster(
    jobs: Sequence[Job], scheduler: str, told: Callable[[float, float], None]
) -> Generator[VideoResult]:
    """The results as they come; ``told`` hears how many videos are done and their seconds.

    ConfigError without Dask, or where no scheduler answers.
    """
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise ConfigError(_(words.NO_DASK)) from None
    try:
        client = distributed.Client(scheduler, timeout="5s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConfigError(words.NO_SCHEDULER, address=shown(scheduler)) from error
    with client:
        waiting = iter(jobs)
        asked: dict[Any, Job] = {}

        def submit() -> Any | None:
            job = next(waiting, None)
            if job is None:
                return None
            future = client.submit(analyse, job, pure=False, retries=_RETRIES)
            asked[future] = job
            return future

        threads = sum(client.nthreads().values())
        for _task in range(_AHEAD * max(threads, 1)):
            if submit() is None:
                break
        arriving = distributed.as_completed(list(asked), loop=client.loop)
        done, read_s = 0, 0.0
        for future in arriving:
            result = _result_of(future, asked.pop(future))
            following = submit()
            if following is not None:
                arriving.add(following)
            del future  # the scheduler forgets a result that nobody holds
            done, read_s = done + 1, read_s + result.observed_s
            yield result
            told(float(done), read_s)


def _result_of(future: Any, job: Job) -> VideoResult:
    """A cluster's result, or what kept the job from having one."""
    try:
        result = future.result()
        assert isinstance(result, VideoResult)
        return result
    except Exception as error:  # whatever ended a worker: out of memory, a missing package
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        return failed(job, _(words.CRASHED, video=shown(job.video), why=why))
