"""What is kept of the customers of one day while it runs, and what can happen to them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.compilation import inlined
from optimizer.simulation.arrays import HallArrays
from optimizer.simulation.heap import push
from optimizer.simulation.indices import natural
from optimizer.simulation.streams import child, drawn

ARRIVALS, WAITING, ABANDONED, TURNED_AWAY, SERVED, DESK, PITCHES, FORMS, LOST, WITHIN = range(10)
"""Measures of a visit by period; the slot after the last period is the time after closing.

Waiting is customer-minutes where they pass, giving up and turning away count where they happen; arrivals, and those
served within each limit (from ``WITHIN`` on), in the period of joining, after closing in the last. ``DESK`` is minutes
at the form desk. ``SERVED`` counts at the end of the service, ``PITCHES`` and ``FORMS``, those filled in at the window,
at its start.
``LOST`` is left for the sum of those who give up or turn away."""

DONE, NO_ROOM, STUCK = range(3)
"""How a day ends: all have gone; it needs a larger workspace; somebody waits for ever."""

END, GIVE_UP, DESK_END, FAILURE, REPAIRED = range(5)
KINDS = 8
"""An event's code is its kind plus so many times the customer or unit it is about."""

# Events written down, beside those above.
JOIN, TURN_AWAY, START, LEAVE, SERVERS = range(5, 10)

GAP, CLASS, AMOUNT, FOLLOW, NEEDS_FORM, FORM_WRONG, ASSISTANCE = range(7)
"""What is drawn once for a customer."""
VISITS = 16
"""Keys below a customer's that are beyond those of what is drawn once belong to the visits."""
PATIENCE, SERVICE, BALKING, TICKETS, DESK_TIME, COMES_BACK, NO_SHOWS, EXTRAS = range(8)
"""What is drawn at each visit; numbers not answered and extras from a key of their own."""
BUSYNESS, WEEK, UNITS = range(3)
"""What is drawn for a day."""

WAITS, IN_SERVICE, GONE = range(3)


class Workspace(NamedTuple):
    """Records of one day; axes are customers and dead numbers N, events to come, lines, stations, units."""

    moment: NDArray[np.float64]
    """When a customer comes in."""
    kind: NDArray[np.int64]
    """Class of a customer; below 0 for a dead number."""
    key: NDArray[np.uint64]
    at: NDArray[np.int64]
    """Visit that a customer is at."""
    turn: NDArray[np.int64]
    """Twice the failures of servers under the customer at this visit, and one more once the form was wrong."""
    state: NDArray[np.int64]
    joined: NDArray[np.float64]
    deadline: NDArray[np.float64]
    begun: NDArray[np.float64]
    """When the service began, or the wait of one whose server failed."""
    ends: NDArray[np.float64]
    sent: NDArray[np.bool_]
    """Whether a customer follows the advice."""
    again: NDArray[np.bool_]
    """Whether a customer waits once more, the server having failed."""
    unit: NDArray[np.int64]
    behind: NDArray[np.int64]
    """Next in line."""
    events: NDArray[np.float64]
    codes: NDArray[np.int64]
    head: NDArray[np.int64]
    tail: NDArray[np.int64]
    waiting: NDArray[np.int64]
    """Numbers waiting; axis S. Kept at stations that are watched."""
    busy: NDArray[np.int64]
    """In service; axis S."""
    servers: NDArray[np.int64]
    user: NDArray[np.int64]
    """Customer at a unit, none, or that it is down; axis unit."""
    clock: NDArray[np.int64]
    """Numbers drawn for a unit."""
    counts: NDArray[np.int64]
    """Size of the heap, records in use, customers and numbers inside, events written down."""


IN_LINE, AT_HEAD = -2, -3
"""Where one goes who is at the station already: to the end of the line, or was put at its head."""
MARGIN = 8
"""Events that one event may add beside services that start, and more."""
HEAP, RECORDS, INSIDE, WRITTEN = range(4)
IDLE, DOWN = -1, -2


class Log(NamedTuple):
    """Events of one day written down; of length 0: none are."""

    moment: NDArray[np.float64]
    event: NDArray[np.int64]
    customer: NDArray[np.int64]
    """A number below -1 is a dead one, -1 nobody; at a failure the one whose server fails."""
    station: NDArray[np.int64]
    number: NDArray[np.int64]
    """Class of the customer; servers where these change."""


class Given(NamedTuple):
    """Customers of a log instead of random ones; of length 0: random."""

    moment: NDArray[np.float64]
    """Ascending [minutes from opening]."""
    kind: NDArray[np.int64]
    """Class."""
    service: NDArray[np.float64]
    """Service time at the station last on the customer's own way [minutes]; not a number: drawn."""


def workspace(hall: HallArrays, room: int) -> Workspace:
    """Room for so many customers and dead numbers."""
    n, lines, stations, units = room, len(hall.advance), len(hall.remote), max(1, int(hall.units[-1, 1]))
    events = 2 * n + 2 * units + spare_events(hall)

    def floats(size: int) -> NDArray[np.float64]:
        return np.empty(size)

    def ints(size: int) -> NDArray[np.int64]:
        return np.empty(size, dtype=np.int64)

    return Workspace(
        floats(n), ints(n), np.empty(n, dtype=np.uint64), ints(n), ints(n), ints(n), floats(n), floats(n), floats(n),
        floats(n), np.empty(n, dtype=np.bool_), np.empty(n, dtype=np.bool_), ints(n), ints(n),
        floats(events), ints(events), ints(lines), ints(lines), ints(stations), ints(stations),
        ints(stations), ints(units), ints(units), ints(4),
    )  # fmt: skip


NO_LOG = Log(np.empty(0), *(np.empty(0, dtype=np.int64) for _ in range(4)))
NONE_GIVEN = Given(np.empty(0), np.empty(0, dtype=np.int64), np.empty(0))


@inlined
def spare_events(hall: HallArrays) -> int:
    """Events that one event may add: where servers change, all of them may start a service, at two stations."""
    most = 0
    for servers in hall.change_servers:
        most = max(most, servers)
    return MARGIN + 2 * most


@inlined
def take(hall: HallArrays, distribution: int, key: np.uint64, purpose: int) -> float:
    """A time or an amount from one of the hall's distributions."""
    index = natural(distribution)
    begin, end = hall.table[index]
    return drawn(
        hall.families[index], hall.parameters[index], hall.values[begin:end],
        hall.cumulative[begin:end], key, purpose,
    )  # fmt: skip


@inlined
def visit_key(hall: HallArrays, work: Workspace, k: int) -> np.uint64:
    """Key of a customer's turn at a station, whatever was visited before."""
    return child(work.key[k], VISITS + work.turn[k] * len(hall.remote) + hall.station[natural(work.at[k])])


@inlined
def note(log: Log, work: Workspace, moment: float, event: int, customer: int, station: int, number: int) -> None:
    """Write an event down, where events are."""
    written = work.counts[WRITTEN]
    if written < len(log.moment):
        log.moment[written] = moment
        log.event[written] = event
        log.customer[written] = customer
        log.station[written] = station
        log.number[written] = number
    work.counts[WRITTEN] = written + 1


@inlined
def post(work: Workspace, moment: float, kind: int, about: int) -> None:
    """Put an event among those to come."""
    work.counts[HEAP] = push(work.events, work.codes, work.counts[HEAP], moment, about * KINDS + kind)


@inlined
def period_of(hall: HallArrays, moment: float) -> int:
    """Period of a moment; the slot after the last from closing on."""
    return natural(min(int(moment / hall.period), len(hall.rates)))


@inlined
def spread(hall: HallArrays, row: NDArray[np.float64], begin: float, end: float) -> None:
    """Add the minutes from begin to end where they pass."""
    slot = period_of(hall, begin)
    last = len(hall.rates)
    while slot < last and (slot + 1) * hall.period < end:
        boundary = (slot + 1) * hall.period
        row[slot] += boundary - begin
        begin = boundary
        slot += 1
    row[slot] += end - begin
