import numpy as np
import pytest

from optimizer.rostering.columns.kernel import OFF
from optimizer.rostering.columns.pricing import Pricer, Pricers, Room


@pytest.mark.parametrize("seed", range(60))
def test_the_cheapest_schedule_is_that_of_trying_all(seed, priced_problem, legal_schedules):
    problem = priced_problem(seed)
    pricer, work = Pricer(problem, "T0"), Room()
    prices = np.random.default_rng(seed).uniform(-60, 30, (len(problem.days), len(problem.kinds)))
    tried = [
        pricer.cost(kinds) + sum(prices[d, k] for d, k in enumerate(kinds) if k != OFF)
        for kinds in legal_schedules(problem, "T0")
    ]
    value, kinds = pricer.cheapest(prices, work)
    if not tried:
        assert (value, kinds) == (np.inf, None)
        return
    assert value == pytest.approx(min(tried))
    assert any((kinds == legal).all() for legal in legal_schedules(problem, "T0"))


def test_the_seeds_reach_problems_with_and_without_schedules(priced_problem, legal_schedules):
    numbers = [len(list(legal_schedules(priced_problem(seed), "T0"))) for seed in range(0, 60, 3)]
    assert min(numbers) == 0
    assert max(numbers) > 100


@pytest.mark.parametrize("seed", range(0, 60, 4))
def test_a_schedule_costs_what_the_roster_with_it_costs(seed, priced_problem, legal_schedules, own_cost):
    problem = priced_problem(seed)
    pricer = Pricer(problem, "T0")
    for kinds in list(legal_schedules(problem, "T0"))[:40]:
        assert pricer.cost(kinds) == pytest.approx(own_cost(problem, kinds))


def test_several_threads_price_as_one(priced_problem):
    problem = priced_problem(5, people=7)
    prices = np.random.default_rng(0).uniform(-60, 30, (len(problem.days), len(problem.kinds)))
    answers = []
    for workers in (1, 2):
        pricers = Pricers(problem, workers)
        answers.append([value for value, _ in pricers.cheapest(prices)])
        pricers.close()
    assert answers[0] == answers[1]


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_all_schedules_within_a_slack_are_found(seed, priced_problem, legal_schedules):
    problem = priced_problem(seed)
    pricer = Pricer(problem, "T0")
    prices = np.random.default_rng(seed).uniform(-60, 30, (len(problem.days), len(problem.kinds)))
    legal = [
        (pricer.cost(kinds) + sum(prices[d, k] for d, k in enumerate(kinds) if k != OFF), kinds.tolist())
        for kinds in legal_schedules(problem, "T0")
    ]
    least = min((cost for cost, _ in legal), default=0.0)
    found = pricer.all_within(prices, 80.0, 1000, Room())
    assert sorted(kinds.tolist() for kinds in found) == sorted(kinds for cost, kinds in legal if cost <= least + 80.0)
    if len(found) > 1:
        assert pricer.all_within(prices, 80.0, len(found) - 1, Room()) is None
