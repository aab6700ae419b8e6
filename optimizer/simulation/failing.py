"""Servers that break down and are repaired."""

from math import inf
from math import log as logarithm

import numpy as np
from numpy.typing import NDArray

from optimizer.compilation import inlined
from optimizer.simulation.arrays import NONE, HallArrays
from optimizer.simulation.arriving import line_up
from optimizer.simulation.records import (
    AT_HEAD,
    COMES_BACK,
    DOWN,
    FAILURE,
    IDLE,
    REPAIRED,
    UNITS,
    WAITS,
    Log,
    Workspace,
    note,
    post,
    spread,
    take,
    visit_key,
)
from optimizer.simulation.streams import child, uniform


@inlined
def station_of_unit(hall: HallArrays, unit: int) -> int:
    """Station that a unit stands at."""
    s = 0
    while hall.units[s, 1] <= unit:
        s += 1
    return s


@inlined
def unit_minutes(hall: HallArrays, work: Workspace, day: np.uint64, unit: int, s: int, down: bool) -> float:
    """Time until a unit is repaired, or fails."""
    key = child(child(child(day, 0), UNITS), unit)
    draw = work.clock[unit]
    work.clock[unit] = draw + 1
    if down:
        return take(hall, hall.repair[s], key, draw)
    return -logarithm(uniform(key, draw)) / hall.failure[s]


@inlined
def fail(
    hall: HallArrays, work: Workspace, occupied: NDArray[np.float64], log: Log, day: np.uint64, unit: int, s: int,
    now: float,
) -> tuple[int, int]:  # fmt: skip
    """A unit breaks down; returns its customer, or none, who goes to a station, or stands at the head of the line."""
    k = work.user[unit]
    work.user[unit] = DOWN
    work.servers[s] -= 1
    dead = k != IDLE and work.kind[k] < 0
    note(log, work, now, FAILURE, -1 - k if dead else k, s, work.servers[s])
    post(work, now + unit_minutes(hall, work, day, unit, s, True), REPAIRED, unit)
    if k == IDLE:
        return NONE, NONE
    work.busy[s] -= 1
    spread(hall, occupied[s], work.begun[k], now)
    v, c = work.at[k], work.kind[k]
    work.ends[k] = inf
    advised = c >= 0 and work.sent[k] and s == hall.sent_to[c]
    if advised and uniform(visit_key(hall, work, k), COMES_BACK) < hall.come_back[v]:
        work.sent[k] = False
        return k, hall.meant[c]
    work.state[k] = WAITS
    work.deadline[k] = inf
    work.waiting[s] += 1
    line_up(work, hall.line[v], k, True)
    if c < 0:
        return NONE, NONE
    work.turn[k] += 2
    work.begun[k] = now
    work.again[k] = True
    return k, AT_HEAD


@inlined
def unit_changes(
    hall: HallArrays, work: Workspace, occupied: NDArray[np.float64], log: Log, day: np.uint64, fails: bool, unit: int,
    now: float,
) -> tuple[int, int, int]:  # fmt: skip
    """A unit fails or is repaired; returns its customer, or none, where that one goes, and the station."""
    s = station_of_unit(hall, unit)
    if fails:
        customer, goes_to = fail(hall, work, occupied, log, day, unit, s, now)
        return customer, goes_to, s
    work.user[unit] = IDLE
    work.servers[s] += 1
    note(log, work, now, REPAIRED, NONE, s, work.servers[s])
    post(work, now + unit_minutes(hall, work, day, unit, s, False), FAILURE, unit)
    return NONE, NONE, s
