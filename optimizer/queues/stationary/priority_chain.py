"""Two tiers as a chain: exact with service and abandonment rates of their own.

While a server is free the state is (in service, of them high); while all are busy it is (low waiting, high waiting,
of those in service high). With one service rate it does not matter who is in service, and the last is left out.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil, inf, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, eye_array, kron

from optimizer.queues.stationary.levels import Levels, endless_levels, thinning_levels
from optimizer.queues.stationary.measures import WaitingTime
from optimizer.queues.stationary.passage import PassageWait
from optimizer.queues.stationary.tiers import PriorityQueue, StarvedWait, Tiers
from optimizer.queues.stationary.waiting_time import EndlessWait, FirstComeWait

Floats = NDArray[np.float64]
LARGEST_LOSS = 1e-10
"""Most probability at the edge of the chain."""
LARGEST_LEVEL = 500
"""Most states with one number of low customers waiting: (high waiting, high in service)."""
LARGEST_CHAIN = 5_000_000
"""Most entries of the matrices that are kept when low customers give up: levels times the square of a level."""


def two_tiers(tiers: Tiers) -> PriorityQueue | None:
    """Solve the chain; None where it does not fit."""
    if len(tiers.arrivals) != 2:
        return None
    if tiers.abandonments[0] == 0 and tiers.loads[0] >= tiers.servers:
        return _starving(tiers)
    chain = Chain(tiers, _longest_high_line(tiers))
    while chain.fits:
        if chain.lost_mass <= LARGEST_LOSS:
            return chain.queue()
        chain = replace(chain, longest=chain.longest * 3 // 2)
    return None


def _starving(tiers: Tiers) -> PriorityQueue:
    """The high tier alone is too much and waits for ever: no low customer is served."""
    eta = float(tiers.abandonments[1])
    low: WaitingTime = StarvedWait(eta) if eta else EndlessWait()
    return tiers.queue(True, 1.0, [inf, 1 / eta if eta else inf], [EndlessWait(), low])


def _longest_high_line(tiers: Tiers) -> int:
    """Length that the high line hardly exceeds even with the servers at their slowest, if it has one."""
    arrival, eta, full = tiers.arrivals[0], tiers.abandonments[0], tiers.servers * tiers.services
    return longest_line(arrival, min(full) if eta > 0 or arrival < min(full) else full[0], eta)


def longest_line(arrival: float, completion: float, eta: float) -> int:
    """Length n that a line which shortens at rate cμ + nη exceeds with a probability of some 1e-11."""
    mode = max(0.0, (arrival - completion) / eta) if eta > 0 else 0.0
    spread = 25 + 7 * sqrt(arrival / eta) if eta > 0 else inf
    geometric = 26 / log(completion / arrival) if arrival < completion else inf
    return ceil(min(mode + min(spread, geometric), LARGEST_CHAIN))


@dataclass(frozen=True, eq=False)
class Chain:
    """The chain with at most ``longest`` high customers waiting; a state of a level is (high waiting, phase)."""

    tiers: Tiers
    longest: int

    @cached_property
    def phases(self) -> int:
        """Numbers of high customers in service that are told apart."""
        return 1 if self.one_service else self.tiers.servers + 1

    @property
    def one_service(self) -> bool:
        """Whether both tiers are served at the same rate."""
        return bool(self.tiers.services[0] == self.tiers.services[1])

    @property
    def fits(self) -> bool:
        """Whether the chain is small enough to be solved in about a second."""
        size = (self.longest + 1) * self.phases
        return size <= LARGEST_LEVEL and (self.low_eta == 0 or self.longest_low_line * size**2 <= LARGEST_CHAIN)

    @property
    def low_eta(self) -> float:
        """η of low customers."""
        return float(self.tiers.abandonments[1])

    @cached_property
    def longest_low_line(self) -> int:
        """The shorter of a line that is never served and one that holds both tiers."""
        arrivals, etas = self.tiers.arrivals, self.tiers.abandonments
        slowest = self.tiers.servers * self.tiers.services.min()
        return min(
            longest_line(arrivals[1], 0.0, self.low_eta), longest_line(arrivals.sum(), slowest, min(etas))
        )  # fmt: skip

    def _finishing(self, busy: int) -> tuple[Floats, Floats]:
        """Rates at which high and low customers in service finish, by the number of high ones."""
        high, low = self.tiers.services
        if self.one_service:
            return np.zeros(1), np.array([busy * low])
        count = np.arange(busy + 1)
        return count * high, (busy - count) * low

    def _idle_up(self, busy: int) -> Floats:
        high, low = self.tiers.arrivals
        if self.one_service:
            return np.array([[high + low]])
        rates: Floats = low * np.eye(busy + 1, busy + 2) + high * np.eye(busy + 1, busy + 2, k=1)
        return rates

    def _idle_down(self, busy: int) -> Floats:
        high, low = self._finishing(busy)
        if self.one_service:
            return low[:, None]
        return (np.diag(low) + np.diag(high[1:], k=-1))[:, :-1]

    @cached_property
    def _starts_high(self) -> Floats:
        """From phase to phase when a high customer is called."""
        high, low = self._finishing(self.tiers.servers)
        return np.diag(high) + (np.diag(low[:-1], k=1) if not self.one_service else np.diag(low))

    @cached_property
    def _starts_low(self) -> Floats:
        """From phase to phase when a low customer is called, which is when no high one waits."""
        high, low = self._finishing(self.tiers.servers)
        return np.diag(low) + np.diag(high[1:], k=-1)

    def _high_moves(self, arrival: float) -> csr_array:
        """Rates between the states of a level: high customers arrive, are called, or give up."""
        one, (called, giving_up) = eye_array(self.phases), _shorter(self.longest + 1)
        return csr_array(
            kron(arrival * called.T, one)
            + kron(called, self._starts_high)
            + kron(self.tiers.abandonments[0] * giving_up, one)
        )

    @cached_property
    def _low_called(self) -> csr_array:
        """Rates to the level below by calls of low customers."""
        none = csr_array(([1.0], ([0], [0])), shape=(self.longest + 1, self.longest + 1))
        return csr_array(kron(none, self._starts_low))

    @cached_property
    def _within(self) -> Floats:
        result: Floats = self._high_moves(self.tiers.arrivals[0]).toarray()
        return result

    @cached_property
    def stable(self) -> bool:
        """Whether low customers are called faster than they come while some always wait, or give up."""
        return self.low_eta > 0 or float((self._saturated @ self._low_called).sum()) > self.tiers.arrivals[1]

    @cached_property
    def _saturated(self) -> Floats:
        """Distribution in a level if low customers always wait."""
        rates = (self._within + self._low_called).T
        equations = rates - np.diag(rates.sum(axis=0))
        equations[0] = 1.0
        result: Floats = np.linalg.solve(equations, np.eye(len(rates))[0])
        return result

    @cached_property
    def levels(self) -> Levels:
        """Numbers in service below c; from c on c plus the number of low customers waiting."""
        c, size, low = self.tiers.servers, len(self._within), float(self.tiers.arrivals[1])
        called, one = self._low_called.toarray(), np.eye(size)

        def up(level: int) -> Floats:
            if level >= c:
                return low * one
            higher = self._idle_up(level)
            return higher if level < c - 1 else np.pad(higher, ((0, 0), (0, size - higher.shape[1])))

        def within(level: int) -> Floats:
            return self._within if level >= c else np.zeros((1, 1) if self.one_service else (level + 1, level + 1))

        def down(level: int) -> Floats:
            if level > c:
                lower: Floats = called + (level - c) * self.low_eta * one
                return lower
            lower = self._idle_down(level)
            return lower if level < c else np.pad(lower, ((0, size - len(lower)), (0, 0)))

        if self.low_eta > 0:
            return thinning_levels(up, within, down, c + self.longest_low_line)
        return endless_levels(up, within, down, c)

    @cached_property
    def _all_busy(self) -> Floats:
        """P(all servers are busy, state of the level), whatever the number of low customers."""
        if not self.stable:
            return self._saturated
        result: Floats = self.levels.beyond + sum(self.levels.vectors[self.tiers.servers :])
        return result

    @property
    def lost_mass(self) -> float:
        """Probability of the longest high line."""
        return float(self._all_busy[-self.phases :].sum())

    @property
    def mean_lines(self) -> tuple[float, float]:
        """Mean numbers of high and low customers waiting."""
        high = float(self._all_busy @ np.repeat(np.arange(self.longest + 1), self.phases))
        if not self.stable:
            return high, inf
        written = enumerate(self.levels.vectors[self.tiers.servers :])
        above = self.levels.excess + (self.levels.top - self.tiers.servers) * self.levels.beyond
        return high, float(above.sum()) + sum(low * float(vector.sum()) for low, vector in written)

    def queue(self) -> PriorityQueue:
        """Measures of both tiers."""
        busy = float(self._all_busy.sum()) if self.stable else 1.0
        means = (np.array(self.mean_lines) / self.tiers.arrivals).tolist()
        low = LowWait(self) if self.stable else EndlessWait()
        return self.tiers.queue(True, busy, means, [self._high_wait(busy), low], self.lost_mass)

    def _high_wait(self, busy: float) -> WaitingTime:
        eta = float(self.tiers.abandonments[0])
        if self.one_service:
            return FirstComeWait(1 - busy, self._all_busy, float(self._starts_low[0, 0]), eta)
        return PassageWait(self._all_busy, self._high_moves(0.0), self._calls, eta)

    def low_passage(self) -> PassageWait:
        """Wait behind (low waiting, state of the level); high customers still arrive, low ones do not."""
        met = self._met()
        levels, level = eye_array(len(met)), eye_array(met.shape[1])
        called, giving_up = _shorter(len(met))
        moves = (
            kron(levels, self._high_moves(self.tiers.arrivals[0]))
            + kron(called, self._low_called)
            + kron(self.low_eta * giving_up, level)
        )
        first = np.zeros(met.shape)
        first[0] = self._calls
        return PassageWait(met.ravel(), csr_array(moves), first.ravel(), self.low_eta)

    def _met(self) -> Floats:
        """P(all servers are busy, low waiting, state of the level), to a line of negligible probability."""
        rows, left = list(self.levels.vectors[self.tiers.servers :]), float(self.levels.beyond.sum())
        while left > LARGEST_LOSS:
            rows.append(rows[-1] @ self.levels.rate)
            left -= float(rows[-1].sum())
        return np.array(rows)

    @cached_property
    def _calls(self) -> Floats:
        """Rate at which the next in line is called, by state: only when no high customer is ahead."""
        result = np.zeros(len(self._within))
        result[: self.phases] = sum(self._finishing(self.tiers.servers))
        return result


@dataclass(frozen=True, eq=False)
class LowWait:
    """Wait of a low customer; its chain is built when first asked for."""

    chain: Chain

    @cached_property
    def _passage(self) -> PassageWait:
        return self.chain.low_passage()

    def exceeds(self, limit: float) -> float:
        """P(W > τ)."""
        return self._passage.exceeds(limit)

    def served_within(self, limit: float) -> float:
        """P(called within τ)."""
        return self._passage.served_within(limit)


def _shorter(count: int) -> tuple[Any, Any]:
    """From each of ``count`` lengths of a line to the one below, with rate 1 and with the length as rate."""
    lengths = np.arange(1.0, count)
    return diags_array(np.ones_like(lengths), offsets=-1), diags_array(lengths, offsets=-1)
