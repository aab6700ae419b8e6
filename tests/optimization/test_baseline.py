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


def test_cost_is_teller_hours_and_nothing_else():
    result = baseline.solve_case(baseline.CASES[1], gap=0.2)
    assert {name for name, yuan in result.evaluation.costs.items() if yuan} == {"wages"}
