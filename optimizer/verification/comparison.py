"""What was promised beside what happened, number by number."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from math import sqrt
from typing import Literal

import numpy as np

from optimizer.evaluation import ChannelDay, Evaluation
from optimizer.simulation import Estimate, HallEstimate, Measures, Simulation
from optimizer.verification.multiplicity import holm, p_value

Measure = Literal["customers", "mean_wait", "abandonment", "service_level"]
LEAST_WAIT = 1.0
"""Waits are told apart in shares of themselves, or of this where they are shorter [minutes]."""
ENOUGH = 100
"""Independent events from which on a number's own variance is trusted as much as that of numbers like it."""


class Outcome(Enum):
    """What a number promised is beside the simulated one."""

    AGREES = "agrees"
    """No further from it than chance explains."""
    CLOSE = "close"
    """Further, but within the tolerance."""
    BETTER = "better"
    """Beyond the tolerance: the hall is better than the promise."""
    WORSE = "worse"


@dataclass(frozen=True)
class Comparison:
    """One number of one channel on one day type."""

    day_type: str
    channel: str
    measure: Measure
    within: float | None
    """Limit of a service level [minutes]."""
    tier: str | None
    """Tier that it is about; None: all."""
    period: int | None
    """None: the whole day."""
    promised: float
    simulated: float
    error: float
    """Standard error of the simulated number."""
    days: int
    customers: float
    """Customers a day that it is about."""
    dispersion: float = 0.0
    """Variance for each minute waited, or each customer lost or not served in time, of numbers like it."""
    outcome: Outcome = Outcome.AGREES

    @property
    def like(self) -> tuple[object, ...]:
        """Equal for numbers that differ in day type and period alone."""
        return self.channel, self.tier, self.measure, self.within, self.period is None

    @property
    def test_error(self) -> float:
        """Standard error if the promise were true.

        What goes wrong comes in bursts: an outage makes many wait. Where few bursts are seen, their number is small,
        and so is the error that they show. So it is not less than what the promise implies with the dispersion of this
        number, and as far as it shows few events with that of numbers like it, or of single customers.
        """
        count = max(self.customers * self.days, 1e-9)
        if self.measure == "customers":
            return max(self.error, sqrt(self.promised / self.days))
        simulated, promised = (max(_amiss(self, value), 0.0) for value in (self.simulated, self.promised))
        single = max(promised, LEAST_WAIT) if self.measure == "mean_wait" else max(1 - promised, 0.0)
        events = (simulated / self.error) ** 2 if self.error > 0 else 0.0
        others = max(self.dispersion, single)
        dispersion = (events * _dispersion(self) + ENOUGH * others) / (events + ENOUGH)
        return max(self.error, sqrt(promised * dispersion / count))

    def half_width(self, confidence: float) -> float:
        """Half the width of the interval of the simulated number."""
        estimate = Estimate(np.asarray(self.simulated), np.asarray(self.error), self.days)
        return float(estimate.half_width(confidence))

    @property
    def excess(self) -> float:
        """How much worse the simulated number is: relative for waits and customers, else as a share of customers."""
        worse = self.simulated - self.promised
        if self.measure == "customers":
            return abs(worse) / max(self.promised, 1.0)
        if self.measure == "mean_wait":
            return worse / max(self.promised, LEAST_WAIT)
        return -worse if self.measure == "service_level" else worse


def comparisons(
    evaluation: Evaluation, simulation: Simulation, level: float, tolerance: float
) -> tuple[Comparison, ...]:
    """Compare every number that both know, all together.

    Args:
        evaluation: What was promised.
        simulation: What happened.
        level: Probability that chance makes any of the numbers look different.
        tolerance: Difference that does not matter: a share of a wait, or of all customers.
    """
    found = [
        comparison
        for day_type, day in evaluation.days.items()
        for channel, promised in day.channels.items()
        for comparison in _of_channel(day_type, channel, promised, simulation.days[day_type])
    ]
    dispersions = _dispersions(found)
    found = [replace(c, dispersion=dispersions[c.like]) for c in found]
    tested = [p_value(c.simulated - c.promised, c.test_error, c.days - 1) for c in found]
    return tuple(
        replace(c, outcome=_outcome(c, bool(differs), tolerance))
        for c, differs in zip(found, holm(tested, level), strict=True)
    )


def _dispersions(found: list[Comparison]) -> dict[tuple[object, ...], float]:
    """Variance for each unit of what is amiss, of all numbers that are alike."""
    variances: dict[tuple[object, ...], float] = {}
    totals: dict[tuple[object, ...], float] = {}
    for c in found:
        total = _amiss(c, c.simulated) * c.customers
        variances[c.like] = variances.get(c.like, 0.0) + _dispersion(c) * total
        totals[c.like] = totals.get(c.like, 0.0) + total
    return {like: variance / totals[like] if totals[like] > 0 else 0.0 for like, variance in variances.items()}


def _dispersion(comparison: Comparison) -> float:
    """Variance for each unit of what is amiss, of one number."""
    amiss = _amiss(comparison, comparison.simulated)
    return comparison.error**2 * comparison.customers * comparison.days / amiss if amiss > 0 else 0.0


def _amiss(comparison: Comparison, value: float) -> float:
    """Minutes waited, or share of customers lost or not served in time."""
    return 1 - value if comparison.measure == "service_level" else value


def _outcome(comparison: Comparison, differs: bool, tolerance: float) -> Outcome:
    if not differs:
        return Outcome.AGREES
    excess = comparison.excess
    if abs(excess) <= tolerance:
        return Outcome.CLOSE
    return Outcome.WORSE if excess > 0 else Outcome.BETTER


def _of_channel(day_type: str, channel: str, day: ChannelDay, simulated: HallEstimate) -> Iterator[Comparison]:
    if not day.demand.arrivals.sum() > 0:
        return
    limits = day.demand.limits
    for by_period in (False, True):
        measures = simulated.measures(channel, by_period=by_period)
        promised = _promised(day.measures, limits, by_period)
        yield from _numbers(day_type, channel, None, promised, measures, by_period)
    for rank, ranked in zip(day.demand.ranks, day.ranks, strict=True):
        if len(day.ranks) > 1 and len(rank.tiers) == 1 and ranked.arrivals.sum() > 0:
            tier = rank.tiers[0]
            measures = simulated.measures(channel, group=tier)
            yield from _numbers(day_type, channel, tier, _promised(ranked, limits, False), measures, False)


Promised = dict[tuple[Measure, float | None], np.ndarray]


def _promised(day: object, limits: tuple[float, ...], by_period: bool) -> Promised:
    """Measures of a channel or of a rank as the simulation counts them; nothing where nobody comes."""
    arrivals, waiting = (np.array(getattr(day, name), dtype=float) for name in ("arrivals", "waiting"))
    waiting[-1] += float(getattr(day, "waiting_after_closing"))  # noqa: B009 - of either type of day
    lost = np.asarray(getattr(day, "abandoned")) + np.asarray(getattr(day, "blocked"))  # noqa: B009
    levels = np.asarray(getattr(day, "service_level")) * arrivals  # noqa: B009
    tops: Promised = {("customers", None): arrivals, ("mean_wait", None): waiting, ("abandonment", None): lost}
    tops |= {("service_level", limit): levels[index] for index, limit in enumerate(limits)}
    if not by_period:
        tops, arrivals = {key: np.array([top.sum()]) for key, top in tops.items()}, np.array([arrivals.sum()])
    safe = np.where(arrivals > 0, arrivals, 1.0)
    return {key: top if key[0] == "customers" else top / safe for key, top in tops.items()}


def _numbers(
    day_type: str, channel: str, tier: str | None, promised: Promised, measures: Measures, by_period: bool
) -> Iterator[Comparison]:
    """Numbers of customers who are expected; where none of them ever came, nothing is known but that."""
    customers, came = promised["customers", None], np.atleast_1d(measures.arrivals.value)
    for (measure, within), numbers in promised.items():
        estimate = _simulated(measures, measure, within)
        values, errors = np.atleast_1d(estimate.value), np.atleast_1d(estimate.error)
        for t, count in enumerate(customers.tolist()):
            if count > 0 and (came[t] > 0 or measure == "customers"):
                yield Comparison(
                    day_type, channel, measure, within, tier, t if by_period else None,
                    float(numbers[t]), float(values[t]), float(errors[t]), estimate.days, count,
                )  # fmt: skip


def _simulated(measures: Measures, measure: Measure, within: float | None) -> Estimate:
    if measure == "service_level":
        return measures.service_levels[within or 0.0]
    if measure == "customers":
        return measures.arrivals
    return measures.mean_wait if measure == "mean_wait" else measures.abandonment
