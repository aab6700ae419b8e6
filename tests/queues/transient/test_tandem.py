"""Queues in series: balance, the cases in which departures are Poisson, and the distance from the exact chain."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from optimizer.errors import InvalidParameterError
from optimizer.queues import erlang_c
from optimizer.queues.transient.tandem import Stage, tandem_day


def test_whom_a_stage_serves_arrive_at_the_next():
    stages = [Stage([3, 2, 4], 0.25, 0.05), Stage([2, 2, 1], 0.4), Stage([5, 5, 5], 0.2, capacity=6)]
    days = tandem_day([0.8, 0.5, 0.6], stages, period=30.0)
    assert len(days) == 3
    for day, after in pairwise(days):
        leaving = day.completed.sum() + day.left_at_closing
        assert after.arrivals.sum() == pytest.approx(leaving)
        np.testing.assert_allclose(after.arrivals[:-1], day.completed[:-1])


def test_with_a_server_for_everybody_the_mean_flows_are_exact():
    """Means of a network of infinite-server queues: m₁' = λ - μ₁ m₁, m₂' = μ₁ m₁ - μ₂ m₂; short periods."""
    rates, count, length = np.repeat([0.3, 0.6, 0.2], 40), 120, 0.5
    first, second = tandem_day(rates, [Stage([25] * count, 0.1), Stage([25] * count, 0.2)], period=length)

    def slope(t, m):
        return [rates[min(int(t / length), count - 1)] - 0.1 * m[0], 0.1 * m[0] - 0.2 * m[1]]

    ends = length * np.arange(1, count + 1)
    means = solve_ivp(slope, (0, ends[-1]), [0.0, 0.0], t_eval=ends, max_step=length / 5, rtol=1e-9, atol=1e-10).y
    np.testing.assert_allclose(first.present, means[0], rtol=0, atol=1e-5)
    np.testing.assert_allclose(second.present[:-1], means[1, :-1], rtol=0, atol=2e-3)


def test_a_long_day_tends_to_queues_in_series():
    """Burke: in the long run each M/M/c of the series stands alone."""
    first, second = tandem_day([0.5] * 4, [Stage([3] * 4, 0.25), Stage([2] * 4, 0.4)], period=1500.0)
    assert second.mean_waiting[2] == pytest.approx(erlang_c(2, 0.5, 0.4).mean_queue, rel=1e-8)
    assert first.mean_waiting[2] == pytest.approx(erlang_c(3, 0.5, 0.25).mean_queue, rel=1e-8)


def test_the_second_stage_is_near_the_exact_chain(event_day):
    """States (at the first stage, at the second): one server each, from empty, through a short busy day."""
    rates, mu, count, period = [0.5, 0.3, 0.1], (0.4, 0.35), 3, 5.0

    def events(t, state):
        a, b = state
        yield rates[t] if t < count else 0.0, [(1.0, (a + 1, b))]
        yield min(a, 1) * mu[0], [(1.0, (a - 1, b + 1))]
        yield min(b, 1) * mu[1], [(1.0, (a, b - 1))]

    exact = event_day(
        count, period, (0, 0), events, lambda t, state: [(1.0, state)], lambda state: sum(state) < 25
    ).follow()  # fmt: skip
    waiting, _ = exact.integrals(lambda t, x: max(0, x[1] - 1), lambda t, x: x[1])
    _, second = tandem_day(rates, [Stage([1] * count, mu[0]), Stage([1] * count, mu[1])], period=period)
    assert second.waiting[:2].sum() == pytest.approx(waiting[:2].sum(), rel=0.25)
    assert abs(second.waiting[:2].sum() / waiting[:2].sum() - 1) > 0.01, "an approximation"


def test_a_series_has_a_stage():
    with pytest.raises(InvalidParameterError, match="stages"):
        tandem_day([0.5], [], period=30.0)
