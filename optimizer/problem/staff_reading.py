"""Staff files in: people, leave and wishes as tables, rules of the roster as TOML, or every fault is reported."""

import re
from collections.abc import Iterator
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

from optimizer.errors import DataRefused, Fault
from optimizer.problem.branch import Branch
from optimizer.problem.calendar import WEEKDAYS, Weekday
from optimizer.problem.people import Skill
from optimizer.problem.quantities import format_clock
from optimizer.problem.reading import read_toml, validated
from optimizer.problem.staff import FORMS, ROSTER, Contract, Employee, Leave, RosterRules, Staff, Wish, parse_form
from optimizer.problem.tables import Row, Table, expected_columns

PEOPLE, LEAVE, WISHES = "people.csv", "leave.csv", "wishes.csv"
COLUMNS = {
    PEOPLE: (("name", "skills"), ("contract", "hours", "days_off", "worked_before")),
    LEAVE: (("name", "from", "to"), ("reason",)),
    WISHES: (("name", "from", "to", "wish", "weight"), ("shift",)),
}
"""Columns that a table has, and those that it may have."""
DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", re.ASCII)
WHOLE = re.compile(r"\d{1,3}", re.ASCII)
YEARS = range(1900, 2200)
LIST = "|"
WISHED = {"on": True, "off": False}


def read_roster_rules(folder: Path | str) -> RosterRules:
    """The rules of ``roster.toml``, or those of the law where there is no such file.

    Raises:
        DataRefused: with every fault found.
    """
    faults: list[Fault] = []
    rules = _rules(Path(folder), faults)
    if rules is None or faults:
        raise DataRefused(faults)
    return rules


def read_staff(folder: Path | str, branch: Branch) -> Staff | None:
    """The people of ``people.csv`` with their leave and wishes, or None where there is no such file.

    Args:
        folder: Instance folder; ``leave.csv``, ``wishes.csv`` and ``roster.toml`` may be absent.
        branch: The branch of that folder.

    Raises:
        DataRefused: with every fault found in the four files.
    """
    folder = Path(folder)
    faults: list[Fault] = []
    rules = _rules(folder, faults)
    there = (folder / PEOPLE).exists()
    for file in (LEAVE, WISHES):
        if not there and (folder / file).exists():
            faults.append(Fault(PEOPLE, "file", "absent", f"the people of {file}"))
    if not there and not faults:
        return None
    people = _people(_table(folder, PEOPLE, faults), branch, rules) if there else None
    leave = tuple(_leave(_table(folder, LEAVE, faults), people))
    wishes = tuple(_wishes(_table(folder, WISHES, faults), people, branch))
    if faults or people is None:
        raise DataRefused(faults)
    return Staff(people=people, leave=leave, wishes=wishes)


def _rules(folder: Path, faults: list[Fault]) -> RosterRules | None:
    path = folder / ROSTER
    raw = read_toml(path, faults) if path.exists() else {}
    if raw is None:
        return None
    refused = [*_numbers_for_clocks(raw), *_half_sequences(raw)]
    faults += refused
    rules = validated(RosterRules, raw, ROSTER, {}, faults)
    return None if refused else rules


def _numbers_for_clocks(raw: dict[str, Any]) -> list[Fault]:
    """Times of day that are numbers, taken out: inside the program they would be minutes."""
    keys = [key for key in ("late_from", "early_until") if key in raw and not isinstance(raw[key], str)]
    return [Fault(ROSTER, key, raw.pop(key), 'a time of day as "HH:MM"') for key in keys]


def _half_sequences(raw: dict[str, Any]) -> list[Fault]:
    """Forbidden sequences that are not of two shifts, taken out."""
    given = raw.get("forbidden")
    if not isinstance(given, list):
        return []
    whole = [isinstance(pair, list) and len(pair) == 2 for pair in given]
    raw["forbidden"] = [pair for pair, kept in zip(given, whole, strict=True) if kept]
    return [
        Fault(ROSTER, f"forbidden.{number}", given[number], 'two shifts, such as ["late", "early"]')
        for number, kept in enumerate(whole)
        if not kept
    ]


def _table(folder: Path, file: str, faults: list[Fault]) -> Table:
    """The rows of a file by column, in any order of columns, cells trimmed; none where it is absent or refused."""
    required, optional = COLUMNS[file]
    table = Table(file, (*required, *optional), faults, {}, [])

    def in_any_order(header: list[str]) -> None:
        if set(header) - set(table.columns) or set(required) - set(header) or len(set(header)) < len(header):
            expected = f"the columns {','.join(required)}, and of {','.join(optional)} those that are wanted"
            table.give_up("line 1", ",".join(header), expected_columns(header, expected))

    if (folder / file).exists():
        table.read(folder / file, in_any_order)
    blank = dict.fromkeys(table.columns, "")
    table.rows = [(line, blank | {column: cell.strip() for column, cell in row.items()}) for line, row in table.rows]
    return table


# People


def _people(table: Table, branch: Branch, rules: RosterRules | None) -> dict[str, Employee] | None:
    """Everybody by name, those of refused rows too, that their leave is not refused as well; None: no table."""
    if table.readable and table.whole and not table.rows:
        table.give_up("file", "no rows", "a row for each person")
    lines: dict[str, int] = {}
    found: dict[str, Employee] = {}
    for line, row in table.rows:
        name = row["name"]
        if not name:
            table.refuse(line, "name", name, "a name")
        elif name in lines:
            table.refuse(line, "name", name, f"each name once; line {lines[name]} has it")
        lines.setdefault(name, line)
        skills = _skills(table, line, row, branch)
        contract = row["contract"] or "full_time"
        given = _contract(table, line, contract, [branch.skills[skill] for skill in skills], rules)
        hours, days_off = _hours(table, line, row, given), _days_off(table, line, row)
        worked = _whole(table, line, row, "worked_before")
        if name and name not in found:
            found[name] = Employee(
                name=name,
                skills=skills or tuple(branch.skills)[:1],
                contract=contract if given is not None else "full_time",
                hours=hours,
                days_off=days_off,
                worked_before=worked,
            )
    return found if table.readable and table.whole else None


def _items(cell: str) -> list[str]:
    return [item for part in cell.split(LIST) if (item := part.strip())]


def _skills(table: Table, line: int, row: Row, branch: Branch) -> tuple[str, ...]:
    """The skills that the branch knows."""
    if not (named := _items(row["skills"])):
        table.refuse(line, "skills", row["skills"], f"skills of branch.toml, with {LIST} between them")
    for name in named:
        if name not in branch.skills:
            table.refuse_name(line, "skills", name, f"a skill of branch.toml, one of: {', '.join(branch.skills)}")
    return tuple(dict.fromkeys(name for name in named if name in branch.skills))


def _contract(table: Table, line: int, name: str, skills: list[Skill], rules: RosterRules | None) -> Contract | None:
    """The contract, known and with shifts that some skill of the person has; None where that is not sure."""
    if rules is None:
        return None
    if name not in rules.contracts:
        table.refuse_name(line, "contract", name, f"a contract, one of: {', '.join(rules.contracts)}")
        return None
    contract = rules.contracts[name]
    if skills and not any(_has_shifts(skill, contract) for skill in skills):
        expected = f"a contract whose shifts the skills have: none of theirs is {contract.shifts}, by part_time_below"
        table.refuse(line, "contract", name, expected)
    return contract


def _has_shifts(skill: Skill, contract: Contract) -> bool:
    short = [hours < skill.shifts.part_time_below for hours in skill.shifts.lengths]
    return contract.shifts == "any" or (any(short) if contract.shifts == "short" else not all(short))


def _hours(table: Table, line: int, row: Row, contract: Contract | None) -> float | None:
    """Hours a week, above 0 and no more than the contract's."""
    if not row["hours"]:
        return None
    hours = _number(row["hours"])
    most = contract.hours if contract is not None else 168.0
    if hours is not None and 0 < hours <= most:
        return hours
    table.refuse(line, "hours", row["hours"], f"hours a week above 0, at most {most:g} as the contract has it")
    return None


def _days_off(table: Table, line: int, row: Row) -> tuple[Weekday, ...]:
    named = [item.lower() for item in _items(row["days_off"])]
    for name in named:
        if name not in WEEKDAYS:
            table.refuse(line, "days_off", name, f"weekdays with {LIST} between them: {', '.join(WEEKDAYS)}")
    off = tuple(day for day in WEEKDAYS if day in named)
    if len(off) == len(WEEKDAYS):
        table.refuse(line, "days_off", row["days_off"], "a day of the week on which the person can work")
    return off


# Leave and wishes


def _leave(table: Table, people: dict[str, Employee] | None) -> Iterator[Leave]:
    for line, row in table.rows:
        _known(table, line, row, people)
        if (span := _span(table, line, row)) is not None:
            yield Leave(person=row["name"], first=span[0], last=span[1], reason=row["reason"] or "leave")


def _wishes(table: Table, people: dict[str, Employee] | None, branch: Branch) -> Iterator[Wish]:
    for line, row in table.rows:
        person = _known(table, line, row, people)
        span, form = _span(table, line, row), _form(table, line, row, person, branch)
        wanted = WISHED.get(row["wish"].lower())
        if wanted is None:
            table.refuse(line, "wish", row["wish"], "on or off")
        price = _number(row["weight"])
        if price is None or price < 0:
            table.refuse(line, "weight", row["weight"], "yuan, a number of at least 0")
        elif span is not None and form is not None and wanted is not None:
            yield Wish(person=row["name"], first=span[0], last=span[1], form=form, wanted=wanted, price=price)


def _known(table: Table, line: int, row: Row, people: dict[str, Employee] | None) -> Employee | None:
    """The person of a row; a fault where people.csv could be read and has no such name."""
    if people is not None and row["name"] not in people:
        table.refuse_name(line, "name", row["name"], f"a name of {PEOPLE}")
    return None if people is None else people.get(row["name"])


def _span(table: Table, line: int, row: Row) -> tuple[date, date] | None:
    first, last = _date(table, line, row, "from"), _date(table, line, row, "to")
    if first is None or last is None:
        return None
    if last < first:
        table.refuse(line, "to", row["to"], f"{first} or later")
        return None
    return first, last


def _form(table: Table, line: int, row: Row, person: Employee | None, branch: Branch) -> str | None:
    """The shifts of a wish; a single shift is one that the person's skills have."""
    try:
        form = parse_form(row["shift"] or "any")
    except ValueError as error:
        table.refuse(line, "shift", row["shift"], str(error))
        return None
    if form not in FORMS and person is not None:
        skills = [branch.skills[name] for name in person.skills]
        if not any(form in _shift_times(skill) for skill in skills):
            expected = f"{', '.join(FORMS)}, or start and end of a shift that {' or '.join(person.skills)} has"
            table.refuse(line, "shift", row["shift"], expected)
            return None
    return form


def _shift_times(skill: Skill) -> set[str]:
    """Start and end of every shift that the rules of a skill permit."""
    rules = skill.shifts
    return {
        f"{format_clock(start)}-{format_clock(start + round(60 * hours))}"
        for start in range(rules.earliest_start, rules.latest_end, max(round(rules.start_step), 1))
        for hours in rules.lengths
        if start + round(60 * hours) <= rules.latest_end
    }


# Cells


def _date(table: Table, line: int, row: Row, column: str) -> date | None:
    """The date of a cell, or None where it is refused; spreadsheets write 2027/1/5 for 2027-01-05."""
    match = DATE.fullmatch(row[column])
    try:
        if match is not None and int(match[1]) in YEARS:
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass
    table.refuse(line, column, row[column], 'a date as "YYYY-MM-DD"')
    return None


def _number(cell: str) -> float | None:
    """A finite number, or None."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if isfinite(value) else None


def _whole(table: Table, line: int, row: Row, column: str) -> int:
    """A whole number from 0 to 999; 0 for an empty cell or one that is refused."""
    if WHOLE.fullmatch(row[column]):
        return int(row[column])
    if row[column]:
        table.refuse(line, column, row[column], "a whole number from 0 to 999")
    return 0
