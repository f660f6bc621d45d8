"""Tables for other programs: CSV, or Parquet where pyarrow is installed."""

from __future__ import annotations

import csv
from typing import IO, TYPE_CHECKING, Any, Protocol

from posture_monitor.domain import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ROWS_PER_GROUP = 5000
"""Of a Parquet file; bounds the memory that a long table takes (assumed)."""


class TableWriter(Protocol):
    """Writes rows one after the other; what a row has no value for is empty."""

    def add(self, row: Mapping[str, Any]) -> None: ...

    def close(self) -> None:
        """Write what is held back; the file stays open."""


def check_format(file_format: str) -> None:
    """ConfigError where the format's package is missing."""
    if file_format == "parquet":
        try:
            import pyarrow.parquet  # noqa: F401 - only asked whether it is there
        except ImportError:
            raise ConfigError(
                "Parquet needs pyarrow: pip install 'posture-monitor[parquet]', or use --format csv"
            ) from None


def csv_cell(value: object) -> object:
    """Truth as 1 and 0, and times as ISO text; what isn't known is empty."""
    if isinstance(value, bool):
        return int(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


class CsvTable:
    """A header line and a line for each row."""

    def __init__(self, file: IO[str], columns: Sequence[str]) -> None:
        self._writer = csv.DictWriter(file, columns, lineterminator="\n")
        self._writer.writeheader()

    def add(self, row: Mapping[str, Any]) -> None:
        self._writer.writerow({name: csv_cell(value) for name, value in row.items()})

    def close(self) -> None:
        """Nothing is held back."""


class ParquetTable:
    """Row groups as they fill up, so that memory doesn't grow with the table."""

    def __init__(
        self,
        file: IO[bytes],
        columns: Sequence[str],
        types: Mapping[str, str],
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """``types`` gives pyarrow's name of each column's type: ``"double"``, ``"int8"``,
        ``"bool"``, ``"utc"`` (a time) or ``"string"``; ``metadata`` is kept in the file's
        footer. ConfigError without pyarrow."""
        check_format("parquet")
        import pyarrow as pa
        import pyarrow.parquet as pq

        utc = pa.timestamp("us", tz="UTC")
        kinds = {
            name: utc if types[name] == "utc" else pa.type_for_alias(types[name])
            for name in columns
        }
        self._schema = pa.schema(list(kinds.items()), metadata=metadata)
        self._table = pa.Table
        self._writer = pq.ParquetWriter(file, self._schema)
        self._rows: list[Mapping[str, Any]] = []

    def add(self, row: Mapping[str, Any]) -> None:
        self._rows.append(
            {n: str(v) if isinstance(v, str) else v for n, v in row.items()}  # enums, too
        )
        if len(self._rows) >= _ROWS_PER_GROUP:
            self._flush()

    def _flush(self) -> None:
        self._writer.write_table(self._table.from_pylist(self._rows, schema=self._schema))
        self._rows.clear()

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._writer.close()
