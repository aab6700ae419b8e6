"""A quarter on one screen."""

import copy

import pytest

from optimizer.reporting.quarter.page import page_html
from optimizer.reporting.quarter.replanned import replan_lines
from optimizer.reporting.quarter.text import quarter_lines, quarter_sections, saved_in_money


@pytest.fixture
def short_handed(quarter_structure):
    """A quarter that saves 1,000 yuan, all of it the price of people missing by the formula, and more."""
    q = copy.deepcopy(quarter_structure)
    q["erlang"] |= {"saving": 1000.0, "saving_share": 0.01}
    q["erlang"]["costs"]["uncovered"] = q["costs"].get("uncovered", 0.0) + 3000.0
    return q


def test_a_saving_says_what_it_is_without_the_price_of_people_missing(short_handed):
    assert saved_in_money(short_handed) == pytest.approx(-2000.0)
    (line,) = [line for line in quarter_lines(short_handed) if "against Erlang by period" in line]
    assert line.startswith("Saves 1,000 yuan (1.0%)")
    assert line.endswith("; without the price of people missing: costs 2,000 yuan more.")
    assert "+2,000 yuan" in page_html(short_handed, "en")


def test_the_layer_of_the_policy_says_its_wage(quarter_structure):
    assert any("people by the hour at 0.9 of the wage" in line for line in quarter_lines(quarter_structure))
    layers = quarter_structure["layers"]
    plain = quarter_structure | {"layers": layers | {"policy": layers["policy"] | {"labour_price": 1.0}}}
    assert any("people paid by the hour)" in line for line in quarter_lines(plain))


def test_overtime_of_every_kind_is_named(quarter_structure):
    (people,) = [section for section in quarter_sections(quarter_structure) if section.title == "People"]
    assert "overtime, rest days, holidays h" in people.header


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([], "From 2027-02-15 on 0 days of 0 people change."),
        ([("T03", "09:00-17:00")], "From 2027-02-15 on 1 day of 1 person changes:"),
        ([("T03", "09:00-17:00"), ("T04", "off")], "From 2027-02-15 on 2 days of 2 people change:"),
    ],
)
def test_changes_are_counted_in_words_that_agree(changes, told):
    rows = [{"date": "2027-02-15", "person": who, "before": before, "after": "off"} for who, before in changes]
    part = {"from": "2027-02-15", "changed": len(rows), "changes": rows, "reasons": ["T05 is new"]}
    lines = list(replan_lines(part))
    assert lines[:2] == ["T05 is new", told]
    assert len(lines) == 2 + len(rows)
