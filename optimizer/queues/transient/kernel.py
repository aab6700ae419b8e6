"""One period of a queue, compiled: uniformization on the window of states that carry mass.

A distribution is a matrix. With s servers, row 0 holds the states in which no more than s are in service, by number in
system n; row r ≥ 1 those in which s + r are in service, r of them finishing for servers who leave, by number
waiting w. Column j + 1 stands for n = j or w = j: a column of zeros on either side saves the kernel its edge cases.
"""

import numpy as np
from numpy.typing import NDArray

from optimizer.compilation import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEGLIGIBLE = 1e-15
"""Mass at the edge of the window that is dropped, and counted as lost [-]."""
LONGEST = 400.0
"""Most expected jumps in one uniformization: exp(-LONGEST) must be far from underflow."""
OVERFLOW = -1.0
UNLIMITED = 1 << 40
"""Capacity of a system without one."""
QUEUE_ONLY = -1
"""Arrivals look at those waiting alone, not at those in service."""
ONE = np.uint64(1)
WAITING, BUSY, DELAYED, BLOCKED, PRESENT, LOST, SERVED = range(7)
"""Measures of a period, in this order; from SERVED on, those served within each limit."""


@compiled
def poisson_weights(mean: float) -> Floats:
    """P(N = k) for k = 0, 1, ... until what is left is negligible."""
    most = int(mean + 9.0 * np.sqrt(mean) + 25.0)
    weights = np.empty(most + 1)
    weights[0] = np.exp(-mean)
    for k in range(1, most + 1):
        weights[k] = weights[k - 1] * mean / k
        if k > mean and weights[k] < 1e-15:
            return weights[: k + 1]
    return weights


@compiled
def tails(weights: Floats) -> Floats:
    """P(N > k), summed from the small end."""
    result = np.empty(len(weights))
    total = 0.0
    for k in range(len(weights) - 1, -1, -1):
        result[k] = total
        total += weights[k]
    return result


@compiled
def empty_queue() -> Floats:
    """Nobody in the system."""
    state = np.zeros((1, 3))
    state[0, 1] = 1.0
    return state


@compiled
def resize_servers(state: Floats, before: int, after: int, preemptive: bool) -> Floats:
    """The same customers when the number of servers changes from ``before`` to ``after``.

    Nobody is interrupted: where more than ``after`` are in service they go on finishing; a rise takes them back
    and calls as many of those waiting as it can. Under the preemptive rule the number in system says everything.
    """
    rows, width = state.shape
    most_busy = before + rows - 1 if rows > 1 else min(before, width - 3)
    new_rows = 1 if preemptive else max(1, most_busy - after + 1)
    result = np.zeros((new_rows, width + most_busy + 1))
    for r in range(rows):
        for column in range(1, width - 1):
            mass = state[r, column]
            if mass == 0.0:
                continue
            j = column - 1
            busy = min(j, before) if r == 0 else before + r
            waiting = j - busy if r == 0 else j
            if busy <= after or preemptive:
                result[0, busy + waiting + 1] += mass
            else:
                result[busy - after, waiting + 1] += mass
    return trim(result)


@compiled
def trim(state: Floats) -> Floats:
    """Without empty rows at the end and empty columns on the right."""
    rows, width = state.shape
    last_row, last_column = 0, 1
    for r in range(rows):
        for column in range(1, width - 1):
            if state[r, column] > 0.0:
                last_row = max(last_row, r)
                last_column = max(last_column, column)
    return state[: last_row + 1, : last_column + 2].copy()


@compiled
def mean_present(state: Floats, servers: int) -> float:
    """Mean number in system."""
    total = 0.0
    for r in range(state.shape[0]):
        for column in range(1, state.shape[1] - 1):
            total += state[r, column] * (column - 1 + (servers + r if r > 0 else 0))
    return total


@compiled
def joins(joining: Floats, waiting: int) -> float:
    """Share of arrivals who join when so many wait; a negative number stands for free servers."""
    return 1.0 if waiting < 0 else joining[min(waiting, len(joining) - 1)]


@compiled
def step_rates(
    rows: int, width: int, servers: int, arrival: float, service: float, abandonment: float, capacity: int,
    joining: Floats, seen_beyond: int,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """Rates of an arrival, of a step down within the row, and of a step to the row above, by state.

    Arrivals join by the number waiting, or, unless ``seen_beyond`` is ``QUEUE_ONLY``, by the number present beyond it.
    """
    up, down, across = np.zeros((rows, width)), np.zeros((rows, width)), np.zeros((rows, width))
    for r in range(rows):
        for column in range(1, width - 1):
            j = column - 1
            present = j if r == 0 else servers + r + j
            waiting = j - servers if r == 0 else j
            seen = waiting if seen_beyond == QUEUE_ONLY else present - seen_beyond
            if present < capacity and column < width - 2:
                up[r, column] = arrival * joins(joining, seen)
            if r == 0:
                down[r, column] = min(j, servers) * service + max(j - servers, 0) * abandonment
            else:
                down[r, column] = j * abandonment
                across[r, column] = (servers + r) * service
    return up, down, across


@compiled
def _step(
    old: Floats, new: Floats, low: Ints, high: Ints, servers: int,
    stay: Floats, up: Floats, down: Floats, across: Floats,
) -> float:  # fmt: skip
    """One jump of the uniformized chain; ``low`` and ``high`` are the first and last column with mass, by row.

    Returns the mass dropped at the edges of the window, or OVERFLOW when more columns are needed.
    """
    rows, width = old.shape
    lost = 0.0
    for r in range(rows):
        first, last = low[r], high[r]
        joined = r + 1 < rows and low[r + 1] <= high[r + 1]
        if joined:
            shift = servers if r == 0 else 0
            if high[r + 1] + shift > width - 2:
                return OVERFLOW
            first, last = min(first, low[r + 1] + shift), max(last, high[r + 1] + shift)
        if first > last:
            continue
        edge = width - 2 - (servers if r > 0 else 0)  # who waits below needs a column above
        first, last = max(1, first - 1), min(edge, last + 1)
        if joined:
            _descend(new, old, across, r + 1, low[r + 1], high[r + 1], shift)
        _advance(new, old, stay, up, down, r, first, last)
        if last == edge and new[r, last] >= NEGLIGIBLE:
            return OVERFLOW
        while last >= first and new[r, last] < NEGLIGIBLE:
            lost += new[r, last]
            new[r, last] = 0.0
            last -= 1
        while first <= last and new[r, first] < NEGLIGIBLE:
            lost += new[r, first]
            new[r, first] = 0.0
            first += 1
        # Row r + 1 still needs its own old window, row r - 1 has used this one: it may be cleared now.
        _clear(old, r, low[r], high[r])
        low[r], high[r] = first, last
    return lost


# The loops below run over unsigned indices: the compiler then knows that none is negative and uses vector registers.


@compiled
def _advance(new: Floats, old: Floats, stay: Floats, up: Floats, down: Floats, row: int, first: int, last: int) -> None:
    """One jump within a row, for the columns from ``first`` to ``last``, added to what is in ``new``."""
    r = np.uint64(row)
    for c in range(np.uint64(first), np.uint64(last) + ONE):
        moved = up[r, c - ONE] * old[r, c - ONE] + down[r, c + ONE] * old[r, c + ONE]
        new[r, c] += stay[r, c] * old[r, c] + moved


@compiled
def _descend(new: Floats, old: Floats, across: Floats, row: int, low: int, high: int, shift: int) -> None:
    """Completions that lead from ``row`` to the one above."""
    r, further = np.uint64(row), np.uint64(shift)
    for c in range(np.uint64(low), np.uint64(high) + ONE):
        new[r - ONE, c + further] += across[r, c] * old[r, c]


@compiled
def _accumulate(
    result: Floats, integral: Floats, state: Floats, row: int, low: int, high: int, weight: float, tail: float
) -> None:
    """Add a jump's share to the distribution at the end and to the time spent in each state."""
    r = np.uint64(row)
    for c in range(np.uint64(low), np.uint64(high) + ONE):
        result[r, c] += weight * state[r, c]
        integral[r, c] += tail * state[r, c]


@compiled
def _clear(state: Floats, row: int, low: int, high: int) -> None:
    r = np.uint64(row)
    for c in range(np.uint64(low), np.uint64(high) + ONE):
        state[r, c] = 0.0


@compiled
def first_room(width: int, arrivals: float) -> int:
    """Room for growth to try first: all that arrivals can bring to an empty system, a quarter of it to another."""
    room = int(arrivals + 9.0 * np.sqrt(arrivals) + 15.0) if arrivals > 0 else 1
    return room if width <= 3 else room // 8 + 3


@compiled
def pass_period(
    state: Floats, servers: int, arrival: float, service: float, abandonment: float, length: float, capacity: int,
    joining: Floats, seen_beyond: int, probes: Floats, probe_times: Floats, probe_shares: Floats, probe_limits: Ints,
    limits: int, room: int,
) -> tuple[Floats, Floats, bool]:  # fmt: skip
    """Carry a distribution through a period with constant rates, with ``room`` for more customers to be waiting.

    Returns the distribution at the end and the measures, integrated over the period: customer-minutes waiting,
    server-minutes busy, minutes in which an arrival has to wait, minutes in which it is blocked or turns away (by the
    share that does), mean present at the end, mass lost, and for each limit the minutes in which an arrival is served
    within it. Each probe is a vector f by state (row, number waiting ahead): with a positive weight it adds weight · f
    at its time, with weight 0 the integral of f up to its time. The last value says whether the room was enough; if
    not, the others say nothing.
    """
    rows = state.shape[0]
    width = state.shape[1] + room
    if rows > 1:
        width += servers  # those waiting behind the finishing ones move to row 0
    old, new, result = np.zeros((rows, width)), np.zeros((rows, width)), np.zeros((rows, width))
    integral = np.zeros((rows, width))
    result[:, : state.shape[1]] = state
    up, down, across = step_rates(rows, width, servers, arrival, service, abandonment, capacity, joining, seen_beyond)
    fastest = max(1e-12, (up + down + across).max())
    pieces = max(1, int(np.ceil(fastest * length / LONGEST)))
    piece = length / pieces
    stay = 1.0 - (up + down + across) / fastest
    up, down, across = up / fastest, down / fastest, across / fastest
    low, high = np.empty(rows, np.int64), np.empty(rows, np.int64)
    measures = np.zeros(SERVED + limits)
    weights = poisson_weights(fastest * piece)
    tail = tails(weights) / fastest
    probing = np.zeros((len(probe_times), len(weights)))
    for n in range(pieces):
        probe_weights(probing, probe_times, probe_shares, n * piece, piece, fastest)
        _open_window(result, old, low, high)
        result[:] = 0.0
        for k in range(len(weights)):
            if k > 0:
                lost = _step(old, new, low, high, servers, stay, up, down, across)
                if lost == OVERFLOW:
                    return state, measures, False
                measures[LOST] += lost
                old, new = new, old
            for r in range(rows):
                _accumulate(result, integral, old, r, low[r], high[r], weights[k], tail[k])
            if len(probe_times) > 0:
                at_once = _served_at_once(old, low, high, servers, capacity)
                for i in range(len(probe_times)):
                    if probing[i, k] > NEGLIGIBLE:
                        value = at_once + _served_later(old, low, high, servers, capacity, probes[i])
                        measures[SERVED + probe_limits[i]] += probing[i, k] * value
    _integrate(integral, servers, capacity, joining, measures)
    end = trim(result)
    measures[PRESENT] = mean_present(end, servers)
    return end, measures, True


@compiled
def pass_unprobed(
    state: Floats, servers: int, arrival: float, service: float, abandonment: float, length: float, joining: Floats,
    seen_beyond: int,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Carry a distribution through a period, with as much room as it takes: its end and its measures, no probes."""
    nothing, none = np.zeros((0, 1, 1)), np.zeros(0)
    room = first_room(state.shape[1], arrival * length)
    while True:
        end, measures, enough = pass_period(
            state, servers, arrival, service, abandonment, length, UNLIMITED, joining, seen_beyond,
            nothing, none, none, np.zeros(0, np.int64), 0, room,
        )  # fmt: skip
        if enough:
            return end, measures
        room *= 2


@compiled
def _open_window(state: Floats, window: Floats, low: Ints, high: Ints) -> None:
    """Move a distribution into ``window``, and find the first and last column with mass, by row."""
    rows, width = state.shape
    for r in range(rows):
        window[r, :] = 0.0
        low[r], high[r] = 1, width - 2
        while high[r] >= 1 and state[r, high[r]] < NEGLIGIBLE:
            high[r] -= 1
        while low[r] <= high[r] and state[r, low[r]] < NEGLIGIBLE:
            low[r] += 1
        for c in range(low[r], high[r] + 1):
            window[r, c] = state[r, c]


@compiled
def probe_weights(probing: Floats, times: Floats, weights: Floats, start: float, length: float, fastest: float) -> None:
    """Weight of every probe at every jump of the piece that begins at ``start``."""
    probing[:] = 0.0
    for i in range(len(times)):
        inside = min(times[i] - start, length)
        if weights[i] > 0.0:
            if start < times[i] <= start + length:
                jumps = poisson_weights(fastest * inside)
                m = min(len(jumps), probing.shape[1])
                probing[i, :m] = weights[i] * jumps[:m]
        elif inside > 0.0:
            jumps = tails(poisson_weights(fastest * inside)) / fastest
            m = min(len(jumps), probing.shape[1])
            probing[i, :m] = jumps[:m]


@compiled
def _served_at_once(state: Floats, low: Ints, high: Ints, servers: int, capacity: int) -> float:
    """P(an arrival finds a free server)."""
    total = 0.0
    for c in range(np.uint64(low[0]), np.uint64(min(high[0], servers, capacity)) + ONE):
        total += state[0, c]
    return total


@compiled
def _served_later(state: Floats, low: Ints, high: Ints, servers: int, capacity: int, served: Floats) -> float:
    """P(an arrival has to wait and is served within the limit); ``served`` by row and number waiting ahead."""
    total = 0.0
    rows, longest = served.shape
    for r in range(min(rows, state.shape[0])):
        shift = servers if r == 0 else 0
        base = 0 if r == 0 else servers + r
        first, last = max(low[r], shift + 1), min(high[r], shift + longest, capacity - base)
        row, back = np.uint64(r), np.uint64(shift + 1)
        for c in range(np.uint64(first), np.uint64(last + 1)):
            total += state[row, c] * served[row, c - back]
    return total


@compiled
def _integrate(integral: Floats, servers: int, capacity: int, joining: Floats, measures: Floats) -> None:
    """Measures of a period from the time spent in each state."""
    rows, width = integral.shape
    for r in range(rows):
        for c in range(1, width - 1):
            time = integral[r, c]
            if time == 0.0:
                continue
            j = c - 1
            busy = min(j, servers) if r == 0 else servers + r
            waiting = j - busy if r == 0 else j
            measures[WAITING] += time * waiting
            measures[BUSY] += time * busy
            if busy + waiting >= capacity:
                measures[BLOCKED] += time
            elif busy >= servers:
                share = joins(joining, waiting)
                measures[DELAYED] += time * share
                measures[BLOCKED] += time * (1.0 - share)
