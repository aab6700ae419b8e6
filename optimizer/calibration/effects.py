"""What moves the customers of a day: its weekday, holidays near by, the place in the month, the season, growth."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

from optimizer.calibration.calendar import DayFacts
from optimizer.problem.calendar import WEEKDAYS

Floats = NDArray[np.float64]

THREE_WEEKS, ONE_YEAR, TWO_YEARS = 21, 365, 730
"""Lengths of a history [days] from which weekdays, the season and growth can be told."""
FEWEST_DAYS = 2
"""A weekday is told apart when the history has it so often."""
FEWEST_MONTHS = 3
"""What happens once a month or at holidays is told apart when it happens in so many months."""
YEAR = 365.25
SPANS = {THREE_WEEKS: "three weeks", ONE_YEAR: "one year", TWO_YEARS: "two years"}
SAME = 1e-6
"""An effect of which less than this is its own is the sum of others."""
LIKE_OTHERS = "cannot be told from the others"


@dataclass(frozen=True)
class OpenDay:
    """A day on which a branch is open, and what its file says of it."""

    facts: DayFacts
    day_type: str = ""
    """Name; empty where there is no branch."""
    volume: float = 1.0
    """Customers of the day type."""


@dataclass(frozen=True)
class Effect:
    """A number of each day that the logarithm of its customers may depend on."""

    name: str
    of: Callable[[OpenDay], float]


@dataclass(frozen=True)
class Effects:
    """Effects that a history tells apart, and those that it does not, with the reason."""

    chosen: tuple[Effect, ...]
    left_out: tuple[tuple[Effect, str], ...]

    def matrix(self, days: Sequence[OpenDay]) -> Floats:
        """Values of the level (1) and of each effect; axes day, effect."""
        rows = [[1.0, *(effect.of(day) for effect in self.chosen)] for day in days]
        return np.array(rows, dtype=float).reshape(len(days), 1 + len(self.chosen))


def chosen_effects(days: Sequence[OpenDay]) -> Effects:
    """Effects that the days of a history are enough for.

    - Under three weeks: the level alone, and where there is no branch whether a day is a working day.
    - From three weeks: each weekday that is there twice; what happens at holidays, in the thirds of a month, at its
      start and end, on pay days and bill days, and the day types of the branch, each when it happens in three months.
    - From one year: the season, as one wave a year. From two years: two waves, and growth.

    Of effects that cannot be told apart the first stays.

    Args:
        days: Days of the history on which the branch was open, in order.
    """
    span = (days[-1].facts.date - days[0].facts.date).days + 1
    candidates = list(_candidates(days))
    if span < THREE_WEEKS and not days[0].day_type:
        candidates.append((Effect("day off", lambda day: float(not day.facts.working)), 0, 0))
    chosen: list[Effect] = []
    left_out: list[tuple[Effect, str]] = []
    basis = [np.full(len(days), len(days) ** -0.5)]
    for effect, least, fewest in candidates:
        column = np.array([effect.of(day) for day in days])
        seen = [day.facts.date for day, value in zip(days, column, strict=True) if value]
        if span < least:
            left_out.append((effect, f"under {SPANS[least]} of history"))
        elif fewest == FEWEST_MONTHS and len({(day.year, day.month) for day in seen}) < fewest:
            left_out.append((effect, f"in fewer than {fewest} months"))
        elif fewest == FEWEST_DAYS and len(seen) < fewest:
            left_out.append((effect, f"on fewer than {fewest} days"))
        elif (direction := _own(column, basis)) is None:
            left_out.append((effect, LIKE_OTHERS))
        else:
            basis.append(direction)
            chosen.append(effect)
    return Effects(tuple(chosen), tuple(left_out))


def _own(column: Floats, basis: Sequence[Floats]) -> Floats | None:
    """What a column has that a basis of others has not, as a direction; None where that is nothing."""
    rest = column - sum(direction * (direction @ column) for direction in basis)
    length = float(np.linalg.norm(rest))
    told = length > SAME * float(np.linalg.norm(column)) and len(basis) < len(column) - 1
    return rest / length if told else None


def _candidates(days: Sequence[OpenDay]) -> Iterator[tuple[Effect, int, int]]:
    """Effects in the order in which they are tried, with the days and the days or months of history each needs."""
    for effect in _weekdays(days):
        yield effect, THREE_WEEKS, FEWEST_DAYS
    for effect in (*_day_types(days), *_events()):
        yield effect, THREE_WEEKS, FEWEST_MONTHS
    for effect, least in _seasons(days[0].facts.date):
        yield effect, least, 0


def _weekdays(days: Sequence[OpenDay]) -> list[Effect]:
    """Every weekday but the one that the history has most often, to which the level belongs."""

    def of(name: str) -> Effect:
        return Effect(name, lambda day: float(day.facts.works_as == name))

    counts = Counter(day.facts.works_as for day in days)
    return [of(name) for name in WEEKDAYS if name != max(WEEKDAYS, key=lambda name: counts[name])]


def _day_types(days: Sequence[OpenDay]) -> list[Effect]:
    """Every day type of the branch but the commonest."""

    def of(name: str) -> Effect:
        return Effect(f"day type {name}", lambda day: float(day.day_type == name))

    names = [name for name, _ in Counter(day.day_type for day in days).most_common()]
    return [of(name) for name in names[1:]]


def _events() -> tuple[Effect, ...]:
    return (
        Effect("holiday", lambda day: float(day.facts.holiday)),
        Effect("eve of a holiday", lambda day: float(day.facts.eve)),
        Effect("make-up day", lambda day: float(day.facts.make_up)),
        Effect("after a holiday", lambda day: float(day.facts.after)),
        Effect("week before a holiday", lambda day: float(0 < day.facts.days_to_holiday <= 7 and not day.facts.eve)),
        Effect("first ten days", lambda day: float(day.facts.date.day <= 10)),
        Effect("after the 20th", lambda day: float(day.facts.date.day > 20)),
        Effect("start of the month", lambda day: float(day.facts.month_start)),
        Effect("end of the month", lambda day: float(day.facts.month_end)),
        Effect("pay day", lambda day: float(day.facts.pay_day)),
        Effect("bill day", lambda day: float(day.facts.bill_day)),
    )


def _seasons(first: date) -> tuple[tuple[Effect, int], ...]:
    """Waves of the year and growth, with the days of history that each needs."""

    def angle(day: OpenDay) -> float:
        return 2 * pi * day.facts.date.timetuple().tm_yday / YEAR

    return (
        (Effect("season, sine", lambda day: sin(angle(day))), ONE_YEAR),
        (Effect("season, cosine", lambda day: cos(angle(day))), ONE_YEAR),
        (Effect("season, second sine", lambda day: sin(2 * angle(day))), TWO_YEARS),
        (Effect("season, second cosine", lambda day: cos(2 * angle(day))), TWO_YEARS),
        (Effect("growth in a year", lambda day: (day.facts.date - first).days / YEAR), TWO_YEARS),
    )
