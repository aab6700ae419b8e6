"""The gamma day factor against its moments and transform, and the expectation of a day against sums by hand."""

import math
from dataclasses import dataclass, fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import roots_genlaguerre
from scipy.stats import gamma

from optimizer.errors import InvalidParameterError
from optimizer.queues.transient.busy_days import busy_day_factor, expected_day, over_busy_days
from optimizer.queues.transient.day import transient_day
from optimizer.queues.transient.priority import priority_day


def moment(scv, power):
    """E Z^p = Π_{j<p} (1 + j scv)."""
    return math.prod(1 + j * scv for j in range(power))


@pytest.mark.parametrize("nodes", [1, 2, 5, 9])
@pytest.mark.parametrize("scv", [1e-9, 0.0025, 0.1, 1.0, 3.0])
def test_moments_up_to_twice_the_nodes_are_those_of_a_gamma(scv, nodes):
    factors, weights = busy_day_factor(scv, nodes)
    for power in range(2 * nodes):
        assert weights @ factors**power == pytest.approx(moment(scv, power), rel=1e-11), power


@given(st.floats(1e-12, 0.3), st.floats(0.0, 3.0))
def test_the_transform_is_that_of_a_gamma(scv, rate):
    """E exp(-r Z) = (1 + r scv)^(-1/scv), for shapes up to 10^12."""
    factors, weights = busy_day_factor(scv, 30)
    assert weights @ np.exp(-rate * factors) == pytest.approx(math.exp(-math.log1p(rate * scv) / scv), rel=1e-9)


@pytest.mark.parametrize("scv", [0.05, 0.1, 0.5, 1.0])
def test_nodes_and_weights_are_those_of_laguerre(scv):
    shape = 1 / scv
    points, weights, total = roots_genlaguerre(10, shape - 1, mu=True)
    found = busy_day_factor(scv, 10)
    assert found[0] == pytest.approx(points / shape, rel=1e-9)
    assert found[1] == pytest.approx(weights / total, rel=1e-6)


def test_a_factor_that_hardly_varies_is_nearly_normal():
    points, weights = np.polynomial.hermite_e.hermegauss(8)
    factors, shares = busy_day_factor(1e-8, 8)
    assert (factors - 1) / 1e-4 == pytest.approx(points, abs=2e-3)
    assert shares == pytest.approx(weights / weights.sum(), rel=2e-2)


def test_days_that_are_alike_need_one_node():
    factors, weights = busy_day_factor(0.0)
    assert (factors.tolist(), weights.tolist()) == ([1.0], [1.0])


def test_days_that_count_for_nothing_are_left_out():
    factors, weights = busy_day_factor(2.0, 64)
    assert len(factors) < 40
    assert weights.min() >= 1e-15
    assert weights.sum() == pytest.approx(1, abs=1e-12)


def test_a_day_over_a_gamma_factor_agrees_with_another_rule(matrix_day):
    """Legendre nodes on the density of the factor, and the day by matrices."""
    rates, servers, scv = np.array([0.3, 0.6]), [1, 2], 0.1
    top = gamma.isf(1e-12, 1 / scv, scale=scv)
    points, lengths = np.polynomial.legendre.leggauss(28)
    points, lengths = top * (points + 1) / 2, top * lengths / 2
    weights = lengths * gamma.pdf(points, 1 / scv, scale=scv)
    days = [matrix_day(rates * z, servers, 0.2, 0.1, 8.0) for z in points]
    factors, shares = busy_day_factor(scv)
    found = expected_day([transient_day(rates * z, servers, 0.2, 0.1, period=8.0) for z in factors], shares)
    for name in ("waiting", "busy", "delayed", "abandoned", "present", "waiting_after_closing", "overtime"):
        each = np.array([getattr(day, name) for day in days])
        assert getattr(found, name) == pytest.approx(np.tensordot(weights, each, axes=1), rel=1e-7), name


def test_totals_are_means_and_shares_are_ratios_of_totals():
    quiet, busy = (
        transient_day([0.2 * z, 0.0, 0.4 * z], [1, 1, 2], 0.2, 0.1, period=30.0, limits=[2.0, 9.0]) for z in (1, 3)
    )
    day = expected_day([quiet, busy], [0.75, 0.25])
    assert day.period == 30.0
    assert day.servers.tolist() == [1, 1, 2]
    for field in fields(day):
        if field.name not in ("period", "servers", "service_level"):
            mean = 0.75 * getattr(quiet, field.name) + 0.25 * getattr(busy, field.name)
            assert getattr(day, field.name) == pytest.approx(mean, rel=1e-12), field.name
    served = 0.75 * quiet.service_level * quiet.arrivals + 0.25 * busy.service_level * busy.arrivals
    assert day.service_level[:, [0, 2]] == pytest.approx((served / day.arrivals.clip(1e-9))[:, [0, 2]], rel=1e-12)
    assert day.service_level[:, 1].tolist() == [1.0, 1.0]
    wait = 0.75 * quiet.mean_wait * quiet.arrivals + 0.25 * busy.mean_wait * busy.arrivals
    assert day.mean_wait[[0, 2]] == pytest.approx((wait / day.arrivals.clip(1e-9))[[0, 2]], rel=1e-12)
    assert isinstance(day.overtime, float)


@dataclass(frozen=True)
class ClassDay:
    """A day with an axis of classes first."""

    arrivals: np.ndarray
    service_level: np.ndarray
    exact_levels: bool = True


def test_classes_are_weighted_by_their_own_arrivals():
    """Axes class, period and class, limit, period."""
    one = ClassDay(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[[0.5, 0.6]], [[0.7, 0.8]]]))
    two = ClassDay(np.array([[3.0, 2.0], [3.0, 8.0]]), np.array([[[0.1, 0.2]], [[0.3, 0.4]]]))
    day = expected_day([one, two], [0.5, 0.5])
    assert day.arrivals.tolist() == [[2.0, 2.0], [3.0, 6.0]]
    assert day.exact_levels is True
    assert day.service_level == pytest.approx(np.array([[[0.2, 0.4]], [[0.5, 0.8 / 3 + 0.4 * 2 / 3]]]))


def test_two_classes_together_are_one_line_on_busy_days_too():
    rates = np.array([[0.1, 0.1], [0.3, 0.4]])
    factors, weights = busy_day_factor(0.1, 4)
    classes = [priority_day(z * rates, [3, 2], 0.2, (0.05, 0.05), period=30.0, limits=[5.0]) for z in factors]
    lines = [transient_day(z * rates.sum(axis=0), [3, 2], 0.2, 0.05, period=30.0) for z in factors]
    both, line = expected_day(classes, weights), expected_day(lines, weights)
    assert both.waiting.sum(axis=0) == pytest.approx(line.waiting, rel=1e-9)
    assert both.arrivals == pytest.approx(30 * rates)
    served = sum(w * day.service_level[:, 0] * day.arrivals for w, day in zip(weights, classes, strict=True))
    assert both.service_level[:, 0] == pytest.approx(served / (30 * rates), rel=1e-12)


def test_a_certain_day_is_itself():
    day = transient_day([0.5, 0.5], [3, 2], 0.2, period=60.0, limits=[5.0])
    same = expected_day([day, day], [0.3, 0.7])
    assert same.waiting == pytest.approx(day.waiting, rel=1e-14)
    assert same.service_level == pytest.approx(day.service_level, rel=1e-14)


def test_measures_per_customer_count_busy_days_more():
    assert over_busy_days(lambda z: z, 0.2) == pytest.approx(1.2)
    assert over_busy_days(lambda z: z, 0.2, per_customer=False) == pytest.approx(1.0)
    assert over_busy_days(lambda z: [1.0, z, z * z], 0.2) == pytest.approx([1.0, 1.2, 1.2 * 1.4])
    assert isinstance(over_busy_days(lambda z: z, 0.0), float)


def test_an_endless_wait_on_some_days_is_endless():
    assert over_busy_days(lambda z: math.inf if z > 2 else z, 0.5) == math.inf


@pytest.mark.parametrize("scv", [-0.1, math.nan, math.inf])
def test_a_bad_scv_is_named(scv):
    with pytest.raises(InvalidParameterError, match="scv"):
        busy_day_factor(scv)


def test_no_node_is_refused():
    with pytest.raises(InvalidParameterError, match="nodes"):
        busy_day_factor(0.1, 0)


@pytest.mark.parametrize("weights", [[0.5, 0.6], [1.5, -0.5], [1.0], [[0.5, 0.5]], [math.nan, 1.0]])
def test_weights_that_are_no_probabilities_are_refused(weights):
    day = transient_day([0.5], [3], 0.2, period=60.0)
    with pytest.raises(InvalidParameterError, match="weights"):
        expected_day([day, day], weights)


def test_no_days_are_refused():
    with pytest.raises(InvalidParameterError, match="days"):
        expected_day([], [])


@pytest.mark.parametrize(("name", "servers", "period"), [("servers", [2], 60.0), ("period", [3], 30.0)])
def test_days_of_other_servers_or_length_do_not_mix(name, servers, period):
    with pytest.raises(InvalidParameterError, match=name):
        expected_day([transient_day([0.5], [3], 0.2, period=60.0), transient_day([0.5], servers, 0.2, period=period)],
                     [0.5, 0.5])  # fmt: skip
