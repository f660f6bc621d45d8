"""What ``analyze`` says about many videos: sentences with named places, for translation."""

from __future__ import annotations

from posture_monitor.wording.language import N_

NO_VIDEO_IN_FOLDER = N_(
    "there is no video in the folder {folder}; name another folder, or the videos one by one"
)
NO_VIDEO_MATCHES = N_("no video matches {pattern}; check the folder and the pattern")
SAME_NAME = N_(
    "several videos are named {name}; their results would overwrite each other: "
    "analyse them into different folders"
)
VIDEOS_OR_MANIFEST = N_("name either a VIDEO (or several) or a --manifest")
DATASET_IS_PARQUET = N_("--dataset needs --format parquet")

# A manifest's faults; each follows the file's name and the number of a line.
AT_LINE = N_("{file}, line {line}: {fault}")
UNREADABLE_MANIFEST = N_("the manifest {file} can't be read {why}")
NOT_UTF8 = N_("{file} is not text in UTF-8; save it as CSV UTF-8")
NO_ROWS = N_("{file} names no video; write a line for each under the header")
NO_VIDEO_COLUMN = N_("the header needs a column named video; columns are: {columns}")
UNKNOWN_COLUMN = N_("there is no column named {name}; columns are: {columns}")
TWICE_COLUMN = N_("the column {name} stands there twice")
TOO_MANY_CELLS = N_("there are more cells than columns; put what holds a separator in quotes")
NO_VIDEO_CELL = N_("the cell under video is empty")
NOT_A_NUMBER = N_("{column} is {value}, which is not a number of at least 0")
NOT_A_DISTANCE = N_("distance_cm is {value}; it must lie between {least:g} and {most:g}")
NOT_YES_OR_NO = N_("mirror is {value}; write yes or no")
NOT_A_TURN = N_("rotate is {value}; write 0, 90, 180 or 270")
NOT_A_DAY = N_("day is {value}; write it like 2026-03-09")
NOT_A_LABEL = N_("{column} has more than {most} characters, or some that can't be shown")
END_BEFORE_START = N_("calibrate_until_s must lie after calibrate_from_s")
PROFILE_AND_INTERVAL = N_("name either a profile or an interval to calibrate from")
VIDEO_TWICE = N_("{video} stands in line {line} already")
NOT_A_CSV = N_("it is no CSV ({why})")

FINISHED_BEFORE = N_("{done} of {all} videos were finished before; --again does them once more")
SOME_FAILED = N_("{failed} of {all} videos could not be analysed, see {file}")
CRASHED = N_("{video} could not be analysed ({why}, twice); the other videos were")
OTHER_VERSION = N_(
    "{video} was not analysed: the worker has version {theirs} of this program, not {ours}"
)
CHANGED_MEANWHILE = N_("{video} changed while it was read; analyse it again when it is whole")
CANT_WRITE = N_("can't write the results of {video} to {folder} {why}")
PROGRESS = N_("{done} of {all} videos")
RATE = N_("{rate:.0f} × real time")
NO_DASK = N_("a cluster needs dask: pip install 'posture-monitor[cluster]', or use --workers")
NO_SCHEDULER = N_("no scheduler answers at {address}; start `dask scheduler` and check the address")
NO_OUT_FOLDER = N_("can't make the folder {folder} {why}")
CANT_WRITE_SUMMARY = N_("can't write {file} {why}")
NOT_RECORDED = N_("{error}; the files are written, the record is not")

NO_RESULTS = N_(
    "there are no results in {folder}; write some: "
    "posture-monitor analyze --format parquet --out {folder}"
)
NO_SAMPLES = N_("{file} can't be read as samples of this program; remove it, or analyse it again")
NO_POLARS = N_("summarize needs polars: pip install 'posture-monitor[summarize]'")
PARQUET_NEEDS_OUT = N_("--format parquet needs --out FILE")
SUMMARY_NOTE = N_(
    "Judged: share of the time present. In brackets: 95 % interval, over days of a person or "
    "people of a group, from three on."
)

NO_LANDMARKS = N_("{file} can't be read as landmarks of this program; write them again")
