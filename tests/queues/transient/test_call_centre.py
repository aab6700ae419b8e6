"""The SSJ library's call centre: 13 hours, a gamma day factor, one caller in ten who never waits."""

import math

import numpy as np
import pytest

from optimizer.queues.transient.busy_days import busy_day_factor, expected_day
from optimizer.queues.transient.day import transient_day


def measures(centre, shape):
    """Mean wait [s], share whose wait is within the limit, share lost; over the expected callers.

    The share is of all callers, also those lost within the limit, so 1 - P(W > τ). With D callers delayed, S(u) of
    them served within u and F(u) still waiting, F' = -S' - ηF, so F(τ) = D exp(-ητ) - S(τ) + η ∫ exp(-η(τ-u)) S(u) du.
    """
    patience_rate, limit = 60 / centre["patience_seconds"], centre["limit_seconds"] / 60
    points, lengths = np.polynomial.legendre.leggauss(4)
    points, lengths = limit * (points + 1) / 2, limit * lengths / 2
    factors, weights = busy_day_factor(1 / shape)
    days = [
        transient_day(
            factor * np.array(centre["calls_per_hour"]) / 60,
            centre["agents"],
            60 / centre["service_seconds"],
            patience_rate,
            period=60.0,
            limits=[*points, limit],
            joining=[1 - centre["no_patience"]],
        )
        for factor in factors
    ]
    day = expected_day(days, weights)
    callers, delayed, refused = day.arrivals.sum(), day.delayed.sum(), day.blocked.sum()
    *earlier, served = day.service_level @ day.arrivals - (callers - delayed - refused)
    waiting = delayed * math.exp(-patience_rate * limit) - served
    waiting += patience_rate * (lengths * np.exp(-patience_rate * (limit - points))) @ np.array(earlier)
    return {
        "mean_wait": 60 * (day.waiting.sum() + day.waiting_after_closing) / callers,
        "within_limit": 1 - waiting / callers,
        "lost": (refused + day.abandoned.sum()) / callers,
    }


@pytest.mark.parametrize("shape", [400, 10])
def test_the_call_centre_is_the_published_one(reference, shape):
    centre = reference("call_centre.json")
    case = next(case for case in centre["cases"] if case["shape"] == shape)
    for name, value in measures(centre, shape).items():
        estimate, *interval = case["published"][name]
        if interval:
            assert interval[0] <= round(value, 3) <= interval[1], name
        else:
            assert round(value, 3) == estimate, name
        for source in ("recomputed", "resimulated"):
            estimate, *error = case[source][name]
            assert not error or abs(value - estimate) < 3 * error[0], (name, source)
