"""What every date is: weekday, public holiday, eve, make-up working day, pay day; and of which day type of a branch.

Public holidays are those of the library ``holidays``. What a planner says of a date in a table goes before it.
"""

import calendar as gregorian
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, get_args

from optimizer.errors import DataRefused, Fault
from optimizer.problem import Branch
from optimizer.problem.calendar import WEEKDAYS, DayType, Weekday

FARTHEST = 60
"""Distances to holidays are told up to so many days."""
EDGE = 2
"""Working days at each end of a month that count as its start and its end."""

Kind = Literal["holiday", "make_up", "ordinary", "closed", "pay_day", "bill_day"]
KINDS: tuple[Kind, ...] = get_args(Kind)
RELATIONS: tuple[Kind, ...] = ("holiday", "make_up", "ordinary")
"""Of these a date can be one only."""


@dataclass(frozen=True)
class Override:
    """What a planner says of one date; it goes before what the library knows."""

    date: date
    kind: Kind
    """``holiday``; ``make_up``, a working day at the weekend; ``ordinary``, neither of them; ``closed``, the branch is;
    ``pay_day``; ``bill_day``."""
    name: str = ""


@dataclass(frozen=True)
class CalendarRules:
    """Where the facts of a date come from."""

    country: str = "CN"
    """Code of a country, and of a part of it where its holidays differ: ``CN``, ``IL``, ``DE-BY``."""
    pay_days: tuple[int, ...] = ()
    """Days of the month on which wages or pensions are paid; one that falls on a day off moves to the working day
    before."""
    bill_days: tuple[int, ...] = ()
    """Days of the month on which utility bills are due; they move as pay days do."""
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True)
class DayFacts:
    """What one date is, whatever the branch."""

    date: date
    weekday: Weekday
    works_as: Weekday
    """The weekday whose hours and customers it has: its own, but that of the nearer working day for a make-up day,
    Friday for a Saturday and Monday for a Sunday."""
    working: bool
    """Neither a public holiday nor a weekend, or a make-up day."""
    holiday: bool
    eve: bool
    """The last working day before a public holiday that takes a working day away."""
    make_up: bool
    """A working day at the weekend, in exchange for a day off."""
    after: bool
    """The first working day after such a holiday."""
    name: str
    """Of the holiday, or as the planner calls the day."""
    closed: bool
    """The planner says that the branch is closed."""
    pay_day: bool
    bill_day: bool
    month_start: bool
    """One of the first two working days of the month."""
    month_end: bool
    """One of the last two working days of the month."""
    days_to_holiday: int
    """Days to the next holiday that takes a working day away, 0 on it, at most 60."""
    days_since_holiday: int
    provisional: bool
    """The holidays of its year are not fully published."""


def facts_of_days(first: date, last: date, rules: CalendarRules = CalendarRules()) -> dict[date, DayFacts]:
    """What every date from the first to the last is.

    Args:
        first: First date.
        last: Last date.
        rules: Country, pay days, bill days and what the planner knows.

    Raises:
        DataRefused: where the library knows no such country.

    Assumptions:
        A make-up working day is worked like the working day next to it (Saturday like Friday, Sunday like Monday): the
        notices of the State Council exchange days off, they do not say which weekday is worked.

    >>> facts = facts_of_days(date(2024, 9, 29), date(2024, 10, 1))
    >>> [(day.weekday, day.make_up, day.eve, day.holiday) for day in facts.values()]
    [('sunday', True, False, False), ('monday', False, True, False), ('tuesday', False, False, True)]
    """
    days = [first + timedelta(n) for n in range(-FARTHEST, (last - first).days + FARTHEST + 1)]
    base = _base(days, rules)
    taking = [base.holidays[day] != "" and day.weekday() not in base.weekend for day in days]
    eves, afters = _beside(days, base.working, taking)
    marks = _marks(days, base.working, rules)
    to, since = _distances(taking[::-1])[::-1], _distances(taking)
    unsure = provisional_years(rules, {day.year for day in days})
    return {
        day: DayFacts(
            date=day,
            weekday=WEEKDAYS[day.weekday()],
            works_as=_works_as(day, day in base.make_up),
            working=base.working[day],
            holiday=bool(base.holidays[day]),
            eve=day in eves,
            make_up=day in base.make_up,
            after=day in afters,
            name=base.names.get(day) or base.holidays[day],
            closed=(day, "closed") in marks,
            pay_day=(day, "pay_day") in marks,
            bill_day=(day, "bill_day") in marks,
            month_start=(day, "month_start") in marks,
            month_end=(day, "month_end") in marks,
            days_to_holiday=ahead,
            days_since_holiday=behind,
            provisional=day.year in unsure,
        )
        for day, ahead, behind in zip(days, to, since, strict=True)
        if first <= day <= last
    }


def provisional_years(rules: CalendarRules, years: Iterable[int]) -> dict[int, str]:
    """Years whose holidays are not fully known, and why.

    Where working days are exchanged for days off by a yearly notice, as in China, a year after the last notice that the
    library has is provisional, unless the planner's table has make-up days for it: the library itself then gives the
    statutory holidays alone and says nothing.

    >>> sorted(provisional_years(CalendarRules("CN"), [2024, 2090]))
    [2090]
    """
    asked = sorted(set(years))
    country = _country(rules.country, asked)
    known = {day.year for day in country}
    notices = getattr(country, "special_public_holidays", {})
    noticed = [year for year, entries in notices.items() if any(len(entry) > 3 for entry in _entries(entries))]
    told = {override.date.year for override in rules.overrides if override.kind == "make_up"}
    unsure: dict[int, str] = {}
    for year in asked:
        if year not in known:
            unsure[year] = f"no holidays of {rules.country} are known for {year}"
        elif noticed and year > max(noticed) and year not in told:
            unsure[year] = (
                f"the make-up working days of {year} in {rules.country} are not known: holidays are the statutory ones"
            )
    return unsure


def day_type_of(branch: Branch, facts: DayFacts) -> str | None:
    """The day type of a date, or None where the branch is closed.

    A date belongs to the first day type, in the order of the file, of which every condition given holds; where none
    does, or the planner says so, the branch is closed.

    A make-up working day is asked as the weekday it is worked as, with the opening hours of that day type. A day type
    of make-up days goes by its own weekday too, so it may list Saturday and Sunday or the working days. Where no day
    type of make-up days fits, they count as ordinary working days: a branch that is closed at weekends opens on them.
    """
    return day_type_among(branch.day_types, facts)


def day_type_among(day_types: Mapping[str, DayType], facts: DayFacts) -> str | None:
    """The day type of a date as ``day_type_of`` has it, where there is no branch yet."""
    if facts.closed:
        return None
    named = facts.make_up and any(t.holiday == "make_up" and _fits(t, facts) for t in day_types.values())
    for name, day_type in day_types.items():
        if _fits(day_type, facts) and _relates(day_type, facts, named):
            return name
    return None


def _fits(day_type: DayType, facts: DayFacts) -> bool:
    """Whether the conditions on weekday and day of the month hold."""
    weekdays = {facts.works_as, facts.weekday} if day_type.holiday == "make_up" else {facts.works_as}
    return bool(weekdays & set(day_type.weekdays)) and (
        not day_type.days_of_month or facts.date.day in day_type.days_of_month
    )


def _relates(day_type: DayType, facts: DayFacts, named: bool) -> bool:
    """Whether the condition on holidays holds; ``named``: the branch has a day type for this make-up day."""
    return {
        "any": True,
        "none": not (facts.holiday or facts.eve or named),
        "eve": facts.eve,
        "holiday": facts.holiday,
        "make_up": facts.make_up,
    }[day_type.holiday]


@dataclass(frozen=True)
class _Base:
    """What the library and the planner say of each date."""

    weekend: frozenset[int]
    holidays: dict[date, str]
    """Name of the holiday, or nothing."""
    make_up: frozenset[date]
    working: dict[date, bool]
    names: dict[date, str]
    """As the planner calls a date."""


def _base(days: list[date], rules: CalendarRules) -> _Base:
    country = _country(rules.country, range(days[0].year, days[-1].year + 1))
    said = {o.date: o for o in rules.overrides if o.kind in RELATIONS}
    weekend = frozenset(country.weekend)
    holidays: dict[date, str] = {}
    make_up = set()
    for day in days:
        kind = said[day].kind if day in said else None
        known = country.get(day, "") if kind is None else ""
        holidays[day] = (said[day].name or "holiday") if kind == "holiday" else known
        if kind == "make_up" or (kind is None and day in country.weekend_workdays):
            make_up.add(day)
    # What is a working day is asked of the weekday: a make-up day moved by the planner may fall on any.
    working = {day: day in make_up or (not holidays[day] and day.weekday() not in weekend) for day in days}
    names = {override.date: override.name for override in rules.overrides if override.name}
    return _Base(weekend, holidays, frozenset(make_up), working, names)


def _country(code: str, years: Iterable[int]) -> Any:
    import holidays

    name, _, part = code.partition("-")
    try:
        return holidays.country_holidays(name, subdiv=part or None, years=list(years), language="en_US")
    except NotImplementedError:
        expected = "a country of the library holidays, with a part of it if need be, such as CN, IL or DE-BY"
        raise DataRefused([Fault("calendar", "country", code, expected)]) from None


def _entries(entries: Any) -> tuple[tuple[Any, ...], ...]:
    """The special days of a year: one entry or several."""
    return entries if entries and isinstance(entries[0], tuple) else (entries,)


def _works_as(day: date, make_up: bool) -> Weekday:
    number = day.weekday()
    return WEEKDAYS[{5: 4, 6: 0}.get(number, number) if make_up else number]


def _beside(days: list[date], working: Mapping[date, bool], taking: list[bool]) -> tuple[set[date], set[date]]:
    """Last working days before, and first ones after, the holidays that take a working day away."""
    eves, afters = set(), set()
    for n in (n for n, takes in enumerate(taking) if takes):
        eves.add(next((day for day in days[n::-1] if working[day]), None))
        afters.add(next((day for day in days[n:] if working[day]), None))
    return {day for day in eves if day}, {day for day in afters if day}


def _distances(taking: list[bool]) -> list[int]:
    """Days since the last that takes, in the order given."""
    found, distance = [], FARTHEST
    for takes in taking:
        distance = 0 if takes else min(distance + 1, FARTHEST)
        found.append(distance)
    return found


def _marks(days: list[date], working: Mapping[date, bool], rules: CalendarRules) -> set[tuple[date, str]]:
    """Dates with what marks them: pay day, bill day, start or end of the month, closed."""
    marks: set[tuple[date, str]] = {(o.date, o.kind) for o in rules.overrides if o.kind not in RELATIONS}
    months: dict[tuple[int, int], list[date]] = defaultdict(list)
    for day in days:
        if working[day]:
            months[day.year, day.month].append(day)
    for (year, month), open_days in months.items():
        marks.update((day, "month_start") for day in open_days[:EDGE])
        marks.update((day, "month_end") for day in open_days[-EDGE:])
        length = gregorian.monthrange(year, month)[1]
        for kind, numbers in (("pay_day", rules.pay_days), ("bill_day", rules.bill_days)):
            due = {date(year, month, min(number, length)) for number in numbers}
            earlier = (next((day for day in reversed(days) if day <= d and working[day]), None) for d in due)
            marks.update((day, kind) for day in earlier if day)
    return marks
