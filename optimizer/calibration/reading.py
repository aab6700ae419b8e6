"""Logs in: files and a mapping become tickets, and what cannot be one is counted by reason."""

import tempfile
import weakref
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from optimizer.calibration.log import COLUMNS, Rejection, TicketLog
from optimizer.calibration.mapping import Mapping
from optimizer.calibration.parsing import Selection, selection
from optimizer.calibration.tables import (
    ADVICE,
    Report,
    Table,
    log_files,
    malformed,
    open_table,
    quoted,
    refusing,
    tidy_table,
)
from optimizer.errors import DataRefused, Fault

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = "2GB"
SHOWN = 5
DUPLICATE = "row stands twice"


def silent(what: str, done: int, most: int) -> None:
    """Tell nobody what is done."""


@dataclass(frozen=True)
class _Part:
    """A file of the log."""

    file: str
    first: int
    """Lines of the files before it."""
    lines: int


@dataclass
class Rejections:
    """Rows that are left out, while the files are read."""

    several: bool
    """Of several files the name is told too."""
    found: dict[str, Rejection] = field(default_factory=dict)

    def add(self, reason: str, count: int, file: str, lines: Iterable[int], example: str) -> None:
        """Count rows of a file that are left out for a reason."""
        shown = f"{file}: {example}" if self.several else example
        before = self.found.get(reason, Rejection(reason, 0, (), shown))
        lines = (*before.lines, *lines)[:SHOWN]
        self.found[reason] = Rejection(reason, before.count + count, lines, before.example)

    def told(self) -> tuple[Rejection, ...]:
        """The most frequent reason first."""
        return tuple(sorted(self.found.values(), key=lambda rejection: (-rejection.count, rejection.reason)))


def read_log(
    paths: Path | str | Iterable[Path | str],
    mapping: Mapping,
    memory: str = MEMORY,
    report: Report = silent,
) -> TicketLog:
    """Read a log of tickets.

    A moment that is more than half a day before the arrival belongs to the next day. Where the log has no outcome, one
    whose service started or ended was served; who has neither, but was called, did not show up; who was not even called
    gave up. A row that stands twice is left out where the log has numbers of tickets: without them two customers of the
    same minute look the same.

    Args:
        paths: A file, several, or a folder: CSV in any encoding (also .gz), Parquet, workbooks.
        mapping: What the columns mean.
        memory: What the database may take before it goes to the disk.
        report: Told of every file that is read.

    Returns:
        The tickets, and the rows that were left out by reason.

    Raises:
        DataRefused: where it is no table, the mapping does not fit, or no row is left.
    """
    files = log_files(paths)
    name = files[0].name if len(files) == 1 else f"{files[0].name} and {len(files) - 1} more"
    connection, folder = new_database(memory)
    rejections = Rejections(len(files) > 1)
    parts: list[_Part] = []
    try:
        columns = ", ".join(f"{column} {kind}" for column, kind in COLUMNS.items())
        connection.execute(f"CREATE TABLE tickets ({columns})")
        for n, path in enumerate(files):
            report("files read", n, len(files))
            with refusing(path.name):
                first = parts[-1].first + parts[-1].lines if parts else 0
                parts.append(_load(connection, path, mapping, Path(folder.name), first, rejections))
        report("files read", len(files), len(files))
        with refusing(name):
            if mapping.columns.number:
                _leave_out_twins(connection, parts, rejections)
        log = TicketLog(connection, name, rejections.told())
        if not log.tickets:
            raise nothing_left(name, log.rejections)
    except BaseException:
        close(connection, folder)
        raise
    weakref.finalize(log, close, connection, folder)
    return log


def new_database(memory: str = MEMORY) -> "tuple[DuckDBPyConnection, tempfile.TemporaryDirectory[str]]":
    """A database on the disk, so that a log may be larger than the memory it is given.

    Raises:
        DataRefused: where the library that reads tables is not installed.
    """
    try:
        import duckdb
    except ImportError as error:
        raise DataRefused([Fault("log", "duckdb", "not installed", ADVICE)]) from error
    folder = tempfile.TemporaryDirectory(prefix="qpo-log-", ignore_cleanup_errors=True)
    connection = duckdb.connect(str(Path(folder.name) / "log.duckdb"))
    connection.execute(f"SET memory_limit = {quoted(memory)}")
    connection.execute(f"SET temp_directory = {quoted(str(Path(folder.name) / 'spilled'))}")
    connection.execute("SET TimeZone = 'UTC'")
    return connection, folder


def close(connection: "DuckDBPyConnection", folder: "tempfile.TemporaryDirectory[str]") -> None:
    """Close a database and take its files away."""
    connection.close()
    folder.cleanup()


def nothing_left(name: str, rejections: tuple[Rejection, ...]) -> DataRefused:
    """The refusal of a log of which no row can be used."""
    if not rejections:
        return DataRefused([Fault(name, "rows", 0, "at least one row below the names of the columns")])
    return DataRefused(
        [
            Fault(name, f"line {rejection.lines[0]}", rejection.example, f"a row that can be used: {rejection.reason}")
            if rejection.lines
            else Fault(name, "rows", rejection.count, f"rows that can be used: {rejection.reason}")
            for rejection in rejections
        ]
    )


def _load(
    connection: "DuckDBPyConnection", path: Path, mapping: Mapping, folder: Path, first: int, rejections: Rejections
) -> _Part:
    """Add the tickets of a file."""
    table = open_table(path, mapping, folder, connection)
    chosen = selection(table, mapping)
    try:
        wrong = _read(connection, table, chosen)
        tidy = table.rows is None or _rows(connection) + len(wrong) == table.rows
    except _database_error():
        if table.text is None:
            raise
        tidy = False
    if not tidy:
        table = tidy_table(table, mapping, folder)
        chosen = selection(table, mapping)
        wrong = _read(connection, table, chosen)
    rows = _rows(connection) + len(wrong)
    for kind, line, text in wrong:
        rejections.add(f"not a row of the table ({kind.lower()})", 1, table.file, [line], text)
    if table.rows is not None and rows < table.rows:
        rejections.add("not a row of the table (too long)", table.rows - rows, table.file, [], "")
        rows = table.rows
    shift = _lines_of(connection, table, [line for _, line, _ in wrong])
    counted = connection.execute(
        f"SELECT fault, count(*), min(line, {SHOWN}), arg_min(fault_value, line) FROM ({shift}) WHERE fault > 0"
        " GROUP BY fault"
    ).fetchall()
    for fault, count, lines, example in sorted(counted):
        rejections.add(chosen.reasons[fault - 1], count, table.file, lines, example or "")
    names = ", ".join(column for column in COLUMNS if column != "row")
    connection.execute(f"INSERT INTO tickets SELECT line + {first}, {names} FROM ({shift}) WHERE fault = 0")
    connection.execute("DROP TABLE rows")
    return _Part(table.file, first, rows + table.first_line - 1)


def _database_error() -> type[Exception]:
    import duckdb

    error: type[Exception] = duckdb.Error
    return error


def _rows(connection: "DuckDBPyConnection") -> int:
    (rows,) = connection.execute("SELECT count(*) FROM rows").fetchone() or (0,)
    return int(rows)


def _lines_of(connection: "DuckDBPyConnection", table: Table, wrong: list[int]) -> str:
    """The rows with their lines in the file, among which are those that the reader left out."""
    plain = f"SELECT rowid + {table.first_line} AS line, * FROM rows"
    if not wrong:
        return plain
    # Before row r stand the wrong lines of which at most r right ones stand before.
    connection.execute("CREATE OR REPLACE TEMP TABLE wrong (line BIGINT, skipped BIGINT)")
    starts = np.array(sorted(wrong))
    shifted = {"line": starts - np.arange(len(starts)), "skipped": np.arange(1, len(starts) + 1)}
    connection.register("shifted", shifted)
    connection.execute("INSERT INTO wrong SELECT line, max(skipped) FROM shifted GROUP BY line")
    connection.unregister("shifted")
    return (
        f"SELECT p.line + coalesce(w.skipped, 0) AS line, p.* EXCLUDE (line) FROM ({plain}) AS p"
        " ASOF LEFT JOIN wrong AS w ON p.line >= w.line"
    )


def _read(connection: "DuckDBPyConnection", table: Table, chosen: Selection) -> list[tuple[str, int, str]]:
    """Fill the table ``rows``; returns the rows that are none, as kind, line and text."""
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    connection.execute(f"CREATE OR REPLACE TABLE rows AS {chosen.sql}")
    return malformed(connection) if table.text else []


def _leave_out_twins(connection: "DuckDBPyConnection", parts: list[_Part], rejections: Rejections) -> None:
    """Of rows that are equal in all that is known keep the first."""
    columns = [column for column in COLUMNS if column != "row"]
    key = f"hash({', '.join(columns)})"
    connection.execute(
        f"CREATE TEMP TABLE twins AS SELECT row, number FROM (SELECT row, number, row_number() OVER"
        f" (PARTITION BY {', '.join(columns)} ORDER BY row) AS nth FROM tickets WHERE {key} IN"
        f" (SELECT {key} FROM tickets GROUP BY ALL HAVING count(*) > 1)) WHERE nth > 1 AND number IS NOT NULL"
    )
    found = connection.execute("SELECT row, number FROM twins ORDER BY row").fetchall()
    if found:
        connection.execute("DELETE FROM tickets WHERE row IN (SELECT row FROM twins)")
    for part in parts:
        own = [(row - part.first, number) for row, number in found if 0 < row - part.first <= part.lines]
        if own:
            lines = [line for line, _ in own[:SHOWN]]
            rejections.add(DUPLICATE, len(own), part.file, lines, f"number {own[0][1]}")
    connection.execute("DROP TABLE twins")
