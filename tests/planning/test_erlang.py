"""The quarter by Erlang's formula beside a plan: the same people, rules, engine, days and customers."""

import datetime
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.evaluation import evaluate
from optimizer.planning.erlang import Planned, erlang_quarter, people_cost, saving
from optimizer.planning.quarter_branch import with_day_types
from optimizer.problem import RosterRules, read_branch, read_policy
from optimizer.rostering import RosterOptions, breaches, roster_costs
from optimizer.rostering.contracts import CalendarDay
from optimizer.simulation import Replications

FIRST = datetime.date(2027, 1, 4)
WEEKS = 2
ROSTER = RosterOptions(time_limit=10.0, workers=1)
DAYS = Replications(days=60, seed=4711, workers=1)


@pytest.fixture(scope="module")
def corner():
    """The corner branch for two weeks."""
    branch = read_branch(Path("instances/corner"))
    return with_day_types(branch, {"market_day": ("market_day", WEEKS), "quiet_day": ("quiet_day", 4 * WEEKS)})


@pytest.fixture(scope="module")
def policy():
    """Its cheapest policy, or nearly."""
    return read_policy(Path("benchmarks/corner_policy.json"))


@pytest.fixture(scope="module")
def calendar():
    """Two weeks with the market on Mondays."""
    dates = [FIRST + datetime.timedelta(n) for n in range(7 * WEEKS)]
    types = {0: "market_day", 5: None, 6: None}
    return tuple(
        CalendarDay(day, types.get(day.weekday(), "quiet_day"), working=day.weekday() < 5, holiday=False)
        for day in dates
    )


@pytest.fixture(scope="module")
def by_erlang(corner, policy, calendar):
    """The two weeks by the formula, people employed for them."""
    return erlang_quarter(corner, policy, calendar, None, RosterRules(), ROSTER)


def test_every_day_has_the_plan_of_the_formula_and_the_roster_is_legal(by_erlang, calendar):
    roster, problem = by_erlang.roster.roster, by_erlang.problem
    assert breaches(problem, roster) == ()
    assert by_erlang.costs == roster_costs(problem, roster)
    chosen = [
        None if index is None else day.options[index].name
        for day, index in zip(problem.days, roster.options, strict=True)
    ]
    assert chosen == [None if day.day_type is None else f"erlang_{day.day_type}" for day in calendar]


def test_a_day_costs_what_its_evaluation_says_beside_wages(by_erlang, corner):
    evaluation = by_erlang.evaluation
    days = sum(given.days * sum(evaluation.days[name].costs.values()) for name, given in corner.day_types.items())
    assert by_erlang.costs.options == pytest.approx(days - evaluation.costs["wages"])
    assert by_erlang.cost == pytest.approx(by_erlang.costs.total + evaluation.costs["campaign"])


def test_what_is_rostered_keeps_the_promises_and_what_planners_do_is_told(by_erlang, corner):
    assert by_erlang.kept.broken_promises == ()
    assert by_erlang.broken == evaluate(corner, by_erlang.plain.policy).broken_promises
    assert by_erlang.saving is None


def test_the_mean_wait_is_that_of_all_customers_at_windows(by_erlang, corner):
    waiting = arrivals = 0.0
    for name, day in by_erlang.evaluation.days.items():
        for role in corner.roles:
            measures = day.channels[role].measures
            waiting += corner.day_types[name].days * (measures.waiting.sum() + measures.waiting_after_closing)
            arrivals += corner.day_types[name].days * measures.arrivals.sum()
    assert by_erlang.mean_wait == pytest.approx(waiting / arrivals)


def test_people_who_are_there_are_the_ones_rostered(by_erlang, corner, policy, calendar):
    again = erlang_quarter(corner, policy, calendar, by_erlang.staff, RosterRules(), ROSTER)
    assert again.hiring is None
    assert again.staff == by_erlang.staff
    assert set(again.problem.people) == set(by_erlang.staff.people)


def planned_for(policy, costs):
    """The policy with two plans for quiet days, both the same."""
    names = {"market": "market_day", "quiet_a": "quiet_day", "quiet_b": "quiet_day"}
    counts = {"market": WEEKS, "quiet_a": 3 * WEEKS, "quiet_b": WEEKS}
    return Planned(
        {name: (source, counts[name]) for name, source in names.items()},
        policy.replace(days={name: policy.days[source] for name, source in names.items()}),
        costs,
    )


def test_against_itself_nothing_is_saved(by_erlang, corner):
    own = by_erlang.kept.policy
    found = saving(corner, own, by_erlang.costs, planned_for(own, by_erlang.costs), DAYS)
    assert (found.value, found.interval()) == (0.0, (0.0, 0.0))
    assert set(found.comparison.days) == {"market", "quiet_a", "quiet_b"}


def test_the_saving_is_that_of_people_and_of_simulated_queues(by_erlang, corner, policy, calendar):
    costs = replace(by_erlang.costs, ordinary=by_erlang.costs.ordinary - 500.0)
    found = erlang_quarter(
        corner, policy, calendar, by_erlang.staff, RosterRules(), ROSTER, DAYS, planned=planned_for(policy, costs)
    )
    made = found.saving
    assert made.people == pytest.approx(people_cost(found.costs) - people_cost(costs))
    first, second = (made.comparison.costs["total"].first.value, made.comparison.costs["total"].second.value)
    assert float(made.queues.value) == pytest.approx(second - first)
    low, high = made.interval()
    assert low < made.value < high
    expected = evaluate(corner, found.kept.policy), evaluate(corner, policy)
    own = [e.cost - e.costs["wages"] - e.costs["machines"] - e.costs["campaign"] for e in expected]
    assert float(made.queues.value) == pytest.approx(own[0] - own[1], abs=4 * float(made.queues.error))
    assert (made.days, made.seed) == (60, 4711)
