"""Seeded simulations: one line of customers and numbers, and a day with rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

Floats = NDArray[np.float64]
BATCHES = 20
CONFIDENCE = 0.99


@dataclass(frozen=True)
class Estimate:
    """A mean and the half width of its confidence interval."""

    mean: float
    half_width: float

    @classmethod
    def of(cls, batches: ArrayLike) -> "Estimate":
        """From means of batches that hardly depend on each other."""
        given = np.asarray(batches)
        error = given.std(ddof=1) / np.sqrt(len(given))
        return cls(float(given.mean()), float(student.ppf((1 + CONFIDENCE) / 2, len(given) - 1) * error))

    @property
    def precision(self) -> float:
        """Half width over mean."""
        return self.half_width / self.mean


@dataclass(frozen=True)
class Numbers:
    """Numbers taken at one line, in order."""

    moments: Floats
    """At which they are taken."""
    services: Floats
    """Service time of each."""
    patience: Floats
    alive: NDArray[np.bool_]
    """Whether anybody holds the number."""


def line(servers: int, draw: Callable[[], Numbers], call_time: float = 0.0) -> Estimate:
    """Mean wait of the customers of one line, until served or gone.

    Windows call all numbers in order. A dead number, and that of a customer who has given up, takes the time of its
    calls. Each batch starts empty, and its first hundredth is left out.

    Args:
        servers: windows.
        draw: makes the numbers of a batch.
        call_time: time for which a window is held by the calls of a number that nobody answers to.
    """
    means = []
    for _ in range(BATCHES):
        drawn = draw()
        waits = _waits(servers, drawn.moments, drawn.services, drawn.patience, drawn.alive, call_time)
        first = len(waits) // 100
        means.append(waits[first:][drawn.alive[first:]].mean())
    return Estimate.of(means)


@njit(cache=True)
def _waits(servers: int, arrivals: Any, services: Any, patience: Any, alive: Any, call_time: float) -> Any:
    free = np.zeros(servers)
    waits = np.zeros(len(arrivals))
    for i in range(len(arrivals)):
        k = np.argmin(free)
        start = max(arrivals[i], free[k])
        waits[i] = start - arrivals[i]
        served = alive[i] and waits[i] <= patience[i]
        waits[i] = min(waits[i], patience[i])
        free[k] = start + (services[i] if served else call_time)
    return waits


@dataclass(frozen=True)
class RuledDay:
    """A day of one line with classes, services of two lengths, balking and impatience; axes as the room has them."""

    arrival_rates: ArrayLike
    """Axes class, period [per minute]; the first class is called first."""
    servers: Sequence[int]
    period: float
    service_rates: tuple[float, float]
    """Of short and long services [per minute]."""
    long_share: ArrayLike = (0.0,)
    """By the number left waiting when a service starts."""
    abandonment_rates: tuple[float, float] = (0.0, 0.0)
    joining: ArrayLike = ((1.0,), (1.0,))
    """Axes class, number waiting."""
    limits: Sequence[float] = ()

    def levels(self, days: int, seed: int) -> tuple[Floats, Floats]:
        """Share served within each limit and the half width of its interval; axes class, limit, period."""
        rng = np.random.default_rng(seed)
        given = [np.array(x, float) for x in (self.long_share, self.abandonment_rates, self.joining, self.limits)]
        batches = [
            _days(
                rng, days // BATCHES, np.array(self.arrival_rates, float), np.array(self.servers), float(self.period),
                *self.service_rates, *given,
            )
            for _ in range(BATCHES)
        ]  # fmt: skip
        shares = np.array([within / came[:, None] for came, within in batches])
        error = shares.std(axis=0, ddof=1) / np.sqrt(BATCHES)
        return shares.mean(axis=0), student.ppf((1 + CONFIDENCE) / 2, BATCHES - 1) * error


@njit(cache=True)
def _days(
    rng: Any, days: int, rates: Any, servers: Any, period: float, short: float, long: float, share: Any,
    abandonment: Any, joining: Any, limits: Any,
) -> Any:  # fmt: skip
    """Customers who came and those served within each limit, by class and period of arrival."""
    classes, count = rates.shape
    came, within = np.zeros((classes, count)), np.zeros((classes, len(limits), count))
    line = np.zeros((classes, 5000))  # moments of arrival of those waiting, in order
    waiting, busy = np.zeros(classes, np.int64), np.zeros(2, np.int64)
    for _ in range(days):
        busy[:], waiting[:] = 0, 0
        now, t = 0.0, 0
        while t < count or waiting.sum() > 0:
            open_now = servers[t] if t < count else max(1, servers[-1])
            while waiting.sum() > 0 and busy.sum() < open_now:
                k = 0 if waiting[0] > 0 else 1
                born = line[k, 0]
                line[k, : waiting[k] - 1] = line[k, 1 : waiting[k]]
                waiting[k] -= 1
                busy[_length(rng, share, waiting.sum())] += 1
                for m in range(len(limits)):
                    within[k, m, min(int(born / period), count - 1)] += now - born <= limits[m]
            arriving = rates[:, t].copy() if t < count else np.zeros(classes)
            leaving = waiting * abandonment if t < count else np.zeros(classes)
            ending = np.array([busy[0] * short, busy[1] * long])
            total = arriving.sum() + leaving.sum() + ending.sum()
            gap = rng.exponential(1.0 / total) if total > 0.0 else np.inf
            if t < count and now + gap > (t + 1) * period:
                t += 1
                now = t * period
                continue
            now += gap
            u = rng.random() * total
            for k in range(classes):
                if 0.0 <= u < arriving[k]:
                    came[k, t] += 1
                    if busy.sum() < open_now:
                        busy[_length(rng, share, 0)] += 1
                        within[k, :, t] += 1
                    elif rng.random() < joining[k, min(waiting.sum(), joining.shape[1] - 1)]:
                        line[k, waiting[k]] = now
                        waiting[k] += 1
                u -= arriving[k]
                if 0.0 <= u < leaving[k]:
                    i = int(u / abandonment[k])
                    line[k, i : waiting[k] - 1] = line[k, i + 1 : waiting[k]]
                    waiting[k] -= 1
                u -= leaving[k]
            for j in range(2):
                if 0.0 <= u < ending[j]:
                    busy[j] -= 1
                u -= ending[j]
    return came, within


@njit(cache=True)
def _length(rng: Any, share: Any, left: int) -> int:
    """0 short, 1 long: by the number left waiting."""
    return 1 if rng.random() < share[min(left, len(share) - 1)] else 0
