import copy
import json

import pytest

from optimizer.reporting.quarter.comparison import comparison_sections, comparison_structure


def by(rows, *keys):
    return {tuple(row[key] for key in keys): row for row in rows}


def section(sections, title):
    (found,) = [each for each in sections if each.title.startswith(title)]
    return found


@pytest.fixture
def second(quarter_maker):
    return quarter_maker(1)


def test_changes_are_the_second_less_the_first_and_add_up(quarter_structure, second):
    compared = comparison_structure(quarter_structure, second)
    assert compared["cost"]["change"] == second["cost"] - quarter_structure["cost"]
    assert sum(each["change"] for each in compared["costs"]) == pytest.approx(compared["cost"]["change"])
    assert by(compared["costs"], "name")["waiting",]["first"] == quarter_structure["costs"]["waiting"]
    assert json.loads(json.dumps(compared, allow_nan=False)) == compared


def test_a_quarter_beside_itself_changes_nothing(quarter_structure):
    compared = comparison_structure(quarter_structure, quarter_structure)
    for part in ("costs", "posters", "day_types", "windows", "people", "service"):
        assert compared[part], part
        assert all(each["change"] == 0 for each in compared[part]), part
    assert compared["shifts"]["changed"] == 0
    assert compared["shifts"]["same"] == len(quarter_structure["roster"])
    titles = [each.title for each in comparison_sections(quarter_structure, quarter_structure)]
    assert not any(title.startswith("Changed shifts") for title in titles)


def test_shifts_are_counted_by_what_became_of_them(quarter_structure):
    q = copy.deepcopy(quarter_structure)
    removed = q["roster"].pop(0)
    q["roster"][0]["start"] = "10:00"
    q["roster"][1]["meal_start"] = "13:00"
    q["roster"].append(removed | {"person": "T99"})
    shifts = comparison_structure(quarter_structure, q)["shifts"]
    assert (shifts["moved"], shifts["added"], shifts["removed"], shifts["changed"]) == (1, 1, 1, 3)
    assert shifts["same"] == len(quarter_structure["roster"]) - 2
    assert {"date": removed["date"], "person": "T99", "before": None,
            "after": f"{removed['skill']} {removed['start']}-{removed['end']}"} in shifts["changes"]  # fmt: skip


def test_shifts_of_different_quarters_are_not_compared(quarter_structure):
    other = copy.deepcopy(quarter_structure) | {"quarter": "2027Q2"}
    assert comparison_structure(quarter_structure, other)["shifts"] is None
    assert "not compared" in section(comparison_sections(quarter_structure, other), "Shifts").rows[0][0]


def test_posters_and_rules_that_change_are_marked(quarter_structure):
    q = copy.deepcopy(quarter_structure)
    q["posters"][0]["threshold"] = 0
    q["policy"]["greeters"] = 2
    assert comparison_structure(quarter_structure, q)["posters"][0]["change"] == -20000
    rows = {row[0]: row for row in section(comparison_sections(quarter_structure, q), "All quarter").rows}
    assert rows["deposit to machine"][1:4] == ("below 20,000", "nobody", "changed")
    assert rows["greeters"][1:4] == ("1", "2", "changed")
    assert rows["transfer to ebank"][3] == ""


def test_windows_are_the_mean_of_the_plans_of_a_day_type(quarter_structure):
    windows = by(comparison_structure(quarter_structure, quarter_structure)["windows"], "day_type", "role")
    plans = [plan for plan in quarter_structure["plans"] if plan["day_type"] == "weekday"]
    assert len(plans) == 2
    hours = sum(plan["days"] * sum(plan["windows"]["cash"]) / 2 for plan in plans)
    assert windows["weekday", "cash"]["first"] == pytest.approx(hours / sum(plan["days"] for plan in plans))


def test_service_is_weighed_by_customers(quarter_structure):
    q = copy.deepcopy(quarter_structure)
    for plan in q["plans"]:
        plan["channels"][1]["mean_wait"] += 1.5
    service = by(comparison_structure(quarter_structure, q)["service"], "channel", "measure")
    assert service["cash", "mean wait"]["change"] == pytest.approx(1.5)
    assert service["vip", "mean wait"]["change"] == 0
    waits = [plan["channels"][1]["mean_wait"] for plan in quarter_structure["plans"]]
    assert min(waits) < service["cash", "mean wait"]["first"] < max(waits)


@pytest.mark.parametrize(("holds", "told"), [(False, "fails"), (None, "not known"), (True, "holds")])
def test_a_promise_holds_where_it_holds_on_every_plan(quarter_structure, holds, told):
    q = copy.deepcopy(quarter_structure)
    q["promises"][2]["holds"] = holds
    rows = {row[0]: row for row in section(comparison_sections(quarter_structure, q), "Promises").rows}
    assert rows["cash: 60.0% served within 10 min in every period"][1:3] == ("holds", told)


def test_a_failure_outweighs_what_is_not_known(quarter_structure):
    for order in ((None, False), (False, None)):
        q = copy.deepcopy(quarter_structure)
        for promise, holds in zip(q["promises"], order, strict=False):
            promise["holds"] = holds
        promises = by(comparison_structure(q, q)["promises"], "name")
        assert promises["cash_within_10",]["first"] is False


def test_people_of_one_side_are_named(quarter_structure):
    q = copy.deepcopy(quarter_structure)
    gone = q["people"].pop()
    compared = comparison_structure(quarter_structure, q)
    assert compared["only_first"] == [gone["name"]]
    assert by(compared["people"], "name")["pay",]["change"] == pytest.approx(-gone["pay"])
    rows = section(comparison_sections(quarter_structure, q), "People").rows
    assert rows[-1] == (f"only in the first: {gone['name']}", "1", "", "")


def test_what_a_run_lacks_is_a_dash(quarter_structure, bare_quarter_structure):
    rows = section(comparison_sections(quarter_structure, bare_quarter_structure | {"bound": None}), "Cost").rows
    assert {row[0]: row[2:] for row in rows}["no plan below"] == ("-", "-")


def test_every_row_has_a_cell_for_every_heading(quarter_structure, second):
    for each in comparison_sections(quarter_structure, second):
        assert {len(row) for row in each.rows} == {len(each.header)}, each.title
