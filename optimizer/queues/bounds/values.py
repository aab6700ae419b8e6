"""What a state is worth at the start of a period: the measures of the period as functions of where it begins.

Backward counterpart of :func:`optimizer.queues.transient.kernel.pass_period`: one vector serves every distribution that
the period may begin with. Matrices have the layout of the kernel. Arrivals beyond the last column are turned away, so
that waiting is never overstated.
"""

import numpy as np

from optimizer.compilation import compiled
from optimizer.queues.transient.closing import closing_minutes
from optimizer.queues.transient.kernel import (
    LONGEST,
    NEGLIGIBLE,
    ONE,
    UNLIMITED,
    Floats,
    Ints,
    joins,
    poisson_weights,
    probe_weights,
    step_rates,
    tails,
)  # fmt: skip

WAITING, AWAY, LEVELS = range(3)
"""Values of a period, in this order; from LEVELS on, those served within each limit, then what comes after closing."""


@compiled
def room_for(servers: int, arrival: float, service: float, length: float) -> int:
    """Columns beyond the first distribution's, so that next to nobody is turned away."""
    drift = max(arrival - servers * service, 0.0) * length
    return int(drift + 7.0 * np.sqrt(arrival * length) + 8.0)


@compiled
def period_values(
    rows: int, width: int, servers: int, arrival: float, service: float, abandonment: float, length: float,
    joining: Floats, seen_beyond: int, probes: Floats, probe_times: Floats, probe_shares: Floats, probe_limits: Ints,
    limits: int, closes: bool,
) -> Floats:  # fmt: skip
    """Value of each state at the start of a period with constant rates; axes measure, row, column.

    Measures: customer-minutes waiting in the period; minutes in which an arrival turns away; for each limit the minutes
    in which an arrival is served within it; where the day ``closes`` with the period, customer-minutes of waiting and
    server-minutes of work afterwards.
    """
    up, down, across = step_rates(rows, width, servers, arrival, service, abandonment, UNLIMITED, joining, seen_beyond)
    for r in range(1, rows):  # who waits there must find a column in row 0
        up[r, width - 2 - servers :] = 0.0
    fastest = max(1e-12, (up + down + across).max())
    pieces = max(1, int(np.ceil(fastest * length / LONGEST)))
    piece = length / pieces
    stay = 1.0 - (up + down + across) / fastest
    up, down, across = up / fastest, down / fastest, across / fastest
    weights = poisson_weights(fastest * piece)
    tail = tails(weights) / fastest
    rates = _rates(rows, width, servers, joining)
    values = np.zeros((LEVELS + limits + (2 if closes else 0), rows, width))
    if closes:
        _close(values, LEVELS + limits, servers, service)
    probing = np.zeros((len(probe_times), len(weights)))
    old, new = np.zeros((rows, width)), np.zeros((rows, width))
    for n in range(pieces - 1, -1, -1):
        probe_weights(probing, probe_times, probe_shares, n * piece, piece, fastest)
        for kind in range(len(values)):
            if kind == AWAY and joining.min() == 1.0:
                continue
            old[:] = 0.0
            for k in range(len(weights) - 1, -1, -1):
                if k + 1 < len(weights):
                    _back(old, new, servers, stay, up, down, across)
                    old, new = new, old
                if pieces > 1 or kind >= LEVELS + limits:
                    _add(old, values[kind], weights[k])
                if kind < LEVELS:
                    _add(old, rates[kind], tail[k])
                elif kind < LEVELS + limits:
                    for i in range(len(probe_times)):
                        if probe_limits[i] == kind - LEVELS and probing[i, k] > NEGLIGIBLE:
                            _ask(old, probes[i], servers, probing[i, k])
            values[kind] = old
    return values


@compiled
def worth(state: Floats, values: Floats) -> float:
    """Expected value of a distribution."""
    total = 0.0
    for r in range(state.shape[0]):
        row = np.uint64(r)
        for c in range(np.uint64(state.shape[1])):
            total += state[row, c] * values[row, c]
    return total


@compiled
def _rates(rows: int, width: int, servers: int, joining: Floats) -> Floats:
    """Number waiting, and share of arrivals who turn away, by state."""
    rates = np.zeros((LEVELS, rows, width))
    for r in range(rows):
        for c in range(1, width - 1):
            waiting = c - 1 if r > 0 else c - 1 - servers
            rates[WAITING, r, c] = max(waiting, 0)
            rates[AWAY, r, c] = 1.0 - joins(joining, waiting)
    return rates


@compiled
def _ask(target: Floats, served: Floats, servers: int, weight: float) -> None:
    """Add a probe: an arrival is served at once below ``servers`` in service, else as ``served`` says.

    More ahead than it knows are served no sooner than the most it knows: that never understates a service level.
    """
    width, longest = target.shape[1], served.shape[1]
    for c in range(1, min(servers + 1, width - 1)):
        target[0, c] += weight
    for r in range(min(target.shape[0], served.shape[0])):
        first = 1 + (servers if r == 0 else 0)
        row, shift, known = np.uint64(r), np.uint64(first), max(0, min(longest, width - 1 - first))
        for j in range(np.uint64(known)):
            target[row, j + shift] += weight * served[row, j]
        beyond = weight * served[r, longest - 1]
        for c in range(np.uint64(first + known), np.uint64(max(width - 1, first + known))):
            target[row, c] += beyond


@compiled
def _close(values: Floats, first: int, servers: int, service: float) -> None:
    """Waiting and work after closing by state at closing."""
    for r in range(values.shape[1]):
        for c in range(1, values.shape[2] - 1):
            busy = min(c - 1, servers) if r == 0 else servers + r
            queue, work, _ = closing_minutes(busy, c - 1 - busy if r == 0 else c - 1, max(1, servers), service)
            values[first, r, c], values[first + 1, r, c] = queue, work


@compiled
def _back(
    old: Floats, new: Floats, servers: int, stay: Floats, up: Floats, down: Floats, across: Floats
) -> None:  # fmt: skip
    """One jump backwards: new = P old."""
    rows, width = old.shape
    for r in range(rows):
        row, last = np.uint64(r), np.uint64(width - 1)
        if r == 0:
            for c in range(ONE, last):
                moved = up[row, c] * old[row, c + ONE] + down[row, c] * old[row, c - ONE]
                new[row, c] = stay[row, c] * old[row, c] + moved
        else:
            shift, above = np.uint64(servers if r == 1 else 0), row - ONE
            for c in range(ONE, last - shift):
                moved = up[row, c] * old[row, c + ONE] + down[row, c] * old[row, c - ONE]
                new[row, c] = stay[row, c] * old[row, c] + moved + across[row, c] * old[above, c + shift]


@compiled
def _add(target: Floats, source: Floats, weight: float) -> None:
    for r in range(target.shape[0]):
        row = np.uint64(r)
        for c in range(np.uint64(target.shape[1])):
            target[row, c] += weight * source[row, c]
