"""What planners do with a spreadsheet: Erlang's formula for each period by itself, and shifts that cover its windows.

For each window role and period the arrivals of the period go into the stationary queue M/M/s as if they came for ever,
and the least s is taken whose service reaches the target; the cheapest legal shifts that cover these windows are the
plan. What one period leaves to the next is forgotten, and so is that customers give up. Nothing here is used to find
the program's own plans: it is what they are held against.

Source: Green, Kolesar and Soares (2001), "Improving the SIPP approach for staffing service systems that have cyclic
demands"; Koole (2013), "Call center optimization", for covering the needs of the periods by shifts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import InvalidParameterError
from optimizer.evaluation import (
    ChannelDemand,
    Evaluation,
    Promise,
    Regime,
    applies,
    channel_demand,
    day_promises,
    evaluate,
)
from optimizer.optimization.covering import Cover, cheapest_cover
from optimizer.optimization.known import Known, Levels
from optimizer.optimization.staffing import Staffing, day_staffing
from optimizer.problem import Branch, DayPlan, Policy, Target
from optimizer.queues import StationaryQueue, erlang_a, erlang_c, least_servers

Ints = NDArray[np.int64]
USUAL_LEVEL, USUAL_LIMIT = 0.8, 10.0
"""Service level, and limit of the wait [minutes], asked for where no target names a role."""
STEP = 0.9
"""A target is raised by leaving this share of what it still lets go wrong: of the share not served in time, say."""
STEPS = 200
"""Steps after which a target is not raised any further: nothing is left that it lets go wrong."""
HEAVIEST = 16.0
"""Weight of a missing window beyond which it is not raised, where promises break because people are too few."""
MANY = 1000
"""Windows at which the formula gives up."""


@dataclass(frozen=True)
class PlanByPeriod:
    """A quarter staffed period by period, and what it yields."""

    policy: Policy
    evaluation: Evaluation
    asked: dict[str, dict[str, Levels]]
    """Windows that the formula asks for, by day type, role and period."""
    missing: dict[str, dict[str, Levels]]
    """Those of them that cannot be opened: too few windows, or too few people."""
    raised: dict[str, dict[str, tuple[float, ...]]]
    """Targets inside the formula that were raised until promises held, or lowered to begin with; by day type, name of
    the target and period."""
    usual: tuple[str, ...]
    """Roles that no target names on some day type: they are asked for 80 % within 10 minutes."""

    @property
    def broken_promises(self) -> tuple[Promise, ...]:
        """Targets that do not hold, exactly evaluated."""
        return self.evaluation.broken_promises

    @property
    def windows_missing(self) -> int:
        """Windows asked for that cannot be opened, over one day of each type."""
        return sum(sum(levels) for roles in self.missing.values() for levels in roles.values())


def plan_by_period(
    branch: Branch, policy: Policy, *, kept: bool = False, patient: bool = True, lowered: int = 0
) -> PlanByPeriod:
    """Staff every day type by Erlang's formula, under the thresholds and rules of a policy.

    Customers by period and mean service times are those of the policy's evaluation: dead numbers are counted, and
    forms and pitches as often as they are made under the policy. A target is asked for in every period, one over the
    day too, and one of a tier of all customers in the role, because the formula knows neither days nor tiers. Where
    windows or people are too few there are as many as can be. People who are on duty anyway open further windows.

    Args:
        branch: The branch.
        policy: Its thresholds, greeters, campaign and rules are kept; windows and shifts are made anew.
        kept: Raise the targets inside the formula, step by step, until every promise that windows can keep holds by
            exact evaluation: a promise per period where it breaks and in the period before, whose backlog it gets; one
            over the day everywhere.
        patient: Nobody gives up, as in Erlang C; False: customers give up as they do, Erlang A.
        lowered: Steps by which targets inside the formula are lowered to begin with: who knows that it asks for too
            much may try so.

    Returns:
        A policy that keeps every rule; its promises may be broken, and are named.

    Raises:
        InvalidParameterError: where the rules of a day cannot be kept even with the fewest windows.
    """
    known = Known(branch)
    days = {name: _Day(branch, name, policy, patient, known, lowered) for name in branch.day_types}
    for day in days.values():
        day.cover()
        if kept:
            day.keep_promises()
    made = policy.replace(days={name: day.plan() for name, day in days.items()})
    return PlanByPeriod(
        policy=made,
        evaluation=evaluate(branch, made),
        asked={name: day.asked() for name, day in days.items()},
        missing={name: day.found.missing for name, day in days.items()},
        raised={name: day.raised() for name, day in days.items()},
        usual=tuple(dict.fromkeys(role for day in days.values() for role in day.usual)),
    )


@dataclass
class _Day:
    """One day type: what the formula asks for, and the cover that is made of it."""

    branch: Branch
    day_type: str
    policy: Policy
    patient: bool
    known: Known
    lowered: int
    usual: tuple[str, ...] = ()
    found: Cover = field(init=False)

    def __post_init__(self) -> None:
        self.staffing: Staffing = day_staffing(self.branch, self.day_type)
        self.regime = Regime.of(self.branch, self.policy)
        flows = self.known.flows(self.day_type, self.regime)
        self.demands = {role: channel_demand(self.branch, flows, role, self.regime) for role in self.branch.roles}
        windows = self.policy.days[self.day_type].windows
        self.rates = {role: self._service_rate(demand, tuple(windows[role])) for role, demand in self.demands.items()}
        self.targets = {
            name: target
            for name, target in self.branch.targets.items()
            if target.channel in self.demands and applies(target, self.day_type)
        }
        named = {target.channel for target in self.targets.values()}
        self.usual = tuple(role for role in self.demands if role not in named)
        for role in self.usual:
            usual = {"measure": "service_level", "within": USUAL_LIMIT, "least": USUAL_LEVEL, "per": "period"}
            self.targets[f"usual {role}"] = Target.model_validate({"channel": role, **usual})
        self.weights = {role: np.ones(self.staffing.periods) for role in self.demands}
        self.steps: dict[str, Ints] = {
            name: np.full(self.staffing.periods, 0 if target.channel in self.usual else -self.lowered, np.int64)
            for name, target in self.targets.items()
        }

    def _service_rate(self, demand: ChannelDemand, levels: Levels) -> float:
        """One over the mean time that a ticket holds a window, forms and pitches as under the policy [per minute]."""
        if demand.rule is None:
            return demand.service.rate
        day = self.known.day(demand, levels)
        served = float((day.measures.arrivals - day.measures.abandoned - day.measures.blocked).sum())
        added = day.additions / max(served * demand.service.tickets, 1e-9)
        return 1 / (1 / demand.service.rate + added * (1 / demand.rule.rate - 1 / demand.service.rate))

    def _ticket_rates(self, role: str) -> NDArray[np.float64]:
        """λ of tickets by period [per minute]."""
        demand = self.demands[role]
        return np.asarray(demand.arrivals * demand.service.tickets / demand.period)

    # What the formula asks for

    def asked(self) -> dict[str, Levels]:
        """Windows by role and period."""
        periods = range(self.staffing.periods)
        return {role: tuple(self._asked(role, t) for t in periods) for role in self.demands}

    def _asked(self, role: str, t: int) -> int:
        least = self.staffing.least[role]
        own = [(name, target) for name, target in self.targets.items() if target.channel == role]
        return max(least, *(self._windows(target, t, int(self.steps[name][t])) for name, target in own))

    def _windows(self, target: Target, t: int, step: int) -> int:
        """Least windows for a target that has been raised by so many steps."""
        rate, service = float(self._ticket_rates(target.channel)[t]), self.rates[target.channel]
        patience = self.demands[target.channel].abandonment_rate
        if rate <= 0:
            return 0
        limit = raised_limit(target, step)
        gives_up = patience > 0 and (not self.patient or target.measure == "abandonment")
        if target.measure == "abandonment" and not gives_up:
            return int(rate / service) + 1

        def queue(servers: int) -> StationaryQueue:
            return erlang_a(servers, rate, service, patience) if gives_up else erlang_c(servers, rate, service)

        try:
            return least_servers(queue, target.measure, limit, within=target.within, most=MANY)
        except InvalidParameterError:
            return MANY

    # People for it

    def cover(self) -> None:
        """The cheapest people for what is asked."""
        asked = {role: tuple(min(n, MANY) for n in levels) for role, levels in self.asked().items()}
        loads = {role: self._ticket_rates(role) / self.rates[role] for role in self.demands}
        greeter = self.branch.greeter[0] if self.branch.greeter else None
        found = cheapest_cover(self.staffing, asked, self.regime.greeters, greeter, loads, self.weights)
        if found is None:
            raise InvalidParameterError(f"{self.day_type}: people are too few even for the fewest windows permitted")
        self.found = found

    def plan(self) -> DayPlan:
        """Windows and shifts."""
        return DayPlan(windows=self.found.windows, shifts=self.staffing.assignments(self.found.people))

    # The same promise

    def keep_promises(self) -> None:
        """Raise what is asked for until every promise holds, or no further window can be opened for it."""
        lost: set[tuple[str, int | None]] = set()
        while broken := [(p.name, p.period) for p in self._broken() if (p.name, p.period) not in lost]:
            lost |= {promise for promise in broken if not (self._raise(*promise) or self._prefer(*promise))}
            self.cover()

    def _broken(self) -> Iterator[Promise]:
        channels = {role: self.known.day(self.demands[role], levels) for role, levels in self.found.windows.items()}
        return (p for p in day_promises(self.branch, self.day_type, channels) if not p.met)

    def _raise(self, name: str, period: int | None) -> bool:
        """Raise a target until it asks for a window more than are open; False where no more can be opened."""
        target, steps, windows = self.targets[name], self.steps[name], self.found.windows[self.targets[name].channel]
        most, missing = self.staffing.most[target.channel], self.found.missing[target.channel]
        where = [t for t in self._where(period) if windows[t] < most[t] and not missing[t]]
        while free := [t for t in where if steps[t] < STEPS]:
            steps[free] += 1
            if any(self._windows(target, t, int(steps[t])) > windows[t] for t in free):
                return True
        return False

    def _prefer(self, name: str, period: int | None) -> bool:
        """Where windows are missing, let others go without instead; False where that has been asked for enough."""
        role = self.targets[name].channel
        where = [t for t in self._where(period) if self.found.missing[role][t] and self.weights[role][t] < HEAVIEST]
        self.weights[role][where] *= 2
        return bool(where)

    def _where(self, period: int | None) -> range:
        """Periods in which windows keep a promise: that before has the backlog."""
        return range(self.staffing.periods) if period is None else range(max(0, period - 1), period + 1)

    def raised(self) -> dict[str, tuple[float, ...]]:
        """Targets that were raised or lowered, by name and period."""
        return {
            name: tuple(raised_limit(self.targets[name], int(step)) for step in steps)
            for name, steps in self.steps.items()
            if steps.any()
        }


def raised_limit(target: Target, step: int) -> float:
    """The limit of a target that is raised by so many steps; each leaves a share of what may still go wrong.

    Below 0 it is lowered.
    """
    left = STEP**step
    if target.least is not None:
        return 1 - min(max((1 - target.least) * left, 1e-12), 1.0)
    return max((target.most or 0.0) * left, 1e-12)
