"""Files of a log into one table of a database, with the rows that cannot be used counted by reason."""

import tempfile
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from optimizer.calibration.log import Rejection
from optimizer.calibration.mapping import Layout
from optimizer.calibration.parsing import Selection
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


def silent(what: str, done: int, most: int) -> None:
    """Tell nobody what is done."""


@dataclass(frozen=True)
class Part:
    """A file of the log."""

    file: str
    first: int
    """Lines of the files before it."""
    lines: int


@dataclass(frozen=True)
class Target:
    """The table that is filled."""

    name: str
    columns: dict[str, str]
    """Types by name; the first is the line."""
    choose: Callable[[Table], Selection]
    """The query that reads a file."""


@dataclass(frozen=True)
class Loaded:
    """The database with the table, and what was left out."""

    connection: "DuckDBPyConnection"
    folder: "tempfile.TemporaryDirectory[str]"
    source: str
    parts: tuple[Part, ...]
    rejections: "Rejections"

    def close(self) -> None:
        """Close the database and take its files away."""
        close(self.connection, self.folder)

    def close_with(self, log: object) -> None:
        """Close it when the log is no longer there."""
        weakref.finalize(log, close, self.connection, self.folder)


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


def load(
    paths: Path | str | Iterable[Path | str], layout: Layout, target: Target, memory: str, report: Report
) -> Loaded:
    """Fill a table with the rows of files.

    Args:
        paths: A file, several, or a folder.
        layout: How they are laid out.
        target: The table.
        memory: What the database may take before it goes to the disk.
        report: Told of every file that is read.

    Raises:
        DataRefused: where a file is no table, or a column is not there.
    """
    files = log_files(paths)
    source = files[0].name if len(files) == 1 else f"{files[0].name} and {len(files) - 1} more"
    connection, folder = new_database(memory)
    rejections = Rejections(len(files) > 1)
    parts: list[Part] = []
    try:
        columns = ", ".join(f"{column} {kind}" for column, kind in target.columns.items())
        connection.execute(f"CREATE TABLE {target.name} ({columns})")
        for n, path in enumerate(files):
            report("files read", n, len(files))
            with refusing(path.name):
                first = parts[-1].first + parts[-1].lines if parts else 0
                parts.append(_load(connection, path, layout, Path(folder.name), first, target, rejections))
        report("files read", len(files), len(files))
    except BaseException:
        close(connection, folder)
        raise
    return Loaded(connection, folder, source, tuple(parts), rejections)


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
    connection: "DuckDBPyConnection",
    path: Path,
    layout: Layout,
    folder: Path,
    first: int,
    target: Target,
    rejections: Rejections,
) -> Part:
    """Add the rows of a file."""
    table = open_table(path, layout, folder, connection)
    chosen = target.choose(table)
    try:
        wrong = _read(connection, table, chosen)
        tidy = table.rows is None or _rows(connection) + len(wrong) == table.rows
    except _database_error():
        if table.text is None:
            raise
        tidy = False
    if not tidy:
        table = tidy_table(table, layout, folder)
        chosen = target.choose(table)
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
    names = ", ".join(list(target.columns)[1:])
    connection.execute(f"INSERT INTO {target.name} SELECT line + {first}, {names} FROM ({shift}) WHERE fault = 0")
    connection.execute("DROP TABLE rows")
    return Part(table.file, first, rows + table.first_line - 1)


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
