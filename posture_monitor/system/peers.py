"""Who is at the other end of a connection on loopback, as far as the system tells."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def is_own(peer_port: int, own_port: int, table: Iterable[str] | None = None) -> bool:
    """Whether a connection to 127.0.0.1 was opened by this user, as /proc/net/tcp tells.

    True where the system has no such table.

    >>> row = "3: 0100007F:A001 0100007F:B002 01 00000000:00000000 00:00000000 00000000 {} 0 7"
    >>> is_own(0xA001, 0xB002, [row.format(os.getuid())]), is_own(0xA001, 0xB002, [row.format(7)])
    (True, False)
    """
    if table is None:
        try:
            table = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()
        except OSError:
            return True
    ends = (f"0100007F:{peer_port:04X}", f"0100007F:{own_port:04X}")
    for row in table:
        columns = row.split()
        if len(columns) > 7 and (columns[1], columns[2]) == ends:
            return columns[7] == str(os.getuid())
    return False
