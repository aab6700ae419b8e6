"""Waits and services that no queue can make.

Three facts hold in any hall where people are called in turn, whatever the arrivals, the services, the number of windows
and their changes. Who finds many before him waits longer than who finds few. Nobody overtakes those of his own line.
While somebody waits, the next call follows the end of a service. Waits that were made up, or shuffled, have none of
them; each fact is compared with what the same numbers give when they are drawn anew, so that nothing need be known of
the hall.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.calibration.doubts.report import Doubt, Severity, percent
from optimizer.calibration.doubts.sample import Floats, Integers, Sample, numbered

LEAST = 40
"""Customers below which nothing can be said."""
DRAWS = 12
LAGS = 60
"""Tickets further apart than this are not compared."""
REACH = 2.6
"""Standard errors on the side of the log: a probability of 0.5 %."""
REMEMBERED = 0.3
"""Rank correlation of waits with the number present that any queue with some waiting exceeds."""
OVERTAKING = 0.75
"""Share of the overtaking of shuffled waits that no hall has, even with priorities or lines that are not told."""
UNPREDICTED, APART = 0.9, 0.75
"""Share of the variance of shuffled services that no hall reaches, even if people take up to a minute between
customers; and the same where calls are more than a minute apart, so that such pauses hardly change their order."""
PAUSES = (0.0, 0.25, 0.5, 1.0)
"""Minutes from the end of a service to the next call that are tried."""


@dataclass(frozen=True)
class Memory:
    """How waits hang together with what customers found."""

    correlation: float
    """Rank correlation of the wait with the number present on arrival, within day, channel and tier."""
    successive: float
    """Correlation of successive waits of a line."""
    in_turn: float
    """The same if the same calls had been given to those in line in order of arrival."""
    overtaking: float
    """Customers of the same line overtaken, as a share of those if the waits are shuffled."""
    chances: float
    """Customers of the same line overtaken per customer if the waits are shuffled."""
    n: int
    """Customers who were called."""

    @property
    def error(self) -> float:
        """Standard error of the correlation for waits that hang together with nothing."""
        return 1 / math.sqrt(max(self.n, 1))


def waits(tickets: Sample, seed: int = 0) -> list[Doubt]:
    """Doubt waits that are independent of how many were there, and of order.

    Both must hold for a refusal: that the rank correlation of waits with the number present on arrival is below 0.3 by
    more than its error, and that customers overtake each other at least three quarters as often as with shuffled waits.
    For waits drawn at random, whatever their distribution, what a customer found is given by earlier draws, so that the
    correlation is 0 within 1/√n (martingale).
    """
    memory = memory_of(tickets, seed)
    if memory is None:
        return [Doubt("waits", Severity.NOTE, "too little waiting to tell it from invented waits")]
    found = {
        "correlation": memory.correlation,
        "successive": memory.successive,
        "in_turn": memory.in_turn,
        "overtaking": memory.overtaking,
        "customers": memory.n,
    }
    if memory.correlation + REACH * memory.error >= REMEMBERED or memory.overtaking < OVERTAKING:
        return []
    words = (
        f"no queue makes such waits: they do not depend on how many were there (rank correlation"
        f" {memory.correlation:.2f}; a queue has more than {REMEMBERED}), successive ones are not alike (correlation"
        f" {memory.successive:.2f}; called in turn at the same moments {memory.in_turn:.2f}), and customers overtake"
        f" each other {percent(memory.overtaking)} as often as with shuffled waits"
    )
    return [Doubt("independent waits", Severity.REFUSE, words, found)]


def memory_of(tickets: Sample, seed: int = 0) -> Memory | None:
    """How waits hang together with what customers found; None where there was too little waiting."""
    called = tickets.called & np.isfinite(tickets.until)
    present = _present(tickets)
    line, arrival, wait = tickets.line[called], tickets.arrival[called], tickets.wait[called]
    order = np.lexsort((np.arange(len(line)), line))
    line, arrival, wait, present = line[order], arrival[order], wait[order], present[called][order]
    if len(wait) < LEAST or wait.std() < max(0.5, tickets.grid):
        return None
    rng = np.random.default_rng(seed)
    shuffled = float(np.mean([overtaken(line, arrival + shuffle(wait, line, rng)) for _ in range(DRAWS)]))
    if shuffled < max(20, 0.1 * len(wait)):
        return None
    inside = np.bincount(line)[line] > 4
    if inside.sum() < LEAST:
        return None
    line, arrival, wait, present = line[inside], arrival[inside], wait[inside], present[inside]
    correlation = correlated(centred(ranks(wait), line), centred(ranks(present), line))
    in_turn = arrival + wait
    in_turn = in_turn[np.lexsort((in_turn, line))] - arrival
    return Memory(
        correlation=correlation,
        successive=_successive(wait, line),
        in_turn=_successive(in_turn, line),
        overtaking=overtaken(line, arrival + wait) / shuffled,
        chances=shuffled / len(wait),
        n=len(wait),
    )


def _present(tickets: Sample) -> Floats:
    """Customers of the same channel who are there when one comes, waiting or in service."""
    gone = np.where(np.isfinite(tickets.ended), tickets.ended, tickets.until)
    gone = np.where(np.isfinite(gone), gone, tickets.arrival)
    found = np.zeros(len(gone))
    for members in groups(tickets.queue):
        # Moments of a day stand in a queue by themselves, so that positions are enough.
        left = np.searchsorted(np.sort(gone[members]), tickets.arrival[members], side="right")
        found[members] = np.maximum(np.arange(len(members)) - left, 0)
    return found


def overtaken(line: Integers, until: Floats) -> int:
    """Pairs of a line of whom the one who came later was called earlier; arrays in order of line and arrival."""
    pairs = 0
    for lag in range(1, min(LAGS, len(line) - 1) + 1):
        same = line[lag:] == line[:-lag]
        pairs += int(np.count_nonzero(same & (until[lag:] < until[:-lag] - 1e-9)))
    return pairs


@dataclass(frozen=True)
class Calls:
    """How well ends of services foretell the calls of those who wait."""

    variance: float
    """Mean squared change of the number in service from one call to the next."""
    shuffled: float
    """The same if the services are shuffled."""
    spread: float
    """Standard deviation of the draws."""
    spacing: float
    """Minutes between successive calls, on average."""
    n: int

    @property
    def ratio(self) -> float:
        """1 for services that have nothing to do with calls."""
        return self.variance / self.shuffled if self.shuffled > 0 else 0.0


def services(tickets: Sample, seed: int = 0) -> list[Doubt]:
    """Doubt services whose ends have nothing to do with the calls of those who wait.

    While somebody waits, a call is made when a service ends, so that the number in service right after calls hardly
    changes from one to the next; with services drawn anew as many end between two calls as may be. Refused where it
    changes as much as with shuffled services: within each channel and in all together, as people may serve several,
    and whatever pause of up to a minute they make between customers.
    """
    tried = [calls_of(tickets, hall, pause, seed) for hall in (tickets.queue, tickets.day) for pause in PAUSES]
    told = [calls for calls in tried if calls is not None]
    if not told:
        return []
    best = min(told, key=lambda calls: calls.ratio)
    sure = best.variance + REACH * best.spread > best.shuffled
    if best.ratio < (APART if best.spacing > 1 else UNPREDICTED) or not sure or best.variance < 0.5:
        return []
    words = (
        f"no hall makes such services: while people wait, the number in service changes from call to call as if ends of"
        f" services and calls had nothing to do with each other (mean square {best.variance:.2f}, with shuffled"
        f" services {best.shuffled:.2f})"
    )
    found = {"variance": best.variance, "shuffled": best.shuffled, "calls": best.n}
    return [Doubt("services apart from calls", Severity.REFUSE, words, found)]


def calls_of(tickets: Sample, hall: Integers, pause: float = 0.0, seed: int = 0) -> Calls | None:
    """How well ends foretell calls within each hall; None where there is too little to say."""
    known = np.isfinite(tickets.ended) & tickets.called
    hall, start, end = hall[known], tickets.until[known], tickets.ended[known] + pause
    order = np.lexsort((start, hall))
    hall, start, end = hall[order], start[order], end[order]
    waited = tickets.wait[known][order] > max(0.2, 1.5 * tickets.grid)
    if waited.sum() < LEAST:
        return None
    of = numbered(tickets.kind, tickets.channel)[known][order]
    rng = np.random.default_rng(seed)
    variance, spacing, n = _changes(hall, start, end, waited)
    if n < LEAST:
        return None
    drawn = [_changes(hall, start, start + shuffle(end - start, of, rng), waited)[0] for _ in range(DRAWS)]
    return Calls(variance, float(np.mean(drawn)), float(np.std(drawn)), spacing, n)


def _changes(hall: Integers, start: Floats, end: Floats, waited: NDArray[np.bool_]) -> tuple[float, float, int]:
    """Mean squared change of the number in service between calls of those who waited, minutes, pairs."""
    span = 10_000.0  # more than a day with its night, so that halls follow each other on one axis
    begins = hall * span + start
    ends = np.sort(hall * span + end)
    # Of the calls of one moment the last sees all of them.
    last = np.append(np.diff(begins) > 1e-9, True)
    busy = np.arange(1, len(begins) + 1) - np.searchsorted(ends, begins + 1e-9, side="right")
    inside, there, moment = busy[last], hall[last], begins[last]
    held = waited[last]
    pair = (there[1:] == there[:-1]) & held[1:] & held[:-1] & (np.diff(moment) < 30)
    n = int(np.count_nonzero(pair))
    if not n:
        return 0.0, 0.0, 0
    changes, between = np.diff(inside)[pair].astype(float), np.diff(moment)[pair]
    return float(np.mean(changes**2)), float(np.mean(between)), n


def groups(of: Integers) -> list[Integers]:
    """Positions of each group, in order."""
    order = np.argsort(of, kind="stable")
    return [part for part in np.split(order, np.flatnonzero(np.diff(of[order])) + 1) if len(part)]


def shuffle(values: Floats, group: Integers, rng: np.random.Generator) -> Floats:
    """Values drawn anew, without replacement, within each group."""
    drawn = np.empty_like(values)
    drawn[np.lexsort((rng.random(len(values)), group))] = values[np.argsort(group, kind="stable")]
    return drawn


def centred(values: Floats, group: Integers) -> Floats:
    """Values less the mean of their group."""
    sizes = np.maximum(np.bincount(group), 1)
    return values - (np.bincount(group, values) / sizes)[group]


def ranks(values: Floats) -> Floats:
    """Ranks, equal ones their mean."""
    _, back, times = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    return (last - (times - 1) / 2)[back.reshape(-1)]


def correlated(first: Floats, second: Floats) -> float:
    """Correlation of values that are centred; 0 where one is constant."""
    scale = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / scale if scale > 0 else 0.0


def _successive(wait: Floats, line: Integers) -> float:
    """Correlation of successive waits of a line."""
    own = centred(wait, line)
    same = line[1:] == line[:-1]
    return correlated(own[1:][same], own[:-1][same])
