"""What a contract and the law mean for one person: kinds of shift, rules, pay."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from optimizer.problem import Branch, Contract, RosterRules, Shift, Skill
from optimizer.rostering.problem import (
    Day,
    MinutesWithin,
    MostDaysInARow,
    MostDaysWithin,
    MostOvertimeWithin,
    Pay,
    Rule,
    ShiftKind,
)


@dataclass(frozen=True)
class CalendarDay:
    """What one date of the quarter is."""

    date: date
    day_type: str | None
    """None: the branch is closed."""
    working: bool
    """Whether salaries count it: Monday to Friday less public holidays, and make-up days."""
    holiday: bool
    """Whether work on it is paid as on a public holiday."""


SATURDAY = 5


def exchanged(day: CalendarDay) -> int:
    """By how many days a date makes the working days of its week more: 1 for a make-up day, -1 for a day off."""
    weekend = day.date.weekday() >= SATURDAY
    return int(day.working and weekend) - int(not day.working and not weekend)


@dataclass(frozen=True)
class Terms:
    """A contract as it is for one person: hours of the week, and the skill that is paid."""

    contract: Contract
    skill: Skill
    """The dearest."""
    hours: float
    """Hours a week."""

    @classmethod
    def of(
        cls, branch: Branch, rules: RosterRules, skills: Sequence[str], contract: str, hours: float | None = None
    ) -> "Terms":
        """The terms of somebody with these skills."""
        given = rules.contracts[contract]
        dearest = max((branch.skills[name] for name in skills), key=lambda skill: skill.wage)
        return cls(given, dearest, given.hours if hours is None else hours)


def paid_minutes(skill: Skill, shift: Shift) -> int:
    """Working time of a shift that is paid [minutes]."""
    unpaid = 0 if skill.shifts.meal is None or skill.shifts.meal.paid else shift.meal_minutes
    return shift.end - shift.start - unpaid


def works_kind(contract: Contract, rules: RosterRules, skill: Skill, kind: ShiftKind) -> bool:
    """Whether a contract permits a kind of shift of a skill: short or long, and no more overtime than the day has."""
    short = is_short(skill, kind)
    if contract.shifts != "any" and short != (contract.shifts == "short"):
        return False
    return kind.minutes <= 60 * (rules.normal_hours + rules.overtime_a_day) + 1e-9


def is_short(skill: Skill, kind: ShiftKind) -> bool:
    """Whether a shift is one of part time, breaks included."""
    return (kind.end or 0) - (kind.start or 0) < 60 * skill.shifts.part_time_below


def pay_of(terms: Terms, rules: RosterRules, working_days: int, days_on_leave: int = 0) -> Pay:
    """What somebody is paid in a quarter.

    A salary is the wage of the contract's hours on every working day, worked or not. Of these hours the skill's share
    of shrinkage is lost to leave, illness and training, or the leave that is known where that is more; what is planned
    beyond the rest is overtime. Who is paid by the hour costs what the shift costs a branch that has no roster: wage,
    premium of part time, and those paid for being away.

    Args:
        terms: Contract and skill.
        rules: Law and prices.
        working_days: Working days of the quarter.
        days_on_leave: Working days of leave among them.
    """
    wage, contract = terms.skill.wage / 60, terms.contract
    if contract.paid == "hour":
        premium = terms.skill.shifts.part_time_premium if contract.shifts == "short" else 0.0
        minute = wage * (1 + premium) * terms.skill.paid_factor()
        return Pay(
            ordinary=minute,
            normal_a_day=1440,
            overtime=minute * rules.overtime_pay,
            rest_day=minute * rules.rest_day_pay,
            holiday=minute * rules.holiday_pay,
        )
    minutes_a_day = 60 * terms.hours / contract.days
    lost = max(terms.skill.shrinkage * working_days, days_on_leave)
    return Pay(
        guaranteed=wage * minutes_a_day * working_days,
        normal=int(minutes_a_day * max(working_days - lost, 0.0) + 1e-6),
        normal_a_day=round(60 * rules.normal_hours),
        days_a_week=contract.days,
        overtime=wage * rules.overtime_pay,
        rest_day=wage * rules.rest_day_pay,
        holiday=wage * rules.holiday_pay,
    )


def rules_of(terms: Terms, rules: RosterRules, days: Sequence[Day], worked_before: int = 0) -> Iterator[Rule]:
    """What the law and the contract ask of one person's days.

    A week that the quarter cuts off has its days of rest as far as its days go beyond a whole week's working days, and
    of the hours by the week as many as its days have by the contract's hours a day.
    """
    yield MostDaysInARow(rules.days_in_a_row, worked_before)
    for first, last in weeks(days):
        length = last - first + 1
        if length > (most := 7 - rules.rest_days):
            yield MostDaysWithin(first, last, most)
        if terms.contract.paid == "hour":
            yield MinutesWithin(first, last, most=most_minutes(terms, length))
    if terms.contract.paid == "salary":
        for first, last in months(days):
            yield MostOvertimeWithin(first, last, round(60 * rules.overtime_a_month))


def most_minutes(terms: Terms, days: int) -> int:
    """Most working minutes of so many days of one week, for somebody who is paid by the hour."""
    least = 60 * terms.hours
    if days < 7 and terms.contract.hours_a_day is not None:
        least = min(least, 60 * terms.contract.hours_a_day * days)
    return int(least + 1e-6)


def weeks(days: Sequence[Day]) -> list[tuple[int, int]]:
    """First and last day of each week, both included."""
    return _runs([day.week for day in days])


def months(days: Sequence[Day]) -> list[tuple[int, int]]:
    """First and last day of each month, both included."""
    return _runs([day.month for day in days])


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    runs = [[index for index, _ in run] for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1])]
    return [(run[0], run[-1]) for run in runs]


def kinds_of(
    contract: Contract, branch: Branch, rules: RosterRules, skills: Sequence[str], kinds: Mapping[str, ShiftKind]
) -> frozenset[str]:
    """Kinds of shift that somebody with these skills may be given."""
    return frozenset(
        name
        for name, kind in kinds.items()
        if kind.skill in skills and works_kind(contract, rules, branch.skills[str(kind.skill)], kind)
    )
