"""Who is served within a limit: first passage of the queue ahead of an arrival, through the periods that follow.

A tagged customer arrives when s servers are all busy, r more are finishing for servers who leave, and j wait ahead.
Nobody is called while r > 0; then each completion calls the next. Those ahead give up at rate η each, the tagged
customer at a rate of its own; after closing nobody gives up. The probability of being called within the limit solves
Kolmogorov's backward equation, period by period from the last backwards.
"""

import numpy as np

from optimizer.compilation import compiled
from optimizer.queues.transient.kernel import LONGEST, ONE, Floats, Ints, joins, poisson_weights

NODES, WEIGHTS = np.polynomial.legendre.leggauss(8)
"""Gauss-Legendre rule on (-1, 1) for the moments of arrival in a piece of a period without a kink."""
ROUGH_NODES, ROUGH_WEIGHTS = np.polynomial.legendre.leggauss(5)
"""A shorter rule, where its error is allowed for."""
PANEL = 12.0
"""Most expected events in a piece; a longer one is cut."""


@compiled
def longest_queue(servers: int, service: float, abandonment: float, limit: float, rough: bool) -> int:
    """Number waiting ahead from which nobody is served within the limit, but for a probability below 1e-12.

    The calls are at most Poisson with mean sμτ, and each of those ahead is still there with probability exp(-ητ).
    Where ``rough`` the probability is below 1e-5.
    """
    mean, stay = servers * service * limit, np.exp(-abandonment * limit)
    sigmas = 4.5 if rough else 8.0
    calls = mean + sigmas * np.sqrt(mean) + sigmas * sigmas / 4.0
    present = calls + sigmas * np.sqrt(calls * (1.0 - stay)) + 0.5 * sigmas * sigmas * (1.0 - stay)
    return int(min(present / max(stay, 1e-9), 1e9))


@compiled
def backward(served: Floats, servers: int, service: float, abandonment: float, leaving: float, length: float) -> Floats:
    """P(called within ``length`` more minutes) by state, when afterwards it is ``served``; axes r and j.

    Those ahead give up at rate ``abandonment`` each, the tagged customer at rate ``leaving``.
    """
    rows, longest = served.shape
    fastest = (servers + rows - 1) * service + longest * abandonment + leaving
    if fastest * length <= 0.0:
        return served.copy()
    pieces = int(np.ceil(fastest * length / LONGEST))
    weights = poisson_weights(fastest * length / pieces)
    ahead = np.arange(longest) * (abandonment / fastest)
    old, new, result = served.copy(), np.zeros((rows, longest)), np.zeros((rows, longest))
    for _ in range(pieces):
        result[:] = 0.0
        for k in range(len(weights)):
            if k > 0:
                for r in range(rows):
                    _step_back(new, old, r, ahead, (servers + r) * service / fastest, leaving / fastest)
                old, new = new, old
            for r in range(rows):
                _add(result, old, r, weights[k])
        old[:] = result
    return result


@compiled
def _step_back(new: Floats, old: Floats, row: int, ahead: Floats, completion: float, leaving: float) -> None:
    """One jump of the uniformized backward chain in a row; rates are divided by the fastest.

    In row 0 a completion brings the tagged customer one place forward; in the others it leads to the row above.
    """
    r, longest = np.uint64(row), np.uint64(old.shape[1])
    new[r, 0] = completion * (1.0 if row == 0 else old[r - ONE, 0]) + (1.0 - completion - leaving) * old[r, 0]
    if row == 0:
        for j in range(ONE, longest):
            stay = 1.0 - completion - leaving - ahead[j]
            new[r, j] = (completion + ahead[j]) * old[r, j - ONE] + stay * old[r, j]
    else:
        for j in range(ONE, longest):
            stay = 1.0 - completion - leaving - ahead[j]
            new[r, j] = completion * old[r - ONE, j] + ahead[j] * old[r, j - ONE] + stay * old[r, j]


@compiled
def _add(result: Floats, values: Floats, row: int, weight: float) -> None:
    r = np.uint64(row)
    for j in range(np.uint64(result.shape[1])):
        result[r, j] += weight * values[r, j]


@compiled
def cross_back(served: Floats, before: int, after: int, rows: int) -> Floats:
    """The same probabilities just before the servers change from ``before`` to ``after``; ``rows`` are wanted."""
    longest = served.shape[1]
    result = np.zeros((rows, longest))
    for r in range(rows):
        free = after - (before + r)
        for j in range(longest):
            if j < free:
                result[r, j] = 1.0
            elif free >= 0:
                result[r, j] = served[0, j - free]
            else:
                result[r, j] = served[min(-free, served.shape[0] - 1), j]
    return result


@compiled
def served_within(
    servers: Ints, period: int, moment: float, length: float, service: float, abandonment: float, leaving: float,
    limit: float, rows: int, longest: int,
) -> Floats:  # fmt: skip
    """P(called within the limit) of one who arrives ``moment`` minutes into a period and finds all busy.

    Axes: ``rows`` servers finishing beyond the period's own, ``longest`` waiting ahead. More ahead and more finishing
    never matter to fewer, so that only those asked for are followed.
    """
    count = len(servers)
    ahead = moment + limit
    last = min(period + int(ahead / length), count)
    heights = np.empty(last + 1, np.int64)
    most = servers[period] + rows - 1
    for t in range(period, last + 1):
        here = max(1, servers[count - 1]) if t == count else servers[t]
        most = max(most, here)
        heights[t] = most - here + 1
    served = np.zeros((heights[last], longest))
    for t in range(last, period - 1, -1):
        here = max(1, servers[count - 1]) if t == count else servers[t]
        start = moment if t == period else 0.0
        end = ahead - (t - period) * length
        if t < count:
            end = min(end, length)
        gives_up = 0.0 if t == count else 1.0
        served = backward(served, here, service, gives_up * abandonment, gives_up * leaving, max(end - start, 0.0))
        if t > period:
            served = cross_back(served, servers[t - 1], here, heights[t - 1])
    return served


@compiled
def pieces_of(length: float, limit: float) -> tuple[float, bool]:
    """Moment at which an arrival's limit crosses one more boundary, and whether none is crossed before it."""
    crossings = np.ceil(limit / length - 1e-12)
    return max(crossings * length - limit, 0.0), crossings <= 1.0


@compiled
def probes(
    servers: Ints, period: int, arrival: float, length: float, service: float, abandonment: float, leaving: float,
    limits: Floats, joining: Floats, rows: int, room: int, rough: bool,
) -> tuple[Floats, Floats, Floats, Ints]:  # fmt: skip
    """What to ask of the distribution in a period to know who is served within each limit (see ``pass_period``).

    The distribution has ``rows`` rows, and at most ``room`` wait. Who does not join is not served.

    Until the limit first reaches beyond the period the answer does not depend on the moment of arrival and one
    integral does; afterwards Gauss-Legendre nodes do, on pieces between the moments at which it crosses a boundary.
    """
    nodes, shares = (ROUGH_NODES, ROUGH_WEIGHTS) if rough else (NODES, WEIGHTS)
    n = len(nodes)
    speed = arrival + max(1, servers[period]) * service
    count = 0
    for limit in limits:
        kink, alone = pieces_of(length, limit)
        if kink > 0.0:
            count += 1 if alone else n * int(np.ceil(kink * speed / PANEL))
        count += n * int(np.ceil((length - kink) * speed / PANEL))
    top = servers.max()
    longest = 0
    for limit in limits:
        longest = max(longest, longest_queue(max(top, 1), service, abandonment, limit, rough))
    longest = min(longest, room)
    asked = np.zeros((count, rows, longest))
    times, weights, which = np.zeros(count), np.zeros(count), np.zeros(count, np.int64)
    i = 0
    for index in range(len(limits)):
        kink, alone = pieces_of(length, limits[index])
        for piece in range(2):
            start, end = (0.0, kink) if piece == 0 else (kink, length)
            if end <= start:
                continue
            constant = piece == 0 and alone
            panels = 1 if constant else int(np.ceil((end - start) * speed / PANEL))
            for panel in range(panels):
                half = 0.5 * (end - start) / panels
                middle = start + (2 * panel + 1) * half
                for node in range(1 if constant else n):
                    times[i] = end if constant else middle + half * nodes[node]
                    weights[i] = 0.0 if constant else half * shares[node]
                    which[i] = index
                    moment = 0.0 if constant else times[i]
                    asked[i] = served_within(
                        servers, period, moment, length, service, abandonment, leaving, limits[index], rows, longest
                    )
                    i += 1
    for j in range(longest):
        asked[:, :, j] *= joins(joining, j)
    return asked, times, weights, which
