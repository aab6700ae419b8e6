"""What waiting in a channel costs at least: queues that are monotone in servers and wait no longer than the channel's.

Where the channel's own queue is not monotone in servers, it is replaced by one that is and waits less:

- **Ranks.** Whatever the order of calls, all together wait as long as first come, first served at equal patience, and
  no less than with everybody as impatient as the least patient rank; a service level is that of the most patient one
  among them. Those called first wait no less than if the
  others never came. So the cost is at least that of all waiting at the cheaper rank's cost, and of the dearer rank's
  own waiting, alone, at the difference.
- **Rules by queue length.** Services with work added take longer: all wait no less than without the addition. The
  income of the additions is the most that they can earn.
- **Turning away.** Customers who look at all present beyond the fewest windows see no fewer than those waiting. All
  turn away like the rank called last, which does so most. What this minorant says of waiting is lowered by an
  allowance: it is monotone but for those whom servers who finish keep away.

With a server more nobody waits longer in these queues, if patience outlasts service (η ≤ μ).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from optimizer.evaluation import ChannelDemand, RankDemand
from optimizer.problem import Target
from optimizer.queues import QUEUE_ONLY, MonotoneQueue

Floats = NDArray[np.float64]
EVERYBODY, FIRST_RANK = range(2)
"""Parts of a minorant."""
ALLOWANCE = 0.003
"""Share taken off the waiting of a queue whose arrivals turn away: its rise with a server more, at most .2 % of a
period's waiting in many random days (see ``MonotoneQueue``)."""


class Measures(Protocol):
    """Measures of a monotone queue by period; tables have axes of levels behind it."""

    @property
    def waiting(self) -> Floats: ...  # noqa: D102
    @property
    def blocked(self) -> Floats: ...  # noqa: D102
    @property
    def service_level(self) -> Floats: ...  # noqa: D102
    @property
    def closing_waiting(self) -> Floats: ...  # noqa: D102
    @property
    def closing_overtime(self) -> Floats: ...  # noqa: D102


@dataclass(frozen=True)
class Part:
    """A queue of tickets, and what its waiting costs."""

    queue: MonotoneQueue
    waiting_cost: float
    """Of a ticket-minute while the door is open [yuan]."""
    closing_cost: float
    """Of a ticket-minute after closing [yuan]."""
    blocked_cost: float
    """Of a ticket that turns away [yuan]."""
    overtime_cost: float
    """Of a server-minute after closing [yuan]."""

    def costs(self, measures: Measures) -> Floats:
        """Cost by period, closing in the last [yuan]."""
        cost = self.waiting_cost * measures.waiting + self.blocked_cost * measures.blocked
        cost[-1] += self.closing_cost * measures.closing_waiting + self.overtime_cost * measures.closing_overtime
        return cost


@dataclass(frozen=True)
class Minorant:
    """Lower bound on the cost of a channel's waiting, and on how far it falls short of a target."""

    demand: ChannelDemand
    fewest: int
    """Fewest servers permitted at any time."""

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Everybody, and with two ranks those called first."""
        return tuple(self._parts())

    @property
    def monotone(self) -> bool:
        """Whether the bound is proven: patience outlasts service, waiting is dear, few turn away for one who waits."""
        demand = self.demand
        patient = all(part.queue.monotone and _mild(part.queue) for part in self.parts)
        dear = all(demand.open_waiting_cost(rank) >= 0 for rank in demand.ranks)
        missed = not demand.turns_away or all(demand.turning_away_cost(rank) >= 0 for rank in demand.ranks)
        steadier = demand.ranks[0].turning_away <= demand.ranks[-1].turning_away
        return patient and dear and missed and steadier

    def costs(self, measures: Sequence[Measures]) -> Floats:
        """Least cost by period from the measures of the parts [yuan]."""
        total: Floats = np.sum([part.costs(each) for part, each in zip(self.parts, measures, strict=True)], axis=0)
        return total

    def terms(self, target: Target, measures: Sequence[Measures]) -> tuple[Floats, Floats]:
        """Bounds on numerator and denominator of a target by period (see ``target_terms``).

        The first rank is bounded by its own queue, the other by everybody's: it waits longer than first come, first
        served would let it.
        """
        demand, part, own = self.demand, self.part_of(target), self.concerned(target)
        found = measures[part]
        share = np.divide(own, demand.arrivals, out=np.ones_like(own), where=demand.arrivals > 0)
        behind = (slice(None),) + (None,) * (found.waiting.ndim - 1)
        arrivals = own[behind]
        if target.measure == "service_level":
            index, judged = demand.limits.index(target.within or 0.0), self._judged(target)[behind]
            first = measures[-1].service_level[index] * (arrivals - judged)  # alone, whoever else waits
            return found.service_level[index] * judged + first, arrivals
        scale = self._scale
        # Those who wait have come in this period or an earlier one; all in the last part are of the first rank. Where
        # some turn away, the first rank may keep more of the last away than the minorant knows.
        known = target.tier is None or not demand.turns_away or len(demand.ranks) == 1
        waits = np.minimum.accumulate(share) * known if part == EVERYBODY else np.ones_like(share)
        waiting = scale * waits[behind] * found.waiting
        if target.measure == "abandonment":
            rank = self._rank(target)
            rate = min(r.abandonment_rate for r in (demand.ranks if rank is None else (rank,)))
            return rate * waiting + scale * self._last_share * found.blocked, arrivals
        waiting[-1] += scale * waits[-1] * found.closing_waiting
        return waiting, arrivals

    @property
    def _scale(self) -> float:
        """Customers that one step of the queue stands for, less the allowance."""
        demand = self.demand
        return demand.slowing / demand.service.tickets * (1 - ALLOWANCE * demand.turns_away)

    @property
    def _last_share(self) -> float:
        """Least share of a period's arrivals that are of the rank called last."""
        last, all_ranks = self.demand.rank_arrivals(self.demand.ranks[-1]), self.demand.arrivals
        coming = all_ranks > 0
        return float((last[coming] / all_ranks[coming]).min()) if coming.any() else 1.0

    def least_level(self, target: Target) -> Floats:
        """Service level, by period, that a part's queue must reach for a promise to hold; 0 where nobody comes."""
        concerned, judged = self.concerned(target), self._judged(target)
        missing = (target.least or 0.0) * concerned - (concerned - judged)
        least: Floats = np.divide(missing, judged, out=np.zeros_like(judged), where=judged > 0).clip(0)
        return least

    def _judged(self, target: Target) -> Floats:
        """Customers by period whom a part's service level bounds: of all, the rank called last.

        In overload priority serves more within a limit than first come, first served: some in time, the others late.
        """
        return self.concerned(target) if target.tier is not None else self.demand.rank_arrivals(self.demand.ranks[-1])

    def part_of(self, target: Target) -> int:
        """The part that bounds a target: the first rank alone for a promise to one of its tiers."""
        ranks = self.demand.ranks
        return FIRST_RANK if len(ranks) > 1 and self._rank(target) is ranks[0] else EVERYBODY

    def concerned(self, target: Target) -> Floats:
        """Expected customers whom a target is about, by period."""
        rank = self._rank(target)
        if rank is not None:
            return self.demand.rank_arrivals(rank)
        return self.demand.arrivals if target.tier is None else np.zeros_like(self.demand.arrivals)

    def _rank(self, target: Target) -> RankDemand | None:
        return None if target.tier is None else self.demand.rank_of(target.tier)

    def _parts(self) -> Iterator[Part]:
        demand = self.demand
        scale = self._scale
        open_costs = [scale * demand.open_waiting_cost(rank) for rank in demand.ranks]
        closing_costs = [scale * rank.waiting_cost for rank in demand.ranks]
        yield Part(
            queue=self._queue(demand.ranks),
            waiting_cost=min(open_costs),
            closing_cost=min(closing_costs),
            blocked_cost=scale * self._last_share * demand.turning_away_cost(demand.ranks[-1]),
            overtime_cost=demand.overtime_cost * (1 - ALLOWANCE * demand.turns_away),
        )
        if len(demand.ranks) > 1:
            alone = self._queue(demand.ranks[:1])
            if demand.ranks[0].turning_away > 0:  # others keep some of them away: nothing is known of those who join
                alone = replace(alone, arrival_rates=0.0 * alone.arrival_rates)
            yield Part(
                queue=alone,
                waiting_cost=open_costs[0] - min(open_costs),
                closing_cost=closing_costs[0] - min(closing_costs),
                blocked_cost=0.0,
                overtime_cost=0.0,
            )

    def _queue(self, ranks: Sequence[RankDemand]) -> MonotoneQueue:
        demand = self.demand
        tickets = demand.service.tickets
        rates = np.sum([rank.arrival_rates for rank in ranks], axis=0) * (tickets / demand.slowing)
        return MonotoneQueue(
            arrival_rates=rates,
            weights=demand.weights,
            service_rate=demand.service.rate / demand.slowing,
            abandonment_rate=max(rank.abandonment_rate for rank in ranks),
            leaving_rate=min(rank.abandonment_rate for rank in ranks),
            period=demand.period,
            limits=demand.limits,
            joining=demand.joining(ranks[-1]),
            seen_beyond=self.fewest if demand.turns_away else QUEUE_ONLY,
        )


def _mild(queue: MonotoneQueue) -> bool:
    """Whether a customer who waits keeps no more away, and gives up no sooner, than one in service is done."""
    steepest = -float(np.diff(queue.joining).min(initial=0.0))
    return queue.abandonment_rate + float(queue.arrival_rates.max()) * steepest <= queue.service_rate * (1 + 1e-12)
