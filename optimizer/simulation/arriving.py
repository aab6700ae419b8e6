"""Customers who come in, take advice, fill in forms and join a line."""

from math import exp, inf

import numpy as np
from numpy.typing import NDArray

from optimizer.compilation import inlined
from optimizer.simulation.arrays import NONE, HallArrays
from optimizer.simulation.indices import natural
from optimizer.simulation.records import (
    AMOUNT,
    ARRIVALS,
    BALKING,
    BUSYNESS,
    CLASS,
    DESK,
    DESK_END,
    DESK_TIME,
    FOLLOW,
    GAP,
    GONE,
    INSIDE,
    JOIN,
    LEAVE,
    NEEDS_FORM,
    NO_SHOWS,
    RECORDS,
    SERVED,
    TICKETS,
    TURN_AWAY,
    TURNED_AWAY,
    WAITS,
    Given,
    Log,
    Workspace,
    note,
    period_of,
    post,
    take,
    visit_key,
)
from optimizer.simulation.streams import child, gamma, uniform


@inlined
def come_in(hall: HallArrays, work: Workspace, given: Given, day: np.uint64) -> int:
    """Everybody who comes on the day, in order; returns how many, or -1 where there is no room."""
    room = len(work.moment)
    if len(given.moment) > 0:
        if len(given.moment) > room:
            return -1
        for k in range(len(given.moment)):
            work.moment[k] = given.moment[k]
            work.kind[k] = given.kind[k]
            work.key[k] = child(day, k + 1)
        return len(given.moment)
    whole = child(day, 0)
    factor = gamma(1 / hall.scv, whole, BUSYNESS) * hall.scv if hall.scv > 0 else 1.0
    classes, count, slot, moment = hall.keep.shape[1], 0, 0, 0.0
    while True:
        key = child(day, count + 1)
        need = take(hall, hall.gap, key, GAP)
        while slot < len(hall.rates):
            rate = hall.rates[slot] * factor
            left = rate * ((slot + 1) * hall.period - moment)
            if need < left:
                moment += need / rate
                break
            need -= left
            slot += 1
            moment = slot * hall.period
        if slot == len(hall.rates):
            return count
        if count == room:
            return -1
        place = uniform(key, CLASS) * classes
        drawn_class = natural(int(place))
        if place - drawn_class >= hall.keep[slot, drawn_class]:
            drawn_class = hall.other[slot, drawn_class]
        work.moment[count] = moment
        work.kind[count] = drawn_class
        work.key[count] = key
        count += 1


@inlined
def follows(hall: HallArrays, work: Workspace, k: int, week: int) -> bool:
    """Whether a customer is advised to go elsewhere, and goes."""
    c, key = natural(work.kind[k]), work.key[k]
    if hall.sent_to[c] == NONE:
        return False
    threshold = hall.when_waiting[c]
    if threshold > 0 and work.waiting[hall.meant[c]] < threshold:
        return False
    return uniform(key, FOLLOW) < hall.follow[c, week] and take(hall, hall.amount[c], key, AMOUNT) <= hall.ceiling[c]


@inlined
def take_up(
    hall: HallArrays, work: Workspace, totals: NDArray[np.float64], log: Log, k: int, s: int, now: float
) -> int:
    """A customer on the way to a station: at once there, at the form desk before, or out of the hall.

    Returns the customer if it is there.
    """
    v = natural(hall.visit[natural(work.kind[k]), s])
    work.at[k] = v
    work.turn[k] = 0
    slot = period_of(hall, now)
    if hall.remote[s]:
        totals[v, ARRIVALS, min(slot, len(hall.rates) - 1)] += 1
        totals[v, SERVED, slot] += 1
        work.counts[INSIDE] -= 1
        note(log, work, now, LEAVE, k, s, work.kind[k])
        return NONE
    if hall.desk[v] != NONE and uniform(work.key[k], NEEDS_FORM) < hall.form[v, 0]:
        minutes = take(hall, hall.desk[v], visit_key(hall, work, k), DESK_TIME)
        totals[v, DESK, slot] += minutes
        post(work, now + minutes, DESK_END, k)
        return NONE
    return k


@inlined
def dead_numbers(hall: HallArrays, work: Workspace, key: np.uint64, v: int) -> tuple[int, int]:
    """Numbers of people who left, before the customer's own, and more of the customer's, behind it."""
    mean, share = hall.tickets[v, 0], hall.tickets[v, 1]
    more = int(mean) - 1
    if uniform(key, TICKETS) < mean - int(mean):
        more += 1
    left = 0
    if share > 0:
        own, draw = child(key, NO_SHOWS), 0
        for _ in range(more + 1):
            while uniform(own, draw) < share:
                left += 1
                draw += 1
            draw += 1
    return left, more


@inlined
def dead_number(hall: HallArrays, work: Workspace, k: int, now: float) -> None:
    """Put a number that nobody will answer behind those who wait with customer k's."""
    new, v = work.counts[RECORDS], work.at[k]
    work.counts[RECORDS] = new + 1
    work.counts[INSIDE] += 1
    work.kind[new] = -1 - work.kind[k]
    work.at[new] = v
    work.state[new] = WAITS
    work.joined[new] = now
    work.deadline[new] = inf
    work.waiting[hall.station[v]] += 1
    line_up(work, hall.line[v], new, False)


@inlined
def line_up(work: Workspace, line: int, k: int, in_front: bool) -> None:
    """Put a customer or number at the end of a line, or at its head."""
    if in_front:
        work.behind[k] = work.head[line]
        if work.head[line] == NONE:
            work.tail[line] = k
        work.head[line] = k
        return
    work.behind[k] = NONE
    if work.head[line] == NONE:
        work.head[line] = k
    else:
        work.behind[natural(work.tail[line])] = k
    work.tail[line] = k


@inlined
def join(hall: HallArrays, work: Workspace, totals: NDArray[np.float64], log: Log, k: int, now: float) -> bool:
    """A customer takes a number at the station of the visit, or turns away; returns whether there was room."""
    v = natural(work.at[k])
    s, key, door_open = natural(hall.station[v]), visit_key(hall, work, k), now < hall.closing
    slot = min(period_of(hall, now), len(hall.rates) - 1)
    totals[v, ARRIVALS, slot] += 1
    if door_open and hall.watched[s]:
        full = work.waiting[s] + work.busy[s] >= hall.capacity[s]
        if not full and hall.balking[v] < 0 and work.waiting[s] > 0:
            full = uniform(key, BALKING) > exp(hall.balking[v] * work.waiting[s])
        if full:
            totals[v, TURNED_AWAY, slot] += 1
            work.state[k] = GONE
            work.counts[INSIDE] -= 1
            note(log, work, now, TURN_AWAY, k, s, work.kind[k])
            return True
    note(log, work, now, JOIN, k, s, work.kind[k])
    left, more = 0, 0
    if hall.tickets[v, 0] > 1 or hall.tickets[v, 1] > 0:
        left, more = dead_numbers(hall, work, key, v)
        if work.counts[RECORDS] + left + more > len(work.moment):
            return False
    for _ in range(left):
        dead_number(hall, work, k, now)
    work.state[k] = WAITS
    work.joined[k] = now
    work.deadline[k] = inf
    work.again[k] = False
    work.waiting[s] += 1
    line_up(work, natural(hall.line[v]), k, False)
    for _ in range(more):
        dead_number(hall, work, k, now)
    return True
