"""What every model of customers in tiers returns and accepts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimizer.errors import InvalidParameterError
from optimizer.queues.parameters import whole
from optimizer.queues.stationary.measures import StationaryQueue, WaitingTime

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PriorityQueue:
    """Measures of a queue with tiers in the long run; times are in units of the rates."""

    total: StationaryQueue
    """All customers together."""
    tiers: tuple[StationaryQueue, ...]
    """Each tier, highest priority first; ``utilization`` is the share of the servers' time that its work would take
    if all who do not give up were served."""
    lost_mass: float = 0.0
    """Probability at the edge of a truncated chain; 0 for closed forms."""


@dataclass(frozen=True)
class StarvedWait:
    """Wait of customers who are never called: until they give up."""

    abandonment_rate: float

    def exceeds(self, limit: float) -> float:
        """exp(-ητ)."""
        return exp(-self.abandonment_rate * limit)

    def served_within(self, limit: float) -> float:
        """Nobody is served."""
        return 0.0


@dataclass(frozen=True)
class MixedWait:
    """Wait of a customer of any tier."""

    shares: tuple[float, ...]
    """Share of each tier among those who arrive."""
    waits: tuple[WaitingTime, ...]

    def exceeds(self, limit: float) -> float:
        """Mean of the tiers' P(W > τ)."""
        return sum(share * wait.exceeds(limit) for share, wait in zip(self.shares, self.waits, strict=True))

    def served_within(self, limit: float) -> float:
        """Mean of the tiers' shares."""
        return sum(share * wait.served_within(limit) for share, wait in zip(self.shares, self.waits, strict=True))


@dataclass(frozen=True)
class Tiers:
    """Parameters of a queue with tiers, checked; arrays by tier, highest priority first."""

    servers: int
    arrivals: Floats
    services: Floats
    abandonments: Floats

    @property
    def loads(self) -> Floats:
        """λ/μ by tier."""
        return self.arrivals / self.services

    def queue(
        self,
        exact: bool,
        wait_probability: float,
        mean_waits: Sequence[float],
        waits: Sequence[WaitingTime],
        lost_mass: float = 0.0,
    ) -> PriorityQueue:
        """The result, from P(all servers are busy) and each tier's mean wait and its distribution."""
        model = f"M/M/{self.servers}{'+M' if self.abandonments.any() else ''} priority"
        tiers = tuple(
            StationaryQueue(
                model, exact, self.servers, float(arrival), float(service), wait_probability, float(wait),
                float(arrival * wait), 0.0 if eta == 0 else float(eta * wait), waiting_time=distribution,
            )
            for arrival, service, eta, wait, distribution in zip(
                self.arrivals, self.services, self.abandonments, mean_waits, waits, strict=True
            )
        )  # fmt: skip
        return PriorityQueue(self._together(tiers, waits), tiers, lost_mass)

    def _together(self, tiers: tuple[StationaryQueue, ...], waits: Sequence[WaitingTime]) -> StationaryQueue:
        first, arrival = tiers[0], float(self.arrivals.sum())
        shares = (self.arrivals / arrival).tolist()
        queue = sum(tier.mean_queue for tier in tiers)
        lost = sum(share * tier.abandonment for share, tier in zip(shares, tiers, strict=True))
        return StationaryQueue(
            first.model, first.exact, self.servers, arrival, arrival / float(self.loads.sum()),
            first.wait_probability, queue / arrival, queue, lost, waiting_time=MixedWait(tuple(shares), tuple(waits)),
        )  # fmt: skip


def checked_tiers(
    servers: int, arrival_rates: ArrayLike, service_rates: ArrayLike, abandonment_rates: ArrayLike = 0.0
) -> Tiers:
    """Refuse what is no queue with tiers; a single rate holds for every tier."""
    count = whole("servers", servers)
    arrivals = np.array(arrival_rates, np.float64)
    if arrivals.ndim != 1 or not len(arrivals):
        raise InvalidParameterError(f"arrival_rates: {arrival_rates!r}: expected one for each tier")
    given = {"arrival_rates": arrivals}
    for name, value in (("service_rates", service_rates), ("abandonment_rates", abandonment_rates)):
        rates = np.array(value, np.float64)
        if rates.shape not in {(), arrivals.shape}:
            raise InvalidParameterError(f"{name}: {value!r}: expected one, or one for each tier")
        given[name] = np.broadcast_to(rates, arrivals.shape)
    for name, rates in given.items():
        low = rates < 0 if name == "abandonment_rates" else rates <= 0
        if low.any() or not (rates < inf).all():
            kind = "at least 0" if name == "abandonment_rates" else "more than 0"
            raise InvalidParameterError(f"{name}: {rates.tolist()}: expected finite numbers of {kind}")
    return Tiers(count, arrivals, given["service_rates"], given["abandonment_rates"])
