"""Targets judged by the simulation."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from optimizer.evaluation import Evaluation, Promise
from optimizer.problem import Branch, Machine, Remote, Target
from optimizer.simulation import Estimate, Simulation
from optimizer.verification.multiplicity import holm, p_value


class Verdict(Enum):
    """Whether a target holds in the hall."""

    HOLDS = "holds"
    """Simulated on the right side of the limit."""
    UNDECIDED = "undecided"
    """On the wrong side, but no further than chance explains."""
    FAILS = "fails"


@dataclass(frozen=True)
class JudgedTarget:
    """One target on one day type, or in one of its periods."""

    promise: Promise
    """What the evaluation says of it."""
    simulated: float
    error: float
    """Standard error."""
    days: int
    shortfall: float
    """How far the simulated value is on the wrong side of the limit; below 0 on the right side."""
    verdict: Verdict = Verdict.HOLDS

    def half_width(self, confidence: float) -> float:
        """Half the width of the interval of the simulated value."""
        estimate = Estimate(np.asarray(self.simulated), np.asarray(self.error), self.days)
        return float(estimate.half_width(confidence))


def judged_targets(
    branch: Branch, evaluation: Evaluation, simulation: Simulation, level: float
) -> tuple[JudgedTarget, ...]:
    """Judge every promise of the evaluation by the simulation, all together.

    A promise to a tier is judged by the customers of that tier.

    Args:
        branch: The branch with its targets.
        evaluation: What was promised.
        simulation: What happened.
        level: Probability that any target that holds is said to fail.
    """
    found = list(_judged(branch, evaluation, simulation))
    tested = [p_value(j.shortfall, j.error, j.days - 1, sides=1) for j in found]
    return tuple(
        replace(j, verdict=Verdict.FAILS if fails else Verdict.UNDECIDED if j.shortfall > 0 else Verdict.HOLDS)
        for j, fails in zip(found, holm(tested, level), strict=True)
    )


def _judged(branch: Branch, evaluation: Evaluation, simulation: Simulation) -> Iterator[JudgedTarget]:
    for promise in evaluation.promises:
        if promise.name in branch.targets and promise.day_type is not None:
            target = branch.targets[promise.name]
            came, estimate = _measured(target, promise, simulation)
            count, value, error = (
                float(np.atleast_1d(v)[promise.period or 0]) for v in (came.value, estimate.value, estimate.error)
            )
            wrong = promise.limit - value if target.least is not None else value - promise.limit
            if count > 0:
                yield JudgedTarget(promise, value, error, estimate.days, wrong)
        elif promise.name in branch.diverted_shares:
            estimate = diverted_share(branch, branch.diverted_shares[promise.name].transactions, simulation)
            value = float(estimate.value)
            yield JudgedTarget(promise, value, float(estimate.error), estimate.days, promise.limit - value)


def _measured(target: Target, promise: Promise, simulation: Simulation) -> tuple[Estimate, Estimate]:
    """Customers that a promise is about, and its measure; nothing is known of it where none came."""
    day = simulation.days[promise.day_type or ""]
    measures = day.measures(target.channel, group=target.tier, by_period=promise.period is not None)
    if target.measure == "service_level":
        return measures.arrivals, measures.service_levels[target.within or 0.0]
    return measures.arrivals, measures.abandonment if target.measure == "abandonment" else measures.mean_wait


def diverted_share(branch: Branch, transactions: tuple[str, ...], simulation: Simulation) -> Estimate:
    """Share of some transactions that machines and remote channels take over the quarter.

    Its error is that of numbers that vary by themselves: too large where busy days raise all of them.
    """
    aside = {name for name, channel in branch.channels.items() if isinstance(channel, Machine | Remote)}
    greeter = branch.greeter[0] if branch.greeter is not None else None
    counts: dict[bool, list[tuple[float, Estimate]]] = {True: [], False: []}
    for day_type, day in simulation.days.items():
        for station, _, name in day.groups.keys:
            if name is not None and station != greeter and name.rpartition(", ")[0] in transactions:
                arrivals = day.measures(station, of_class=name).arrivals
                counts[station in aside].append((branch.day_types[day_type].days, arrivals))
    taken, others = (sum(days * float(count.value) for days, count in counts[side]) for side in (True, False))
    spread = [sum((days * float(count.error)) ** 2 for days, count in counts[side]) for side in (True, False)]
    total = max(taken + others, 1e-300)
    share = taken / total
    error = np.sqrt((1 - share) ** 2 * spread[0] + share**2 * spread[1]) / total
    return Estimate(np.asarray(share), np.asarray(error), min(day.days for day in simulation.days.values()))
