"""The measurements run, from the command line to the page; what they measure is not judged."""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks import plot, results
from tests.program import ROOT, environment

PARTS = ("running", "reactions", "video", "floor", "memory")
COST = {
    "film": "working",
    "fps": 15.0,
    "window_s": 120.0,
    "cpu_s_per_h": 10.0,
    "total_cpu_s_per_h": 60.0,
    "bare_cpu_s_per_h": 50.0,
    "decoding_cpu_s_per_h": 90.0,
    "looks_per_h": 3600.0,
    "model_calls_per_h": 300.0,
    "peak_mb": 170.0,
    "first_judgement_s": 1.0,
    "with_page_peak_mb": 180.0,
    "with_page_cpu_s_per_h": 12.0,
    "threads_s_per_h": {},
}
OURS = {
    "cpu_ms_per_look": 2.0,
    "looks_per_h": 3600.0,
    "model_calls_per_h": 300.0,
    "cpu_s_per_h": 7.2,
}
PEER = {
    "peer": "peer 1.0",
    "settings": "its own",
    "cpu_ms_per_frame": 15.0,
    "frames_per_s": 8.0,
    "cpu_s_per_h": 400.0,
}
ABSENT = {"peer": "other 2.0", "settings": "its own", "why_not": "can't be installed here (404)"}


def benchmarks(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def figures(**parts: dict) -> dict:
    made = {"command": "c", "date": "d", "machine": "m", "python": "3", "versions": {}}
    return {name: {"context": made, "figures": found} for name, found in parts.items()}


def test_quick_run_measures_every_part_and_writes_a_page(tmp_path):
    page = tmp_path / "costs.md"

    done = benchmarks("--quick", "--out", str(page), *PARTS)

    assert done.returncode == 0, done.stdout + done.stderr
    text = page.read_text()
    for title in ("Running", "Recorded videos", "The floor", "Reactions", "Where the memory"):
        assert f"## {title}" in text
    measured = json.loads((tmp_path / "costs.json").read_text())
    assert set(measured) == set(PARTS)
    (cost,) = measured["running"]["figures"]["costs"]
    assert cost["looks_per_h"] > 0
    assert cost["total_cpu_s_per_h"] > 0
    assert cost["first_judgement_s"] > 0
    (analysis,) = measured["video"]["figures"]["analyses"]
    assert analysis["video_s"] == 8.0
    assert analysis["cpu_s"] > 0


def test_help_shows_examples():
    done = benchmarks("--help")

    assert done.returncode == 0
    assert "python -m benchmarks running peers" in done.stdout


def test_unknown_part_is_a_usage_error():
    done = benchmarks("jumping")

    assert done.returncode == 2
    assert "there is no part 'jumping'" in done.stderr


def test_quick_run_never_replaces_the_page_of_real_figures():
    done = benchmarks("--quick", "floor")

    assert done.returncode == 2
    assert "name another with --out" in done.stderr


def test_text_outside_the_markers_and_figures_of_other_parts_stay(tmp_path):
    page = tmp_path / "costs.md"
    results.write(page, figures(running={"costs": [COST]}), plot=False)
    page.write_text(f"By hand.\n{page.read_text()}Below.\n")

    results.write(page, results.read_figures(page) | figures(reactions={"table": "T"}), plot=False)

    text = page.read_text()
    assert text.startswith("By hand.\n")
    assert text.endswith("Below.\n")
    assert text.count("## Running") == 1
    assert text.count("## Reactions") == 1


def test_targets_are_shown_as_met_or_missed():
    text = results.render(
        figures(running={"costs": [COST]}, peers={"ours": OURS, "rows": [PEER], "seconds": 30}),
        plot=False,
    )

    assert "| running, working, above the bare loop | 10.0 CPU-s/h | ≤ 14 CPU-s/h | yes |" in text
    assert "| peak memory, the worst film | 170.0 MB | ≤ 140 MB | no |" in text
    assert "| lighter than the lightest peer | 40.0 × | ≥ 25 × | yes |" in text


def test_calm_recording_has_a_row_of_its_own_and_is_not_what_the_aim_is_held_against():
    found = {"video_s": 600.0, "workers": 1, "cpu_s": 20.0, "wall_s": 30.0, "peak_mb": 150.0}
    hard = found | {"times_real_time": 30.0}
    calm = found | {"times_real_time": 45.0}
    text = results.render(
        figures(video={"analyses": [hard], "calm": calm, "scaling": []}), plot=False
    )

    assert "| 10 min, calm | 20.0 | 45 | 30.0 | 150 |" in text
    assert "| recorded video, 10 min | 30.0 × real time | ≥ 60 × real time | no |" in text


def test_peer_that_cannot_be_had_has_a_row_that_says_why():
    text = results.render(
        figures(peers={"ours": OURS, "rows": [ABSENT], "seconds": 30}), plot=False
    )

    assert "| other 2.0 | its own | can't be installed here (404) |" in text


def test_plot_orders_bars_from_lightest_to_heaviest():
    found = figures(
        running={"costs": [COST]}, peers={"ours": OURS, "rows": [PEER, ABSENT], "seconds": 30}
    )

    assert plot.bars(found) == [
        ("posture-monitor, person working", 10.0, True),
        ("peer 1.0", 400.0, False),
    ]
