"""Which assumption of the evaluation explains a difference: made true in the hall, or left out of both sides."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from optimizer.evaluation import DayEvaluation, Evaluation, Regime, evaluate_day
from optimizer.problem import Branch, Policy
from optimizer.simulation import (
    CustomerClass,
    Distribution,
    Hall,
    Replications,
    Visit,
    branch_hall,
    class_name,
    seed_of,
    simulate_hall,
)
from optimizer.verification.comparison import LEAST_WAIT, Comparison, Outcome
from optimizer.verification.models import used_models

HallChange = Callable[[Branch, Hall, DayEvaluation], Hall]
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


def direct_arrivals(branch: Branch, hall: Hall, day: DayEvaluation) -> Hall:
    """Everybody comes to each channel from outside, as often as the evaluation says, with no stage before it."""
    flows, channels = day.flows.arrivals, list(branch.channels)
    known = {each.name: each for each in hall.classes}
    classes = []
    for row, (transaction, tier) in enumerate(branch.classes):
        for column, channel in enumerate(channels):
            each = known.get(class_name(transaction, tier))
            rates = tuple((flows[row, column] / branch.period).tolist())
            if each is not None and channel in each.visits and sum(rates) > 0:
                visit = _without_desk(each.visits[channel])
                classes.append(CustomerClass(each.name, rates, (channel,), {channel: visit}, group=each.group))
    return replace(hall, classes=tuple(classes), adviser=None)


def _without_desk(visit: Visit) -> Visit:
    """Second turns and the time at the desk are in the flows already."""
    form = visit.form
    if form is None:
        return visit
    return replace(visit, form=replace(form, desk=None, wrong=0.0) if form.below > 0 else None)


def one_service_time(branch: Branch, hall: Hall, day: DayEvaluation) -> Hall:
    """Whatever customers come for, at one channel their service times have one distribution."""
    channels = list(branch.channels)
    mixes = {name: _mix(branch, day, channels.index(name), name) for name in (*branch.roles, *branch.machines)}
    return replace(
        hall,
        classes=tuple(
            replace(
                each,
                visits={
                    name: visit if (mix := mixes.get(name)) is None else replace(visit, service=mix)
                    for name, visit in each.visits.items()
                },
            )
            for each in hall.classes
        ),
    )


def _mix(branch: Branch, day: DayEvaluation, column: int, name: str) -> Distribution | None:
    """The service time of all who come to a channel, by its first two moments."""
    given = branch.channels[name].service
    rows = [(float(w), given[transaction]) for w, (transaction, _) in
            zip(day.flows.arrivals[:, column].sum(axis=1), branch.classes, strict=True) if w > 0]  # fmt: skip
    total = sum(weight for weight, _ in rows)
    if total <= 0:
        return None
    mean = sum(weight * service.mean for weight, service in rows) / total
    square = sum(weight * service.mean**2 * (1 + service.scv) for weight, service in rows) / total
    return Distribution.lognormal(mean, max(square / mean**2 - 1, 0.0))


def exponential_greeter(branch: Branch, hall: Hall, day: DayEvaluation) -> Hall:
    """A customer's time with the greeter, side tasks and help included, is exponential."""
    if hall.adviser is None:
        return hall
    adviser, mean = hall.adviser, 1 / day.flows.greeter_service_rate
    return replace(
        hall,
        classes=tuple(
            replace(
                each,
                visits=each.visits
                | {adviser: replace(each.visits[adviser], service=Distribution.exponential(mean), extras=())},
                advice=None if each.advice is None else replace(each.advice, assistance=Distribution.constant(0.0)),
            )
            for each in hall.classes
        ),
    )


HALL_CHANGES: dict[str, HallChange] = {
    "stages before the channel (greeter, form desk)": direct_arrivals,
    "one service time for all at a channel": one_service_time,
    "exponential time with the greeter": exponential_greeter,
}


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
    day_types = sorted({c.day_type for c in differing}, key=list(branch.day_types).index)
    changes = used_models(branch, evaluation.policy)
    most, done = len(day_types) * (len(changes) + len(HALL_CHANGES)), 0
    trials: dict[str, dict[str, list[Trial]]] = {}
    for day_type in day_types:
        about = [c for c in differing if c.day_type == day_type]
        trials[day_type] = {c.channel: [] for c in about}
        for name in (*changes, *HALL_CHANGES):
            day, hall = _changed(branch, evaluation, day_type, name)
            seed = seed_of(replications.seed, list(branch.day_types).index(day_type))
            estimate = simulate_hall(hall, replace(replications, seed=seed))
            for c in about:
                wait, promised = estimate.measures(c.channel).mean_wait, day.channels[c.channel].mean_wait or 0.0
                value, error = float(wait.value), float(wait.error)
                left = _relative(promised, value) / _relative(c.promised, c.simulated)
                trials[day_type][c.channel].append(Trial(name, promised, value, error, left))
            done += 1
            report(done, most)
    return tuple(
        Explanation(c, tuple(sorted(trials[c.day_type][c.channel], key=lambda trial: abs(trial.left))))
        for c in differing
    )


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


def _changed(branch: Branch, evaluation: Evaluation, day_type: str, name: str) -> tuple[DayEvaluation, Hall]:
    """The day as evaluated, and its hall, without a model on both sides, or with an assumption true in the hall."""
    policy: Policy = evaluation.policy
    if name in HALL_CHANGES:
        day = evaluation.days[day_type]
        return day, HALL_CHANGES[name](branch, branch_hall(branch, policy, day_type), day)
    given, decided = used_models(branch, policy)[name](branch, policy)
    regime = Regime.of(given, decided)
    return evaluate_day(given, day_type, regime, decided.days[day_type]), branch_hall(given, decided, day_type)


def mean_absolute(values: list[float]) -> float:
    """Mean of absolute values; 0 of none."""
    return float(np.mean(np.abs(values))) if values else 0.0
