"""A quarter planned anew keeps its past, frees who is away, and changes little else."""

from datetime import date

import pytest

from optimizer.errors import DataRefused
from optimizer.planning.replan import Earlier, replan_quarter
from optimizer.problem import Leave
from optimizer.rostering import breaches, changed_days, duties

FIRST = date(2027, 2, 15)
ILLNESS = Leave(person="S01", first=FIRST, last=date(2027, 2, 20), reason="illness")


@pytest.fixture(scope="module")
def earlier(staffed_quarter):
    plan = staffed_quarter
    names = {
        day.date: day.options[index].name
        for day, index in zip(plan.problem.days, plan.roster.options, strict=True)
        if index is not None
    }
    return Earlier(
        name="before",
        policy=plan.evaluation.policy,
        day_types={used.name: used.day_type for used in plan.used},
        plans=names,
        duties=duties(plan.problem, plan.roster, plan.ground.menus),
        rules=plan.rules,
        staff=plan.staff,
    )


@pytest.fixture(scope="module")
def again(earlier, first_quarter, options):
    return replan_quarter(earlier, FIRST, first_quarter, [ILLNESS], options=options)


def worked(made):
    return {(d.person, d.date): (d.start, d.end) for d in made}


def test_past_days_stay_as_they_were(earlier, again):
    settled = again.plan
    now = duties(settled.problem, settled.roster, settled.ground.menus)
    before = {key: shift for key, shift in worked(earlier.duties).items() if key[1] < FIRST}
    assert {key: shift for key, shift in worked(now).items() if key[1] < FIRST} == before


def test_who_is_away_does_not_work_and_the_roster_stays_legal(again):
    days = {change.date for change in again.changes if change.person == "S01" and change.after is None}
    now = duties(again.plan.problem, again.plan.roster, again.plan.ground.menus)
    assert not [d for d in now if d.person == "S01" and ILLNESS.first <= d.date <= ILLNESS.last]
    assert all(ILLNESS.first <= day <= ILLNESS.last for day in days)
    assert breaches(again.plan.problem, again.plan.roster) == ()


def test_the_changes_are_those_between_the_two_rosters_and_few(earlier, again):
    now = duties(again.plan.problem, again.plan.roster, again.plan.ground.menus)
    listed = [(c.date, c.person, c.before, c.after) for c in again.changes]
    assert listed == list(changed_days(earlier.duties, now, FIRST))
    freed = sum(FIRST <= d.date <= ILLNESS.last for d in earlier.duties if d.person == "S01")
    assert 0 < freed <= len(listed) <= 3 * freed


def test_nothing_changes_when_nothing_has_happened(earlier, first_quarter, options):
    same = replan_quarter(earlier, FIRST, first_quarter, options=options)
    assert same.changes == ()


def test_a_first_day_outside_the_quarter_is_refused(earlier, first_quarter, options):
    with pytest.raises(DataRefused, match="a day of 2027Q1"):
        replan_quarter(earlier, date(2027, 4, 1), first_quarter, options=options)
