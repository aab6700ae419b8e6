"""The whole problem as a program: its optimum and its objective are those of the judges."""

from dataclasses import replace

import pytest
from ortools.sat.python import cp_model

from optimizer.rostering.costs import roster_costs
from optimizer.rostering.legality import breaches
from optimizer.rostering.model import Limits, Neighbourhood, RosterModel
from optimizer.rostering.model_terms import Costs, Rules, Sum
from optimizer.rostering.problem import Fairness, Need, Option, Pay, Roster

LIMITS = Limits(seconds=60.0)


@pytest.mark.parametrize("seed", range(24))
def test_the_optimum_is_the_least_cost_of_all_rosters(seed, random_problem, least_cost):
    people, days = [(2, 3), (1, 5), (3, 2), (2, 3)][seed % 4]
    problem = random_problem(seed, people, days, cover_all=seed % 5 == 0)
    answer, least = RosterModel(problem).solve(LIMITS), least_cost(problem)
    if least is None:
        assert answer.status == cp_model.INFEASIBLE
    else:
        assert answer.objective == pytest.approx(least, abs=1e-6)
        assert roster_costs(problem, answer.roster).total == pytest.approx(least, abs=1e-6)
        assert answer.bound <= least + 1e-6


def test_some_of_these_problems_can_be_staffed_and_some_cannot(random_problem):
    answers = [RosterModel(random_problem(seed, 2, 3, seed % 5 == 0)).solve(LIMITS) for seed in range(0, 24, 2)]
    assert {cp_model.OPTIMAL, cp_model.INFEASIBLE} == {answer.status for answer in answers}


@pytest.mark.parametrize("seed", range(100, 130))
def test_the_objective_is_the_cost_of_the_roster_found(seed, random_problem):
    problem = random_problem(seed, people=4, days=9)
    answer = RosterModel(problem).solve(LIMITS)
    if answer.roster is None:
        assert answer.status == cp_model.INFEASIBLE
    else:
        assert breaches(problem, answer.roster) == ()
        assert answer.objective == pytest.approx(roster_costs(problem, answer.roster).total, abs=1e-6)


@pytest.mark.parametrize("seed", range(100, 120))
def test_freeing_a_part_of_the_best_roster_finds_nothing_better(seed, random_problem):
    problem = random_problem(seed, people=3, days=6)
    best = RosterModel(problem).solve(LIMITS)
    if best.roster is None:
        assert best.status == cp_model.INFEASIBLE
        return
    names = list(problem.people)
    free = Neighbourhood(frozenset((name, d) for name in names[: 1 + seed % 3] for d in range(seed % 4, 6)),
                         frozenset(range(seed % 4, 5)))  # fmt: skip
    part = RosterModel(problem, best.roster, free)
    part.hint(best.roster)
    again = part.solve(LIMITS)
    assert breaches(problem, again.roster) == ()
    assert roster_costs(problem, again.roster).total == pytest.approx(best.objective, abs=1e-6)
    kept = {cell: kind for cell, kind in best.roster.shifts.items() if cell not in free.cells}
    assert {cell: kind for cell, kind in again.roster.shifts.items() if cell not in free.cells} == kept


def test_the_longest_of_a_week_is_no_rest_day_even_where_fairness_would_pay_for_it(alone):
    """One person has much overtime; making another's longest day the rest day would look fairer."""
    problem = alone(pay=Pay(days_a_week=1, rest_day=0.01), only={"day", "half"}, days=2)
    person = problem.people["T01"]
    need = Option("all", 0.0, {"day": Need(1, 1000.0, 1000.0), "half": Need(1, 1000.0, 1000.0)})
    fixed = replace(person, name="T02", fixed={0: "day", 1: "half"}, pay=Pay(days_a_week=7))
    problem = replace(
        problem,
        days=tuple(replace(day, options=(need,)) for day in problem.days),
        people={"T01": person, "T02": fixed},
        fairness=(Fairness("overtime", ("T01", "T02"), 60.0),),
    )
    answer = RosterModel(problem).solve(LIMITS)
    assert answer.objective == pytest.approx(roster_costs(problem, answer.roster).total)
    assert answer.objective == pytest.approx(240 * 0.01 + 240)


def test_prices_that_are_no_whole_numbers_are_rounded_and_the_error_is_known():
    rules, costs = Rules(), Costs()
    number = rules.number(0, 900)
    rules.limit(Sum([(number, 1)]), least=700)
    costs.add(number, 1 / 3, 900)
    costs.constant = 5.0
    costs.state(rules.program)
    solver = cp_model.CpSolver()
    assert solver.solve(rules.program) == cp_model.OPTIMAL
    assert costs.scale == 10_000
    assert 0 < abs(costs.yuan(solver.objective_value) - 5 - 700 / 3) <= costs.error < 0.04


@pytest.mark.parametrize(("prices", "scale"), [([3.0], 1), ([0.5, 2.0], 10), ([0.75, 0.01], 100), ([1.125], 1000)])
def test_the_scale_is_the_smallest_that_makes_prices_whole(prices, scale):
    rules, costs = Rules(), Costs()
    for price in prices:
        costs.add(rules.boolean(), price)
    costs.state(rules.program)
    assert (costs.scale, costs.error) == (scale, 0.0)


def test_two_of_one_price_on_a_variable_add_up():
    rules, costs = Rules(), Costs()
    one = rules.boolean()
    costs.add(one, 2.0)
    costs.add(one, -5.0)
    costs.add(1, 7.0)
    costs.state(rules.program)
    solver = cp_model.CpSolver()
    solver.solve(rules.program)
    assert costs.yuan(solver.objective_value) == 4.0


def test_a_model_reads_back_the_roster_it_was_given(alone, roster_of):
    problem = alone(days=3)
    base = roster_of(problem, "d-h")
    model = RosterModel(problem, base, Neighbourhood(frozenset(), frozenset()))
    assert model.solve(LIMITS).roster == base == Roster((0, 0, 0), {("T01", 0): "day", ("T01", 2): "half"})
