"""A ticket log in the hall: the customers who really came, under a policy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.problem import Branch, LoggedDay, Policy
from optimizer.simulation.branch_hall import COST_NAMES, branch_hall, class_name, hall_prices
from optimizer.simulation.estimates import Estimate, HallEstimate
from optimizer.simulation.moments import Groups, Moments, follow_days
from optimizer.simulation.quarter import refuse_unfit, seed_of
from optimizer.simulation.records import NO_LOG, NONE_GIVEN, Given, workspace
from optimizer.simulation.replications import HallDays, Replications, in_batches
from optimizer.simulation.together import total_costs


@dataclass(frozen=True)
class ReplayedDate:
    """A date of the log, simulated again and again."""

    day_type: str
    customers: int
    estimate: HallEstimate


@dataclass(frozen=True)
class Replay:
    """What a policy yields for the customers of a log.

    Who came when and for what is the log's; what it does not say is drawn anew each time: patience, amounts, whether
    advice is followed, forms, tickets, service times that are not given. The errors are of what is drawn.
    """

    policy: Policy
    seed: int
    dates: dict[str, ReplayedDate]

    @property
    def estimates(self) -> tuple[HallEstimate, ...]:
        """Of each date."""
        return tuple(date.estimate for date in self.dates.values())

    @property
    def costs(self) -> dict[str, Estimate]:
        """Costs of all dates by name [yuan], those that the events decide, and their ``total``."""
        return total_costs([(1.0, estimate.costs) for estimate in self.estimates])


@dataclass
class GivenDays(HallDays):
    """Follows days of one hall on which the same customers come."""

    given: Given = NONE_GIVEN

    def batch(self, begin: int, end: int) -> Moments:
        """Moments of some days."""
        day, moments, at = self.room_for_one(), self.empty, begin
        work = workspace(self.arrays, self.room)
        while at < end:
            at, ending = follow_days(
                self.arrays, work, day, self.groups.of_visit, self.prices, NO_LOG, self.given, np.uint64(self.seed),
                at, end, moments,
            )  # fmt: skip
            work = self.workspace_after(ending, work)
        return moments


def replay(
    branch: Branch,
    policy: Policy,
    log: Sequence[LoggedDay],
    replications: Replications,
    report: Callable[[int, int], None] = lambda done, most: None,
) -> Replay:
    """Simulate the dates of a ticket log under a policy, each with its own customers.

    Args:
        branch: The branch; its expected arrivals and busy days are not used.
        policy: What it does; it need not keep the branch's rules.
        log: The days.
        replications: Times each date is simulated, seed, workers; the precision is not used.
        report: Told the days done and the most that may be done, over all dates.

    Raises:
        DataRefused: where the policy does not fit the branch.
    """
    refuse_unfit(branch, policy)
    dates: dict[str, ReplayedDate] = {}
    for index, day in enumerate(log):
        before, most = index * replications.days, len(log) * replications.days

        def done_of_all(done: int, _: int, before: int = before, most: int = most) -> None:
            report(before + done, most)

        estimate = _follow(branch, policy, day, replace(replications, seed=seed_of(replications.seed, index)),
                           done_of_all)  # fmt: skip
        dates[day.date] = ReplayedDate(day.day_type, len(day.moments), estimate)
    return Replay(policy, replications.seed, dates)


def _follow(
    branch: Branch, policy: Policy, day: LoggedDay, replications: Replications, report: Callable[[int, int], None]
) -> HallEstimate:
    hall = branch_hall(branch, policy, day.day_type, also=set(day.classes))
    kinds = {each.name: index for index, each in enumerate(hall.classes)}
    given = Given(
        np.array(day.moments, dtype=float),
        np.array([kinds[class_name(*each)] for each in day.classes], dtype=np.int64),
        np.array(day.service, dtype=float),
    )
    (groups,) = Groups.of(hall)
    days = GivenDays(hall, replications.seed, hall_prices(branch, hall), COST_NAMES, groups, given)
    total = days.empty
    return days.estimate(total, in_batches(days.batch, total, replications, lambda done: False, report))
