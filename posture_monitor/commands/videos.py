"""``analyze``: judge recorded videos and write what was seen into files."""

from __future__ import annotations

import importlib
import json
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posture_monitor.analysis.batch import Job, VideoResult, analyse, plan, write_summary
from posture_monitor.analysis.workers import analyse_apart, outcome
from posture_monitor.commands.arguments import Word, profile_name, sample_rate, worker_count
from posture_monitor.commands.context import Bar, Context, named_profile
from posture_monitor.domain import SELF_NAME, ConfigError, PostureMonitorError, StoreError
from posture_monitor.system.failures import why
from posture_monitor.system.names import shown

if TYPE_CHECKING:
    import argparse
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
            raise ConfigError(f"can't make the folder {out_dir} {why(error, out_dir)}") from error
        results: dict[str, VideoResult] = {}
        with Bar(context, f"{len(jobs)} videos" if len(jobs) > 1 else shown(jobs[0].name)) as bar:

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
        raise StoreError(f"can't write {summary_file} {why(error, summary_file)}") from error
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
    elif len(jobs) > 1:  # apart, even with one worker: what ends it costs one video
        yield from analyse_apart(jobs, workers, told)
    else:
        yield analyse(jobs[0], told)


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
            yield outcome(asked[future], future)
            told(float(done))


# --------------------------------------------------------------------------- telling


def _tell(context: Context, result: VideoResult) -> None:
    if result.error is not None:
        context.detail(f"{shown(result.name)}: {result.error}")
        return
    if result.warning is not None:
        context.warn(result.warning)
    figures = result.to_document()
    score = figures["mean_score"]
    context.detail(f"{shown(result.name)}: {json.dumps(figures['events'])}")
    context.say(
        f"{shown(result.name)}: {result.observed_s:.0f} s, sitting {figures['sitting_s']:.0f} s, "
        f"away {figures['away_s'] + figures['break_s']:.0f} s, strained "
        f"{result.strained_s:.0f} s, score {'-' if score is None else f'{score:.0f}'}"
    )


def _record(context: Context, store: Store, result: VideoResult, profile: str | None) -> None:
    """Keep it in the record under the file's name, apart from live days."""
    if not result.intervals:
        return
    try:
        recorder = store.begin_run(
            shown(Path(result.video).name),
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


# --------------------------------------------------------------------------- command line


def _add_analyze(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("videos", nargs="+", metavar="VIDEO", help="video files")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the results")
    parser.add_argument(
        "--profile", type=profile_name, metavar="NAME", help="judge by this profile"
    )
    parser.add_argument(
        "--fps", type=sample_rate, default=2.0, metavar="N", help="samples per second (2)"
    )
    parser.add_argument(
        "--format", choices=("csv", "parquet"), default="csv", help="of the samples (csv)"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--workers", type=worker_count, default=1, metavar="N", help="videos at a time (1)"
    )
    how.add_argument("--scheduler", metavar="ADDRESS", help="a dask scheduler to share the work")


def _analyze(context: Context, arguments: argparse.Namespace) -> None:
    run_analyze(
        context,
        arguments.videos,
        out=arguments.out,
        profile=arguments.profile,
        samples_per_s=arguments.fps,
        file_format=arguments.format,
        workers=arguments.workers,
        scheduler=arguments.scheduler,
    )


WORDS: dict[str, Word] = {
    "analyze": Word(_analyze, _add_analyze, sees_frames=True),
}
