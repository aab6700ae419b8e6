"""Days after days: the same whoever follows them, common to two halls, enough of them, and honest intervals."""

import tracemalloc
from dataclasses import fields, replace
from math import sqrt

import numpy as np
import pytest
from scipy.stats import t as student

from optimizer.errors import InvalidParameterError
from optimizer.simulation import records as names
from optimizer.simulation.distributions import Distribution
from optimizer.simulation.estimates import Estimate, student_quantile
from optimizer.simulation.hall import CustomerClass, Hall, Station, Tickets, Visit
from optimizer.simulation.replications import Replications, simulate_hall

SEED = 20261126
LIMIT = 3.0


def small_hall(*, servers=((0.0, 2),), rates=(0.3, 0.5), busyness_scv=0.0, tickets=None):
    """Some 24 customers of two classes and an hour: the desk, and for one class a second desk."""
    visit = Visit(
        Distribution.lognormal(4.0, 0.6), patience=Distribution.exponential(12.0), tickets=tickets or Tickets()
    )
    second = Visit(Distribution.exponential(5.0), patience=Distribution.gamma(20.0, 0.5))
    classes = (
        CustomerClass("plain", rates, ("desk",), {"desk": visit}),
        CustomerClass(
            "long",
            tuple(rate / 3 for rate in rates),
            ("desk", "second"),
            {"desk": replace(visit, rank=1), "second": second},
        ),
    )
    stations = Station("desk", servers, limits=(LIMIT,)), Station("second", ((0.0, 1),), limits=(LIMIT,))
    return Hall(30.0, stations, classes, busyness_scv=busyness_scv)


def shares_of(measures):
    """What each who arrives meets: the estimates that are ratios."""
    return {
        "mean wait": measures.mean_wait, "abandonment": measures.abandonment,
        "service level": measures.service_levels[LIMIT],
    }  # fmt: skip


def day_arrays(hall, followed, days, **how):
    """Totals of every day, axes day, visit, measure, slot."""
    found = [followed(hall, SEED, index, **how) for index in range(days)]
    assert {day.ending for day in found} == {names.DONE}
    return np.array([day.totals for day in found])


@pytest.mark.parametrize("days", [100, 730])
def test_any_number_of_workers_finds_the_same_to_the_last_bit(days):
    hall = small_hall(busyness_scv=0.1, tickets=Tickets(1.3, 0.2, 0.5))
    one, *others = (simulate_hall(hall, Replications(days, SEED, workers)) for workers in (1, 2, 3))
    assert one.days == days
    assert one.moments.sums.any()
    for other in others:
        for mine, theirs in zip(one.moments, other.moments, strict=True):
            assert mine.tobytes() == theirs.tobytes()


def test_another_seed_finds_other_days():
    one, other = (simulate_hall(small_hall(), Replications(50, seed)) for seed in (0, 1))
    assert one.measures("desk").mean_wait.value != other.measures("desk").mean_wait.value


def test_more_days_begin_with_the_same_days(followed):
    hall = small_hall()
    totals = day_arrays(hall, followed, 130)
    for days in (30, 50, 51, 130):
        estimate = simulate_hall(hall, Replications(days, SEED))
        waited = totals[:days, :2, names.WAITING].sum()
        assert estimate.measures("desk").waiting.value * days == pytest.approx(waited, rel=1e-12)


def customers_of(log):
    """By customer: when the hall was entered, services by station, and patience by station of those who gave up."""
    came, patience, began, services = {}, {}, {}, {}
    joined = {}
    for moment, event, customer, station, _ in log:
        if event == names.JOIN:
            came.setdefault(customer, moment)
            joined[customer, station] = moment
        elif event == names.START:
            began[customer, station] = moment
        elif event == names.END:
            services[customer, station] = moment - began[customer, station]
        elif event == names.GIVE_UP:
            patience[customer, station] = moment - joined[customer, station]
    return came, services, patience


def test_halls_that_differ_in_servers_meet_the_same_customers(followed):
    few, many = small_hall(servers=((0.0, 1),)), small_hall(servers=((0.0, 1), (20.0, 3), (45.0, 1)))
    shared = {"services": 0, "patience": 0}
    for index in range(20):
        one, other = (customers_of(followed(hall, SEED, index).log) for hall in (few, many))
        assert one[0] == other[0]
        for name, mine, theirs in zip(shared, one[1:], other[1:], strict=True):
            both = mine.keys() & theirs.keys()
            shared[name] += len(both)
            assert [mine[who] for who in both] == pytest.approx([theirs[who] for who in both], abs=1e-9)
    assert shared["services"] > 200
    assert shared["patience"] > 50


def test_an_estimate_is_the_mean_over_days_and_its_error(followed):
    """Moments added up day by day give what all days kept would give."""
    hall, days = small_hall(busyness_scv=0.3), 100
    totals = day_arrays(hall, followed, days)
    estimate = simulate_hall(hall, Replications(days, SEED))
    visits = [("desk", "plain"), ("desk", "long"), ("second", "long")]
    for (station, of_class), of_day in zip(visits, totals.swapaxes(0, 1), strict=True):
        came = of_day[:, names.ARRIVALS].sum(axis=1)
        for by_period in (False, True):
            measures = estimate.measures(station, of_class=of_class, by_period=by_period)
            for measure, found in ((names.SERVED, measures.served), (names.TURNED_AWAY, measures.turned_away)):
                values = of_day[:, measure, :2] if by_period else of_day[:, measure].sum(axis=1)
                np.testing.assert_allclose(found.value, values.mean(axis=0), rtol=1e-12)
                np.testing.assert_allclose(found.error, values.std(axis=0, ddof=1) / sqrt(days), rtol=1e-9, atol=1e-12)
        whole = estimate.measures(station, of_class=of_class)
        for measure, found in zip(
            (names.WAITING, names.ABANDONED, names.WITHIN), shares_of(whole).values(), strict=True
        ):
            values = of_day[:, measure].sum(axis=1)
            ratio = values.sum() / came.sum()
            error = (values - ratio * came).std(ddof=1) / sqrt(days) / came.mean()
            assert found.value == pytest.approx(ratio, rel=1e-12)
            assert found.error == pytest.approx(error, rel=1e-9)
    assert [each.name for each in fields(Estimate)] == ["value", "error", "days"]


def widest(estimate):
    """Half of the widest interval, of mean waits as a share of them or of one minute."""
    widths = []
    for station in ("desk", "second"):
        measures = estimate.measures(station)
        for name, each in shares_of(measures).items():
            half = float(each.error) * student.ppf(0.975, each.days - 1)
            widths.append(half / max(float(each.value), 1.0) if name == "mean wait" else half)
    return max(widths)


@pytest.mark.parametrize("precision", [0.05, 0.03])
def test_it_stops_as_soon_as_enough_is_known_and_not_before(precision):
    hall, told = small_hall(), []
    estimate = simulate_hall(
        hall, Replications(20_000, SEED, precision=precision), report=lambda done, most: told.append((done, most))
    )
    assert 1000 <= estimate.days < 20_000
    assert told == [(done, 20_000) for done in range(500, estimate.days + 1, 500)]
    assert widest(estimate) <= precision
    assert all(widest(simulate_hall(hall, Replications(done, SEED))) > precision for done, _ in told[:-1])


def test_it_stops_after_the_most_days_where_more_precision_is_wanted():
    estimate = simulate_hall(small_hall(), Replications(620, SEED, precision=1e-4))
    assert estimate.days == 620
    assert widest(estimate) > 1e-4


def test_intervals_of_95_per_cent_cover_the_truth_as_often():
    """Of 60 days of some 24 customers, over 2,000 seeds: the share is known to 0.5 %.

    Where a station sees four customers in half an hour and hardly one of them gives up, 60 days are too few: such
    intervals cover 88 to 93 %, and are not looked at here.
    """
    hall, seeds = small_hall(), range(1000, 3000)
    exact = simulate_hall(hall, Replications(200_000, SEED))
    found = [simulate_hall(hall, Replications(60, seed, workers=1)) for seed in seeds]
    covered = {}
    for how in ({}, {"of_class": "plain"}, {"of_class": "long"}, {"by_period": True}):
        for name, truth in shares_of(exact.measures("desk", **how)).items():
            ends = [shares_of(each.measures("desk", **how))[name].interval() for each in found]
            hits = [(low <= truth.value) & (truth.value <= high) for low, high in ends]
            covered[*how.items(), name] = np.mean(hits, axis=0)
    assert all(((share >= 0.92) & (share <= 0.97)).all() for share in covered.values()), covered


@pytest.mark.parametrize("p", [0.9, 0.95, 0.975, 0.995, 0.9995])
def test_students_quantiles_have_three_figures(p):
    for freedom in (10, 12, 15, 20, 29, 59, 99, 1000):
        assert student_quantile(p, freedom) == pytest.approx(student.ppf(p, freedom), rel=5e-4)
    for freedom in (29, 59, 499, 100_000):
        assert student_quantile(p, freedom) == pytest.approx(student.ppf(p, freedom), rel=1e-5)
    assert student_quantile(1 - p, 40) == pytest.approx(-student_quantile(p, 40), rel=1e-12)


def test_memory_does_not_grow_with_the_days():
    hall, most, sizes = small_hall(), [], []
    simulate_hall(hall, Replications(500, SEED, workers=1))
    for days in (500, 5000):
        tracemalloc.start()
        estimate = simulate_hall(hall, Replications(days, SEED, workers=1))
        most.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        sizes.append([each.nbytes for each in estimate.moments])
    assert sizes[0] == sizes[1]
    assert most[1] < most[0] + 100_000


@pytest.mark.parametrize(
    "hall",
    [small_hall(rates=(3.0, 3.0), busyness_scv=1.0), small_hall(tickets=Tickets(12.0, 0.3, 0.05))],
    ids=["far busier than expected", "many dead numbers"],
)
def test_a_workspace_that_is_too_small_grows(hall, followed):
    days, expected = 40, 30.0 * sum(sum(each.rates) for each in hall.classes)
    room = int(1.5 * expected + 10 * sqrt(expected) + 100)
    assert any(followed(hall, SEED, index, room=room).ending == names.NO_ROOM for index in range(days))
    totals = day_arrays(hall, followed, days, room=20_000)
    estimate = simulate_hall(hall, Replications(days, SEED))
    for measure, value in (("arrivals", names.ARRIVALS), ("abandoned", names.ABANDONED), ("served", names.SERVED)):
        sums = getattr(estimate.measures("desk"), measure).value * days
        assert sums == pytest.approx(totals[:, :2, value].sum(), rel=1e-12)


def test_fewer_days_than_an_interval_needs_are_refused():
    with pytest.raises(InvalidParameterError, match="at least 30"):
        Replications(29)
    assert Replications(30).days == 30


def test_a_hall_that_never_ends_is_refused():
    hall = small_hall()
    failing = replace(hall.stations[0], failure_rate=0.2)
    visits = {"desk": Visit(Distribution.constant(1.0))}
    hall = Hall(30.0, (failing,), (CustomerClass("all", (1.0, 1.0), ("desk",), visits),))
    with pytest.raises(InvalidParameterError, match="waits for ever"):
        simulate_hall(hall, Replications(50))
