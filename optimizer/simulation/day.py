"""One day of a hall, event by event.

At one moment services end and patience runs out first, then servers change, then customers come in. Nobody who is still
inside at closing is dropped: the door shuts, nobody gives up or turns away any more, and the day ends with the last
customer.
"""

from math import inf

import numpy as np
from numpy.typing import NDArray

from optimizer.compilation import event_loop, inlined
from optimizer.simulation.arrays import NONE, HallArrays
from optimizer.simulation.arriving import come_in, follows, join, take_up
from optimizer.simulation.failing import unit_changes, unit_minutes
from optimizer.simulation.heap import drop_first
from optimizer.simulation.indices import natural
from optimizer.simulation.records import (
    AT_HEAD,
    DESK_END,
    DONE,
    END,
    FAILURE,
    GIVE_UP,
    HEAP,
    IDLE,
    IN_LINE,
    IN_SERVICE,
    INSIDE,
    KINDS,
    LEAVE,
    NO_ROOM,
    RECORDS,
    SERVERS,
    STUCK,
    WAITS,
    WEEK,
    Given,
    Log,
    Workspace,
    note,
    post,
    spare_events,
)
from optimizer.simulation.serving import call, finish, first_in_line, leave_line, lose_patience
from optimizer.simulation.streams import child, uniform


@inlined
def clear(hall: HallArrays, work: Workspace, records: int) -> None:
    """An empty hall."""
    work.head[:] = NONE
    work.tail[:] = NONE
    work.waiting[:] = 0
    work.busy[:] = 0
    work.servers[:] = 0
    work.user[:] = IDLE
    work.clock[:] = 0
    work.counts[:] = 0
    work.counts[RECORDS] = records
    work.turn[:records] = 0
    work.sent[:records] = False


@inlined
def happens(
    hall: HallArrays, work: Workspace, totals: NDArray[np.float64], occupied: NDArray[np.float64], log: Log,
    day: np.uint64, code: int, now: float,
) -> tuple[int, int, int]:  # fmt: skip
    """An event takes place; returns the customer who goes on, or none, where to, and the station that may call."""
    kind, about = natural(code) % KINDS, natural(code // KINDS)
    if kind == END:
        if work.ends[about] != now or work.state[about] != IN_SERVICE:
            return NONE, NONE, NONE
        s = natural(hall.station[natural(work.at[about])])
        customer, goes_to = finish(hall, work, totals, occupied, log, about, now)
        if customer == NONE:
            return NONE, NONE, s
        if goes_to == s:
            work.turn[customer] += 1
            return customer, IN_LINE, s
        if goes_to == NONE:
            work.counts[INSIDE] -= 1
            note(log, work, now, LEAVE, customer, s, work.kind[customer])
            return NONE, NONE, s
        return customer, goes_to, s
    if kind == GIVE_UP:
        if work.state[about] == WAITS and work.deadline[about] == now:
            work.waiting[hall.station[work.at[about]]] -= 1
            leave_line(hall, work, totals, log, about)
        return NONE, NONE, NONE
    if kind == DESK_END:
        note(log, work, now, DESK_END, about, hall.station[work.at[about]], work.kind[about])
        return about, IN_LINE, NONE
    return unit_changes(hall, work, occupied, log, day, kind == FAILURE, about, now)


@inlined
def all_give_up(hall: HallArrays, work: Workspace, totals: NDArray[np.float64], log: Log) -> bool:
    """Whether nobody is left inside once those have gone whom nobody will call, and whose patience has an end."""
    for line in range(len(work.head)):
        first_in_line(hall, work, totals, log, line, inf)
    return work.counts[INSIDE] == 0


@inlined
def enters(hall: HallArrays, work: Workspace, week: int, customer: int) -> int:
    """A customer comes in; returns the station where the way begins."""
    work.counts[INSIDE] += 1
    kind = natural(work.kind[customer])
    if hall.adviser == NONE and follows(hall, work, customer, week):
        work.sent[customer] = True
        return hall.sent_to[kind]
    return hall.first[kind]


@event_loop
def follow_day(
    hall: HallArrays, work: Workspace, totals: NDArray[np.float64], occupied: NDArray[np.float64], log: Log,
    given: Given, seed: np.uint64, index: int,
) -> int:  # fmt: skip
    """Follow the ``index``-th day of a seed from opening to the last customer.

    Args:
        hall: The hall.
        work: Room for the records of a day; what it holds does not matter.
        totals: Measures by visit, measure and period with the time after closing; the day is added to it.
        occupied: Server-minutes by station and period with the time after closing; the day is added to it.
        log: Where events are written down.
        given: Customers of a log; none: random ones.
        seed: Seed of all days.
        index: Number of the day.

    Returns:
        DONE; NO_ROOM where the workspace is too small (nothing is added then that may be kept); STUCK where somebody
        would wait for ever.
    """
    day = child(seed, index)
    coming = come_in(hall, work, given, day)
    if coming < 0:
        return NO_ROOM
    clear(hall, work, coming)
    week = int(uniform(child(day, 0), WEEK) * hall.weeks)
    for s in range(len(hall.remote)):
        for unit in range(hall.units[s, 0], hall.units[s, 1]):
            post(work, unit_minutes(hall, work, day, unit, s, False), FAILURE, unit)
    came, changed, changes, spare = 0, 0, len(hall.change_moment), spare_events(hall)
    while came < coming or work.counts[INSIDE] > 0:
        if work.counts[HEAP] + spare > len(work.events):
            return NO_ROOM
        soonest = work.events[0] if work.counts[HEAP] > 0 else inf
        change = hall.change_moment[changed] if changed < changes else inf
        arrival = work.moment[came] if came < coming else inf
        customer, goes_to, called_at = NONE, NONE, NONE
        if soonest <= change and soonest <= arrival:
            if soonest == inf:
                return DONE if all_give_up(hall, work, totals, log) else STUCK
            now, code = soonest, work.codes[0]
            work.counts[HEAP] = drop_first(work.events, work.codes, work.counts[HEAP])
            customer, goes_to, called_at = happens(hall, work, totals, occupied, log, day, code, now)
        elif change <= arrival:
            now, called_at = change, hall.change_station[changed]
            work.servers[called_at] = hall.change_servers[changed]
            note(log, work, now, SERVERS, NONE, called_at, work.servers[called_at])
            changed += 1
        else:
            now, customer = arrival, natural(came)
            goes_to = enters(hall, work, week, customer)
            came += 1
        if customer != NONE and goes_to not in (IN_LINE, AT_HEAD):
            customer = take_up(hall, work, totals, log, natural(customer), natural(goes_to), now)
        joined_at = NONE
        if customer != NONE:
            customer = natural(customer)
            joined_at = natural(hall.station[natural(work.at[customer])])
            if goes_to != AT_HEAD and not join(hall, work, totals, log, customer, now):
                return NO_ROOM
        # Whoever joined may be called at once; then the server that has become free calls.
        for s in (joined_at, called_at):
            if s == NONE:
                continue
            call(hall, work, totals, log, given, week, natural(s), now)
            if s == joined_at:
                lose_patience(hall, work, natural(customer), now)
    return DONE
