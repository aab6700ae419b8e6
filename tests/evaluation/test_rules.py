"""The rules of a policy: each permits and each forbids; and what of a branch is named as not evaluated yet."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.evaluation import broken_rules, role_periods, shift_breach, unevaluated
from optimizer.evaluation.rules import (
    known_names,
    legal_shifts,
    offered_choices,
    physical_windows,
    role_levels,
    role_time,
    skills_cover,
    staff_available,
)
from optimizer.problem import DayPlan, Shift


def day_plan(cash=(1, 1), general=(1, 1), shifts=()):
    """A plan; shifts as (skill, start, end, people) or with the meal's start and end behind."""
    names = ("start", "end", "meal_start", "meal_end")
    assignments = [
        {"skill": skill, "shift": dict(zip(names, (start, end, *meal), strict=False)), "people": people}
        for skill, start, end, people, *meal in shifts
    ]
    return DayPlan(windows={"cash": cash, "general": general}, shifts=assignments)


def test_the_small_policy_obeys_every_rule(small_branch, small_policy):
    assert broken_rules(small_branch, small_policy) == ()


def test_breaches_of_several_rules_are_told_together(small_branch, small_policy):
    saturday = day_plan(cash=(3, 3), general=(2, 2), shifts=[("clerk", "10:00", "13:00", 2)])
    policy = small_policy.replace(campaign="lottery", days=small_policy.days | {"saturday": saturday})
    assert broken_rules(small_branch, policy) == (
        "campaign: lottery is not a campaign of the branch",
        "saturday 10:00: 5 windows open, 4 exist",
        "saturday 10:30: 5 windows open, 4 exist",
        "saturday: 2 of skill clerk on shift, 1 can be on duty",
        "saturday: clerk shift 10:00-13:00: length 3 h is not permitted",
        "saturday 10:00: 3 people needed for cash, 2 on duty",
        "saturday 10:30: 3 people needed for cash, 2 on duty",
    )


def test_a_policy_that_does_not_fit_is_judged_no_further(small_branch, small_policy):
    saturday = day_plan(cash=(9, 9, 9), general=(9, 9))
    policy = small_policy.replace(days=small_policy.days | {"saturday": saturday})
    assert broken_rules(small_branch, policy) == ("saturday: cash has 3 periods, the day has 2",)


@pytest.mark.parametrize(("changes", "told"), [
    ({"thresholds": {"withdrawal_to_atm": 30000, "deposit_to_ebank": 5000}}, []),
    ({"thresholds": {}}, []),
    ({"thresholds": {"withdrawal_to_atm": 0}}, []),
    ({"thresholds": {"withdrawal_to_atm": 20000}}, ["thresholds: withdrawal_to_atm 20000 is not among its thresholds"]),
    ({"thresholds": {"to_kiosk": 10}}, ["thresholds: to_kiosk is not a diversion of the branch"]),
    ({"greeters": 0}, []),
    ({"greeters": 3}, ["greeters: 3 is not among the levels 0, 1, 2"]),
    ({"campaign": "points"}, []),
    ({"campaign": "lottery"}, ["campaign: lottery is not a campaign of the branch"]),
    ({"form_at_window_below": 2}, []),
    ({"form_at_window_below": 1}, ["form_at_window_below: 1 is not offered"]),
    ({"pitch_below": 3}, []),
    ({"pitch_below": 2}, ["pitch_below: 2 is not offered"]),
    ({"calls": 1}, []),
    ({"calls": 3}, ["calls: 3 is not offered"]),
    ({"divert_from": 0}, []),
    ({"divert_from": 2}, ["divert_from: 2 is not offered"]),
])  # fmt: skip
def test_offered_choices(small_branch, small_policy, changes, told):
    assert list(offered_choices(small_branch, small_policy.replace(**changes))) == told


@pytest.mark.parametrize(("number", "told"), [
    (0, []), (3, []), (5, []), (4, ["divert_from: 4 is not offered"]),
])  # fmt: skip
def test_advice_is_given_always_or_from_a_number_that_is_offered(small_branch, small_policy, number, told):
    branch = small_branch.replace(queue_rules=small_branch.queue_rules.replace(divert_from=(3, 5)))
    assert list(offered_choices(branch, small_policy.replace(divert_from=number))) == told


def changed(branch, table, name, **changes):
    """The branch with some fields of one part of a table changed."""
    parts = getattr(branch, table)
    return branch.replace(**{table: parts | {name: parts[name].replace(**changes)}})


def test_a_branch_that_is_evaluated_whole_has_nothing_to_name(small_branch):
    assert unevaluated(small_branch) == ()


@pytest.mark.parametrize(("change", "told"), [
    (lambda b: b.replace(head_start=10),
     "head_start: the higher priority is called first however long others have waited"),
    (lambda b: changed(b, "tiers", "vip", patience_distribution="gamma", patience_scv=0.5),
     "tiers.vip.patience_distribution: taken as exponential"),
    (lambda b: changed(b, "channels", "atm", come_back=0.3),
     "channels.atm.come_back: they wait at the head of the line"),
    (lambda b: changed(b, "channels", "cash", queue_capacity=9), "channels.cash.queue_capacity: nobody is turned away"),
    (lambda b: changed(b, "skills", "clerk", shifts=b.skills["clerk"].shifts.replace(short_breaks=1)),
     "skills.clerk.shifts.short_breaks: a short break takes nobody from the window"),
    (lambda b: b.replace(queue_rules=b.queue_rules.replace(divert_from=(0, 3))),
     "queue_rules.divert_from: advice is given however few are waiting"),
])  # fmt: skip
def test_what_a_branch_uses_and_the_evaluation_does_not_is_named(small_branch, change, told):
    assert unevaluated(change(small_branch)) == (told,)


def test_a_branch_without_a_greeter_permits_none(small_branch, small_policy):
    channels = {name: channel for name, channel in small_branch.channels.items() if name != "lobby"}
    skills = small_branch.skills | {"teller": small_branch.skills["teller"].replace(serves=["cash"])}
    branch = small_branch.replace(channels=channels, skills=skills, targets={})
    assert list(offered_choices(branch, small_policy.replace(greeters=0))) == []
    assert list(offered_choices(branch, small_policy)) == ["greeters: 1 is not among the levels 0"]


class TestKnownNames:
    def told(self, branch, policy, **days):
        days = {name: plan for name, plan in (policy.days | days).items() if plan is not None}
        return list(known_names(branch, policy.replace(days=days)))

    def test_permits(self, small_branch, small_policy):
        assert self.told(small_branch, small_policy, saturday=day_plan((0, 3), (0, 0))) == []

    @pytest.mark.parametrize(("days", "told"), [
        ({"saturday": None}, "days: no plan for saturday"),
        ({"sunday": day_plan()}, "days: sunday is not a day type of the branch"),
        ({"saturday": day_plan(cash=(1,))}, "saturday: cash has 1 periods, the day has 2"),
        ({"saturday": day_plan(shifts=[("cook", "09:00", "11:00", 1)])}, "saturday: cook is not a skill"),
        ({"saturday": DayPlan(windows={"cash": (1, 1)}, shifts=())}, "saturday: general has no windows"),
        ({"saturday": DayPlan(windows={"cash": (1, 1), "general": (1, 1), "atm": (2, 2)}, shifts=())},
         "saturday: atm is not a window role"),
    ])  # fmt: skip
    def test_forbids(self, small_branch, small_policy, days, told):
        assert self.told(small_branch, small_policy, **days) == [told]


@pytest.mark.parametrize(("cash", "general", "told"), [
    ((3, 2), (1, 2), []),
    ((3, 2), (2, 2), ["saturday 10:00: 5 windows open, 4 exist"]),
])  # fmt: skip
def test_physical_windows(small_branch, cash, general, told):
    assert list(physical_windows(small_branch, "saturday", day_plan(cash, general), 0)) == told


@pytest.mark.parametrize(("cash", "general", "told"), [
    ((1, 3), (0, 2), []),
    ((1, 0), (0, 2), ["saturday 10:30: 0 windows in role cash, between 1 and 3 are permitted"]),
    ((4, 1), (0, 2), ["saturday 10:00: 4 windows in role cash, between 1 and 3 are permitted"]),
    ((1, 1), (3, 2), ["saturday 10:00: 3 windows in role general, between 0 and 2 are permitted"]),
])  # fmt: skip
def test_role_levels(small_branch, cash, general, told):
    assert list(role_levels(small_branch, "saturday", day_plan(cash, general), 0)) == told


@pytest.mark.parametrize(("general", "told"), [
    ((0, 0, 1, 1, 0, 0, 0, 0), None),
    ((0, 0, 0, 0, 0, 0, 0, 1), None),
    ((1, 1, 2, 1, 0, 0, 0, 0), None),
    ((0, 1, 2, 1, 0, 1, 1, 0), None),
    ((0, 0, 1, 0, 0, 0, 0, 0), "weekday 10:30: 0 windows in role general, 1 were opened in it within 60 min"),
    ((1, 0, 0, 0, 0, 0, 0, 0), "weekday 09:30: 0 windows in role general, 1 were opened in it within 60 min"),
    ((0, 2, 1, 1, 0, 0, 0, 0), "weekday 10:00: 1 windows in role general, 2 were opened in it within 60 min"),
    ((0, 1, 2, 0, 0, 0, 0, 0), "weekday 10:30: 0 windows in role general, 1 were opened in it within 60 min"),
])  # fmt: skip
def test_role_time(small_branch, general, told):
    plan = day_plan((1,) * 8, general)
    assert list(role_time(small_branch, "weekday", plan, 0)) == ([] if told is None else [told])


@pytest.mark.parametrize(("minutes", "periods"), [(0, 1), (30, 1), (31, 2), (60, 2), (90, 3)])
def test_least_time_in_a_role_in_whole_periods(small_branch, minutes, periods):
    assert role_periods(small_branch.replace(least_role_time=minutes)) == periods


@pytest.mark.parametrize(("shifts", "told"), [
    ([("teller", "09:00", "11:00", 3), ("clerk", "09:00", "11:00", 1)], []),
    ([("teller", "09:00", "11:00", 2), ("teller", "11:00", "13:00", 2)],
     ["saturday: 4 of skill teller on shift, 3 can be on duty"]),
    ([("clerk", "09:00", "11:00", 2)], ["saturday: 2 of skill clerk on shift, 1 can be on duty"]),
])  # fmt: skip
def test_staff_available(small_branch, shifts, told):
    assert list(staff_available(small_branch, "saturday", day_plan(shifts=shifts), 0)) == told


LATE = "must start at 09:00 or a multiple of 60 min later"
MEAL = "must have 30 min of meal between 10:30 and 12:00"


@pytest.mark.parametrize(("skill", "times", "told"), [
    ("teller", ("09:00", "11:00"), None),
    ("teller", ("11:00", "13:00"), None),
    ("teller", ("09:00", "13:00"), None),
    ("teller", ("09:30", "11:30"), LATE),
    ("teller", ("08:00", "10:00"), LATE),
    ("teller", ("12:00", "14:00"), "must end by 13:00"),
    ("teller", ("10:00", "13:00"), "length 3 h is not permitted"),
    ("teller", ("09:00", "13:00", "11:00", "11:30"), "has a meal break that it must not have"),
    ("clerk", ("09:00", "11:00"), None),
    ("clerk", ("09:00", "11:00", "10:30", "10:45"), "has a meal break that it must not have"),
    ("clerk", ("09:00", "13:00", "10:30", "11:00"), None),
    ("clerk", ("09:00", "13:00", "11:30", "12:00"), None),
    ("clerk", ("09:00", "13:00"), "lacks its meal break"),
    ("clerk", ("09:00", "13:00", "10:00", "10:30"), MEAL),
    ("clerk", ("09:00", "13:00", "12:00", "12:30"), MEAL),
    ("clerk", ("09:00", "13:00", "11:00", "12:00"), MEAL),
])  # fmt: skip
def test_legal_shifts(small_branch, skill, times, told):
    shift = Shift(**dict(zip(("start", "end", "meal_start", "meal_end"), times, strict=False)))
    assert shift_breach(small_branch.skills[skill].shifts, shift) == told
    plan = day_plan(shifts=[(skill, *times[:2], 1, *times[2:])])
    sentence = f"saturday: {skill} shift {times[0]}-{times[1]}: {told}"
    assert list(legal_shifts(small_branch, "saturday", plan, 0)) == ([] if told is None else [sentence])


class TestSkillsCover:
    def told(self, branch, teller, clerk, greeters=1, cash=(1, 1), general=(1, 1)):
        people = [("teller", "09:00", "11:00", teller), ("clerk", "09:00", "11:00", clerk)]
        shifts = [row for row in people if row[3]]
        return list(skills_cover(branch, "saturday", day_plan(cash, general, shifts), greeters))

    def test_permits(self, small_branch):
        assert self.told(small_branch, teller=2, clerk=1) == []
        assert self.told(small_branch, teller=1, clerk=2) == []
        assert self.told(small_branch, teller=1, clerk=1, greeters=0) == []
        assert self.told(small_branch, teller=0, clerk=0, greeters=0, cash=(0, 0), general=(0, 0)) == []

    @pytest.mark.parametrize(("teller", "clerk", "places"), [
        (3, 0, "1 people needed for general, 0 on duty"),
        (0, 3, "1 people needed for lobby, 0 on duty"),
        (1, 1, "3 people needed for cash + general + lobby, 2 on duty"),
    ])  # fmt: skip
    def test_forbids(self, small_branch, teller, clerk, places):
        told = [f"saturday {clock}: {places}" for clock in ("10:00", "10:30")]
        assert self.told(small_branch, teller, clerk) == told

    def test_nobody_works_before_the_shift_after_it_or_at_the_meal(self, small_branch):
        shifts = [("teller", "09:00", "13:00", 1), ("clerk", "09:00", "13:00", 1, "11:00", "11:30")]
        late = [("clerk", "11:00", "13:00", 1)]
        plan = day_plan((1,) * 8, (1,) * 8, shifts)
        told = "weekday 11:00: 1 people needed for general, 0 on duty"
        assert list(skills_cover(small_branch, "weekday", plan, 0)) == [told]
        plan = day_plan((1,) * 8, (1,) * 8, shifts + late)
        assert list(skills_cover(small_branch, "weekday", plan, 0)) == []
        plan = day_plan((1,) * 8, (1,) * 8, shifts[:1] + late)
        told = [
            f"weekday {clock}: 1 people needed for general, 0 on duty" for clock in ("09:00", "09:30", "10:00", "10:30")
        ]
        assert list(skills_cover(small_branch, "weekday", plan, 0)) == told

    @given(teller=st.integers(0, 3), clerk=st.integers(0, 3), greeters=st.integers(0, 2), cash=st.integers(0, 3),
           general=st.integers(0, 2))  # fmt: skip
    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.differing_executors])
    def test_it_forbids_when_nobody_can_be_put_so_that_all_is_covered(
        self, small_branch, teller, clerk, greeters, cash, general
    ):
        # Tellers take the lobby first and clerks the general windows, for nobody else can; the rest is for cash.
        free = [teller - greeters, clerk - general]
        possible = min(free) >= 0 and sum(free) >= cash
        told = self.told(small_branch, teller, clerk, greeters, (cash,) * 2, (general,) * 2)
        assert (told == []) == possible
