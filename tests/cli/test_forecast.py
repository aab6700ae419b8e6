"""``qpo forecast``: the customers of each day of a quarter, on a screen, as JSON and in files."""

import csv
import io
import json
import subprocess
import sys
from datetime import date, timedelta

import numpy as np
import pytest
from click.testing import CliRunner

from optimizer.cli import main

QUARTER = ("--quarter", "2024Q3")


def run(*arguments):
    return CliRunner().invoke(main, ["forecast", *map(str, arguments)])


def answer_of(*arguments):
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


@pytest.fixture
def branch(branch_files, branch_folder, write_files):
    """The folder of the small branch, with Saturdays on any day of the month and days that are busy and quiet."""
    branch_files["branch.toml"]["day_types"]["saturday"]["days_of_month"] = []
    branch_files["branch.toml"]["busyness_scv"] = 0.01
    return write_files(branch_folder, branch_files)


@pytest.fixture
def table(tmp_path):
    """A function that writes a table and gives its path."""

    def write(name, text):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


@pytest.fixture
def history(table):
    """Mondays, Tuesdays and Saturdays of the first half of 2024, a fifth busier than the branch's file has them."""
    rng = np.random.default_rng(1)
    days = [date(2024, 1, 1) + timedelta(n) for n in range(182)]
    means = {0: 144, 1: 144, 5: 36}
    lines = [f"{day},{rng.poisson(means[day.weekday()])}" for day in days if day.weekday() in means]
    return table("daily.csv", "\n".join(["date,customers", *lines, ""]))


def test_the_screen_shows_the_quarter(branch):
    result = run(branch, *QUARTER)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("Customers by day")
    assert lines[2].split() == ["2024-07-01", "120", "120", "-", "-", "-", "30", "-"]
    # Mid-Autumn Festival: 16 and 17 September are days off.
    assert next(line for line in lines if line.startswith("2024-09-16")).split()[:5] == [
        "2024-09-16", "h", "-", "h", "-",
    ]  # fmt: skip
    assert any(line.startswith("2024Q3: ") and "open days" in line for line in lines)
    assert "note: days of the quarter, by the calendar" in result.stdout
    assert "provisional" not in result.stdout


def test_a_provisional_calendar_is_said(branch, table):
    result = run(branch, "--quarter", "2090Q1")
    assert "The calendar is provisional." in result.stdout
    assert "note: the make-up working days of 2090 in CN are not known" in result.stdout
    answer = answer_of(branch, "--quarter", "2090Q1")
    assert answer["provisional"]
    assert {day["provisional"] for day in answer["days"]} == {True}
    known = table("calendar.csv", "date,kind,name\n2090-02-05,make_up,\n")
    assert not answer_of(branch, "--quarter", "2090Q1", "--calendar", known)["provisional"]


def test_the_files_hold_every_day_and_class(branch, tmp_path):
    result = run(branch, *QUARTER, "-o", tmp_path / "out")
    assert [line.rsplit("/", 1)[1] for line in result.stderr.splitlines()] == [
        "forecast.csv", "arrivals_by_day.csv", "forecast.json",
    ]  # fmt: skip
    days = rows_of(tmp_path / "out" / "forecast.csv")
    assert len(days) == 92
    assert list(days[0]) == [
        "date", "weekday", "day_type", "kind", "holiday", "provisional", "customers", "low", "high",
    ]  # fmt: skip
    monday, closed = days[0], days[2]
    assert [monday[name] for name in ("date", "weekday", "day_type", "customers")] == [
        "2024-07-01", "monday", "weekday", "120.0",
    ]  # fmt: skip
    assert [closed[name] for name in ("date", "day_type", "customers")] == ["2024-07-03", "", "0.0"]
    festival = next(day for day in days if day["date"] == "2024-09-17")
    assert (festival["kind"], festival["holiday"]) == ("holiday", "Mid-Autumn Festival")
    arrivals = rows_of(tmp_path / "out" / "arrivals_by_day.csv")
    assert list(arrivals[0]) == ["date", "start", "transaction", "tier", "customers"]
    first = [row for row in arrivals if row["date"] == "2024-07-01"]
    assert sum(float(row["customers"]) for row in first) == pytest.approx(120)
    assert first[0] == {
        "date": "2024-07-01", "start": "09:00", "transaction": "withdrawal", "tier": "ordinary", "customers": "6.0",
    }  # fmt: skip
    whole = json.loads((tmp_path / "out" / "forecast.json").read_text(encoding="utf-8"))
    assert whole["run"]["seed"] == 0
    assert len(whole["run"]["instance"]["sha256"]) == 64
    assert {name: value for name, value in whole.items() if name != "run"} == answer_of(branch, *QUARTER)


def test_the_history_is_learnt_from_and_tested(branch, history):
    result = run(branch, *QUARTER, "--history", history)
    assert result.exit_code == 0
    assert "What the history says, beside the day types" in result.stdout
    assert "same weekday of the last week" in result.stdout
    assert "days of history, 2024-01-" in result.stdout
    answer = answer_of(branch, *QUARTER, "--history", history)
    assert answer["days"][0]["low"] < 144 < answer["days"][0]["high"]
    assert answer["back_test"]["origins"] == 8
    assert set(answer["back_test"]["model"]["coverage"]) == {"0.8", "0.95"}
    level = answer["model"]["log_factors"]["level"]
    assert level["low"] < np.log(1.2) < level["high"]


def test_a_history_too_short_to_be_tested_is_learnt_from(branch, table):
    short = table("daily.csv", "date,customers\n" + "".join(
        f"{date(2024, 5, 13) + timedelta(n)},{130 + n}\n" for n in range(28) if n % 7 < 2
    ))  # fmt: skip
    answer = answer_of(branch, *QUARTER, "--history", short)
    assert answer["back_test"] is None
    assert answer["model"]["days"] == 8


def test_adjustments_and_overrides_are_followed(branch, table):
    adjust = table("adjust.csv", "from,to,transaction,tier,factor,reason\n2024-07-01,2024-07-01,all,all,2,pensions\n")
    calendar = table("calendar.csv", "date,kind,name\n2024-07-02,closed,stocktaking\n")
    answer = answer_of(branch, *QUARTER, "--adjust", adjust, "--calendar", calendar)
    assert [day["customers"] for day in answer["days"][:2]] == [pytest.approx(240), 0]
    assert answer["adjustments"][0]["reason"] == "pensions"
    assert "pensions" in run(branch, *QUARTER, "--adjust", adjust).stdout


def test_another_country_has_other_holidays(branch):
    china, germany = (answer_of(branch, "--quarter", "2024Q4", "--country", code) for code in ("CN", "DE"))
    days = [{day["date"]: day["kind"] for day in answer["days"]} for answer in (china, germany)]
    assert [day["2024-10-01"] for day in days] == [["holiday"], []]
    assert [day["2024-10-03"] for day in days] == [["holiday"], ["holiday"]]


def test_pay_days_are_told_apart(branch, history):
    answer = answer_of(branch, *QUARTER, "--history", history, "--pay-days", "5,15,25", "--bill-days", "8,18,28")
    assert {"pay day", "bill day"} <= set(answer["model"]["log_factors"])


def test_the_same_seed_gives_the_same_answer(branch, history):
    arguments = (branch, *QUARTER, "--history", history)
    assert answer_of(*arguments) == answer_of(*arguments)
    assert answer_of(*arguments)["total"] != answer_of(*arguments, "--seed", 1)["total"]


def test_a_narrower_interval_is_narrower(branch):
    wide, narrow = (answer_of(branch, *QUARTER, "--confidence", level)["total"] for level in (0.95, 0.8))
    assert narrow["high"] - narrow["low"] < wide["high"] - wide["low"]


def test_the_faults_of_all_files_are_said_at_once(branch_files, branch_folder, write_files, table):
    branch_files["branch.toml"]["windows"] = 0
    calendar = table("calendar.csv", "date,kind,name\n2024-07-02,feast,\n")
    history = table("daily.csv", "date,customers\n2024-07-02,many\n")
    result = run(write_files(branch_folder, branch_files), *QUARTER, "--calendar", calendar, "--history", history,
                 "--country", "XX")  # fmt: skip
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines()[0] == "4 faults"
    for told in ("branch.toml: windows", "calendar.csv: line 2, kind", "daily.csv: line 2, customers", "country: 'XX'"):
        assert told in result.stderr


def test_a_history_that_does_not_fit_names_its_file(branch, table):
    sundays = table("sundays.csv", "date,customers\n2024-06-02,10\n2024-06-16,10\n")
    result = run(branch, *QUARTER, "--history", sundays)
    assert result.exit_code == 1
    assert "sundays.csv: days: '2 of 2 days'" in result.stderr


@pytest.mark.parametrize("wrong", [
    (), ("--quarter", "2024"), (*QUARTER, "--pay-days", "0"), (*QUARTER, "--pay-days", "ten"),
    (*QUARTER, "--bill-days", "5,,6"), (*QUARTER, "--confidence", "1"),
])  # fmt: skip
def test_misuse_exits_with_2(branch, wrong):
    result = run(branch, *wrong)
    assert result.exit_code == 2
    assert result.stdout == ""


def test_a_missing_library_is_named_with_what_to_install(branch, history, monkeypatch):
    import importlib.util

    found = importlib.util.find_spec
    # The package gives the command its own name, so the module is asked for by that of the interpreter.
    module = sys.modules["optimizer.cli.forecast"]
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "statsmodels" else found(name))
    assert run(branch, *QUARTER).exit_code == 0
    result = run(branch, *QUARTER, "--history", history)
    assert result.exit_code == 2
    assert "forecasts need the library statsmodels: pip install '.[calibration]'" in result.stderr


def test_the_command_line_starts_without_the_libraries_of_forecasts():
    script = "import sys, optimizer.cli; print(*{'holidays', 'statsmodels', 'pandas', 'duckdb'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == ""
