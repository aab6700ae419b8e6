"""The relaxation bounds every roster from below, and closely where little is left out."""

from dataclasses import replace

import pytest

from optimizer.rostering.model import Limits, RosterModel
from optimizer.rostering.problem import Day, MostOvertimeWithin, Need, Option, Pay, Request
from optimizer.rostering.relaxation import Relaxation

LIMITS = Limits(seconds=60.0)


@pytest.mark.parametrize("seed", range(40))
def test_no_roster_costs_less_than_the_bound(seed, random_problem):
    problem = random_problem(seed, people=3, days=8, cover_all=seed % 4 == 0)
    answer = RosterModel(problem).solve(LIMITS)
    relaxation = Relaxation(problem)
    shared, chosen = relaxation.solve(whole=False), relaxation.solve(whole=True)
    if answer.roster is not None:
        assert not shared.infeasible
        assert shared.bound <= answer.objective + 1e-6
        assert chosen.bound <= answer.objective + 1e-6
        assert shared.bound <= chosen.bound + 1e-3 * abs(chosen.bound)


@pytest.mark.parametrize("seed", range(200, 212))
def test_no_roster_with_odd_prices_costs_less_than_the_bound(seed, random_problem):
    """Overtime cheaper than ordinary minutes, rest days cheaper than either."""
    problem = random_problem(seed, people=3, days=7)
    pay = Pay(ordinary=1.0, normal=900, normal_a_day=300, days_a_week=1, overtime=0.3, rest_day=0.2, holiday=0.1)
    people = {name: replace(person, pay=pay) for name, person in problem.people.items()}
    problem = replace(problem, people=people, fairness=())
    answer = RosterModel(problem).solve(LIMITS)
    if answer.roster is not None:
        assert Relaxation(problem).solve(whole=True).bound <= answer.objective + 1e-6


@pytest.fixture
def shop(alone):
    """Two weeks of two people on weekdays, on half days or whole ones, three salaried people alike."""
    pay = Pay(guaranteed=900.0, normal=3600, days_a_week=5, overtime=1.5, rest_day=2.0, holiday=3.0)
    problem = alone(MostOvertimeWithin(0, 13, 2000), days=14, pay=pay)
    slow = Option("slow", 400.0, {"half": Need(2, 4000.0), "day": Need(0, 4000.0)})
    fast = Option("fast", 100.0, {"day": Need(2, 4000.0), "half": Need(0, 4000.0)})
    days = tuple(replace(d, options=() if i % 7 > 4 else (slow, fast)) for i, d in enumerate(problem.days))
    person = problem.people["T01"]
    return replace(problem, days=days, people={f"T0{i}": replace(person, name=f"T0{i}") for i in range(1, 4)})


def test_people_alike_count_together_and_share_their_minutes(shop):
    found = Relaxation(shop).solve(whole=True)
    assert found.options == tuple(None if d % 7 > 4 else 1 for d in range(14))
    assert [sum(minutes) for minutes in found.minutes.values()] == pytest.approx([3200.0] * 3)
    assert found.bound == pytest.approx(2700 + 1000, rel=1e-5)


def test_hours_that_run_out_are_paid_as_overtime_or_the_slow_plan_is_taken(shop):
    people = {name: replace(person, pay=replace(person.pay, normal=1600)) for name, person in shop.people.items()}
    found = Relaxation(replace(shop, people=people)).solve(whole=True)
    # Ten slow days take 4,800 minutes, as many as are normal; a fast day takes 480 more and saves 300 yuan.
    assert found.bound == pytest.approx(2700 + 4000, rel=1e-5)
    assert sum(map(sum, found.minutes.values())) == pytest.approx(4800)


def test_a_wish_counts_where_it_is_about_any_kind(shop):
    wishes = (Request("T01", 0, None, False, 50.0), Request("T02", 0, None, False, 50.0),
              Request("T03", 0, frozenset({"day"}), False, 50.0))  # fmt: skip
    bound = Relaxation(replace(shop, requests=wishes)).solve(whole=True).bound
    assert bound == pytest.approx(2700 + 1000 + 50, rel=1e-5)


def test_hours_that_cannot_do_are_infeasible(shop):
    people = {"T01": shop.people["T01"]}
    both = replace(shop, people=people, cover_all=True)
    assert Relaxation(both).solve(whole=False).infeasible
    assert not Relaxation(replace(both, cover_all=False)).solve(whole=False).infeasible


def test_a_quarter_of_closed_days_costs_what_is_guaranteed(shop):
    closed = replace(shop, days=tuple(Day((), d // 7, 0) for d in range(14)))
    assert Relaxation(closed).solve(whole=True).bound == pytest.approx(2700, rel=1e-5)
