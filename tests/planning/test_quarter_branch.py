"""The branch of a quarter has the calendar's days, and day types for each way in which they are staffed."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from optimizer.calibration.calendar import CalendarRules, Override
from optimizer.calibration.planner_tables import Adjustment
from optimizer.calibration.quarter import Quarter, forecast_quarter
from optimizer.errors import DataRefused
from optimizer.evaluation import evaluate
from optimizer.planning.quarter_branch import branch_of_quarter, policy_for, with_day_types
from optimizer.problem import read_branch, read_today

DAAN = Path(__file__).parent.parent.parent / "instances" / "daan"
FIRST = Quarter(2027, 1)


@pytest.fixture(scope="module")
def daan():
    return read_branch(DAAN)


def test_days_are_counted_by_the_calendar(daan):
    forecast = forecast_quarter(daan, FIRST, CalendarRules())
    branch = branch_of_quarter(forecast)
    counted = {name: day_type.days for name, day_type in branch.day_types.items()}
    assert counted == {"holiday_eve": 1, "pay_day": 9, "weekday": 49, "weekend": 24}
    assert branch.arrivals == daan.arrivals


def test_a_day_type_that_the_quarter_does_not_have_is_left_out(daan):
    eve = CalendarRules(overrides=(Override(date(2027, 2, 4), "closed"),))
    forecast = forecast_quarter(daan, FIRST, eve)
    branch = branch_of_quarter(forecast)
    assert "holiday_eve" not in branch.day_types
    assert "holiday_eve" not in branch.skills["teller"].available
    policy = policy_for(branch, read_today(DAAN))
    assert set(policy.days) == set(branch.day_types)


def test_an_adjusted_day_raises_the_mean_of_its_type(daan):
    adjustment = Adjustment(date(2027, 1, 4), date(2027, 1, 4), "all", "all", 1 + 49.0, "opening of a mall")
    branch = branch_of_quarter(forecast_quarter(daan, FIRST, CalendarRules(), adjustments=[adjustment]))
    before, after = (
        np.sum([b.arrivals["weekday"][t].get(k, (0.0,)) for t, k in b.classes if k in b.arrivals["weekday"].get(t, {})])
        for b in (daan, branch)
    )
    assert after == pytest.approx(2 * before)
    assert branch.arrivals["weekend"] == daan.arrivals["weekend"]


def test_a_quarter_without_an_open_day_is_refused(daan):
    dates = [date.fromordinal(n) for n in range(date(2027, 1, 1).toordinal(), date(2027, 4, 1).toordinal())]
    rules = CalendarRules(overrides=tuple(Override(day, "closed") for day in dates))
    with pytest.raises(DataRefused, match="no open day"):
        branch_of_quarter(forecast_quarter(daan, FIRST, rules))


def test_days_of_one_type_in_two_ways_cost_what_each_way_costs(daan):
    today = read_today(DAAN)
    names = {name: (name, day_type.days) for name, day_type in daan.day_types.items()}
    split = {**names, "weekday": ("weekday", 20), "weekday_b": ("weekday", 30)}
    branch = with_day_types(daan, split)
    policy = today.replace(days=today.days | {"weekday_b": today.days["weekday"]})
    assert evaluate(branch, policy).cost == pytest.approx(evaluate(daan, today).cost, rel=1e-12)


def test_a_promise_of_some_day_types_holds_for_those_that_are_like_them(daan):
    target = daan.targets["vip_within_5"].replace(day_types=("weekend",))
    given = daan.replace(targets=daan.targets | {"vip_within_5": target})
    branch = with_day_types(given, {"a": ("weekday", 3), "b": ("weekend", 2), "c": ("weekend", 1)})
    assert branch.targets["vip_within_5"].day_types == ("b", "c")
    assert "vip_within_5" not in with_day_types(given, {"a": ("weekday", 3)}).targets
    assert branch.targets["cash_within_10"].day_types == ()
