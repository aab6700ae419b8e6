"""Logs that hold only counts: people waiting, counters open, numbers called, every few minutes."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator

from optimizer.calibration.loading import MEMORY, Target, load, nothing_left, silent
from optimizer.calibration.log import Log
from optimizer.calibration.mapping import Columns, Formats, Layout, Part, Zones, read_layout
from optimizer.calibration.parsing import Rule, Selection, found_columns
from optimizer.calibration.tables import Column, Report, Table, quoted
from optimizer.calibration.values import MINUTE, moment_of, text_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COLUMNS = {
    "row": "BIGINT",
    "queue": "VARCHAR",
    "ts": "TIMESTAMP",
    "day": "DATE",
    "minute": "DOUBLE",
    "open": "BIGINT",
    "waiting": "BIGINT",
    "called": "BIGINT",
}
"""Columns of the table ``counts`` and their types: ``minute`` is that of the day, ``called`` how many numbers were
called since the snapshot before, NULL where that is not known; all else always stands."""
COUNTS = ("open", "waiting", "called", "last_called")
MOST = 10**9


class CountColumns(Part):
    """Columns of a log of counts by what they hold."""

    ts: Columns = Field(min_length=1)
    """Moment of the snapshot."""
    open: Columns = Field(min_length=1)
    """Counters that are open."""
    waiting: Columns = Field(min_length=1)
    """People who wait."""
    called: Columns = ()
    """Numbers called since the snapshot before."""
    last_called: Columns = ()
    """The last number that was called; what was called since follows from it, but where it falls back."""
    queue: Columns = ()

    @model_validator(mode="after")
    def _calls(self) -> Self:
        if bool(self.called) == bool(self.last_called):
            raise ValueError("either called or last_called is expected")
        return self

    def given(self) -> dict[str, tuple[str, ...]]:
        """Columns that are mapped."""
        return {name: columns for name in type(self).model_fields if (columns := getattr(self, name))}


class CountMapping(Layout):
    """What the columns of a log of counts mean."""

    columns: CountColumns
    formats: Formats = Formats()
    zones: Zones = Zones()
    queue: str = Field("queue", min_length=1)
    """Name of the queue where no column has it."""


class CountLog(Log):
    """A log of counts: the table ``counts``."""

    @property
    def snapshots(self) -> int:
        """Rows that were accepted."""
        return int(self.arrays("SELECT count(*) AS n FROM counts")["n"][0])


def read_count_mapping(path: Path | str) -> CountMapping:
    """Read and check the mapping of a log of counts.

    Raises:
        DataRefused: with every fault found.
    """
    return read_layout(path, CountMapping)


def read_counts(
    paths: Path | str | Iterable[Path | str],
    mapping: CountMapping,
    memory: str = MEMORY,
    report: Report = silent,
    place: str = "mapping",
) -> CountLog:
    """Read a log of counts; of snapshots of one queue at one moment the first is kept.

    Args:
        paths: A file, several, or a folder: CSV in any encoding (also .gz), Parquet, workbooks.
        mapping: What the columns mean.
        memory: What the database may take before it goes to the disk.
        report: Told of every file that is read.
        place: Name of the mapping in refusals: that of its file.

    Raises:
        DataRefused: where it is no table, the mapping does not fit, or no row is left.
    """
    kinds = COLUMNS | {"last_called": "BIGINT"}
    target = Target("counts", kinds, lambda table: _selection(table, mapping, place))
    loaded = load(paths, mapping, target, memory, report)
    try:
        _leave_out_repeats(loaded.connection, loaded.rejections.add, loaded.source)
        if mapping.columns.last_called:
            _called(loaded.connection)
        loaded.connection.execute("ALTER TABLE counts DROP COLUMN last_called")
        log = CountLog(loaded.connection, loaded.source, loaded.rejections.told())
        if not log.snapshots:
            raise nothing_left(loaded.source, log.rejections)
    except BaseException:
        loaded.close()
        raise
    loaded.close_with(log)
    return log


def _selection(table: Table, mapping: CountMapping, place: str) -> Selection:
    """The query that reads the snapshots of a file."""
    found = found_columns(table, mapping.columns.given(), place)
    fields, rules = [], []
    ts = [moment_of(column, mapping.formats.moments) for column in found["ts"]]
    fields.append(f"coalesce({', '.join(ts)}) AS moment")
    fields.append(f"{text_of(found['ts'][0])} AS ts_text")
    rules.append(Rule("ts is not a moment", "moment IS NULL", "ts_text"))
    for name in COUNTS:
        fields += _count(name, found.get(name, []))
        rules.append(Rule(f"{name} is not a number", f"bad_{name} IS NOT NULL", f"bad_{name}"))
        rules.append(Rule(f"{name} is negative", f"{name} < 0", name))
        if name in ("open", "waiting"):
            rules.append(Rule(f"{name} is missing", f"{name} IS NULL", "NULL"))
    queue = f"nullif(trim({text_of(found['queue'][0])}), '')" if "queue" in found else "NULL"
    fields.append(f"coalesce({queue}, {quoted(mapping.queue)}) AS queue")
    moment = "make_timestamp(moment)"
    if mapping.zones.log != mapping.zones.branch:
        moment += f" AT TIME ZONE {quoted(mapping.zones.log)} AT TIME ZONE {quoted(mapping.zones.branch)}"
    cases = " ".join(f"WHEN {rule.holds} THEN {n}" for n, rule in enumerate(rules, 1))
    shown = " ".join(f"WHEN {n} THEN CAST({rule.shown} AS VARCHAR)" for n, rule in enumerate(rules, 1))
    below = f"SELECT {', '.join(fields)} FROM {table.relation}"
    below = f"SELECT *, {moment} AS ts, CAST(CASE {cases} ELSE 0 END AS USMALLINT) AS fault FROM ({below})"
    day = "CAST(ts AS DATE)"
    counts = ", ".join(f"CAST({name} AS BIGINT) AS {name}" for name in COUNTS)
    return Selection(
        f"SELECT queue, ts, {day} AS day, epoch_us(ts - CAST({day} AS TIMESTAMP)) / {float(MINUTE)} AS minute,"
        f" {counts}, fault, CASE fault {shown} END AS fault_value FROM ({below})",
        tuple(rule.reason for rule in rules),
    )


def _count(name: str, columns: list[Column]) -> Iterator[str]:
    """A whole number that may be written with decimals, and the text of what is none."""
    if not columns:
        yield f"CAST(NULL AS DOUBLE) AS {name}"
        yield f"CAST(NULL AS VARCHAR) AS bad_{name}"
        return
    text = f"nullif(trim({text_of(columns[0])}), '')"
    number = f"try_cast({columns[0].sql} AS DOUBLE)"
    whole = f"(CASE WHEN abs({number}) < {MOST} AND {number} = floor({number}) THEN {number} END)"
    yield f"{whole} AS {name}"
    yield f"CASE WHEN {whole} IS NULL THEN {text} END AS bad_{name}"


def _leave_out_repeats(connection: "DuckDBPyConnection", add: Any, source: str) -> None:
    connection.execute(
        "CREATE TEMP TABLE repeats AS SELECT row, ts FROM (SELECT row, ts, row_number() OVER"
        " (PARTITION BY queue, ts ORDER BY row) AS nth FROM counts) WHERE nth > 1"
    )
    found = connection.execute("SELECT row, CAST(ts AS VARCHAR) FROM repeats ORDER BY row").fetchall()
    if found:
        connection.execute("DELETE FROM counts WHERE row IN (SELECT row FROM repeats)")
        add("the moment stands twice", len(found), source, [row for row, _ in found[:5]], found[0][1])
    connection.execute("DROP TABLE repeats")


def _called(connection: "DuckDBPyConnection") -> None:
    """Numbers called since the snapshot before, from the last number; not known where that falls back."""
    order = "PARTITION BY queue, day ORDER BY ts"
    connection.execute(
        f"UPDATE counts SET called = d.difference FROM (SELECT row, CASE WHEN last_called >= before THEN"
        f" last_called - before END AS difference FROM (SELECT row, last_called, lag(last_called) OVER ({order}) AS"
        f" before FROM counts)) AS d WHERE counts.row = d.row"
    )
