"""Stationary chains whose level moves by one: a number in system, and phases beside it (quasi-birth-death)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Block = Callable[[int], Floats]
"""Rates from the phases of level n (rows) to those of another level (columns), given n."""
NEGLIGIBLE = 1e-15
"""Probability of the top level that ends the search for one high enough."""


@dataclass(frozen=True)
class Levels:
    """Stationary distribution π of (level, phase)."""

    vectors: tuple[Floats, ...]
    """π of the levels 0 to the top."""
    beyond: Floats
    """Σ π over the levels above the top, by phase."""
    excess: Floats
    """Σ (n - top) π over the levels n above the top, by phase."""
    rate: Floats
    """R: above the top, π of a level is that of the level below times R; zero where the top is the end."""

    @property
    def top(self) -> int:
        """Highest level written out."""
        return len(self.vectors) - 1


def endless_levels(up: Block, within: Block, down: Block, regular: int) -> Levels:
    """Solve a chain that is the same at every level from ``regular`` on: π above it is matrix-geometric.

    Args:
        up: rates to level n + 1.
        within: rates between the phases of level n, diagonal left 0.
        down: rates to level n - 1; not asked of level 0.
        regular: level from which ``up`` and ``within`` are constant; ``down`` is from the next.

    Returns:
        Levels 0 to ``regular``, and the sums of those above.

    Assumptions: stable; whether it is, the caller knows.

    Source: Neuts (1981), "Matrix-geometric solutions in stochastic models"; R by logarithmic reduction, Latouche and
    Ramaswami (1993), "A logarithmic reduction algorithm for quasi-birth-death processes".

    >>> levels = endless_levels(lambda n: np.array([[1.0]]), lambda n: np.zeros((1, 1)), lambda n: np.array([[2.0]]), 0)
    >>> [round(float(x[0]), 6) for x in (levels.vectors[0], levels.beyond, levels.excess)]
    [0.5, 0.5, 1.0]
    """
    rate = _geometric(up(regular), within(regular), down(regular + 1))
    vectors, weights = _descend(up, within, down, regular, rate)
    rest = np.eye(len(rate)) - rate
    beyond = _over(vectors[-1] @ rate, rest)
    total = float(weights.sum() + weights[-1] * beyond.sum())
    shares = weights / total
    beyond = beyond * shares[-1]
    scaled = tuple(v * w for v, w in zip(vectors, shares, strict=True))
    return Levels(scaled, beyond, _over(beyond, rest), rate)


def thinning_levels(up: Block, within: Block, down: Block, first: int) -> Levels:
    """Solve a chain that is pulled down ever harder at high levels, up to a level of negligible probability.

    Args:
        up: rates to level n + 1.
        within: rates between the phases of level n, diagonal left 0.
        down: rates to level n - 1, growing without bound in n.
        first: the top tried first; doubled until its probability is below 1e-15.

    Returns:
        Levels 0 to the top; none above.

    Source: linear level reduction, Gaver, Jacobs and Latouche (1984), "Finite birth-and-death models in randomly
    changing environments".

    >>> levels = thinning_levels(lambda n: np.eye(1), lambda n: np.zeros((1, 1)), lambda n: n * np.eye(1), 4)
    >>> round(float(levels.vectors[0][0]), 6)  # the M/M/∞ queue: exp(-1)
    0.367879
    """
    phases = len(up(first))
    end = np.zeros((phases, phases))
    vectors, weights = _descend(up, within, down, first, end)
    shares = weights / weights.sum()
    if shares[-1] > NEGLIGIBLE:
        return thinning_levels(up, within, down, 2 * first)
    scaled = tuple(v * w for v, w in zip(vectors, shares, strict=True))
    return Levels(scaled, np.zeros(phases), np.zeros(phases), end)


def _closed(inner: Floats, leaving: Floats) -> Floats:
    """Rates between phases with the diagonal that makes each row sum to minus the rate of leaving the phases.

    No diagonal is found by subtraction, so that small probabilities keep their digits (Grassmann, Taksar and Heyman).
    """
    off = inner - np.diag(np.diagonal(inner))
    result: Floats = off - np.diag(off.sum(axis=1) + leaving)
    return result


def _descend(up: Block, within: Block, down: Block, top: int, rate: Floats) -> tuple[list[Floats], Floats]:
    """Distribution of the phase in each level, and the levels' weights; the greatest weight is 1.

    Going down, the levels above are folded into one, S = L + R D, which is left downwards only, and R of the level is
    -U S⁻¹. Going up, weights are kept as logarithms: they span more than a float does in a large or overloaded system.
    """
    inner = within(top) + (rate @ down(top + 1) if rate.any() else 0.0)
    rates: list[Floats] = []
    for level in range(top, 0, -1):
        lower = down(level)
        rates.append(_over(up(level - 1), -_closed(inner, lower.sum(axis=1))))
        inner = within(level - 1) + rates[-1] @ lower
    vectors, logs = [_null_vector(_closed(inner, np.zeros(len(inner))))], [0.0]
    for step in reversed(rates):
        mass = vectors[-1] @ step
        total = float(mass.sum())
        vectors.append(mass / total)
        logs.append(logs[-1] + np.log(total))
    return vectors, np.exp(np.array(logs) - max(logs))


def _null_vector(generator: Floats) -> Floats:
    """Stationary distribution of level 0, seen only while the chain is in it."""
    target = np.zeros(len(generator))
    target[-1] = 1.0
    return _over(target, np.column_stack([generator[:, 1:], np.ones(len(generator))]))


def _over(left: Floats, right: Floats) -> Floats:
    """Left times the inverse of right."""
    return np.asarray(np.linalg.solve(right.T, left.T).T, np.float64)


def _geometric(up: Floats, within: Floats, down: Floats) -> Floats:
    """R of a recurrent chain, through G: the phase in which the level below is first reached, in rows that sum to 1."""
    local = -_closed(within, up.sum(axis=1) + down.sum(axis=1))
    higher, lower = np.linalg.solve(local, up), np.linalg.solve(local, down)
    first, path = lower, higher
    while path.max() > 1e-16:
        further, nearer = higher @ higher, lower @ lower
        back = -_closed(higher @ lower + lower @ higher, (further + nearer).sum(axis=1))
        higher, lower = np.linalg.solve(back, further), np.linalg.solve(back, nearer)
        first, path = first + path @ lower, path @ higher
    first = first / first.sum(axis=1, keepdims=True)
    return _over(up, -_closed(within + up @ first, down.sum(axis=1)))
