"""What a policy yields: the specification that the optimizer's objective must equal."""

from collections.abc import Callable
from dataclasses import dataclass

from optimizer.errors import DataRefused, Fault
from optimizer.evaluation.channel import ChannelDay, channel_day
from optimizer.evaluation.costs import COST_NAMES, UNDECIDED, add_costs, channel_costs, flow_costs, wages
from optimizer.evaluation.demand import channel_demand
from optimizer.evaluation.flows import DayFlows, day_flows
from optimizer.evaluation.promises import Promise, day_promises, diverted_promises
from optimizer.evaluation.regime import Regime
from optimizer.evaluation.rules import broken_rules, known_names
from optimizer.evaluation.unevaluated import unevaluated
from optimizer.problem import Branch, DayPlan, Greeter, Machine, Policy, Remote, WindowRole


@dataclass(frozen=True)
class DayEvaluation:
    """One day of a day type."""

    flows: DayFlows
    channels: dict[str, ChannelDay]
    costs: dict[str, float]
    """Yuan a day, by name."""


@dataclass(frozen=True)
class Evaluation:
    """A policy judged: cost of the quarter by name, performance, promises and rules."""

    policy: Policy
    cost: float
    """Yuan a quarter."""
    undecided_cost: float
    """The part of it that no decision changes [yuan a quarter]."""
    costs: dict[str, float]
    days: dict[str, DayEvaluation]
    promises: tuple[Promise, ...]
    broken_rules: tuple[str, ...]
    unevaluated: tuple[str, ...]

    @property
    def broken_promises(self) -> tuple[Promise, ...]:
        """Targets that do not hold."""
        return tuple(promise for promise in self.promises if not promise.met)

    @property
    def feasible(self) -> bool:
        """Whether every rule and every target holds."""
        return not self.broken_rules and not self.broken_promises


def evaluate(branch: Branch, policy: Policy) -> Evaluation:
    """Follow a policy through every day type and add up the quarter.

    Raises:
        DataRefused: when the policy does not fit the branch: unknown names, or a day of another length.
    """
    unfit = list(known_names(branch, policy))
    unfit += [f"campaign: {policy.campaign} is unknown"] if policy.campaign not in branch.campaigns else []
    if unfit:
        raise DataRefused([Fault("policy", "days", text, "the names and periods of the branch") for text in unfit])
    regime = Regime.of(branch, policy)
    days = {name: evaluate_day(branch, name, regime, policy.days[name]) for name in branch.day_types}
    costs = dict.fromkeys(COST_NAMES, 0.0)
    for name, day in days.items():
        add_costs(costs, day.costs, branch.day_types[name].days)
    costs["campaign"] += branch.campaigns[regime.campaign].cost
    promises = [promise for name, day in days.items() for promise in day_promises(branch, name, day.channels)]
    promises += diverted_promises(branch, {name: day.flows for name, day in days.items()})
    return Evaluation(
        policy=policy,
        cost=sum(costs.values()),
        undecided_cost=sum(costs[name] for name in UNDECIDED),
        costs=costs,
        days=days,
        promises=tuple(promises),
        broken_rules=broken_rules(branch, policy),
        unevaluated=unevaluated(branch),
    )


def evaluate_day(branch: Branch, day_type: str, regime: Regime, plan: DayPlan) -> DayEvaluation:
    """One day of a day type under a regime and a plan."""
    flows = day_flows(branch, day_type, regime)
    channels = dict(regime_channels(branch, regime, flows))
    for role in branch.roles:
        channels[role] = channel_day(channel_demand(branch, flows, role, regime), plan.windows[role])
    costs = dict.fromkeys(COST_NAMES, 0.0)
    costs["wages"] = wages(branch, plan)
    add_costs(costs, flow_costs(branch, flows))
    for channel in channels.values():
        add_costs(costs, channel_costs(channel))
    in_order = {name: channels[name] for name in branch.channels if name in channels}
    return DayEvaluation(flows, in_order, costs)


def regime_channels(
    branch: Branch, regime: Regime, flows: DayFlows, follow: Callable[..., ChannelDay] = channel_day
) -> dict[str, ChannelDay]:
    """Channels whose servers follow from the regime: the greeter and the machines; ``follow`` works out their days."""
    periods = flows.days.shape[3]
    channels: dict[str, ChannelDay] = {}
    for name, channel in branch.channels.items():
        if isinstance(channel, WindowRole | Remote):
            continue
        servers = channel.units if isinstance(channel, Machine) else regime.greeters
        if isinstance(channel, Greeter) and servers == 0:
            continue
        channels[name] = follow(channel_demand(branch, flows, name, regime), (servers,) * periods)
    return channels
