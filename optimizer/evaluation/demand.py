"""What a channel's queue is like on a day: its arrival, service and abandonment rates and what waiting costs."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimizer.evaluation.flows import DayFlows, Floats, mean_abandonment_rate
from optimizer.problem import Branch, Greeter, Remote


@dataclass(frozen=True)
class ChannelDemand:
    """One class of customers that stands for all who come to a channel on a day.

    Tiers and transactions that share a channel are mixed in the proportions of the day: one service rate, one
    abandonment rate, one cost of waiting. This is an approximation where their rates differ or where the mix moves
    within the day; the call order is first come, first served.
    """

    channel: str
    arrival_rate: Floats
    """λ by period [customers per minute]."""
    service_rate: float
    """μ [per minute]."""
    abandonment_rate: float
    """η of one who waits [per minute]."""
    period: int
    """[minutes]"""
    waiting_cost: float
    """Cost of one customer's waiting [yuan per minute]."""
    loss_rate: float
    """Loss by those who give up [yuan per minute of one customer's waiting]."""
    transaction_cost: float
    """Cost of one customer served [yuan]."""
    overtime_cost: float
    """Cost of one server's minute after closing [yuan]."""
    limits: tuple[float, ...]
    """Limits of the wait that targets ask about, ascending [minutes]."""

    @cached_property
    def arrivals(self) -> Floats:
        """Expected customers by period."""
        return self.arrival_rate * self.period

    @property
    def open_waiting_cost(self) -> float:
        """Cost that one minute of waiting adds while the door is open [yuan]: who gives up costs no transaction."""
        return self.waiting_cost + self.loss_rate - self.abandonment_rate * self.transaction_cost

    @property
    def waits(self) -> bool:
        """Whether anybody comes at all."""
        return bool(self.arrival_rate.any())

    @property
    def monotone(self) -> bool:
        """Whether cost never rises with a server added: patience at least as long as service, waiting dear."""
        return self.abandonment_rate <= self.service_rate * (1 + 1e-12) and self.open_waiting_cost >= 0


def channel_demand(branch: Branch, flows: DayFlows, channel: str) -> ChannelDemand:
    """The demand on a greeter, window role or machine under the day's flows."""
    index = list(branch.channels).index(channel)
    given = branch.channels[channel]
    if isinstance(given, Remote):
        raise TypeError(f"{channel}: nobody waits for a remote channel")
    arrivals = flows.arrivals[:, index]
    weights = arrivals.sum(axis=1)
    mix = weights / total if (total := float(weights.sum())) > 0 else np.zeros_like(weights)
    tiers = [branch.tiers[tier] for _, tier in branch.classes]
    if isinstance(given, Greeter):
        service_rate = flows.greeter_service_rate
    else:
        minutes = sum(m * given.service[t].mean for m, (t, _) in zip(mix, branch.classes, strict=True) if m > 0)
        service_rate = 1 / minutes if minutes > 0 else 1.0
    return ChannelDemand(
        channel=channel,
        arrival_rate=arrivals.sum(axis=0) / branch.period,
        service_rate=service_rate,
        abandonment_rate=mean_abandonment_rate(branch, weights),
        period=branch.period,
        waiting_cost=float(np.dot(mix, [tier.waiting_cost / 60 for tier in tiers])),
        loss_rate=float(np.dot(mix, [tier.loss / tier.patience if tier.patience else 0.0 for tier in tiers])),
        transaction_cost=given.cost_per_transaction,
        overtime_cost=overtime_cost(branch, channel),
        limits=channel_limits(branch, channel),
    )


def overtime_cost(branch: Branch, channel: str) -> float:
    """Cost of a minute's work after closing [yuan]: the dearest skill that serves; nothing for machines."""
    wages = [skill.wage * skill.paid_factor() for skill in branch.skills.values() if channel in skill.serves]
    return max(wages, default=0.0) * branch.overtime_multiplier / 60


def channel_limits(branch: Branch, channel: str) -> tuple[float, ...]:
    """Limits of the wait that the targets of a channel ask about, ascending [minutes]."""
    targets = branch.targets.values()
    return tuple(sorted({t.within for t in targets if t.channel == channel and t.within is not None}))
