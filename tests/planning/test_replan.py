"""A quarter planned anew keeps its past, frees who is away, and changes little else."""

from dataclasses import replace
from datetime import date

import pytest

from optimizer.errors import DataRefused
from optimizer.planning.replan import Earlier, replan_quarter, with_past
from optimizer.problem import Leave, Wish
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


@pytest.mark.parametrize(("day", "told"), [(date(2027, 1, 5), "'closed'"), (date(2027, 1, 3), "'quiet_day'")])
def test_a_past_day_that_opens_or_closes_is_refused(earlier, first_quarter, options, day, told):
    """The third of January was a Sunday, and closed; the fifth was open."""
    kind = None if day in earlier.plans else "quiet_day"
    changed = [replace(each, day_type=kind) if each.facts.date == day else each for each in first_quarter.days()]

    class Changed:
        quarter, branch = first_quarter.quarter, first_quarter.branch

        def days(self):
            return changed

    with pytest.raises(DataRefused, match="a day that is past does not change") as refused:
        replan_quarter(earlier, FIRST, Changed(), options=options)
    assert told in str(refused.value)
    assert day.isoformat() in str(refused.value)


def test_past_shifts_and_pay_of_who_has_left_stay(earlier, first_quarter, options):
    now = earlier.staff.replace(people={n: e for n, e in earlier.staff.people.items() if n != "S01"})
    made = replan_quarter(earlier, FIRST, first_quarter, staff=now, options=options)
    after = duties(made.plan.problem, made.plan.roster, made.plan.ground.menus, made.settled)
    before = {key: shift for key, shift in worked(earlier.duties).items() if key[1] < FIRST}
    assert {key: shift for key, shift in worked(after).items() if key[1] < FIRST} == before
    assert any(name == "S01" for name, _ in before)
    assert not [duty for duty in after if duty.person == "S01" and duty.date >= FIRST]
    assert made.plan.staff.people["S01"].left == FIRST
    pays = {name: person.pay.guaranteed for name, person in made.plan.problem.people.items()}
    assert 0 < pays["S01"] < pays["S02"]


def test_leave_and_wishes_of_who_has_left_end_with_them(earlier):
    span = {"person": "S01", "first": date(2027, 2, 10), "last": date(2027, 2, 20)}
    late = {"person": "S01", "first": FIRST, "last": FIRST}
    before = earlier.staff.replace(leave=[Leave(**span), Leave(**late)], wishes=[Wish(**span, wanted=True, price=1.0)])
    now = earlier.staff.replace(people={n: e for n, e in before.people.items() if n != "S01"})
    found = with_past(now, before, FIRST, date(2027, 1, 1))
    assert [(each.first, each.last) for each in (*found.leave, *found.wishes)] == [
        (span["first"], date(2027, 2, 14))
    ] * 2
    assert with_past(now, before, date(2027, 1, 1), date(2027, 1, 1)) == now


def test_a_first_day_outside_the_quarter_is_refused(earlier, first_quarter, options):
    with pytest.raises(DataRefused, match="a day of 2027Q1"):
        replan_quarter(earlier, date(2027, 4, 1), first_quarter, options=options)
