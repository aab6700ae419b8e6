"""Contracts, the rules of a roster, and their defaults."""

from datetime import date

import pytest
from pydantic import ValidationError

from optimizer.problem import Contract, Employee, Leave, RosterRules, Staff, Wish
from optimizer.problem.staff import parse_form


def test_the_defaults_are_the_law():
    rules = RosterRules()
    assert (rules.normal_hours, rules.rest_days, rules.overtime_a_day, rules.overtime_a_month) == (8, 1, 3, 36)
    assert (rules.overtime_pay, rules.rest_day_pay, rules.holiday_pay) == (1.5, 2.0, 3.0)
    full, part = rules.contracts["full_time"], rules.contracts["part_time"]
    assert (full.hours, full.days, full.paid, full.shifts) == (40, 5, "salary", "any")
    assert (part.hours, part.hours_a_day, part.paid, part.shifts) == (24, 4, "hour", "short")


def test_a_contract_of_the_law_keeps_what_is_not_said_of_it():
    rules = RosterRules(contracts={"part_time": {"hours": 20.0}})
    assert rules.contracts["part_time"] == RosterRules().contracts["part_time"].replace(hours=20.0)
    assert rules.contracts["full_time"] == RosterRules().contracts["full_time"]


def test_a_contract_of_the_planner_is_beside_those_of_the_law():
    rules = RosterRules(contracts={"weekend": {"hours": 16.0, "days": 2, "shifts": "any"}})
    assert list(rules.contracts) == ["full_time", "part_time", "weekend"]
    assert rules.contracts["weekend"] == Contract(hours=16.0, days=2, shifts="any")


def test_a_copy_keeps_its_contracts():
    rules = RosterRules(contracts={"full_time": {"hours": 37.5}})
    assert rules.replace(rest_between=12.0).contracts == rules.contracts


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"contracts": {"full_time": {"hours": 41.0}}}, "contracts.full_time.hours: 41.0: expected at most 40"),
        ({"normal_hours": 7.0}, "contracts.full_time.hours: 40.0: expected at most 35"),
        ({"contracts": {"full_time": {"hours": 40.0, "days": 7}}}, "contracts.full_time.days: 7: expected at most 6"),
    ],
)
def test_a_salary_is_for_no_more_than_the_normal_hours_and_days(given, told):
    with pytest.raises(ValidationError, match=told):
        RosterRules(**given)


def test_who_is_paid_by_the_hour_is_bound_by_the_rest_days_alone():
    assert RosterRules(rest_days=2).contracts["part_time"].days == 6


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("any", "any"),
        ("late", "late"),
        ("early", "early"),
        ("9:00-17:30", "09:00-17:30"),
        ("09:00 - 24:00", "09:00-24:00"),
    ],
)
def test_shifts_are_said_in_a_word_or_by_start_and_end(text, form):
    assert parse_form(text) == form


@pytest.mark.parametrize("text", ["", "night", "09:00", "17:00-09:00", "09:00-09:00", "9-17", "09:00-25:00", 9, None])
def test_other_words_are_no_shifts(text):
    with pytest.raises(ValueError, match="one of any, late, early, or start and end of a shift"):
        parse_form(text)


def test_a_staff_list_can_be_made_without_files():
    staff = Staff(people={"T01": Employee(name="T01", skills=("teller",))})
    assert staff.people["T01"].contract == "full_time"
    assert staff.leave == staff.wishes == ()


def test_rules_and_people_are_the_same_after_a_file():
    rules = RosterRules(late_from="17:30", forbidden=[["late", "9:00-13:00"]], contracts={"full_time": {"hours": 35.0}})
    staff = Staff(
        people={"T01": Employee(name="T01", skills=("teller",), days_off=("monday",))},
        leave=[Leave(person="T01", first=date(2027, 1, 4), last=date(2027, 1, 5))],
        wishes=[Wish(person="T01", first=date(2027, 1, 6), last=date(2027, 1, 6), wanted=True, price=5.0)],
    )
    assert RosterRules.model_validate_json(rules.model_dump_json()) == rules
    assert Staff.model_validate_json(staff.model_dump_json()) == staff
