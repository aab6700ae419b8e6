"""What a roster is asked for: days, shifts, people, rules and prices. Computes nothing.

Days are numbered from 0; ``Day.date`` says which date one is. A person works at most one shift a day.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

Counted = Literal["weekends", "late", "overtime"]
"""What fairness counts of a person: weekends with work, late shifts, minutes of overtime."""


@dataclass(frozen=True)
class ShiftKind:
    """A working day that somebody may be given."""

    name: str
    minutes: int
    """Working time that is paid [minutes]."""
    skill: str | None = None
    """Skill that a person needs for it; None: anybody can."""
    start: int | None = None
    """[minutes of the day]; None where only lengths are known."""
    end: int | None = None
    late: bool = False
    """Whether fairness counts it as a late shift."""


@dataclass(frozen=True)
class Need:
    """People wanted on a kind of shift on one day."""

    people: int
    under: float
    """Price of each person missing [yuan]."""
    over: float | None = None
    """Price of each person too many [yuan]; None: nobody is too many."""


@dataclass(frozen=True)
class Option:
    """One way to staff a day."""

    name: str
    cost: float
    """What the day costs beside people: waiting, lost customers and so on [yuan]."""
    needs: dict[str, Need]
    """By kind of shift; a kind not named is not worked."""


@dataclass(frozen=True)
class Day:
    """One day of the horizon."""

    options: tuple[Option, ...]
    """Of which one is chosen; none: nobody works, the door is closed."""
    week: int
    """Number of its week, from Monday to Sunday."""
    month: int
    """Number of its month."""
    weekend: bool = False
    """Whether it is a Saturday or a Sunday."""
    holiday: bool = False
    """Whether work on it is paid as on a public holiday."""
    exchanged: int = 0
    """By how many days it makes the working days of its week more: 1 for a make-up day at the weekend, -1 for a day off
    from Monday to Friday, a holiday or one in exchange."""
    date: datetime.date | None = None


# Rules are data. Each has one function that judges it (legality.py) and one that states it to the solver.


@dataclass(frozen=True)
class DaysOff:
    """Days on which a person does not work: leave, fixed days off."""

    days: frozenset[int]
    reason: str = "day off"


@dataclass(frozen=True)
class MostOfKind:
    """Most shifts of one kind in the horizon; 0: never."""

    kind: str
    most: int


@dataclass(frozen=True)
class MinutesWithin:
    """Least and most working minutes from one day to another, both included."""

    first: int
    last: int
    least: int = 0
    most: int | None = None


@dataclass(frozen=True)
class MostDaysWithin:
    """Most days worked from one day to another, both included: rest days of a week."""

    first: int
    last: int
    most: int


@dataclass(frozen=True)
class MostDaysInARow:
    """Most days worked in a row."""

    most: int
    before: int = 0
    """Days worked in a row that end on the day before the horizon."""


@dataclass(frozen=True)
class LeastDaysInARow:
    """Least days worked in a row; runs that touch an end of the horizon may go on beyond it."""

    least: int


@dataclass(frozen=True)
class LeastDaysOffInARow:
    """Least days off in a row; runs that touch an end of the horizon may go on beyond it."""

    least: int


@dataclass(frozen=True)
class MostWeekends:
    """Most weekends with work on one of their days; a weekend is a Saturday and the Sunday after it."""

    most: int


@dataclass(frozen=True)
class MostOvertimeWithin:
    """Most overtime of the days named, that on rest days and holidays included [minutes]."""

    first: int
    last: int
    most: int


Rule = (
    DaysOff | MostOfKind | MinutesWithin | MostDaysWithin | MostDaysInARow | LeastDaysInARow | LeastDaysOffInARow
    | MostWeekends | MostOvertimeWithin
)  # fmt: skip


@dataclass(frozen=True)
class Pay:
    """What a person is paid. All zeros: not at all, as in problems that only count wishes and cover.

    A day's working minutes are, one kind each: on a holiday all are holiday minutes; on a rest day (in a week, the
    shortest of the days worked that are no holiday and beyond the ``working_week``) all are rest-day minutes; else
    those beyond ``normal_a_day`` are overtime of the day, the others ordinary. Ordinary minutes of the whole horizon
    beyond ``normal`` are overtime of the horizon; a month's share of them is that of its days among the days of the
    horizon.
    """

    guaranteed: float = 0.0
    """Paid in any case [yuan in the horizon]."""
    ordinary: float = 0.0
    """An ordinary minute, on top of what is guaranteed [yuan]."""
    normal: int | None = None
    """Ordinary minutes of the horizon before overtime begins; None: no limit."""
    normal_a_day: int = 480
    days_a_week: int = 7
    """Working days of a week without make-up days."""
    overtime: float = 0.0
    """A minute of overtime, of the day or of the horizon [yuan]."""
    rest_day: float = 0.0
    holiday: float = 0.0


@dataclass(frozen=True)
class Person:
    """Somebody who may be given shifts."""

    name: str
    skills: frozenset[str] = frozenset()
    pay: Pay = Pay()
    rules: tuple[Rule, ...] = ()
    kinds: frozenset[str] | None = None
    """Kinds of shift that the contract permits; None: all of the person's skills."""
    fixed: dict[int, str | None] = field(default_factory=dict)
    """Days that are past or settled: the kind worked, or None for a day off."""


@dataclass(frozen=True)
class Request:
    """A wish of one person for one day."""

    person: str
    day: int
    kinds: frozenset[str] | None
    """Kinds of shift that it is about; None: any."""
    wanted: bool
    """True: to work one of them; False: to work none of them."""
    price: float
    """Of not granting it [yuan]."""
    of_change: bool = False
    """Whether it is no wish, but the price of a day that a plan made anew changes."""


@dataclass(frozen=True)
class Fairness:
    """People among whom something is to be spread evenly."""

    counted: Counted
    people: tuple[str, ...]
    price: float
    """Of a difference of one between who has most and who has least: a weekend, a late shift, an hour of overtime
    [yuan]."""


@dataclass(frozen=True)
class RosterProblem:
    """Everything that is given."""

    kinds: dict[str, ShiftKind]
    days: tuple[Day, ...]
    people: dict[str, Person]
    forbidden: frozenset[tuple[str, str]] = frozenset()
    """Kinds of which the second must not follow the first on the next day: rest between shifts, sequences."""
    requests: tuple[Request, ...] = ()
    fairness: tuple[Fairness, ...] = ()
    cover_all: bool = False
    """Whether nobody may be missing."""


def working_week(days: Iterable[Day], pay: Pay) -> int:
    """Days of one week that are worked without any of them being a rest day."""
    return max(0, pay.days_a_week + sum(day.exchanged for day in days))


@dataclass(frozen=True)
class Roster:
    """Everything that is decided."""

    options: tuple[int | None, ...]
    """Option chosen, by day; None where there is none."""
    shifts: dict[tuple[str, int], str]
    """Kind of shift, by person and day; who is not named is off."""


class RosterStatus(Enum):
    """What is known at the end of a search."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NO_SOLUTION_FOUND = "no_solution_found"


@dataclass(frozen=True)
class RosterCosts:
    """What a roster costs [yuan]."""

    guaranteed: float
    """Pay that no decision changes."""
    ordinary: float
    overtime: float
    rest_day: float
    holiday: float
    options: float
    """Of the options chosen for the days."""
    under: float
    over: float
    requests: float
    fairness: float

    @property
    def total(self) -> float:
        """All of them."""
        return float(sum(self.__dict__.values()))


@dataclass(frozen=True)
class RosterResult:
    """The best roster found, what it costs, and how far it can be from the best there is."""

    status: RosterStatus
    roster: Roster | None
    costs: RosterCosts | None
    bound: float | None
    """Proven least total cost [yuan]."""
    gap: float | None
    """(cost - bound) / cost, guaranteed pay left out of both."""
    ended_by: str
    """``gap reached``, ``time limit``, ``work limit``, ``interrupted``, ``nothing left to try``."""
    seconds: float
    conflict: tuple[str, ...] = ()
    """Rules and days that cannot hold together, when infeasible; the roster is then one with people missing."""
    repeatable: bool = True
    """Whether the same seed gives the same roster: no step of the search was ended by the clock."""
