"""A hall as arrays, which is all that the kernel reads."""

from itertools import accumulate
from math import inf, log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import InvalidParameterError
from optimizer.simulation.checks import check_hall
from optimizer.simulation.distributions import FAMILIES, Distribution
from optimizer.simulation.hall import CustomerClass, Hall, Station, Visit

NONE = -1
"""No station, no visit, no distribution."""


class HallArrays(NamedTuple):
    """A hall; axes are named class C, station S, visit V (of a class to a station), period T, distribution D."""

    period: float
    closing: float
    scv: float
    """Of the day's factor on arrival rates."""
    weeks: int
    rates: NDArray[np.float64]
    """All arrivals; axis T."""
    keep: NDArray[np.float64]
    """Probability that the class drawn stands, else ``other``; axes T, C (Walker's alias table)."""
    other: NDArray[np.int64]
    gap: int
    first: NDArray[np.int64]
    """Station where the way begins; axis C."""
    onward: NDArray[np.int64]
    """Station after a station; axes C, S."""
    visit: NDArray[np.int64]
    """Axes C, S."""
    adviser: int
    sent_to: NDArray[np.int64]
    """Station of the advice; axis C, as those that follow."""
    meant: NDArray[np.int64]
    """Station of one who is not sent away."""
    amount: NDArray[np.int64]
    ceiling: NDArray[np.float64]
    follow: NDArray[np.float64]
    """Axes C, week."""
    assistance: NDArray[np.int64]
    when_waiting: NDArray[np.int64]
    station: NDArray[np.int64]
    """Station of a visit; axis V, as those that follow."""
    line: NDArray[np.int64]
    """Line that the visit waits in."""
    patience: NDArray[np.int64]
    service: NDArray[np.int64]
    balking: NDArray[np.float64]
    """Logarithm of the share who stay for each number waiting."""
    extras: NDArray[np.int64]
    """First row in the table of extras, and the row after the last; axes V, 2."""
    extra_share: NDArray[np.float64]
    extra_time: NDArray[np.int64]
    tickets: NDArray[np.float64]
    """Mean numbers a customer, share not answered, minutes of the calls; axes V, 3."""
    form: NDArray[np.float64]
    """Share, minutes at the window, share wrong; axes V, 3."""
    form_below: NDArray[np.int64]
    desk: NDArray[np.int64]
    pitch: NDArray[np.float64]
    pitch_below: NDArray[np.int64]
    come_back: NDArray[np.float64]
    remote: NDArray[np.bool_]
    """Axis S, as those that follow."""
    lines: NDArray[np.int64]
    """First line of a station, and the line after the last, highest rank first; axes S, 2."""
    advance: NDArray[np.float64]
    """Minutes by which a line is called as if it had joined earlier; by line, infinite differences as ranks."""
    watched: NDArray[np.bool_]
    """Whether anything depends on the number waiting, so that giving up is an event of its own."""
    capacity: NDArray[np.int64]
    failure: NDArray[np.float64]
    repair: NDArray[np.int64]
    units: NDArray[np.int64]
    """First unit of a station whose servers fail, and the unit after the last; axes S, 2."""
    limits: NDArray[np.float64]
    """Axes S, limit; filled up with infinity."""
    change_moment: NDArray[np.float64]
    """Changes of servers in the order of time; those at the start and at closing too."""
    change_station: NDArray[np.int64]
    change_servers: NDArray[np.int64]
    families: NDArray[np.int64]
    """Axis D, as those that follow."""
    parameters: NDArray[np.float64]
    table: NDArray[np.int64]
    """First row of a table, and the row after the last; axes D, 2."""
    values: NDArray[np.float64]
    cumulative: NDArray[np.float64]


class _Distributions:
    """Every distribution once, by its index."""

    def __init__(self) -> None:
        self.known: dict[Distribution, int] = {}

    def index(self, distribution: Distribution | None) -> int:
        return NONE if distribution is None else self.known.setdefault(distribution, len(self.known))

    def arrays(self) -> dict[str, Any]:
        tables = [np.array(d.values) for d in self.known]
        sums = [np.array([*list(accumulate(d.shares))[:-1], 1.0]) if d.shares else np.array([]) for d in self.known]
        ends = np.cumsum([len(table) for table in tables], dtype=np.int64)
        return {
            "families": np.array([FAMILIES.index(d.family) for d in self.known], dtype=np.int64),
            "parameters": np.array([(*d.parameters, 0.0, 0.0, 0.0)[:3] for d in self.known]),
            "table": np.stack([ends - [len(table) for table in tables], ends], axis=1),
            "values": np.concatenate(tables),
            "cumulative": np.concatenate(sums),
        }


def hall_arrays(hall: Hall, watched: bool = False) -> HallArrays:
    """A hall as arrays; ``watched`` makes every giving up an event at its moment.

    Raises:
        InvalidParameterError: where the hall is none whose days could be followed.
    """
    names = [station.name for station in hall.stations]
    check_hall(hall)
    known = _Distributions()
    gap = known.index(hall.gap)
    pairs = [(c, names.index(name)) for c, each in enumerate(hall.classes) for name in each.visits]
    visits = [hall.classes[c].visits[names[s]] for c, s in pairs]
    visit = np.full((len(hall.classes), len(names)), NONE, dtype=np.int64)
    for v, (c, s) in enumerate(pairs):
        visit[c, s] = v
    return HallArrays(
        period=float(hall.period), closing=float(hall.closing), scv=hall.busyness_scv, gap=gap, visit=visit,
        adviser=NONE if hall.adviser is None else names.index(hall.adviser),
        station=np.array([s for _, s in pairs], dtype=np.int64),
        **_arrivals(hall), **_ways(hall, names), **_advice(hall, names, known), **_visits(visits, known),
        **_lines(hall, pairs, visits), **_stations(hall, pairs, visits, known, watched), **_changes(hall),
        **known.arrays(),
    )  # fmt: skip


def _arrivals(hall: Hall) -> dict[str, Any]:
    rates = np.array([each.rates for each in hall.classes], dtype=float)
    keep, other = zip(*(_alias(rates[:, t]) for t in range(hall.periods)), strict=True)
    weeks = max((len(each.advice.follow) for each in hall.classes if each.advice), default=1)
    return {"rates": rates.sum(axis=0), "keep": np.array(keep), "other": np.array(other), "weeks": weeks}


def _alias(weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Walker's alias table: draw any index alike, keep it with its probability, else take the other."""
    count, total = len(weights), float(weights.sum())
    share = weights * (count / total) if total > 0 else np.ones(count)
    keep, other = np.ones(count), np.arange(count)
    small, large = [i for i in range(count) if share[i] < 1], [i for i in range(count) if share[i] >= 1]
    while small and large:
        low, high = small.pop(), large[-1]
        keep[low], other[low] = share[low], high
        share[high] -= 1 - share[low]
        if share[high] < 1:
            small.append(large.pop())
    # What rounding has left over is 1 up to the last figure; a class of rate 0 must not be drawn by it.
    for index in [*small, *large]:
        if weights[index] <= 0 < total:
            keep[index], other[index] = 0.0, int(np.argmax(weights))
    return keep, other


def _ways(hall: Hall, names: list[str]) -> dict[str, Any]:
    onward = np.full((len(hall.classes), len(names)), NONE, dtype=np.int64)
    for c, each in enumerate(hall.classes):
        for here, there in zip(each.way[:-1], each.way[1:], strict=True):
            onward[c, names.index(here)] = names.index(there)
    return {"first": np.array([names.index(each.way[0]) for each in hall.classes]), "onward": onward}


def _advice(hall: Hall, names: list[str], known: _Distributions) -> dict[str, Any]:
    weeks = max((len(each.advice.follow) for each in hall.classes if each.advice), default=1)
    begins = 0 if hall.adviser is None else 1
    rows = [_advice_row(each, names, known, weeks, begins) for each in hall.classes]
    kinds = {"sent_to": int, "meant": int, "amount": int, "ceiling": float, "follow": float, "assistance": int,
             "when_waiting": int}  # fmt: skip
    return {
        name: np.array(column, dtype=kind)
        for (name, kind), column in zip(kinds.items(), zip(*rows, strict=True), strict=True)
    }


def _advice_row(
    each: CustomerClass, names: list[str], known: _Distributions, weeks: int, begins: int
) -> tuple[Any, ...]:
    advice = each.advice
    if advice is None:
        return NONE, NONE, NONE, 0.0, [0.0] * weeks, NONE, 0
    if len(advice.follow) != weeks:
        raise InvalidParameterError(f"class {each.name}: follow has {len(advice.follow)} weeks, others have {weeks}")
    there = names.index(advice.to), names.index(each.way[begins])
    return (
        *there, known.index(advice.amount), advice.ceiling, advice.follow, known.index(advice.assistance),
        advice.when_waiting,
    )  # fmt: skip


def _visits(visits: list[Visit], known: _Distributions) -> dict[str, Any]:
    ends = np.cumsum([len(v.extras) for v in visits], dtype=np.int64)
    extras = [extra for v in visits for extra in v.extras]
    return {
        "patience": np.array([known.index(v.patience) for v in visits], dtype=np.int64),
        "service": np.array([known.index(v.service) for v in visits], dtype=np.int64),
        "balking": np.array([log(1 - v.balking) / 10 if v.balking < 1 else -inf for v in visits]),
        "extras": np.stack([ends - [len(v.extras) for v in visits], ends], axis=1),
        "extra_share": np.array([share for share, _ in extras], dtype=float),
        "extra_time": np.array([known.index(time) for _, time in extras], dtype=np.int64),
        "tickets": np.array([(v.tickets.per_customer, v.tickets.no_show, v.tickets.call_minutes) for v in visits]),
        "form": np.array([(v.form.share, v.form.window_minutes, v.form.wrong) if v.form else (0.0,) * 3
                          for v in visits]),
        "form_below": np.array([v.form.below if v.form else 0 for v in visits], dtype=np.int64),
        "desk": np.array([known.index(v.form.desk) if v.form else NONE for v in visits], dtype=np.int64),
        "pitch": np.array([v.pitch.minutes if v.pitch else 0.0 for v in visits]),
        "pitch_below": np.array([v.pitch.below if v.pitch else 0 for v in visits], dtype=np.int64),
        "come_back": np.array([v.come_back for v in visits]),
    }  # fmt: skip


def _lines(hall: Hall, pairs: list[tuple[int, int]], visits: list[Visit]) -> dict[str, Any]:
    """One line for each rank at each station, the highest first."""
    ranks = [sorted({v.rank for (_, s), v in zip(pairs, visits, strict=True) if s == index}, reverse=True) or [0]
             for index in range(len(hall.stations))]  # fmt: skip
    ends = np.cumsum([len(each) for each in ranks], dtype=np.int64)
    begins = ends - [len(each) for each in ranks]
    worth = inf if hall.head_start is None else hall.head_start
    return {
        "lines": np.stack([begins, ends], axis=1),
        "line": np.array([begins[s] + ranks[s].index(v.rank) for (_, s), v in zip(pairs, visits, strict=True)]),
        "advance": np.array([worth * rank if rank else 0.0 for each in ranks for rank in each]),
    }


def _stations(
    hall: Hall, pairs: list[tuple[int, int]], visits: list[Visit], known: _Distributions, watched: bool
) -> dict[str, Any]:
    read = {s for (_, s), v in zip(pairs, visits, strict=True) if v.balking or v.form or v.pitch}
    names, begins = [station.name for station in hall.stations], 0 if hall.adviser is None else 1
    read |= {names.index(each.way[begins]) for each in hall.classes if each.advice and each.advice.when_waiting}
    failing = [station.servers[0][1] if station.failure_rate > 0 else 0 for station in hall.stations]
    ends = np.cumsum(failing, dtype=np.int64)
    most = max(1, *(len(station.limits) for station in hall.stations))
    return {
        "remote": np.array([station.remote for station in hall.stations]),
        "watched": np.array([watched or s in read or station.capacity is not None
                             for s, station in enumerate(hall.stations)]),
        "capacity": np.array([np.iinfo(np.int64).max if station.capacity is None else station.capacity
                              for station in hall.stations]),
        "failure": np.array([station.failure_rate for station in hall.stations]),
        "repair": np.array([known.index(station.repair) for station in hall.stations], dtype=np.int64),
        "units": np.stack([ends - failing, ends], axis=1),
        "limits": np.array([(*station.limits, *[inf] * most)[:most] for station in hall.stations]),
    }  # fmt: skip


def _changes(hall: Hall) -> dict[str, Any]:
    changes = [(moment, s, servers) for s, station in enumerate(hall.stations)
               for moment, servers in _steps(station, hall.closing)]  # fmt: skip
    changes.sort(key=lambda change: change[:2])
    moments, stations, servers = zip(*changes, strict=True)
    return {
        "change_moment": np.array(moments, dtype=float),
        "change_station": np.array(stations, dtype=np.int64),
        "change_servers": np.array(servers, dtype=np.int64),
    }


def _steps(station: Station, closing: float) -> list[tuple[float, int]]:
    """Changes of a station's servers, the last of them at closing."""
    kept = [step for step in station.servers if step[0] < closing]
    last = [] if station.failure_rate > 0 else [(closing, max(1, kept[-1][1]))]
    return [*kept, *last]
