"""A ticket log in: who came on which date, when and for what, or every fault is reported."""

import re
from dataclasses import dataclass
from math import nan
from pathlib import Path

from optimizer.errors import DataRefused, Fault
from optimizer.problem.branch import Branch
from optimizer.problem.quantities import format_clock
from optimizer.problem.tables import Row, Table

COLUMNS = ("date", "day_type", "arrival", "transaction", "tier")
SERVICE = "service_minutes"
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?", re.ASCII)
LONGEST_SERVICE = 1440.0
"""A service of more than a day is a mistake [minutes]."""


@dataclass(frozen=True)
class LoggedDay:
    """The customers of one date, in the order in which they came."""

    date: str
    """As the log has it: any label."""
    day_type: str
    moments: tuple[float, ...]
    """Minutes from opening."""
    classes: tuple[tuple[str, str], ...]
    """Transaction and tier of each customer."""
    service: tuple[float, ...]
    """Service time of each customer where nobody sends them elsewhere [minutes]; not a number: not in the log."""


@dataclass
class _Dates:
    """What is known of each date while the rows are read."""

    day_types: dict[str, tuple[str, int]]
    """Day type of a date, and the line that says so first."""
    rows: dict[str, list[tuple[float, tuple[str, str], float]]]


def read_ticket_log(path: Path | str, branch: Branch) -> tuple[LoggedDay, ...]:
    """Read and check a ticket log.

    Its columns are ``date`` (any label), ``day_type``, ``arrival`` ("HH:MM" or "HH:MM:SS"), ``transaction``, ``tier``
    and, where it is known, ``service_minutes``; columns and rows may be in any order.

    Args:
        path: A UTF-8 file of comma-separated values.
        branch: The branch where these customers came.

    Returns:
        The days, in the order of their labels.

    Raises:
        DataRefused: with every fault found.
    """
    path = Path(path)
    faults: list[Fault] = []
    table = _table(path, faults)
    dates = _Dates({}, {})
    for line, row in table.rows:
        _read_row(table, line, row, branch, dates)
    if table.readable and not table.rows and not faults:
        faults.append(Fault(table.file, "file", "no rows", "a row for each customer"))
    if faults:
        raise DataRefused(faults)
    return tuple(_day(date, dates) for date in sorted(dates.rows))


def _day(date: str, dates: _Dates) -> LoggedDay:
    # Those who came in the same minute stay in the order of the file.
    rows = sorted(dates.rows[date], key=lambda row: row[0])
    moments, classes, service = zip(*rows, strict=True)
    return LoggedDay(date, dates.day_types[date][0], moments, classes, service)


def _table(path: Path, faults: list[Fault]) -> Table:
    """The rows of the file by column; none where the file or its first line is refused."""
    table = Table(path.name, (*COLUMNS, SERVICE), faults, {}, [])

    def in_any_order(header: list[str]) -> None:
        for name in COLUMNS:
            if name not in header:
                expected = f"the columns {','.join(COLUMNS)} and, if known, {SERVICE}"
                table.give_up("line 1", f"no column {name}", expected)
        for name in dict.fromkeys(header):
            if name not in table.columns:
                table.give_up("line 1", name, "no such column (is it misspelt?)")
            elif header.count(name) > 1:
                table.give_up("line 1", name, "each column once")

    table.read(path, in_any_order)
    return table


def _read_row(table: Table, line: int, row: Row, branch: Branch, dates: _Dates) -> None:
    date, day_type = row["date"], row["day_type"]
    known = {
        "day_type": list(branch.day_types), "transaction": list(branch.transactions), "tier": list(branch.tiers),
    }  # fmt: skip
    for column, names in known.items():
        if row[column] not in names:
            table.refuse_name(line, column, row[column], f"one of {', '.join(names)}")
    if not date.strip():
        table.refuse(line, "date", date, "a date or another label of the day")
    named, first = dates.day_types.setdefault(date, (day_type, line))
    if day_type != named:
        table.refuse(line, "day_type", day_type, f"{named}, as line {first} says of {date}: a date is of one day type")
    moment, service = _moment(table, line, row, branch), _service(table, line, row)
    dates.rows.setdefault(date, []).append((moment, (row["transaction"], row["tier"]), service))


def _moment(table: Table, line: int, row: Row, branch: Branch) -> float:
    """Minutes from opening."""
    match = CLOCK.fullmatch(row["arrival"])
    if match is None:
        table.refuse(line, "arrival", row["arrival"], 'a time of day as "HH:MM" or "HH:MM:SS"')
        return nan
    if row["day_type"] not in branch.day_types:
        return nan
    hours = branch.hours(row["day_type"])
    moment = int(match[1]) * 60 + int(match[2]) + float(match[3] or 0) / 60
    if not hours.open <= moment < hours.close:
        expected = f"a time from {format_clock(hours.open)} on and before {format_clock(hours.close)}"
        table.refuse(line, "arrival", row["arrival"], f"{expected}, when the door is open")
    return moment - hours.open


def _service(table: Table, line: int, row: Row) -> float:
    """Service time; not a number where the log has none."""
    text = row.get(SERVICE, "")
    if not text.strip():
        return nan
    try:
        minutes = float(text)
    except ValueError:
        minutes = nan
    if not 0 <= minutes <= LONGEST_SERVICE:
        table.refuse(line, SERVICE, text, f"minutes from 0 to {LONGEST_SERVICE:g}, or nothing where it is not known")
    return minutes
