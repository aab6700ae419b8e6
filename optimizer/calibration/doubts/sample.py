"""Whole days of a log as arrays, for tests that need no more."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.calibration.log import TicketLog

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
UNTIL = "coalesce(called, started, left_at)"
"""When a wait was over, in the database."""
ROWS = 500_000
"""Tickets that are counted in the database where a share is asked for."""
TICKETS = 20_000
"""Enough: what a queue cannot make shows in a few hundred."""


@dataclass(frozen=True)
class Sample:
    """Tickets in order of day, arrival and number."""

    day: Integers
    channel: Integers
    tier: Integers
    kind: Integers
    """Number of the transaction."""
    arrival: Floats
    until: Floats
    """When the wait was over, by a call or by giving up; not a number where it is not known."""
    ended: Floats
    """End of the service; not a number for those who were not served."""
    called: NDArray[np.bool_]
    """Whether the wait was over by a call."""
    grid: float
    """What waits are rounded to [minutes]: a minute, or 0 for anything finer."""

    @property
    def wait(self) -> Floats:
        """Minutes from arrival to call or giving up."""
        return self.until - self.arrival

    @cached_property
    def queue(self) -> Integers:
        """Day and channel as one number."""
        return numbered(self.day, self.channel)

    @cached_property
    def line(self) -> Integers:
        """Day, channel and tier as one number."""
        return numbered(self.queue, self.tier)


def numbered(first: Integers, second: Integers) -> Integers:
    """Pairs as one number each, from 0."""
    width = int(second.max(initial=0)) + 1
    numbers: Integers = np.unique(first * width + second, return_inverse=True)[1].astype(np.int64).reshape(-1)
    return numbers


@dataclass(frozen=True)
class Days:
    """Days of a log drawn at random."""

    parameters: tuple[Any, ...]
    """Of a query with the condition."""
    chosen: str = "day IN (SELECT unnest(CAST(? AS DATE[])))"


def draw_days(log: TicketLog, most: int = ROWS, seed: int = 0) -> Days:
    """Whole days drawn at random, at least one, until there are enough tickets."""
    days = log.arrays("SELECT day::VARCHAR AS day, count(*) AS n FROM tickets GROUP BY ALL ORDER BY ALL")
    order = np.random.default_rng(seed).permutation(len(days["day"]))
    enough = 1 + int(np.searchsorted(np.cumsum(days["n"][order]), most))
    return Days(([str(day) for day in days["day"][order[:enough]]],))


def sample(log: TicketLog, most: int = TICKETS, seed: int = 0) -> Sample:
    """Whole days drawn at random, at least one, until there are enough tickets.

    A day that is larger by itself is cut after its first ``most`` tickets.
    """
    days = draw_days(log, most, seed)
    found = log.arrays(
        "SELECT dense_rank() OVER (ORDER BY day) AS day, dense_rank() OVER (ORDER BY channel) AS channel,"
        " dense_rank() OVER (ORDER BY tier) AS tier, dense_rank() OVER (ORDER BY transaction) AS kind, arrival,"
        f" {UNTIL} AS until, CASE WHEN outcome = 'served' THEN ended END AS ended,"
        " coalesce(called, started) IS NOT NULL AS called"
        f" FROM (SELECT * FROM tickets WHERE {days.chosen} ORDER BY day, arrival, number, row"
        " LIMIT ?) ORDER BY day, arrival, number, row",
        (*days.parameters, 2 * most),
    )
    names = ("day", "channel", "tier", "kind")
    whole: dict[str, Any] = {name: found[name].astype(np.int64) for name in names}
    real: dict[str, Any] = {name: found[name].astype(np.float64) for name in ("arrival", "until", "ended")}
    return Sample(**whole, **real, called=found["called"].astype(bool), grid=_grid(real["until"] - real["arrival"]))


def _grid(waits: Floats) -> float:
    """A minute where nearly all waits are whole minutes, else 0."""
    known = waits[np.isfinite(waits)]
    if not len(known):
        return 0.0
    whole = np.mean(np.abs(known - np.rint(known)) < 1e-6)
    return 1.0 if whole > 0.95 and not math.isclose(float(known.max()), 0.0) else 0.0
