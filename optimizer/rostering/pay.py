"""What kind of minutes somebody works: ordinary, overtime, rest day, holiday. Knows no solver."""

from dataclasses import dataclass
from fractions import Fraction

from optimizer.rostering.problem import Roster, RosterProblem, working_week


@dataclass(frozen=True)
class Minutes:
    """Working minutes, each of one kind [minutes]."""

    ordinary: float
    """Within the normal minutes of the day and of the horizon."""
    overtime_of_day: int
    overtime_of_horizon: float
    """Ordinary ones of their day, but beyond those of the horizon; of a month, its share of them."""
    rest_day: int
    holiday: int

    @property
    def overtime(self) -> float:
        """All that are no ordinary ones."""
        return self.overtime_of_day + self.overtime_of_horizon + self.rest_day + self.holiday


@dataclass(frozen=True)
class Worked:
    """What one person works in the horizon."""

    total: Minutes
    months: dict[int, Minutes]
    """By number of the month."""


@dataclass(frozen=True)
class DayMinutes:
    """One day's minutes before the horizon is counted."""

    ordinary: int = 0
    overtime: int = 0
    rest_day: int = 0
    holiday: int = 0


def rest_days(problem: RosterProblem, name: str, roster: Roster) -> frozenset[int]:
    """Days worked that were due as rest: in each week the shortest beyond the days of a working week.

    Holidays do not count; of equally long days the later one is the rest day.
    """
    weeks: dict[int, list[tuple[int, int]]] = {}
    for d, day in enumerate(problem.days):
        kind = roster.shifts.get((name, d))
        if kind is not None and not day.holiday:
            weeks.setdefault(day.week, []).append((problem.kinds[kind].minutes, -d))
    pay, found = problem.people[name].pay, []
    for week, days in weeks.items():
        beyond = len(days) - working_week((day for day in problem.days if day.week == week), pay)
        found += [-d for _, d in sorted(days)[: max(0, beyond)]]
    return frozenset(found)


def worked(problem: RosterProblem, name: str, roster: Roster) -> Worked:
    """Minutes of each kind that a person works, in all and by month, as `Pay` defines them."""
    by_day = minutes_by_day(problem, name, roster)
    over = _beyond_normal(problem, name, by_day)
    months: dict[int, list[int]] = {}
    for d, day in enumerate(problem.days):
        months.setdefault(day.month, []).append(d)
    return Worked(
        _summed(by_day, range(len(by_day)), over),
        {month: _summed(by_day, days, over) for month, days in months.items()},
    )


def overtime_within(problem: RosterProblem, name: str, roster: Roster, first: int, last: int) -> Fraction:
    """Overtime from one day to another, both included: of days, rest days, holidays, and a share of the horizon's."""
    by_day = minutes_by_day(problem, name, roster)
    days = range(max(first, 0), min(last + 1, len(by_day)))
    share = Fraction(len(days), len(by_day)) * _beyond_normal(problem, name, by_day)
    return share + sum(by_day[d].overtime + by_day[d].rest_day + by_day[d].holiday for d in days)


def minutes_by_day(problem: RosterProblem, name: str, roster: Roster) -> list[DayMinutes]:
    """Minutes of each kind by day, overtime of the horizon still among the ordinary ones."""
    normal, rest = problem.people[name].pay.normal_a_day, rest_days(problem, name, roster)
    found = []
    for d, day in enumerate(problem.days):
        kind = roster.shifts.get((name, d))
        minutes = 0 if kind is None else problem.kinds[kind].minutes
        if day.holiday:
            found.append(DayMinutes(holiday=minutes))
        elif d in rest:
            found.append(DayMinutes(rest_day=minutes))
        else:
            found.append(DayMinutes(ordinary=min(minutes, normal), overtime=max(0, minutes - normal)))
    return found


def _beyond_normal(problem: RosterProblem, name: str, by_day: list[DayMinutes]) -> int:
    normal = problem.people[name].pay.normal
    return 0 if normal is None else max(0, sum(day.ordinary for day in by_day) - normal)


def _summed(by_day: list[DayMinutes], days: range | list[int], over: int) -> Minutes:
    share = over if len(days) == len(by_day) else over * len(days) / len(by_day)
    return Minutes(
        ordinary=sum(by_day[d].ordinary for d in days) - share,
        overtime_of_day=sum(by_day[d].overtime for d in days),
        overtime_of_horizon=share,
        rest_day=sum(by_day[d].rest_day for d in days),
        holiday=sum(by_day[d].holiday for d in days),
    )
