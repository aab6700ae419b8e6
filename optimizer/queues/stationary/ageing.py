"""Priority that ages, for two tiers: high customers go first, but not past a low one who has waited long enough.

While all servers are busy, completions come at rate M = cμ whoever is served, and the number waiting is geometric with
parameter ρ in whatever order customers are called. So waits in M/M/c, given that all servers are busy, are those of one
server of rate M, and what follows is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, nan

import numpy as np
from numpy.typing import ArrayLike

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.inversion import Complexes, TransformWait, inverse_laplace
from optimizer.queues.stationary.measures import FULL_LOAD
from optimizer.queues.stationary.priority_waits import DelayCycle, delay_probability, patient_tiers
from optimizer.queues.stationary.tiers import PriorityQueue, Tiers, checked_tiers
from optimizer.queues.stationary.waiting_time import EndlessWait


def accumulating_priority(
    servers: int, arrival_rates: ArrayLike, service_rate: float, growth_rates: Sequence[float]
) -> PriorityQueue:
    """M/M/c whose customers gain priority as they wait, high ones at rate b1, low ones at b2: most priority goes first.

    With b = b2 / b1: W2 = P(W > 0) / (cμ (1 - ρ) (1 - ρ1 (1 - b))) and W1 = (1 - ρ (1 - b)) W2. A high customer passes
    the low ones who came before it by no more than (1 - b) of their wait.

    Args:
        servers: c.
        arrival_rates: λ1, λ2, the high tier first.
        service_rate: μ of both tiers, in the same unit of time.
        growth_rates: b1 ≥ b2, of which only the ratio matters. Equal: first come, first served; b2 = 0: no ageing.

    Returns:
        Means, and waiting times by inversion of their transforms; from ρ = 1 on both tiers wait for ever if b2 > 0.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: nobody gives up; who is in service stays there.

    Source: Kleinrock (1964), "A delay dependent queue discipline"; Stanford, Taylor and Ziedins (2014), "Waiting time
    distributions in the accumulating priority queue".

    >>> queue = accumulating_priority(5, [0.25, 0.5], 1 / 6, [2.0, 1.0])
    >>> [round(tier.mean_wait, 3) for tier in queue.tiers]
    [5.921, 10.765]
    """
    tiers = _two_tiers(servers, arrival_rates, service_rate)
    high, low = growth_rates if len(growth_rates) == 2 else (nan, nan)
    if not (0 < high < inf and 0 <= low <= high):
        raise InvalidParameterError(f"growth_rates: {growth_rates}: expected b1 ≥ b2 ≥ 0, b1 positive and finite")
    if low == 0:
        return patient_tiers(tiers)
    line = Line.of(tiers)
    if line is None:
        return _endless(tiers)
    ratio = low / high
    behind = DelayCycle(line.arrival_rate * (1 - ratio), line.completion_rate, line.release_rate)
    ahead = PassedWait(line.arrival_rate, ratio, behind)
    waits = [TransformWait(line.busy, ahead.tail), TransformWait(line.busy, behind.tail)]
    return tiers.queue(True, line.busy, [line.busy * ahead.mean, line.busy * behind.mean], waits)


def head_start_priority(
    servers: int, arrival_rates: ArrayLike, service_rate: float, head_start: float
) -> PriorityQueue:
    """M/M/c that serves in order of arrival, high customers counted as if they had come h earlier.

    W2 = P(W > 0) (1/β + ρ1 E[min(h, T)]) and W1 = P(W > 0) (1/β - ρ2 E[min(h, T)]), where β = cμ (1 - ρ) and T is the
    wait of a low customer who waits if h is infinite: high customers pass it until h after its arrival.

    Args:
        servers: c.
        arrival_rates: λ1, λ2, the high tier first.
        service_rate: μ of both tiers, in the same unit of time.
        head_start: h, in that unit. 0: first come, first served; infinite: priority without ageing.

    Returns:
        Means, and waiting times by inversion of their transforms; from ρ = 1 on both tiers wait for ever if h < ∞.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: nobody gives up; who is in service stays there.

    Source: the discipline: Jackson (1960), "Some problems in queueing with dynamic priorities". The number ahead of a
    low customer is geometric when it arrives and that of M/M/1 with high arrivals only for a time h, then only falls.
    The number ahead of a high one is that of M/M/1 with high arrivals only, h after it was geometric: h before its
    arrival everybody waiting was ahead, since then low customers are behind, and that a server is free has the same
    probability at all times. Means of both satisfy the conservation law of Kleinrock (1965).

    >>> queue = head_start_priority(5, [0.25, 0.5], 1 / 6, 10.0)
    >>> [round(tier.mean_wait, 3) for tier in queue.tiers]
    [5.773, 10.838]
    """
    tiers = _two_tiers(servers, arrival_rates, service_rate)
    if not head_start >= 0:
        raise InvalidParameterError(f"head_start: {head_start}: expected at least 0")
    if head_start == inf:
        return patient_tiers(tiers)
    line = Line.of(tiers)
    if line is None:
        return _endless(tiers)
    strict = DelayCycle(line.arrival_rate, line.completion_rate, line.release_rate)
    passed = inverse_laplace(lambda s: strict.tail(s) / s, head_start) if head_start > 0 else 0.0
    high, low = (tiers.loads / servers).tolist()
    means = [line.busy * (1 / line.release_rate + change * passed) for change in (-low, high)]
    waits = [HeadStartWait(line, strict, head_start, gains) for gains in (True, False)]
    return tiers.queue(True, line.busy, means, waits)


@dataclass(frozen=True)
class Line:
    """Those who wait while all servers are busy."""

    busy: float
    """P(all servers are busy)."""
    utilization: float
    """ρ."""
    arrival_rate: float
    """λ1 of high customers."""
    completion_rate: float
    """M = cμ."""

    @property
    def release_rate(self) -> float:
        """β = M (1 - ρ): 1 / mean wait of one who waits, first come, first served."""
        return self.completion_rate * (1 - self.utilization)

    @classmethod
    def of(cls, tiers: Tiers) -> "Line | None":
        """The line of both tiers; None if it grows without limit."""
        c, load = tiers.servers, float(tiers.loads.sum())
        if load >= FULL_LOAD * c:
            return None
        busy = delay_probability(c, load, 1 - load / c)
        return cls(busy, load / c, float(tiers.arrivals[0]), c * float(tiers.services[0]))


@dataclass(frozen=True)
class PassedWait:
    """Wait of a high customer who waits, when priority accumulates.

    Its transform is β / (β + x) (b + (1 - b) M (M + x - λ1) / ((M + x) (M + s - λ1))), x = x(bs) the exponent of the
    low tier's wait. The share b of high customers are called with the priority of a low one, after b times its wait.
    The others have by then passed all low customers, and wait for each other only.
    """

    arrival_rate: float
    """λ1."""
    ratio: float
    """b."""
    low: DelayCycle
    """Wait of a low customer who waits."""

    @property
    def mean(self) -> float:
        """(1 - ρ (1 - b)) times the low tier's."""
        return (self.ratio + (1 - self.ratio) * self.low.release_rate / self.low.service_rate) * self.low.mean

    def tail(self, s: Complexes) -> Complexes:
        """Transform of P(W > t)."""
        spent = self.low.service_rate + self.low.exponent(self.ratio * s)
        alone = (spent - self.arrival_rate) / (self.low.service_rate + s - self.arrival_rate)
        above = self.ratio * spent + (1 - self.ratio) * self.low.release_rate * alone
        result: Complexes = (
            above / (spent - self.low.arrival_rate) / (spent - self.low.service_rate + self.low.release_rate)
        )
        return result


@dataclass(frozen=True)
class HeadStartWait:
    """Wait of a customer when high ones have a head start h, by the number ahead after a time h.

    That number n starts geometric with parameter ρ. Its transform over time is a sum of two geometrics, a ρ^n + a' r^n,
    r = λ1 / (M + x): a from the start, a' from the boundary, where a low customer is called and a high one's line is
    empty. From then on n only falls, at rate M, and a geometric line is cleared after an exponential time.
    """

    line: Line
    strict: DelayCycle
    """Wait of a low customer who waits, if h is infinite."""
    head_start: float
    """h."""
    gains: bool
    """Whether the customer is one who has it."""

    def exceeds(self, limit: float) -> float:
        """P(W > τ)."""
        if self.head_start == 0:
            return self.line.busy * exp(-self.line.release_rate * limit)
        if self.gains:
            return self._after(limit)
        if limit <= self.head_start:
            return TransformWait(self.line.busy, self.strict.tail).exceeds(limit)
        return self._after(limit - self.head_start)

    def served_within(self, limit: float) -> float:
        """1 - P(W > τ)."""
        return 1 - self.exceeds(limit)

    def _after(self, rest: float) -> float:
        """P(those ahead after h are not cleared in the ``rest`` of the limit)."""
        rho, completion, release = self.line.utilization, self.line.completion_rate, self.line.release_rate
        drift = completion - self.line.arrival_rate / rho

        def transform(s: Complexes) -> Complexes:
            x = self.strict.exponent(s)
            r = self.line.arrival_rate / (completion + x)
            start = 1 / (s + (1 - rho) * drift)
            boundary = start * (1 - rho) / (1 - r) * (drift / x if self.gains else -r / rho)
            result: Complexes = start * exp(-release * rest) + boundary * np.exp(-completion * (1 - r) * rest)
            return result

        return self.line.busy * inverse_laplace(transform, self.head_start)


def _two_tiers(servers: int, arrival_rates: ArrayLike, service_rate: float) -> Tiers:
    tiers = checked_tiers(servers, arrival_rates, service_rate)
    if len(tiers.arrivals) != 2 or np.ndim(service_rate) != 0:
        raise InvalidParameterError(f"arrival_rates: {arrival_rates!r}: expected two tiers, with one service rate")
    return tiers


def _endless(tiers: Tiers) -> PriorityQueue:
    return tiers.queue(True, 1.0, [inf, inf], [EndlessWait(), EndlessWait()])
