"""A policy over a quarter: what is refused, what it costs, and that a seed settles everything."""

from pathlib import Path

import numpy as np
import pytest

from optimizer.cli.exits import faults_in
from optimizer.errors import DataRefused
from optimizer.evaluation import evaluate
from optimizer.problem import read_branch, read_policy
from optimizer.simulation import COST_NAMES, Estimate, Replications, quarter_costs, refuse_unfit, seed_of, simulate

ROOT = Path(__file__).parents[2]


@pytest.fixture
def faults(small_branch, small_policy, changed):
    """A function that gives (place, value) of every fault of the small branch's policy, changed at dotted places."""

    def find(policy=None, branch=None):
        try:
            refuse_unfit(changed(small_branch, branch or {}), changed(small_policy, policy or {}))
        except DataRefused as refused:
            return [(fault.place, fault.value) for fault in refused.faults]
        return []

    return find


# What is refused.


def test_a_policy_that_fits_is_not_refused(faults):
    assert faults() == []
    assert faults({"greeters": 7, "thresholds.withdrawal_to_atm": 123, "campaign": "points", "divert_from": 9}) == []


def test_every_fault_is_named_at_once_in_order(faults):
    policy = {
        "thresholds.deposit_to_moon": 5,
        "campaign": "gifts",
        "days.weekday.windows": {"cash": [2] * 7, "gold": [1] * 8},
        "days.saturday": ...,
        "days.sunday": {"windows": {}, "shifts": []},
        "days.weekday.shifts": [{"skill": "porter", "shift": {"start": 540, "end": 660}, "people": 1}] * 2,
    }
    assert faults(policy) == [
        ("thresholds", "deposit_to_moon"),
        ("days", "sunday"),
        ("days.weekday.windows", "gold"),
        ("days.weekday.shifts", "porter"),
        ("campaign", "gifts"),
        ("days.weekday.windows.cash", 7),
        ("days.weekday.windows.general", "absent"),
        ("days.saturday", "absent"),
    ]


def test_greeters_need_a_place_in_the_branch(counter_branch, counter_policy, changed):
    with pytest.raises(DataRefused, match="greeters: 2: expected 0: the branch has no greeter"):
        refuse_unfit(counter_branch, changed(counter_policy, {"greeters": 2}))
    refuse_unfit(counter_branch, counter_policy)


def test_the_faults_name_the_file_of_the_policy(small_branch, small_policy, changed):
    misfit = changed(small_policy, {"campaign": "gifts", "days.saturday": ...})
    with pytest.raises(DataRefused) as refused, faults_in("plan.json"):
        simulate(small_branch, misfit, Replications(30))
    assert [fault.file for fault in refused.value.faults] == ["plan.json"] * 2
    assert "plan.json: campaign: 'gifts': expected one of: none, points" in str(refused.value)


# What a quarter costs.


def test_a_quarter_costs_its_days_as_often_as_they_fall(small_branch, small_policy):
    result = simulate(small_branch, small_policy, Replications(40, seed=2))
    weekday, saturday = result.days["weekday"].costs, result.days["saturday"].costs
    assert list(result.costs) == [*COST_NAMES, "total"]
    for name, cost in result.costs.items():
        assert cost.value == pytest.approx(60 * weekday[name].value + 13 * saturday[name].value)
        assert cost.error == pytest.approx(np.hypot(60 * weekday[name].error, 13 * saturday[name].error))
        assert cost.days == 40
    parts = sum(result.costs[name].value for name in COST_NAMES)
    assert result.costs["total"].value == pytest.approx(parts)


def test_the_days_of_a_quarter_are_the_fewest_of_any_type(small_branch):
    class Day:
        def __init__(self, days, value):
            self.days = days
            self.costs = {
                name: Estimate(np.array(value), np.array(value / 10), days) for name in (*COST_NAMES, "total")
            }

    costs = quarter_costs(small_branch, {"weekday": Day(500, 3.0), "saturday": Day(200, 5.0)})
    assert {cost.days for cost in costs.values()} == {200}
    assert costs["waiting"].value == 60 * 3 + 13 * 5
    assert costs["waiting"].error == pytest.approx(np.hypot(60 * 0.3, 13 * 0.5))


def test_the_corner_costs_what_the_evaluation_says_where_nothing_is_approximate():
    branch, policy = read_branch(ROOT / "instances/corner"), read_policy(ROOT / "benchmarks/corner_policy.json")
    policy = policy.replace(form_at_window_below=0, pitch_below=0)
    # One service time for all at a channel, customers of one kind, no forms: the rest is followed exactly.
    branch = branch.replace(
        busyness_scv=0.0,
        transactions={n: t.replace(form=None, tickets={}) for n, t in branch.transactions.items()},
        tiers={n: t.replace(priority=0, balking=0.0, patience=45.0, loss=20.0, waiting_cost=30.0)
               for n, t in branch.tiers.items()},
        channels={
            name: channel.replace(
                service={t: s.replace(mean=4.0, scv=1.0, distribution="exponential", minutes=(), shares=())
                         for t, s in channel.service.items()}
            )
            for name, channel in branch.channels.items()
        },
    )  # fmt: skip
    expected, result = evaluate(branch, policy).costs, simulate(branch, policy, Replications(20_000, seed=20261126))
    assert expected["pitches"] == result.costs["pitches"].value == 0
    for name in set(COST_NAMES) - {"pitches"}:
        cost = result.costs[name]
        # Five costs together at 1 %.
        assert abs(cost.value - expected[name]) < 3.1 * cost.error, name
        assert cost.error < 0.015 * cost.value


def test_the_corner_costs_about_what_the_evaluation_says():
    branch, policy = read_branch(ROOT / "instances/corner"), read_policy(ROOT / "benchmarks/corner_policy.json")
    expected, result = evaluate(branch, policy).costs, simulate(branch, policy, Replications(2000, seed=20261126))
    off = {name: float(cost.value) / expected[name] - 1 for name, cost in result.costs.items() if name in expected}
    assert max(abs(off[name]) for name in ("transactions", "annoyance", "pitches")) < 0.01
    # What waits cost is approximate: two ranks, a rule and two service times at one window, overloaded on market days.
    assert max(abs(off[name]) for name in ("waiting", "lost_customers", "overtime")) < 0.1


# Seeds.


def same(one, other):
    """Whether two simulations are equal to the last bit."""
    return all(
        np.array_equal(getattr(one.days[day_type].moments, field), getattr(other.days[day_type].moments, field))
        for day_type in one.days
        for field in one.days[day_type].moments._fields
    )


def test_a_seed_gives_the_same_days_for_any_number_of_workers(small_branch, small_policy):
    results = [simulate(small_branch, small_policy, Replications(230, seed=5, workers=n)) for n in (1, 2, 4)]
    assert same(results[0], results[1])
    assert same(results[0], results[2])
    assert results[0].seed == 5


def test_another_seed_gives_other_days(small_branch, small_policy):
    one, other = (simulate(small_branch, small_policy, Replications(60, seed=seed)) for seed in (5, 6))
    assert not same(one, other)
    assert one.costs["total"].value != other.costs["total"].value


def test_day_types_have_seeds_of_their_own(counter_branch, counter_policy, changed):
    alike = changed(counter_branch, {"arrivals.quiet": counter_branch.arrivals["busy"]})
    result = simulate(alike, counter_policy, Replications(60, seed=5))
    assert result.days["busy"].costs["total"].value != result.days["quiet"].costs["total"].value
    assert len({seed_of(seed, index) for seed in range(20) for index in range(20)}) == 400


def test_days_done_are_told_over_all_day_types(small_branch, small_policy):
    told = []
    simulate(small_branch, small_policy, Replications(700), lambda done, most: told.append((done, most)))
    assert told == [(500, 1400), (700, 1400), (1200, 1400), (1400, 1400)]


def test_fewer_days_than_an_interval_needs_are_refused():
    with pytest.raises(ValueError, match="at least 30"):
        Replications(29)
