"""One day type under one regime: what the optimizer must choose for it, and what any choice costs exactly."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.evaluation import (
    UNDECIDED,
    ChannelDay,
    ChannelDemand,
    DayFlows,
    Regime,
    applies,
    channel_costs,
    channel_demand,
    day_promises,
    flow_costs,
    meets,
    regime_channels,
    target_limit,
    target_terms,
    unavoidable_cost,
)
from optimizer.optimization.known import Known, Levels
from optimizer.optimization.minorant import Minorant
from optimizer.optimization.staffing import Staffing
from optimizer.optimization.tables import RoleTables, measured, role_tables
from optimizer.problem import Branch, Target
from optimizer.queues import LeastDay, PeriodTables, least_day

Floats = NDArray[np.float64]


@dataclass
class DayProblem:
    """A day type under a regime; costs that no decision changes are left out."""

    branch: Branch
    regime: Regime
    staffing: Staffing
    flows: DayFlows
    demands: dict[str, ChannelDemand]
    """By window role."""
    constant: float
    """Least cost of what the regime decides, whatever the windows: everybody is served [yuan a day]."""
    broken: tuple[str, ...]
    """Names of targets that the regime breaks, whatever the windows."""
    known: Known
    unsettled: list[tuple[ChannelDemand, Levels]] = field(default_factory=list)
    """Machines that are counted as if they never failed, which costs no more."""
    _tables: dict[str, RoleTables] | None = None
    _least: dict[tuple[str, Levels], list[LeastDay]] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, RoleTables]:
        """Least period costs by role and the levels of the last two periods."""
        if self._tables is None:  # not a cached property: its lock would keep other days waiting
            values = {role: measured(m, self.staffing.most[role]) for role, m in self.minorants.items()}
            self._tables = self.tables_from(values)
        return self._tables

    def settle(self) -> None:
        """Count the failures of machines: dear to work out, and few regimes come so far that it matters."""
        for demand, servers in self.unsettled:
            exact, never = (self.known.day(d, servers) for d in (demand, replace(demand, failure_rate=0.0)))
            self.constant += sum(channel_costs(exact).values()) - sum(channel_costs(never).values())
            promises = day_promises(self.branch, self.staffing.day_type, {demand.channel: exact})
            self.broken += tuple(promise.name for promise in promises if not promise.met)
        self.unsettled = []

    def at_price(self, price: float) -> "DayProblem":
        """The same day with wages counted ``price`` times; all that has been worked out is shared."""
        shifts = tuple(replace(shift, cost=price * shift.cost) for shift in self.staffing.shifts)
        same = replace(self, staffing=replace(self.staffing, shifts=shifts), _tables=self.tables)
        same.__dict__["minorants"] = self.minorants
        return same

    def tables_from(self, values: dict[str, tuple[PeriodTables, ...]]) -> dict[str, RoleTables]:
        """Tables from measures by role, of the parts of this day's minorants or of queues that wait less."""
        staffing = self.staffing
        return {
            role: role_tables(self.branch, staffing.day_type, minorant, staffing.most[role], values[role])
            for role, minorant in self.minorants.items()
        }

    @cached_property
    def minorants(self) -> dict[str, Minorant]:
        """What each role's waiting costs at least."""
        return {role: Minorant(demand, self.staffing.least[role]) for role, demand in self.demands.items()}

    def least_days(self, role: str, levels: Levels) -> list[LeastDay]:
        """Days of the parts of a role's minorant with these windows by period."""
        if (role, levels) not in self._least:
            servers = np.array(levels, dtype=np.int64)
            self._least[role, levels] = [least_day(part.queue, servers) for part in self.minorants[role].parts]
        return self._least[role, levels]

    def least_costs(self, role: str, levels: Levels) -> Floats:
        """Least cost of a role's periods with these windows [yuan]."""
        return self.minorants[role].costs(self.least_days(role, levels))

    def role_day(self, role: str, levels: Levels) -> ChannelDay:
        """The exact day of a role with these windows by period."""
        return self.known.day(self.demands[role], levels)

    def cost(self, windows: dict[str, Levels]) -> float:
        """Exact cost of a day with these windows, wages left out [yuan]."""
        return self.constant + sum(self.role_cost(role, levels) for role, levels in windows.items())

    def role_cost(self, role: str, levels: Levels) -> float:
        """Exact cost of a role with these windows beyond what no windows avoid, wages left out [yuan]."""
        return sum(channel_costs(self.role_day(role, levels)).values()) - unavoidable_cost(self.demands[role])

    def target_failures(self, windows: dict[str, Levels]) -> list[tuple[str, int | None]]:
        """Targets that these windows break, exactly evaluated, with the period where the promise is per period."""
        channels = {role: self.role_day(role, levels) for role, levels in windows.items()}
        promises = day_promises(self.branch, self.staffing.day_type, channels)
        return [(promise.name, promise.period) for promise in promises if not promise.met]

    def shortfall(self, name: str, windows: dict[str, Levels]) -> float:
        """How much these windows fall short of a target over the day, in the units of the tables, exactly."""
        target = self.branch.targets[name]
        day = self.role_day(target.channel, windows[target.channel])
        terms, arrivals = target_terms(target, day)
        sign = 1.0 if target.least is not None else -1.0
        return sign * (target_limit(target) * float(arrivals.sum()) - float(terms.sum()))

    def margins(self, role: str, levels: Levels, *, exact: bool = True) -> dict[tuple[str, int | None], float]:
        """How far a role's targets are above what they ask, as a share of it; below 0 where they fail.

        By target and period, None for one over the day. Where not ``exact``, those of the minorant, which are no less.
        """
        found: dict[tuple[str, int | None], float] = {}
        for name, target in self.branch.targets.items():
            if target.channel != role or not applies(target, self.staffing.day_type):
                continue
            if exact:
                terms, arrivals = target_terms(target, self.role_day(role, levels))
            else:
                terms, arrivals = self.minorants[role].terms(target, self.least_days(role, levels))
            sign = 1.0 if target.least is not None else -1.0
            asked = target_limit(target) * arrivals
            spare = sign * (terms - asked)
            if target.per == "day":
                found[name, None] = float(spare.sum()) / max(float(asked.sum()), 1e-9)
            else:
                come = [t for t in range(len(arrivals)) if arrivals[t] > 0]
                found |= {(name, t): float(spare[t]) / max(float(asked[t]), 1e-9) for t in come}
        return found

    @cached_property
    def monotone(self) -> tuple[str, ...]:
        """Roles whose tables are proven lower bounds."""
        return tuple(role for role, minorant in self.minorants.items() if minorant.monotone)

    @property
    def window_load(self) -> float:
        """Work for the windows [server-minutes a day]."""
        return sum(
            float(demand.arrivals.sum()) * demand.service.tickets / demand.service.rate
            for demand in self.demands.values()
        )


def day_problem(
    branch: Branch, staffing: Staffing, regime: Regime, known: Known | None = None, *, settled: bool = True
) -> DayProblem:
    """Work out a regime's flows on a day type, and what they fix; ``known`` is what other regimes share.

    Where it need not be ``settled`` yet, machines that fail are left for later.
    """
    shared = Known(branch) if known is None else known
    unsettled: list[tuple[ChannelDemand, Levels]] = []

    def follow(demand: ChannelDemand, servers: Levels) -> ChannelDay:
        dear = all(demand.open_waiting_cost(rank) >= 0 for rank in demand.ranks)
        if not settled and demand.failure_rate > 0 and dear:
            unsettled.append((demand, servers))
            demand = replace(demand, failure_rate=0.0)
        return shared.day(demand, servers)

    flows = shared.flows(staffing.day_type, regime)
    fixed = regime_channels(branch, regime, flows, follow)
    constant = sum(cost for name, cost in flow_costs(branch, flows).items() if name not in UNDECIDED)
    constant += sum(sum(channel_costs(day).values()) for day in fixed.values())
    demands = {role: channel_demand(branch, flows, role, regime) for role in branch.roles}
    constant += sum(unavoidable_cost(demand) for demand in demands.values())
    promises = day_promises(branch, staffing.day_type, fixed)
    broken = tuple(promise.name for promise in promises if not promise.met)
    return DayProblem(branch, regime, staffing, flows, demands, constant, broken, shared, unsettled)


def target_fails(problem: DayProblem, target: Target, levels: NDArray[np.int64], period: int | None) -> bool:
    """Whether a target fails with these windows even in the minorant, over the day or in one period."""
    days = problem.least_days(target.channel, tuple(int(level) for level in levels))
    terms, arrivals = problem.minorants[target.channel].terms(target, days)
    where = slice(None) if period is None else slice(period, period + 1)
    count = float(arrivals[where].sum())
    return count > 0 and not bool(meets(target, terms[where].sum() / count))
