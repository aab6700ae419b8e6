"""The days of a log: opening hours, day types, and which date is of which."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.calibration.arrivals import Floats
from optimizer.calibration.calendar import CalendarRules, DayFacts, day_type_of, facts_of_days
from optimizer.calibration.day_types import FEWEST, LearntDayType, LearntDayTypes, learn_day_types
from optimizer.calibration.log import NO_SHOW, TicketLog
from optimizer.calibration.quarter import Quarter
from optimizer.errors import DataRefused, Fault
from optimizer.problem import Branch
from optimizer.problem.calendar import WEEKDAYS, DayType, Weekday

DAY = 1440
OPEN_SHARE = 0.05
"""A period belongs to the opening hours if as many come in it as this share of those of the busiest period."""
OPEN_DATES = 0.5
"""A weekday is open if customers came on this share of its dates, holidays aside."""
OWN_PERIODS = 2
"""A weekday has hours of its own if it opens or closes so many periods from the others, or more."""
Hours = tuple[int, int]
"""Opening and closing [minutes after midnight]."""


@dataclass(frozen=True)
class LogDays:
    """The days of a log, and the day types that they make."""

    rules: CalendarRules
    facts: Mapping[date, DayFacts]
    """Of every date from the first to the last of the log."""
    customers: Mapping[date, int]
    """Of the dates that have any."""
    opening: Mapping[Weekday, Hours]
    day_types: Mapping[str, DayType]
    """In the order that decides; the days of each are those of the quarter that follows the log."""
    of_date: Mapping[date, str]
    """Day type of each date with customers; those of days taken for closed are absent."""
    quarter: Quarter
    learnt: LearntDayTypes | None
    """How the day types were found; None where they were given, or the days are too few to compare."""

    @property
    def hours(self) -> dict[str, Hours]:
        """Opening hours by day type."""
        return {name: self.opening[kind.weekdays[0]] for name, kind in self.day_types.items()}

    @property
    def seen(self) -> dict[str, int]:
        """Days of the log by day type."""
        return {name: list(self.of_date.values()).count(name) for name in self.day_types}

    @property
    def left_out(self) -> int:
        """Customers of days that are of no type."""
        return sum(n for day, n in self.customers.items() if day not in self.of_date)


def days_by_branch(log: TicketLog, branch: Branch, rules: CalendarRules) -> LogDays:
    """The days of a log, by the opening hours and day types of a branch."""
    facts, customers = _known(log, rules)
    opening = {weekday: (hours.open, hours.close) for weekday, hours in branch.opening.items()}
    quarter = following_quarter(max(customers))
    return LogDays(
        rules, facts, customers, opening, branch.day_types, _typed(branch.day_types, facts, customers), quarter, None
    )


def days_by_log(log: TicketLog, rules: CalendarRules, period: int) -> LogDays:
    """The days of a log, with the opening hours and day types that it shows itself.

    Opening hours are the periods in which at least a twentieth of the customers of the busiest period come; weekdays
    whose hours differ by a period have the same, as chance makes such differences.
    """
    facts, customers = _known(log, rules)
    dates = list(facts)
    counts = _by_period(log, dates, period)
    opening = _opening(list(facts.values()), counts, period)
    if not opening:
        raise DataRefused([Fault(log.source, "days", len(customers), "days on which customers come regularly")])
    first, last = min(h[0] for h in opening.values()), max(h[1] for h in opening.values())
    counts = counts[:, first // period : last // period]
    counts[[day.works_as not in opening for day in facts.values()]] = 0
    learnt = None
    if (counts.sum(axis=1) > 0).sum() >= FEWEST:
        learnt = learn_day_types(list(facts.values()), counts, opening)
        types: dict[str, DayType] = {kind.name: kind.of_branch(1) for kind in learnt.types}
    else:
        types = _by_hours(opening)
    quarter = following_quarter(max(customers))
    coming = _typed(types, facts_of_days(quarter.first, quarter.last, rules))
    days = {name: list(coming.values()).count(name) for name in types}
    types = {name: kind.replace(days=max(1, days[name])) for name, kind in types.items()}
    return LogDays(rules, facts, customers, opening, types, _typed(types, facts, customers), quarter, learnt)


def following_quarter(day: date) -> Quarter:
    """The quarter after that of a date."""
    number = (day.month + 2) // 3
    return Quarter(day.year + number // 4, number % 4 + 1)


def learnt_type(days: LogDays, name: str) -> LearntDayType | None:
    """What was learnt of a day type, where it was found in the log."""
    return next((kind for kind in days.learnt.types if kind.name == name), None) if days.learnt else None


def _known(log: TicketLog, rules: CalendarRules) -> tuple[dict[date, DayFacts], dict[date, int]]:
    found = log.arrays(
        "SELECT day, count(*) AS n FROM tickets WHERE outcome <> ? GROUP BY day ORDER BY day", (NO_SHOW,)
    )
    dates = found["day"].astype("datetime64[D]").astype(object)
    if not len(dates):
        raise DataRefused([Fault(log.source, "tickets", "none", "customers")])
    customers = {day: int(n) for day, n in zip(dates, found["n"], strict=True)}
    return facts_of_days(min(dates), max(dates), rules), customers


def _by_period(log: TicketLog, dates: list[date], period: int) -> Floats:
    """Customers; axes date, period from midnight to midnight."""
    found = log.arrays(
        "SELECT day, CAST(floor(arrival / ?) AS INT) AS period, count(*) AS n FROM tickets WHERE outcome <> ?"
        " AND arrival >= 0 AND arrival < 1440 GROUP BY ALL ORDER BY ALL",
        (period, NO_SHOW),
    )
    counts = np.zeros((len(dates), -(-DAY // period)))
    place = np.searchsorted(np.array(dates, "datetime64[D]"), found["day"].astype("datetime64[D]"))
    counts[place, found["period"]] = found["n"]
    return counts


def _opening(days: list[DayFacts], counts: Floats, period: int) -> dict[Weekday, Hours]:
    """Opening hours by weekday."""
    came = counts.sum(axis=1) > 0
    # A log of holidays alone tells the hours of holidays.
    usual = [not day.holiday for day in days]
    usual = usual if (came & np.array(usual)).any() else [True] * len(days)
    rows: dict[Weekday, NDArray[Any]] = {}
    for weekday in WEEKDAYS:
        mine = np.array([day.works_as == weekday for day in days]) & usual
        if mine.any() and came[mine].mean() >= OPEN_DATES:
            rows[weekday] = counts[mine & came]
    if not rows:
        return {}
    common = _span(np.concatenate(list(rows.values())))
    opening: dict[Weekday, Hours] = {}
    for weekday, row in rows.items():
        own = _span(row)
        far = max(abs(own[0] - common[0]), abs(own[1] - common[1])) >= OWN_PERIODS
        first, last = own if far else common
        opening[weekday] = first * period, min(last * period, DAY // period * period)
    return opening


def _span(counts: Floats) -> tuple[int, int]:
    """First period of the opening hours, and the one after the last."""
    mean = counts.mean(axis=0)
    busy = np.flatnonzero(mean >= OPEN_SHARE * mean.max())
    return int(busy[0]), int(busy[-1]) + 1


def _by_hours(opening: Mapping[Weekday, Hours]) -> dict[str, DayType]:
    """A day type for all weekdays of the same hours, where the days are too few to compare."""
    types = {}
    for hours in dict.fromkeys(opening.values()):
        weekdays = tuple(weekday for weekday in opening if opening[weekday] == hours)
        name = "every_day" if len(weekdays) == len(opening) else "_".join(weekday[:3] for weekday in weekdays)
        types[name] = DayType(days=1, weekdays=weekdays)
    return types


def _typed(
    types: Mapping[str, DayType], facts: Mapping[date, DayFacts], only: Mapping[date, int] | None = None
) -> dict[date, str]:
    # The rule asks for nothing of a branch but its day types.
    unchecked: Any = Branch.model_construct
    branch = unchecked(day_types=dict(types))
    found = {day: day_type_of(branch, known) for day, known in facts.items() if only is None or day in only}
    return {day: name for day, name in found.items() if name is not None}
