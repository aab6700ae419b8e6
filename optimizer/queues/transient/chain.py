"""A Markov chain with constant rates for a while, compiled: uniformization, forward and backward.

States stand in a line, as the cells of a grid do. A move leads from every state to the one a fixed distance further, at
a rate that depends on the state and is 0 where it would lead outside.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.compilation import compiled
from optimizer.queues.transient.kernel import LONGEST, Floats, Ints, poisson_weights

INSTANT = -1.0
"""In the place of a fading rate: the distribution at a moment, not an integral up to it."""
TINY = 1e-18
"""Probability of a state that is taken for 0 at every jump [-]."""
EDGE = 1e-15
"""Probability of a state at the border from which on there is too little room [-]."""


class Moves(NamedTuple):
    """What happens to the states."""

    steps: Ints
    """Distance, by move."""
    rates: Floats
    """Axes move and state [per minute]."""


def moves(shape: tuple[int, ...], *steps: tuple[tuple[int, ...], NDArray[Any]]) -> Moves:
    """Moves on a grid: how many cells further along each axis, and the rate by cell."""
    depth = [int(np.prod(shape[axis + 1 :])) for axis in range(len(shape))]
    rates = np.empty((len(steps), *shape))
    for k, (_, rate) in enumerate(steps):
        rates[k] = rate
    return Moves(np.array([np.dot(step, depth) for step, _ in steps], np.int64), rates.reshape(len(steps), -1))


@compiled
def carry(
    state: Floats, steps: Ints, rates: Floats, border: Ints, length: float, times: Floats, fading: Floats
) -> tuple[Floats, bool]:
    """Carry a distribution through ``length`` minutes and look at it on the way.

    A look at time t is the distribution π(t) where ``fading`` is INSTANT, else ∫₀ᵗ exp(-f (t - u)) π(u) du: with f = 0
    the time spent in each state.

    Returns the looks, and whether no mass came to the states of the ``border``; if any did the looks say nothing.
    """
    fastest, stay, speeds, reach = _uniformized(rates, np.zeros(len(state)), max(1e-12, fading.max()))
    count = max(1, int(np.ceil(fastest * length / LONGEST)))
    weights = poisson_weights(fastest * length / count)
    looks, looking = np.zeros((len(times), len(state))), np.zeros((len(times), len(weights)))
    old, new, end = state.copy(), np.zeros(len(state)), np.zeros(len(state))
    for n in range(count):
        _look_weights(looking, times, fading, n, count, length / count, fastest)
        low, high = _trim(old, 0, len(old) - 1)
        end[:] = 0.0
        for k in range(len(weights)):
            if k > 0:
                low, high = _step(old, new, low, high, steps, speeds, stay, reach)
                old, new = new, old
                for state_at_border in border:
                    if low <= state_at_border <= high and old[state_at_border] >= EDGE:
                        return looks, False
            for i in range(len(times)):
                if looking[i, k] > TINY:
                    _add(looks[i, low : high + 1], looking[i, k], old[low : high + 1])
            if n + 1 < count:
                _add(end[low : high + 1], weights[k], old[low : high + 1])
        old[:] = end
    return looks, True


@compiled
def carry_back(value: Floats, steps: Ints, rates: Floats, leaving: Floats, length: float) -> Floats:
    """Expected value at the end of ``length`` minutes, by state at their start; 0 for who leaves meanwhile.

    ``leaving`` is a rate by state.
    """
    fastest, stay, speeds, reach = _uniformized(rates, leaving, 1e-12)
    count = max(1, int(np.ceil(fastest * length / LONGEST)))
    weights = poisson_weights(fastest * length / count)
    old, new, result = value.copy(), np.empty(len(value)), np.empty(len(value))
    for _ in range(count):
        result[:] = 0.0
        for k in range(len(weights)):
            if k > 0:
                _product(new, stay, old)
                for m in range(len(steps)):
                    first, last, step = reach[0, m], reach[1, m] + 1, steps[m]
                    _add_product(new[first:last], speeds[m, first:last], old[first + step : last + step])
                _flush(new)
                old, new = new, old
            _add(result, weights[k], old)
        old[:] = result
    return result


@compiled
def _uniformized(rates: Floats, leaving: Floats, least: float) -> tuple[float, Floats, Floats, Ints]:
    """Rate Λ of jumps, P(nothing happens at one) by state, rates over Λ, and the first and last state of each move."""
    out = leaving.copy()
    reach = np.empty((2, len(rates)), np.int64)
    for m in range(len(rates)):
        _add(out, 1.0, rates[m])
        first, last = 0, rates.shape[1] - 1
        while first <= last and rates[m, first] == 0.0:
            first += 1
        while last >= first and rates[m, last] == 0.0:
            last -= 1
        reach[0, m], reach[1, m] = first, last
    fastest = max(least, out.max())
    return fastest, 1.0 - out / fastest, rates / fastest, reach


@compiled
def _step(
    old: Floats, new: Floats, low: int, high: int, steps: Ints, speeds: Floats, stay: Floats, reach: Ints
) -> tuple[int, int]:
    """One jump from ``old``, with mass from ``low`` to ``high``, to ``new``; returns where that has mass."""
    first, last = max(0, low + min(0, steps.min())), min(len(old) - 1, high + max(0, steps.max()))
    new[first:low] = 0.0
    new[high + 1 : last + 1] = 0.0
    _product(new[low : high + 1], stay[low : high + 1], old[low : high + 1])
    for m in range(len(steps)):
        a, b, step = max(low, reach[0, m]), min(high, reach[1, m]) + 1, steps[m]
        if a < b:
            _add_product(new[a + step : b + step], speeds[m, a:b], old[a:b])
    _flush(new[first : last + 1])
    return _trim(new, first, last)


@compiled
def _trim(state: Floats, first: int, last: int) -> tuple[int, int]:
    """First and last state with mass."""
    while first < last and state[last] == 0.0:
        last -= 1
    while first < last and state[first] == 0.0:
        first += 1
    return first, last


# The loops below run over unsigned indices: the compiler then knows that none is negative and uses vector registers.


@compiled
def _product(result: Floats, factors: Floats, values: Floats) -> None:
    for i in range(np.uint64(len(result))):
        result[i] = factors[i] * values[i]


@compiled
def _add_product(result: Floats, factors: Floats, values: Floats) -> None:
    for i in range(np.uint64(len(result))):
        result[i] += factors[i] * values[i]


@compiled
def _add(result: Floats, factor: float, values: Floats) -> None:
    for i in range(np.uint64(len(result))):
        result[i] += factor * values[i]


@compiled
def _flush(values: Floats) -> None:
    """Take for 0 what is negligible: numbers too small for full precision are slow."""
    for i in range(np.uint64(len(values))):
        value = values[i]
        values[i] = value if value >= TINY else 0.0


@compiled
def _look_weights(
    looking: Floats, times: Floats, fading: Floats, n: int, count: int, piece: float, fastest: float
) -> None:
    """Weight of every jump of the n-th of ``count`` pieces in each look.

    That of jump k in a fading integral obeys c(k-1) = (1 - f/Λ) c(k) + P(N = k) / Λ, stable from the far end.
    """
    looking[:] = 0.0
    most = looking.shape[1]
    for i in range(len(times)):
        inside = min(max(times[i] - n * piece, 0.0), piece)
        if fading[i] == INSTANT:
            if n == min(int(times[i] / piece), count - 1):
                jumps = poisson_weights(fastest * inside)
                for k in range(min(len(jumps), most)):
                    looking[i, k] = jumps[k]
        elif inside > 0.0:
            jumps = poisson_weights(fastest * inside)
            fade, weight = np.exp(-fading[i] * (times[i] - n * piece - inside)), 0.0
            for k in range(len(jumps) - 1, -1, -1):
                if k < most:
                    looking[i, k] = fade * weight
                weight = (1.0 - fading[i] / fastest) * weight + jumps[k] / fastest
