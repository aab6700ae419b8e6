"""What planners do: Erlang's formula for each period, and shifts that cover it."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from optimizer.errors import InvalidParameterError
from optimizer.evaluation import evaluate
from optimizer.optimization.by_period import plan_by_period, raised_limit
from optimizer.problem import DayPlan, Policy, Target, read_branch
from optimizer.queues import erlang_a, erlang_c

_spec = importlib.util.spec_from_file_location("baseline", Path("benchmarks/baseline.py"))
baseline = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(baseline)


def any_policy(branch):
    """One window in each role all day: by-period planning takes its thresholds and rules alone."""
    days = {
        name: DayPlan(windows={role: (1,) * branch.periods(name) for role in branch.roles}, shifts=())
        for name in branch.day_types
    }
    return Policy(greeters=min(branch.greeter[1].levels) if branch.greeter else 0, days=days)


@pytest.fixture(scope="module")
def corner():
    return read_branch(Path("instances/corner"))


@pytest.mark.parametrize("case", baseline.CASES, ids=lambda case: case.name)
def test_teller_hours_of_the_published_days_are_those_of_the_spreadsheet(case):
    branch = baseline.case_branch(case)
    made = plan_by_period(branch, any_policy(branch))
    assert baseline.teller_hours(made.evaluation.cost) == pytest.approx(case.baseline)
    assert made.policy.days["day"].windows == made.asked["day"]
    for t, (rate, servers) in enumerate(zip(case.arrivals, made.asked["day"]["counter"], strict=True)):
        enough = [
            erlang_c(n, rate / 30, 1 / case.mean_service).service_level(case.limit) >= 0.8
            for n in (servers - 1, servers)
        ]
        assert enough == [False, True], t


def test_the_formula_breaks_promises_on_a_day_of_sharp_peaks_and_keeps_them_when_raised():
    branch = baseline.case_branch(baseline.CASES[3])
    plain, kept = (plan_by_period(branch, any_policy(branch), kept=kept) for kept in (False, True))
    assert len(plain.broken_promises) > 0
    assert plain.raised == {"day": {}}
    assert kept.broken_promises == ()
    assert kept.evaluation.cost > plain.evaluation.cost
    limits = kept.raised["day"]["promise"]
    assert min(limits) == pytest.approx(0.8)
    assert max(limits) > 0.8


def test_nothing_is_raised_where_every_promise_holds():
    branch = baseline.case_branch(baseline.CASES[1])
    plain, kept = (plan_by_period(branch, any_policy(branch), kept=kept) for kept in (False, True))
    assert plain.broken_promises == ()
    assert (kept.policy, kept.asked, kept.raised) == (plain.policy, plain.asked, {"day": {}})


def test_rules_hold_and_promises_are_counted_on_a_whole_branch(corner):
    policy = any_policy(corner)
    for kept in (False, True):
        made = plan_by_period(corner, policy, kept=kept)
        assert made.evaluation.broken_rules == ()
        assert made.broken_promises == evaluate(corner, made.policy).broken_promises
        assert made.policy.replace(days=policy.days) == policy
        for name, roles in made.asked.items():
            for role, asked in roles.items():
                open_windows = made.policy.days[name].windows[role]
                each = zip(asked, open_windows, made.missing[name][role], strict=True)
                assert all(missing == max(0, n - s) for n, s, missing in each)


@pytest.mark.parametrize("seed", range(100, 112))
def test_rules_hold_on_random_branches_whatever_is_asked(seed, random_branch):
    branch = random_branch(seed, seed % 2 == 1, rich=True)
    try:
        plain, kept = (plan_by_period(branch, any_policy(branch), kept=kept) for kept in (False, True))
    except InvalidParameterError:
        return
    for made in (plain, kept):
        assert evaluate(branch, made.policy).broken_rules == ()
    assert len(kept.broken_promises) <= len(plain.broken_promises)


def test_a_role_without_a_target_is_asked_for_eighty_percent_within_ten_minutes(tiny):
    branch = tiny(channels__counter__most=8, windows=8, skills__teller__available={"day": 20})
    made = plan_by_period(branch, any_policy(branch))
    assert made.usual == ("counter",)
    for rate, servers in zip([10, 20, 16, 8], made.asked["day"]["counter"], strict=True):
        level = [erlang_c(n, rate / 60, 1 / 5.0).service_level(10.0) for n in (servers - 1, servers)]
        assert level[0] < 0.8 <= level[1]


def test_customers_who_give_up_need_fewer_windows(tiny):
    changes = {"tiers__ordinary": {"waiting_cost": 30.0, "patience": 5.0, "loss": 10.0}}
    target = {"channel": "counter", "measure": "mean_wait", "most": 1.0}
    branch = tiny(channels__counter__most=8, windows=8, skills__teller__available={"day": 20},
                  targets={"wait": target}, **changes)  # fmt: skip
    patient, leaving = (
        plan_by_period(branch, any_policy(branch), patient=p).asked["day"]["counter"] for p in (True, False)
    )
    assert sum(leaving) < sum(patient)
    assert all(erlang_a(s, n / 60, 0.2, 0.2).mean_wait <= 1.0 for n, s in zip([10, 20, 16, 8], leaving, strict=True))


def test_windows_that_do_not_exist_are_missing_and_the_others_open(tiny):
    branch = tiny(arrivals={"day": {"business": {"ordinary": [10.0, 60.0, 60.0, 8.0]}}})
    made = plan_by_period(branch, any_policy(branch))
    assert made.asked["day"]["counter"][1:3] == (6, 6)
    assert made.missing["day"]["counter"] == (0, 3, 3, 0)
    assert made.policy.days["day"].windows["counter"][1:3] == (3, 3)
    assert made.windows_missing == 6


def test_promises_that_no_window_can_keep_end_the_raising(tiny):
    target = {"channel": "counter", "measure": "service_level", "within": 1.0, "least": 0.99, "per": "period"}
    branch = tiny(targets={"fast": target}, arrivals={"day": {"business": {"ordinary": [30.0, 60.0, 60.0, 30.0]}}})
    made = plan_by_period(branch, any_policy(branch), kept=True)
    assert made.broken_promises
    assert made.evaluation.broken_rules == ()


def test_too_few_people_for_the_fewest_windows_are_refused(tiny):
    branch = tiny(skills__teller__available={"day": 1}, channels__counter__least=2)
    with pytest.raises(InvalidParameterError, match="people are too few"):
        plan_by_period(branch, any_policy(branch))


def test_pitches_of_the_policy_lengthen_the_service_that_the_formula_sees(corner):
    policy = any_policy(corner)
    plain = plan_by_period(corner, policy).asked["market_day"]["general"]
    data = json.loads(policy.model_dump_json()) | {"pitch_below": 2, "form_at_window_below": 2}
    longer = plan_by_period(corner, Policy.model_validate(data)).asked["market_day"]["general"]
    assert all(np.array(longer) >= plain)
    assert sum(longer) > sum(plain)


def test_lowered_targets_begin_with_fewer_windows_and_are_raised_where_promises_break():
    branch = baseline.case_branch(baseline.CASES[1])
    plain, lowered = (plan_by_period(branch, any_policy(branch), lowered=steps) for steps in (0, 8))
    assert lowered.evaluation.cost < plain.evaluation.cost
    assert lowered.broken_promises
    kept = plan_by_period(branch, any_policy(branch), lowered=8, kept=True)
    assert kept.broken_promises == ()
    assert lowered.evaluation.cost < kept.evaluation.cost
    assert all(limit < 0.8 for limit in lowered.raised["day"]["promise"])


def test_a_lowered_service_level_is_never_below_none():
    target = Target.model_validate({"channel": "counter", "measure": "service_level", "within": 5.0, "least": 0.8})
    assert [raised_limit(target, -step) for step in (1, 100)] == pytest.approx([1 - 0.2 / 0.9, 0.0])


@pytest.mark.parametrize(
    ("target", "limits"),
    [
        ({"measure": "service_level", "within": 5.0, "least": 0.8}, [0.8, 0.82, 0.838]),
        ({"measure": "mean_wait", "most": 10.0}, [10.0, 9.0, 8.1]),
        ({"measure": "abandonment", "most": 0.1}, [0.1, 0.09, 0.081]),
    ],
)
def test_each_step_leaves_a_tenth_less_that_may_go_wrong(target, limits):
    given = Target.model_validate({"channel": "counter"} | target)
    assert [raised_limit(given, step) for step in range(3)] == pytest.approx(limits)
