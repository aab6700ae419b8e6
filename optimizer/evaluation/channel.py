"""A channel on a day: its queue followed exactly, as its customers see it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from optimizer.evaluation.demand import ChannelDemand
from optimizer.evaluation.flows import Floats
from optimizer.queues import (
    PriorityDay,
    RulesDay,
    TransientDay,
    breakdown_day,
    expected_day,
    priority_day,
    service_rules_day,
    transient_day,
)  # fmt: skip

SomeDay = TypeVar("SomeDay", bound=TransientDay | PriorityDay)


@dataclass(frozen=True)
class RankDay:
    """Measures of the customers of one rank, by period unless they are of the time after closing."""

    arrivals: Floats
    waiting: Floats
    """Customer-minutes."""
    abandoned: Floats
    blocked: Floats
    """Customers who turn away."""
    service_level: Floats
    """Axes limit, period."""
    waiting_after_closing: float

    @property
    def mean_wait(self) -> Floats:
        """Waiting done in a period for each who arrives in it [minutes]; after closing is in the last."""
        waiting = self.waiting.copy()
        waiting[-1] += self.waiting_after_closing
        wait: Floats = np.divide(waiting, self.arrivals, out=np.zeros_like(waiting), where=self.arrivals > 0)
        return wait


@dataclass(frozen=True)
class ChannelDay:
    """A channel where people wait, on one day type."""

    demand: ChannelDemand
    servers: tuple[int, ...]
    """Servers by period."""
    measures: TransientDay
    """Of all customers."""
    ranks: tuple[RankDay, ...]
    """As the ranks of the demand."""
    additions: float
    """Services with work added by a rule."""

    @property
    def mean_wait(self) -> float | None:
        """Mean wait over the day, after closing too [minutes]; None where nobody comes."""
        return self._by_arrival(float(self.measures.waiting.sum()) + self.measures.waiting_after_closing)

    @property
    def abandonment(self) -> float | None:
        """Share of those who arrive who give up or turn away."""
        return self._by_arrival(float(self.measures.abandoned.sum() + self.measures.blocked.sum()))

    def service_level(self, limit: float) -> float | None:
        """Share of those who arrive who are served within a limit that a target asks about."""
        levels = self.measures.service_level[self.demand.limits.index(limit)]
        return self._by_arrival(float(levels @ self.demand.arrivals))

    @property
    def utilization(self) -> float | None:
        """Share of the servers' time that is work, while the door is open; None without servers."""
        offered = sum(self.servers) * self.demand.period
        return float(self.measures.busy.sum()) / offered if offered else None

    def rank_of(self, tier: str) -> RankDay | None:
        """Measures of the rank that a tier is called in; None where none of its customers come."""
        ranks = zip(self.demand.ranks, self.ranks, strict=True)
        return next((day for rank, day in ranks if tier in rank.tiers), None)

    def _by_arrival(self, total: float) -> float | None:
        count = float(self.demand.arrivals.sum())
        return total / count if count > 0 else None


def channel_day(demand: ChannelDemand, servers: tuple[int, ...]) -> ChannelDay:
    """A channel's day with the given servers by period, expected over busy and quiet days.

    Two ranks are followed by the chain of both numbers waiting, rules by the chain of services with and without their
    addition; where a channel has both, ranks are called at the mean service time that the rules make.
    """
    counts = np.asarray(servers, dtype=np.int64)
    chain = _Chain(demand, counts)
    if demand.rule is None and len(demand.ranks) == 1:
        return _as_channel_day(demand, servers, _expected(demand, chain.plain), 0.0)
    if demand.rule is None:
        return _as_channel_day(demand, servers, _expected(demand, chain.ranked), 0.0)
    ruled = _expected(demand, chain.ruled)
    additions = float(ruled.long_starts.sum()) + ruled.long_starts_after_closing
    starts = float(ruled.starts.sum()) + ruled.starts_after_closing
    made = additions * demand.slowing
    if len(demand.ranks) == 1:
        return _as_channel_day(demand, servers, ruled, made)
    longer = (1 / demand.rule.rate - 1 / demand.service.rate) * additions / max(starts, 1e-12)
    slower = replace(chain, rate=1 / (1 / demand.service.rate + longer))
    return _as_channel_day(demand, servers, _expected(demand, slower.ranked), made)


@dataclass(frozen=True)
class _Chain:
    """The queue of tickets, slowed for the variability of their service; each method follows one day."""

    demand: ChannelDemand
    servers: NDArray[np.int64]
    rate: float | None = None
    """Service rate; None: that of the demand."""

    def _rates(self, day: int) -> Floats:
        """λ of tickets by rank and period."""
        each = np.array([rank.arrival_rates[day] for rank in self.demand.ranks])
        rates: Floats = each * (self.demand.service.tickets / self.demand.slowing)
        return rates

    @property
    def _service(self) -> float:
        return (self.rate or self.demand.service.rate) / self.demand.slowing

    @property
    def _patience(self) -> tuple[float, ...]:
        """η by rank."""
        return tuple(rank.abandonment_rate for rank in self.demand.ranks)

    def plain(self, day: int) -> TransientDay:
        """One rank, machines that fail where they do."""
        d = self.demand
        rates, patience, joining = self._rates(day)[0], self._patience[0], d.joining(d.ranks[0])
        if d.failure_rate > 0:
            return breakdown_day(
                rates, int(self.servers[0]), self._service, patience, failure_rate=d.failure_rate,
                repair_rate=d.repair_rate, period=d.period, limits=d.limits,
            )  # fmt: skip
        return transient_day(
            rates, self.servers, self._service, patience, period=d.period, limits=d.limits, joining=joining
        )

    def ranked(self, day: int) -> PriorityDay:
        """Two ranks."""
        d = self.demand
        return priority_day(
            self._rates(day), self.servers, self._service, self._patience, period=d.period, limits=d.limits,
            joining=[d.joining(rank) for rank in d.ranks],
        )  # fmt: skip

    def ruled(self, day: int) -> RulesDay:
        """All customers in one line, services longer by the rule; who gives up or turns away is a mix of the ranks."""
        d, rule = self.demand, self.demand.rule
        if rule is None:
            raise TypeError(f"{d.channel}: no rule is in force")
        weights = np.array([float(d.rank_arrivals(rank).sum()) for rank in d.ranks])
        mix = weights / max(float(weights.sum()), 1e-300)
        steps = np.arange(int(np.ceil(len(rule.share) / d.slowing)) + 1) * d.slowing
        share = np.array(rule.share)[np.minimum(steps.astype(int), len(rule.share) - 1)]
        joining = np.minimum(mix @ [d.joining(rank) for rank in d.ranks], 1.0)
        return service_rules_day(
            self._rates(day).sum(axis=0), self.servers, (self._service, rule.rate / d.slowing), share,
            float(mix @ self._patience), period=d.period, limits=d.limits, joining=joining,
        )  # fmt: skip


def _expected(demand: ChannelDemand, follow: Callable[[int], SomeDay]) -> SomeDay:
    return expected_day([follow(day) for day in range(len(demand.weights))], demand.weights)


def _as_channel_day(
    demand: ChannelDemand, servers: tuple[int, ...], day: TransientDay | PriorityDay, additions: float
) -> ChannelDay:
    """A day of tickets as a day of customers: each step of the chain stands for several, some of them dead."""
    customers = demand.slowing / demand.service.tickets
    classes = isinstance(day, PriorityDay)

    def of(index: int) -> RankDay:
        arrivals, waiting, abandoned, blocked, level, closing = (
            getattr(day, name)[index] if classes else getattr(day, name)
            for name in ("arrivals", "waiting", "abandoned", "blocked", "service_level", "waiting_after_closing")
        )
        return RankDay(
            customers * arrivals, customers * waiting, customers * abandoned, customers * blocked, level,
            customers * float(closing),
        )  # fmt: skip

    ranks = tuple(of(index) for index in range(len(demand.ranks)))

    def total(name: str) -> Any:
        value = getattr(day, name)
        return np.sum(value, axis=0) if classes else value

    arrivals, abandoned = sum(rank.arrivals for rank in ranks), sum(rank.abandoned for rank in ranks)
    blocked, present = sum(rank.blocked for rank in ranks), customers * total("present")
    before = np.concatenate([[0.0], present[:-1]])
    met = sum(rank.service_level * rank.arrivals for rank in ranks)
    measures = TransientDay(
        period=day.period,
        arrivals=np.asarray(arrivals),
        servers=day.servers,
        waiting=customers * total("waiting"),
        busy=total("busy"),
        delayed=customers * total("delayed"),
        blocked=np.asarray(blocked),
        abandoned=np.asarray(abandoned),
        completed=before + arrivals - blocked - abandoned - present,
        present=present,
        service_level=np.divide(met, arrivals, out=np.ones_like(met), where=np.asarray(arrivals) > 0),
        waiting_after_closing=customers * float(total("waiting_after_closing")),
        overtime=float(total("overtime")) + demand.unseen_overtime,
        minutes_after_closing=float(day.minutes_after_closing),
        left_at_closing=customers * float(total("left_at_closing")),
        lost_mass=float(day.lost_mass),
    )
    return ChannelDay(demand, servers, measures, ranks, additions)
