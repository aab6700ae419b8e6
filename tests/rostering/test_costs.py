"""Costs of small rosters, by hand."""

from dataclasses import replace

import pytest

from optimizer.rostering.costs import granted, roster_costs
from optimizer.rostering.problem import Fairness, Need, Option, Pay, Request, Roster, RosterCosts

NOTHING = RosterCosts(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
PAY = Pay(
    guaranteed=1000.0, ordinary=0.5, normal=2400, days_a_week=5, overtime=1.5, rest_day=2.0, holiday=3.0
)  # fmt: skip


def test_minutes_cost_their_pay(alone, roster_of):
    problem = alone(pay=PAY, holidays=[6])
    costs = roster_costs(problem, roster_of(problem, "ldddddd"))
    assert costs == replace(NOTHING, guaranteed=1000.0, ordinary=1200.0, overtime=180.0, rest_day=960.0, holiday=1440.0)
    assert costs.total == 4780.0


def test_options_people_missing_and_too_many_cost_their_prices(alone):
    problem = alone(days=3)
    first = Option("first", 70.0, {"day": Need(3, 100.0, 8.0), "half": Need(0, 100.0, 9.0)})
    other = Option("other", 30.0, {"day": Need(0, 100.0)})
    days = (replace(problem.days[0], options=(other, first)), replace(problem.days[1], options=(other,)),
            replace(problem.days[2], options=()))  # fmt: skip
    problem = replace(problem, days=days)
    costs = roster_costs(problem, Roster((1, 0, None), {("T01", 0): "day", ("T01", 1): "day"}))
    assert costs == replace(NOTHING, options=100.0, under=200.0)
    costs = roster_costs(problem, Roster((1, 0, None), {("T01", 0): "half"}))
    assert costs == replace(NOTHING, options=100.0, under=300.0, over=9.0)


@pytest.mark.parametrize(
    ("about", "wanted", "word", "kept"),
    [
        (None, True, "d", True), (None, True, "-", False), (None, False, "d", False), (None, False, "-", True),
        ({"late"}, True, "l", True), ({"late"}, True, "d", False), ({"late"}, False, "d", True),
        ({"late"}, False, "l", False), ({"late"}, True, "-", False),
    ],
)  # fmt: skip
def test_a_wish_is_granted_or_costs_its_price(about, wanted, word, kept, alone, roster_of):
    request = Request("T01", 0, None if about is None else frozenset(about), wanted, 40.0)
    problem = replace(alone(days=1), requests=(request,))
    roster = roster_of(problem, word)
    assert granted(request, roster) == kept
    assert roster_costs(problem, roster).requests == (0.0 if kept else 40.0)


@pytest.mark.parametrize(
    ("counted", "words", "difference"),
    [
        ("weekends", ("-----dd------d", "--------------"), 2),
        ("weekends", ("-----d--------", "------d-------"), 0),
        ("late", ("lll-----------", "-l------------"), 2),
        ("overtime", ("ll------------", "d-------------"), 4),
        ("overtime", ("dddddd--------", "l-------------"), 6),
    ],
)
def test_a_difference_between_most_and_least_costs_its_price(counted, words, difference, alone, roster_of):
    problem = alone(days=14, pay=Pay(days_a_week=5))
    person = problem.people["T01"]
    people = {name: replace(person, name=name) for name in ("T01", "T02")}
    problem = replace(problem, people=people, fairness=(Fairness(counted, ("T01", "T02"), 30.0),))
    assert roster_costs(problem, roster_of(problem, *words)).fairness == 30.0 * difference
