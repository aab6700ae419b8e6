"""A queue on a grid of states through a day: whom arrivals meet, and who of them is served within a limit.

Nothing that comes behind a waiting customer matters to that customer, so that the wait is the first passage of the
queue ahead, as if nobody came behind, to a state with a free server. Its probability solves Kolmogorov's backward
equation on the same grid, from the end of the limit backwards through the periods.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from optimizer.queues.transient.chain import INSTANT, Moves, carry, carry_back
from optimizer.queues.transient.day import checked_loss
from optimizer.queues.transient.first_passage import pieces_of
from optimizer.queues.transient.kernel import NEGLIGIBLE, Floats, Ints

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Arrivals:
    """Moments of arrival in a piece of a period, for one limit: ∫ f(t) π(t) dt = Σ weight · f(moment) · look."""

    limit: int
    """Index of the limit."""
    moments: Floats
    """Minutes into the period; where it does not matter a single 0 [minutes]."""
    times: Floats
    weights: Floats
    fading: float
    """What the look at each of the times is, see ``carry``."""


@dataclass(frozen=True)
class Passed:
    """A period that has been followed, on its grid."""

    start: Floats
    end: Floats
    spent: Floats
    """Minutes spent in each state."""
    faded: Floats
    """The same for each rate f asked for, each moment weighted by exp(-f · time left to the end of the period)."""
    arrivals: list[tuple[Arrivals, Floats]]
    """Pieces with their looks, axes moment and grid."""


class GridQueue(ABC):
    """What a model says of its states and moves.

    Between periods a distribution is an array by number in service and two more axes; within period t it lies on a
    grid, with room for more waiting.
    """

    rates: Floats
    """λ; the last axis is the period."""
    servers: Ints
    """By period; after the last one at least one stays."""
    period: float

    def open(self, t: int) -> int:
        """Servers of period t, and after closing."""
        return int(self.servers[t]) if t < len(self.servers) else max(1, int(self.servers[-1]))

    @abstractmethod
    def speed(self, t: int) -> float:
        """Events per minute."""

    @abstractmethod
    def calls(self, limit: float) -> tuple[float, float]:
        """Most calls to be expected within a limit, and most chance that one who waits has left by then."""

    @abstractmethod
    def place(self, t: int, state: Floats, share: float) -> Floats:
        """A distribution on the grid of period t, with ``share`` of the room that is certain to be enough."""

    @abstractmethod
    def take(self, t: int, grid: Floats) -> Floats:
        """A distribution from the grid of period t, after those have been called whom the next servers call."""

    @abstractmethod
    def moves(self, t: int, shape: Shape) -> Moves:
        """Moves in period t."""

    @abstractmethod
    def border(self, t: int, shape: Shape) -> NDArray[np.bool_]:
        """States that only mass which needs more room comes to."""

    @abstractmethod
    def ahead(self, t: int, shape: Shape) -> Moves:
        """Moves in period t of those ahead of one who waits."""

    @abstractmethod
    def leaving(self, t: int) -> float:
        """Rate at which one who waits in period t gives up."""

    @abstractmethod
    def ahead_shape(self, t: int, most: int, longest: int) -> Shape:
        """Grid for at most ``most`` in service and below ``longest`` waiting."""

    @abstractmethod
    def free(self, t: int, shape: Shape) -> NDArray[np.bool_]:
        """States with a free server."""

    @abstractmethod
    def cross_back(self, t: int, value: Floats, shape: Shape) -> Floats:
        """Values on the grid of period t - 1, just before the servers change to those of period t."""


@cache
def legendre(count: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre rule on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2


def arrivals_of(length: float, limits: Sequence[float], speed: float) -> Iterator[Arrivals]:
    """Moments of arrival in a period, cut where a limit reaches one more period, for events ``speed`` a minute.

    Until a limit first reaches beyond the period the answer does not depend on the moment: one integral is enough.
    """
    for index, limit in enumerate(limits):
        kink, alone = pieces_of(length, limit)
        if alone and kink > 0:
            yield Arrivals(index, np.zeros(1), np.array([kink]), np.ones(1), 0.0)
        for start, end in pairwise([kink, length] if alone else [0.0, kink, length]):
            if end > start:
                nodes, weights = legendre(min(64, 7 + int((end - start) * speed / 5)))
                moments = start + (end - start) * nodes
                yield Arrivals(index, moments, moments, (end - start) * weights, INSTANT)


def certain_room(arrivals: float, share: float) -> int:
    """A share of the room that so many expected arrivals are certain not to fill."""
    return 1 + int(share * (arrivals + 9 * arrivals**0.5 + 15)) if arrivals > 0 else 1


def trimmed(state: Floats) -> Floats:
    """The distribution without what is negligible at the far end of each axis."""
    for axis in range(state.ndim):
        others = tuple(other for other in range(state.ndim) if other != axis)
        kept = np.flatnonzero(state.max(axis=others) >= NEGLIGIBLE)
        state = state.take(range(kept[-1] + 1), axis)
    return state


def follow(queue: GridQueue, start: Floats, limits: Sequence[float], *fades: float) -> tuple[list[Passed], Floats]:
    """Carry a distribution through the day; returns its periods, and the distribution just after closing."""
    state, passed, fixed = start, [], np.array([INSTANT, 0.0, *fades])
    for t in range(len(queue.servers)):
        pieces = list(arrivals_of(queue.period, limits, queue.speed(t)))
        times = np.concatenate([np.full(len(fixed), queue.period), *(piece.times for piece in pieces)])
        fading = np.concatenate([fixed, *(np.full(len(piece.times), piece.fading) for piece in pieces)])
        grid, looks = _pass_period(queue, t, state, times, fading)
        cuts = np.cumsum([len(fixed), *(len(piece.times) for piece in pieces)])
        seen = [(piece, looks[a:b]) for piece, (a, b) in zip(pieces, pairwise(cuts), strict=True)]
        passed.append(Passed(grid, looks[0], looks[1], looks[2 : len(fixed)], seen))
        state = queue.take(t, looks[0])
    return passed, state


def _pass_period(queue: GridQueue, t: int, state: Floats, times: Floats, fading: Floats) -> tuple[Floats, Floats]:
    share = 0.125
    while True:
        grid = queue.place(t, state, share)
        shape = grid.shape
        border = np.flatnonzero(queue.border(t, shape))
        looks, enough = carry(grid.ravel(), *queue.moves(t, shape), border, queue.period, times, fading)
        if enough:
            return grid, looks.reshape(-1, *shape)
        share *= 2


class Passages:
    """Probabilities that one who has to wait is called within a limit."""

    def __init__(self, queue: GridQueue) -> None:
        self.queue = queue
        self.ahead: dict[tuple[int, Shape], tuple[Ints, Floats, Floats]] = {}

    def within(self, limit: float, t: int, most: int, longest: int, moments: Floats) -> list[Floats]:
        """By state met in period t, 1 with a free server, for each moment of arrival.

        At most ``most`` are in service, and fewer than ``longest`` wait; nobody meets more or none of those is called.
        The moments rise, and the limit reaches into the same period from all of them.
        """
        queue, length = self.queue, self.queue.period
        last = min(t + int((moments[0] + limit) / length), len(queue.servers))
        busiest = np.maximum.accumulate([most, *(queue.open(m) for m in range(t + 1, last + 1))])
        shapes = [queue.ahead_shape(t + i, int(b), longest) for i, b in enumerate(busiest)]
        value = np.where(queue.free(last, shapes[-1]), 1.0, 0.0)
        values = []
        for minutes in np.diff(moments + limit - (last - t) * length, prepend=0.0):
            value = self._back(last, value, minutes)
            values.append(value)
        for m in range(last - 1, t - 1, -1):
            minutes = length - moments if m == t else np.full_like(moments, length)
            values = [
                self._back(m, queue.cross_back(m + 1, value, shapes[m - t]), before)
                for value, before in zip(values, minutes, strict=True)
            ]
        return values

    def minutes(self, t: int, done: Passed, most: int, longest: int, entry: Floats, limits: Sequence[float]) -> Floats:
        """Minutes of period t in which an arrival is served within each limit; ``entry``: P(joins) by state met.

        At most ``most`` are in service, and fewer than ``longest`` are met waiting or come before a customer who waits.
        """
        served = np.zeros(len(limits))
        for piece, looks in done.arrivals:
            limit = limits[piece.limit]
            ahead = min(longest, most_ahead(*self.queue.calls(limit)))
            within = self.within(limit, t, most, ahead, piece.moments)
            served[piece.limit] += met(looks * entry, piece.weights, within)
        return served

    def _back(self, t: int, value: Floats, minutes: float) -> Floats:
        """Values so many minutes earlier in period t."""
        if (t, value.shape) not in self.ahead:
            self.ahead[t, value.shape] = self._ahead(t, value.shape)
        return carry_back(value.ravel(), *self.ahead[t, value.shape], max(0.0, minutes)).reshape(value.shape)

    def _ahead(self, t: int, shape: Shape) -> tuple[Ints, Floats, Floats]:
        """Moves of those ahead until a server is free, and the rate of giving up meanwhile."""
        steps, rates = self.queue.ahead(t, shape)
        waits = np.where(self.queue.free(t, shape), 0.0, 1.0).ravel()
        return steps, rates * waits, self.queue.leaving(t) * waits


@cache
def most_ahead(calls: float, gone: float) -> int:
    """Number ahead from which one is called with a probability below 1e-11, by Chernoff's bound.

    The calls are at most Poisson with mean ``calls``, and each of those ahead has left with probability ``gone``.
    """
    z = 1.0 + np.logspace(-4, 4, 400)
    gains = np.maximum(np.log(z) - np.log1p(gone * (z - 1.0)), 1e-9)
    return int(np.min((calls * (z - 1.0) + 26.0) / gains)) + 1


def met(looks: Floats, weights: Floats, values: Sequence[Floats]) -> float:
    """Σ weight · look · value, where both are given."""
    total = 0.0
    for weight, look, value in zip(weights, looks, values, strict=True):
        common = tuple(slice(0, min(a, b)) for a, b in zip(look.shape, value.shape, strict=True))
        total += float(weight * np.vdot(look[common], value[common]))
    return total


def lost_mass(closed: Floats) -> float:
    """Probability that is missing from a distribution."""
    return checked_loss(abs(1.0 - float(closed.sum())))
