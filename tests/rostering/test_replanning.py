"""A roster made anew in the middle of a quarter: what is past stays, and little of the rest changes."""

from dataclasses import replace
from datetime import date

import pytest

from optimizer.problem import Leave
from optimizer.rostering import (
    RosterOptions,
    Settled,
    breaches,
    changed_days,
    duties,
    quarter_problem,
    replan_requests,
    roster_costs,
    solve_roster,
)
from optimizer.rostering.costs import granted

FROM = date(2027, 2, 15)
OPTIONS = RosterOptions(gap=0.001, time_limit=20, workers=1)


@pytest.fixture(scope="module")
def first(roster_branch, roster_rules, staff, calendar, menus):
    """Problem and roster of the whole quarter."""
    problem = quarter_problem(roster_branch, roster_rules, staff, calendar, menus)
    return problem, solve_roster(problem, OPTIONS).roster


@pytest.fixture(scope="module")
def again(first, roster_branch, roster_rules, staff, calendar, menus):
    """Problem and roster from the third week on, in which T01 is away."""
    problem, roster = first
    plans = {option.name: option for options in menus.values() for option in options}
    chosen = {
        day.date: plans[day.options[number].name]
        for day, number in zip(problem.days, roster.options, strict=True)
        if number is not None and day.date < FROM
    }
    settled = Settled(FROM, chosen, duties(problem, roster, menus))
    away = staff.replace(leave=[Leave(person="T01", first=FROM, last=date(2027, 2, 21), reason="illness")])
    anew = quarter_problem(roster_branch, roster_rules, away, calendar, menus, settled=settled)
    kept = replan_requests(anew, settled.duties, FROM, roster_rules.change_price)
    anew = replace(anew, requests=(*anew.requests, *kept))
    return settled, anew, solve_roster(anew, OPTIONS).roster


def test_the_new_roster_keeps_every_rule(again):
    _, problem, roster = again
    assert breaches(problem, roster) == ()


def test_what_is_past_stays_with_its_meals(again, menus):
    settled, problem, roster = again
    new = duties(problem, roster, menus, settled)
    past = [duty for duty in settled.duties if duty.date < FROM]
    assert past
    assert [duty for duty in new if duty.date < FROM] == past


def test_who_is_away_works_no_more_and_the_others_change_little(again, menus):
    settled, problem, roster = again
    new = duties(problem, roster, menus, settled)
    changed = changed_days(settled.duties, new, FROM)
    lost = [duty for duty in settled.duties if duty.person == "T01" and FROM <= duty.date <= date(2027, 2, 21)]
    assert lost
    assert {(duty.date, "T01") for duty in lost} <= {(day, person) for day, person, _, _ in changed}
    assert len(changed) <= 2 * len(lost)


def test_the_price_of_changed_days_is_no_wish(again):
    _, problem, roster = again
    priced = [request for request in problem.requests if request.of_change]
    refused = [request for request in priced if not granted(request, roster)]
    assert refused
    assert roster_costs(problem, roster).requests == pytest.approx(sum(request.price for request in refused))
