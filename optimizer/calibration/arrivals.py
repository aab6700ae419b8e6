"""How many customers come: counts by day, class and period, and arrival rates with their errors.

A day's customers of class c in period t are Poisson with mean period · λ[c, t] · Z, where Z, mean 1, is quiet or busy
days and whatever else varies from day to day.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.calibration.estimate import Estimated
from optimizer.calibration.log import NO_SHOW, TicketLog
from optimizer.calibration.shrinkage import Shrunk, shrink
from optimizer.errors import InvalidParameterError

Floats = NDArray[np.float64]
CLASS = ("transaction", "tier", "channel")
"""Columns that make a class of customers."""


@dataclass(frozen=True)
class ArrivalCounts:
    """Customers of the days of one type."""

    day_type: str
    dates: tuple[date, ...]
    classes: tuple[tuple[str, ...], ...]
    """Values of the columns that make a class: transaction, tier and channel, unless others were asked for."""
    opening: int
    """Minutes after midnight at which the first period begins."""
    period: int
    """Length of a period [minutes]."""
    customers: Floats
    """Axes day, class, period."""
    outside: int
    """Customers who took their ticket before opening or after closing; they are in no period."""

    @property
    def totals(self) -> Floats:
        """Customers of each day."""
        total: Floats = self.customers.sum(axis=(1, 2))
        return total

    @property
    def per_day(self) -> Estimated:
        """Mean customers of a day of this type; ``n`` is days, which are the units."""
        days = len(self.dates)
        error = float(self.totals.std(ddof=1)) / math.sqrt(days) if days > 1 else math.nan
        return Estimated(float(self.totals.mean()), error, days, max(1.0, days - 1.0))

    def merged(self, keep: Sequence[int]) -> "ArrivalCounts":
        """The same counts with classes made of fewer columns, given by their places in the names of classes."""
        names = [tuple(name[i] for i in keep) for name in self.classes]
        classes = tuple(sorted(set(names)))
        customers = np.zeros((len(self.dates), len(classes), self.customers.shape[2]))
        for place, name in enumerate(names):
            customers[:, classes.index(name)] += self.customers[:, place]
        return ArrivalCounts(
            self.day_type, self.dates, classes, self.opening, self.period, customers, self.outside
        )  # fmt: skip


@dataclass(frozen=True)
class ArrivalRates:
    """Arrival rates of the days of one type."""

    day_type: str
    classes: tuple[tuple[str, ...], ...]
    opening: int
    period: int
    days: int
    rates: Floats
    """Customers per minute; axes class, period."""
    standard_errors: Floats
    """Of the rates, variation from day to day included; axes class, period."""
    freedom: Floats
    """Degrees of freedom of the errors; axes class, period."""
    customers: Floats
    """Customers seen in the periods that each rate was learnt from; axes class, period."""
    window: Floats
    """Weights of the smoothing: a rate is that of the true rates of the day, times its row; axes period, period."""
    excess: Floats | None
    """Variance from day to day of a smoothed count beyond Poisson's, relative to its mean squared; axis class. None:
    one day of a type tells nothing of it, and the errors are Poisson's alone."""
    shape: float | None
    """How alike the day's profiles of classes are: shape of the gamma distribution of rate over product of margins;
    infinite: one profile for all; None: nothing was shrunk."""

    def estimate(self, of_class: int, period: int) -> Estimated:
        """One rate [per minute]; ``n`` is customers."""
        at = of_class, period
        n = round(float(self.customers[at]))
        return Estimated(float(self.rates[at]), float(self.standard_errors[at]), n, float(self.freedom[at]))


def count_arrivals(
    log: TicketLog,
    day_types: Mapping[date, str],
    hours: Mapping[str, tuple[int, int]],
    period: int,
    by: Sequence[str] = CLASS,
    left_out: Iterable[str] = (NO_SHOW,),
) -> dict[str, ArrivalCounts]:
    """Count customers by day type, day, class and period.

    Args:
        log: the tickets.
        day_types: type of each date; dates without one, or of a type without hours, are left out, and so are dates
            without a ticket.
        hours: opening and closing by day type [minutes after midnight].
        period: length of a period [minutes].
        by: columns that make a class.
        left_out: outcomes that are no customers: a number that nobody answers is one too many.

    Returns:
        Counts by day type; a type of which the log has no day is absent.
    """
    if unknown := set(by) - set(CLASS):
        raise InvalidParameterError(f"a class is made of {', '.join(CLASS)}, not of {', '.join(sorted(unknown))}")
    for day_type, (opening, closing) in hours.items():
        if closing <= opening or (closing - opening) % period:
            raise InvalidParameterError(f"{day_type}: opening hours are no whole number of periods of {period} minutes")
    known = sorted(day for day in day_types if day_types[day] in hours)
    parameters = (
        [day.isoformat() for day in known],
        [hours[day_types[day]][0] for day in known],
        [hours[day_types[day]][1] for day in known],
        period,
        list(left_out),
    )
    found = log.arrays(_counting(by), parameters)
    dates = found["day"].astype("datetime64[D]")
    classes, of_row = _classes(found, by)
    counts = {}
    for day_type, (opening, closing) in hours.items():
        seen = [day for day in np.unique(dates).astype(object) if day_types[day] == day_type]
        if not seen:
            continue
        row_day = np.searchsorted(np.array(seen, "datetime64[D]"), dates)
        mine = np.isin(dates, np.array(seen, "datetime64[D]"))
        inside = mine & (found["period"] >= 0)
        customers = np.zeros((len(seen), len(classes), (closing - opening) // period))
        customers[row_day[inside], of_row[inside], found["period"][inside]] = found["n"][inside]
        outside = int(found["n"][mine & ~inside].sum())
        counts[day_type] = ArrivalCounts(day_type, tuple(seen), classes, opening, period, customers, outside)
    return counts


def _counting(by: Sequence[str]) -> str:
    names = ", ".join(by)
    return f"""
        WITH days AS (SELECT unnest($1::DATE[]) AS day, unnest($2::INT[]) AS opening, unnest($3::INT[]) AS closing),
        counted AS (
            SELECT day, {names},
                CASE WHEN arrival >= opening AND arrival < closing
                    THEN CAST(floor((arrival - opening) / $4) AS INT) ELSE -1 END AS period, count(*) AS n
            FROM tickets JOIN days USING (day) WHERE NOT list_contains($5::VARCHAR[], outcome) GROUP BY ALL)
        SELECT day, {names}, period, n, dense_rank() OVER (ORDER BY {names}) AS class FROM counted"""


def _classes(found: dict[str, NDArray[Any]], by: Sequence[str]) -> tuple[tuple[tuple[str, ...], ...], NDArray[Any]]:
    """Names of the classes in order, and the place of each row's."""
    _, first, place = np.unique(found["class"], return_index=True, return_inverse=True)
    return tuple(tuple(str(found[name][row]) for name in by) for row in first), place


def smoothing_window(periods: int, half_width: int) -> Floats:
    """Weights by which neighbouring periods are averaged: a triangle, cut off and made whole at the ends of the day.

    Weights fall evenly from the period itself to 0 at half_width + 1 periods away: half_width 1 is 1/4, 1/2, 1/4, and
    0 leaves the periods as they are.

    Returns:
        Axes period, period; each row sums to 1.
    """
    apart = np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))
    weights = np.maximum(0.0, half_width + 1 - apart)
    smoothed: Floats = weights / weights.sum(axis=1, keepdims=True)
    return smoothed


def arrival_rates(
    counts: Mapping[str, ArrivalCounts], half_width: int = 1, *, shrunk: bool = True
) -> dict[str, ArrivalRates]:
    """Arrival rates by day type, class and period, smoothed over neighbouring periods, rare classes shrunk.

    With w the window and λ the customers of D days (their shrunk number, ``shrinkage.shrink``), a rate is
    Σ w λ / (D · period). Its variance is that of λ (Poisson's, where nothing is shrunk) plus excess · (Σ w λ)² / D. The
    excess of a class is one for all periods and day types: its own, the more it has customers, else that of all classes
    pooled, which is the greater of what their smoothed counts and what whole days show.

    Args:
        counts: customers by day type.
        half_width: periods to either side that are averaged in; 0 gives the raw rates.
        shrunk: shrink each class toward its share of all customers times the profile of the day; False leaves the
            counts as they are.

    Returns:
        Rates by day type. Each interval covers the true rate averaged with the same window.

    Assumes: days vary alike in all periods; where some vary more, their intervals are too
        short and the others' too long.
    """
    windows = {name: smoothing_window(c.customers.shape[2], half_width) for name, c in counts.items()}
    excess = _excess(counts, windows)
    return {name: _rates(c, windows[name], excess, shrunk) for name, c in counts.items()}


def _rates(counts: ArrivalCounts, window: Floats, excess: "_Excess | None", shrunk: bool) -> ArrivalRates:
    days = len(counts.dates)
    seen: Floats = counts.customers.sum(axis=0)
    toward = shrink(seen) if shrunk else Shrunk.untouched(seen)
    expected = toward.customers @ window.T
    alone = toward.variances(window)
    daily = np.zeros_like(expected)
    freedom = np.full_like(expected, np.inf)
    of_class = None
    if excess:
        of_class = np.array([excess.of_class[name] for name in counts.classes])
        daily = expected**2 * of_class[:, np.newaxis] / days
        np.divide((alone + daily) ** 2 * excess.freedom, daily**2, out=freedom, where=daily > 0)
    scale = days * counts.period
    return ArrivalRates(
        counts.day_type,
        counts.classes,
        counts.opening,
        counts.period,
        days,
        expected / scale,
        np.sqrt(alone + daily) / scale,
        freedom,
        seen @ (window > 0).T.astype(float),
        window,
        of_class,
        toward.shape,
    )


@dataclass(frozen=True)
class _Excess:
    of_class: dict[tuple[str, ...], float]
    freedom: float


def _excess(counts: Mapping[str, ArrivalCounts], windows: Mapping[str, Floats]) -> _Excess | None:
    """Relative variance from day to day beyond Poisson's, by class; None if no type has two days."""
    several = [(c, windows[name]) for name, c in counts.items() if len(c.dates) > 1]
    if not several:
        return None
    sums: dict[tuple[str, ...], Floats] = {}
    whole = np.zeros(3)
    for c, window in several:
        for name, row in zip(c.classes, _variances(c.customers, window), strict=True):
            sums[name] = sums.get(name, np.zeros(3)) + row
        every = np.ones((1, window.shape[0]))
        whole += _variances(c.customers.sum(axis=1, keepdims=True), every)[0]
    beyond, square, _ = np.sum(list(sums.values()), axis=0)
    pooled = max(0.0, *(float(part / of) for part, of in [(beyond, square), (whole[0], whole[1])] if of > 0), 0.0)
    of_class = {}
    for c in counts.values():
        for name in c.classes:
            beyond, square, poisson = sums.get(name, np.zeros(3))
            # Of what the counts of a class vary, the part that is not Poisson's if the class is like the others.
            trust = pooled * square / (pooled * square + poisson) if pooled * square > 0 else 0.0
            own = max(0.0, beyond / square) if square > 0 else 0.0
            of_class[name] = float(trust * own + (1 - trust) * pooled)
    freedom = sum(len(c.dates) - 1 for c, _ in several)
    return _Excess(of_class, freedom / (1 + pooled))


def _variances(customers: Floats, window: Floats) -> Floats:
    """Of each class the sums, over periods, of variance beyond Poisson's, mean squared, and Poisson's variance.

    Args:
        customers: axes day, class, period.
        window: axes period, period.

    Returns:
        Axes class, (beyond, square, Poisson); weighted by the days less one.
    """
    days = len(customers)
    smoothed = customers @ window.T
    variance = smoothed.var(axis=0, ddof=1)
    poisson = customers.mean(axis=0) @ (window**2).T
    square = np.maximum(smoothed.mean(axis=0) ** 2 - variance / days, 0)
    sums: Floats = (days - 1) * np.stack([variance - poisson, square, poisson]).sum(axis=2).T
    return sums
