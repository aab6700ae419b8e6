"""The staff of a quarter: people, leave, wishes, and the rules of law and contract that their roster keeps."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from optimizer.errors import DataRefused, Fault
from optimizer.problem.calendar import Weekday
from optimizer.problem.quantities import (
    Clock,
    Count,
    Given,
    Money,
    Name,
    Number,
    PositiveCount,
    format_clock,
    parse_clock,
)

Hours = Annotated[Number, Field(ge=0, le=168)]
HoursOfDay = Annotated[Number, Field(ge=0, le=24)]
Multiple = Annotated[Number, Field(ge=0, le=10)]
ROSTER = "roster.toml"
FORMS = ("any", "late", "early")
"""Shifts by what they are alike in; a single shift is said by its start and end."""


def parse_form(value: Any) -> str:
    """Shifts that a wish or a sequence is about: ``any``, ``late``, ``early`` or ``"HH:MM-HH:MM"``.

    >>> parse_form("9:00-17:00")
    '09:00-17:00'
    """
    if value in FORMS:
        return str(value)
    expected = f'one of {", ".join(FORMS)}, or start and end of a shift as "HH:MM-HH:MM"'
    first, dash, last = value.partition("-") if isinstance(value, str) else ("", "", "")
    if not dash:
        raise ValueError(expected)
    try:
        start, end = parse_clock(first.strip()), parse_clock(last.strip())
    except ValueError as error:
        raise ValueError(expected) from error
    if end <= start:
        raise ValueError(expected)
    return f"{format_clock(start)}-{format_clock(end)}"


Form = Annotated[str, BeforeValidator(parse_form)]


class Contract(Given):
    """How much somebody works, and how that is paid."""

    hours: Hours = 40.0
    """Hours a week: of a salary the average over the quarter, by the hour the most [hours]."""
    days: Annotated[int, Field(ge=1, le=7, strict=True)] = 5
    """Working days a week; who is paid by salary gets rest-day pay beyond them."""
    paid: Literal["salary", "hour"] = "salary"
    """``salary``: paid in any case, overtime beside; ``hour``: for the hours worked, at the wage of the shift."""
    shifts: Literal["long", "short", "any"] = "any"
    """Shifts worked: ``short`` ones are shorter than the skill's ``part_time_below``, ``long`` ones are not."""
    hours_a_day: HoursOfDay | None = None
    """Most hours a day, on average over a week that the quarter cuts off [hours]; absent: no such limit."""


CONTRACTS: dict[str, dict[str, Any]] = {
    "full_time": {},
    "part_time": {"hours": 24.0, "days": 6, "paid": "hour", "shifts": "short", "hours_a_day": 4.0},
}


class FairnessPrices(Given):
    """Price of a difference of one between who has most and who has least among people who do the same work; 0: off."""

    weekends: Money = 30.0
    """Weekends with work [yuan]."""
    late: Money = 5.0
    """Late shifts [yuan]."""
    overtime: Money = 10.0
    """Hours of overtime [yuan]."""


class RosterRules(Given):
    """What every roster keeps, and the prices of what it may not reach; the defaults are the law of China.

    Labour Law of the PRC (1994, amended 2018): Art. 38 one day of rest a week; Art. 41 overtime of at most three hours
    a day and 36 a month; Art. 44 pay of 150, 200 and 300 %. Regulations of the State Council on the working hours of
    employees (1995): Art. 3 eight hours a day and 40 a week. Labour Contract Law of the PRC (2012): Art. 68 part-timers
    work four hours a day on average and 24 a week at most. The law of China names no rest between shifts; eleven hours
    are those of Directive 2003/88/EC, Art. 3.
    """

    normal_hours: HoursOfDay = 8.0
    """Working hours of a day before its overtime begins [hours]."""
    rest_between: HoursOfDay = 11.0
    """Least rest from the end of a shift to the start of the next day's [hours]."""
    days_in_a_row: PositiveCount = 6
    """Most days worked in a row."""
    rest_days: Annotated[int, Field(ge=0, le=6, strict=True)] = 1
    """Least days off in a week from Monday to Sunday."""
    overtime_a_day: HoursOfDay = 3.0
    """Most overtime of a day [hours]."""
    overtime_a_month: Hours = 36.0
    """Most overtime of a month, that on rest days and holidays included [hours]."""
    overtime_pay: Multiple = 1.5
    """Pay of overtime, relative to the wage."""
    rest_day_pay: Multiple = 2.0
    """Pay of work on a rest day, relative to the wage."""
    holiday_pay: Multiple = 3.0
    """Pay of work on a public holiday, relative to the wage; beside the salary."""
    late_from: Clock | None = None
    """Shifts that end then or later are late ["HH:MM"]; absent: those that end at the skill's ``latest_end``."""
    early_until: Clock | None = None
    """Shifts that start then or earlier are early ["HH:MM"]; absent: those that start at ``earliest_start``."""
    forbidden: tuple[tuple[Form, Form], ...] = ()
    """Shifts of which the second must not follow the first on the next day, such as ["late", "early"]."""
    contracts: dict[Name, Contract] = Field(default={})
    """Contracts by name, ``full_time`` and ``part_time`` among them; what is not said of these two is as the law has
    it."""
    fairness: FairnessPrices = FairnessPrices()
    """Prices of uneven rosters."""
    uncovered_price: Money = 1000.0
    """Price of a person missing on a shift [yuan per hour]."""
    surplus_price: Money = 10.0
    """Price of a person whom the plan of the day does not need [yuan per hour]."""
    change_price: Money = 500.0
    """Price of one person's changed day when a roster is made anew [yuan]."""

    @field_validator("contracts", mode="before")
    @classmethod
    def known_contracts_are_there(cls, value: Any) -> Any:
        """The two contracts of the law, with what is said of them, before those of the planner."""
        if not isinstance(value, Mapping):
            return value
        merged: dict[Any, Any] = {name: Contract(**given) for name, given in CONTRACTS.items()}
        for name, given in value.items():
            known = CONTRACTS.get(name, {}) if isinstance(given, Mapping) else {}
            merged[name] = {**known, **given} if isinstance(given, Mapping) else given
        return merged

    @model_validator(mode="after")
    def contracts_are_within_the_law(self) -> "RosterRules":
        """A salary is for no more hours a day than are normal, and leaves the days of rest."""
        faults = []
        for name, contract in self.contracts.items():
            most = contract.days * self.normal_hours
            if contract.paid == "salary" and contract.hours > most + 1e-9:
                expected = f"at most {most:g}, the normal hours of {contract.days} days"
                faults.append(Fault(ROSTER, f"contracts.{name}.hours", contract.hours, expected))
            if contract.paid == "salary" and contract.days > 7 - self.rest_days:
                expected = f"at most {7 - self.rest_days}, as rest_days is {self.rest_days}"
                faults.append(Fault(ROSTER, f"contracts.{name}.days", contract.days, expected))
        if faults:
            raise DataRefused(faults)
        return self


class Employee(Given):
    """Somebody on the staff list."""

    name: str = Field(min_length=1)
    """Name, as the roster says it."""
    skills: tuple[Name, ...] = Field(min_length=1)
    """What they can do; paid is the dearest."""
    contract: Name = "full_time"
    """Contract, by name."""
    hours: Hours | None = None
    """Hours a week, where they are fewer than the contract's [hours]."""
    days_off: tuple[Weekday, ...] = ()
    """Weekdays on which they never work."""
    worked_before: Count = 0
    """Days worked in a row that end on the day before the quarter."""
    joined: date | None = None
    """First day of employment, where it is in the quarter."""
    left: date | None = None
    """First day on which they are no longer employed, where it is in the quarter."""

    def employed(self, day: date) -> bool:
        """Whether they are employed on a day of the quarter."""
        return (self.joined is None or day >= self.joined) and (self.left is None or day < self.left)


class Leave(Given):
    """Days on which somebody is away."""

    person: str
    """Who is away, by name."""
    first: date
    """First day of leave."""
    last: date
    """Last day of leave."""
    reason: str = "leave"
    """Why, in words."""


class Wish(Given):
    """Days on which somebody wants to work or not to."""

    person: str
    """Who has the wish, by name."""
    first: date
    """First day that it is about."""
    last: date
    """Last day that it is about."""
    form: Form = "any"
    """Shifts that it is about."""
    wanted: bool
    """True: to work one of them; False: to work none of them."""
    price: Money
    """Of each day on which it is not granted [yuan]."""


class Staff(Given):
    """The people of a quarter."""

    people: dict[str, Employee]
    """Everybody, by name."""
    leave: tuple[Leave, ...] = ()
    """Who is away when."""
    wishes: tuple[Wish, ...] = ()
    """Who wants to work when, or not to."""
