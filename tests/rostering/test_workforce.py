"""From nobody: how many people to employ."""

from importlib import import_module
from itertools import product

import numpy as np
import pytest

from optimizer.problem import RosterRules
from optimizer.rostering import RosterOptions, quarter_problem, shortages, solve_roster
from optimizer.rostering.workforce import Workforce, head_changes, staff_of, workforce
from optimizer.rostering.workforce_model import WorkforceModel

TELLERS, CLERKS, BY_HOUR = ("teller", "full_time"), ("clerk", "full_time"), ("teller", "part_time")


@pytest.fixture(scope="module")
def week(calendar):
    """The first week."""
    return calendar[:7]


@pytest.fixture(scope="module")
def plain_rules():
    """20 hours a week, no price on uneven rosters."""
    return RosterRules(
        contracts={"full_time": {"hours": 20.0, "shifts": "long"}},
        fairness={"weekends": 0.0, "late": 0.0, "overtime": 0.0},
    )


def test_a_week_by_hand(roster_branch, plain_rules, week, option):
    """Six days with two tellers are twelve shifts of 4 hours: two people work a sixth day (200 %), or a third is paid.

    Two: 2 * 20 * 50 + 2 * 4 * 100 = 2,800 yuan; three: 3,000 yuan.
    """
    menus = {name: (option(name, 7.0, ("teller", (540, 780), 2)),) for name in ("weekday", "saturday")}
    found = workforce(roster_branch, plain_rules, week, menus)
    assert found.heads == {TELLERS: 2}
    assert found.cost == pytest.approx(2800 + 6 * 7)
    assert found.bound == pytest.approx(found.cost, rel=2e-3)


def test_a_dear_rest_day_makes_room_for_a_third(roster_branch, plain_rules, week, option):
    menus = {name: (option(name, 7.0, ("teller", (540, 780), 2)),) for name in ("weekday", "saturday")}
    found = workforce(roster_branch, plain_rules.replace(rest_day_pay=4.0), week, menus)
    assert (found.heads, found.cost) == ({TELLERS: 3}, pytest.approx(3000 + 6 * 7))


def test_part_timers_work_24_hours_a_week_and_no_more_are_employed_than_are_needed(
    roster_branch, plain_rules, week, option
):
    """Thirteen short shifts a day on six days are 156 hours: seven people, but thirteen on one day."""
    menus = {name: (option(name, 0.0, ("teller", (540, 660), 13)),) for name in ("weekday", "saturday")}
    found = workforce(roster_branch, plain_rules, week, menus)
    assert found.heads == {BY_HOUR: 13}
    assert found.cost == pytest.approx(156 * 50 * 1.2)


def test_people_come_from_the_hours_of_the_week_where_these_bind(roster_branch, plain_rules, week, option):
    """Two shifts of two hours a day would be 24 hours for two people; with six hours a week four are needed."""
    rules = plain_rules.replace(contracts={"full_time": {"shifts": "long"}, "part_time": {"hours": 6.0}})
    menus = {name: (option(name, 0.0, ("teller", (540, 660), 2)),) for name in ("weekday", "saturday")}
    assert workforce(roster_branch, rules, week, menus).heads == {BY_HOUR: 4}


def test_work_on_a_holiday_costs_three_wages_beside_the_salary(roster_branch, plain_rules, calendar, option):
    menus = {name: (option(name, 0.0, ("teller", (540, 780), 1)),) for name in ("weekday", "saturday")}
    found = workforce(roster_branch, plain_rules.replace(rest_day_pay=0.0), calendar[7:14], menus)
    assert found.heads == {TELLERS: 1}
    assert found.cost == pytest.approx(4 * 4 * 50 + 4 * 150)


def test_hours_beyond_a_day_are_overtime(roster_branch, plain_rules, week, option):
    """A day of four hours against two normal ones: of 20 hours a week ten are overtime."""
    rules = plain_rules.replace(normal_hours=2.0, contracts={"full_time": {"hours": 10.0}})
    menus = {name: (option(name, 0.0, ("teller", (540, 780), 1)),) for name in ("weekday", "saturday")}
    found = workforce(roster_branch, rules, week[:5], menus)
    assert found.cost == pytest.approx(10 * 50 + 10 * 75)


def test_overtime_of_the_month_is_limited(roster_branch, plain_rules, calendar, option):
    """19 days of four hours are 76 hours, 7.6 of each salary, 36 of each one's overtime: two people, if it is cheap."""
    rules = plain_rules.replace(contracts={"full_time": {"hours": 2.0}}, overtime_pay=0.5)
    menus = {"weekday": (option("weekday", 0.0, ("teller", (540, 780), 1)),)}
    days = [day for day in calendar if day.day_type == "weekday" and not day.holiday]
    assert workforce(roster_branch, rules, days, menus).heads == {TELLERS: 2}
    freer = rules.replace(overtime_a_month=168.0)
    assert workforce(roster_branch, freer, days, menus).heads == {TELLERS: 1}


def test_no_roster_of_any_people_costs_less_than_the_bound(roster_branch, plain_rules, week, menus):
    """Every number of people from none to four tellers, a part-timer and three clerks, rostered to the optimum."""
    found = workforce(roster_branch, plain_rules, week, menus, gap=0.0)
    least = {}
    for heads in product(range(1, 5), range(2), range(1, 4)):
        staff = staff_of(dict(zip((TELLERS, BY_HOUR, CLERKS), heads, strict=True)), roster_branch, plain_rules)
        problem = quarter_problem(roster_branch, plain_rules, staff, week, menus)
        result = solve_roster(problem, RosterOptions(gap=0.0, time_limit=20, workers=1))
        if not shortages(problem, result.roster):
            least[heads] = result.costs.total
    assert found.bound <= min(least.values()) + 1e-6
    assert found.cost == pytest.approx(min(least.values()))
    assert tuple(found.heads[group] for group in (TELLERS, BY_HOUR, CLERKS)) == min(least, key=least.get)


def test_given_people_who_are_too_few_leave_work_uncovered(roster_branch, plain_rules, week, option):
    menus = {name: (option(name, 0.0, ("teller", (540, 780), 2)),) for name in ("weekday", "saturday")}
    found = workforce(roster_branch, plain_rules, week, menus, heads={TELLERS: 1})
    assert found.uncovered == pytest.approx(6 * 240)
    assert found.cost == pytest.approx(20 * 50 + 4 * 100 + 24 * 1000)


def test_given_people_choose_the_plan_that_they_can_work(roster_branch, plain_rules, week, menus):
    few = workforce(roster_branch, plain_rules, week, menus, heads={TELLERS: 1, BY_HOUR: 1, CLERKS: 1})
    assert few.uncovered == 0.0
    assert few.cost > 5 * 400


def test_one_more_or_fewer_is_priced_against_the_people_employed(roster_branch, plain_rules, week, menus):
    heads = {TELLERS: 2, BY_HOUR: 1, CLERKS: 2}
    found = {(c.skill, c.contract, c.change): c for c in head_changes(roster_branch, plain_rules, week, menus, heads)}
    assert len(found) == 6
    assert found[*TELLERS, 1].cost_change == pytest.approx(20 * 50, rel=0.01)
    now = workforce(roster_branch, plain_rules, week, menus, heads)
    fewer = workforce(roster_branch, plain_rules, week, menus, heads | {CLERKS: 1})
    assert found[*CLERKS, -1].cost_change == pytest.approx(fewer.cost - now.cost, rel=0.01)
    assert found[*BY_HOUR, -1].uncovered == pytest.approx(fewer.uncovered if fewer.uncovered else 120)


def test_what_is_not_known_in_time_is_not_told(roster_branch, plain_rules, week, menus, monkeypatch):
    vague = Workforce({}, cost=100.0, bound=90.0, uncovered=0.0)
    monkeypatch.setattr(import_module("optimizer.rostering.workforce"), "workforce", lambda *_: vague)
    assert head_changes(roster_branch, plain_rules, week, menus, {TELLERS: 1}) == ()


def test_people_who_can_cover_all_days_do(roster_branch, plain_rules, week, menus):
    """At ten yuan an hour it would be cheaper to let a person miss."""
    rules = plain_rules.replace(uncovered_price=10.0)
    found = workforce(roster_branch, rules, week, menus, heads={TELLERS: 2, BY_HOUR: 1, CLERKS: 2})
    assert found.uncovered == 0.0


def test_nobody_is_fewer_than_none(roster_branch, plain_rules, week, menus):
    changes = head_changes(roster_branch, plain_rules, week, menus, {TELLERS: 0, CLERKS: 1, BY_HOUR: 1})
    assert TELLERS in {(c.skill, c.contract) for c in changes}
    assert all((c.skill, c.contract) != TELLERS for c in changes if c.change < 0)


def test_where_no_contract_permits_the_shifts_nobody_is_employed(roster_branch, plain_rules, week, option):
    rules = plain_rules.replace(contracts={name: {"shifts": "long"} for name in ("full_time", "part_time")})
    menus = {name: (option(name, 0.0, ("teller", (540, 660), 1)),) for name in ("weekday", "saturday")}
    assert workforce(roster_branch, rules, week, menus) is None


def test_people_are_named_by_their_skill(roster_branch, plain_rules):
    staff = staff_of({BY_HOUR: 1, TELLERS: 2, CLERKS: 1}, roster_branch, plain_rules)
    assert {name: (p.skills, p.contract) for name, p in staff.people.items()} == {
        "T01": (("teller",), "full_time"), "T02": (("teller",), "full_time"), "T03": (("teller",), "part_time"),
        "C01": (("clerk",), "full_time"),
    }  # fmt: skip


def test_skills_that_begin_alike_have_longer_initials(roster_branch, plain_rules):
    skills = {"senior": roster_branch.skills["clerk"], "sales": roster_branch.skills["teller"]}
    branch = roster_branch.model_copy(update={"skills": skills})
    staff = staff_of({("senior", "full_time"): 1, ("sales", "full_time"): 1}, branch, plain_rules)
    assert list(staff.people) == ["SE01", "SA01"]


def test_days_of_one_type_in_a_week_count_together(roster_branch, plain_rules, calendar, menus):
    cells = WorkforceModel(roster_branch, plain_rules, calendar, menus).cells
    assert sorted(cells.values()) == [1, 1, 1, 1, 1, 4, 5, 5, 5]


@pytest.mark.parametrize("seed", range(8))
def test_no_roster_costs_less_than_the_bound_of_its_people(roster_branch, calendar, option, seed):
    """Random plans, contracts, prices and people over two weeks with a holiday."""
    rng = np.random.default_rng(seed)
    rules = RosterRules(
        contracts={"full_time": {"hours": float(rng.choice([4, 12, 20])), "shifts": str(rng.choice(["long", "any"]))}},
        normal_hours=8.0 if seed % 2 else 4.0,
        rest_day_pay=float(rng.choice([1.2, 2.0])),
        overtime_a_month=float(rng.choice([12, 36])),
        uncovered_price=float(rng.choice([60, 200])),
        fairness={"weekends": 0.0, "late": 0.0, "overtime": 0.0},
    )
    menus = {
        day_type: tuple(
            option(f"{day_type} {number}", float(rng.integers(0, 500)),
                   ("teller", (540, 780), int(rng.integers(1, 4))), ("teller", (600, 720), int(rng.integers(1, 3))))
            for number in range(2)
        )
        for day_type in ("weekday", "saturday")
    }  # fmt: skip
    heads = {TELLERS: int(rng.integers(1, 5)), BY_HOUR: int(rng.integers(0, 3))}
    staff = staff_of(heads, roster_branch, rules)
    days = calendar[:14]
    result = solve_roster(
        quarter_problem(roster_branch, rules, staff, days, menus), RosterOptions(time_limit=10, workers=1)
    )
    model = WorkforceModel(roster_branch, rules, days, menus, heads, cover_all=False).solve(0.0, 10.0)
    assert model.bound <= result.costs.total + 1e-6
    assert model.cost >= 0.9 * result.bound
