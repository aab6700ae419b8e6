"""M/D/c, exactly: every service takes the same time."""

from functools import cached_property
from math import ceil, expm1, inf, log, log2, pi, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, lambertw, log1p

from optimizer.errors import InvalidParameterError
from optimizer.queues.parameters import check_rates, whole
from optimizer.queues.stationary.measures import FULL_LOAD, StationaryQueue
from optimizer.queues.stationary.poisson import poisson

Floats = NDArray[np.float64]
SERIES_UP_TO = 0.99
"""Utilization up to which means are summed from the law of the queue; beyond, the roots are faster and as good."""
WAIT_UP_TO = 0.9999
"""Utilization up to which the distribution of the wait is given: it takes a million numbers there."""


def deterministic_service(servers: int, arrival_rate: float, service_rate: float) -> StationaryQueue:
    """Solve M/D/c.

    The number waiting is a compound Poisson number: with D = 1/μ, a = λD, ρ = a/c and A_k Poisson of mean ka,

        log E zᴺ = Σ_n g_n (zⁿ - 1),    g_n = Σ_k P(A_k = kc + n) / k,
        P(W = 0) = exp(-Σ_{n ≥ 0} g_n),    λ E W = Σ_{n ≥ 1} n g_n,

    and for ρ above .99, with the roots z_k = -W₀(-ρ exp(2πik/c - ρ)) / ρ of zᶜ = exp(a (z - 1)), k = 1 .. c - 1,

        P(W = 0) = (c - a) / Π (1 - z_k),    λ E W = Σ 1 / (1 - z_k) - (c (c - 1) - a²) / (2 (c - a)).

    Args:
        servers: c, at least 1.
        arrival_rate: λ.
        service_rate: μ, in the same unit of time.

    Returns:
        Exact measures; the distribution of the wait is right to about 1e-14, for ρ up to .9999; infinite from 1 on.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: Poisson arrivals, first come first served, endless patience. Any number of servers.

    Source: Crommelin (1932), "Delay probability formulae when the holding times are constant"; roots: Janssen and van
    Leeuwaarden (2008), "Back to the roots of the M/D/s queue and the works of Erlang, Crommelin and Pollaczek".

    >>> queue = deterministic_service(5, 4.0, 1.0)
    >>> round(queue.mean_wait, 10), round(1 - queue.wait_probability, 10)
    (0.2890600073, 0.466384937)
    """
    count = whole("servers", servers, least=1)
    check_rates(arrival_rate=arrival_rate, service_rate=service_rate)
    load = arrival_rate / service_rate
    name = f"M/D/{count}"
    if load >= FULL_LOAD * count:
        return StationaryQueue(name, True, count, arrival_rate, service_rate, 1.0, inf, inf)
    waits, length = (_by_law if load <= SERIES_UP_TO * count else _by_roots)(count, load)
    return StationaryQueue(
        name, True, count, arrival_rate, service_rate, waits, length / arrival_rate, length,
        waiting_time=DeterministicWait(count, load, service_rate),
    )  # fmt: skip


class DeterministicWait:
    """Distribution of the wait in M/D/c.

    For (k - 1) D <= τ < kD:  P(W > τ) = Σ_j P(N > kc - 1 - j) Poisson(j; λ (kD - τ)), N the number waiting.

    Source: Franx (2001), "A simple solution for the M/D/c waiting time distribution".
    """

    def __init__(self, servers: int, load: float, service_rate: float) -> None:
        self.servers, self.load, self.service_rate = servers, load, service_rate

    @cached_property
    def longer(self) -> Floats:
        """P(N > n), n = 0, 1, ... until negligible."""
        if self.load > WAIT_UP_TO * self.servers:
            raise InvalidParameterError(f"limit: the wait of M/D/{self.servers} is given up to ρ = {WAIT_UP_TO}")
        jumps = _jumps(self.servers, self.load)
        jumps[0] = -jumps[1:].sum()
        size = 2 * len(jumps)
        law = np.fft.fft(np.exp(np.fft.ifft(jumps, size) * size)).real / size
        return np.maximum(0.0, np.cumsum(law[len(jumps) : 0 : -1])[::-1])

    def exceeds(self, limit: float) -> float:
        """P(W > τ)."""
        if limit * self.service_rate > 2 * len(self.longer):
            return 0.0
        slots = int(limit * self.service_rate) + 1
        mean = self.load * (slots - limit * self.service_rate)
        places = slots * self.servers
        drawn = np.arange(max(0, places - len(self.longer)), places)
        chances = poisson(drawn, mean)
        return min(1.0, float(chances @ self.longer[places - 1 - drawn]) + float(gammainc(places, mean)))

    def served_within(self, limit: float) -> float:
        """P(W <= τ)."""
        return 1 - self.exceeds(limit)


def _jumps(servers: int, load: float) -> Floats:
    """g_0, g_1, ...: minus the Fourier coefficients of log(1 - exp(a (z - 1)) / zᶜ), of orders 0 and up.

    Taken on the circle of radius 1/ρ, where the exponential is smallest: there they fall as ρⁿ both ways, from a bell
    of width √c around 0.
    """
    use = load / servers
    size = 1 << ceil(log2(40 * sqrt(servers) - 80 / log(use)))
    angle = 2j * pi * np.arange(size) / size
    values = -log1p(-np.exp(load * (np.exp(angle) / use - 1) + servers * (log(use) - angle)))
    orders = np.arange(size // 2)
    jumps: Floats = np.maximum(0.0, np.fft.fft(values).real[: size // 2] / size) * use**orders
    return jumps


def _by_law(servers: int, load: float) -> tuple[float, float]:
    """P(W > 0) and mean number waiting."""
    jumps = _jumps(servers, load)
    return -expm1(-float(jumps.sum())), float(np.arange(len(jumps)) @ jumps)


def _by_roots(servers: int, load: float) -> tuple[float, float]:
    """P(W > 0) and mean number waiting."""
    use = load / servers
    turns = np.exp(2j * pi * np.arange(1, servers) / servers)
    gaps = 1 + lambertw(-use * turns * np.exp(-use)) / use
    immediate = (servers - load) / float(np.prod(gaps).real)
    return 1 - immediate, float((1 / gaps).sum().real) - (servers * (servers - 1) - load**2) / (2 * (servers - load))
