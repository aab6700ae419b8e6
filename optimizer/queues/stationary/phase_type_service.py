"""M/PH/c and M/PH/c+M, exactly: several servers whose service passes through phases."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from math import comb, inf

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import InvalidParameterError
from optimizer.queues.parameters import check_at_least, check_rates, whole
from optimizer.queues.stationary.levels import Levels, endless_levels, thinning_levels
from optimizer.queues.stationary.measures import FULL_LOAD, StationaryQueue
from optimizer.queues.stationary.phase_type import PhaseType
from optimizer.queues.stationary.phase_type_wait import PhaseTypeWait

Floats = NDArray[np.float64]
Phases = tuple[int, ...]
"""How many of the busy servers are in each phase."""
Moves = Iterable[tuple[Phases, float]]
LARGEST = 600
"""Most ways of c busy servers to be in phases: blocks are dense."""


def phase_type_service(
    servers: int, arrival_rate: float, service: PhaseType, abandonment_rate: float = 0.0
) -> StationaryQueue:
    """Solve M/PH/c, or M/PH/c+M with impatience, by the chain on (number in system, servers in each phase).

    Args:
        servers: c, at least 1; with m phases C(c + m - 1, m - 1) is at most 600: c up to 599 with two phases, 33 with
            three, 13 with four.
        arrival_rate: λ.
        service: the service time, in the same unit of time.
        abandonment_rate: η of one who waits; 0: nobody gives up.

    Returns:
        Exact measures, with the distribution of the wait; infinite from load c on, when nobody gives up. To 11 digits,
        near load c to about 1e-15 / (1 - ρ).

    Raises:
        InvalidParameterError: for a number outside its domain, or too many ways to be busy.

    Assumptions: Poisson arrivals, first come first served, exponential patience, independent service times. Time
    grows with the cube of the ways to be busy, and with the length of the queue when somebody gives up.

    Source: Neuts (1981), "Matrix-geometric solutions in stochastic models"; Seelen (1986), "An algorithm for Ph/Ph/c
    queues".

    >>> from optimizer.queues.stationary.phase_type import hyperexponential
    >>> round(phase_type_service(2, 1.6, hyperexponential(1.0, 2.0)).mean_wait, 6)
    2.621252
    """
    _check(servers, arrival_rate, service, abandonment_rate)
    mean = service.mean
    queue = StationaryQueue(
        f"M/PH/{servers}" + ("+M" if abandonment_rate > 0 else ""), True, servers, arrival_rate, 1 / mean, 1.0, inf, inf
    )
    if abandonment_rate == 0 and arrival_rate * mean >= FULL_LOAD * servers:
        return queue
    rates = _Rates(servers, service)
    levels = rates.levels(arrival_rate, abandonment_rate)
    top = levels.top
    length = sum((n - servers) * float(levels.vectors[n].sum()) for n in range(servers, top + 1))
    length += (top - servers) * float(levels.beyond.sum()) + float(levels.excess.sum())
    waits = sum(float(v.sum()) for v in levels.vectors[servers:]) + float(levels.beyond.sum())
    return replace(
        queue, wait_probability=waits, mean_wait=length / arrival_rate, mean_queue=length,
        abandonment=abandonment_rate * length / arrival_rate,
        waiting_time=PhaseTypeWait(levels, servers, rates.within[servers], rates.next, abandonment_rate),
    )  # fmt: skip


class _Rates:
    """Rates of the busy servers' phases; lists are by the number busy."""

    def __init__(self, servers: int, service: PhaseType) -> None:
        self.servers, self.service, self.ends = servers, service, service.ends.tolist()
        ways = [_ways(busy, len(service.initial)) for busy in range(servers + 1)]
        self.up = [_block(a, b, self._begun) for a, b in pairwise(ways)]
        """P(phases after | before) when one more service begins."""
        self.within = [_block(a, a, self._passed) for a in ways]
        """Rates at which services pass from phase to phase."""
        self.down = [np.zeros((1, 0)), *(_block(b, a, self._ended) for a, b in pairwise(ways))]
        """Rates at which a service ends and nobody waits."""
        self.next: Floats = self.down[servers] @ self.up[servers - 1]
        """One service ends and the next one begins, all servers busy."""

    def levels(self, arrival_rate: float, abandonment_rate: float) -> Levels:
        """Distribution of (number in system, phases of the busy)."""
        c, one = self.servers, np.eye(len(self.next))

        def up(n: int) -> Floats:
            return arrival_rate * (self.up[n] if n < c else one)

        def down(n: int) -> Floats:
            return self.down[n] if n <= c else self.next + (n - c) * abandonment_rate * one

        def within(n: int) -> Floats:
            return self.within[min(n, c)]

        if abandonment_rate == 0:
            return endless_levels(up, within, down, c)
        return thinning_levels(up, within, down, c + 64)

    def _begun(self, x: Phases) -> Moves:
        return ((_add(x, i, 1), p) for i, p in enumerate(self.service.initial))

    def _passed(self, x: Phases) -> Moves:
        return (
            (_add(_add(x, i, -1), j, 1), count * rate)
            for i, count in enumerate(x)
            for j, rate in enumerate(self.service.generator[i])
            if i != j and count > 0
        )

    def _ended(self, x: Phases) -> Moves:
        return ((_add(x, i, -1), count * self.ends[i]) for i, count in enumerate(x) if count > 0)


def _block(source: list[Phases], target: list[Phases], moves: Callable[[Phases], Moves]) -> Floats:
    """Matrix of the rates of moves."""
    index = {y: j for j, y in enumerate(target)}
    block = np.zeros((len(source), len(target)))
    for i, x in enumerate(source):
        for y, rate in moves(x):
            block[i, index[y]] += rate
    return block


def _ways(busy: int, phases: int) -> list[Phases]:
    """All ways to spread the busy servers over the phases."""
    if phases == 1:
        return [(busy,)]
    return [(k, *rest) for k in range(busy + 1) for rest in _ways(busy - k, phases - 1)]


def _add(x: Phases, phase: int, change: int) -> Phases:
    return (*x[:phase], x[phase] + change, *x[phase + 1 :])


def _check(servers: int, arrival_rate: float, service: PhaseType, abandonment_rate: float) -> None:
    whole("servers", servers, least=1)
    check_rates(arrival_rate=arrival_rate)
    check_at_least(0, abandonment_rate=abandonment_rate)
    phases = len(service.initial)
    ways = comb(servers + phases - 1, phases - 1)
    if ways > LARGEST:
        raise InvalidParameterError(
            f"servers: {servers}: expected so few that they can be in {phases} phases in at most {LARGEST} ways"
        )
