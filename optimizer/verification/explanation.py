"""Which assumption of the evaluation explains a difference: made true in the hall, or left out of both sides."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from optimizer.evaluation import DayEvaluation, Evaluation, Regime, evaluate_day
from optimizer.problem import Branch, Policy
from optimizer.simulation import Hall, HallEstimate, Replications, branch_hall, seed_of, simulate_hall
from optimizer.verification.assumptions import HALL_CHANGES
from optimizer.verification.comparison import LEAST_WAIT, Comparison, Outcome
from optimizer.verification.models import used_models

MATTERS = 0.5
"""An assumption explains a difference if no more than this share of it is left without it."""


@dataclass(frozen=True)
class Trial:
    """One assumption less, and what is left of a difference."""

    assumption: str
    promised: float
    simulated: float
    error: float
    left: float
    """Difference that is left, as a share of the one to be explained; both relative to what is promised."""
    in_hall: bool = False
    """Whether the assumption was made true in the hall; else a model was left out of both sides."""


@dataclass(frozen=True)
class Explanation:
    """A mean wait that was promised otherwise than it came, and what each assumption has to do with it."""

    comparison: Comparison
    trials: tuple[Trial, ...]
    """Those that leave least first."""

    @property
    def cause(self) -> Trial | None:
        """The assumption that explains the difference; None: no one by itself."""
        first = self.trials[0] if self.trials else None
        return first if first is not None and abs(first.left) <= MATTERS else None


def exponential_greeter(branch: Branch, day: DayEvaluation) -> Branch | None:
    """The branch where a customer's time with the greeter is as long in the mean but exponential; None: it is already.

    The evaluation follows that time by two moments: this leaves what it may miss out of both sides.
    """
    service = day.flows.greeter_service
    if branch.greeter is None or service.scv == 1:
        return None
    name, greeter = branch.greeter
    return branch.replace(
        channels=branch.channels | {name: greeter.replace(minutes=1 / service.rate, side_tasks={})},
        diversions={key: each.replace(assistance_minutes=0.0) for key, each in branch.diversions.items()},
    )


def explanations(
    branch: Branch, evaluation: Evaluation, found: tuple[Comparison, ...], replications: Replications,
    report: Callable[[int, int], None] = lambda done, most: None,
) -> tuple[Explanation, ...]:  # fmt: skip
    """For each channel whose mean wait of the day does not agree: what explains the largest difference.

    Args:
        branch: The branch.
        evaluation: What was promised.
        found: Comparisons; those of mean waits of whole days, of all customers, count.
        replications: Days of each trial.
        report: Told the trials done and all.
    """
    differing = _worst_by_channel(found)
    cases = [
        (day_type, *case)
        for day_type in branch.day_types
        if any(c.day_type == day_type for c in differing)
        for case in _cases(branch, evaluation, day_type)
    ]
    trials: dict[str, list[Trial]] = {c.channel: [] for c in differing}
    for done, (day_type, name, made) in enumerate(cases, 1):
        day, hall = made()
        seed = seed_of(replications.seed, list(branch.day_types).index(day_type))
        estimate = simulate_hall(hall, replace(replications, seed=seed))
        visited = {station for each in hall.classes for station in each.visits}
        for c in differing:
            if c.day_type == day_type and c.channel in visited:
                trials[c.channel].append(_trial(name, c, day, estimate))
        report(done, len(cases))
    return tuple(Explanation(c, tuple(sorted(trials[c.channel], key=lambda trial: abs(trial.left)))) for c in differing)


def _trial(name: str, c: Comparison, day: DayEvaluation, estimate: HallEstimate) -> Trial:
    wait, promised = estimate.measures(c.channel).mean_wait, day.channels[c.channel].mean_wait or 0.0
    value, error = float(wait.value), float(wait.error)
    left = _relative(promised, value) / _relative(c.promised, c.simulated)
    return Trial(name, promised, value, error, left, name in HALL_CHANGES)


def _relative(promised: float, simulated: float) -> float:
    return (simulated - promised) / max(promised, LEAST_WAIT)


def _worst_by_channel(found: tuple[Comparison, ...]) -> list[Comparison]:
    worst: dict[str, Comparison] = {}
    for c in found:
        whole = c.measure == "mean_wait" and c.period is None and c.tier is None
        if whole and c.outcome is not Outcome.AGREES:
            other = worst.get(c.channel)
            if other is None or abs(c.excess) > abs(other.excess):
                worst[c.channel] = c
    return list(worst.values())


Case = tuple[DayEvaluation, Hall]


def _cases(branch: Branch, evaluation: Evaluation, day_type: str) -> Iterator[tuple[str, Callable[[], Case]]]:
    """By name the day as evaluated, and its hall: without a model on both sides, or with an assumption true in it."""
    policy, evaluated = evaluation.policy, evaluation.days[day_type]
    for name, model in used_models(branch, policy).items():
        yield name, partial(_without, *model(branch, policy), day_type)
    if policy.greeters > 0 and (plain := exponential_greeter(branch, evaluated)) is not None:
        yield "variability of the greeter's time", partial(_without, plain, policy, day_type)
    hall = branch_hall(branch, policy, day_type)
    for name, change in HALL_CHANGES.items():
        changed = change(branch, hall, evaluated)
        if changed != hall:
            yield name, partial(_both, evaluated, changed)


def _without(branch: Branch, policy: Policy, day_type: str) -> Case:
    day = evaluate_day(branch, day_type, Regime.of(branch, policy), policy.days[day_type])
    return day, branch_hall(branch, policy, day_type)


def _both(day: DayEvaluation, hall: Hall) -> Case:
    return day, hall


def mean_absolute(values: list[float]) -> float:
    """Mean of absolute values; 0 of none."""
    return float(np.mean(np.abs(values))) if values else 0.0
