"""Whether the promised service holds: targets as named sentences with the value they got."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.evaluation.channel import ChannelDay, RankDay
from optimizer.evaluation.flows import DayFlows, Floats
from optimizer.problem import Branch, Machine, Remote, Target
from optimizer.queues import TransientDay

TOLERANCE = 1e-9
"""Room for rounding when a value is compared with its limit [relative]."""


@dataclass(frozen=True)
class Promise:
    """One target on one day type, or in one of its periods, and what it got."""

    name: str
    sentence: str
    day_type: str | None
    period: int | None
    limit: float
    value: float
    met: bool


def target_terms(target: Target, channel: ChannelDay) -> tuple[Floats, Floats]:
    """Numerator and denominator of a target's measure by period: the measure over any periods is their ratio.

    The numerator counts customers served within the limit, customer-minutes of waiting, or customers who give up or
    turn away; the denominator counts arrivals. Waiting after closing belongs to the last period. A promise to a tier
    is judged by the rank that it is called in.
    """
    day: TransientDay | RankDay | None = channel.measures
    if target.tier is not None:
        day = channel.rank_of(target.tier)
    if day is None:
        return np.zeros_like(channel.demand.arrivals), np.zeros_like(channel.demand.arrivals)
    arrivals = day.arrivals
    if target.measure == "service_level":
        return day.service_level[channel.demand.limits.index(target.within or 0.0)] * arrivals, arrivals
    if target.measure == "abandonment":
        return day.abandoned + day.blocked, arrivals
    waiting = day.waiting.copy()
    waiting[-1] += day.waiting_after_closing
    return waiting, arrivals


def meets(target: Target, value: Floats) -> NDArray[np.bool_]:
    """Whether values of the measure keep the promise, elementwise."""
    if target.least is not None:
        return np.asarray(value >= target.least * (1 - TOLERANCE))
    return np.asarray(value <= (target.most or 0.0) * (1 + TOLERANCE))


def target_limit(target: Target) -> float:
    """The least service level or the most mean wait or abandonment."""
    return target.least if target.least is not None else target.most or 0.0


def applies(target: Target, day_type: str) -> bool:
    """Whether the target is about this day type."""
    return not target.day_types or day_type in target.day_types


def day_promises(branch: Branch, day_type: str, channels: dict[str, ChannelDay]) -> Iterator[Promise]:
    """Verdicts on every target of a day type; one for each period where the promise is per period."""
    for name, target in branch.targets.items():
        if not applies(target, day_type) or target.channel not in channels:
            continue
        terms, arrivals = target_terms(target, channels[target.channel])
        whole = [(None, float(terms.sum()), float(arrivals.sum()))]
        each = [(t, float(terms[t]), float(arrivals[t])) for t in range(len(arrivals))]
        for period, value, count in each if target.per == "period" else whole:
            if count > 0:
                sentence = target.sentence(name)
                got = value / count
                met = bool(meets(target, np.array(got)))
                yield Promise(name, sentence, day_type, period, target_limit(target), got, met)


def diverted_promises(branch: Branch, flows: dict[str, DayFlows]) -> Iterator[Promise]:
    """Verdicts on the shares of customers that machines and remote channels must take over the quarter."""
    aside = [i for i, channel in enumerate(branch.channels.values()) if isinstance(channel, Machine | Remote)]
    served = [i for i, name in enumerate(branch.channels) if branch.greeter is None or name != branch.greeter[0]]
    for name, share in branch.diverted_shares.items():
        rows = [i for i, (transaction, _) in enumerate(branch.classes) if transaction in share.transactions]
        taken = total = 0.0
        for day_type, flow in flows.items():
            days = branch.day_types[day_type].days
            taken += days * float(flow.arrivals[np.ix_(rows, aside)].sum())
            total += days * float(flow.arrivals[np.ix_(rows, served)].sum())
        if total > 0:
            sentence = f"{name}: {share.least:.1%} of {', '.join(share.transactions)} by machine or remote channel"
            met = taken / total >= share.least * (1 - TOLERANCE)
            yield Promise(name, sentence, None, None, share.least, taken / total, met)
