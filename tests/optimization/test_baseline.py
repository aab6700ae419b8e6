"""Fewer teller-hours than staffing half hour by half hour, and than taking windows away from it one at a time."""

import importlib.util
from pathlib import Path

import pytest

from optimizer.optimization import Status

_spec = importlib.util.spec_from_file_location("baseline", Path("benchmarks/baseline.py"))
baseline = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(baseline)


@pytest.mark.parametrize("case", baseline.CASES[:3], ids=lambda case: case.name)
def test_no_more_teller_hours_than_the_greedy_removal(case):
    result = baseline.solve_case(case, time_limit=120.0)
    hours, bound = (baseline.teller_hours(yuan) for yuan in (result.evaluation.cost, result.bound))
    plan = result.policy.days["day"]
    assert result.evaluation.feasible
    assert min(promise.value for promise in result.evaluation.promises) >= 0.8 * (1 - 1e-9)
    assert hours == pytest.approx(sum(plan.windows["counter"]) / 2)
    assert hours <= case.greedy < case.baseline
    assert result.status is Status.OPTIMAL or hours - bound <= 1.0


def test_no_plan_below_94_keeps_the_promise_of_the_pension_day():
    """The greedy removal's 93.5 was judged by simulation; the bound says that it falls short of 80 % somewhere."""
    result = baseline.solve_case(baseline.CASES[3], time_limit=120.0)
    assert result.status is Status.OPTIMAL
    assert result.evaluation.feasible
    assert baseline.teller_hours(result.evaluation.cost) == pytest.approx(94.0)


def test_a_plan_holds_on_simulated_days():
    case = baseline.CASES[1]
    windows = baseline.solve_case(case).policy.days["day"].windows["counter"]
    assert min(baseline.simulate(case, windows, days=3000)) >= 0.79


def test_cost_is_teller_hours_and_nothing_else():
    result = baseline.solve_case(baseline.CASES[1], gap=0.2)
    assert {name for name, yuan in result.evaluation.costs.items() if yuan} == {"wages"}
