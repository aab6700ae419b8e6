"""Two policies over a quarter that meet the same customers."""

import numpy as np
import pytest

from optimizer.errors import DataRefused
from optimizer.simulation import Replications, channel_contrast, compare, simulate

DAYS = Replications(200, seed=4)


@pytest.fixture(scope="module")
def wider(counter_policy, changed):
    """A window more in the busiest half hour of either day."""
    return changed(
        counter_policy, {f"days.{day}.windows.counter": [2, 2, 3, 4, 2, 2, 1, 1] for day in ("busy", "quiet")}
    )


@pytest.fixture(scope="module")
def comparison(counter_branch, counter_policy, wider):
    return compare(counter_branch, counter_policy, wider, DAYS)


def test_either_policy_has_the_numbers_that_it_has_alone(counter_branch, counter_policy, wider, comparison):
    for side, policy in (("first", counter_policy), ("second", wider)):
        alone = simulate(counter_branch, policy, DAYS)
        for day_type, day in comparison.days.items():
            ours = getattr(day, side).measures("counter").mean_wait
            assert ours.value == pytest.approx(float(alone.days[day_type].measures("counter").mean_wait.value))
        for name, cost in alone.costs.items():
            assert getattr(comparison.costs[name], side).value == pytest.approx(float(cost.value))
            assert getattr(comparison.costs[name], side).error == pytest.approx(float(cost.error))


def test_a_difference_is_the_second_less_the_first(comparison):
    for day in comparison.days.values():
        contrast = channel_contrast(day, "counter")
        for each in (contrast.mean_wait, contrast.abandonment, *contrast.service_levels.values()):
            assert each.difference.value == pytest.approx(float(each.second.value - each.first.value), abs=1e-12)
    for each in comparison.costs.values():
        assert each.difference.value == pytest.approx(float(each.second.value - each.first.value), abs=1e-6)


def test_a_window_more_is_told_apart_by_pairs(comparison):
    contrast = channel_contrast(comparison.days["busy"], "counter")
    assert contrast.mean_wait.difference.interval()[1] < 0 < contrast.service_levels[3].difference.interval()[0]
    assert contrast.mean_wait.narrowing > 1.5
    assert comparison.costs["total"].narrowing > 1.5


def test_the_interval_is_as_much_narrower_as_it_says(comparison):
    contrast = channel_contrast(comparison.days["busy"], "counter").mean_wait
    apart = np.hypot(contrast.first.error, contrast.second.error)
    assert contrast.narrowing == pytest.approx(float(apart / contrast.difference.error))


def test_a_policy_does_not_differ_from_itself(counter_branch, counter_policy):
    same = compare(counter_branch, counter_policy, counter_policy, Replications(30))
    contrast = channel_contrast(same.days["busy"], "counter")
    assert (contrast.mean_wait.difference.value, contrast.mean_wait.difference.error) == (0, 0)
    assert contrast.mean_wait.narrowing is None
    assert same.costs["total"].difference.value == 0


def test_a_channel_that_one_policy_sends_nobody_to_has_customers_and_no_more(small_branch, small_policy, changed):
    nobody = changed(small_policy, {"thresholds": {"withdrawal_to_atm": 0.0}})
    for first, second in ((nobody, small_policy), (small_policy, nobody)):
        day = compare(small_branch, first, second, Replications(30)).days["weekday"]
        contrast = channel_contrast(day, "atm")
        assert sorted(each.value > 0 for each in contrast.customers) == [False, True]
        assert (contrast.mean_wait, contrast.abandonment, contrast.service_levels) == (None, None, {})


def test_a_channel_where_nobody_comes_is_left_out(small_branch, small_policy, changed):
    nobody = changed(small_policy, {"thresholds": {"withdrawal_to_atm": 0.0}})
    day = compare(small_branch, nobody, nobody, Replications(30)).days["weekday"]
    assert channel_contrast(day, "atm") is None


@pytest.mark.parametrize("order", [1, -1])
def test_a_policy_that_does_not_fit_is_refused(counter_branch, counter_policy, changed, order):
    policies = [counter_policy, changed(counter_policy, {"days.quiet": ...})][::order]
    with pytest.raises(DataRefused, match="quiet"):
        compare(counter_branch, *policies, Replications(30))


def test_days_done_are_reported_over_all_day_types(counter_branch, counter_policy, wider):
    told = []
    compare(counter_branch, counter_policy, wider, Replications(600), lambda *done: told.append(done))
    assert told == [(500, 1200), (600, 1200), (1100, 1200), (1200, 1200)]
