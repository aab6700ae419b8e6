"""Exact chains that the room does not have: behind renewals or departures, overflow, and days on a grid."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import spsolve
from scipy.stats import poisson

from optimizer.queues import PhaseType
from optimizer.queues.stationary.levels import endless_levels, thinning_levels

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Move = tuple[tuple[int, ...], Any]
"""Step along each axis of a grid, and its rate by cell."""


@dataclass(frozen=True)
class Stream:
    """Arrivals of which a chain keeps count (a Markovian arrival process)."""

    quiet: Floats
    """Rates between the phases, with the diagonal."""
    arriving: Floats
    """Rates that bring an arrival."""

    @property
    def law(self) -> Floats:
        """Distribution of the phase."""
        return _null(self.quiet + self.arriving)

    @property
    def rate(self) -> float:
        """λ."""
        return float((self.law @ self.arriving).sum())

    @property
    def scv(self) -> float:
        """Squared coefficient of variation of the time between arrivals."""
        after = self.law @ self.arriving / self.rate
        square = 2 * after @ np.linalg.solve(self.quiet, np.linalg.solve(self.quiet, np.ones(len(after))))
        return float(square) * self.rate**2 - 1


def renewal(gap: PhaseType) -> Stream:
    """Independent gaps between arrivals."""
    return Stream(np.array(gap.generator), np.outer(gap.ends, gap.initial))


class Busy:
    """Services of one or two phases: rates by how many of b busy servers are in the second phase."""

    def __init__(self, service: PhaseType) -> None:
        self.second = len(service.initial) == 2
        self.start = (*service.initial, 0.0)[:2]
        self.ends = (*service.ends, 0.0)[:2]
        rates = np.array(service.generator)
        self.change = (rates[0, 1], rates[1, 0]) if self.second else (0.0, 0.0)

    def size(self, busy: int) -> int:
        """Number of states."""
        return busy + 1 if self.second else 1

    def begun(self, busy: int) -> Floats:
        """P(state of one busy server more | state)."""
        return self._shift(self.size(busy), self.size(busy + 1), self.start[0], self.start[1])

    def passed(self, busy: int) -> Floats:
        """Rates from phase to phase."""
        j = np.arange(self.size(busy))
        return np.diag((busy - j[:-1]) * self.change[0], 1) + np.diag(j[1:] * self.change[1], -1)

    def ended(self, busy: int) -> Floats:
        """Rates to one busy server fewer."""
        rows, columns = self.size(busy), self.size(busy - 1)
        j = np.arange(rows)
        result = np.zeros((rows, columns))
        for change, rate in ((0, (busy - j) * self.ends[0]), (-1, j * self.ends[1] * self.second)):
            inside = (j + change >= 0) & (j + change < columns)
            result[j[inside], j[inside] + change] += rate[inside]
        return result

    @staticmethod
    def _shift(rows: int, columns: int, same: float, more: float) -> Floats:
        return same * np.eye(rows, columns) + more * np.eye(rows, columns, 1)


def mean_wait(servers: int, stream: Stream, service: PhaseType, abandonment_rate: float = 0.0) -> float:
    """Mean wait of all who arrive at a queue, by Little's law."""
    busy, phases = Busy(service), np.eye(len(stream.quiet))
    quiet = stream.quiet - np.diag(np.diagonal(stream.quiet))
    begun = [busy.begun(n) for n in range(servers)]
    passed = [busy.passed(n) for n in range(servers + 1)]
    ended = [np.empty((0, 0)), *(busy.ended(n) for n in range(1, servers + 1))]
    next_one, full = ended[servers] @ begun[servers - 1], np.eye(busy.size(servers))

    def up(n: int) -> Floats:
        return np.kron(stream.arriving, begun[n] if n < servers else full)

    def within(n: int) -> Floats:
        here = passed[min(n, servers)]
        return np.kron(quiet, np.eye(len(here))) + np.kron(phases, here)

    def down(n: int) -> Floats:
        return np.kron(phases, ended[n] if n <= servers else next_one + (n - servers) * abandonment_rate * full)

    if abandonment_rate > 0:
        levels = thinning_levels(up, within, down, servers + 64)
    else:
        levels = endless_levels(up, within, down, servers)
    waiting = sum((n - servers) * float(v.sum()) for n, v in enumerate(levels.vectors) if n > servers)
    waiting += (levels.top - servers) * float(levels.beyond.sum()) + float(levels.excess.sum())
    return waiting / stream.rate


def departures(servers: int, arrival_rate: float, service: PhaseType, room: int) -> Stream:
    """Those who leave M/PH/c, with so much room that next to nobody finds it full."""
    busy = Busy(service)
    sizes = [busy.size(min(n, servers)) for n in range(room + 1)]
    at = np.concatenate([[0], np.cumsum(sizes)])
    quiet, leaving = np.zeros((at[-1], at[-1])), np.zeros((at[-1], at[-1]))
    full = np.eye(busy.size(servers))
    for n in range(room + 1):
        here = slice(at[n], at[n + 1])
        quiet[here, here] += busy.passed(min(n, servers))
        if n < room:
            quiet[here, at[n + 1] : at[n + 2]] += arrival_rate * (busy.begun(n) if n < servers else full)
        if n > 0:
            begun = busy.begun(servers - 1) if n > servers else np.eye(sizes[n - 1])
            leaving[here, at[n - 1] : at[n]] += busy.ended(min(n, servers)) @ begun
    return Stream(quiet - np.diag((quiet + leaving).sum(axis=1)), leaving)


def generator(shape: Sequence[int], moves: Sequence[Move]) -> csr_array:
    """Rates between the cells of a grid; moves out of it are left out."""
    cells = np.indices(shape).reshape(len(shape), -1)
    rows, columns, values = [], [], []
    for step, rate in moves:
        after = cells + np.array(step)[:, None]
        inside = ((after >= 0) & (after < np.array(shape)[:, None])).all(axis=0)
        rows.append(np.flatnonzero(inside))
        columns.append(np.ravel_multi_index(tuple(after[:, inside]), shape))
        values.append(np.broadcast_to(rate, shape).ravel()[inside])
    size = cells.shape[1]
    places = (np.concatenate(rows), np.concatenate(columns))
    rates = csr_array((np.concatenate(values).astype(float), places), shape=(size, size))
    return csr_array(rates - diags_array(rates.sum(axis=1)))


def long_run(shape: Sequence[int], moves: Sequence[Move]) -> Floats:
    """Distribution over the cells of a grid in the long run; cell 0 is visited."""
    rates = generator(shape, moves).T.tocsc()
    rest = spsolve(rates[1:, 1:], -rates[1:, [0]].toarray().ravel())
    law = np.concatenate([[1.0], rest])
    return (law / law.sum()).reshape(shape)


def day(
    shape: Sequence[int], moves: Callable[[int], Sequence[Move]], count: int, period: float
) -> tuple[Floats, Floats]:
    """Minutes spent in each cell by period, axes period and cell, and the law at the end; from cell 0."""
    law = np.zeros(int(np.prod(shape)))
    law[0] = 1.0
    spent = np.zeros((count, len(law)))
    for t in range(count):
        rates = generator(shape, moves(t))
        fastest = 1.01 * float(-rates.diagonal().min())
        jumps = (rates / fastest).T.tocsr()
        most = int(poisson.isf(1e-14, fastest * period)) + 2
        weights, tails = poisson.pmf(np.arange(most), fastest * period), poisson.sf(np.arange(most), fastest * period)
        vector, end = law, np.zeros(len(law))
        for k in range(most):
            end += weights[k] * vector
            spent[t] += tails[k] / fastest * vector
            vector = vector + jumps @ vector
        law = end
    return spent.reshape(count, *shape), law.reshape(shape)


def _null(rates: Floats) -> Floats:
    """Distribution of a chain in the long run."""
    size = len(rates)
    return np.linalg.solve(np.vstack([rates.T[1:], np.ones(size)]), np.eye(size)[-1])
