"""Employee shift-scheduling instances in the text format of Curtois and Qu, as roster problems.

A file has sections, each a line ``SECTION_...`` and rows of values between commas; lines that begin with # are
comments. The horizon begins on a Monday; runs of work and of days off that touch its ends may go on beyond them.

Source:
    Curtois and Qu (2014), Computational results on new staff scheduling benchmark instances.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from optimizer.errors import DataRefused, Fault
from optimizer.rostering.problem import (
    Day,
    DaysOff,
    LeastDaysInARow,
    LeastDaysOffInARow,
    MinutesWithin,
    MostDaysInARow,
    MostOfKind,
    MostWeekends,
    Need,
    Option,
    Person,
    Request,
    RosterProblem,
    Rule,
    ShiftKind,
)

SECTIONS = {
    "SECTION_HORIZON": "days",
    "SECTION_SHIFTS": "shift, minutes, shifts that must not follow",
    "SECTION_STAFF": "person, most shifts by kind, most minutes, least minutes, most in a row, least in a row, "
    "least days off in a row, most weekends",
    "SECTION_DAYS_OFF": "person, days",
    "SECTION_SHIFT_ON_REQUESTS": "person, day, shift, weight",
    "SECTION_SHIFT_OFF_REQUESTS": "person, day, shift, weight",
    "SECTION_COVER": "day, shift, people, weight under, weight over",
}
WIDTHS = {
    "SECTION_HORIZON": (1, 1),
    "SECTION_SHIFTS": (2, 3),
    "SECTION_STAFF": (8, 8),
    "SECTION_DAYS_OFF": (1, None),
    "SECTION_SHIFT_ON_REQUESTS": (4, 4),
    "SECTION_SHIFT_OFF_REQUESTS": (4, 4),
    "SECTION_COVER": (5, 5),
}
NEEDED = ("SECTION_HORIZON", "SECTION_SHIFTS", "SECTION_STAFF", "SECTION_COVER")
T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """Values of one line."""

    line: int
    values: list[str]


@dataclass
class Instance:
    """What is read so far, and what is wrong with it."""

    file: str
    faults: list[Fault] = field(default_factory=list)
    days: int = 0
    kinds: dict[str, ShiftKind] = field(default_factory=dict)
    followers: list[tuple["Row", str, str]] = field(default_factory=list)
    """Shifts that must not follow, as they are named; they may be described further down."""
    rules: dict[str, list[Rule]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    needs: dict[tuple[int, str], Need] = field(default_factory=dict)

    def refuse(self, line: int, value: object, expected: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(self.file, f"line {line}", value, expected))

    def number(self, row: Row, place: int, least: int = 0) -> int:
        """A whole number out of a row; ``least`` where there is none, and the fault is noted."""
        text = row.values[place]
        if text.isascii() and text.isdigit() and int(text) >= least:
            return int(text)
        self.refuse(row.line, text, f"a whole number, at least {least}")
        return least

    def known(self, row: Row, text: str, names: dict[str, T], what: str) -> bool:
        """Whether a name is known; if not, the fault is noted."""
        if text not in names:
            self.refuse(row.line, text, f"a {what} of the file")
        return text in names

    def day(self, row: Row, text: str) -> int | None:
        """A day of the horizon."""
        if text.isascii() and text.isdigit() and int(text) < self.days:
            return int(text)
        self.refuse(row.line, text, f"a day, 0 to {self.days - 1}")
        return None


def read_shift_scheduling(path: str | Path) -> RosterProblem:
    """Read an instance.

    Args:
        path: Of the text file.

    Returns:
        The problem: one option a day, prices are the weights of the file, nobody is paid.

    Raises:
        DataRefused: With every fault found, its line, what stands there and what was expected.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataRefused([Fault(path.name, "file", str(error), "a text file in UTF-8")]) from error
    instance = Instance(path.name)
    rows = _sections(instance, text)
    for section, read in READERS.items():
        for row in rows.get(section, []):
            if _wide_enough(instance, section, row):
                read(instance, row)
    for row, _, after in instance.followers:
        instance.known(row, after, instance.kinds, "shift")
    if instance.faults:
        raise DataRefused(sorted(instance.faults, key=_line))
    return _problem(instance)


def _line(fault: Fault) -> int:
    """Number of the line; 0 where there is none."""
    return int(fault.place.removeprefix("line ")) if fault.place.startswith("line ") else 0


def _sections(instance: Instance, text: str) -> dict[str, list[Row]]:
    """Rows by section."""
    found: dict[str, list[Row]] = {}
    rows: list[Row] | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("SECTION_"):
            if line not in SECTIONS:
                instance.refuse(number, line, f"one of {', '.join(SECTIONS)}")
            elif line in found:
                instance.refuse(number, line, "every section once")
            rows = found.setdefault(line, [])
        elif rows is None:
            instance.refuse(number, line, "a section before the first row")
        else:
            rows.append(Row(number, [value.strip() for value in line.split(",")]))
    for section in NEEDED:
        if not found.get(section):
            instance.faults.append(Fault(instance.file, section, "nothing", f"rows of {SECTIONS[section]}"))
    if len(found.get("SECTION_HORIZON", [])) > 1:
        instance.refuse(found["SECTION_HORIZON"][1].line, "a second row", "one number of days")
    return found


def _wide_enough(instance: Instance, section: str, row: Row) -> bool:
    least, most = WIDTHS[section]
    fits = len(row.values) >= least and (most is None or len(row.values) <= most)
    if not fits:
        instance.refuse(row.line, ",".join(row.values), SECTIONS[section])
    return fits


def _horizon(instance: Instance, row: Row) -> None:
    instance.days = instance.number(row, 0, least=1)


def _shift(instance: Instance, row: Row) -> None:
    name = row.values[0]
    if name in instance.kinds or not name:
        instance.refuse(row.line, name, "a new name of a shift")
        return
    instance.kinds[name] = ShiftKind(name, instance.number(row, 1, least=1))
    followers = row.values[2] if len(row.values) > 2 else ""
    instance.followers += [(row, name, after.strip()) for after in followers.split("|") if after.strip()]


def _staff(instance: Instance, row: Row) -> None:
    name = row.values[0]
    if name in instance.rules or not name:
        instance.refuse(row.line, name, "a new name of a person")
        return
    most, least = instance.number(row, 2), instance.number(row, 3)
    if least > most:
        instance.refuse(row.line, least, f"least minutes of at most {most}")
    rules: list[Rule] = [MinutesWithin(0, instance.days - 1, least, most)]
    rules += _most_of_kinds(instance, row)
    rules.append(MostDaysInARow(instance.number(row, 4, least=1)))
    rules.append(LeastDaysInARow(instance.number(row, 5)))
    rules.append(LeastDaysOffInARow(instance.number(row, 6)))
    rules.append(MostWeekends(instance.number(row, 7)))
    instance.rules[name] = rules


def _most_of_kinds(instance: Instance, row: Row) -> Iterator[MostOfKind]:
    """Limits by kind of a row of staff: ``E=14|L=0``."""
    for part in row.values[1].split("|"):
        kind, sign, text = (piece.strip() for piece in part.partition("="))
        if not (sign and text.isascii() and text.isdigit()):
            instance.refuse(row.line, part, "a shift and the most of it, like E=14")
        elif instance.known(row, kind, instance.kinds, "shift"):
            yield MostOfKind(kind, int(text))


def _days_off(instance: Instance, row: Row) -> None:
    name, *days = row.values
    numbers = [instance.day(row, day) for day in days if day]
    if instance.known(row, name, instance.rules, "person"):
        instance.rules[name].append(DaysOff(frozenset(day for day in numbers if day is not None)))


def _wish(instance: Instance, row: Row, wanted: bool) -> None:
    name, kind = row.values[0], row.values[2]
    day, weight = instance.day(row, row.values[1]), instance.number(row, 3)
    known = instance.known(row, name, instance.rules, "person"), instance.known(row, kind, instance.kinds, "shift")
    if all(known) and day is not None:
        instance.requests.append(Request(name, day, frozenset({kind}), wanted, float(weight)))


def _on_request(instance: Instance, row: Row) -> None:
    _wish(instance, row, wanted=True)


def _off_request(instance: Instance, row: Row) -> None:
    _wish(instance, row, wanted=False)


def _cover(instance: Instance, row: Row) -> None:
    kind, day = row.values[1], instance.day(row, row.values[0])
    need = Need(instance.number(row, 2), float(instance.number(row, 3)), float(instance.number(row, 4)))
    if not instance.known(row, kind, instance.kinds, "shift") or day is None:
        return
    if (day, kind) in instance.needs:
        instance.refuse(row.line, ",".join(row.values[:2]), "every day and shift once")
    instance.needs[day, kind] = need


READERS: dict[str, Callable[[Instance, Row], None]] = {
    "SECTION_HORIZON": _horizon,
    "SECTION_SHIFTS": _shift,
    "SECTION_STAFF": _staff,
    "SECTION_DAYS_OFF": _days_off,
    "SECTION_SHIFT_ON_REQUESTS": _on_request,
    "SECTION_SHIFT_OFF_REQUESTS": _off_request,
    "SECTION_COVER": _cover,
}


def _problem(instance: Instance) -> RosterProblem:
    """The problem of an instance without faults; a shift that a day's cover does not name is wanted by nobody."""
    nobody = Need(0, 0.0, 0.0)
    days = tuple(
        Day(
            options=(Option("cover", 0.0, {kind: instance.needs.get((d, kind), nobody) for kind in instance.kinds}),),
            week=d // 7,
            month=0,
            weekend=d % 7 >= 5,
        )
        for d in range(instance.days)
    )
    people = {name: Person(name, rules=tuple(rules)) for name, rules in instance.rules.items()}
    return RosterProblem(
        kinds=instance.kinds,
        days=days,
        people=people,
        forbidden=frozenset((kind, after) for _, kind, after in instance.followers),
        requests=tuple(instance.requests),
    )
