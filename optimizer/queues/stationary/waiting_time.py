"""The wait in a line that exponential servers call in order of arrival, from what one who joins finds ahead.

With c servers busy and j waiting ahead, one who would never give up is called after T, a sum of exponential stages
with rates cμ + iη, i = j, ..., 0. exp(-ηT) is a product of powers of uniforms, and so Beta(cμ/η, j + 1): T > τ has the
probability that N ≤ j, where N is negative binomial of size cμ/η and probability exp(-ητ), or Poisson with mean cμτ
when nobody gives up. The mixture over j then is one sum of positive terms, E[G(N)], whatever the limit.
"""

from dataclasses import dataclass
from functools import cached_property
from math import exp, expm1, inf, isfinite, lgamma, log, log1p, pi

import numpy as np
from numpy.typing import NDArray

from optimizer.compilation import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEGLIGIBLE = 1e-17
"""Share of a sum that the terms left out may have."""
LARGEST = 1e15
"""Mean of N beyond which a geometric tail is left to no one."""
HALF_LOG_TAU = 0.5 * log(2.0 * pi)


@dataclass(frozen=True, eq=False)
class FirstComeWait:
    """Distribution of the wait W of one who joins exponential servers who call in order of arrival.

    P(W > τ) = exp(-ητ) E[G(N)] / J and P(served within τ) = S - E[H(N')]. G(k): share of all who arrive who join, all
    servers being busy, behind k or more; H(k): those of G(k) who will be served; J and S: shares of all who arrive who
    join, and who will be served. N and N' are negative binomial with probability exp(-ητ) and size cμ/η and cμ/η + 1.

    Source: Riordan (1962), "Stochastic service systems"; Palm (1957), "Research on telephone traffic carried by full
    availability groups".

    >>> wait = FirstComeWait(at_once=0.2, ahead=np.array([0.16]), completion_rate=1.0, ratio=0.8)  # M/M/1 at ρ = 0.8
    >>> round(wait.exceeds(5.0), 6)  # 0.8 exp(-(1 - 0.8) 5)
    0.294304
    """

    at_once: float
    """Share of all who arrive who join and find a server free."""
    ahead: Floats
    """Shares of all who arrive who join with ``first``, ``first`` + 1, ... waiting ahead and all servers busy."""
    completion_rate: float
    """cμ."""
    abandonment_rate: float = 0.0
    """η of one who waits."""
    first: int = 0
    ratio: float = 0.0
    """Beyond the last of ``ahead`` each share is the one before times this; above 0 only if nobody gives up."""

    def exceeds(self, limit: float) -> float:
        """P(W > τ) of those who join; 0 where nobody does."""
        joined = self.at_once + float(self._behind[0])
        if joined <= 0.0:
            return 0.0
        late = self._expectation(self._behind, self.completion_rate, limit)
        return exp(-self.abandonment_rate * limit) * late / joined

    def served_within(self, limit: float) -> float:
        """Share of all who arrive that are served within τ."""
        if self._served[0] == 0.0:
            return self.at_once
        late = self._expectation(self._served, self.completion_rate + self.abandonment_rate, limit)
        return self.at_once + max(0.0, float(self._served[0]) - late)

    def _expectation(self, values: Floats, rate: float, limit: float) -> float:
        """E[values(N)], where P(N = 0) = exp(-rate · τ)."""
        eta = self.abandonment_rate
        stay, gone = exp(-eta * limit), -expm1(-eta * limit)
        mean = rate * (gone / eta if eta > 0 else limit)
        if stay == 0.0 or not isfinite(mean):
            return 0.0
        size = rate / eta if eta > 0 else inf
        return _expectation(values, self.first, self.ratio, size, mean, stay, gone, rate * limit)

    @cached_property
    def _behind(self) -> Floats:
        """G, from ``first`` on."""
        return self._from_the_end(self.ahead)

    @cached_property
    def _served(self) -> Floats:
        """H, from ``first`` on: who has j ahead is called before giving up with probability cμ / (cμ + (j + 1) η)."""
        leaving = self.abandonment_rate * np.arange(self.first + 1, self.first + 1 + len(self.ahead))
        total = self.completion_rate + leaving
        return self._from_the_end(self.ahead * np.divide(self.completion_rate, total, where=total > 0, out=total))

    def _from_the_end(self, shares: Floats) -> Floats:
        whole = shares.copy()
        whole[-1] /= 1.0 - self.ratio
        result: Floats = np.ascontiguousarray(np.cumsum(whole[::-1])[::-1])
        return result


class EndlessWait:
    """The wait in a queue that grows without limit, where nobody gives up."""

    def exceeds(self, limit: float) -> float:
        """P(W > τ): everybody waits longer."""
        return 1.0

    def served_within(self, limit: float) -> float:
        """Nobody is served within any limit."""
        return 0.0


@compiled
def _expectation(
    values: Floats, first: int, ratio: float, size: float, mean: float, stay: float, gone: float, exponent: float
) -> float:
    """E[values(N)] for N negative binomial with P(N = 0) = exp(-exponent): Poisson where the size is infinite.

    ``values`` are those of ``first``, ``first`` + 1, ...: never rising, constant before, and times ``ratio`` from each
    to the next beyond. The sum runs both ways from its greatest term, or from where P(N = k) begins to fall.
    """
    last = first + len(values) - 1
    if last == 0 and ratio > 0.0:
        return float(values[0] * exp(-exponent * (1.0 - ratio)))
    if mean * ratio > LARGEST:
        return 0.0
    if mean * ratio > last:
        start = int(mean * ratio)
    else:
        start = 0 if mean < 1.0 else int(min((mean - 1.0) / stay, float(last)))
    middle = exp(_log_probability(start, size, mean, stay, gone, exponent))
    if start > last:
        middle *= ratio ** (start - last)
    total, weight, k = 0.0, middle, start
    while weight > 0.0:
        total += weight * values[min(max(k - first, 0), len(values) - 1)]
        step = (mean + gone * k) / (k + 1.0)
        if k >= last:
            step *= ratio
            if weight * values[-1] * step <= NEGLIGIBLE * total * (1.0 - step):
                break
        weight *= step
        k += 1
    weight, k = middle, start
    while k > 0 and weight * k * values[0] > NEGLIGIBLE * total:
        weight *= k / (mean + gone * (k - 1.0))
        if k > last:
            weight /= ratio
        k -= 1
        total += weight * values[min(max(k - first, 0), len(values) - 1)]
    return total


@compiled
def _log_probability(k: int, size: float, mean: float, stay: float, gone: float, exponent: float) -> float:
    """Log P(N = k) by deviances, which keeps all digits where both k and the mean are large (Loader, 2000)."""
    if k == 0:
        return -exponent
    excess = mean - k * stay
    result = -_stirling_error(k) - _deviance(k, mean + gone * k, excess) - 0.5 * log(k) - HALF_LOG_TAU
    if size < inf:
        result += 0.5 * log(size / (size + k)) + _stirling_error(size + k) - _stirling_error(size)
        result -= _deviance(size, max((size + k) * stay, 1e-320), -excess)
    return result


@compiled
def _deviance(count: float, expected: float, excess: float) -> float:
    """Count · log(count / expected) + expected - count; ``excess`` is expected - count, without rounding."""
    if abs(excess) < 0.5 * count:
        return excess - count * log1p(excess / count)
    return excess + count * log(count / expected)


@compiled
def _stirling_error(n: float) -> float:
    """Log Γ(n + 1) - (n + 1/2) log n + n - log(2π) / 2."""
    if n < 16.0:
        return lgamma(n + 1.0) - (n + 0.5) * log(n) + n - HALF_LOG_TAU
    t = 1.0 / (n * n)
    return (1.0 / 12.0 - t * (1.0 / 360.0 - t * (1.0 / 1260.0 - t * (1.0 / 1680.0 - t / 1188.0)))) / n
