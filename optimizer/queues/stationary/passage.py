"""The wait of a tagged customer as a first passage of a chain."""

from dataclasses import dataclass
from math import exp, lgamma, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NEGLIGIBLE = 1e-15
"""Probability of still waiting at which nothing more can happen."""


@dataclass(frozen=True, eq=False)
class PassageWait:
    """Wait, until called or gone, of one who meets a chain of those ahead and gives up at rate η.

    Uniformization: the chain moves at the events of a Poisson process of rate γ, so that P(W > τ) and the share called
    within τ are Poisson means of positive terms; nothing cancels. Work: γτ products with the matrix of rates, fewer if
    everybody has gone before.

    Source: Jensen (1953), "Markoff chains as an aid in the study of Markoff processes".
    """

    met: Floats
    """P(an arrival has to wait, behind this state), by state."""
    moves: Any
    """Rates between the states in which the customer still waits; sparse."""
    called: Floats
    """Rate at which the customer is called, by state."""
    abandonment_rate: float = 0.0

    def exceeds(self, limit: float) -> float:
        """P(W > τ)."""
        return self._follow(limit)[0]

    def served_within(self, limit: float) -> float:
        """P(called within τ), at once or later."""
        return 1 - float(self.met.sum()) + self._follow(limit)[1]

    def _follow(self, limit: float) -> tuple[float, float]:
        """P(still waiting at τ) and P(called in (0, τ])."""
        leaving = self.moves.sum(axis=1) + self.called + self.abandonment_rate
        rate = float(leaving.max())
        events, steps = rate * limit, self.moves.T.tocsr() / rate
        stays = 1 - leaving / rate
        here, called = self.met, 0.0
        waiting = float(here.sum())
        mean_waiting = mean_called = weight = 0.0
        for k in range(int(events + 8 * sqrt(events) + 30)):
            chance = exp(k * log(events) - events - lgamma(k + 1)) if events > 0 else float(k == 0)
            mean_waiting += chance * waiting
            mean_called += chance * called
            weight += chance
            if waiting < NEGLIGIBLE:
                break
            called += float(self.called @ here) / rate
            here = stays * here + steps @ here
            waiting = float(here.sum())
        return mean_waiting, mean_called + max(0.0, 1 - weight) * called
