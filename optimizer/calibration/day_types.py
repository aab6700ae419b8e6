"""Which days are alike: groups of days by weekday and holiday, merged while nothing tells them apart.

The day types that come out are named by the conditions that a branch's file has: weekdays, days of the month, relation
to holidays.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import log, sqrt

import numpy as np

from optimizer.calibration.calendar import DayFacts
from optimizer.calibration.effects import Floats
from optimizer.calibration.estimate import Estimated
from optimizer.errors import DataRefused, Fault
from optimizer.problem.calendar import WEEKDAYS, DayType, Weekday

FEWEST = 3
"""Open days of a kind without which it is not told apart."""
PAY_DAY = "pay_day"
KINDS = ("holiday", "make_up", "eve", PAY_DAY)
"""Special days; one that is several is taken as the first."""
LONGEST_NAME = 40


@dataclass(frozen=True)
class Comparison:
    """Two groups of days: what the data gain from telling them apart, less the price of it."""

    first: str
    second: str
    volume_gain: float
    """Twice the gain in quasi log-likelihood of the customers of a day, less the price; above 0: they differ."""
    profile_gain: float
    """The same for the shares of the periods."""

    @property
    def apart(self) -> bool:
        """Whether the groups stay two."""
        return self.volume_gain > 0 or self.profile_gain > 0


@dataclass(frozen=True)
class LearntDayType:
    """Days that are alike, by the conditions of a branch's file."""

    name: str
    weekdays: tuple[Weekday, ...]
    days_of_month: tuple[int, ...]
    holiday: str
    """``any``, ``none``, ``eve``, ``holiday`` or ``make_up``."""
    customers: Estimated
    """Of a day; ``n`` is days."""
    profile: Floats
    """Shares of the periods; axis period."""

    def of_branch(self, days: int) -> DayType:
        """The day type as a branch has it, with so many days in the quarter."""
        return DayType.model_validate({
            "days": days, "weekdays": self.weekdays, "days_of_month": self.days_of_month, "holiday": self.holiday,
        })  # fmt: skip


@dataclass(frozen=True)
class LearntDayTypes:
    """Day types in the order in which a branch's file must have them."""

    types: tuple[LearntDayType, ...]
    compared: tuple[Comparison, ...]
    """How it was decided, in order."""
    volume_dispersion: float
    """Variance of a day's customers by Poisson's, among days of one group; at least 1."""
    profile_dispersion: float
    """The same of the periods of a day, given its customers."""
    notes: tuple[str, ...]
    """What could not be learnt."""


@dataclass(frozen=True)
class _Group:
    """Days, and the weekdays that they may fall on."""

    weekdays: tuple[Weekday, ...]
    counts: Floats
    """Axes day, period."""
    kind: str = ""

    @property
    def name(self) -> str:
        return self.kind or _named(self.weekdays)

    def joined(self, other: "_Group") -> "_Group":
        weekdays = tuple(name for name in WEEKDAYS if name in {*self.weekdays, *other.weekdays})
        return _Group(weekdays, np.concatenate([self.counts, other.counts]), self.kind)


@dataclass(frozen=True)
class _Prices:
    """What telling groups apart must gain."""

    volume: float
    """Dispersion."""
    profile: float
    """Dispersion."""
    number: float
    """Price of one number."""
    periods: int
    """With customers."""

    def compare(self, names: tuple[str, str], apart: Iterable[_Group], together: Iterable[_Group]) -> Comparison:
        """Gains of one grouping of some days over another that has a group less."""
        gain = sum(_log_likelihoods(g.counts) for g in apart) - sum(_log_likelihoods(g.counts) for g in together)
        volume, profile = 2 * np.asarray(gain) / (self.volume, self.profile)
        prices = self.number, self.number * (self.periods - 1)
        return Comparison(*names, float(volume) - prices[0], float(profile) - prices[1])


def learn_day_types(
    days: Sequence[DayFacts],
    counts: Floats,
    hours: Mapping[Weekday, Hashable] | None = None,
    days_of_month: Sequence[int] = (),
) -> LearntDayTypes:
    """Find which days are alike in volume and in profile.

    Weekdays of ordinary days merge, the most alike first, as long as neither their volumes nor their profiles gain more
    than the price of telling them apart. Then each special kind (holidays, make-up days, eves, given days of the month)
    becomes a day type of its own where that gains more than its price; if not, its days belong to their weekdays.

    The gain is twice that of the Poisson log-likelihood divided by the dispersion among days of a group, for volume and
    profile each: real days vary several times Poisson's variance. The price of a number is the logarithm of the days
    and that of the pairs that could be compared.

    Args:
        days: Dates in order, closed ones too.
        counts: Customers of each; axes day, period. A day without any was closed.
        hours: What tells apart weekdays of other opening hours, which never merge; absent: all have the same.
        days_of_month: Of the days around pay day, say, that may be a kind of their own.

    Raises:
        DataRefused: with fewer than three days with customers.

    Assumptions:
        The days are independent. A make-up day counts as the working day next to it.

    Source:
        Wedderburn (1974), Quasi-likelihood functions; Schwarz (1978), Estimating the dimension of a model; Chen and
        Chen (2008), Extended Bayesian information criteria, for the price of comparing many.
    """
    open_days = [n for n in range(len(days)) if counts[n].any()]
    if len(open_days) < FEWEST:
        raise DataRefused([Fault("history", "days", len(open_days), f"at least {FEWEST} days with customers")])
    kinds = [_kind(days[n], days_of_month) for n in open_days]
    by_weekday = _groups([days[n].works_as for n in open_days], kinds, counts[open_days])
    prices = _prices(list(by_weekday.values()))
    same_hours = hours or {}
    ordinary, compared = _merged([g for g in by_weekday.values() if not g.kind], same_hours, prices)
    special, notes = [], []
    for kind in KINDS:
        groups = [g for g in by_weekday.values() if g.kind == kind]
        found, told = _told_apart(kind, groups, ordinary, same_hours, prices)
        special += found
        compared += told
        if groups and not told:
            notes.append(f"{kind}: fewer than {FEWEST} open days of the same hours, taken as their weekdays")
    closed = {g.weekdays: _closed_on_holidays(g.weekdays, days, counts) for g in ordinary}
    if all(answer is None for answer in closed.values()):
        notes.append("no holiday in the history: days are taken to be open on holidays too")
    types = _in_order(special, ordinary, closed, tuple(days_of_month))
    return LearntDayTypes(tuple(types), tuple(compared), prices.volume, prices.profile, tuple(notes))


def _kind(day: DayFacts, days_of_month: Sequence[int]) -> str:
    holds = {
        "holiday": day.holiday, "make_up": day.make_up, "eve": day.eve, PAY_DAY: day.date.day in days_of_month,
    }  # fmt: skip
    return next((kind for kind in KINDS if holds[kind]), "")


def _groups(weekdays: Sequence[Weekday], kinds: Sequence[str], counts: Floats) -> dict[tuple[str, Weekday], _Group]:
    """Days by kind and weekday."""
    rows: dict[tuple[str, Weekday], list[int]] = {}
    for n, key in enumerate(zip(kinds, weekdays, strict=True)):
        rows.setdefault(key, []).append(n)
    keys = sorted(rows, key=lambda key: (key[0], WEEKDAYS.index(key[1])))
    return {key: _Group((key[1],), counts[rows[key]], key[0]) for key in keys}


def _prices(groups: Sequence[_Group]) -> _Prices:
    """Dispersions among days of a group, by Pearson's statistic; the price of a number."""
    days, periods = sum(len(g.counts) for g in groups), int((sum(g.counts.sum(axis=0) for g in groups) > 0).sum())
    volume, profile = 0.0, 0.0
    for group in groups:
        totals, shares = group.counts.sum(axis=1), group.counts.sum(axis=0) / group.counts.sum()
        volume += float(((totals - totals.mean()) ** 2).sum() / totals.mean())
        expected = np.outer(totals, shares)
        seen = expected > 0
        profile += float(((group.counts - expected)[seen] ** 2 / expected[seen]).sum())
    freedom = max(days - len(groups), 1)
    weekdays = sum(not group.kind for group in groups)
    return _Prices(
        max(volume / freedom, 1.0), max(profile / (freedom * max(periods - 1, 1)), 1.0),
        log(days) + log(max(weekdays * (weekdays - 1) / 2, 1)), periods,
    )  # fmt: skip


def _log_likelihoods(counts: Floats) -> Floats:
    """Greatest Poisson log-likelihood of the customers of each day, and of the periods given the customers.

    Terms that no grouping of the days changes are left out.
    """
    by_period = counts.sum(axis=0)
    total = float(by_period.sum())
    seen = by_period[by_period > 0]
    return np.array([total * log(total / len(counts)), float((seen * np.log(seen / total)).sum())])


def _merged(
    groups: list[_Group], hours: Mapping[Weekday, Hashable], prices: _Prices
) -> tuple[list[_Group], list[Comparison]]:
    """Merge the two groups that are most alike, until every two are apart."""
    compared: list[Comparison] = []
    while True:
        pairs = [
            (prices.compare((a.name, b.name), (a, b), (a.joined(b),)), a, b)
            for a, b in combinations(groups, 2)
            if hours.get(a.weekdays[0]) == hours.get(b.weekdays[0])
        ]
        alike = [pair for pair in pairs if not pair[0].apart]
        if not alike:
            return groups, [*compared, *(comparison for comparison, _, _ in pairs)]
        comparison, a, b = min(alike, key=lambda pair: pair[0].volume_gain + pair[0].profile_gain)
        compared.append(comparison)
        groups = [a.joined(b) if group is a else group for group in groups if group is not b]


def _told_apart(
    kind: str, groups: list[_Group], ordinary: list[_Group], hours: Mapping[Weekday, Hashable], prices: _Prices
) -> tuple[list[_Group], list[Comparison]]:
    """Days of a special kind as day types of their own, one for each opening hours, where that gains."""
    found: list[_Group] = []
    compared: list[Comparison] = []
    for these in dict.fromkeys(hours.get(group.weekdays[0]) for group in groups):
        special = [group for group in groups if hours.get(group.weekdays[0]) == these]
        alone = special[0]
        for group in special[1:]:
            alone = alone.joined(group)
        if len(alone.counts) < FEWEST:
            continue
        beside = [group for group in ordinary if hours.get(group.weekdays[0]) == these]
        together = [_with_those_of(group, special) for group in beside]
        homeless = [g for g in special if not any(set(g.weekdays) <= set(o.weekdays) for o in beside)]
        comparison = prices.compare((kind, "their weekdays"), (alone, *beside), (*together, *homeless))
        compared.append(comparison)
        if comparison.apart:
            # An eve may fall on any weekday, not on those alone on which it was seen.
            everywhere = {weekday for group in beside for weekday in group.weekdays} if kind != "holiday" else set()
            weekdays = tuple(w for w in WEEKDAYS if w in {*alone.weekdays, *everywhere})
            found.append(replace(alone, weekdays=weekdays))
    return found, compared


def _with_those_of(group: _Group, special: Sequence[_Group]) -> _Group:
    for other in special:
        if set(other.weekdays) <= set(group.weekdays):
            group = group.joined(other)
    return group


def _closed_on_holidays(weekdays: Sequence[Weekday], days: Sequence[DayFacts], counts: Floats) -> bool | None:
    """Whether holidays on these weekdays were closed days, by most of them; None where there was none."""
    opened = [bool(counts[n].any()) for n, day in enumerate(days) if day.holiday and day.weekday in weekdays]
    return sum(opened) * 2 < len(opened) if opened else None


def _in_order(
    special: list[_Group],
    ordinary: list[_Group],
    closed: Mapping[tuple[Weekday, ...], bool | None],
    days_of_month: tuple[int, ...],
) -> Iterator[LearntDayType]:
    """Day types with conditions that hold for their days alone, given the order."""
    taken: set[str] = set()
    eves = {weekday for group in special if group.kind == "eve" for weekday in group.weekdays}
    shut = {weekday for weekdays, answer in closed.items() if answer for weekday in weekdays}
    for group in special:
        by_date = group.kind == PAY_DAY
        relation = ("none" if shut & set(group.weekdays) else "any") if by_date else group.kind
        yield _type(group, relation, taken, days_of_month if by_date else ())
    for group in ordinary:
        if not closed[group.weekdays]:
            yield _type(group, "any", taken)
            continue
        yield _type(group, "none", taken)
        # "none" leaves eves out, which are open.
        if not set(group.weekdays) <= eves:
            yield _type(group, "eve", taken, suffix="_eve")


def _type(
    group: _Group, relation: str, taken: set[str], days_of_month: tuple[int, ...] = (), suffix: str = ""
) -> LearntDayType:
    name = group.name[: LONGEST_NAME - len(suffix) - 2] + suffix
    while name in taken:
        name += "_"
    taken.add(name)
    totals = group.counts.sum(axis=1)
    error = float(totals.std(ddof=1)) / sqrt(len(totals)) if len(totals) > 1 else float("inf")
    customers = Estimated(float(totals.mean()), error, len(totals), max(len(totals) - 1, 1))
    return LearntDayType(
        name, group.weekdays, days_of_month, relation, customers,
        group.counts.sum(axis=0) / group.counts.sum(),
    )  # fmt: skip


def _named(weekdays: Sequence[Weekday]) -> str:
    """What people call these weekdays."""
    known = {
        WEEKDAYS: "every_day",
        WEEKDAYS[:5]: "weekday",
        WEEKDAYS[5:]: "weekend",
        WEEKDAYS[:6]: "monday_to_saturday",
    }
    return known.get(tuple(weekdays)) or "_".join(name if len(weekdays) < 3 else name[:3] for name in weekdays)
