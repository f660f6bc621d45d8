"""``analyze``: judge recorded videos and write what was seen into files."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from posture_monitor.analysis.batch import analyse
from posture_monitor.analysis.cluster import analyse_on_cluster
from posture_monitor.analysis.manifest import Row, read_manifest
from posture_monitor.analysis.planning import (
    SUMMARY,
    Options,
    clear_leftovers,
    plan,
    profiles_named,
    rows_of,
    write_summary,
)
from posture_monitor.analysis.provenance import finished
from posture_monitor.analysis.workers import analyse_apart
from posture_monitor.commands.arguments import Word, profile_name, sample_rate, worker_count
from posture_monitor.commands.context import Bar, Context, named_profile
from posture_monitor.domain import ConfigError, PostureMonitorError, StoreError
from posture_monitor.system.failures import why
from posture_monitor.system.names import shown
from posture_monitor.wording import analysis_words as words
from posture_monitor.wording.language import _, error_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Generator, Sequence

    from posture_monitor.analysis.job import Job, VideoResult
    from posture_monitor.history.store import Store

    Told = Callable[[float, float], None]
    """Hears how many videos are done, parts included, and how many seconds were read."""


def run_analyze(
    context: Context,
    rows: Sequence[Row],
    options: Options,
    *,
    out: str,
    workers: int,
    scheduler: str | None,
) -> None:
    """Analyse all videos that aren't finished yet; those that fail are named at the end."""
    out_dir = Path(out).absolute()
    with ExitStack() as stack:
        needed = profiles_named(rows, options)
        store = _record_if_possible(context, stack, needed=bool(needed))
        baselines = {} if store is None else {one: named_profile(store, one) for one in needed}
        jobs = plan(rows, out_dir, context.settings, options, baselines)
        try:
            out_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = why(error, out_dir)
            raise ConfigError(words.NO_OUT_FOLDER, folder=out, why=reason) from error
        clear_leftovers(jobs)
        results = {job.name: before for job in jobs if (before := _finished(job)) is not None}
        left = [job for job in jobs if job.name not in results]
        for result in _results(context, left, workers, scheduler):
            if result.error is None and not result.reused and store is not None:
                _record(context, store, result)
            # What is recorded isn't held: memory must not grow with the hours of recordings.
            results[result.name] = replace(result, intervals=(), recorded_events=())
        clear_leftovers(left)  # of workers that died
    _finish(context, out_dir, [results[job.name] for job in jobs])


def _finished(job: Job) -> VideoResult | None:
    return None if job.again else finished(job, by_content=False)


def _finish(context: Context, out_dir: Path, results: Sequence[VideoResult]) -> None:
    """Write the summary; PostureMonitorError where some could not be analysed."""
    try:
        summary_file = write_summary(out_dir, results)
    except OSError as error:
        file = out_dir / SUMMARY
        raise StoreError(words.CANT_WRITE_SUMMARY, file=file, why=why(error, file)) from error
    context.say(str(summary_file))
    reused = sum(result.reused for result in results)
    if reused:
        context.say(_(words.FINISHED_BEFORE, done=reused, all=len(results)))
    errors = [result.error for result in results if result.error is not None]
    if len(errors) == 1:
        raise PostureMonitorError(errors[0])
    if errors:
        for sentence in errors:
            context.warn(sentence)
        raise PostureMonitorError(
            words.SOME_FAILED, failed=len(errors), all=len(results), file=summary_file
        )


def _record_if_possible(context: Context, stack: ExitStack, *, needed: bool) -> Store | None:
    """The record; without it a profile can't be had, but videos can still be analysed."""
    try:
        return stack.enter_context(context.open_store())
    except StoreError as error:
        if needed:
            raise
        context.warn(_(words.NOT_RECORDED, error=error_text(error)))
        return None


def _results(
    context: Context, jobs: Sequence[Job], workers: int, scheduler: str | None
) -> Generator[VideoResult]:
    """The results as they come, told one by one under a bar."""
    if not jobs:
        return
    began_s = time.monotonic()
    single = len(jobs) == 1
    with Bar(context, shown(jobs[0].name) if single else "") as bar:

        def told(videos_done: float, read_s: float) -> None:
            rate = read_s / max(time.monotonic() - began_s, 1e-3)
            hint = _(words.RATE, rate=rate)
            if not single:
                count = _(words.PROGRESS, done=int(videos_done), all=len(jobs))
                hint = f"{count}, {hint}"
            bar(videos_done / len(jobs), hint)

        with closing(_arriving(jobs, workers, scheduler, told)) as arriving:
            for result in arriving:
                with bar.hidden():
                    _tell(context, result)
                yield result


def _arriving(
    jobs: Sequence[Job], workers: int, scheduler: str | None, told: Told
) -> Generator[VideoResult]:
    if scheduler is not None:
        yield from analyse_on_cluster(jobs, scheduler, told)
    elif len(jobs) > 1:  # apart, even with one worker: what ends it costs one video
        yield from analyse_apart(jobs, workers, told)
    else:
        yield analyse(jobs[0], told)


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
        _(
            "{name}: {observed_s:.0f} s, sitting {sitting_s:.0f} s, away {away_s:.0f} s, "
            "strained {strained_s:.0f} s, score {value}",
            name=shown(result.name),
            observed_s=result.observed_s,
            sitting_s=figures["sitting_s"],
            away_s=figures["away_s"] + figures["break_s"],
            strained_s=result.strained_s,
            value="-" if score is None else f"{score:.0f}",
        )
    )


def _record(context: Context, store: Store, result: VideoResult) -> None:
    """Keep it in the record under the file's name, apart from live days."""
    if not result.intervals:
        return
    try:
        recorder = store.begin_run(
            shown(Path(result.video).name),
            live=False,
            profile=result.baseline,
            started_at=result.intervals[0].start_at,
        )
        recorder.heartbeat(*result.intervals)
        for at, event in result.recorded_events:
            recorder.event(at, event)
        recorder.close()
    except StoreError as error:
        context.warn(_(words.NOT_RECORDED, error=error_text(error)))


# --------------------------------------------------------------------------- command line


def _add_analyze(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "videos",
        nargs="*",
        metavar="VIDEO",
        help=_("video files, folders (with all those in them) or patterns such as 'day*/*.mp4'"),
    )
    parser.add_argument(
        "--manifest",
        metavar="FILE",
        help=_("a CSV table of the videos: whose they are and how to judge each"),
    )
    parser.add_argument("--out", required=True, metavar="DIR", help=_("folder for the results"))
    parser.add_argument(
        "--profile", type=profile_name, metavar="NAME", help=_("judge by this profile")
    )
    parser.add_argument(
        "--fps", type=sample_rate, default=2.0, metavar="N", help=_("samples per second (2)")
    )
    parser.add_argument(
        "--format", choices=("csv", "parquet"), default="csv", help=_("of the samples (csv)")
    )
    parser.add_argument(
        "--dataset",
        action="store_true",
        help=_("with --format parquet: one table in folders person=NAME/day=DATE"),
    )
    parser.add_argument(
        "--landmarks",
        action="store_true",
        help=_("write also what was seen in each sample (NAME.landmarks.parquet)"),
    )
    parser.add_argument(
        "--trc",
        action="store_true",
        help=_("write also the landmarks for motion capture programs, in pixels (NAME.trc)"),
    )
    parser.add_argument(
        "--elan",
        action="store_true",
        help=_("write also states, strain and events for ELAN (NAME.eaf)"),
    )
    parser.add_argument(
        "--again", action="store_true", help=_("do also what is finished and unchanged")
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--workers", type=worker_count, default=1, metavar="N", help=_("videos at a time (1)")
    )
    how.add_argument("--scheduler", metavar="ADDRESS", help=_("a dask scheduler to share the work"))


def _check_analyze(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    if bool(arguments.videos) is (arguments.manifest is not None):
        parser.error(_(words.VIDEOS_OR_MANIFEST))
    if arguments.dataset and arguments.format != "parquet":
        parser.error(_(words.DATASET_IS_PARQUET))


def _analyze(context: Context, arguments: argparse.Namespace) -> None:
    manifest: str | None = arguments.manifest
    options = Options(
        samples_per_s=arguments.fps,
        file_format=arguments.format,
        profile=arguments.profile,
        dataset=arguments.dataset,
        landmarks=arguments.landmarks,
        trc=arguments.trc,
        elan=arguments.elan,
        again=arguments.again,
    )
    run_analyze(
        context,
        rows_of(arguments.videos) if manifest is None else read_manifest(Path(manifest)),
        options,
        out=arguments.out,
        workers=arguments.workers,
        scheduler=arguments.scheduler,
    )


WORDS: dict[str, Word] = {
    "analyze": Word(_analyze, _add_analyze, _check_analyze, sees_frames=True),
}
