"""The least number of servers that keeps a promise."""

from bisect import bisect_left
from collections.abc import Callable
from itertools import count
from math import inf, nan
from typing import Any

from optimizer.errors import InvalidParameterError
from optimizer.queues.parameters import whole
from optimizer.queues.stationary.measures import StationaryQueue

TIMED = frozenset({"service_level", "wait_exceeds"})
SHARES = TIMED | {"wait_probability", "abandonment", "blocking"}
MEASURES = SHARES | {"mean_wait", "mean_queue"}
"""Measures that one more server does not make worse; the service level should be high, all others low."""


def least_servers(
    model: Callable[..., StationaryQueue], measure: str, target: float, *, within: float | None = None, least: int = 0,
    most: int = 1_000_000, monotone: bool = True, **parameters: Any,
) -> int:  # fmt: skip
    """The least number of servers with which a measure reaches its target.

    min{c ≥ least: measure(c) ≤ target}, or ≥ target for the service level. Steps that double find a number that is
    enough; halving between it and the last that was not then leaves no number unjudged, because enough servers stay
    enough with one more.

    Args:
        model: a function of the number of servers, and of ``parameters`` by name: ``erlang_a``, say.
        measure: service_level, wait_exceeds, wait_probability, abandonment, blocking, mean_wait or mean_queue.
        target: bound of the measure, in its unit; it may be met exactly.
        within: limit τ of service_level and wait_exceeds, in the time of the rates.
        least: number to begin with: none below is considered.
        most: number to give up at.
        monotone: whether one more server never makes the measure worse; if not, every number is tried in turn.
        parameters: passed on to the model.

    Returns:
        The number of servers.

    Raises:
        InvalidParameterError: where the question is not well put, and where no number of servers reaches the target.

    Assumptions: one more server never makes the measure worse. That holds in M/M/c and M/M/c+M with any patience, and
    with a capacity: the virtual wait with c + 1 servers is below that with c in the likelihood-ratio order. For
    ``balking_queue`` where joining never rises, and for ``service_rules_queue``, 4,000 random queues each showed no
    exception, but it is not proven; approximations may fail it.

    Source: Shaked and Shanthikumar (2007), "Stochastic orders", for the order; Bentley and Yao (1976), "An almost
    optimal algorithm for unbounded searching", for the search.

    >>> from optimizer.queues.stationary.erlang import erlang_a, erlang_c
    >>> least_servers(erlang_c, "service_level", 0.8, within=5.0, arrival_rate=43 / 60, service_rate=1 / 2.6)
    3
    >>> least_servers(lambda c: erlang_a(c, 25.0, 1 / 6, 1 / 45), "abandonment", 0.02)
    150
    """
    _check(measure, target, within)

    def value(queue: StationaryQueue) -> float:
        return float(getattr(queue, measure) if within is None else getattr(queue, measure)(within))

    def enough(found: float) -> bool:
        return found >= target if measure == "service_level" else found <= target

    start = whole("least", least)
    low, before = start, nan
    for n in count():
        high = min(start + (2**n - 1 if monotone else n), most)
        queue = model(high, **parameters)
        found = value(queue)
        if enough(found):
            break
        if high >= most or (queue.wait_probability == 0 and found == before):
            raise InvalidParameterError(
                f"target: {target}: no number of servers reaches it; with {high}, {measure} is {found}"
            )
        low, before = high + 1, found
    return low + bisect_left(range(low, high), True, key=lambda servers: enough(value(model(servers, **parameters))))


def _check(measure: str, target: float, within: float | None) -> None:
    """Refuse what cannot be asked."""
    if measure not in MEASURES:
        raise InvalidParameterError(f"measure: {measure!r}: expected one of {', '.join(sorted(MEASURES))}")
    if (within is not None) != (measure in TIMED):
        wanted = "a limit of the wait" if measure in TIMED else f"none for {measure}"
        raise InvalidParameterError(f"within: {within}: expected {wanted}")
    if measure == "service_level":
        if not 0 <= target < 1:
            raise InvalidParameterError(f"target: {target}: expected a share of at least 0 and below 1")
    elif not 0 < target < inf:
        raise InvalidParameterError(f"target: {target}: expected more than 0")
