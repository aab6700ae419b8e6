"""Logs in: files and a mapping become tickets, and what cannot be one is counted by reason."""

import re
from collections.abc import Iterable
from pathlib import Path

from optimizer.calibration.loading import MEMORY, SHOWN, Loaded, Target, load, nothing_left, silent
from optimizer.calibration.log import COLUMNS, TicketLog
from optimizer.calibration.mapping import DATE_NEEDED, Mapping
from optimizer.calibration.parsing import selection
from optimizer.calibration.tables import Report, refusing
from optimizer.errors import DataRefused, Fault

DUPLICATE = "row stands twice"
CLOCK = re.compile(r"(^|: )\d{1,2}:\d\d(:\d\d(\.\d+)?)?$")
"""A time without a date, as an example of a row shows it."""


def read_log(
    paths: Path | str | Iterable[Path | str],
    mapping: Mapping,
    memory: str = MEMORY,
    report: Report = silent,
    place: str = "mapping",
) -> TicketLog:
    """Read a log of tickets.

    A moment that is more than half a day before the arrival belongs to the next day. Where the log has no outcome, one
    whose service started or ended was served; who has neither, but was called, did not show up; who was not even called
    gave up. Where no time of leaving is mapped, one who gave up, was never called and yet has an end left then. A row
    that stands twice is left out where the log has numbers of tickets: without them two customers of the same minute
    look the same.

    Args:
        paths: A file, several, or a folder: CSV in any encoding (also .gz), Parquet, workbooks.
        mapping: What the columns mean.
        memory: What the database may take before it goes to the disk.
        report: Told of every file that is read.
        place: Name of the mapping in refusals: that of its file.

    Returns:
        The tickets, and the rows that were left out by reason.

    Raises:
        DataRefused: where it is no table, the mapping does not fit, or no row is left.
    """
    target = Target("tickets", COLUMNS, lambda table: selection(table, mapping, place))
    loaded = load(paths, mapping, target, memory, report)
    try:
        with refusing(loaded.source):
            if mapping.columns.number:
                _leave_out_twins(loaded)
        log = TicketLog(loaded.connection, loaded.source, loaded.rejections.told())
        if not log.tickets:
            raise _undated(loaded.source, mapping, log) or nothing_left(loaded.source, log.rejections)
    except BaseException:
        loaded.close()
        raise
    loaded.close_with(log)
    return log


def _undated(source: str, mapping: Mapping, log: TicketLog) -> DataRefused | None:
    """The refusal of a log whose arrivals are times of a day that nothing tells."""
    if mapping.columns.date or mapping.defaults.date:
        return None
    unread = [found.example for found in log.rejections if found.reason == "arrival is not a moment"]
    clocks = [example for example in unread if CLOCK.search(example)]
    return DataRefused([Fault(source, "arrival", clocks[0], DATE_NEEDED)]) if clocks else None


def _leave_out_twins(loaded: Loaded) -> None:
    """Of rows that are equal in all that is known keep the first."""
    connection = loaded.connection
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
    for part in loaded.parts:
        own = [(row - part.first, number) for row, number in found if 0 < row - part.first <= part.lines]
        if own:
            lines = [line for line, _ in own[:SHOWN]]
            loaded.rejections.add(DUPLICATE, len(own), part.file, lines, f"number {own[0][1]}")
    connection.execute("DROP TABLE twins")
