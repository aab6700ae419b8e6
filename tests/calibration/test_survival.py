"""Kaplan and Meier's curve against published values."""

import math

import numpy as np
import pytest

from optimizer.calibration.survival import kaplan_meier

GAVE_UP = [6, 6, 6, 7, 10, 13, 16, 22, 23]
CALLED = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
"""Weeks of remission of 21 patients under 6-mercaptopurine. Freireich et al. (1963), Blood 21."""


def remission():
    times = np.array(GAVE_UP + CALLED, float)
    events = np.repeat([1, 0], [len(GAVE_UP), len(CALLED)])
    return kaplan_meier(times, events, 1 - events)


def test_the_curve_of_the_remission_data_is_the_published_one():
    curve = remission()
    assert curve.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    # Kalbfleisch, Prentice (2002), The statistical analysis of failure time data, and every textbook since 1963.
    assert curve.survival == pytest.approx([0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=5e-5)
    assert curve.standard_errors == pytest.approx([0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346], abs=5e-5)


def test_before_anybody_gives_up_all_are_there_and_after_the_last_wait_nothing_is_known():
    curve = remission()
    assert (curve.at(5.9).value, curve.at(6).value, curve.last) == (1.0, pytest.approx(18 / 21), 35.0)
    assert math.isnan(curve.at(35.1).value)


def test_the_restricted_mean_is_the_area_worked_by_hand():
    # 2 of 4 give up at 1 and at 3, one is called at 2: the curve is 1, 3/4 from 1, 3/8 from 3.
    curve = kaplan_meier([1, 2, 3, 4], [1, 0, 1, 0], [0, 1, 0, 1])
    found = curve.restricted_mean(4.0)
    assert found.value == pytest.approx(1 + 2 * 0.75 + 0.375)
    # Areas after 1 and 3 are 1.875 and 0.375; d / n (n - d) is 1/12 and 1/2.
    assert found.standard_error == pytest.approx(math.sqrt(1.875**2 / 12 + 0.375**2 / 2))


def test_the_hazard_between_two_times_is_the_slope_of_the_logarithm():
    curve = remission()
    first, second = curve.hazards([0, 10, 23])
    assert first.value == pytest.approx(-math.log(0.7529) / 10, rel=1e-3)
    assert second.value == pytest.approx(-math.log(0.4482 / 0.7529) / 13, rel=1e-3)
    assert (first.n, second.n) == (5, 4)
    assert first.standard_error == pytest.approx(0.0963 / 0.7529 / 10, rel=1e-3)
