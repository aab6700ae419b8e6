import pytest


def test_the_drawn_quarter_agrees_with_itself(quarter_structure):
    q = quarter_structure
    assert sum(q["costs"].values()) == pytest.approx(q["cost"])
    assert sum(person["pay"] for person in q["people"]) == pytest.approx(
        sum(q["costs"][name] for name in ("salaries", "hourly_pay", "overtime_pay", "rest_day_pay", "holiday_pay"))
    )
    assert sum(person["worked_hours"] for person in q["people"]) == sum(row["hours"] for row in q["roster"])
    assert sum(row["price"] for row in q["uncovered"]) == q["costs"]["uncovered"] > 0
    for plan in q["plans"]:
        wanted = sum(shift["people"] for shift in plan["shifts"])
        days = [row for row in q["calendar"] if row["plan"] == plan["name"]]
        assert len(days) == plan["days"]
        assert all(row["people"] + row["uncovered"] == wanted for row in days)
        assert all(row["customers"] == pytest.approx(sum(plan["arrivals"])) for row in days)


def test_nobody_of_the_drawn_quarter_works_twice_or_while_away(quarter_structure):
    worked = [(row["person"], row["date"]) for row in quarter_structure["roster"]]
    assert len(worked) == len(set(worked))
    for leave in quarter_structure["leave"]:
        assert not any(who == leave["person"] and leave["first"] <= day <= leave["last"] for who, day in worked)


def test_a_seed_makes_one_quarter(quarter_maker, quarter_structure, bare_quarter_structure):
    assert quarter_maker(0) == quarter_structure
    assert quarter_maker(1)["cost"] != quarter_structure["cost"]
    assert sum(bare_quarter_structure["costs"].values()) == pytest.approx(bare_quarter_structure["cost"])
