"""A first mapping of a log, guessed from the names and the values of its columns, for the planner to correct."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.calibration import headers
from optimizer.calibration.count_guessing import are_counts
from optimizer.calibration.loading import close, new_database, nothing_left
from optimizer.calibration.mapping import ABSENT, DATE_NEEDED, Layout, Mapping, layout_of
from optimizer.calibration.mapping import MOMENTS as MOMENT_NAMES
from optimizer.calibration.tables import (
    Column,
    Table,
    log_files,
    open_table,
    quoted,
    refusing,
)
from optimizer.calibration.values import all_zero, day_of, moment_of, text_of, time_of
from optimizer.errors import DataRefused, Fault

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLE = 5000
"""Rows that are looked at."""
MOST_OUTCOMES = 30
LONGEST_MINUTES = 60
"""A median duration above it is taken for seconds."""
TICKETS = "columns of tickets, one a row; counts of people waiting are learnt from with --counts"
IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)(?!\d)")


@dataclass(frozen=True)
class Guess:
    """A mapping that was guessed, and what was guessed in it."""

    mapping: Mapping
    notes: tuple[str, ...]
    """Sentences, for the planner to check."""


def guess_mapping(paths: Path | str | Iterable[Path | str]) -> Guess:
    """Guess what the columns of a log mean, by its first file.

    Raises:
        DataRefused: where it is no table, nothing in it looks like the moment of arrival, or its day is not told.
    """
    path, *more = log_files(paths)
    connection, folder = new_database()
    try:
        with refusing(path.name):
            table = open_table(path, Layout(), Path(folder.name), connection)
            _sample(connection, table)
            return _Guessing(connection, table, path.name, not more).whole()
    finally:
        close(connection, folder)


def _sample(connection: "DuckDBPyConnection", table: Table) -> None:
    columns = ", ".join(column.sql for column in table.columns.values())
    connection.execute(f"CREATE OR REPLACE TABLE sample AS SELECT {columns} FROM {table.relation} LIMIT {SAMPLE}")


@dataclass
class _Guessing:
    """A mapping in the making."""

    connection: "DuckDBPyConnection"
    table: Table
    file: str
    alone: bool
    """The log is this file; a day in its name is that of the whole log."""
    notes: list[str] = field(default_factory=list)
    raw: dict[str, Any] = field(default_factory=lambda: {"columns": {}, "formats": {}, "defaults": {}})

    def whole(self) -> Guess:
        """The mapping and the notes."""
        if are_counts(self.table.columns):
            raise DataRefused([Fault(self.file, "columns", ", ".join(self.table.columns), TICKETS)])
        by_kind: dict[str, list[str]] = {}
        known = [(found, name) for name in self.table.columns if (found := headers.kind_of(name))]
        for (kind, _), name in sorted(known, key=lambda pair: pair[0][1]):
            by_kind.setdefault(kind, []).append(name)
        for kind in headers.COLUMNS:
            for name in by_kind.get(kind, ())[:1]:
                self._take(kind, name)
        if "arrival" not in self.raw["columns"]:
            seen = ", ".join(self.table.columns)
            raise DataRefused(
                [Fault(self.file, "columns", seen, "a column for the moment at which a ticket was taken")]
            )
        if not self._one("count(*)"):
            raise nothing_left(self.file, ())
        self._moments(by_kind["arrival"])
        if "outcome" in self.raw["columns"]:
            self._outcomes()
        used = {
            name for names in self.raw["columns"].values() for name in ([names] if isinstance(names, str) else names)
        }
        if unused := [name for name in self.table.columns if name not in used]:
            self.notes.append(f"not used: {', '.join(unused)}")
        if self.table.text and self.table.text.converted:
            self.notes.append("the text is not in UTF-8: its encoding is found out from its bytes")
        return Guess(layout_of({key: value for key, value in self.raw.items() if value}, Mapping), tuple(self.notes))

    def _take(self, kind: str, name: str) -> None:
        """Map a column."""
        if kind not in ("wait", "service"):
            self.raw["columns"][kind] = name
            self.notes.append(f"{kind} is the column {name}")
            return
        column = self.table.columns[name]
        unit, why = self._unit(column, name)
        if unit:
            self.raw["columns"][f"{kind}_{unit}"] = name
            self.notes.append(f"{kind} is the column {name}, in {unit} ({why})")

    def _unit(self, column: Column, name: str) -> tuple[str, str]:
        if re.search(r"sec|秒|_s$", name.casefold()):
            return "seconds", "by its name"
        if re.search(r"min|分", name.casefold()):
            return "minutes", "by its name"
        median = self._one(f"median(try_cast({column.sql} AS DOUBLE))")
        if median is None:
            texts = self._one(f"count(try_cast({column.sql} AS TIME))")
            return ("minutes", "written as a clock") if texts else ("", "")
        unit = "seconds" if median > LONGEST_MINUTES else "minutes"
        return unit, f"half of the values are below {median:g}"

    def _moments(self, arrivals: Sequence[str]) -> None:
        """Formats of dates and moments, the day of a log without one, zeros."""
        columns, formats = self.raw["columns"], self.raw["formats"]
        own = [name for name in MOMENT_NAMES if name in columns]
        arrival = self.table.columns[columns["arrival"]]
        moments, covered = self._formats([arrival], "moment", headers.MOMENTS)
        dated = "date" in columns and self._formats([self.table.columns[columns["date"]]], "date", headers.DATES)
        times, timed = self._formats([self.table.columns[columns[name]] for name in own], "time", headers.TIMES)
        whole = covered >= timed and covered > 0 and not (dated and timed >= covered)
        if whole:
            # Date and time in one value: a date beside them says nothing more.
            if columns.pop("date", None):
                self.notes.append("the date is left to the arrival, which has one")
            moments, _ = self._formats([self.table.columns[columns[name]] for name in own], "moment", headers.MOMENTS)
            formats["moments"] = moments
        else:
            if times == [] or timed == 0:
                raise DataRefused([Fault(self.file, columns["arrival"], self._example(arrival), "a moment or a time")])
            formats["times"] = times
            if dated and dated[1] > 0:
                formats["dates"] = dated[0]
            else:
                columns.pop("date", None)
                self._default_day(columns["arrival"])
        for kind in ("dates", "times", "moments"):
            if formats.get(kind) == ["iso"]:
                del formats[kind]
            elif kind in formats:
                self.notes.append(f"{kind} are written as {', '.join(formats[kind])}")
        self._zeros(own, arrivals, whole)

    def _default_day(self, arrival: str) -> None:
        """The day in the name of the file: no other is invented, since what is learnt goes by days."""
        found = IN_NAME.search(self.file) if self.alone else None
        try:
            day = dt.date(*map(int, found.groups())) if found else None
        except ValueError:
            day = None
        if day is None:
            raise DataRefused([Fault(self.file, arrival, self._example(self.table.columns[arrival]), DATE_NEEDED)])
        self.raw["defaults"]["date"] = day
        self.notes.append(f"the log has no date: all of it is put on {day}, as its name says")

    def _zeros(self, own: Sequence[str], arrivals: Sequence[str], whole: bool) -> None:
        """Whether a time of zero says that it did not happen, and what stands in for an arrival that did not."""
        columns, formats = self.raw["columns"], self.raw["formats"]
        zeros = {}
        for name in own:
            column = self.table.columns[columns[name]]
            # Moments in a format of their own have midnights that are none.
            clock = (
                "false" if whole and "moments" in formats else f"{time_of(column, formats.get('times', ('iso',)))} = 0"
            )
            zeros[name] = self._one(f"count(*) FILTER ({clock} OR {all_zero(f'trim({text_of(column)})')})") or 0
        if any(zeros.values()):
            formats["zero_is_never"] = True
            self.notes.append(f"a time of zero says that it did not happen ({', '.join(n for n in own if zeros[n])})")
        if zeros.get("arrival") and len(arrivals) > 1:
            columns["arrival"] = list(arrivals)
            self.notes.append(f"where {arrivals[0]} did not happen, the arrival is {', '.join(arrivals[1:])}")

    def _formats(self, columns: Sequence[Column], kind: str, known: Sequence[str]) -> tuple[list[str], float]:
        """Formats that together fit most of the values, and the share that they fit."""
        reads = {"date": day_of, "time": time_of, "moment": moment_of}[kind]
        typed = [c for c in columns if c.kind == "TIME" or c.kind.startswith("TIMESTAMP")]
        if columns and len(typed) == len(columns):
            fits = {"TIME": ("time",)}.get(columns[0].kind, ("date", "moment"))
            return ["iso"], float(kind in fits)
        parts = [f"SELECT CAST({column.sql} AS VARCHAR) AS v FROM sample" for column in columns]
        absent = ", ".join(map(quoted, ABSENT))
        values = (
            f"(SELECT v, count(*) AS n FROM ({' UNION ALL '.join(parts)}) WHERE trim(v) NOT IN ({absent})"
            f" AND NOT {all_zero('trim(v)')} GROUP BY v)"
        )
        text = Column("v", "VARCHAR")
        chosen: list[str] = []
        total = self._one("sum(n)", values)
        fitted = 0.0
        while total and fitted < total and len(chosen) < 4:
            left = "true" if not chosen else f"{reads(text, chosen)} IS NULL"
            tried = [
                f"coalesce(sum(n) FILTER ({left} AND {_meant(kind, form)} AND {reads(text, [form])} IS NOT NULL), 0)"
                for form in known
            ]
            counts = self.connection.execute(f"SELECT {', '.join(tried)} FROM {values}").fetchone() or ()
            best = max(range(len(known)), key=lambda n: (counts[n], -n))
            # A format that fits few of the rest is more likely a mistake in them.
            if counts[best] < 0.01 * float(total):
                break
            equal = [known[n] for n in range(len(known)) if counts[n] == counts[best] and n != best]
            if equal and {"%d/%m/%Y", "%m/%d/%Y"} & {known[best][:8]}:
                self.notes.append(f"{kind}s could also be written as {', '.join(equal[:2])}")
            chosen.append(known[best])
            fitted += float(counts[best])
        return chosen, fitted / float(total) if total else 0.0

    def _outcomes(self) -> None:
        """What the values of the outcome mean, by name; else by what happened to most who have it."""
        columns = self.raw["columns"]
        value = f"trim(CAST({self.table.columns[columns['outcome']].sql} AS VARCHAR))"
        absent = ", ".join(map(quoted, ("", *ABSENT)))
        found = self.connection.execute(
            f"SELECT {value} AS v, {self._share('ended')}, {self._share('called')} FROM sample"
            f" WHERE {value} NOT IN ({absent}) GROUP BY v ORDER BY count(*) DESC, v"
        ).fetchall()
        if not found or len(found) > MOST_OUTCOMES:
            del columns["outcome"]
            self.notes.append(f"the outcome is not used: it has {len(found)} values")
            return
        outcomes: dict[str, list[str]] = {}
        for text, served, called in found:
            named = [meaning for meaning, words in headers.OUTCOMES.items() if headers.plain(text) in words]
            by_rows = "served" if (served or 0) > 0.5 else "no_show" if (called or 0) > 0.5 else "abandoned"
            meaning = named[0] if named else by_rows
            outcomes.setdefault(meaning, []).append(text)
            self.notes.append(
                f"outcome {text} means {meaning}{'' if named else ', by the moments that such rows have'}"
            )
        self.raw["outcomes"] = outcomes

    def _share(self, name: str) -> str:
        """Share of rows in which a moment stands."""
        columns, formats = self.raw["columns"], self.raw["formats"]
        if name not in columns:
            return "NULL"
        column = self.table.columns[columns[name]]
        value = time_of(column, formats.get("times", ("iso",)))
        if "times" not in formats and "date" not in columns and "date" not in self.raw["defaults"]:
            value = moment_of(column, formats.get("moments", ("iso",)))
        never = formats.get("zero_is_never", False)
        return f"avg(CAST({value} IS NOT NULL{f' AND {value} <> 0' if never else ''} AS INT))"

    def _one(self, what: str, source: str = "sample") -> Any:
        return (self.connection.execute(f"SELECT {what} FROM {source}").fetchone() or (None,))[0]

    def _example(self, column: Column) -> str:
        return str(self._one(f"min({text_of(column)})") or "no value")


def _meant(kind: str, form: str) -> str:
    """Texts that a format may be asked of: the first takes a date for its midnight, and a moment for its time."""
    if form != "iso":
        return "true"
    return {"moment": "v LIKE '%:%'", "time": "v NOT LIKE '%-%' AND v NOT LIKE '%/%'"}.get(kind, "true")
