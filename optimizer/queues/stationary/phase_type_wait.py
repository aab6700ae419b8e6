"""Distribution of the wait in M/PH/c(+M), by jumps at the ticks of one Poisson clock."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from optimizer.queues.stationary.levels import Levels

Floats = NDArray[np.float64]
GONE = 1e-17
"""Probability of still waiting that ends the computation."""


class PhaseTypeWait:
    """Wait of one who joins: the chain on (customers ahead, phases of the busy servers), uniformized.

    P(W > τ) = Σ_j Poisson(j; Λτ) w_j, w_j the probability of waiting still after j ticks of a clock of rate Λ; the
    w_j serve every τ and are computed once, as far as they are needed.

    Source: Jensen (1953), "Markoff chains as an aid in the study of Markoff processes".
    """

    def __init__(self, levels: Levels, servers: int, within: Floats, next_service: Floats, abandonment_rate: float):
        self.mass = _ahead(levels, servers)
        """P(an arrival meets so many ahead, phases); axes customers ahead, phases."""
        self.immediate = float(sum(v.sum() for v in levels.vectors[:servers]))
        ahead = np.arange(len(self.mass))[:, None] * abandonment_rate
        leaving = within.sum(axis=1) + next_service.sum(axis=1) + ahead + abandonment_rate
        self.clock = float(leaving.max())
        self.stays = 1 - leaving / self.clock
        self.within, self.next, self.ahead = within / self.clock, next_service / self.clock, ahead / self.clock
        self.waiting = [float(self.mass.sum())]
        self.served = [0.0]

    def exceeds(self, limit: float) -> float:
        """P(W > τ); W ends with service or giving up."""
        return self._at(limit, self.waiting)

    def served_within(self, limit: float) -> float:
        """P(served within τ)."""
        self._tick_until(limit)
        return min(1.0, self.immediate + self._at(limit, self.served))

    def _at(self, limit: float, by_tick: list[float]) -> float:
        """Value at τ of what is known at every tick; constant after the last."""
        self._tick_until(limit)
        mean = self.clock * limit
        ticks = np.arange(len(by_tick))
        chances = np.exp(xlogy(ticks, mean) - mean - gammaln(ticks + 1.0))
        values = np.array(by_tick)
        return max(0.0, float(chances @ values + (1 - chances.sum()) * values[-1]))

    def _tick_until(self, limit: float) -> None:
        mean = self.clock * limit
        while len(self.waiting) < mean + 9 * sqrt(mean) + 30 and self.waiting[-1] > GONE:
            done = self.mass @ self.next
            self.served.append(self.served[-1] + float(done[0].sum()))
            after = self.mass * self.stays + self.mass @ self.within
            after[:-1] += done[1:] + self.ahead[1:] * self.mass[1:]
            self.mass = after
            self.waiting.append(float(after.sum()))


def _ahead(levels: Levels, servers: int) -> Floats:
    """Levels from c on, written out above the top until what is left is negligible."""
    rows = list(levels.vectors[servers:])
    left = float(levels.beyond.sum())
    while left > GONE and rows[-1].sum() > 0:
        rows.append(rows[-1] @ levels.rate)
        left -= float(rows[-1].sum())
        if rows[-1].sum() < GONE:
            break
    return np.array(rows)
