"""Cheapest servers of a day, bounded from below with the whole past: a relaxed decision diagram of distributions.

A node is a pair of servers (of a period and the one before) and a range of costs; it holds one distribution of the
queue, or one for each day of a mixture of busy and quiet days. Paths that meet in a node are merged into the infimum
of their distributions in the usual stochastic order (the least of their tails), at the least of their costs: by the
monotone facts of :func:`optimizer.queues.transient_day` what follows costs no more than on any of the paths merged, so
that the cheapest path is a lower bound. Few paths meet where few costs lie between the known bound and the known best.

A restricted diagram keeps, of the paths that meet, the one with the shortest queue: its cheapest path is a plan.

Source: Bergman, Cire, van Hoeve and Hooker (2016), "Decision Diagrams for Optimization" (relaxed and restricted).
"""

import numpy as np
from numpy.typing import NDArray

from optimizer.compilation import compiled
from optimizer.queues.bounds.monotone import MonotoneQueue
from optimizer.queues.bounds.tables import folded, values_of
from optimizer.queues.bounds.values import LEVELS, worth
from optimizer.queues.transient.kernel import WAITING, pass_unprobed, resize_servers

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
RANGES = 48
"""Ranges into which the costs between bound and best are cut."""
LONGEST = 80
"""Customers waiting at the end of a period beyond which a queue counts as this long."""
ROUNDING = 1e-7
"""Allowance in a service level for the rounding of sums."""


def cheapest_path(
    queue: MonotoneQueue, most: Ints, *, edges: Floats, waiting: Floats, waiting_cost: float, least: Floats,
    ceiling: float, relaxed: bool = True,
) -> tuple[float, Ints | None]:  # fmt: skip
    """Cost of the cheapest servers of a day, bounded from below by a relaxed decision diagram, and a path of that cost.

    A path costs Σ_t edges[t, s_{t-1}, s_t] + waiting_cost · (waiting beyond what the edges count).

    Args:
        queue: the queue; it is ``monotone``.
        most: most servers by period.
        edges: least cost of period t with p servers in period t - 1 and q in t; axes t, p, q; infinite: forbidden.
        waiting: customer-minutes of waiting that ``edges`` counts in the period; same axes.
        waiting_cost: cost of a customer-minute beyond them.
        least: least service level within each limit in each period, 0 for none; axes limit, period.
        ceiling: cost from which a path is of no interest.
        relaxed: merge paths to bound the cost, instead of choosing among them to find a plan.

    Returns:
        The cost and its servers by period, or the ceiling and None where no path costs less. Where ``relaxed`` no
        servers cost less; else it is about the cost of these, which are close to the best.

    Assumptions: those of ``MonotoneQueue``; ``edges`` and ``waiting`` are lower bounds, as of ``pair_tables``; nothing
    is checked. Ends of periods with more than 80 waiting beyond the most servers count as so long. Work grows with the
    cube of the most servers.

    Source: Bergman, Cire, van Hoeve and Hooker (2016), "Decision diagrams for optimization".

    >>> from optimizer.queues.bounds.tables import pair_tables
    >>> queue = MonotoneQueue(np.array([[0.3, 0.9, 0.6]]), np.ones(1), 0.25, 0.0, 30.0)
    >>> most = np.array([5, 5, 5])
    >>> waiting = pair_tables(queue, most).waiting
    >>> given = {"edges": 20.0 * np.arange(6) + waiting, "waiting": waiting, "waiting_cost": 1.0}
    >>> for relaxed in (True, False):
    ...     cost, servers = cheapest_path(
    ...         queue, most, **given, least=np.zeros((0, 3)), ceiling=1000.0, relaxed=relaxed
    ...     )
    ...     print(round(cost, 1), servers)
    266.7 [2 5 4]
    274.3 [2 5 5]
    """
    bound, servers = _cheapest(
        queue.arrival_rates, queue.weights, queue.parts, most, queue.service_rate, queue.abandonment_rate,
        queue.leaving, float(queue.period), queue.shares, queue.seen_beyond, edges, waiting, waiting_cost,
        np.array(queue.limits, np.float64), least, ceiling, relaxed,
    )  # fmt: skip
    return float(bound), servers if bound < ceiling else None


@compiled
def _cheapest(
    rates: Floats, weights: Floats, parts: Floats, most: Ints, service: float, abandonment: float, leaving: float,
    length: float, joining: Floats, seen_beyond: int, edges: Floats, waiting: Floats, waiting_cost: float,
    limits: Floats, least: Floats, ceiling: float, relaxed: bool,
) -> tuple[float, Ints]:  # fmt: skip
    days, count = rates.shape
    levels = most.max() + 1
    ahead = _completions(edges)
    floor = (edges[0, 0] + ahead[0]).min()
    path = np.zeros(count, np.int64)
    if floor >= ceiling:
        return ceiling, path
    size = levels + LONGEST + 2
    tails_of = np.zeros((levels, levels, RANGES, days, size))
    costs = np.full((levels, levels, RANGES), np.inf)
    for q in range(levels):
        if edges[0, 0, q] + ahead[0, q] < ceiling:
            costs[0, q, 0] = 0.0
            tails_of[0, q, 0, :, 0] = 1.0
    came = np.zeros((count, levels, levels, RANGES, 2), np.int64)
    best, last = ceiling, (0, 0, 0)
    for t in range(count):
        next_tails = np.zeros((levels, levels, RANGES, days, size))
        next_costs = np.full((levels, levels, RANGES), np.inf)
        for q in range(levels):
            if not np.isfinite(costs[:, q]).any():
                continue
            states, origins = _states(tails_of, costs, q, t == 0)
            ends, gained = _pass_all(
                states, rates[:, t], weights, q, service, abandonment, length, joining, seen_beyond
            )
            for r in range(levels if t + 1 < count else 1):
                if t + 1 < count and not edges[t + 1, q, r] + ahead[t + 1, r] < ceiling:
                    continue
                served = _served(
                    states, rates, parts[:, t], most, t, q, r, service, abandonment, leaving, length, joining,
                    seen_beyond, limits, least,
                )  # fmt: skip
                for i in range(len(origins)):
                    p, k = origins[i]
                    paid = edges[t, p, q] + waiting_cost * max(0.0, gained[i] - waiting[t, p, q])
                    cost = costs[p, q, k] + paid
                    if not served[i]:
                        continue
                    if t + 1 == count:
                        if cost < best:
                            best, last = cost, (p, q, k)
                        continue
                    total = cost + edges[t + 1, q, r] + ahead[t + 1, r]
                    if total < ceiling:
                        place = int(min(RANGES * max(total - floor, 0.0) / (ceiling - floor), RANGES - 1.0))
                        tails, known = next_tails[q, r, place], next_costs[q, r, place]
                        if _meet(tails, _tails(ends, i * days, days, q, size), weights, cost, known, relaxed):
                            next_costs[q, r, place] = cost
                            came[t + 1, q, r, place, 0], came[t + 1, q, r, place, 1] = p, k
        tails_of, costs = next_tails, next_costs
    p, q, k = last
    for t in range(count - 1, -1, -1):
        path[t] = q
        p, q, k = came[t, p, q, k, 0], p, came[t, p, q, k, 1]
    return best, path


@compiled
def _completions(edges: Floats) -> Floats:
    """Least cost of the periods after t by the servers of period t; axes t, q."""
    count, levels = edges.shape[0], edges.shape[2]
    ahead = np.zeros((count, levels))
    for t in range(count - 2, -1, -1):
        for q in range(levels):
            ahead[t, q] = (edges[t + 1, q] + ahead[t + 1]).min()
    return ahead


@compiled
def _states(tails_of: Floats, costs: Floats, q: int, first: bool) -> tuple[list[Floats], list[tuple[int, int]]]:
    """Distributions at the start of a period with q servers, those of a node's days in a row, and their nodes."""
    states, origins = [np.zeros((1, 3))], [(0, 0)]
    states.clear()
    origins.clear()
    days, size = tails_of.shape[3:]
    for p in range(costs.shape[0]):
        for k in range(RANGES):
            if np.isinf(costs[p, q, k]):
                continue
            for day in range(days):
                tail = tails_of[p, q, k, day]
                state = np.zeros((1, size + 2))
                for n in range(size):
                    beyond = tail[n + 1] if n + 1 < size else 0.0
                    state[0, n + 1] = max(tail[n] - beyond, 0.0)
                states.append(folded(state if first else resize_servers(state, p, q, False), p))
            origins.append((p, k))
    return states, origins


@compiled
def _pass_all(
    states: list[Floats], arrivals: Floats, weights: Floats, servers: int, service: float, abandonment: float,
    length: float, joining: Floats, seen_beyond: int,
) -> tuple[list[Floats], Floats]:  # fmt: skip
    """Distributions at the end of a period, and expected customer-minutes of waiting in it, by node."""
    days = len(arrivals)
    ends, gained = [np.zeros((1, 3))], np.zeros(len(states) // days)
    ends.clear()
    for i in range(len(states)):
        end, measures = pass_unprobed(
            states[i], servers, arrivals[i % days], service, abandonment, length, joining, seen_beyond
        )
        ends.append(end)
        gained[i // days] += weights[i % days] * measures[WAITING]
    return ends, gained


@compiled
def _served(
    states: list[Floats], rates: Floats, parts: Floats, most: Ints, t: int, q: int, r: int, service: float,
    abandonment: float, leaving: float, length: float, joining: Floats, seen_beyond: int, limits: Floats,
    least: Floats,
) -> NDArray[np.bool_]:  # fmt: skip
    """Whether each node keeps every service level of period t with q servers, r in the next, then the most."""
    days, count = rates.shape
    nodes = len(states) // days
    levels = np.full((nodes, len(limits)), ROUNDING)
    if (least[:, t] > 0).any():
        servers = most.copy()
        servers[t] = q
        if t + 1 < count:
            servers[t + 1] = r
        for day in range(days):
            values = values_of(
                states, t, rates[day], servers, service, abandonment, leaving, length, joining, seen_beyond, limits,
                False, False,
            )  # fmt: skip
            for i in range(nodes):
                for limit in range(len(limits)):
                    levels[i, limit] += parts[day] * worth(states[i * days + day], values[LEVELS + limit]) / length
    kept = np.ones(nodes, np.bool_)
    for i in range(nodes):
        kept[i] = (levels[i] >= least[:, t]).all()
    return kept


@compiled
def _meet(tails: Floats, others: Floats, weights: Floats, cost: float, known: float, relaxed: bool) -> bool:
    """Put a path's distributions into a node, and say whether the node now continues that path."""
    if np.isinf(known) or (not relaxed and (weights @ others).sum() < (weights @ tails).sum()):
        tails[:] = others
        return True
    if relaxed:
        np.minimum(tails, others, tails)
        return cost < known
    return False


@compiled
def _tails(states: list[Floats], first: int, days: int, servers: int, size: int) -> Floats:
    """P(n or more present) by day and n, when servers who finish for others are done at once."""
    tails = np.zeros((days, size))
    for day in range(days):
        state = states[first + day]
        for r in range(state.shape[0]):
            for c in range(1, state.shape[1] - 1):
                n = c - 1 if r == 0 else servers + c - 1
                tails[day, min(n, size - 1)] += state[r, c]
        tails[day] = np.cumsum(tails[day, ::-1])[::-1]
    return tails
