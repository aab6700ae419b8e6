"""A first mapping of a log of counts, guessed from the names of its columns, for the planner to correct."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.calibration import headers
from optimizer.calibration.counts import CountMapping
from optimizer.calibration.doubts.counts import runs_up
from optimizer.calibration.loading import close, new_database
from optimizer.calibration.mapping import Layout, layout_of
from optimizer.calibration.tables import Table, log_files, open_table, refusing
from optimizer.calibration.values import moment_of, text_of
from optimizer.errors import DataRefused, Fault

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLE = 2000
"""Rows whose moments are looked at."""
DAY = 86_400_000_000
"""Microseconds."""
COLUMNS = {
    "ts": "ts timestamp time datetime moment snapshot snapshottime observedat recordedat 时间 时刻 采集时间 记录时间",
    "open": "open opencounters countersopen openwindows windowsopen opendesks counters servers 开放窗口 开放窗口数 "
    "开窗数 窗口数 开放柜台数",
    "waiting": "waiting peoplewaiting customerswaiting numberwaiting waitingcustomers queuelength inqueue 等待人数 "
    "等候人数 排队人数",
    "called": "called calls numberscalled numbercalled calledsince 叫号数 叫号人数",
    "last_called": "lastcalled lastcalledno lastnumber lastnumbercalled currentnumber 当前号 当前叫号 最后叫号",
    "queue": "queue queueid queuename 队列 队列名称 队列号",
}
"""By what they hold; compared without case, spaces and signs, in the order of preference."""
HELD = {
    "ts": "the moment of the snapshot",
    "open": "counters that are open",
    "waiting": "people who wait",
    "called": "numbers called since the snapshot before, or the last number called",
}
"""What a log of counts must have."""


@dataclass(frozen=True)
class CountGuess:
    """A mapping that was guessed, and what was guessed in it."""

    mapping: CountMapping
    notes: tuple[str, ...]
    """Sentences, for the planner to check."""


def guess_count_mapping(paths: Path | str | Iterable[Path | str]) -> CountGuess:
    """Guess what the columns of a log of counts mean, by its first file.

    Raises:
        DataRefused: with everything that no column has a known name for.
    """
    path = log_files(paths)[0]
    connection, folder = new_database()
    try:
        with refusing(path.name):
            table = open_table(path, Layout(), Path(folder.name), connection)
            columns = named_columns(table.columns)
            if lacking := _lacking(columns):
                seen = ", ".join(table.columns)
                raise DataRefused([Fault(path.name, "columns", seen, f"a column for {HELD[name]}") for name in lacking])
            form = _format(connection, table, columns["ts"])
            running = "called" in columns and _runs_up(connection, table, columns, form)
    finally:
        close(connection, folder)
    if running:
        columns["last_called"] = columns.pop("called")
    notes = [f"{kind} is the column {name}" for kind, name in columns.items()]
    if running:
        notes.append(
            f"{columns['last_called']} only grows within days: it is the last number called, not how many were"
        )
    if unused := [name for name in table.columns if name not in columns.values()]:
        notes.append(f"not used: {', '.join(unused)}")
    formats = {} if form == "iso" else {"formats": {"moments": [form]}}
    if formats:
        notes.append(f"moments are written as {form}")
    return CountGuess(layout_of({"columns": columns} | formats, CountMapping), tuple(notes))


def are_counts(names: Iterable[str]) -> bool:
    """Whether columns are those of a log of counts, by their names."""
    return not _lacking(named_columns(names))


def _lacking(columns: Iterable[str]) -> list[str]:
    known = set(columns)
    return [name for name in HELD if not {name, f"last_{name}"} & known]


def named_columns(names: Iterable[str]) -> dict[str, str]:
    """Columns by what they hold.

    >>> named_columns(["Queue ID", "ts", "open_counters", "waiting", "last_called_no", "called"])
    {'ts': 'ts', 'open': 'open_counters', 'waiting': 'waiting', 'called': 'called', 'queue': 'Queue ID'}
    """
    bare = {headers.plain(name): name for name in reversed(list(names))}
    found: dict[str, str] = {}
    for kind, words in COLUMNS.items():
        known = [bare[word] for word in words.split() if word in bare]
        # The calls are mapped in one way alone.
        if known and not (kind == "last_called" and "called" in found):
            found[kind] = known[0]
    return found


def _runs_up(connection: "DuckDBPyConnection", table: Table, columns: dict[str, str], form: str) -> bool:
    """Whether the numbers called only grow within the days of each queue, in the first rows."""
    moment = moment_of(table.columns[columns["ts"]], [form])
    queue = text_of(table.columns[columns["queue"]]) if "queue" in columns else "''"
    called = f"try_cast({table.columns[columns['called']].sql} AS DOUBLE)"
    sample = f"SELECT {moment} AS moment, {queue} AS queue, {called} AS called FROM {table.relation} LIMIT {SAMPLE}"
    found = connection.execute(
        f"SELECT dense_rank() OVER (ORDER BY queue, moment // {DAY}) AS place, called FROM ({sample})"
        " WHERE moment IS NOT NULL AND called IS NOT NULL ORDER BY queue, moment"
    ).fetchnumpy()
    return runs_up(found["place"], found["called"])


def _format(connection: "DuckDBPyConnection", table: Table, name: str) -> str:
    """The format that most moments of the first rows have; the likelier one of several."""
    column = table.columns[name]
    fitted = [f"count({moment_of(column, [form])})" for form in headers.MOMENTS]
    sample = f"(SELECT {column.sql} FROM {table.relation} LIMIT {SAMPLE})"
    counts = connection.execute(f"SELECT {', '.join(fitted)}, count({text_of(column)}) FROM {sample}").fetchone() or ()
    best = max(range(len(headers.MOMENTS)), key=lambda n: (counts[n], -n))
    return headers.MOMENTS[best]
