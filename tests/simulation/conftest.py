"""Small random halls with every rule, and one day of a hall as the kernel and as the plain reference follow it."""

import importlib.util
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numba import config

from optimizer.problem import Branch, Policy
from optimizer.simulation.arrays import hall_arrays
from optimizer.simulation.day import follow_day
from optimizer.simulation.distributions import Distribution
from optimizer.simulation.hall import Advice, CustomerClass, Form, Hall, Pitch, Station, Tickets, Visit
from optimizer.simulation.records import NONE_GIVEN, WITHIN, WRITTEN, Given, Log, workspace

_FOLDER = Path(__file__).parent / "reference"
_spec = importlib.util.spec_from_file_location(
    "simulation_reference", _FOLDER / "__init__.py", submodule_search_locations=[str(_FOLDER)]
)
_reference = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _reference
_spec.loader.exec_module(_reference)

EVENTS = 20_000
"""Most events that a log here has room for."""


@pytest.fixture(scope="session")
def reference():
    """The plain reference: a day, and the random numbers."""
    return _reference


class Guarded(np.ndarray):
    """An array that takes no index below 0, which would count from the end."""

    def __getitem__(self, index):
        _refuse_negative(index)
        return super().__getitem__(index)

    def __setitem__(self, index, value):
        _refuse_negative(index)
        super().__setitem__(index, value)


def _refuse_negative(index):
    if any(not isinstance(each, slice) and each < 0 for each in (index if isinstance(index, tuple) else (index,))):
        raise IndexError(f"{index}: below 0")


def _guarded(arrays):
    """The same arrays, watched where the kernel is interpreted."""
    if not config.DISABLE_JIT:
        return arrays
    return type(arrays)(*(each.view(Guarded) if isinstance(each, np.ndarray) else each for each in arrays))


@dataclass
class FollowedDay:
    """One day by the kernel."""

    ending: int
    log: list
    """(moment, event, customer, station, number) as written down."""
    totals: np.ndarray
    occupied: np.ndarray


@pytest.fixture(scope="session")
def followed():
    """A function that follows a day by the kernel."""

    def follow(hall, seed=0, index=0, given=None, *, watched=True, room=2000):
        arrays = hall_arrays(hall, watched=watched)
        totals = np.zeros((len(arrays.station), WITHIN + arrays.limits.shape[1], hall.periods + 1))
        occupied = np.zeros((len(arrays.remote), hall.periods + 1))
        log = Log(np.zeros(EVENTS), *(np.zeros(EVENTS, dtype=np.int64) for _ in range(4)))
        come = NONE_GIVEN if given is None else _as_given(given)
        work = workspace(arrays, room)
        for each in work:
            each[...] = 1 if each.dtype == np.bool_ else 77  # what the day before left behind must not matter
        with np.errstate(over="ignore"):
            ending = follow_day(
                _guarded(arrays), _guarded(work), totals, occupied, _guarded(log), come, np.uint64(seed), index
            )
        written = int(work.counts[WRITTEN])
        assert written < EVENTS
        rows = zip(*(column[:written].tolist() for column in log), strict=True)
        return FollowedDay(ending, list(rows), totals, occupied)

    return follow


def _as_given(given):
    return Given(*(np.array(row, dtype=kind) for row, kind in zip(given, (float, int, float), strict=True)))


@pytest.fixture(scope="session")
def totals_of():
    """A function that puts the reference's totals into the kernel's order of visits."""

    def totals(hall, day):
        station = {each.name: s for s, each in enumerate(hall.stations)}
        return np.array([day.totals[c, station[name]] for c, each in enumerate(hall.classes) for name in each.visits])

    return totals


class _RandomHall:
    """Makes a small hall that uses many rules at once.

    Times come from continuous distributions, so that no two things happen at one moment in an order that nothing
    settles; the same time twice is for stations where no two services start at once.
    """

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.period = float(self.rng.integers(15, 30))
        self.periods = int(self.rng.integers(2, 5))

    def chance(self, p):
        return self.rng.random() < p

    def real(self, low, high):
        return float(self.rng.uniform(low, high))

    def whole(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def time(self, mean, *, least=0, smooth=True, endless=False):
        """A distribution of any family with about this mean."""
        families = [
            lambda: Distribution.exponential(mean),
            lambda: Distribution.lognormal(mean, self.real(0, 2)),
            lambda: Distribution.gamma(mean, self.real(0.1, 2.5)),
            lambda: Distribution.hyperexponential(self.real(0, 1), self.whole(least, 1) * mean / 3, 2 * mean),
        ]
        if not smooth:
            values = sorted(self.real(0.2, 1.8) * mean for _ in range(3))
            families += [lambda: Distribution.constant(self.real(0.5, 1.5) * mean),
                         lambda: Distribution.table(tuple(values), (0.5, 0.2, 0.3))]  # fmt: skip
        if endless:
            families.append(Distribution.never)
        return families[self.whole(0, len(families) - 1)]()

    def hall(self):
        count = self.whole(1, 4)
        self.names = [f"s{s}" for s in range(count)]
        stations = [self.station(name) for name in self.names]
        self.remote = count > 1 and self.chance(0.25)
        if self.remote:
            stations[-1] = Station(self.names[-1], remote=True)
        self.stations = stations
        advised = count >= 3 and self.chance(0.7)
        self.adviser = self.names[0] if advised and self.chance(0.6) else None
        self.advised = advised
        classes = tuple(self.customers(c) for c in range(self.whole(1, 4)))
        gap = self.gap()
        return Hall(
            self.period, tuple(stations), classes, self.real(0.05, 0.5) if self.chance(0.3) else 0.0, self.adviser,
            self.real(0, 12) if self.chance(0.4) else None, gap,
        )  # fmt: skip

    def gap(self):
        one = [Distribution.exponential(1.0)] * 4 + [
            Distribution.gamma(1.0, self.real(0.2, 2)), Distribution.lognormal(1.0, 0.7), Distribution.constant(1.0),
            Distribution.hyperexponential(0.4, 0.25, 1.5),
        ]  # fmt: skip
        return one[self.whole(0, len(one) - 1)]

    def station(self, name):
        closing = self.period * self.periods
        capacity = self.whole(1, 8) if self.chance(0.25) else None
        limits = tuple(sorted(self.real(0, 10) for _ in range(self.whole(0, 2))))
        if self.chance(0.4):
            return Station(
                name, ((0.0, self.whole(1, 3)),), False, capacity, self.real(0.01, 0.2),
                self.time(8, least=1, smooth=False), limits,
            )  # fmt: skip
        moments = [0.0]
        for _ in range(self.whole(0, 4)):
            moments.append(self.period * self.whole(1, self.periods) if self.chance(0.5) else self.real(1, closing))
        steps = tuple((moment, self.whole(0, 3)) for moment in sorted(set(moments)))
        return Station(name, steps, False, capacity, limits=limits)

    def customers(self, c):
        way = [str(name) for name in self.rng.permutation(self.names[: len(self.names) - self.remote])]
        way = way[: self.whole(1, len(way))]
        begins_at_adviser = self.adviser is not None and self.chance(0.8)
        if begins_at_adviser:
            way = [self.adviser, *(name for name in way if name != self.adviser)]
            if len(way) < 2:
                way.append(self.names[1])
        elif self.adviser in way:
            way.remove(self.adviser)
            way = way or [self.names[1]]
        if self.remote and self.chance(0.3):
            way.append(self.names[-1])
        advice = None
        if self.advised and (begins_at_adviser or self.adviser is None):
            begins = 0 if self.adviser is None else 1
            elsewhere = [name for name in self.names if name not in (self.adviser, way[begins])]
            advice = self.advice(elsewhere[self.whole(0, len(elsewhere) - 1)])
        visited = [*way, *([advice.to] if advice and advice.to not in way else [])]
        rates = tuple(self.real(0.0, 0.35) * (not self.chance(0.15)) for _ in range(self.periods))
        visits = {name: self.visit(name) for name in visited}
        return CustomerClass(f"c{c}", rates, tuple(way), visits, advice=advice)

    def advice(self, to):
        return Advice(
            to, self.time(1000.0, smooth=False), self.real(500, 3000), (self.real(0.2, 1), self.real(0.2, 1)),
            self.time(1.0) if self.chance(0.6) else Distribution.constant(0.0), self.whole(0, 3),
        )  # fmt: skip

    def visit(self, name):
        station = self.stations[self.names.index(name)]
        servers = [0, *(n for _, n in station.servers)]
        one_by_one = all(after - before < 2 for before, after in pairwise(servers))
        # Two dead numbers that start at once end at once, and then it matters which machine is the first.
        dead = self.chance(0.35) and (station.failure_rate == 0 or servers[1] == 1)
        tickets = Tickets(self.real(1, 2.5), self.real(0, 0.4), self.real(0.2, 1.5)) if dead else Tickets()
        pitch = Pitch(self.real(0.3, 2), self.whole(1, 3)) if self.chance(0.3) else None
        extras = tuple((self.real(0, 1), self.time(1.0)) for _ in range(self.whole(0, 2)))
        return Visit(
            self.time(self.real(1, 5), smooth=not one_by_one), extras if self.chance(0.3) else (), self.whole(-1, 2),
            self.time(self.real(3, 15), smooth=False, endless=True), self.real(0, 1) if self.chance(0.4) else 0.0,
            tickets, self.form() if self.chance(0.4) else None, pitch, self.real(0, 1),
        )  # fmt: skip

    def form(self):
        desk = self.time(4.0) if self.chance(0.5) else None
        return Form(self.real(0.3, 1), desk, self.real(0.5, 4), self.whole(0, 3), self.real(0, 0.6))

    def given(self, hall):
        """Customers of a log, some with a service time of their own."""
        count = self.whole(5, 60)
        moments = sorted(self.real(0, hall.closing) for _ in range(count))
        kinds = [self.whole(0, len(hall.classes) - 1) for _ in range(count)]
        services = [self.real(0.5, 8) if self.chance(0.6) else float("nan") for _ in range(count)]
        return moments, kinds, services


@pytest.fixture(scope="session")
def random_hall():
    """A function that gives the hall of a number, and every fifth time customers of a log to come to it."""

    def hall(number):
        making = _RandomHall(number)
        made = making.hall()
        return made, making.given(made) if number % 5 == 0 else None

    return hall


@pytest.fixture(scope="session")
def changed(put):
    """A function that gives a branch or a policy with other values at some dotted places."""

    def change(given, changes):
        data = given.model_dump()
        for place, value in changes.items():
            put(data, place, value)
        return type(given).model_validate(data)

    return change


@pytest.fixture(scope="session")
def counter_branch():
    """One window role that everybody comes to, without greeter, forms, dead numbers or machines.

    Service and patience are exponential with one mean for all: the evaluation is exact.
    """
    busy = [4.0, 10.0, 14.0, 16.0, 12.0, 6.0, 8.0, 5.0]
    shifts = {"earliest_start": "09:00", "latest_end": "13:00", "lengths": [2, 4], "start_step": 60}
    return Branch.model_validate(
        {
            "name": "Counter",
            "period": 30,
            "windows": 4,
            "opening": {"monday": {"open": "09:00", "close": "13:00"}},
            "day_types": {"busy": {"days": 20, "weekdays": ["monday"]}, "quiet": {"days": 45, "weekdays": ["monday"]}},
            "tiers": {"ordinary": {"waiting_cost": 30, "patience": 20, "loss": 15}},
            "transactions": {"business": {"channel": "counter"}},
            "channels": {
                "counter": {"kind": "window", "most": 4, "cost_per_transaction": 0.5,
                            "service": {"business": {"mean": 5}}},
            },
            "skills": {
                "teller": {"wage": 40, "serves": ["counter"], "available": {"busy": 5, "quiet": 5}, "shifts": shifts},
            },
            "targets": {
                f"within_{limit}": {"channel": "counter", "measure": "service_level", "within": limit, "least": 0.1}
                for limit in (3, 10)
            },
            "arrivals": {
                "busy": {"business": {"ordinary": busy}},
                "quiet": {"business": {"ordinary": [0.6 * customers for customers in busy]}},
            },
        }
    )  # fmt: skip


@pytest.fixture(scope="session")
def counter_policy():
    """A policy for the counter: windows rise and fall, and people for them work four or two hours."""
    shifts = [
        {"skill": "teller", "shift": {"start": start, "end": end}, "people": people}
        for start, end, people in (("09:00", "13:00", 1), ("09:00", "11:00", 1), ("10:00", "12:00", 1))
    ]
    day = {"windows": {"counter": [2, 2, 3, 3, 2, 2, 1, 1]}, "shifts": shifts}
    return Policy.model_validate({"days": {"busy": day, "quiet": day}})
