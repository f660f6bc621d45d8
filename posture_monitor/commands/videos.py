"""``analyze``: judge recorded videos and write what was seen into files."""

from __future__ import annotations

import importlib
import json
import signal
import threading
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posture_monitor.analysis.batch import Job, VideoResult, analyse, plan, write_summary
from posture_monitor.commands.context import Bar, Context, named_profile
from posture_monitor.domain import ConfigError, PostureMonitorError, StoreError
from posture_monitor.monitor.calibrating import SELF_NAME
from posture_monitor.system.processes import end_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from posture_monitor.history.store import Store


def run_analyze(
    context: Context,
    videos: Sequence[str],
    *,
    out: str,
    profile: str | None,
    samples_per_s: float,
    file_format: str,
    workers: int,
    scheduler: str | None,
) -> None:
    """Analyse all videos; those that fail are named at the end."""
    out_dir = Path(out)
    with ExitStack() as stack:
        store = _record_if_possible(context, stack, needed=profile is not None)
        baseline = None
        if store is not None and profile is not None:
            baseline = named_profile(store, profile)
        jobs = plan(
            [Path(video).absolute() for video in videos],
            out_dir.absolute(),
            context.settings,
            samples_per_s=samples_per_s,
            file_format=file_format,
            baseline=baseline,
        )
        try:
            out_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"can't write to {out_dir} ({error.strerror}); check --out"
            ) from error
        results: dict[str, VideoResult] = {}
        with Bar(context, f"{len(jobs)} videos" if len(jobs) > 1 else jobs[0].name) as bar:

            def told(videos_done: float) -> None:
                bar(videos_done / len(jobs))

            with closing(_results(jobs, workers, scheduler, told)) as arriving:
                for result in arriving:
                    results[result.name] = result
                    with bar.hidden():
                        _tell(context, result)
                    if result.error is None and store is not None:
                        _record(context, store, result, profile)
    ordered = [results[job.name] for job in jobs]
    summary_file = out_dir / "summary.json"
    try:
        write_summary(out_dir, ordered, profile or SELF_NAME)
    except OSError as error:
        raise StoreError(
            f"can't write {summary_file} ({error.strerror}); make room, or change --out"
        ) from error
    context.say(str(summary_file))
    failed = [result for result in ordered if result.error is not None]
    if failed:
        more = f" (and {len(failed) - 1} more, see {summary_file})" if len(failed) > 1 else ""
        raise PostureMonitorError(f"{failed[0].error}{more}")


def _record_if_possible(context: Context, stack: ExitStack, *, needed: bool) -> Store | None:
    """The record; without it a profile can't be had, but videos can still be analysed."""
    try:
        return stack.enter_context(context.open_store())
    except StoreError as error:
        if needed:
            raise
        context.warn(f"{error}; the files are written, the record is not")
        return None


def _results(
    jobs: Sequence[Job],
    workers: int,
    scheduler: str | None,
    told: Callable[[float], None],
) -> Generator[VideoResult]:
    """The results as they come; ``told`` hears how many videos are done, parts included."""
    if scheduler is not None:
        yield from _on_cluster(jobs, scheduler, told)
    elif workers > 1 and len(jobs) > 1:
        yield from _in_processes(jobs, workers, told)
    else:
        for done, job in enumerate(jobs):
            yield analyse(job, lambda share, done=done: told(done + share))  # type: ignore[misc]  # a default binds the loop's value


# --------------------------------------------------------------------------- processes


class _Cancelled(Exception):
    """The command was interrupted; what is half done is not wanted."""


_shared: tuple[Any, Any] | None = None
"""In a worker process: whether to stop, and how far each job is."""

_orphaned = threading.Event()
"""In a worker process: whether the command is gone, which can't say any more that it stops."""


def _start_worker(stopping: Any, shares: Any) -> None:
    global _shared
    _shared = stopping, shares
    end_with_parent(_orphaned.set)


def _work(index: int, job: Job) -> VideoResult:
    assert _shared is not None
    stopping, shares = _shared

    def progress(share: float) -> None:
        if _orphaned.is_set() or stopping.is_set():
            raise _Cancelled
        shares[index] = share

    result = analyse(job, progress)
    shares[index] = 1.0
    return result


def _in_processes(
    jobs: Sequence[Job], workers: int, told: Callable[[float], None]
) -> Generator[VideoResult]:
    from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
    from multiprocessing import get_context

    # Spawned, since a fork would copy the threads of OpenCV in whatever state they are.
    spawn = get_context("spawn")
    stopping, shares = spawn.Event(), spawn.Array("d", len(jobs))
    with ProcessPoolExecutor(
        min(workers, len(jobs)),
        mp_context=spawn,
        initializer=_start_worker,
        initargs=(stopping, shares),
    ) as pool:
        # A Ctrl-C reaches every process of the terminal; the workers inherit that they ignore
        # it, and are told to stop by this one.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            pending = {pool.submit(_work, index, job): job for index, job in enumerate(jobs)}
        finally:
            signal.signal(signal.SIGINT, before)
        try:
            while pending:
                for future in wait(pending, 0.25, FIRST_COMPLETED).done:
                    yield _outcome(pending.pop(future), future)
                told(sum(shares[:], 0.0))
        finally:
            stopping.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _outcome(job: Job, future: Any) -> VideoResult:
    """The result, or what kept the job from having one."""
    try:
        result = future.result()
        assert isinstance(result, VideoResult)
        return result
    except Exception as error:  # whatever ended a worker: out of memory, a missing package
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        return VideoResult(
            job.name,
            str(job.video),
            error=f"{job.video} could not be analysed ({text});"
            " try it alone, without --workers or --scheduler",
        )


# --------------------------------------------------------------------------- a cluster


def _on_cluster(
    jobs: Sequence[Job], scheduler: str, told: Callable[[float], None]
) -> Generator[VideoResult]:
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise ConfigError(
            "a cluster needs dask: pip install 'posture-monitor[cluster]', or use --workers"
        ) from None
    try:
        client = distributed.Client(scheduler, timeout="5s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"no scheduler answers at {scheduler}; start `dask scheduler` and check the address"
        ) from error
    with client:
        asked = dict(zip(client.map(analyse, list(jobs), pure=False), jobs, strict=True))
        for done, future in enumerate(distributed.as_completed(asked, loop=client.loop), start=1):
            yield _outcome(asked[future], future)
            told(float(done))


# --------------------------------------------------------------------------- telling


def _tell(context: Context, result: VideoResult) -> None:
    if result.error is not None:
        context.detail(f"{result.name}: {result.error}")
        return
    if result.warning is not None:
        context.warn(result.warning)
    figures = result.to_document()
    score = figures["mean_score"]
    context.detail(f"{result.name}: {json.dumps(figures['events'])}")
    context.say(
        f"{result.name}: {result.observed_s:.0f} s, sitting {figures['sitting_s']:.0f} s, "
        f"away {figures['away_s'] + figures['break_s']:.0f} s, strained "
        f"{result.strained_s:.0f} s, score {'-' if score is None else f'{score:.0f}'}"
    )


def _record(context: Context, store: Store, result: VideoResult, profile: str | None) -> None:
    """Keep it in the record under the file's name, apart from live days."""
    if not result.intervals:
        return
    try:
        recorder = store.begin_run(
            Path(result.video).name,
            live=False,
            profile=profile or SELF_NAME,
            started_at=result.intervals[0].start_at,
        )
        recorder.heartbeat(*result.intervals)
        for at, event in result.recorded_events:
            recorder.event(at, event)
        recorder.close()
    except StoreError as error:
        context.warn(f"{error}; the files are written, the record is not")
