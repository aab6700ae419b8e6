"""The same customers, with the same services, in both programs: each is served, gives up and leaves at one moment."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from optimizer.simulation import CustomerClass, Distribution, Hall, Station, Visit
from optimizer.simulation.arrays import hall_arrays
from optimizer.simulation.day import follow_day
from optimizer.simulation.records import DONE, END, GIVE_UP, START, TURN_AWAY, WITHIN, Given, Log, workspace

SEED = 20261126
DAYS = 20
"""For each hall."""
LOGGED = {START: "service", GIVE_UP: "renege", TURN_AWAY: "away"}
RECORDED = {"baulk": "away", "rejection": "away"}


@dataclass(frozen=True)
class Case:
    """A hall in which nothing is random but the customers."""

    hall: Hall
    finish_first: bool = False
    longest: float = np.inf
    """Longest service [minutes]."""


def at_windows(*ranks: tuple[float, int], patience: float | None = None, **station) -> Hall:
    """A hall of one station with one class for each rate and rank; the door stays open until all have gone."""
    never = Distribution.never() if patience is None else Distribution.constant(patience)
    hall = Station("windows", **{"servers": ((0.0, 3),)} | station)
    return Hall(360.0, (hall,), tuple(
        CustomerClass(f"class {c}", (rate, 0.0), ("windows",),
                      {"windows": Visit(Distribution.constant(5.0), rank=rank, patience=never)})
        for c, (rate, rank) in enumerate(ranks)
    ))  # fmt: skip


def two_stages() -> Hall:
    """A greeter, and windows where some come directly."""
    windows = Visit(Distribution.constant(5.0), patience=Distribution.constant(8.0))
    greeter = Visit(Distribution.constant(1.4), patience=Distribution.constant(4.0))
    return Hall(360.0, (Station("greeter"), Station("windows", ((0.0, 3),))), (
        CustomerClass("all", (0.65, 0.0), ("greeter", "windows"), {"greeter": greeter, "windows": windows}),
        CustomerClass("known", (0.1, 0.0), ("windows",), {"windows": replace(windows, rank=1)}),
    ))  # fmt: skip


RANKS = ((0.1, 2), (0.2, 1), (0.35, 0))
CHANGING = tuple((60.0 * t, n) for t, n in enumerate((2, 5, 3, 0, 4, 1, 4)))
LUNCH = ((0.0, 3), (60.0, 0), (66.0, 5), (120.0, 0), (126.0, 2))
CASES = {
    "ranks": Case(at_windows((0.1, 2), (0.2, 1), (0.25, 0))),
    "patience": Case(at_windows(*RANKS, patience=9.0)),
    "changing servers": Case(at_windows(*RANKS, patience=9.0, servers=CHANGING), finish_first=True),
    "changing servers, no patience": Case(at_windows(*RANKS, servers=CHANGING), finish_first=True),
    "lunch": Case(at_windows(*RANKS, patience=9.0, servers=LUNCH), longest=5.5),
    "capacity": Case(at_windows(*RANKS, capacity=6)),
    "capacity and patience": Case(at_windows(*RANKS, patience=9.0, capacity=9)),
    "head start": Case(replace(at_windows(*RANKS, patience=20.0), head_start=6.0)),
    "two stages": Case(two_stages()),
}
Happened = dict[tuple[int, int, str], tuple[float, float]]
"""By customer, station and outcome: the moment it is settled, and when the customer leaves the station."""


def drawn(case: Case, rng: np.random.Generator, customers):
    """Customers of a day: Poisson arrivals, exponential services as far as they go."""
    hall = case.hall
    rates = np.array([each.rates[0] for each in hall.classes])
    moments = np.sort(rng.uniform(0.0, hall.period, rng.poisson(hall.period * rates.sum())))
    kinds = rng.choice(len(rates), len(moments), p=rates / rates.sum())
    return customers(moments, kinds, np.minimum(rng.exponential(5.0, len(moments)), case.longest))


def ours(hall: Hall, customers) -> Happened:
    """What happens by the kernel's log."""
    arrays, n = hall_arrays(hall, watched=True), len(customers.moment)
    log = Log(np.empty(20 * n), *(np.empty(20 * n, dtype=np.int64) for _ in range(4)))
    work, visits, periods = workspace(arrays, n), len(arrays.station), hall.periods
    ending = follow_day(
        arrays, work, np.zeros((visits, WITHIN + 1, periods + 1)), np.zeros((len(hall.stations), periods + 1)), log,
        Given(customers.moment, customers.kind, customers.service), np.uint64(SEED), 0,
    )  # fmt: skip
    assert ending == DONE
    written = [column[: work.counts[3]].tolist() for column in log]
    ends = {(k, s): moment for moment, event, k, s, _ in zip(*written, strict=True) if event == END}
    return {
        (k, s, LOGGED[event]): (moment, ends.get((k, s), moment))
        for moment, event, k, s, _ in zip(*written, strict=True) if event in LOGGED
    }  # fmt: skip


def recorded(records) -> Happened:
    """What happens by Ciw's records."""
    return {
        (one.id_number - 1, one.node - 1, RECORDED.get(one.record_type, one.record_type)): (
            one.service_start_date if one.record_type == "service" else one.exit_date, one.exit_date
        )
        for one in records
    }  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_customer_is_called_and_leaves_at_the_same_moment(ciw_day, customers, name):
    case, rng = CASES[name], np.random.default_rng(SEED)
    for _ in range(DAYS):
        given = drawn(case, rng, customers)
        here = ours(case.hall, given)
        there = recorded(ciw_day(case.hall, SEED, finish_first=case.finish_first, customers=given))
        assert here.keys() == there.keys()
        assert len({k for k, _, _ in here}) == len(given.moment)
        assert [here[key] for key in here] == [pytest.approx(there[key], abs=1e-9) for key in here]
