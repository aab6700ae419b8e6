"""``qpo plan``, ``replan``, ``report`` and ``compare`` on the smallest branch, and the folders that they write."""

import csv
import json
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from optimizer.cli import main
from optimizer.problem import read_policy
from optimizer.problem.staff import Staff
from optimizer.reporting.quarter.folder import MAYBE
from optimizer.reporting.quarter.reports import calendars_in, reports, write_reports

CORNER = Path(__file__).parent.parent.parent.parent / "instances" / "corner"
QUICK = ["--days", "200", "--roster-seconds", "60"]


def run(*arguments, code=0):
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "corner"
    run("plan", CORNER, "--quarter", "2027Q1", "--gap", "0.1", *QUICK, "-o", folder)
    return folder


@pytest.fixture(scope="module")
def structure(folder):
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


def kinds(value, path=""):
    """Names of everything in a structure, by path; lists by their first element."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{path}.{key}"
            yield from kinds(inner, f"{path}.{key}")
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield from kinds(value[0], f"{path}[]")


FREE = (".costs", ".windows", ".service_level", ".policy.thresholds")
"""What is under these is named by the branch or by the policy."""


def test_the_structure_has_the_names_that_reports_are_tested_with(structure, quarter_structure):
    drawn, made = (
        {name for name in kinds(each) if not any(f"{free}." in name for free in FREE)}
        for each in (quarter_structure, structure)
    )
    empty = {name for name in drawn for part in ("leave", "uncovered", "refused_wishes", "why", "replan", "today")
             if name.startswith(f".{part}")}  # fmt: skip
    assert drawn - made <= empty
    assert made - drawn <= {".plans[].key", ".policy.divert_from"}


def test_costs_people_and_shifts_of_the_result_agree(structure):
    assert sum(structure["costs"].values()) == pytest.approx(structure["cost"])
    pay = ("salaries", "hourly_pay", "overtime_pay", "rest_day_pay", "holiday_pay")
    assert sum(p["pay"] for p in structure["people"]) == pytest.approx(sum(structure["costs"][n] for n in pay))
    assert sum(p["worked_hours"] for p in structure["people"]) == pytest.approx(
        sum(row["hours"] for row in structure["roster"])
    )
    days = {
        plan["name"]: sum(day["plan"] == plan["name"] for day in structure["calendar"]) for plan in structure["plans"]
    }
    assert days == {plan["name"]: plan["days"] for plan in structure["plans"]}
    for plan in structure["plans"]:
        wanted = sum(shift["people"] for shift in plan["shifts"])
        assert {d["people"] + d["uncovered"] for d in structure["calendar"] if d["plan"] == plan["name"]} == {wanted}


def test_a_poster_sends_away_more_the_higher_it_reaches(structure):
    for poster in structure["posters"]:
        assert all(a <= b for a, b in pairwise(poster["diverted"]))
        assert sum(poster["amounts"]["shares"]) == pytest.approx(1, abs=0.05)
        assert len(poster["amounts"]["edges"]) == len(poster["amounts"]["shares"]) + 1


def test_the_plan_is_cheaper_than_the_formula_on_fresh_days(structure):
    erlang = structure["erlang"]
    assert erlang["cost"] - structure["cost"] == pytest.approx(erlang["saving"])
    assert erlang["simulated"]["low"] > 0
    assert sum(erlang["costs"].values()) == pytest.approx(erlang["cost"])


def test_the_frontier_has_eight_proven_points(structure):
    points = structure["frontier"]
    assert len(points) >= 8
    assert all(p["bound"] <= p["waiting_cost"] + p["labour_price"] * p["people_cost"] + 1e-6 for p in points)
    assert sum(p["chosen"] for p in points) == 1


def test_the_run_folder_says_what_was_run_and_holds_its_inputs(folder, structure):
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["command"][0] == "qpo"
    assert (record["seed"], record["repeatable"]) == (0, True)
    assert set(read_policy(folder / "policy.json").days) == {plan["key"] for plan in structure["plans"]}
    staff = Staff.model_validate_json((folder / "staff.json").read_text(encoding="utf-8"))
    assert list(staff.people) == [person["name"] for person in structure["people"]]
    with (folder / "roster.csv").open(encoding="utf-8", newline="") as file:
        assert [row["person"] for row in csv.DictReader(file)] == [row["person"] for row in structure["roster"]]
    assert {path.stem for path in (folder / "calendars").glob("*.ics")} == set(staff.people)


def test_reports_are_written_again_in_chinese_without_another_solve(folder, tmp_path):
    result = run("report", folder, "--lang", "zh", "-o", tmp_path)
    assert "wrote" in result.output
    assert "窗口" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "plan.xlsx").read_bytes() != (folder / "plan.xlsx").read_bytes()


def test_a_replan_keeps_the_past_and_says_its_changes(folder, structure, tmp_path):
    person = structure["roster"][0]["person"]
    absent = f"{person}:2027-03-01..2027-03-06:illness"
    command = ["replan", folder, CORNER, "--from", "2027-03-01", "--absent", absent, *QUICK, "-o", tmp_path / "again"]
    result = run(*command)
    again = json.loads((tmp_path / "again" / "result.json").read_text(encoding="utf-8"))
    before, after = (
        {(row["date"], row["person"]): (row["start"], row["end"]) for row in each["roster"]}
        for each in (structure, again)
    )
    changed = {(c["date"], c["person"]) for c in again["replan"]["changes"]}
    assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} == changed
    assert min(date for date, _ in changed) >= "2027-03-01"
    assert f"From 2027-03-01 on {len(changed)} days" in result.output
    assert again["refused_wishes"] == []
    assert sum(row["wishes"] for row in again["people"]) == 0
    assert again["costs"]["wishes"] == 0
    assert again["costs"]["changes"] == 500 * sum((who, day >= "2027-03-07") != (person, False) for day, who in changed)
    assert sum(again["costs"].values()) == pytest.approx(again["cost"])
    compared = json.loads(run("compare", folder, tmp_path / "again", "--format", "json").stdout)
    assert compared
    assert "Corner branch" in run("compare", folder, tmp_path / "again").output


def test_files_that_a_run_does_not_have_are_taken_away_and_those_of_others_stay(folder, tmp_path):
    again = shutil.copytree(folder, tmp_path / "again")
    gone, other = json.loads((again / "result.json").read_text(encoding="utf-8")), again / "calendars" / "holidays.ics"
    name = gone["people"][0]["name"]
    gone["roster"] = [row for row in gone["roster"] if row["person"] != name]
    other.write_text("mine", encoding="utf-8")
    before = calendars_in(again)
    assert f"calendars/{name}.ics" in before
    write_reports(again, reports(gone, "en"), before)
    assert not (again / "calendars" / f"{name}.ics").exists()
    assert other.read_text(encoding="utf-8") == "mine"
    assert "uncovered.csv" in MAYBE
    assert calendars_in(tmp_path) == ()


def test_a_folder_that_cannot_be_written_is_said_before_the_work_begins(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("optimizer.planning.quarter.plan_quarter", pytest.fail)
    (tmp_path / "file").write_text("", encoding="utf-8")
    output = tmp_path / "file" / "run"
    for command in (["plan", CORNER, "--quarter", "2027Q1"], ["report", folder]):
        result = run(*command, "-o", output, code=2)
        assert f"cannot write into {output}: Not a directory" in result.output


def test_a_stop_before_there_is_a_roster_is_said(monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("optimizer.planning.quarter.plan_quarter", stop)
    assert "stopped before there was a roster" in run("plan", CORNER, "--quarter", "2027Q1", code=130).output


def test_days_of_leave_are_those_of_the_quarter(folder, structure):
    person = structure["people"][0]["name"]
    absent = f"{person}:2027-03-30..2027-04-05"
    command = ["replan", folder, CORNER, "--from", "2027-03-30", "--no-verify", "--absent", absent, "--format", "json"]
    rows = json.loads(run(*command).stdout)["people"]
    assert {row["name"]: row["leave_days"] for row in rows if row["leave_days"]} == {person: 2}


def test_options_that_the_run_had_and_that_are_not_given_again_are_said(folder, tmp_path):
    again = shutil.copytree(folder, tmp_path / "again")
    record = json.loads((again / "run.json").read_text(encoding="utf-8"))
    assert record["options"]["adjust"] is None
    record["options"] |= {"adjust": "a.csv", "pay_days": [10, 25]}
    (again / "run.json").write_text(json.dumps(record), encoding="utf-8")
    result = run("replan", again, CORNER, "--from", "2027-03-01", "--absent", "X99:2027-03-02", code=1)
    assert "planned with" not in result.output
    result = run("replan", again, CORNER, "--from", "2027-03-30", "--no-verify")
    assert f"note: {again} was planned with --adjust a.csv then, nothing now" in result.output
    assert "--pay-days 10,25 then, nothing now" in result.output


@pytest.mark.parametrize("command", ["why", "replan"])
def test_a_run_of_another_branch_is_refused(folder, command):
    more = ["--from", "2027-03-01"] if command == "replan" else []
    result = run(command, folder, CORNER.parent / "daan", *more, code=1)
    assert f"the branch of {folder}" in result.output


@pytest.mark.parametrize(("part", "value"), [("calendar", None), ("plans", [{}]), ("people", "nobody")])
def test_a_result_that_was_changed_by_hand_is_refused(folder, structure, tmp_path, part, value):
    (tmp_path / "result.json").write_text(json.dumps(structure | {part: value}), encoding="utf-8")
    assert "what `qpo plan` wrote, unchanged" in run("report", tmp_path, code=1).output


def test_reports_are_in_the_language_of_the_run_unless_another_is_asked_for(structure, tmp_path):
    spoken = structure | {"run": structure["run"] | {"lang": "zh"}}
    (tmp_path / "result.json").write_text(json.dumps(spoken), encoding="utf-8")
    run("report", tmp_path)
    assert "窗口" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_layer_of_the_policy_says_at_which_wage_it_is_counted(structure, folder):
    price = structure["layers"]["policy"]["labour_price"]
    assert 0 < price <= 1
    (chosen,) = [point["labour_price"] for point in structure["frontier"] if point["chosen"]]
    assert abs(chosen - price) == min(abs(point["labour_price"] - price) for point in structure["frontier"])


def test_a_folder_that_is_no_run_is_refused_with_both_faults(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "result.json").write_text('{"kind": "policy"}', encoding="utf-8")
    result = run("compare", tmp_path / "one", tmp_path / "none", code=1)
    assert "2 faults" in result.output
    assert "qpo plan -o" in result.output


def test_an_absence_of_somebody_unknown_or_badly_written_is_refused(folder):
    command = ["replan", folder, CORNER, "--from", "2027-03-01"]
    assert "expected one of" in run(*command, "--absent", "X99:2027-03-01", code=1).output
    assert "is not a person and days" in run(*command, "--absent", "X99", code=2).output


def test_who_has_left_stays_in_the_past_of_every_later_plan(folder, structure, tmp_path):
    staff = Staff.model_validate_json((folder / "staff.json").read_text(encoding="utf-8"))
    gone = structure["roster"][0]["person"]
    skill = staff.people[gone].skills[0]
    rows = [f"{n},{e.skills[0]},{e.contract}" for n, e in staff.people.items() if n != gone] + [
        f"X01,{skill},full_time"
    ]
    (tmp_path / "people.csv").write_text("\n".join(["name,skills,contract", *rows]), encoding="utf-8")
    one, two = tmp_path / "one", tmp_path / "two"
    quick = ["--no-verify", "--roster-seconds", "60"]
    run("replan", folder, CORNER, "--from", "2027-02-15", "--people", tmp_path, *quick, "-o", one)
    run("replan", one, CORNER, "--from", "2027-03-15", "--cover-all", *quick, "-o", two, code=0)
    before = [row for row in structure["roster"] if row["date"] < "2027-02-15"]
    for place in (one, two):
        again = json.loads((place / "result.json").read_text(encoding="utf-8"))
        assert [row for row in again["roster"] if row["date"] < "2027-02-15"] == before
        assert not [row for row in again["roster"] if row["person"] == gone and row["date"] >= "2027-02-15"]
        pays = {person["name"]: person["pay"] for person in again["people"]}
        assert pays["X01"] > 0
        assert 0 < pays[gone] < next(person["pay"] for person in structure["people"] if person["name"] == gone)
        assert f"{gone} is no longer among the people: shifts before 2027-02-15 and their pay stay" in again["notes"]
    assert "every shift is to be covered from 2027-03-15 on: who was missing before is not counted" in again["notes"]


@pytest.mark.parametrize("days", ["2027-02-01..2027-02-28", "2027-04-01..2027-04-09", "2026-12-01"])
def test_an_absence_of_which_no_day_can_change_is_refused(folder, structure, days):
    absent = f"{structure['people'][0]['name']}:{days}"
    result = run("replan", folder, CORNER, "--from", "2027-03-01", "--absent", absent, code=1)
    assert "expected days from 2027-03-01 on, in 2027Q1" in result.output


def test_faults_of_people_and_branch_are_said_at_once(tmp_path):
    for path in CORNER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    toml = tmp_path / "branch.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("windows = 3", "windows = -3"), encoding="utf-8")
    (tmp_path / "roster.toml").write_text("days_in_a_row = 0\n", encoding="utf-8")
    result = run("plan", tmp_path, "--quarter", "2027Q1", code=1)
    assert "2 faults" in result.output
    assert "branch.toml: windows: -3" in result.output
    assert "roster.toml: days_in_a_row: 0" in result.output


def test_a_promise_that_no_staffing_keeps_ends_in_3_with_what_clashes_and_the_nearest_plan(tmp_path):
    for path in CORNER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    toml = tmp_path / "branch.toml"
    text = toml.read_text(encoding="utf-8")
    assert "least = 0.75" in text
    toml.write_text(text.replace("least = 0.75", "least = 0.9999"), encoding="utf-8")
    command = ["plan", tmp_path, "--quarter", "2027Q1", "--gap", "0.1", *QUICK, "-o", tmp_path / "run"]
    result = run(*command, code=3)
    assert "target cash_within_10" in result.output
    structure = json.loads((tmp_path / "run" / "result.json").read_text(encoding="utf-8"))
    assert structure["status"] == "infeasible"
    assert "target cash_within_10" in structure["conflict"]
    least = [p for p in structure["promises"] if p["least"]]
    assert {p["name"] for p in least if p["promised"] < p["limit"]} == {"cash_within_10"}


def test_why_says_what_one_thing_changed_would_cost_and_writes_it_into_the_run(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "run")
    result = run("why", copy, CORNER, "--gap", "0.1", "--format", "json")
    part = json.loads(result.stdout)
    again = json.loads((copy / "result.json").read_text(encoding="utf-8"))
    assert again["why"] == part
    kinds = {change["kind"] for change in part["changes"]}
    assert {"person", "window", "machine", "threshold", "target"} <= kinds
    assert "one window more" in (copy / "report.html").read_text(encoding="utf-8")
