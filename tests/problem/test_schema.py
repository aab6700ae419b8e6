"""The data dictionary: every field of every model says what it is."""

import json

import pytest

from optimizer.problem import Branch, Policy, RosterRules, Staff


def parts(model):
    schema = model.model_json_schema()
    return {model.__name__: schema} | schema["$defs"]


def fields(model):
    return {
        f"{name}.{field}": description
        for name, part in parts(model).items()
        for field, description in part.get("properties", {}).items()
    }


@pytest.mark.parametrize("model", [Branch, Policy, RosterRules, Staff])
def test_every_field_has_a_description(model):
    assert [place for place, field in fields(model).items() if not field.get("description", "").strip()] == []


@pytest.mark.parametrize("model", [Branch, Policy, RosterRules, Staff])
def test_every_model_has_a_description(model):
    assert [name for name, part in parts(model).items() if not part.get("description", "").strip()] == []


@pytest.mark.parametrize("model", [Branch, Policy, RosterRules, Staff])
def test_the_schema_is_json(model):
    schema = model.model_json_schema()
    assert json.loads(json.dumps(schema, allow_nan=False)) == schema


@pytest.mark.parametrize(
    ("place", "unit"),
    [("Branch.period", "[minutes]"), ("Branch.head_start", "[minutes]"), ("Tier.patience_minutes", "[minutes]"),
     ("ServiceTime.mean", "[minutes]"), ("Tier.waiting_cost", "[yuan per hour]"),
     ("Machine.limit", "[yuan]"), ("Skill.wage", "[yuan per hour]"), ("ShiftRules.lengths", "[hours]"),
     ("Tickets.call_seconds", "[seconds]"), ("Hours.open", '["HH:MM"]')],
)  # fmt: skip
def test_quantities_say_their_unit(place, unit):
    assert unit in fields(Branch)[place]["description"]


def test_ranges_are_part_of_the_dictionary():
    known = fields(Branch)
    assert (known["Branch.period"]["minimum"], known["Branch.period"]["maximum"]) == (5, 60)
    assert known["ServiceTime.mean"]["exclusiveMinimum"] == 0
    assert (known["Form.share"]["minimum"], known["Form.share"]["maximum"]) == (0, 1)
    assert known["Hours.open"]["type"] == "string"
