"""One day of a hall, event by event: what happened, to whom, and how full the place was after it."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from optimizer.problem import Branch, Policy
from optimizer.simulation import records as kernel
from optimizer.simulation.arrays import NONE, HallArrays, hall_arrays
from optimizer.simulation.branch_hall import branch_hall
from optimizer.simulation.hall import Hall
from optimizer.simulation.moments import Groups, follow_one
from optimizer.simulation.quarter import refuse_unfit, seed_of
from optimizer.simulation.records import Log, Workspace, workspace
from optimizer.simulation.replications import HallDays, no_prices


class Happening(StrEnum):
    """What can happen in a hall."""

    COMES_IN = "comes in"
    FILLS_IN_FORM = "has filled in a form"
    TAKES_NUMBER = "takes a number"
    DEAD_NUMBER = "a number is taken that nobody will answer"
    TURNS_AWAY = "turns away"
    GIVES_UP = "gives up"
    IS_CALLED = "is called"
    CALLED_IN_VAIN = "a number is called in vain"
    IS_SERVED = "has been served"
    CALLS_END = "the calls in vain end"
    LEAVES = "leaves"
    SERVERS_CHANGE = "servers change"
    FAILS = "a server fails"
    IS_REPAIRED = "a server is repaired"


HAPPENINGS = {
    kernel.JOIN: Happening.TAKES_NUMBER, kernel.DESK_END: Happening.FILLS_IN_FORM,
    kernel.TURN_AWAY: Happening.TURNS_AWAY, kernel.GIVE_UP: Happening.GIVES_UP, kernel.START: Happening.IS_CALLED,
    kernel.END: Happening.IS_SERVED, kernel.LEAVE: Happening.LEAVES, kernel.SERVERS: Happening.SERVERS_CHANGE,
    kernel.FAILURE: Happening.FAILS, kernel.REPAIRED: Happening.IS_REPAIRED,
}  # fmt: skip
ABOUT_SERVERS = (kernel.SERVERS, kernel.FAILURE, kernel.REPAIRED)
OF_DEAD_NUMBERS = {kernel.START: Happening.CALLED_IN_VAIN, kernel.END: Happening.CALLS_END}


class Fullness(NamedTuple):
    """How full a station is."""

    waiting: int = 0
    """Customers who wait."""
    dead_numbers: int = 0
    """Numbers in the line that nobody will answer; they stand on the display with the customers'."""
    in_service: int = 0
    """Servers at work, calls in vain included."""
    servers: int = 0


class HallEvent(NamedTuple):
    """An event and what it leaves behind."""

    moment: float
    """[minutes from opening]"""
    happening: Happening
    customer: int | None
    """In the order of coming, from 1; None: it is about no customer."""
    of_class: str | None
    station: str | None
    """None: the door."""
    after: Fullness | None
    """The station after the event."""


@dataclass(frozen=True)
class HallDay:
    """What happened in a hall on one day."""

    closing: float
    """[minutes from opening]"""
    customers: int
    events: tuple[HallEvent, ...]

    def at(self, station: str) -> tuple[HallEvent, ...]:
        """What happened at a station."""
        return tuple(event for event in self.events if event.station == station)


def simulated_day(branch: Branch, policy: Policy, day_type: str, seed: int) -> HallDay:
    """The first of the days of a type that ``simulate`` follows with this seed.

    Raises:
        DataRefused: where the policy does not fit the branch.
    """
    refuse_unfit(branch, policy)
    return follow_events(branch_hall(branch, policy, day_type), seed_of(seed, list(branch.day_types).index(day_type)))


def follow_events(hall: Hall, seed: int, index: int = 0) -> HallDay:
    """Follow the ``index``-th day of a seed and write down what happens; giving up stands at its moment."""
    (groups,) = Groups.of(hall)
    days = HallDays(hall, seed, no_prices(hall), (), groups)
    arrays, day = hall_arrays(hall, watched=True), days.room_for_one()
    log, work = _log(0), workspace(arrays, days.room)
    while True:
        ending = follow_one(
            arrays, work, day, groups.of_visit, days.prices, log, kernel.NONE_GIVEN, np.uint64(seed), index
        )
        if ending != kernel.DONE:
            work = days.workspace_after(ending, work)
        elif (written := int(work.counts[kernel.WRITTEN])) > len(log.moment):
            log = _log(written)
        else:
            break
    log = _with_changes(log, arrays)
    came = [_coming(hall, log, work, k) for k in range(int(np.sum(work.kind[: work.counts[kernel.RECORDS]] >= 0)))]
    came.sort(key=lambda coming: coming[0])
    counted = list(_counted(hall, log, _dead_numbers(arrays.station, log, work)))
    return HallDay(hall.closing, len(came), tuple(_merged(came, counted)))


def _log(size: int) -> Log:
    return Log(np.empty(size), *(np.empty(size, dtype=np.int64) for _ in range(4)))


def _with_changes(log: Log, arrays: HallArrays) -> Log:
    """The log, and the changes of servers after the last customer has left."""
    left = slice(int(np.sum(log.event == kernel.SERVERS)), None)
    nobody = np.full_like(arrays.change_station[left], NONE)
    changes = (arrays.change_moment[left], np.full_like(nobody, kernel.SERVERS), nobody, arrays.change_station[left],
               arrays.change_servers[left])  # fmt: skip
    return Log(*(np.concatenate(pair) for pair in zip(log, changes, strict=True)))


def _coming(hall: Hall, log: Log, work: Workspace, k: int) -> tuple[int, HallEvent]:
    """A customer who comes in, and the place in the log before what happens to the customer then."""
    moment = float(work.moment[k])
    place = bisect_left(log.moment, moment)
    while log.moment[place] == moment and log.customer[place] != k:
        place += 1
    return place, HallEvent(moment, Happening.COMES_IN, k + 1, hall.classes[work.kind[k]].name, None, None)


def _dead_numbers(station_of_visit: np.ndarray, log: Log, work: Workspace) -> dict[int, int]:
    """How many numbers that nobody will answer are taken together with the one of an entry of the log.

    They are not in the log, and their records last all day; whoever joins takes them one after the other.
    """
    records = int(work.counts[kernel.RECORDS])
    dead = [k for k in range(records) if work.kind[k] < 0]
    taken: dict[int, int] = {}
    for place in np.flatnonzero(log.event == kernel.JOIN):
        while dead and work.joined[dead[0]] == log.moment[place]:
            if station_of_visit[work.at[dead[0]]] != log.station[place]:
                break
            taken[int(place)] = taken.get(int(place), 0) + 1
            dead.pop(0)
    return taken


def _counted(hall: Hall, log: Log, dead: dict[int, int]) -> Iterator[list[HallEvent]]:
    """The events of each entry of the log."""
    full = [Fullness() for _ in hall.stations]
    waits = _waits_again(log)
    for place in range(len(log.moment)):
        code, who, s, number = (int(column[place]) for column in log[1:])
        if hall.stations[s].remote and code == kernel.SERVERS:
            yield []
            continue
        full[s] = _after(full[s], code, who, number, place in waits)
        events = [_event(hall, log, place, full[s])]
        for _ in range(dead.get(place, 0)):
            full[s] = full[s]._replace(dead_numbers=full[s].dead_numbers + 1)
            events.append(HallEvent(*events[0][:1], Happening.DEAD_NUMBER, None, *events[0][3:5], full[s]))
        yield events


def _event(hall: Hall, log: Log, place: int, after: Fullness) -> HallEvent:
    code, who, s, number = (int(column[place]) for column in log[1:])
    return HallEvent(
        moment=float(log.moment[place]),
        happening=(OF_DEAD_NUMBERS.get(code) if who < NONE else None) or HAPPENINGS[code],
        customer=who + 1 if who >= 0 else None,
        of_class=None if code in ABOUT_SERVERS else hall.classes[number].name,
        station=hall.stations[s].name,
        after=after,
    )


def _after(before: Fullness, code: int, who: int, number: int, waits: bool) -> Fullness:
    """A station after an entry of the log."""
    line = -1 if code in (kernel.START, kernel.GIVE_UP) else int(code == kernel.JOIN or waits)
    ends = code == kernel.END or (code == kernel.FAILURE and who != NONE)
    return Fullness(
        waiting=before.waiting + (line if who >= 0 else 0),
        dead_numbers=before.dead_numbers + (line if who < NONE else 0),
        in_service=before.in_service + int(code == kernel.START) - int(ends),
        servers=number if code in ABOUT_SERVERS else before.servers,
    )


def _waits_again(log: Log) -> set[int]:
    """Failures whose customer goes back to the line, not elsewhere: what happens next to the customer is there."""
    failures = {int(place) for place in np.flatnonzero(log.event == kernel.FAILURE) if log.customer[place] != NONE}
    return {place for place in failures if _next_is_there(log, place)}


def _next_is_there(log: Log, place: int) -> bool:
    later = place + 1 + np.flatnonzero(log.customer[place + 1 :] == log.customer[place])
    return bool(log.station[later[0]] == log.station[place] and log.event[later[0]] != kernel.JOIN)


def _merged(came: list[tuple[int, HallEvent]], counted: list[list[HallEvent]]) -> Iterator[HallEvent]:
    """All events in their order."""
    next_in = iter([*came, (len(counted) + 1, None)])
    place, coming = next(next_in)
    for at, events in enumerate(counted):
        while coming is not None and place <= at:
            yield coming
            place, coming = next(next_in)
        yield from events
