"""Days that start empty and change by the period against the exact day of ``optimizer.queues``, closing included."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from optimizer.queues import (
    Stage,
    breakdown_day,
    busy_day_factor,
    expected_day,
    priority_day,
    service_rules_day,
    tandem_day,
    transient_day,
)
from optimizer.simulation.distributions import Distribution
from optimizer.simulation.hall import Advice, CustomerClass, Hall, Station, Visit

REFERENCE = Path(__file__).parent.parent.parent / "reference" / "transient.json"
PERIOD = 30.0
exponential = Distribution.exponential


def by_period(servers, period=PERIOD):
    return tuple((period * t, n) for t, n in enumerate(servers))


def station(servers, **more):
    return Station("desk", by_period(servers), **more)


def one_class(rates, servers, visit, *, period=PERIOD, busyness_scv=0.0, **more):
    everybody = CustomerClass("all", tuple(rates), ("desk",), {"desk": visit})
    return Hall(period, (station(servers, **more),), (everybody,), busyness_scv=busyness_scv)


def balking(share):
    """Share of those who join, by the number waiting."""
    return [(1 - share) ** (w / 10) for w in range(400)]


def against(day, limits=(), *, busy=True):
    """Reads what the exact day says too."""

    def read(estimate):
        at = estimate.measures("desk", by_period=True)
        rows = [("mean wait", at.mean_wait, day.mean_wait), ("served", at.served, day.completed)]
        rows += [
            (f"share within {limit}", at.service_levels[limit], day.service_level[index])
            for index, limit in enumerate(limits)
        ]
        lost = day.abandoned + day.blocked
        if lost.any():
            rows.append(("share lost", at.abandonment, lost / day.arrivals))
        if busy:
            rows.append(("share busy", estimate.utilization("desk"), day.utilization))
        return [*rows, ("overtime", estimate.overtime("desk"), day.overtime)]

    return read


def servers_who_come_and_go():
    """transient_day: nobody gives up."""
    rates, servers, limits = (0.7, 0.8, 0.4), (4, 6, 2), (5.0, 15.0)
    hall = one_class(rates, servers, Visit(exponential(6.0)), limits=limits)
    return hall, 150000, against(transient_day(rates, servers, 1 / 6, period=PERIOD, limits=limits), limits)


def patience():
    """transient_day with patience."""
    rates, servers = (0.8, 1.0, 0.5), (3, 4, 2)
    hall = one_class(rates, servers, Visit(exponential(6.0), patience=exponential(15.0)), limits=(5.0,))
    return hall, 64000, against(transient_day(rates, servers, 1 / 6, 1 / 15, period=PERIOD, limits=[5.0]), (5.0,))


def nobody_serves():
    """transient_day: no server in the second period and the last one, and after closing one."""
    rates, servers = (0.5, 0.2, 0.5, 0.2), (2, 0, 3, 0)
    hall = one_class(rates, servers, Visit(exponential(5.0), patience=exponential(40.0)), limits=(15.0,))
    day = transient_day(rates, servers, 1 / 5, 1 / 40, period=PERIOD, limits=[15.0])

    def read(estimate):
        return [row for row in against(day, (15.0,), busy=False)(estimate) if row[0] != "served"]

    return hall, 60000, read


def turning_away():
    """transient_day with joining."""
    rates, servers = (0.6, 1.0, 0.5), (3, 4, 2)
    visit = Visit(exponential(6.0), patience=exponential(30.0), balking=0.4)
    day = transient_day(rates, servers, 1 / 6, 1 / 30, period=PERIOD, limits=[5.0], joining=balking(0.4))
    return one_class(rates, servers, visit, limits=(5.0,)), 59000, against(day, (5.0,))


def waiting_room():
    """transient_day with a capacity, which is exact while servers do not fall."""
    rates, servers = (0.5, 1.0, 0.8), (2, 3, 4)
    hall = one_class(rates, servers, Visit(exponential(5.0)), limits=(4.0,), capacity=7)
    day = transient_day(rates, servers, 1 / 5, period=PERIOD, limits=[4.0], capacity=7)
    return hall, 32000, against(day, (4.0,))


def overload():
    """transient_day: most of the waiting is done after closing."""
    rates, servers = (1.2, 1.5), (3, 2)
    hall = one_class(rates, servers, Visit(exponential(5.0)), limits=(20.0,))
    return hall, 9500, against(transient_day(rates, servers, 1 / 5, period=PERIOD, limits=[20.0]), (20.0,))


def two_kinds_of_service():
    """service_rules_day, where the share of long services is always the same."""
    rates, servers, limits = (0.6, 0.8, 0.5), (3, 5, 3), (5.0,)
    visit = Visit(Distribution.hyperexponential(0.7, 3.0, 12.0), patience=exponential(30.0))
    day = service_rules_day(rates, servers, (1 / 3, 1 / 12), [0.3], 1 / 30, period=PERIOD, limits=limits)
    return one_class(rates, servers, visit, limits=limits), 110000, against(day, limits)


def busy_days():
    """transient_day over a gamma factor of the day."""
    rates, servers, scv = np.array([0.7, 0.9, 0.6]), (4, 5, 3), 0.1
    visit = Visit(exponential(6.0), patience=exponential(10.0))
    factors, weights = busy_day_factor(scv, 32)
    days = [transient_day(z * rates, servers, 1 / 6, 1 / 10, period=PERIOD, limits=[5.0]) for z in factors]
    hall = one_class(rates, servers, visit, limits=(5.0,), busyness_scv=scv)
    return hall, 80000, against(expected_day(days, weights), (5.0,))


def breakdowns():
    """breakdown_day."""
    rates = (0.7, 0.7, 0.5)
    visit, failing = Visit(exponential(5.0)), {"failure_rate": 0.02, "repair": exponential(12.0)}
    day = breakdown_day(rates, 4, 1 / 5, failure_rate=0.02, repair_rate=1 / 12, period=PERIOD, limits=[5.0])
    return one_class(rates, (4,), visit, limits=(5.0,), **failing), 110000, against(day, (5.0,))


def breakdowns_and_patience():
    """breakdown_day: who was interrupted may give up too."""
    rates = (0.7, 0.7, 0.5)
    visit = Visit(exponential(5.0), patience=exponential(15.0))
    hall = one_class(rates, (3,), visit, limits=(5.0,), failure_rate=0.03, repair=exponential(12.0))
    day = breakdown_day(rates, 3, 1 / 5, 1 / 15, failure_rate=0.03, repair_rate=1 / 12, period=PERIOD, limits=[5.0])
    return hall, 57000, against(day, (5.0,))


def two_ranks(rates, servers, limits=(), *, patience=(40.0, 15.0), turning_away=(0.0, 0.0)):
    classes = tuple(
        CustomerClass(name, rates[index], ("desk",), {"desk": Visit(
            exponential(6.0), rank=1 - index, patience=exponential(patience[index]), balking=turning_away[index]
        )})
        for index, name in enumerate(("vip", "ordinary"))
    )  # fmt: skip
    return Hall(PERIOD, (station(servers, limits=limits),), classes)


def against_ranks(day, limits=()):
    waits = day.waiting + np.pad(day.waiting_after_closing[:, None], ((0, 0), (day.waiting.shape[1] - 1, 0)))
    waits, lost = waits / day.arrivals, (day.abandoned + day.blocked) / day.arrivals

    def read(estimate):
        rows = []
        for index, name in enumerate(("vip", "ordinary")):
            at = estimate.measures("desk", of_class=name, by_period=True)
            rows += [
                (f"mean wait of {name}", at.mean_wait, waits[index]),
                (f"share of {name} lost", at.abandonment, lost[index]),
                *((f"share of {name} within {limit}", at.service_levels[limit], day.service_level[index, i])
                  for i, limit in enumerate(limits)),
            ]  # fmt: skip
        return [*rows, ("overtime", estimate.overtime("desk"), day.overtime.sum())]

    return read


def vips_first():
    """priority_day."""
    rates, servers, limits = ((0.3, 0.4, 0.15), (0.5, 0.6, 0.3)), (3, 5, 2), (5.0,)
    day = priority_day(rates, servers, 1 / 6, (1 / 40, 1 / 15), period=PERIOD, limits=limits)
    return two_ranks(rates, servers, limits), 80000, against_ranks(day, limits)


def vips_first_and_ordinary_customers_who_turn_away():
    """priority_day with joining; the levels are exact since it varies for the second class alone."""
    rates, servers, limits = ((0.3, 0.3, 0.15), (0.4, 0.6, 0.3)), (3, 4, 2), (5.0,)
    joining = [np.ones(400), balking(0.5)]
    day = priority_day(rates, servers, 1 / 6, (1 / 40, 1 / 15), period=PERIOD, limits=limits, joining=joining)
    return two_ranks(rates, servers, limits, turning_away=(0.0, 0.5)), 83000, against_ranks(day, limits)


def advice_that_is_followed_more_by_the_week():
    """transient_day of either week, at the desk and at the machine."""
    rates, servers, machines, follow = np.array([0.8, 0.9, 0.6]), (3, 4, 3), (1, 1, 1), (0.2, 0.4)
    advice = Advice("machine", Distribution.constant(1.0), 1.0, follow)
    visits = {
        "desk": Visit(exponential(6.0), patience=exponential(20.0)),
        "machine": Visit(exponential(4.0), patience=exponential(20.0)),
    }
    everybody = CustomerClass("all", tuple(rates), ("desk",), visits, advice=advice)
    hall = Hall(PERIOD, (station(servers), replace(station(machines), name="machine")), (everybody,))
    desk = expected_day(
        [transient_day((1 - q) * rates, servers, 1 / 6, 1 / 20, period=PERIOD) for q in follow], (0.5, 0.5)
    )
    machine = expected_day(
        [transient_day(q * rates, machines, 1 / 4, 1 / 20, period=PERIOD) for q in follow], (0.5, 0.5)
    )

    def read(estimate):
        return [
            (f"mean wait at {name}", estimate.measures(name, by_period=True).mean_wait, day.mean_wait)
            for name, day in (("desk", desk), ("machine", machine))
        ]

    return hall, 91000, read


def stages():
    """tandem_day, exact in the limit of short periods behind a stage with a server for everybody.

    Nobody comes in the last hour, so that nobody reaches the second stage after closing.
    """
    rates, servers = np.array([0.8, 0.9, 0.0, 0.0]), np.array([4, 5, 4, 4])
    visits = {"door": Visit(exponential(4.0)), "desk": Visit(exponential(6.0), patience=exponential(20.0))}
    everybody = CustomerClass("all", tuple(rates), ("door", "desk"), visits)
    hall = Hall(PERIOD, (Station("door", ((0.0, 200),)), station(servers, limits=(5.0,))), (everybody,))

    def fine(count):
        """Mean wait and level of the first two periods, each in so many pieces."""
        many = np.repeat(servers, count)
        rows = [Stage(np.full(len(many), 200), 1 / 4), Stage(many, 1 / 6, 1 / 20, limits=[5.0])]
        day = tandem_day(np.repeat(rates, count), rows, period=PERIOD / count)[1]
        totals = np.stack([day.arrivals, day.waiting, day.service_level[0] * day.arrivals]).reshape(3, 4, count)
        arrivals, waiting, within = totals.sum(axis=2)
        return np.array([waiting / arrivals, within / arrivals])[:, :2]

    coarse, exact = fine(60), fine(120)
    assert np.abs(coarse / exact - 1).max() < 2e-4

    def read(estimate):
        at = estimate.measures("desk", by_period=True)
        pairs = (("mean wait", at.mean_wait), ("share within 5", at.service_levels[5.0]))
        return [(what, first_two(got), value) for (what, got), value in zip(pairs, exact, strict=True)]

    return hall, 57000, read


def first_two(estimate):
    return type(estimate)(estimate.value[:2], estimate.error[:2], estimate.days)


def reference_day():
    """Values of tests/reference/transient.json, recomputed by three methods; times there are in hours."""
    given = json.loads(REFERENCE.read_text(encoding="utf-8"))
    visit = Visit(exponential(60 / given["mu"]), patience=exponential(60 / given["theta"]))
    rates = np.array(given["lam"]) / 60
    hall = one_class(rates, given["s"], visit, period=60 * given["dt"])
    exact = {name: np.array([period[name] for period in given["exhaustive"]]) for name in given["exhaustive"][0]}

    def read(estimate):
        at = estimate.measures("desk", by_period=True)
        work = estimate.utilization("desk")
        return [
            ("share lost", at.abandonment, exact["abandons"] / (rates * 60 * given["dt"])),
            ("share busy", work, exact["busy_hours"] / given["dt"] / given["s"]),
            ("abandoned", estimate.measures("desk").abandoned, exact["abandons"].sum()),
        ]

    return hall, 18000, read


MODELS = (
    servers_who_come_and_go, patience, nobody_serves, turning_away, waiting_room, overload, two_kinds_of_service,
    busy_days, breakdowns, breakdowns_and_patience, vips_first, vips_first_and_ordinary_customers_who_turn_away,
    advice_that_is_followed_more_by_the_week, stages, reference_day,
)  # fmt: skip


@pytest.fixture(scope="module")
def days(family):
    return family(*MODELS)


@pytest.mark.parametrize("model", [model.__name__ for model in MODELS])
def test_a_day_is_that_of_the_queue(days, model):
    comparisons = days.models[model]
    assert not [str(each) for each in comparisons if not each.narrow]
    assert not [str(each) for each in days.refused() if each in comparisons]


def test_an_error_of_three_per_cent_would_be_refused(days):
    assert not days.blind_to(0.03)
