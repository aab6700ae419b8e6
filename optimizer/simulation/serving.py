"""Customers who wait, give up, are called and served."""

from math import inf

import numpy as np
from numpy.typing import NDArray

from optimizer.compilation import inlined
from optimizer.simulation.arrays import NONE, HallArrays
from optimizer.simulation.arriving import follows
from optimizer.simulation.indices import natural
from optimizer.simulation.records import (
    ABANDONED,
    ASSISTANCE,
    END,
    EXTRAS,
    FORM_WRONG,
    FORMS,
    GIVE_UP,
    GONE,
    IDLE,
    IN_SERVICE,
    INSIDE,
    NEEDS_FORM,
    PATIENCE,
    PITCHES,
    SERVED,
    SERVICE,
    START,
    WAITING,
    WAITS,
    WITHIN,
    Given,
    Log,
    Workspace,
    note,
    period_of,
    post,
    spread,
    take,
    visit_key,
)
from optimizer.simulation.streams import child, uniform


@inlined
def lose_patience(hall: HallArrays, work: Workspace, k: int, now: float) -> None:
    """Set the moment when one who has joined and was not called at once gives up."""
    if work.state[k] != WAITS or work.deadline[k] < inf or now >= hall.closing:
        return
    v = natural(work.at[k])
    work.deadline[k] = now + take(hall, hall.patience[v], visit_key(hall, work, k), PATIENCE)
    if hall.watched[hall.station[v]] and work.deadline[k] < hall.closing:
        post(work, work.deadline[k], GIVE_UP, k)


@inlined
def waits_since(work: Workspace, k: int) -> float:
    """When a customer's present wait began: on joining, or when the server failed."""
    return work.begun[k] if work.again[k] else work.joined[k]


@inlined
def leave_line(hall: HallArrays, work: Workspace, totals: NDArray[np.float64], log: Log, k: int) -> None:
    """A customer gives up at the moment when patience ends."""
    v, moment = natural(work.at[k]), work.deadline[k]
    work.state[k] = GONE
    work.counts[INSIDE] -= 1
    spread(hall, totals[v, WAITING], waits_since(work, k), moment)
    totals[v, ABANDONED, period_of(hall, moment)] += 1
    note(log, work, moment, GIVE_UP, k, hall.station[v], work.kind[k])


@inlined
def first_in_line(
    hall: HallArrays, work: Workspace, totals: NDArray[np.float64], log: Log, line: int, now: float
) -> int:
    """First of a line who is still there."""
    k = work.head[line]
    while k != NONE:
        k = natural(k)
        if work.state[k] == WAITS:
            if not (work.deadline[k] <= now and work.deadline[k] < hall.closing):
                break
            s = natural(hall.station[natural(work.at[k])])
            if hall.watched[s]:
                work.waiting[s] -= 1
            leave_line(hall, work, totals, log, k)
        k = work.behind[k]
    work.head[line] = k
    return k


@inlined
def next_called(hall: HallArrays, work: Workspace, totals: NDArray[np.float64], log: Log, s: int, now: float) -> int:
    """Takes who is called next out of a station's lines; none where nobody waits."""
    called, best, best_line = NONE, inf, NONE
    for line in range(hall.lines[s, 0], hall.lines[s, 1]):
        k = first_in_line(hall, work, totals, log, line, now)
        if k != NONE:
            k = natural(k)
            since = work.joined[k] - hall.advance[line]
            if called == NONE or since < best:
                called, best, best_line = k, since, line
    if called != NONE:
        work.head[natural(best_line)] = work.behind[natural(called)]
        work.waiting[s] -= 1
    return called


@inlined
def start_service(
    hall: HallArrays, work: Workspace, totals: NDArray[np.float64], log: Log, given: Given, week: int, k: int,
    now: float,
) -> None:  # fmt: skip
    """The number called is served, or called in vain."""
    v = natural(work.at[k])
    s = natural(hall.station[v])
    work.state[k] = IN_SERVICE
    work.busy[s] += 1
    if work.kind[k] < 0:
        minutes = hall.tickets[v, 2]
        note(log, work, now, START, -1 - k, s, -1 - work.kind[k])
    else:
        since = waits_since(work, k)
        if now > since:
            spread(hall, totals[v, WAITING], since, now)
        if not work.again[k]:
            wait = now - since
            slot = min(period_of(hall, work.joined[k]), len(hall.rates) - 1)
            for index in range(hall.limits.shape[1]):
                if wait <= hall.limits[s, index]:
                    totals[v, WITHIN + index, slot] += 1
        minutes = service_minutes(hall, work, totals, given, week, k, now)
        note(log, work, now, START, k, s, work.kind[k])
    work.begun[k] = now
    work.ends[k] = now + minutes
    for unit in range(hall.units[s, 0], hall.units[s, 1]):
        if work.user[unit] == IDLE:
            work.user[unit] = k
            work.unit[k] = unit
            break
    post(work, work.ends[k], END, k)


@inlined
def service_minutes(
    hall: HallArrays, work: Workspace, totals: NDArray[np.float64], given: Given, week: int, k: int, now: float
) -> float:
    """Service time, with all that is added to it by what the customer needs and by the number left waiting."""
    v, c = natural(work.at[k]), natural(work.kind[k])
    s, key = natural(hall.station[v]), visit_key(hall, work, k)
    slot = period_of(hall, now)
    if len(given.moment) > 0 and hall.onward[c, s] == NONE and not work.sent[k] and not np.isnan(given.service[k]):
        minutes = given.service[k]
    else:
        minutes = take(hall, hall.service[v], key, SERVICE)
    for extra in range(hall.extras[v, 0], hall.extras[v, 1]):
        own = child(key, EXTRAS + extra - hall.extras[v, 0])
        if uniform(own, 0) < hall.extra_share[extra]:
            minutes += take(hall, hall.extra_time[extra], own, 1)
    if hall.form_below[v] > work.waiting[s] and uniform(work.key[k], NEEDS_FORM) < hall.form[v, 0]:
        minutes += hall.form[v, 1]
        totals[v, FORMS, slot] += 1
    if hall.pitch_below[v] > work.waiting[s]:
        minutes += hall.pitch[v]
        totals[v, PITCHES, slot] += 1
    if s == hall.adviser:
        work.sent[k] = follows(hall, work, k, week)
        if work.sent[k]:
            minutes += take(hall, hall.assistance[c], work.key[k], ASSISTANCE)
    return minutes


@inlined
def finish(
    hall: HallArrays, work: Workspace, totals: NDArray[np.float64], occupied: NDArray[np.float64], log: Log, k: int,
    now: float,
) -> tuple[int, int]:  # fmt: skip
    """The end of a service; returns the customer, or none, and the station where it goes next, or none: it leaves."""
    v = natural(work.at[k])
    s = natural(hall.station[v])
    work.busy[s] -= 1
    work.state[k] = GONE
    spread(hall, occupied[s], work.begun[k], now)
    if hall.units[s, 1] > hall.units[s, 0]:
        work.user[work.unit[k]] = IDLE
    c = work.kind[k]
    if c < 0:
        work.counts[INSIDE] -= 1
        note(log, work, now, END, -1 - k, s, -1 - c)
        return NONE, NONE
    c = natural(c)
    totals[v, SERVED, period_of(hall, now)] += 1
    note(log, work, now, END, k, s, c)
    wrong = hall.form[v, 2] if work.turn[k] % 2 == 0 else 0.0
    if wrong > 0 and uniform(work.key[k], FORM_WRONG) < wrong and uniform(work.key[k], NEEDS_FORM) < hall.form[v, 0]:
        return k, s
    if work.sent[k]:
        return k, hall.sent_to[c] if s == hall.adviser else NONE
    return k, hall.onward[c, s]


@inlined
def call(
    hall: HallArrays, work: Workspace, totals: NDArray[np.float64], log: Log, given: Given, week: int, s: int,
    now: float,
) -> None:  # fmt: skip
    """Free servers of a station call who is next, until no server is free or nobody waits."""
    while work.busy[s] < work.servers[s]:
        k = next_called(hall, work, totals, log, s, now)
        if k == NONE:
            break
        start_service(hall, work, totals, log, given, week, natural(k), now)
