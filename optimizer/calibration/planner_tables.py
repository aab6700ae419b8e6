"""Small tables that a planner gives: what is known of dates, customers by day, adjustments."""

import re
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path
from typing import TypeVar

from optimizer.calibration.calendar import KINDS, RELATIONS, Kind, Override
from optimizer.errors import DataRefused
from optimizer.problem import Branch
from optimizer.problem.tables import Row, Table

ALL = "all"
DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", re.ASCII)
LARGEST_FACTOR = 100.0
YEARS = range(1900, 2200)
T = TypeVar("T")


@dataclass(frozen=True)
class History:
    """Customers of each day that is known, in the order of the dates."""

    dates: tuple[date, ...]
    customers: tuple[float, ...]


@dataclass(frozen=True)
class Adjustment:
    """What the planner knows of coming days that no history tells."""

    first: date
    last: date
    transaction: str
    """Name, or ``all``."""
    tier: str
    """Name, or ``all``."""
    factor: float
    """Customers are multiplied by it."""
    reason: str


def read_overrides(path: Path) -> tuple[Override, ...]:
    """Read a table of dates with the columns ``date``, ``kind`` and ``name``.

    Raises:
        DataRefused: with every fault found.
    """
    table = _table(path, ("date", "kind", "name"))
    found: list[Override] = []
    lines: dict[tuple[date, str], int] = {}
    for line, row in table.rows:
        day = _date(table, line, row, "date")
        if row["kind"] not in KINDS:
            table.refuse(line, "kind", row["kind"], f"one of {', '.join(KINDS)}")
        elif day is not None:
            kind: Kind = row["kind"]
            rival = next((other for other in RELATIONS if kind in RELATIONS and (day, other) in lines), kind)
            if (day, rival) in lines:
                table.refuse(line, "kind", kind, f"{rival} alone, as line {lines[day, rival]} says of {day}")
            lines.setdefault((day, kind), line)
            found.append(Override(day, kind, row["name"].strip()))
    return tuple(_or_refuse(table, found))


def read_history(path: Path) -> History:
    """Read a table of days with the columns ``date`` and ``customers``; a day without customers counts as closed.

    Raises:
        DataRefused: with every fault found.
    """
    table = _table(path, ("date", "customers"))
    found: dict[date, float] = {}
    lines: dict[date, int] = {}
    for line, row in table.rows:
        day, customers = _date(table, line, row, "date"), _amount(table, line, row, "customers")
        if day is not None and day in lines:
            table.refuse(line, "date", row["date"], f"each date once; line {lines[day]} has it")
        elif day is not None:
            lines[day], found[day] = line, customers
    if table.readable and not table.rows and not table.faults:
        table.give_up("file", "no rows", "a row for each day")
    days = sorted(_or_refuse(table, list(found)))
    return History(tuple(days), tuple(found[day] for day in days))


def read_adjustments(path: Path, branch: Branch) -> tuple[Adjustment, ...]:
    """Read a table with the columns ``from``, ``to``, ``transaction``, ``tier``, ``factor`` and ``reason``.

    Args:
        path: The table; transaction and tier may be ``all``.
        branch: The branch whose customers they are.

    Raises:
        DataRefused: with every fault found.
    """
    table = _table(path, ("from", "to", "transaction", "tier", "factor", "reason"))
    found: list[Adjustment] = []
    for line, row in table.rows:
        first, last = _date(table, line, row, "from"), _date(table, line, row, "to")
        if first is not None and last is not None and last < first:
            table.refuse(line, "to", row["to"], f"{first} or later")
        for column, names in (("transaction", branch.transactions), ("tier", branch.tiers)):
            if row[column] not in (ALL, *names):
                table.refuse_name(line, column, row[column], f"one of {', '.join((ALL, *names))}")
        factor = _amount(table, line, row, "factor")
        if factor > LARGEST_FACTOR:
            table.refuse(line, "factor", row["factor"], f"at most {LARGEST_FACTOR:g}")
        if not row["reason"].strip():
            table.refuse(line, "reason", row["reason"], "why, in words")
        if first is not None and last is not None:
            found.append(Adjustment(first, last, row["transaction"], row["tier"], factor, row["reason"].strip()))
    return tuple(_or_refuse(table, found))


def _or_refuse(table: Table, found: list[T]) -> list[T]:
    if table.faults:
        raise DataRefused(table.faults)
    return found


def _table(path: Path, columns: tuple[str, ...]) -> Table:
    """The rows of a file by column, in any order of columns; none where the file or its first line is refused."""
    table = Table(path.name, columns, [], {}, [])

    def in_any_order(header: list[str]) -> None:
        if sorted(header) != sorted(columns):
            table.give_up("line 1", ",".join(header), f"the columns {','.join(columns)}")

    table.read(path, in_any_order)
    return table


def _date(table: Table, line: int, row: Row, column: str) -> date | None:
    """The date of a cell, or None where it is refused; spreadsheets write 2027/1/5 for 2027-01-05."""
    match = DATE.fullmatch(row[column].strip())
    try:
        if match is not None and int(match[1]) in YEARS:
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass
    table.refuse(line, column, row[column], 'a date as "YYYY-MM-DD"')
    return None


def _amount(table: Table, line: int, row: Row, column: str) -> float:
    """A number of at least 0; 0 where it is refused."""
    try:
        value = float(row[column])
    except ValueError:
        value = -1.0
    if isfinite(value) and value >= 0:
        return value
    table.refuse(line, column, row[column], "a number of at least 0")
    return 0.0
