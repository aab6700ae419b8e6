"""Do customers come as a Poisson process within the period? Two tests that look at different things.

Blocks of a few minutes, with a rate of their own each, ask whether customers come independently of each other: not in
groups, not by appointment. Counts by period, given the day's total, ask whether the same profile holds on all days.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.calibration.arrivals import CLASS, ArrivalCounts
from optimizer.calibration.log import NO_SHOW, TicketLog
from optimizer.errors import InvalidParameterError

Floats = NDArray[np.float64]
BLOCK = 10
"""Minutes in which the rate is taken to be constant."""
SAMPLE = 5000
"""Customers that are looked at: more find departures, as of a rate that is not quite constant in a block, that do not
matter."""
LEAST_EXPECTED = 1.0
"""Customers of a cell below which it says nothing by chi-square."""


UNUSUAL, IMPROBABLE = 2.0, 1e-6
"""A period is unusual if a Poisson process with so many times the usual customers makes it so improbable."""
LEAST_DAYS = 5


@dataclass(frozen=True)
class UnusualPeriod:
    """A period in which far more customers came than on other days of its type."""

    day: date
    start: int
    """Minutes after midnight."""
    customers: int
    usual: float
    """Median over the days of the type."""


@dataclass(frozen=True)
class PoissonTest:
    """How far from a Poisson process, and how probable that is for one."""

    distance: float
    """Largest difference of distribution functions, or mean squared difference over what Poisson's would be."""
    p: float
    """Probability that a Poisson process is at least as far off; not a number where there was too little to look at."""
    n: int
    """Customers, or counts, that were looked at."""

    def doubtful(self, level: float = 0.05) -> bool:
        """Whether a Poisson process is so far off with a probability below the level."""
        return self.p < level


def independence(
    log: TicketLog, of_class: Mapping[str, str] | None = None, block: int = BLOCK, *, most: int = SAMPLE, seed: int = 0
) -> PoissonTest:
    """Test whether customers come independently of each other within blocks of constant rate.

    In a block of length L with arrivals T[1] < ... < T[J], T[0] = 0, the variables
    R[j] = (J + 1 - j) · (-log((L - T[j]) / (L - T[j-1]))) are independent and exponential with mean 1 if the process is
    Poisson, whatever the rates of the blocks; the distance is Kolmogorov's and Smirnov's. Moments that were rounded
    are first spread evenly over the second or minute that they stand for.

    Args:
        log: the tickets; numbers that nobody answered are left out.
        of_class: values of transaction, tier or channel of the customers looked at; all where it is absent.
        block: length of a block [minutes].
        most: customers looked at, in blocks drawn at random from the whole log.
        seed: of the draw and the spreading.

    Source: Brown, Gans, Mandelbaum, Sakov, Shen, Zeltyn, Zhao (2005), Statistical analysis of a telephone call center,
        JASA 100, section 4.1.
    """
    from scipy.stats import kstest

    of_class = of_class or {}
    if unknown := set(of_class) - set(CLASS):
        raise InvalidParameterError(f"a class is made of {', '.join(CLASS)}, not of {', '.join(sorted(unknown))}")
    where = " AND ".join(["outcome <> ?", *(f"{name} = ?" for name in of_class)])
    values: tuple[Any, ...] = (NO_SHOW, *of_class.values())
    whole = int(log.arrays(f"SELECT count(*) AS n FROM tickets WHERE {where}", values)["n"][0])
    share = min(1.0, most / whole) if whole else 1.0
    found = log.arrays(
        f"""SELECT day, arrival FROM tickets WHERE {where}
            AND hash(day, CAST(floor(arrival / {int(block)}) AS INT), {int(seed)}) % 1000000 < {share * 1e6:.0f}
            ORDER BY day, arrival""",
        values,
    )
    if len(found["arrival"]) < 2:
        return PoissonTest(math.nan, math.nan, len(found["arrival"]))
    rng = np.random.default_rng(seed)
    arrival = found["arrival"] + resolution(found["arrival"]) * rng.random(len(found["arrival"]))
    days = np.unique(found["day"], return_inverse=True)[1]
    exponential = transformed(days * (10_000 // block) + np.floor(arrival / block), arrival % block, block)
    result = kstest(exponential, "expon")
    return PoissonTest(float(result.statistic), float(result.pvalue), len(exponential))


def transformed(blocks: NDArray[Any], arrival: Floats, length: float) -> Floats:
    """Variables that are exponential with mean 1 if the arrivals of each block are Poisson.

    Args:
        blocks: block of each arrival.
        arrival: minutes after the beginning of its block.
        length: of a block [minutes].
    """
    order = np.lexsort((arrival, blocks))
    _, first, number = np.unique(blocks[order], return_index=True, return_counts=True)
    left = length - arrival[order]
    before = np.append(length, left[:-1])
    before[first] = length
    remaining = np.repeat(number + first, number) - np.arange(len(left))
    gaps: Floats = -remaining * np.log(left / before)
    return gaps


def resolution(moments: Floats) -> float:
    """Minutes to which moments were cut: a minute, a second, or 0 where they were not; 99 in 100 say so."""
    for step in (1.0, 1 / 60):
        parts = moments / step
        if (np.abs(parts - np.rint(parts)) < 1e-4).mean() >= 0.99:
            return step
    return 0.0


def dispersion(counts: Mapping[str, ArrivalCounts], classes: Sequence[int] | None = None) -> PoissonTest:
    """Test whether counts by day and period vary as Poisson's, given the totals of the days and the profile.

    The distance is the index of dispersion: Pearson's chi-square of the table of days and periods over its degrees of
    freedom, 1 for Poisson's. The day factor does not show in it; profiles that differ from day to day, groups and
    appointments do. Periods with fewer than a customer a day are left out.

    Args:
        counts: customers by day type.
        classes: places of the classes that are added up; all where it is absent.
    """
    from scipy.stats import chi2

    square, freedom, cells = 0.0, 0, 0
    for c in counts.values():
        chosen = c.customers if classes is None else c.customers[:, list(classes)]
        table = chosen.sum(axis=1)
        table = table[:, table.mean(axis=0) >= LEAST_EXPECTED]
        table = table[table.sum(axis=1) > 0] if table.size else table
        if min(table.shape) < 2:
            continue
        expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
        square += float(((table - expected) ** 2 / expected).sum())
        freedom += (table.shape[0] - 1) * (table.shape[1] - 1)
        cells += table.size
    if not freedom:
        return PoissonTest(math.nan, math.nan, 0)
    return PoissonTest(square / freedom, float(chi2.sf(square, freedom)), cells)


def unusual_periods(counts: Mapping[str, ArrivalCounts]) -> tuple[UnusualPeriod, ...]:
    """Periods with far more customers than usual, in the order of time: what a planner should explain or leave out.

    Args:
        counts: customers by day type; of a type with fewer than five days nothing is called usual.

    Returns:
        Periods with a number that a Poisson process with twice the median reaches with a probability below 1e-6.
    """
    from scipy.stats import poisson

    found = []
    for c in counts.values():
        if len(c.dates) < LEAST_DAYS:
            continue
        table = c.customers.sum(axis=1)
        usual = np.median(table, axis=0)
        # One customer more, or the first to come in a quiet period would be a wonder.
        improbable = poisson.sf(table - 1, UNUSUAL * (usual + 1)) < IMPROBABLE
        for day, t in zip(*np.nonzero(improbable), strict=True):
            start = c.opening + int(t) * c.period
            found.append(UnusualPeriod(c.dates[day], start, int(table[day, t]), float(usual[t])))
    return tuple(sorted(found, key=lambda period: (period.day, period.start)))
