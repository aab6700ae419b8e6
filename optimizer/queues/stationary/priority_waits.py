"""Tiers pooled from the top down: closed forms where all tiers are served, and give up, at the same rate.

While all servers are busy, tiers 1 to k together are a line of their own, whoever is below them: it lengthens at rate
Λ_k = λ_1 + ... + λ_k, shortens at rate cμ + nη, and is empty when the servers become busy. So its length is
that of a line first come, first served, and tiers differ by one at a time.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import inf, isclose, log

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import diags_array

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.erlang import erlang_b
from optimizer.queues.stationary.inversion import Complexes, TransformWait
from optimizer.queues.stationary.measures import FULL_LOAD, WaitingTime
from optimizer.queues.stationary.passage import PassageWait
from optimizer.queues.stationary.roots import root
from optimizer.queues.stationary.tiers import PriorityQueue, StarvedWait, Tiers
from optimizer.queues.stationary.waiting_time import EndlessWait, FirstComeWait

Floats = NDArray[np.float64]
MOST_STATES = 1 << 22
"""Longest line that is written out."""


def patient_tiers(tiers: Tiers) -> PriorityQueue:
    """Nobody gives up: W_k = P(W > 0) / (R (1 - σ_(k-1)) (1 - σ_k)), σ_k the load of tiers 1 to k on a server.

    R is the rate at which one of c busy servers becomes free: cμ, exact, where tiers have the same μ; with unequal
    rates c E[S] / (E[S²] / 2), S the service of those who are served, as Cobham's formula has it for c = 1, times
    Erlang C in place of ρ. Means are exact then for c = 1 only.
    """
    c, loads = tiers.servers, tiers.loads
    used = np.concatenate([[0.0], np.cumsum(loads)]) / c if c else np.full(len(loads) + 1, inf)
    load = float(loads.sum())
    waits = delay_probability(c, load, 1 - load / c) if c else 1.0
    served = np.minimum(loads, np.maximum(0.0, 1 - used[:-1]) * c) if c else loads
    release = c * float(served.sum()) / float((served / tiers.services).sum())
    means: list[float] = []
    tails: list[WaitingTime] = []
    for above, upto in pairwise(used.tolist()):
        if upto < FULL_LOAD:
            cycle = DelayCycle(release * above, release, release * (1 - upto))
            means.append(waits * cycle.mean)
            tails.append(TransformWait(waits, cycle.tail))
        else:
            means.append(inf)
            tails.append(EndlessWait())
    equal = len(set(tiers.services)) == 1
    return tiers.queue(equal or c == 0, waits, means, tails)


def delay_probability(servers: int, load: float, empty: float) -> float:
    """P(all servers are busy), from P(nobody waits | all busy): B / (B + (1 - B) empty), B Erlang's loss."""
    lost = erlang_b(servers, load)
    return 1.0 if empty <= 0 else lost / (lost + (1 - lost) * empty)


@dataclass(frozen=True)
class DelayCycle:
    """Time to clear exponential work of mean 1/β and all work that arrives until then, in services of rate M at rate Λ.

    Its transform is β / (β + x), x = s + Λ - ΛB(s) = (s + Λ - M + √((s + M + Λ)² - 4ΛM)) / 2, B that of the busy
    period of M/M/1: a mixture of exponentials. The wait of a tier with priority, given that it waits, is one.

    Source: Kella and Yechiali (1985), "Waiting times in the non-preemptive priority M/M/c queue"; Abate and Whitt
    (1997), "Asymptotics for M/G/1 low-priority waiting-time tail probabilities".
    """

    arrival_rate: float
    """Λ of those who push in."""
    service_rate: float
    """M of all servers together."""
    release_rate: float
    """β."""

    @property
    def mean(self) -> float:
        """1 / (β (1 - Λ/M))."""
        return 1 / (self.release_rate * (1 - self.arrival_rate / self.service_rate))

    def exponent(self, s: Complexes) -> Complexes:
        """x(s)."""
        near = (self.service_rate**0.5 - self.arrival_rate**0.5) ** 2
        far = (self.service_rate**0.5 + self.arrival_rate**0.5) ** 2
        result: Complexes = (s + self.arrival_rate - self.service_rate + np.sqrt(s + near) * np.sqrt(s + far)) / 2
        return result

    def tail(self, s: Complexes) -> Complexes:
        """Transform of P(T > t): (1 - β / (β + x)) / s, and x/s = (M + x) / (M + x - Λ)."""
        spent = self.service_rate + self.exponent(s)
        result: Complexes = spent / (spent - self.arrival_rate) / (spent - self.service_rate + self.release_rate)
        return result


def pooled_tiers(tiers: Tiers) -> PriorityQueue:
    """Customers give up: exact with one μ and one η, else with the mean service and the mean η of those who wait.

    The line of tiers 1 to k shortens at rate cμ + n η_k, η_k the mean over the numbers waiting of each tier, found one
    tier after the other. With one η_k that is the model. The highest tier's line is exact given that all servers are
    busy, whatever its η.
    """
    c, etas = tiers.servers, tiers.abandonments
    completion = c * float(tiers.arrivals.sum() / tiers.loads.sum())
    pools = _pools(tiers, completion)
    last = pools[-1]
    waits = delay_probability(c, float(tiers.loads.sum()), float(last.lengths[0]) if last is not None else 0.0)
    means: list[float] = []
    tails: list[WaitingTime] = []
    above, arrivals = 0.0, 0.0
    for pool, arrival, eta in zip(pools, tiers.arrivals.tolist(), etas.tolist(), strict=True):
        if pool is None:
            means.append(1 / eta if eta else inf)
            tails.append(StarvedWait(eta) if eta else EndlessWait())
            continue
        means.append(waits * (pool.mean - above) / arrival)
        tails.append(_wait(pool, waits, arrivals, eta))
        above, arrivals = pool.mean, arrivals + arrival
    one = len(set(tiers.services)) == 1 and len(set(etas)) == 1
    return tiers.queue(one, waits, means, tails)


@dataclass(frozen=True, eq=False)
class Pool:
    """Tiers 1 to k while all servers are busy."""

    lengths: Floats
    """Distribution of the number waiting."""
    completion_rate: float
    """cμ."""
    abandonment_rate: float
    """η of one of them."""

    @property
    def mean(self) -> float:
        """Mean number waiting."""
        return float(self.lengths @ np.arange(len(self.lengths)))


def _pools(tiers: Tiers, completion: float) -> list[Pool | None]:
    """The line of tiers 1 to k, for every k; None where it grows without limit."""
    pools: list[Pool | None] = []
    arrivals, giving_up, above = 0.0, 0.0, 0.0
    for arrival, eta in zip(tiers.arrivals.tolist(), tiers.abandonments.tolist(), strict=True):
        arrivals += arrival
        pool = None
        if None not in pools and (eta > 0 or arrivals < completion + giving_up):
            pool = _pool(arrivals, completion, _mean_eta(arrivals, completion, giving_up, above, arrival, eta))
            giving_up, above = pool.abandonment_rate * pool.mean, pool.mean
        pools.append(pool)
    return pools


def _mean_eta(arrivals: float, completion: float, giving_up: float, above: float, arrival: float, eta: float) -> float:
    """Mean η of a line in which one more tier waits; its number is what the line with this η adds to those above."""
    if above == 0 or isclose(giving_up, eta * above, rel_tol=1e-12):
        return eta

    def mean_with(waiting: float) -> float:
        return (giving_up + eta * waiting) / (above + waiting)

    def excess(waiting: float) -> float:
        return _pool(arrivals, completion, mean_with(waiting)).mean - above - waiting

    high = arrival / eta if eta > 0 else above
    while excess(high) > 0:
        high *= 2
    return mean_with(root(excess, 0.0, high, rtol=1e-12))


def _pool(arrivals: float, completion: float, eta: float) -> Pool:
    count = 64
    while True:
        logs = np.zeros(count)
        np.cumsum(log(arrivals) - np.log(completion + eta * np.arange(1, count)), out=logs[1:])
        if logs[-1] < logs.max() - 40:
            weights = np.exp(logs - logs.max())
            return Pool(np.trim_zeros(weights / weights.sum(), "b"), completion, eta)
        count *= 2
        if count > MOST_STATES:
            raise InvalidParameterError(f"abandonment_rates: {eta}: a line of more than {MOST_STATES} customers")


def _wait(pool: Pool, waits: float, arrivals: float, eta: float) -> WaitingTime:
    """Wait behind the pool's line and those of higher tiers who still arrive, at rate ``arrivals``."""
    met = waits * pool.lengths
    if arrivals == 0:
        return FirstComeWait(1 - waits, met, pool.completion_rate, eta)
    shorter = pool.completion_rate + pool.abandonment_rate * np.arange(1, len(met))
    moves = diags_array([np.full(len(met) - 1, arrivals), shorter], offsets=[1, -1]).tocsr()
    called = np.zeros(len(met))
    called[0] = pool.completion_rate
    return PassageWait(met, moves, called, eta)
