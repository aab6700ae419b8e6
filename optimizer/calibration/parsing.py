"""Queries that turn the columns of a file into tickets, or say of a row why it cannot be one.

All of it happens in the database, in whole microseconds, so that ten million rows take seconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.calibration.log import ABANDONED, CALLED_AND_ENDED, COLUMNS, LEFT_AT_END, NO_SHOW, SERVED
from optimizer.calibration.mapping import MOMENTS, Formats, Mapping
from optimizer.calibration.tables import Column, Table, identifier, quoted
from optimizer.calibration.values import (
    DAY,
    MINUTE,
    UNITS,
    all_zero,
    amount_of,
    day_of,
    length_of,
    moment_of,
    renamed,
    text_of,
    ticket_of,
    time_of,
    whether,
)
from optimizer.errors import DataRefused, Fault

DURATIONS = {f"{name}_{unit}": (name, unit) for name in ("wait", "service") for unit in UNITS}
NAMES = ("channel", "transaction", "tier", "window", "teller")
STANDING = ("channel", "transaction", "tier")
"""Names that every ticket has, by default if need be."""


@dataclass(frozen=True)
class Rule:
    """A reason for which a row is left out."""

    reason: str
    holds: str
    """Condition."""
    shown: str
    """The value that is shown."""


@dataclass(frozen=True)
class Selection:
    """A query that gives the columns of a ticket, ``fault`` (number of the reason, 0: none) and ``fault_value``."""

    sql: str
    reasons: tuple[str, ...]
    """By number of the reason, from 1."""


def selection(table: Table, mapping: Mapping, place: str = "mapping") -> Selection:
    """The query that reads the tickets of a file.

    Args:
        table: The file.
        mapping: What its columns mean.
        place: Name of the mapping in refusals.

    Raises:
        DataRefused: where a column of the mapping is not in the file.
    """
    found = found_columns(table, mapping.columns.given(), place)
    parsed = _Parsed(mapping.formats, "date" in found or mapping.defaults.date is not None, place)
    parsed.read(found, mapping)
    rules = [*parsed.rules, *_rules(mapping, found)]
    layers = [
        f"SELECT {', '.join(parsed.fields)} FROM {table.relation}",
        _after_midnight(parsed.whole),
        _in_branch(mapping),
        _with_outcome(mapping, found),
        _clamped(mapping),
    ]
    query = ""
    for layer in layers:
        query = layer.replace("FROM below", f"FROM ({query})")
    cases = " ".join(f"WHEN {rule.holds} THEN {n}" for n, rule in enumerate(rules, 1))
    shown = " ".join(f"WHEN {n} THEN CAST({rule.shown} AS VARCHAR)" for n, rule in enumerate(rules, 1))
    query = f"SELECT *, CAST(CASE {cases} ELSE 0 END AS USMALLINT) AS fault FROM ({query})"
    values = ", ".join(f"{_result(name)} AS {name}" for name in COLUMNS if name != "row")
    return Selection(
        f"SELECT {values}, fault, CASE fault {shown} END AS fault_value FROM ({query})",
        tuple(rule.reason for rule in rules),
    )


def found_columns(table: Table, given: dict[str, tuple[str, ...]], place: str) -> dict[str, list[Column]]:
    """Columns of the file by what they hold.

    Raises:
        DataRefused: where one is not there.
    """
    faults, found = [], {}
    for name, columns in given.items():
        found[name] = [column for own in columns if (column := table.column(own)) is not None]
        expected = f"a column of {table.file}: {', '.join(table.columns)}"
        faults += [Fault(place, f"columns.{name}", own, expected) for own in columns if table.column(own) is None]
    if faults:
        raise DataRefused(faults)
    return found


class _Parsed:
    """The lowest layer: every mapped column with its type, and of what does not have it the text."""

    def __init__(self, formats: Formats, dated: bool, place: str) -> None:
        self.formats = formats
        self.place = place
        """Name of the mapping in refusals."""
        self.dated = dated
        """Moments are times of a day that stands beside them."""
        self.fields: list[str] = []
        self.rules: list[Rule] = []
        self.whole: set[str] = set()
        """Moments that hold date and time."""

    def read(self, found: dict[str, list[Column]], mapping: Mapping) -> None:
        """Give every column of a ticket its field."""
        if found.get("date"):
            dates = [day_of(column, self.formats.dates) for column in found["date"]]
            self._add("date", "is not a date", found["date"], dates)
            self.rules.append(Rule("date is missing", "date IS NULL", "NULL"))
        else:
            fixed = mapping.defaults.date
            self.fields.append(f"{f'DATE {quoted(str(fixed))}' if fixed else 'CAST(NULL AS DATE)'} AS date")
        for name in MOMENTS:
            self._moment(name, found.get(name, []))
        for name, (_, unit) in DURATIONS.items():
            if name in found:
                lengths = [length_of(column, UNITS[unit]) for column in found[name]]
                self._add(name, "is not a number", found[name], lengths)
        for name in ("amount", "number", "diverted"):
            columns = found.get(name, [])
            kind = COLUMNS[name]
            if columns:
                read = {"amount": amount_of, "number": ticket_of, "diverted": whether}[name]
                wrong = {"amount": "is not a number", "number": "is not a number", "diverted": "is not yes or no"}[name]
                self._add(name, wrong, columns, [read(column) for column in columns])
            else:
                self.fields.append(f"CAST(NULL AS {kind}) AS {name}")
        for name in (*NAMES, "outcome"):
            texts = [self._present(column) for column in found.get(name, [])]
            value = f"coalesce({', '.join(texts)})" if texts else "CAST(NULL AS VARCHAR)"
            value = renamed(value, getattr(mapping.values, name, {}))
            if name in STANDING:
                value = f"coalesce({value}, {quoted(getattr(mapping.defaults, name))})"
            self.fields.append(f"{value} AS {identifier(name)}")

    def _moment(self, name: str, columns: list[Column]) -> None:
        """A moment, in microseconds after midnight or after the epoch."""
        whole = [not (self.dated or column.kind == "TIME") or column.kind.startswith("TIMESTAMP") for column in columns]
        parts = [
            moment_of(column, self.formats.moments) if full else time_of(column, self.formats.times)
            for column, full in zip(columns, whole, strict=True)
        ]
        if any(whole):
            self.whole.add(name)
            if not all(whole):
                kinds = ", ".join(f"{column.sql} {column.kind}" for column in columns)
                expected = "columns that all have a date, or none"
                raise DataRefused([Fault(self.place, f"columns.{name}", kinds, expected)])
        self._add(name, "is not a moment" if any(whole) else "is not a time", columns, parts)
        if name == "arrival":
            self.rules.append(Rule("arrival is missing", "arrival IS NULL", "NULL"))

    def _add(self, name: str, wrong: str, columns: list[Column], parts: list[str]) -> None:
        """A field: the first of its columns that has a value; and the rule for texts that are none."""
        if not columns:
            self.fields.append(f"CAST(NULL AS BIGINT) AS {name}")
            return
        never = self.formats.zero_is_never and name in MOMENTS
        kept = [f"(CASE WHEN ({part}) % {DAY} <> 0 THEN {part} END)" if never else part for part in parts]
        self.fields.append(f"coalesce({', '.join(kept)}) AS {name}")
        bad = " ".join(
            f"WHEN ({part}) IS NULL AND {present} IS NOT NULL THEN {present}"
            for column, part in zip(columns, parts, strict=True)
            if (present := self._present(column, never))
        )
        self.fields.append(f"CASE {bad} END AS bad_{name}")
        self.rules.append(Rule(f"{name} {wrong}", f"bad_{name} IS NOT NULL", f"bad_{name}"))

    def _present(self, column: Column, never: bool = False) -> str:
        """The text of a value, nothing where it stands for no value, as zeros may."""
        text = f"trim({text_of(column)})"
        absent = ", ".join(quoted(value) for value in {"", *self.formats.absent})
        zeros = f" AND NOT {all_zero(text)}" if never else ""
        return f"(CASE WHEN {text} NOT IN ({absent}){zeros} THEN {text} END)"


def _after_midnight(whole: set[str]) -> str:
    """Moments as microseconds after the epoch; a time that is half a day before the arrival is of the next day."""
    kept = ", ".join(f"{name} AS {name}_0" for name in MOMENTS)
    base = f"coalesce(epoch_us(CAST(date AS TIMESTAMP)), {'NULL' if whole < {'arrival'} else 0})"
    moments = [f"arrival_0 + {'0' if 'arrival' in whole else 'base'} AS arrival"]
    for name in MOMENTS[1:]:
        if name in whole:
            moments.append(f"{name}_0 AS {name}")
            continue
        start = f"(arrival_0 - arrival_0 % {DAY})" if "arrival" in whole else "base"
        value = f"({name}_0 + {start})"
        late = f"{name}_0 < arrival_0 % {DAY} - {DAY // 2}"
        moments.append(f"{value} + CASE WHEN {late} THEN {DAY} ELSE 0 END AS {name}")
    inner = f"SELECT * EXCLUDE ({', '.join(MOMENTS)}), {kept}, {base} AS base FROM below"
    return f"SELECT * EXCLUDE ({', '.join(f'{m}_0' for m in MOMENTS)}, base), {', '.join(moments)} FROM ({inner})"


def _in_branch(mapping: Mapping) -> str:
    """Moments on the clock of the branch, and the midnight before the arrival; durations stay as they are."""
    zones = mapping.zones
    shift = "0"
    if zones.log != zones.branch:
        there = f"make_timestamp(arrival) AT TIME ZONE {quoted(zones.log)} AT TIME ZONE {quoted(zones.branch)}"
        shift = f"(epoch_us({there}) - arrival)"
    moved = ", ".join(f"{name} + shift AS {name}" for name in MOMENTS)
    inner = f"SELECT *, {shift} AS shift FROM below"
    inner = f"SELECT * EXCLUDE ({', '.join(MOMENTS)}, shift), {moved} FROM ({inner})"
    return f"SELECT *, arrival - ((arrival % {DAY}) + {DAY}) % {DAY} AS midnight FROM ({inner})"


def _with_outcome(mapping: Mapping, found: dict[str, list[Column]]) -> str:
    """What happened, and the moments that follow from durations."""
    wait = next((name for name in found if DURATIONS.get(name, ("",))[0] == "wait"), "NULL")
    service = next((name for name in found if DURATIONS.get(name, ("",))[0] == "service"), "NULL")
    cases = "".join(
        f" WHEN outcome IN ({', '.join(map(quoted, values))}) THEN {quoted(meaning)}"
        for meaning, values in mapping.outcomes.meanings().items()
        if values
    )
    derived = _derived(found, service)
    known = f"CASE WHEN outcome IS NULL THEN {derived}{cases} END" if cases else derived
    started = f"coalesce(started, ended - {service}, CASE WHEN meaning = '{SERVED}' THEN arrival + {wait} END)"
    inner = f"SELECT *, {known} AS meaning FROM below"
    gave_up = f"meaning = '{ABANDONED}'"
    odd = f"WHEN {gave_up} AND ended > coalesce(called, started) THEN '{CALLED_AND_ENDED}'"
    left = f"CASE WHEN {gave_up} THEN arrival + {wait} END"
    # Only a log that tells who was called tells that an end without a call is no service.
    if wait == "NULL" and "left_at" not in found and {"called", "started"} & set(found):
        uncalled = f"{gave_up} AND called IS NULL AND started IS NULL AND ended IS NOT NULL"
        odd += f" WHEN {uncalled} THEN '{LEFT_AT_END}'"
        left = f"CASE WHEN {uncalled} THEN ended END"
    inner = (
        f"SELECT * EXCLUDE (started, left_at), {started} AS started, CASE {odd} END AS oddity,"
        f" coalesce(left_at, {left}) AS left_at,"
        f" {wait} AS wait, {service} AS service FROM ({inner})"
    )
    return f"SELECT * EXCLUDE (ended), coalesce(ended, started + {service}) AS ended FROM ({inner})"


def _derived(found: dict[str, list[Column]], service: str) -> str:
    """What happened, where no column says it, from the moments that the log has."""
    signs = [name for name in ("started", "ended") if name in found] + [service] * (service != "NULL")
    if not signs:
        signs = [name for name in ("called",) if name in found]
    if not signs:
        return f"CASE WHEN left_at IS NOT NULL THEN '{ABANDONED}' ELSE '{SERVED}' END"
    called = f"WHEN called IS NOT NULL THEN '{NO_SHOW}'" if "called" in found else ""
    served = " OR ".join(f"{name} IS NOT NULL" for name in signs)
    left = f"WHEN left_at IS NOT NULL THEN '{ABANDONED}'"
    return f"CASE WHEN {served} THEN '{SERVED}' {left} {called} ELSE '{ABANDONED}' END"


def _clamped(mapping: Mapping) -> str:
    """Moments that the outcome has, none of them before the arrival by the little that clocks differ."""
    tolerance = round(mapping.formats.tolerance * MINUTE)
    has = {"called": f"meaning <> '{ABANDONED}'", "started": f"meaning <> '{ABANDONED}'"}
    has |= {"ended": f"meaning <> '{ABANDONED}'", "left_at": f"meaning <> '{SERVED}'"}
    kept = ", ".join(f"CASE WHEN {condition} THEN {name} END AS {name}" for name, condition in has.items())
    inner = f"SELECT * EXCLUDE ({', '.join(has)}), {kept} FROM below"
    first = ", ".join(
        f"CASE WHEN {name} >= arrival - {tolerance} THEN greatest({name}, arrival) ELSE {name} END AS {name}"
        for name in has
    )
    return f"SELECT * EXCLUDE ({', '.join(has)}), {first}, started AS begun FROM ({inner})"


def _rules(mapping: Mapping, found: dict[str, list[Column]]) -> Iterator[Rule]:
    """What cannot be of a row whose values can all be read; the first that holds is told."""
    for value in mapping.outcomes.left_out:
        yield Rule(f"outcome {value} is left out", f"outcome = {quoted(value)}", "outcome")
    yield Rule("outcome is unknown", "meaning IS NULL", "outcome")
    for name in ("wait", "service"):
        if any(DURATIONS.get(column, ("",))[0] == name for column in found):
            yield Rule(f"{name} is negative", f"{name} < 0", f"{name} / {MINUTE}")
    for name in MOMENTS[1:]:
        yield Rule(f"{name} is before arrival", f"{name} < arrival", _clock(name))
        yield Rule(f"{name} is more than a day after arrival", f"{name} > arrival + {DAY}", _clock(name))
    yield Rule("ended is before started", "ended < begun", _clock("ended"))
    yield Rule("ended is before called", "ended < called", _clock("ended"))
    for outcome, moments in mapping.required.items():
        for moment in moments:
            yield Rule(
                f"{outcome} without {moment}",
                f"meaning = {quoted(outcome)} AND {moment} IS NULL",
                "coalesce(outcome, meaning)",
            )


def _clock(name: str) -> str:
    return f"CAST(make_timestamp({name}) AS TIME)"


def _result(name: str) -> str:
    """A column of the ticket, out of the uppermost layer."""
    if name == "day":
        return "CAST(make_timestamp(midnight) AS DATE)"
    if name in MOMENTS:
        return f"({name} - midnight) / {float(MINUTE)}"
    return {"outcome": "meaning", "window_name": '"window"'}.get(name, identifier(name))
