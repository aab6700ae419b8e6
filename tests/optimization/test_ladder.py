"""Plans at several labour prices, against brute force at the same prices."""

from itertools import pairwise

import numpy as np
import pytest

from optimizer.errors import InvalidParameterError
from optimizer.evaluation import Regime, evaluate
from optimizer.optimization import LadderOptions, frontier, ladders
from optimizer.problem import read_branch, read_policy

SEEDS = (0, 2, 4, 5, 6, 8)
RICH = (102,)
"""With ranks, busy days, dead numbers, rules by queue length, balking and failures."""
OPTIONS = LadderOptions(gap=0.01, workers=1)


@pytest.fixture(scope="module", params=[*SEEDS, *RICH])
def case(request, cheapest_of, brute_force):
    """A small branch, its cheapest policy, the ladders of its regime, and brute force."""
    branch, cheapest = cheapest_of(request.param, request.param % 2 == 1, request.param in RICH)
    return branch, cheapest.policy, ladders(branch, cheapest.policy, OPTIONS), brute_force(branch)


def machines(branch):
    return sum(machine.units * machine.cost_per_day for machine in branch.machines.values())


def with_plans(policy, plans):
    return policy.replace(days=plans)


def test_bounds_and_plans_enclose_the_least_cost_at_every_price(case):
    branch, policy, found, brute = case
    regime = Regime.of(branch, policy)
    for day_type, ladder in found.items():
        costs, pay = brute.day_costs(day_type, regime), brute.pay(day_type, regime.greeters)[0]
        possible = np.isfinite(costs)
        costs, pay = costs[possible], pay[possible]
        assert ladder.certified
        assert tuple(rung.labour_price for rung in ladder.points) == OPTIONS.prices
        for rung in ladder.points:
            least = float((costs + (rung.labour_price - 1) * pay).min()) + machines(branch)
            assert rung.bound <= least * (1 + 1e-9) + 1e-9
            assert rung.priced_cost >= least * (1 - 1e-9)
            decided = rung.priced_cost - machines(branch)
            assert rung.gap == pytest.approx((rung.priced_cost - rung.bound) / decided, abs=1e-12)


def test_dearer_labour_never_buys_more_people_nor_shorter_queues(case):
    for ladder in case[2].values():
        for before, after in pairwise(ladder.points):
            assert after.people_cost <= before.people_cost * (1 + 1e-9)
            assert after.queue_cost >= before.queue_cost * (1 - 1e-9)


def test_rungs_rise_in_people_and_fall_in_queues(case):
    for ladder in case[2].values():
        assert {rung.people_cost for rung in ladder.rungs} >= {point.people_cost for point in ladder.points}
        for before, after in pairwise(ladder.rungs):
            assert after.people_cost > before.people_cost
            assert after.queue_cost < before.queue_cost


def test_every_rung_keeps_all_rules_and_costs_what_it_says(case):
    branch, policy, found, _ = case
    for day_type, ladder in found.items():
        for rung in {id(rung): rung for rung in (*ladder.points, *ladder.rungs)}.values():
            judged = evaluate(branch, with_plans(policy, {**policy.days, day_type: rung.plan}))
            assert judged.feasible
            costs = judged.days[day_type].costs
            assert costs["wages"] == pytest.approx(rung.people_cost, rel=1e-9)
            assert sum(costs.values()) == pytest.approx(rung.cost, rel=1e-9)


def test_a_point_of_the_frontier_is_a_policy(case):
    branch, policy, found, _ = case
    points = frontier(branch, found)
    assert tuple(point.labour_price for point in points) == OPTIONS.prices
    for index, point in enumerate(points):
        plans = {day_type: ladder.points[index].plan for day_type, ladder in found.items()}
        judged = evaluate(branch, with_plans(policy, plans))
        assert judged.cost == pytest.approx(point.cost, rel=1e-9)
        assert judged.costs["wages"] == pytest.approx(point.people_cost, rel=1e-9)
        channels = [(branch.day_types[n].days, judged.days[n].channels[r]) for n in plans for r in branch.roles]
        customers = sum(days * float(channel.demand.arrivals.sum()) for days, channel in channels)
        waits = sum(days * channel.mean_wait * float(channel.demand.arrivals.sum()) for days, channel in channels)
        lost = sum(days * channel.abandonment * float(channel.demand.arrivals.sum()) for days, channel in channels)
        assert point.mean_wait == pytest.approx(waits / customers, rel=1e-9)
        assert point.lost == pytest.approx(lost / customers, rel=1e-9)
        assert point.bound <= point.priced_cost * (1 + 1e-12)


CORNER = read_branch("instances/corner")
CORNER_POLICY = read_policy("benchmarks/corner_policy.json")


def test_the_given_plan_is_where_its_ladder_begins():
    """Without time for integer programs it stands on every rung, with the bound of linear programs."""
    hurried = ladders(CORNER, CORNER_POLICY, LadderOptions(time_limit=1e-9, workers=1))
    for day_type, ladder in hurried.items():
        assert all(point.plan == CORNER_POLICY.days[day_type] for point in ladder.points)
        assert all(0 < point.bound <= point.priced_cost for point in ladder.points)


def test_the_answer_does_not_depend_on_the_number_of_threads():
    one, two = (ladders(CORNER, CORNER_POLICY, LadderOptions(workers=workers)) for workers in (1, 2))
    assert one == two


def test_a_regime_that_breaks_a_target_has_no_rungs(put):
    data = CORNER.model_dump(mode="json")
    put(data, "diverted_shares", {"all": {"transactions": ["cash_withdrawal"], "least": 1.0}})
    found = ladders(type(CORNER).model_validate(data), CORNER_POLICY)
    for ladder in found.values():
        assert (ladder.points, ladder.rungs, ladder.broken) == ((), (), ("all",))
    assert frontier(CORNER, found) == ()


def test_progress_is_told_for_every_day_at_every_price():
    told = []
    ladders(CORNER, CORNER_POLICY, LadderOptions(prices=(1.0, 0.5), workers=1), told.append)
    assert [(step.done, step.total) for step in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize("prices", [(), (0.0, 1.0), (-1.0,), (float("inf"),)])
def test_prices_must_be_above_zero(prices):
    with pytest.raises(InvalidParameterError, match="prices"):
        ladders(CORNER, CORNER_POLICY, LadderOptions(prices=prices))


def test_no_policy_with_as_few_people_waits_for_less_than_is_proven(case):
    """Whatever plans of all points are put together: with people that cost as much or less, other costs are higher."""
    branch, _, found, _ = case
    points = frontier(branch, found)
    for point in points:
        for other in points:
            if other.people_cost <= point.people_cost:
                assert other.waiting_cost >= point.least_waiting_cost * (1 - 1e-12) - 1e-9
        assert point.least_waiting_cost >= point.bound - point.labour_price * point.people_cost
