"""A quarter has a plan for each open day and people for its shifts, and costs what it says."""

from dataclasses import replace

import pytest

from optimizer.evaluation import evaluate
from optimizer.planning import Doubt
from optimizer.planning.erlang import erlang_quarter
from optimizer.planning.groundwork import SILENT, NoPolicyError, lay_given, paid_as_holiday, that_hold
from optimizer.planning.hiring import for_hire
from optimizer.planning.labour_price import SPARE, by_contract, capacity, labour_price, priced, with_staff
from optimizer.planning.nearest import nearest_quarter
from optimizer.planning.quarter import plan_quarter
from optimizer.planning.quarter import staffed_quarter as staff_quarter
from optimizer.problem import RosterRules
from optimizer.reporting.quarter.costs import quarter_costs
from optimizer.rostering import breaches, duties, roster_costs


@pytest.fixture(params=["hired_quarter", "staffed_quarter"])
def quarter(request):
    return request.getfixturevalue(request.param)


def test_every_open_day_has_a_plan_of_its_type(quarter):
    for day, of, index in zip(quarter.ground.calendar, quarter.problem.days, quarter.roster.options, strict=True):
        names = {option.name for option in quarter.ground.menus.get(day.day_type, ())}
        assert (index is None) == (day.day_type is None)
        assert index is None or of.options[index].name in names


def test_the_roster_is_legal_and_its_duties_are_those_of_the_plans(quarter):
    assert breaches(quarter.problem, quarter.roster) == ()
    worked = {(duty.person, duty.date) for duty in duties(quarter.problem, quarter.roster, quarter.ground.menus)}
    assert len(worked) == len(quarter.roster.shifts) > 0


def test_what_the_days_cost_in_the_roster_is_what_the_evaluation_says(quarter):
    beside = quarter.evaluation.cost - quarter.evaluation.costs["wages"] - quarter.evaluation.costs["campaign"]
    assert quarter.costs.options == pytest.approx(beside, rel=1e-9)
    assert quarter.costs == roster_costs(quarter.problem, quarter.roster)
    costs = quarter_costs(quarter.costs, quarter.evaluation)
    assert sum(costs.values()) == pytest.approx(quarter.cost, rel=1e-12)


def test_bounds_are_below_costs(quarter):
    assert quarter.bound <= quarter.cost
    assert quarter.result.bound <= quarter.costs.total + 1e-6
    assert 0 <= quarter.gap < 1


def test_the_quarter_holds_in_the_hall(quarter):
    assert quarter.doubt is Doubt.HOLDS
    assert set(quarter.verification.simulation.days) == {used.name for used in quarter.used}


def test_people_who_are_hired_cover_every_shift(hired_quarter):
    assert hired_quarter.costs.under == 0
    assert {e.contract for e in hired_quarter.staff.people.values()} <= {"full_time", "part_time"}
    assert {change.change for change in hired_quarter.head_changes} == {1, -1}


def test_at_the_wage_the_layer_of_the_policy_bounds_what_hired_people_cost(hired_quarter):
    pay = hired_quarter.costs.total - hired_quarter.costs.options
    by_the_hour = evaluate(by_contract(hired_quarter.staffed, hired_quarter.rules), hired_quarter.evaluation.policy)
    assert pay >= by_the_hour.costs["wages"] > 0


def test_the_staff_list_of_the_branch_is_that_of_the_people(first_quarter, people):
    branch = with_staff(first_quarter.branch, people)
    assert {name: set(skill.available.values()) for name, skill in branch.skills.items()} == {
        "junior": {3},
        "senior": {3},
    }


def test_a_labour_price_scales_wages_alone(corner, staffed_quarter):
    policy = staffed_quarter.ground.layer.result.policy.replace(days=staffed_quarter.ground.policy.days)
    branch = staffed_quarter.ground.branch
    full, half = evaluate(branch, policy).costs, evaluate(priced(branch, 0.5), policy).costs
    assert half.pop("wages") == pytest.approx(0.5 * full.pop("wages"))
    assert half == pytest.approx(full)


def test_hours_that_salaries_pay_cost_at_most_the_salaries(staffed_quarter, short_days):
    ground = staffed_quarter.ground
    salaried = capacity(ground.branch, short_days, staffed_quarter.staff, ground.calendar)
    assert 0 < salaried <= staffed_quarter.costs.guaranteed + 1e-6
    assert staffed_quarter.ground.labour_price <= 1


def test_plans_that_the_hall_refuses_are_not_offered(monkeypatch, hired_quarter, options):
    ground = hired_quarter.ground
    name = ground.menus["quiet_day"][0].name

    class Promise:
        day_type = name

    class Target:
        promise = Promise()

    class Verification:
        failing = (Target(),)

    monkeypatch.setattr("optimizer.planning.groundwork.verify", lambda *_: Verification())
    more = replace(ground.menus["quiet_day"][0], name="quiet_day_z")
    menus = ground.menus | {"quiet_day": (*ground.menus["quiet_day"], more)}
    held, refused = that_hold(ground.branch, ground.policy, menus, options.doubts, watch=SILENT)
    assert refused == (name,)
    assert name not in {option.name for option in held["quiet_day"]}
    only = ground.menus | {"quiet_day": ground.menus["quiet_day"][:1]}
    held, refused = that_hold(ground.branch, ground.policy, only, options.doubts, watch=SILENT)
    assert (held, refused) == (only, ())


def test_where_a_promise_cannot_be_kept_the_nearest_quarter_breaks_no_other(first_quarter, options):
    targets = first_quarter.branch.targets
    hard = targets["cash_within_10"].replace(least=0.9999)
    forecast = replace(first_quarter, branch=first_quarter.branch.replace(targets=targets | {"cash_within_10": hard}))
    with pytest.raises(NoPolicyError) as none:
        plan_quarter(forecast, RosterRules(), None, options)
    assert "target cash_within_10" in none.value.layer.result.conflict
    nearest = nearest_quarter(none.value, forecast, RosterRules(), None, options, SILENT)
    assert {promise.name for promise in nearest.evaluation.broken_promises} == {"cash_within_10"}
    assert breaches(nearest.problem, nearest.roster) == ()
    assert nearest.costs.under == 0


def test_days_in_exchange_for_holidays_are_not_paid_as_holidays(first_quarter):
    paid = {d.facts.date.isoformat() for d in first_quarter.days() if paid_as_holiday(d.facts)}
    assert {"2027-01-01", "2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08"} == paid


def test_who_is_hired_by_salary_works_no_short_shifts_where_others_can():
    assert for_hire(RosterRules()).contracts["full_time"].shifts == "long"
    alone = RosterRules(contracts={"part_time": {"shifts": "long"}})
    assert for_hire(alone) == alone
    short = RosterRules(contracts={"full_time": {"shifts": "short"}})
    assert for_hire(short).contracts["full_time"].shifts == "short"


def test_ctrl_c_in_a_later_step_keeps_what_there_is(monkeypatch, hired_quarter, first_quarter, options):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    ground = hired_quarter.ground
    monkeypatch.setattr("optimizer.planning.groundwork.ladders", stopped)
    monkeypatch.setattr("optimizer.planning.groundwork.verify", stopped)
    monkeypatch.setattr("optimizer.planning.quarter.verify", stopped)
    laid = lay_given(
        first_quarter, ground.branch, ground.evaluation, {}, options.ladder, options.doubts, SILENT
    )  # fmt: skip
    assert {day_type: len(menu) for day_type, menu in laid.menus.items()} == dict.fromkeys(ground.branch.day_types, 1)
    quarter = staff_quarter(laid, hired_quarter.rules, hired_quarter.staff, options, SILENT)
    assert breaches(quarter.problem, quarter.roster) == ()
    assert (quarter.verification, quarter.doubt) == (None, Doubt.NOT_TRIED)


def test_people_are_hired_until_sequences_can_be_kept_too(first_quarter, options):
    """Whoever works all of a day of this branch works early and late: not on two days in a row."""
    rules = RosterRules(forbidden=(("late", "early"),))
    quarter = plan_quarter(first_quarter, rules, None, options)
    assert breaches(quarter.problem, quarter.roster) == ()
    assert quarter.costs.under == 0
    assert sum(quarter.hiring.heads.values()) == len(quarter.staff.people)


def test_where_hours_are_left_over_one_is_worth_next_to_nothing(staffed_quarter, short_days):
    ground = staffed_quarter.ground
    given = (ground.branch, short_days, staffed_quarter.staff, ground.calendar, ground.ladders)
    assert labour_price(*given) == ground.labour_price == SPARE
    few = staffed_quarter.staff.replace(people={"J01": staffed_quarter.staff.people["J01"]})
    assert labour_price(ground.branch, short_days, few, ground.calendar, ground.ladders) == 1.0


def test_the_formula_hires_until_sequences_can_be_kept_too(hired_quarter, options):
    """Else its price of people missing would count as a saving of the plan."""
    ground, rules = hired_quarter.ground, for_hire(RosterRules(forbidden=(("late", "early"),)))
    made = erlang_quarter(ground.branch, ground.policy, ground.calendar, None, rules, options.roster)
    assert made.roster.costs.under == 0
    assert sum(made.hiring.heads.values()) == len(made.staff.people)
