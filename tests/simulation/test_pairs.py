"""Two halls that meet the same customers: what they differ by, and how surely."""

from dataclasses import dataclass

import numpy as np
import pytest

from optimizer.errors import InvalidParameterError
from optimizer.evaluation import Regime, evaluate_day
from optimizer.simulation import COST_NAMES, Replications, branch_hall, hall_prices, simulate_hall, simulate_pair
from optimizer.simulation.moments import Groups
from optimizer.simulation.records import ARRIVALS, LOST, WAITING, WITHIN, workspace
from optimizer.simulation.replications import HallDays


@dataclass(frozen=True)
class Pair:
    """Two halls of one branch with their prices."""

    halls: tuple
    prices: tuple

    def simulated(self, replications):
        return simulate_pair(*self.halls, replications, prices=self.prices, cost_names=COST_NAMES)

    def apart(self, replications):
        """Either hall by itself."""
        return [
            simulate_hall(hall, replications, prices=prices, cost_names=COST_NAMES)
            for hall, prices in zip(self.halls, self.prices, strict=True)
        ]

    def days(self, count, seed):
        """Totals of single days by group, and their costs; axes hall, day, and those of a day."""
        found = []
        for hall, prices, groups in zip(self.halls, self.prices, Groups.of(*self.halls), strict=True):
            days = HallDays(hall, seed, prices, COST_NAMES, groups)
            work, day = workspace(days.arrays, days.room), days.room_for_one()
            totals, costs = [], []
            for index in range(count):
                work = days.follow(work, day, index)
                totals.append(day.groups.copy())
                costs.append(day.costs.copy())
            found.append((np.array(totals), np.array(costs)))
        return found


@pytest.fixture
def paired(small_branch, small_policy, changed):
    """A function that makes halls of a weekday of the small branch under two policies, changed at dotted places."""

    def make(first, second, branch=None):
        given = changed(small_branch, {"busyness_scv": 0.03, "tiers.ordinary.balking": 0.1} | (branch or {}))
        halls = tuple(branch_hall(given, changed(small_policy, each), "weekday") for each in (first, second))
        return Pair(halls, tuple(hall_prices(given, hall) for hall in halls))

    return make


@pytest.fixture
def one_window_more(paired):
    """The small branch as it is, and with a third cash window for one half hour."""
    return paired({}, {"days.weekday.windows.cash": [2, 2, 2, 3, 2, 2, 2, 2]})


def test_the_difference_is_that_of_two_simulations_with_the_same_seed(one_window_more):
    replications = Replications(300, seed=12)
    pair, (first, second) = one_window_more.simulated(replications), one_window_more.apart(replications)
    for station, group in (("lobby", None), ("cash", None), ("cash", "ordinary"), ("general", "vip"), ("atm", None)):
        for by_period in (False, True):
            one, other = (each.measures(station, group=group, by_period=by_period) for each in (first, second))
            wait = pair.mean_wait(station, group=group, by_period=by_period)
            lost = pair.abandonment(station, group=group, by_period=by_period)
            assert wait.value == pytest.approx(other.mean_wait.value - one.mean_wait.value, abs=1e-12)
            assert lost.value == pytest.approx(other.abandonment.value - one.abandonment.value, abs=1e-12)
            assert wait.days == lost.days == 300
    one, other = (each.measures("cash").service_levels[10.0] for each in (first, second))
    assert pair.service_level("cash", 10.0).value == pytest.approx(other.value - one.value, abs=1e-12)
    for name in (*COST_NAMES, "total"):
        expected = second.costs[name].value - first.costs[name].value
        assert pair.costs[name].value == pytest.approx(expected, abs=1e-9)
        assert pair.first.costs[name].value == first.costs[name].value
        assert pair.second.costs[name].error == second.costs[name].error


@pytest.mark.parametrize("second", [{"days.weekday.windows.cash": [2, 2, 2, 3, 2, 2, 2, 2]}, {"greeters": 2}])
def test_the_standard_error_is_that_of_differences_day_by_day(second, paired):
    pair, count = paired({}, second), 200
    difference = pair.simulated(Replications(count, seed=7))
    (first, first_costs), (other, other_costs) = pair.days(count, 7)
    keys, whole = difference.first.groups.keys, first.shape[-1] - 1

    def by_hand(key, measure, slot):
        """Residuals of the ratio of either hall, divided by its customers, subtracted day by day."""
        residuals = []
        for totals in (first, other):
            of_group = totals[:, keys.index(key)]
            top, base = of_group[:, measure, slot], of_group[:, ARRIVALS, slot]
            residuals.append((top - top.sum() / base.sum() * base) / base.mean())
        return np.std(residuals[1] - residuals[0], ddof=1) / np.sqrt(count)

    for station, group in (("cash", None), ("cash", "ordinary"), ("general", "vip"), ("atm", None), ("lobby", None)):
        key = (station, group, None)
        errors = difference.mean_wait(station, group=group, by_period=True).error
        assert errors == pytest.approx([by_hand(key, WAITING, slot) for slot in range(8)], rel=1e-6, abs=1e-9)
        assert difference.mean_wait(station, group=group).error == pytest.approx(by_hand(key, WAITING, whole), rel=1e-6)
        assert difference.abandonment(station, group=group).error == pytest.approx(by_hand(key, LOST, whole), rel=1e-6)
    level = difference.service_level("cash", 10.0).error
    assert level == pytest.approx(by_hand(("cash", None, None), WITHIN, whole), rel=1e-6)
    by_day = np.std(other_costs - first_costs, axis=0, ddof=1) / np.sqrt(count)
    assert [cost.error for cost in difference.costs.values()] == pytest.approx(by_day, rel=1e-6, abs=1e-9)


def test_pairs_tell_far_more_than_days_apart_about_one_window(one_window_more):
    replications = Replications(1000, seed=3)
    pair = one_window_more.simulated(replications)
    first, second = one_window_more.apart(replications)
    apart = {
        "wait": [each.measures("cash").mean_wait.error for each in (first, second)],
        "cost": [each.costs["total"].error for each in (first, second)],
    }
    assert pair.mean_wait("cash").value < -10 * pair.mean_wait("cash").error < 0
    assert np.hypot(*apart["wait"]) > 4 * pair.mean_wait("cash").error
    assert np.hypot(*apart["cost"]) > 4 * pair.costs["total"].error


def test_the_difference_is_the_exact_one_where_the_evaluation_is_exact(counter_branch, counter_policy, changed):
    more = changed(counter_policy, {"days.busy.windows.counter": [2, 2, 3, 3, 3, 2, 1, 1]})
    policies = (counter_policy, more)
    days = [evaluate_day(counter_branch, "busy", Regime.of(counter_branch, p), p.days["busy"]) for p in policies]
    pair = simulate_pair(*(branch_hall(counter_branch, p, "busy") for p in policies), Replications(5000, seed=2))
    one, other = (day.channels["counter"] for day in days)
    for got, exact in (
        (pair.mean_wait("counter"), other.mean_wait - one.mean_wait),
        (pair.abandonment("counter"), other.abandonment - one.abandonment),
        (pair.service_level("counter", 3.0), other.service_level(3.0) - one.service_level(3.0)),
        (pair.service_level("counter", 10.0), other.service_level(10.0) - one.service_level(10.0)),
    ):
        assert abs(got.value - exact) < 3.5 * got.error


@pytest.mark.parametrize("seed", range(5))
def test_halls_that_are_alike_do_not_differ_at_all(seed, paired):
    policy = {"form_at_window_below": 2, "pitch_below": 2, "thresholds.deposit_to_ebank": 5000}
    branch = {"channels.atm.failures_per_day": 2, "channels.atm.repair_minutes": 30}
    difference = paired(policy, policy, branch).simulated(Replications(130, seed=seed))
    found = list(difference.costs.values())
    for station, group, of_class in difference.first.groups.keys:
        if of_class is None:
            for by_period in (False, True):
                found.append(difference.mean_wait(station, group=group, by_period=by_period))
                found.append(difference.abandonment(station, group=group, by_period=by_period))
                for limit in difference.first.limits[station]:
                    found.append(difference.service_level(station, limit, group=group, by_period=by_period))
    assert len(found) > 30
    assert not any(np.any(each.value) or np.any(each.error) for each in found)


def test_customers_whom_only_one_policy_sends_to_a_station_differ_from_nobody(paired):
    pair = paired({"thresholds": {}}, {})
    difference = pair.simulated(Replications(100))
    alone = pair.apart(Replications(100))[1].measures("atm")
    assert difference.first.measures("atm").arrivals.value == 0
    assert difference.mean_wait("atm").value == pytest.approx(alone.mean_wait.value)
    assert difference.mean_wait("atm").error == pytest.approx(alone.mean_wait.error)


def test_a_period_in_which_nobody_comes_has_no_difference(counter_branch, counter_policy, changed):
    nobody = changed(counter_branch, {"arrivals.busy.business.ordinary": [0.0, 0.0, 5.0, 9.0, 9.0, 9.0, 9.0, 0.0]})
    more = changed(counter_policy, {"days.busy.windows.counter": [3] * 8})
    halls = [branch_hall(nobody, policy, "busy") for policy in (counter_policy, more)]
    wait = simulate_pair(*halls, Replications(50)).mean_wait("counter", by_period=True)
    assert wait.value[[0, 1, 7]].tolist() == wait.error[[0, 1, 7]].tolist() == [0, 0, 0]
    # Until 11:00 both have three windows.
    assert np.all(wait.error[4:7] > 0)


def test_the_same_seed_gives_the_same_difference_for_any_number_of_workers(one_window_more):
    told = []
    results = [
        one_window_more.simulated(Replications(120, seed=seed, workers=workers))
        for seed, workers in ((1, 1), (1, 3), (2, 2))
    ]
    simulate_pair(*one_window_more.halls, Replications(120), report=lambda done, most: told.append((done, most)))
    costs = [(float(each.costs["total"].value), float(each.costs["total"].error)) for each in results]
    assert costs[0] == costs[1] != costs[2]
    assert told == [(120, 120)]


@pytest.mark.parametrize(
    "branch",
    [
        {"channels.spare": {"kind": "machine", "units": 1}},
        {"targets.cash_fast.within": 5},
        {"opening.saturday.close": "11:30", "arrivals.saturday": {}},
    ],
)
def test_halls_of_a_pair_have_the_same_stations_limits_and_periods(branch, small_branch, small_policy, changed):
    other = changed(small_branch, branch)
    halls = [branch_hall(small_branch, small_policy, "saturday")]
    windows = {role: [1] * other.periods("saturday") for role in ("cash", "general")}
    halls.append(branch_hall(other, changed(small_policy, {"days.saturday.windows": windows}), "saturday"))
    with pytest.raises(InvalidParameterError, match="the halls of a pair have the same"):
        simulate_pair(*halls, Replications(30))


def test_what_is_not_in_the_halls_has_no_difference(one_window_more):
    difference = one_window_more.simulated(Replications(30))
    for ask in (
        lambda: difference.mean_wait("counter"),
        lambda: difference.mean_wait("cash", group="gold"),
        lambda: difference.abandonment("ebank", group="vip"),
        lambda: difference.service_level("counter", 10.0),
        lambda: difference.service_level("cash", 4.0),
        lambda: difference.service_level("general", 10.0),
    ):
        with pytest.raises(InvalidParameterError):
            ask()
