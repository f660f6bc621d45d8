"""What the operating system refused, and what helps: a full disk needs other advice than a name."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from posture_monitor.domain import OutputError, PostureMonitorError
from posture_monitor.wording.language import N_

_ADVICE = {
    errno.ENAMETOOLONG: N_("shorten the name: a file's has 255 bytes at most"),
    errno.EROFS: N_("that disk is read-only: choose another place"),
    errno.EACCES: N_("check who owns the file and its folder"),
    errno.EPERM: N_("check who owns the file and its folder"),
    errno.ENOENT: N_("check the name of the folder"),
    errno.ENOTDIR: N_("a part of that path is a file: check the name of the folder"),
    errno.EEXIST: N_("a file of that name is there: choose another name"),
    errno.EISDIR: N_("a folder of that name is there: choose another name"),
    errno.ELOOP: N_("its links lead in a circle: check the name"),
    errno.EMFILE: N_("too many files are open: close some programs"),
    errno.ENFILE: N_("too many files are open: close some programs"),
    errno.EIO: N_("the disk may be failing: check it"),
}
if hasattr(errno, "EDQUOT"):
    _ADVICE[errno.EDQUOT] = N_("your quota is used up: free some space")

NO_INODES = N_(
    "(no free inodes: the disk holds too many files); delete some of its many small files"
)


def why(error: OSError, path: str | os.PathLike[str]) -> PostureMonitorError:
    """Reason and advice, as they follow "can't write PATH": "(reason); advice".

    For a value of another error's sentence.

    >>> str(why(OSError(errno.ENAMETOOLONG, "File name too long"), "x"))
    "(File name too long); shorten the name: a file's has 255 bytes at most"
    """
    reason = error.strerror or str(error) or type(error).__name__
    if error.errno == errno.ENOSPC:
        if lacks_inodes(path):
            return PostureMonitorError(NO_INODES)
        return PostureMonitorError("({reason}); free some space on that disk", reason=reason)
    advice = _ADVICE.get(error.errno or 0, N_("check that the disk is there and whole"))
    return PostureMonitorError(
        "({reason}); {advice}", reason=reason, advice=PostureMonitorError(advice)
    )


def lacks_inodes(path: str | os.PathLike[str]) -> bool:
    """Whether the disk has room for bytes and none for another file."""
    if not hasattr(os, "statvfs"):
        return False
    place = Path(path)
    for folder in (place, *place.parents):
        try:
            disk = os.statvfs(folder)
        except OSError:
            continue
        return disk.f_files > 0 and disk.f_favail == 0 and disk.f_bavail > 0
    return False


def output_failed(error: OSError) -> OutputError:
    """What to say where an answer can't be written to where it was sent: a full disk, mostly."""
    return OutputError(
        "the output can't be written ({strerror}); send it elsewhere, or make space",
        strerror=error.strerror,
    )
