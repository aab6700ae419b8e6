"""One person's cheapest schedule, compiled: a dynamic program over days, from the last to the first.

A state says what the rules need to know of the days before: the phase (so many days off in a row, or the last kind
and so many days worked in a row), weekends worked, shifts of the counted kinds, and working time. Its value is the
least cost of the days to come. Axes: day, phase, weekends, counts, time. Time is the last axis, because one move
shifts all of it by the same step, which runs on vector registers.

Phases: 0 .. least_off - 1 are days off in a row less one (the last: enough of them); then kinds by ``follower``,
and for each 1 .. longest days worked in a row.
"""

import numpy as np
from numpy.typing import NDArray

from optimizer.compilation import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

OFF = -1
"""Move of a day without a shift."""
DAYS, LEAST_OFF, LEAST_RUN, LONGEST, LIMITED, BEFORE, WEEKENDS, TIME, CAPPED = range(9)
"""Places in ``limits``: days; least days off and worked in a row; longest run kept; whether a run may not be longer;
days worked in a row before the first; most weekends; most (or, if not capped, least) time units; whether time has a
most."""


@compiled
def can_rest(phase: int, day: int, limits: Ints) -> bool:
    """Whether the day after ``phase`` may be off: the run is long enough, or began before the first day."""
    if phase < limits[LEAST_OFF]:
        return True
    run = (phase - limits[LEAST_OFF]) % limits[LONGEST] + 1
    return bool(run >= limits[LEAST_RUN] or run >= limits[BEFORE] + day)


@compiled
def rested(phase: int, limits: Ints) -> int:
    """Phase after one more day off."""
    return min(phase + 1, limits[LEAST_OFF] - 1) if phase < limits[LEAST_OFF] else 0


@compiled
def worked(phase: int, move: int, limits: Ints, follower: Ints, follows: Bools) -> int:
    """Phase after a shift, or -1 if the rules forbid it there."""
    base = limits[LEAST_OFF] + follower[move] * limits[LONGEST]
    if phase < limits[LEAST_OFF]:
        return int(base) if phase == limits[LEAST_OFF] - 1 else -1
    before, run = divmod(phase - limits[LEAST_OFF], limits[LONGEST])
    if not follows[before, move] or (run + 1 == limits[LONGEST] and limits[LIMITED]):
        return -1
    return int(base + min(run + 1, limits[LONGEST] - 1))


@compiled
def begun_before(phase: int, limits: Ints) -> int:
    """Phase after a shift on the first day, by the days worked in a row before it; -1 if they are too many already."""
    run = limits[BEFORE] + 1
    if phase < 0 or (limits[LIMITED] and run > limits[LONGEST]):
        return -1
    return int(phase + min(run, limits[LONGEST]) - 1)


@compiled
def weekends_begun(phase: int, weekend: int, limits: Ints) -> int:
    """1 if a shift after ``phase`` begins a weekend with work.

    ``weekend`` is 0 on other days, 1 on the first day of a weekend, 2 on the second.
    """
    return 1 if weekend == 1 or (weekend == 2 and phase < limits[LEAST_OFF]) else 0


@compiled
def take_move(into: Floats, later: Floats, price: float, step: int, capped: bool) -> None:
    """Lower values to what a move of so many time units yields."""
    size = len(into)
    for t in range(size - step):
        into[t] = min(into[t], price + later[t + step])
    if not capped:
        for t in range(max(size - step, 0), size):
            into[t] = min(into[t], price + later[size - 1])


@compiled
def fill_values(
    values: Floats,
    prices: Floats,
    off: Floats,
    weekend: Ints,
    step: Ints,
    follower: Ints,
    follows: Bools,
    counted: Ints,
    limits: Ints,
) -> None:
    """Least cost of the days to come, of every state that can be reached.

    Args:
        values: Filled; axes (day, phase, weekends, counts, time); of the day after the last, what the caller says.
        prices: Of a move on a day; infinite if not permitted. Axes (day, move).
        off: Of a day off; infinite if not permitted. Axis day.
        weekend: 0, 1 or 2, as in ``weekends_begun``. Axis day.
        step: Time units of a move.
        follower: Which row of ``follows`` holds after a move.
        follows: Whether a move may follow. Axes (follower, move).
        counted: Counts after a move; -1: too many. Axes (move, counts).
        limits: See the places above.
    """
    phases, weekends, counts, _ = values.shape[1:]
    capped = limits[CAPPED] != 0
    for day in range(limits[DAYS] - 1, 0, -1):
        for phase in range(phases):
            here = values[day, phase]
            here[:] = np.inf
            if off[day] < np.inf and can_rest(phase, day, limits):
                here[:] = off[day] + values[day + 1, rested(phase, limits)]
            begun = weekends_begun(phase, weekend[day], limits)
            for move in range(len(step)):
                price = prices[day, move]
                after = worked(phase, move, limits, follower, follows) if price < np.inf else -1
                if after < 0:
                    continue
                for w in range(weekends - begun):
                    for c in range(counts):
                        then = counted[move, c]
                        if then >= 0:
                            take_move(here[w, c], values[day + 1, after, w + begun, then], price, step[move], capped)


@compiled
def cheapest_moves(
    values: Floats,
    prices: Floats,
    off: Floats,
    weekend: Ints,
    step: Ints,
    follower: Ints,
    follows: Bools,
    counted: Ints,
    limits: Ints,
    moves: Ints,
) -> float:
    """Cost of the cheapest schedule, infinite if there is none; ``moves`` is filled with it. Arguments as above."""
    top = values.shape[4] - 1
    phase, w, c, t = limits[LEAST_OFF] - 1, 0, 0, 0
    total = 0.0
    for day in range(limits[DAYS]):
        best, chosen, to = np.inf, OFF, phase
        if can_rest(phase, day, limits):
            to = limits[LEAST_OFF] - 1 if day == 0 else rested(phase, limits)
            best = off[day] + values[day + 1, to, w, c, t]
        begun = weekends_begun(phase, weekend[day], limits)
        for move in range(len(step)):
            if prices[day, move] == np.inf or w + begun >= values.shape[2]:
                continue
            after = worked(phase, move, limits, follower, follows)
            if day == 0:
                after = begun_before(after, limits)
            then = counted[move, c]
            until = t + step[move]
            if after < 0 or then < 0 or (until > top and limits[CAPPED]):
                continue
            value = prices[day, move] + values[day + 1, after, w + begun, then, min(until, top)]
            if value < best:
                best, chosen, to = value, move, after
        if best == np.inf:
            return np.inf
        moves[day] = chosen
        if day == 0:
            total = best
        if chosen != OFF:
            w += begun
            c = counted[chosen, c]
            t = min(t + step[chosen], top)
        phase = to
    return total


@compiled
def list_moves(
    values: Floats,
    prices: Floats,
    off: Floats,
    weekend: Ints,
    step: Ints,
    follower: Ints,
    follows: Bools,
    counted: Ints,
    limits: Ints,
    most: float,
    found: Ints,
) -> int:
    """All schedules that cost at most ``most``, one a row of ``found``; how many, or -1 if they do not fit in.

    A walk through the days, that turns back where the least cost of the days to come is too much. Other arguments as
    above.
    """
    days, top = limits[DAYS], values.shape[4] - 1
    state = np.zeros((days + 1, 4), dtype=np.int64)
    state[0, 0] = limits[LEAST_OFF] - 1
    move = np.full(days + 1, OFF)
    spent = np.zeros(days + 1)
    rows, day = 0, 0
    while day >= 0:
        if day == days:
            if rows == len(found):
                return -1
            found[rows] = move[:days] - 1
            rows, day = rows + 1, day - 1
            continue
        tried = move[day]
        move[day] += 1
        if tried == len(step):
            day -= 1
            continue
        phase, w, c, t = state[day]
        if tried == OFF:
            price = off[day] if can_rest(phase, day, limits) else np.inf
            after = limits[LEAST_OFF] - 1 if day == 0 else rested(phase, limits)
        else:
            price = prices[day, tried]
            after = worked(phase, tried, limits, follower, follows)
            if day == 0:
                after = begun_before(after, limits)
            w += weekends_begun(phase, weekend[day], limits)
            c = counted[tried, c]
            t += step[tried]
        if price == np.inf or after < 0 or c < 0 or w >= values.shape[2] or (t > top and limits[CAPPED]):
            continue
        t = min(t, top)
        spent[day + 1] = spent[day] + price
        if spent[day + 1] + values[day + 1, after, w, c, t] <= most:
            state[day + 1] = (phase, w, c, t)
            state[day + 1, 0] = after
            move[day + 1] = OFF
            day += 1
    return rows
