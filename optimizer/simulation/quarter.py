"""A policy in the hall: days of every kind, simulated."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from optimizer.errors import DataRefused, Fault
from optimizer.problem import Branch, Policy
from optimizer.simulation.branch_hall import COST_NAMES, branch_hall, hall_prices
from optimizer.simulation.estimates import Estimate, HallEstimate
from optimizer.simulation.replications import Replications, simulate_hall
from optimizer.simulation.streams import child
from optimizer.simulation.together import total_costs


@dataclass(frozen=True)
class Simulation:
    """What a policy yields by simulation."""

    policy: Policy
    seed: int
    days: dict[str, HallEstimate]
    """By day type."""
    costs: dict[str, Estimate]
    """Of a quarter by name [yuan], those that the events of the days decide, and their ``total``."""


def simulate(
    branch: Branch,
    policy: Policy,
    replications: Replications,
    report: Callable[[int, int], None] = lambda done, most: None,
) -> Simulation:
    """Simulate days of every type under a policy.

    Two policies with one seed meet the same customers.

    Args:
        branch: The branch.
        policy: What it does; it need not keep the branch's rules.
        replications: Days of each type, seed, workers.
        report: Told the days done and the most that may be done, over all types.

    Raises:
        DataRefused: where the policy lacks a day type or a window role, has a day of another length, or names what the
            branch does not know.
    """
    refuse_unfit(branch, policy)
    days: dict[str, HallEstimate] = {}
    for day_type, own, done in by_day_type(branch, replications, report):
        hall = branch_hall(branch, policy, day_type)
        days[day_type] = simulate_hall(hall, own, prices=hall_prices(branch, hall), cost_names=COST_NAMES, report=done)
    return Simulation(policy, replications.seed, days, quarter_costs(branch, days))


def by_day_type(
    branch: Branch, replications: Replications, report: Callable[[int, int], None]
) -> Iterator[tuple[str, Replications, Callable[[int, int], None]]]:
    """Every day type with days of its own seed, and what tells of those done over all types."""
    most = len(branch.day_types) * replications.days
    for index, day_type in enumerate(branch.day_types):

        def done_of_all(done: int, _: int, before: int = index * replications.days) -> None:
            report(before + done, most)

        yield day_type, replace(replications, seed=seed_of(replications.seed, index)), done_of_all


def seed_of(seed: int, index: int) -> int:
    """Seed of the days of the ``index``-th day type."""
    return int(child(np.uint64(seed), index))


def quarter_costs(branch: Branch, days: dict[str, HallEstimate]) -> dict[str, Estimate]:
    """Costs of all days of a quarter by name."""
    return total_costs([(float(branch.day_types[name].days), day.costs) for name, day in days.items()])


def refuse_unfit(branch: Branch, policy: Policy) -> None:
    """Refuse a policy that the branch has no hall for.

    Raises:
        DataRefused: with every fault, in the order of the branch and the policy.
    """
    if faults := [*_unknown(branch, policy), *_misfits(branch, policy)]:
        raise DataRefused(faults)


def _unknown(branch: Branch, policy: Policy) -> Iterator[Fault]:
    """A fault for every name that the branch does not know."""
    named: list[tuple[str, Iterable[str], Collection[str], str]] = [
        ("thresholds", policy.thresholds, branch.diversions, "a diversion"),
        ("days", policy.days, branch.day_types, "a day type"),
    ]
    for day_type, plan in policy.days.items():
        named.append((f"days.{day_type}.windows", plan.windows, branch.roles, "a window role"))
        named.append((f"days.{day_type}.shifts", dict.fromkeys(a.skill for a in plan.shifts), branch.skills, "a skill"))
    for place, names, known, what in named:
        for name in names:
            if name not in known:
                yield Fault("policy", place, name, f"{what}, one of: {', '.join(known) or '(none defined)'}")
    if policy.campaign not in branch.campaigns:
        yield Fault("policy", "campaign", policy.campaign, f"one of: {', '.join(branch.campaigns)}")


def _misfits(branch: Branch, policy: Policy) -> Iterator[Fault]:
    """A fault for every plan that is absent or of another length, and for greeters where there is no place for them."""
    for day_type in branch.day_types:
        if day_type not in policy.days:
            yield Fault("policy", f"days.{day_type}", "absent", "a plan for every day type")
            continue
        windows, periods = policy.days[day_type].windows, branch.periods(day_type)
        for role in branch.roles:
            place = f"days.{day_type}.windows.{role}"
            if role not in windows:
                yield Fault("policy", place, "absent", "windows of every role")
            elif len(windows[role]) != periods:
                yield Fault("policy", place, len(windows[role]), f"{periods} periods")
    if branch.greeter is None and policy.greeters > 0:
        yield Fault("policy", "greeters", policy.greeters, "0: the branch has no greeter")
