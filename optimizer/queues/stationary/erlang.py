"""Closed forms of the stationary queue: oracles for the transient, which they check from outside."""

from math import exp, inf, lgamma, log

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.measures import StationaryQueue


def erlang_b(servers: int, offered_load: float) -> float:
    """P(an arrival is lost) in M/M/c/c: B(c) = a B(c-1) / (c + a B(c-1)).

    Args:
        servers: c.
        offered_load: a = λ/μ.

    Source: Erlang (1917). Stable for any c by the recursion.

    >>> round(erlang_b(10, 7.0), 6)
    0.078741
    """
    _check(servers, offered_load)
    blocking = 1.0
    for n in range(1, servers + 1):
        blocking = offered_load * blocking / (n + offered_load * blocking)
    return blocking


def erlang_c(servers: int, arrival_rate: float, service_rate: float) -> StationaryQueue:
    """M/M/c: P(W > 0) = B / (1 - ρ (1 - B)), mean wait P(W > 0) / (cμ - λ); infinite from ρ = 1 on.

    Args:
        servers: c.
        arrival_rate: λ.
        service_rate: μ, in the same unit of time.

    Source: Erlang (1917).

    >>> round(erlang_c(3, 42.99, 23.0).wait_probability, 4)
    0.3848
    """
    load = _load(arrival_rate, service_rate)
    blocking = erlang_b(servers, load)
    spare = servers * service_rate - arrival_rate
    if spare <= 0:
        return StationaryQueue(f"M/M/{servers}", True, servers, arrival_rate, service_rate, 1.0, inf, inf)
    waits = blocking / (1 - load / servers * (1 - blocking))
    wait = waits / spare
    return StationaryQueue(
        f"M/M/{servers}", True, servers, arrival_rate, service_rate, waits, wait, arrival_rate * wait
    )


def erlang_a(servers: int, arrival_rate: float, service_rate: float, abandonment_rate: float) -> StationaryQueue:
    """M/M/c+M by its birth-death chain, summed in logarithms.

    Args:
        servers: c.
        arrival_rate: λ.
        service_rate: μ, in the same unit of time.
        abandonment_rate: η > 0 of one who waits.

    Source: Palm (1957); Mandelbaum and Zeltyn (2007), "Service engineering in action: the Palm/Erlang-A queue".

    >>> round(erlang_a(3, 42.99, 23.0, 6.0).abandonment, 4)
    0.0479
    """
    load = _load(arrival_rate, service_rate)
    _check(servers, load)
    if not 0 < abandonment_rate < inf:
        raise InvalidParameterError(f"abandonment_rate: {abandonment_rate}: expected a positive number")
    logs = [n * log(load) - lgamma(n + 1) for n in range(servers + 1)]
    top = max(logs)
    while logs[-1] > top - 45 or len(logs) < servers + 2:
        waiting = len(logs) - servers
        logs.append(logs[-1] + log(arrival_rate / (servers * service_rate + waiting * abandonment_rate)))
        top = max(top, logs[-1])
    weights = [exp(value - top) for value in logs]
    total = sum(weights)
    queue = sum(w * max(0, n - servers) for n, w in enumerate(weights)) / total
    waits = sum(weights[servers:]) / total
    return StationaryQueue(
        f"M/M/{servers}+M", True, servers, arrival_rate, service_rate, waits, queue / arrival_rate, queue,
        abandonment_rate * queue / arrival_rate,
    )  # fmt: skip


def _load(arrival_rate: float, service_rate: float) -> float:
    """λ/μ."""
    for name, rate in (("arrival_rate", arrival_rate), ("service_rate", service_rate)):
        if not 0 < rate < inf:
            raise InvalidParameterError(f"{name}: {rate}: expected a positive number")
    return arrival_rate / service_rate


def _check(servers: int, offered_load: float) -> None:
    if servers < 0:
        raise InvalidParameterError(f"servers: {servers}: expected at least 0")
    if not 0 < offered_load < inf:
        raise InvalidParameterError(f"offered_load: {offered_load}: expected a positive number")
