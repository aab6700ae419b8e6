"""Distribution of the wait in M/PH/c(+M), by jumps at the ticks of one Poisson clock."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.levels import Levels
from optimizer.queues.stationary.poisson import poisson

Floats = NDArray[np.float64]
GONE = 1e-17
"""Probability of still waiting that ends the computation."""
MOST_AHEAD = 100_000
"""Longest line of which the distribution of the wait is given."""


class PhaseTypeWait:
    """Wait of one who joins: the chain on (customers ahead, phases of the busy servers), uniformized.

    P(W > τ) = Σ_j Poisson(j; Λτ) w_j, w_j the probability of waiting still after j ticks of a clock of rate Λ; the
    w_j serve every τ and are computed once, as far as they are needed.

    Source: Jensen (1953), "Markoff chains as an aid in the study of Markoff processes".
    """

    def __init__(self, levels: Levels, servers: int, within: Floats, next_service: Floats, abandonment_rate: float):
        self.levels, self.servers, self.abandonment_rate = levels, servers, abandonment_rate
        self.immediate = float(sum(v.sum() for v in levels.vectors[:servers]))
        self.within, self.next = within, next_service
        self.waiting: list[float] = []
        self.served = [0.0]

    def _begin(self) -> None:
        """What an arrival meets, and the clock; axes of the mass: customers ahead, phases."""
        self.mass = _ahead(self.levels, self.servers)
        ahead = np.arange(len(self.mass))[:, None] * self.abandonment_rate
        leaving = self.within.sum(axis=1) + self.next.sum(axis=1) + ahead + self.abandonment_rate
        self.clock = float(leaving.max())
        self.stays = 1 - leaving / self.clock
        self.moves, self.calls = csr_array(self.within / self.clock), csr_array(self.next / self.clock)
        self.shortens = ahead / self.clock
        self.waiting.append(float(self.mass.sum()))

    def exceeds(self, limit: float) -> float:
        """P(W > τ); W ends with service or giving up."""
        self._tick_until(limit)
        return self._at(limit, self.waiting)

    def served_within(self, limit: float) -> float:
        """P(served within τ)."""
        self._tick_until(limit)
        return min(1.0, self.immediate + self._at(limit, self.served))

    def _at(self, limit: float, by_tick: list[float]) -> float:
        """Value at τ of what is known at every tick; constant after the last."""
        mean = min(self.clock * limit, 1e300)
        chances = poisson(np.arange(len(by_tick)), mean)
        values = np.array(by_tick)
        return max(0.0, float(chances @ values + (1 - chances.sum()) * values[-1]))

    def _tick_until(self, limit: float) -> None:
        if not self.waiting:
            self._begin()
        mean = min(self.clock * limit, 1e300)
        while len(self.waiting) < mean + 9 * sqrt(mean) + 30 and self.waiting[-1] > GONE:
            done = self.mass @ self.calls
            self.served.append(self.served[-1] + float(done[0].sum()))
            after = self.mass * self.stays + self.mass @ self.moves
            after[:-1] += done[1:] + self.shortens[1:] * self.mass[1:]
            self.mass = after
            self.waiting.append(float(after.sum()))


def _ahead(levels: Levels, servers: int) -> Floats:
    """Levels from c on, written out above the top until what is left is negligible."""
    rows = list(levels.vectors[servers:])
    while levels.rate.any() and rows[-1].sum() > GONE:
        rows.append(rows[-1] @ levels.rate)
        if len(rows) > MOST_AHEAD:
            raise InvalidParameterError(
                f"limit: more than {MOST_AHEAD} customers wait: no distribution so near overload"
            )
    return np.array(rows)
