"""One day type under one regime: what the optimizer must choose for it, and what any choice costs exactly."""

from dataclasses import dataclass, field
from functools import cached_property

from optimizer.evaluation import (
    UNDECIDED,
    ChannelDay,
    ChannelDemand,
    DayFlows,
    Regime,
    channel_costs,
    channel_day,
    channel_demand,
    day_flows,
    day_promises,
    flow_costs,
    meets,
    regime_channels,
    target_limit,
    target_terms,
)
from optimizer.optimization.staffing import Staffing
from optimizer.optimization.tables import RoleTables, measured, role_tables
from optimizer.problem import Branch, Target
from optimizer.queues import PeriodTables

Levels = tuple[int, ...]


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
    """Cost that the regime decides, whatever the windows [yuan a day]."""
    broken: tuple[str, ...]
    """Names of targets that the regime breaks, whatever the windows."""
    _days: dict[tuple[str, Levels], ChannelDay] = field(default_factory=dict)

    @cached_property
    def tables(self) -> dict[str, RoleTables]:
        """Least period costs by role and the levels of the last two periods."""
        return self.tables_from({role: measured(d, self.staffing.most[role]) for role, d in self.demands.items()})

    def tables_from(self, values: dict[str, PeriodTables]) -> dict[str, RoleTables]:
        """Tables from measures by role, of this day's demands or of demands that wait less."""
        staffing = self.staffing
        return {
            role: role_tables(
                self.branch, staffing.day_type, demand, staffing.least[role], staffing.most[role], values[role]
            )
            for role, demand in self.demands.items()
        }

    def role_day(self, role: str, levels: Levels) -> ChannelDay:
        """The exact day of a role with these windows by period."""
        if (role, levels) not in self._days:
            self._days[role, levels] = channel_day(self.demands[role], levels)
        return self._days[role, levels]

    def cost(self, windows: dict[str, Levels]) -> float:
        """Exact cost of a day with these windows, wages left out [yuan]."""
        return self.constant + sum(
            sum(channel_costs(self.demands[role], self.role_day(role, levels).measures).values())
            - self.demands[role].transaction_cost * float(self.demands[role].arrivals.sum())
            for role, levels in windows.items()
        )

    def target_failures(self, windows: dict[str, Levels]) -> list[tuple[str, int | None]]:
        """Targets that these windows break, exactly evaluated, with the period where the promise is per period."""
        channels = {role: self.role_day(role, levels) for role, levels in windows.items()}
        days = {role: (day.demand, day.measures) for role, day in channels.items()}
        promises = day_promises(self.branch, self.staffing.day_type, days)
        return [(promise.name, promise.period) for promise in promises if not promise.met]

    def shortfall(self, name: str, windows: dict[str, Levels]) -> float:
        """How much these windows fall short of a target over the day, in the units of the tables, exactly."""
        target = self.branch.targets[name]
        day = self.role_day(target.channel, windows[target.channel])
        terms, arrivals = target_terms(target, day.demand, day.measures)
        sign = 1.0 if target.least is not None else -1.0
        return sign * (target_limit(target) * float(arrivals.sum()) - float(terms.sum()))

    def shortfall_share(self, name: str, windows: dict[str, Levels], period: int | None) -> float:
        """How much these windows fall short of a target, as a share of what it asks, exactly."""
        target = self.branch.targets[name]
        day = self.role_day(target.channel, windows[target.channel])
        terms, arrivals = target_terms(target, day.demand, day.measures)
        where = slice(None) if period is None else slice(period, period + 1)
        asked = target_limit(target) * float(arrivals[where].sum())
        sign = 1.0 if target.least is not None else -1.0
        return sign * (asked - float(terms[where].sum())) / max(asked, 1e-9)

    @cached_property
    def monotone(self) -> tuple[str, ...]:
        """Roles whose tables are proven lower bounds."""
        return tuple(role for role, demand in self.demands.items() if demand.monotone)

    @property
    def window_load(self) -> float:
        """Work for the windows [server-minutes a day]."""
        return sum(float(demand.arrivals.sum()) / demand.service_rate for demand in self.demands.values())


def day_problem(branch: Branch, staffing: Staffing, regime: Regime) -> DayProblem:
    """Work out a regime's flows on a day type, and what they fix."""
    flows = day_flows(branch, staffing.day_type, regime)
    fixed = regime_channels(branch, regime, flows)
    constant = sum(cost for name, cost in flow_costs(branch, flows).items() if name not in UNDECIDED)
    for day in fixed.values():
        constant += sum(channel_costs(day.demand, day.measures).values())
    demands = {role: channel_demand(branch, flows, role) for role in branch.roles}
    constant += sum(d.transaction_cost * float(d.arrivals.sum()) for d in demands.values())
    pairs = {name: (day.demand, day.measures) for name, day in fixed.items()}
    promises = day_promises(branch, staffing.day_type, pairs)
    broken = tuple(promise.name for promise in promises if not promise.met)
    return DayProblem(branch, regime, staffing, flows, demands, constant, broken)


def target_holds(target: Target, demand: ChannelDemand, day: ChannelDay, period: int | None) -> bool:
    """Whether a day keeps a target, over the day or in one period."""
    terms, arrivals = target_terms(target, demand, day.measures)
    where = slice(None) if period is None else slice(period, period + 1)
    count = float(arrivals[where].sum())
    return count <= 0 or bool(meets(target, terms[where].sum() / count))
