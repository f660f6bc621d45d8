"""What ``analyze`` says about many videos: sentences with named places, for translation."""

from __future__ import annotations

NO_VIDEO_IN_FOLDER = (
    "there is no video in the folder {folder}; name another folder, or the videos one by one"
)
NO_VIDEO_MATCHES = "no video matches {pattern}; check the folder and the pattern"
SAME_NAME = (
    "several videos are named {name}; their results would overwrite each other:"
    " analyse them into different folders"
)
VIDEOS_OR_MANIFEST = "name either a VIDEO (or several) or a --manifest"

# A manifest's faults; each follows the file's name and the number of a line.
AT_LINE = "{file}, line {line}: {fault}"
UNREADABLE_MANIFEST = "the manifest {file} can't be read {why}"
NOT_UTF8 = "{file} is not text in UTF-8; save it as CSV UTF-8"
NO_ROWS = "{file} names no video; write a line for each under the header"
NO_VIDEO_COLUMN = "the header needs a column named video; columns are: {columns}"
UNKNOWN_COLUMN = "there is no column named {name}; columns are: {columns}"
TWICE_COLUMN = "the column {name} stands there twice"
TOO_MANY_CELLS = "there are more cells than columns; put what holds a separator in quotes"
NO_VIDEO_CELL = "the cell under video is empty"
NOT_A_NUMBER = "{column} is {value}, which is not a number of at least 0"
NOT_A_DISTANCE = "distance_cm is {value}; it must lie between {least:g} and {most:g}"
NOT_YES_OR_NO = "mirror is {value}; write yes or no"
NOT_A_TURN = "rotate is {value}; write 0, 90, 180 or 270"
NOT_A_DAY = "day is {value}; write it like 2026-03-09"
NOT_A_LABEL = "{column} has more than {most} characters, or some that can't be shown"
END_BEFORE_START = "calibrate_until_s must lie after calibrate_from_s"
PROFILE_AND_INTERVAL = "name either a profile or an interval to calibrate from"
VIDEO_TWICE = "{video} stands in line {line} already"
NOT_A_CSV = "it is no CSV ({why})"

FINISHED_BEFORE = "{done} of {all} videos were finished before; --again does them once more"
SOME_FAILED = "{failed} of {all} videos could not be analysed, see {file}"
CRASHED = "{video} could not be analysed ({why}, twice); the other videos were"
OTHER_VERSION = (
    "{video} was not analysed: the worker has version {theirs} of this program, not {ours}"
)
CHANGED_MEANWHILE = "{video} changed while it was read; analyse it again when it is whole"
CANT_WRITE = "can't write the results of {video} to {folder} {why}"
PROGRESS = "{done} of {all} videos"
RATE = "{rate:.0f} × real time"
NO_DASK = "a cluster needs dask: pip install 'posture-monitor[cluster]', or use --workers"
NO_SCHEDULER = "no scheduler answers at {address}; start `dask scheduler` and check the address"
NO_OUT_FOLDER = "can't make the folder {folder} {why}"
CANT_WRITE_SUMMARY = "can't write {file} {why}"
NOT_RECORDED = "{error}; the files are written, the record is not"
