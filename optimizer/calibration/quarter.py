"""The customers of a branch on every day of a quarter."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from optimizer.calibration.calendar import CalendarRules, DayFacts, day_type_of, facts_of_days, provisional_years
from optimizer.calibration.effects import LIKE_OTHERS, Floats, OpenDay
from optimizer.calibration.forecast import DRAWS, DailyForecast, DailyModel, day_factors, fit_days, predict_days
from optimizer.calibration.planner_tables import ALL, Adjustment, History
from optimizer.errors import DataRefused, Fault
from optimizer.problem import Branch

QUARTER = re.compile(r"(\d{4})[Qq]([1-4])", re.ASCII)
LARGEST_SHARE = 0.5
"""A history of which more days are closed days of the branch does not fit it."""
FAR = 92
"""Days from a history to its quarter from which on it is said."""


@dataclass(frozen=True)
class Quarter:
    """Three months of a year."""

    year: int
    number: int
    """1 to 4."""

    @classmethod
    def of(cls, text: str) -> "Quarter":
        """A quarter as people write it.

        Raises:
            ValueError: where the text is none, or of a year before 1950 or after 2100.

        >>> Quarter.of("2027Q1")
        Quarter(year=2027, number=1)
        """
        match = QUARTER.fullmatch(text)
        if match is None or not 1950 <= int(match[1]) <= 2100:
            raise ValueError('a quarter as "2027Q1", from 1950 to 2100')
        return cls(int(match[1]), int(match[2]))

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        """The last day."""
        following = date(self.year + self.number // 4, 3 * self.number % 12 + 1, 1)
        return following - timedelta(1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


@dataclass(frozen=True)
class QuarterDay:
    """One date of a quarter."""

    facts: DayFacts
    day_type: str | None
    """None: the branch is closed."""
    customers: float
    low: float
    high: float
    """Ends of the interval that was asked for."""


@dataclass(frozen=True)
class QuarterForecast:
    """The customers of a branch on every day of a quarter."""

    branch: Branch
    quarter: Quarter
    calendar: dict[date, DayFacts]
    """Every date of the quarter."""
    forecast: DailyForecast
    """Of the open days, with the adjustments."""
    factors: Floats
    """By which the customers of the day type are multiplied; axes open day, class."""
    model: DailyModel | None
    """None: without a history, the branch's own arrivals."""
    notes: tuple[str, ...]
    """What the reader must know of it."""

    def days(self, confidence: float = 0.95) -> tuple[QuarterDay, ...]:
        """Every date of the quarter, closed ones too."""
        low, high = self.forecast.interval(confidence)
        found = {day: QuarterDay(facts, None, 0.0, 0.0, 0.0) for day, facts in self.calendar.items()}
        for day, *numbers in zip(self.forecast.days, self.forecast.customers, low, high, strict=True):
            found[day.facts.date] = QuarterDay(day.facts, day.day_type, *map(float, numbers))
        return tuple(found.values())

    def arrivals(self) -> Iterator[tuple[date, str, str, str, float]]:
        """Date, start of the period, transaction, tier and customers of every open day."""
        for day, factors in zip(self.forecast.days, self.factors, strict=True):
            arrivals = self.branch.arrivals[day.day_type]
            for (transaction, tier), factor in zip(self.branch.classes, factors, strict=True):
                for period, customers in enumerate(arrivals.get(transaction, {}).get(tier, ())):
                    start = self.branch.clock(day.day_type, period)
                    yield day.facts.date, start, transaction, tier, customers * float(factor)


def forecast_quarter(
    branch: Branch,
    quarter: Quarter,
    rules: CalendarRules,
    history: History | None = None,
    adjustments: Sequence[Adjustment] = (),
    seed: int = 0,
) -> QuarterForecast:
    """Forecast the customers of every day of a quarter.

    Without a history each day has the customers of its day type, give or take the branch's busyness. With one the
    volumes of the day types are multiplied by what the history says of the calendar; the shares of classes and periods
    in a day stay those of the day type. Adjustments multiply the result.

    Args:
        branch: The branch, with its arrivals by day type.
        quarter: Which.
        rules: Where the facts of a date come from.
        history: Customers by date.
        adjustments: What the planner knows of days and classes.
        seed: Of the draws behind the intervals.

    Raises:
        DataRefused: for a country that is not known, or a history that is too short or does not fit the branch.
    """
    calendar = facts_of_days(quarter.first, quarter.last, rules)
    by_class = class_volumes(branch)
    days = _open_days(branch, calendar.values(), by_class)
    notes = [*provisional_years(rules, [quarter.year]).values(), *_miscounted(branch, days)]
    if history is None:
        model, plain = None, _as_given(branch, days, seed)
    else:
        past = past_days(branch, history, rules)
        model = fit_days(past.days, past.customers)
        plain = predict_days(model, days, seed)
        notes += [*past.notes, *_untold(model, days)]
    factors = adjustment_factors(branch, [day.facts.date for day in days], adjustments)
    notes += _idle(adjustments, days)
    of_days = np.array([by_class[day.day_type] @ f / day.volume for day, f in zip(days, factors, strict=True)])
    levels = plain.customers / [day.volume for day in days]
    return QuarterForecast(
        branch, quarter, calendar, DailyForecast(plain.days, plain.customers * of_days, plain.draws * of_days),
        factors * levels[:, None], model, tuple(notes),
    )  # fmt: skip


@dataclass(frozen=True)
class PastDays:
    """The days of a history on which the branch is open."""

    days: tuple[OpenDay, ...]
    customers: tuple[float, ...]
    notes: tuple[str, ...]
    """What was left out, and why."""


def past_days(branch: Branch, history: History, rules: CalendarRules) -> PastDays:
    """Give every day of a history its facts and its day type.

    Raises:
        DataRefused: where most days with customers are closed days of the branch.
    """
    first, last = history.dates[0], history.dates[-1]
    calendar = facts_of_days(first, last, rules)
    by_date = {day.facts.date: day for day in _open_days(branch, calendar.values(), class_volumes(branch))}
    visited = {day: count for day, count in zip(history.dates, history.customers, strict=True) if count > 0}
    strange = [day for day in visited if day not in by_date]
    empty = [day for day in history.dates if day in by_date and day not in visited]
    if len(strange) > LARGEST_SHARE * len(visited):
        expected = f"customers on open days of the branch; {strange[0]} is a closed day"
        raise DataRefused([Fault("history", "days", f"{len(strange)} of {len(visited)} days", expected)])
    notes = list(provisional_years(rules, range(first.year, last.year + 1)).values())
    if strange:
        notes.append(f"{len(strange)} days of the history, {strange[0]} the first, are closed days: left out")
    if empty:
        notes.append(f"{len(empty)} days of the history, {empty[0]} the first, have no customers: taken as closed")
    kept = {day: count for day, count in visited.items() if day in by_date}
    return PastDays(tuple(by_date[day] for day in kept), tuple(kept.values()), tuple(notes))


def _open_days(branch: Branch, calendar: Iterable[DayFacts], by_class: Mapping[str, Floats]) -> list[OpenDay]:
    """Days on which the branch is open and somebody comes."""
    typed = ((facts, day_type_of(branch, facts)) for facts in calendar)
    days = (OpenDay(facts, name, float(by_class[name].sum())) for facts, name in typed if name is not None)
    return [day for day in days if day.volume > 0]


def class_volumes(branch: Branch) -> dict[str, Floats]:
    """Customers of a day by day type; axis class."""
    return {
        name: np.array([sum(tiers.get(transaction, {}).get(tier, ())) for transaction, tier in branch.classes])
        for name, tiers in branch.arrivals.items()
    }


def adjustment_factors(branch: Branch, days: Sequence[date], adjustments: Sequence[Adjustment]) -> Floats:
    """Product of the adjustments that a date and a class have; axes day, class."""
    factors = np.ones((len(days), len(branch.classes)))
    for given in adjustments:
        classes = [given.transaction in (ALL, t) and given.tier in (ALL, tier) for t, tier in branch.classes]
        factors[np.ix_([given.first <= day <= given.last for day in days], classes)] *= given.factor
    return factors


def _as_given(branch: Branch, days: Sequence[OpenDay], seed: int) -> DailyForecast:
    """The customers of the day types, and draws by the busyness of the branch."""
    means = np.array([day.volume for day in days])
    generator = np.random.default_rng(seed)
    factors = day_factors(np.full(DRAWS, branch.busyness_scv), 0.0, len(days), generator)
    return DailyForecast(tuple(days), means, generator.poisson(means * factors).astype(float))


def _miscounted(branch: Branch, days: Sequence[OpenDay]) -> Iterator[str]:
    """Day types of which the quarter has not the number of days that the branch says."""
    counts = Counter(day.day_type for day in days)
    off = [f"{name} {counts[name]} (not {t.days})" for name, t in branch.day_types.items() if counts[name] != t.days]
    if off:
        yield "days of the quarter, by the calendar and not as in the branch's file: " + ", ".join(off)


def _untold(model: DailyModel, days: Sequence[OpenDay]) -> Iterator[str]:
    """Effects that the quarter has and the history does not tell; how far the quarter is away."""
    reasons: dict[str, list[str]] = {}
    for effect, reason in model.effects.left_out:
        if reason != LIKE_OTHERS and any(effect.of(day) for day in days):
            reasons.setdefault(reason, []).append(effect.name)
    for reason, names in reasons.items():
        yield f"not learnt from the history ({reason}), so as the day types have it: {', '.join(names)}"
    overlap = sum(day.facts.date <= model.last for day in days)
    if overlap:
        yield f"{overlap} open days of the quarter are not after the history"
    elif days and (away := (days[0].facts.date - model.last).days) > FAR:
        yield f"the history ends {away} days before the quarter: the intervals do not know what changed since"


def _idle(adjustments: Sequence[Adjustment], days: Sequence[OpenDay]) -> Iterator[str]:
    for given in adjustments:
        if not any(given.first <= day.facts.date <= given.last for day in days):
            yield f"the adjustment of {given.first} to {given.last} ({given.reason}) meets no open day of the quarter"
