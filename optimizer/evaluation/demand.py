"""What a channel's queue is like on a day: who comes, how long service takes, what waiting costs."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimizer.evaluation.flows import DayFlows, Floats, mean_abandonment_rate
from optimizer.evaluation.regime import Regime
from optimizer.evaluation.service import ServiceRule, TicketService, service_rule, ticket_service, unseen_overtime
from optimizer.problem import Branch, Greeter, Machine, Remote, WindowRole

DISPLAYED = 300
"""Numbers waiting up to which the share who turn away is told apart."""
GRAIN = 20
"""The displayed number is told to one part in so many of a customer, where service is slowed for its variability."""

RANK_FIGURES = ("abandonment_rate", "waiting_cost", "loss_rate", "turning_away", "loss")
FIGURES = (
    "channel", "period", "service", "rule", "failure_rate", "repair_rate", "transaction_cost",
    "overtime_cost", "limits", "unseen_overtime",
)  # fmt: skip


@dataclass(frozen=True)
class RankDemand:
    """Customers of a channel who are called in order of arrival: one class that stands for all of them.

    Tiers and transactions are mixed in the proportions of the day: an approximation where the mix moves within it.
    Dead numbers among their tickets are taken to leave the line at the rate at which customers give up.
    """

    tiers: tuple[str, ...]
    arrival_rates: Floats
    """λ [customers per minute]; axes day (busy or quiet), period."""
    abandonment_rate: float
    """η of one who waits [per minute]."""
    waiting_cost: float
    """Cost of one customer's waiting [yuan per minute]."""
    loss_rate: float
    """Loss by those who give up [yuan per minute of one customer's waiting]."""
    turning_away: float
    """Share of arrivals who turn away for each ten numbers displayed."""
    loss: float
    """Loss by one who turns away [yuan]."""


@dataclass(frozen=True)
class ChannelDemand:
    """All who come to a channel on a day, by rank; within a rank they are called in order of arrival."""

    channel: str
    ranks: tuple[RankDemand, ...]
    """Those called first first; one or two."""
    weights: Floats
    """Probability of each day, from quiet to busy."""
    period: int
    """[minutes]"""
    service: TicketService
    """Of all tickets that are called."""
    rule: ServiceRule | None
    """Services that are longer while few wait."""
    failure_rate: float
    """Failures of one machine [per minute]."""
    repair_rate: float
    """Repairs of one machine [per minute]."""
    transaction_cost: float
    """Cost of one customer served [yuan]."""
    overtime_cost: float
    """Cost of one server's minute after closing [yuan]."""
    limits: tuple[float, ...]
    """Limits of the wait that targets ask about, ascending [minutes]."""
    unseen_overtime: float = 0.0
    """Work after closing, beside the queue's, for those who come after closing [server-minutes]."""

    @cached_property
    def key(self) -> tuple[object, ...]:
        """Equal for demands whose days are equal."""
        ranks = [(r.arrival_rates.tobytes(), *(getattr(r, name) for name in RANK_FIGURES)) for r in self.ranks]
        return (*ranks, self.weights.tobytes(), *(getattr(self, name) for name in FIGURES))

    @cached_property
    def arrivals(self) -> Floats:
        """Expected customers by period."""
        total: Floats = np.sum([self.rank_arrivals(rank) for rank in self.ranks], axis=0)
        return total

    def rank_arrivals(self, rank: RankDemand) -> Floats:
        """Expected customers of a rank by period."""
        expected: Floats = self.weights @ rank.arrival_rates * self.period
        return expected

    def rank_of(self, tier: str) -> RankDemand | None:
        """The rank that a tier is called in; None where none of its customers come."""
        return next((rank for rank in self.ranks if tier in rank.tiers), None)

    @property
    def abandonment_rate(self) -> float:
        """η of the least patient rank [per minute]."""
        return max(rank.abandonment_rate for rank in self.ranks)

    @cached_property
    def slowing(self) -> float:
        """Tickets that one step of the queue stands for, so that it varies as their service times let it."""
        return self.service.slowing(self.abandonment_rate)

    @property
    def turns_away(self) -> bool:
        """Whether anybody turns away from the number displayed."""
        return any(rank.turning_away > 0 for rank in self.ranks)

    def joining(self, rank: RankDemand) -> tuple[float, ...]:
        """Share of a rank's arrivals who join, by the number waiting in the slowed chain."""
        if not self.turns_away:
            return (1.0,)
        step = max(1, round(GRAIN * self.slowing)) / GRAIN
        return tuple(((1 - rank.turning_away) ** (step * np.arange(DISPLAYED) / 10)).tolist())

    def open_waiting_cost(self, rank: RankDemand) -> float:
        """Cost that one minute of waiting adds while the door is open [yuan]: who gives up costs no transaction."""
        return rank.waiting_cost + rank.loss_rate - rank.abandonment_rate * self.transaction_cost

    def turning_away_cost(self, rank: RankDemand) -> float:
        """Cost of one customer who turns away [yuan]: no transaction either."""
        return rank.loss - self.transaction_cost


def channel_demand(branch: Branch, flows: DayFlows, channel: str, regime: Regime) -> ChannelDemand:
    """The demand on a greeter, window role or machine under the day's flows."""
    given = branch.channels[channel]
    if isinstance(given, Remote):
        raise TypeError(f"{channel}: nobody waits for a remote channel")
    column = list(branch.channels).index(channel)
    by_day, late = flows.days[:, :, column], flows.late[:, column]
    weights = np.tensordot(flows.weights, by_day, 1).sum(axis=1)
    window = isinstance(given, WindowRole)
    greeted = isinstance(given, Greeter)
    service = flows.greeter_service if greeted else ticket_service(branch, channel, weights, regime)
    failing = isinstance(given, Machine) and given.failures_per_day > 0 and given.repair_minutes > 0
    open_minutes = branch.period * by_day.shape[2]
    return ChannelDemand(
        channel=channel,
        ranks=_ranks(branch, by_day, weights, window),
        weights=flows.weights,
        period=branch.period,
        service=service,
        rule=service_rule(branch, weights, service, regime) if window else None,
        failure_rate=given.failures_per_day / open_minutes if failing and isinstance(given, Machine) else 0.0,
        repair_rate=1 / given.repair_minutes if failing and isinstance(given, Machine) else 1.0,
        transaction_cost=given.cost_per_transaction,
        overtime_cost=overtime_cost(branch, channel),
        limits=channel_limits(branch, channel),
        unseen_overtime=0.0 if greeted else unseen_overtime(branch, channel, late, service, regime),
    )


def _ranks(branch: Branch, by_day: Floats, weights: Floats, window: bool) -> tuple[RankDemand, ...]:
    """One rank, or at a window two where tiers of different priority come: the first, and all others."""
    tiers = [tier for _, tier in branch.classes]
    coming = {tier for tier, weight in zip(tiers, weights, strict=True) if weight > 0}
    priorities = sorted({branch.tiers[tier].priority for tier in coming}, reverse=True)
    if not window or len(priorities) < 2:
        return (_rank(branch, by_day, weights, set(branch.tiers), window),)
    first = {name for name, tier in branch.tiers.items() if tier.priority >= priorities[0]}
    return tuple(_rank(branch, by_day, weights, names, window) for names in (first, set(branch.tiers) - first))


def _rank(branch: Branch, by_day: Floats, weights: Floats, names: set[str], window: bool) -> RankDemand:
    """Customers of some tiers; numbers are displayed for windows alone."""
    rows = np.array([tier in names for _, tier in branch.classes])
    inside = np.where(rows, weights, 0.0)
    coming = {tier for (_, tier), weight in zip(branch.classes, inside, strict=True) if weight > 0}
    mix = inside / total if (total := float(inside.sum())) > 0 else np.zeros_like(inside)
    tiers = [branch.tiers[tier] for _, tier in branch.classes]
    return RankDemand(
        tiers=tuple(tier for tier in branch.tiers if tier in coming),
        arrival_rates=by_day[:, rows].sum(axis=1) / branch.period,
        abandonment_rate=mean_abandonment_rate(branch, inside),
        waiting_cost=float(np.dot(mix, [tier.waiting_cost / 60 for tier in tiers])),
        loss_rate=float(np.dot(mix, [tier.loss / tier.patience if tier.patience else 0.0 for tier in tiers])),
        turning_away=float(np.dot(mix, [tier.balking for tier in tiers])) if window else 0.0,
        loss=float(np.dot(mix, [tier.loss for tier in tiers])),
    )


def overtime_cost(branch: Branch, channel: str) -> float:
    """Cost of a minute's work after closing [yuan]: the dearest skill that serves; nothing for machines."""
    wages = [skill.wage * skill.paid_factor() for skill in branch.skills.values() if channel in skill.serves]
    return max(wages, default=0.0) * branch.overtime_multiplier / 60


def channel_limits(branch: Branch, channel: str) -> tuple[float, ...]:
    """Limits of the wait that the targets of a channel ask about, ascending [minutes]."""
    targets = branch.targets.values()
    return tuple(sorted({t.within for t in targets if t.channel == channel and t.within is not None}))
