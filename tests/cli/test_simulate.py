"""``qpo simulate``: answers, files, refusals."""

import csv
import io
import json
import sys

import pytest
from click.testing import CliRunner

import optimizer.simulation
from optimizer.cli import main
from optimizer.problem import read_branch, read_policy
from optimizer.simulation import Replications, simulate

DAYS = ("--days", 40)
LOG = """date,day_type,arrival,transaction,tier,service_minutes
2026-11-03,weekday,09:40,deposit,ordinary,4.5
2026-11-02,weekday,09:10,opening,vip,
2026-11-07,saturday,10:00:30,withdrawal,ordinary,3
2026-11-07,saturday,10:20,advice,ordinary,
"""
FULLNESS = ["waiting", "dead_numbers", "in_service", "servers"]


def run(*arguments):
    return CliRunner().invoke(main, ["simulate", *map(str, arguments)])


def strict(text):
    """JSON as its standard has it, without NaN and Infinity."""

    def refuse(constant):
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


@pytest.fixture
def today(branch_folder):
    """The small branch and its policy of today, as arguments."""
    return branch_folder, branch_folder / "today.json"


@pytest.fixture
def other(branch_files, write_files, tmp_path):
    """Another policy for the small branch, which sends nobody to machines."""
    branch_files["today.json"]["thresholds"] = {}
    return write_files(tmp_path / "other", {"other.json": branch_files["today.json"]}) / "other.json"


@pytest.fixture
def log(tmp_path):
    """A ticket log of the small branch."""
    (tmp_path / "log.csv").write_text(LOG)
    return tmp_path / "log.csv"


def test_the_answer_in_words(today):
    result = run(*today, *DAYS)
    assert result.exit_code == 0
    assert "weekday: 60 days a quarter, 40 simulated; 95 % intervals" in result.stdout
    assert "saturday: 13 days a quarter, 40 simulated" in result.stdout
    (cash, _) = (line.split("  ") for line in result.stdout.splitlines() if line.startswith("cash "))
    assert any(cell.strip().startswith("10 min: ") and "±" in cell for cell in cash)
    assert "Cost of the quarter [yuan]" in result.stdout
    assert "80 days simulated" in result.stderr


def test_the_numbers_are_those_of_the_simulation(today):
    result = run(*today, *DAYS, "--seed", 7, "--format", "json")
    assert result.exit_code == 0
    answer = strict(result.stdout)
    simulation = simulate(read_branch(today[0]), read_policy(today[1]), Replications(40, seed=7))
    day = simulation.days["weekday"]
    told, measures = answer["day_types"]["weekday"]["channels"], day.measures("cash")
    assert told["cash"]["mean_wait"]["value"] == measures.mean_wait.value
    assert told["cash"]["mean_wait"]["error"] == measures.mean_wait.error
    assert told["cash"]["service_level"]["10"]["value"] == measures.service_levels[10].value
    assert told["cash"]["served"]["by_period"]["value"] == day.measures("cash", by_period=True).served.value.tolist()
    assert told["cash"]["utilization"]["by_period"]["value"] == day.utilization("cash").value.tolist()
    assert told["cash"]["overtime"]["error"] == day.overtime("cash").error
    assert told["general"]["tiers"]["vip"]["mean_wait"]["value"] == day.measures("general", group="vip").mean_wait.value
    (opening,) = (each for each in told["general"]["classes"]
                  if (each["transaction"], each["tier"]) == ("opening", "vip"))  # fmt: skip
    assert opening["forms_at_window"]["value"] == day.measures("general", of_class="opening, vip").forms_at_window.value
    assert answer["costs"]["total"] == {
        "value": float(simulation.costs["total"].value), "error": float(simulation.costs["total"].error)
    }  # fmt: skip
    assert "utilization" not in told["ebank"]


def test_what_nobody_came_for_is_not_known(today, branch_files, branch_folder, write_files):
    nobody = [["day_type", "start", "transaction", "tier", "customers"],
              *([*row[:4], "0" if row[1] in ("09:00", "10:30") else row[4]]
                for row in branch_files["arrivals.csv"][1:])]  # fmt: skip
    write_files(branch_folder, {"arrivals.csv": nobody})
    answer = strict(run(*today, *DAYS, "--format", "json").stdout)
    lobby = answer["day_types"]["weekday"]["channels"]["lobby"]
    assert lobby["customers"]["by_period"]["value"][0] == 0
    assert [lobby["mean_wait"]["by_period"][key][0] for key in ("value", "error")] == [None, None]
    assert lobby["mean_wait"]["by_period"]["value"][1] is not None


def test_files_hold_every_number(today, tmp_path):
    result = run(*today, *DAYS, "-o", tmp_path / "out")
    assert result.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["simulation.csv", "simulation.json"]
    whole = strict((tmp_path / "out" / "simulation.json").read_text(encoding="utf-8"))
    answer = strict(run(*today, *DAYS, "--format", "json").stdout)
    assert {key: value for key, value in whole.items() if key != "run"} == answer
    assert (whole["run"]["policy"], whole["run"]["options"]["days"]) == (str(today[1]), 40)
    table = rows(tmp_path / "out" / "simulation.csv")
    told = answer["day_types"]["weekday"]
    found = [row for row in table if (row["day_type"], row["channel"], row["transaction"], row["tier"])
             == ("weekday", "cash", "deposit", "ordinary")]  # fmt: skip
    (deposit,) = (each for each in told["channels"]["cash"]["classes"] if each["transaction"] == "deposit")
    assert [row["start"] for row in found] == told["starts"]
    for column, measure in (("customers", deposit["customers"]), ("mean_wait", deposit["mean_wait"]),
                            ("within_10", deposit["service_level"]["10"])):  # fmt: skip
        assert [float(row[column]) for row in found] == pytest.approx(measure["by_period"]["value"], abs=1e-6)
        assert [float(row[f"{column}_error"]) for row in found] == pytest.approx(
            measure["by_period"]["error"], abs=1e-6
        )
    assert {row["within_10"] for row in table if row["channel"] == "lobby"} == {""}


def test_the_same_seed_gives_the_same_answer_with_any_workers(today):
    answers = [run(*today, *DAYS, "--format", "json", "--workers", workers).stdout for workers in (1, 2)]
    assert answers[0] == answers[1]
    assert run(*today, *DAYS, "--format", "json", "--seed", 1).stdout != answers[0]


def test_confidence_widens_intervals(today):
    one, other = (run(*today, *DAYS, "--confidence", confidence).stdout for confidence in (0.9, 0.999))
    assert "90 % intervals" in one
    assert "99.9 % intervals" in other
    width = [float(text.split("total")[1].split("±")[1].split()[0].replace(",", "")) for text in (one, other)]
    assert width[1] > 1.8 * width[0]


def test_precision_ends_sooner(today):
    answer = strict(run(*today, "--days", 5000, "--precision", 0.2, "--format", "json").stdout)
    assert [day["simulated"] for day in answer["day_types"].values()] == [500, 500]


def test_ctrl_c_says_what_was_done_and_answers_nothing(today, monkeypatch):
    def interrupted(branch, policy, replications, report):
        report(500, 80_000)
        raise KeyboardInterrupt

    monkeypatch.setattr(optimizer.simulation, "simulate", interrupted)
    result = run(*today, "--days", 40_000)
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr.startswith("stopped; 500 of 80,000 days simulated")


class TestAgainst:
    def test_differences_in_words(self, today, other):
        result = run(*today, *DAYS, "--against", other)
        assert result.exit_code == 0
        assert "difference" in result.stdout
        assert "narrower" in result.stdout
        atm = [line.split() for line in result.stdout.splitlines() if line.startswith("atm ")]
        assert [(line[1], line[-1]) for line in atm] == [("customers", "0.0")] * 2

    def test_differences_in_numbers_and_files(self, today, other, tmp_path):
        result = run(*today, *DAYS, "--against", other, "--format", "json", "-o", tmp_path / "out")
        answer = strict(result.stdout)
        wait = answer["day_types"]["weekday"]["channels"]["cash"]["mean_wait"]
        assert wait["difference"]["value"] == pytest.approx(wait["second"]["value"] - wait["first"]["value"])
        assert wait["narrowing"] > 1
        assert answer["day_types"]["weekday"]["channels"]["atm"]["mean_wait"] is None
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["comparison.json"]

    def test_a_policy_against_itself(self, today):
        result = run(*today, *DAYS, "--against", today[1])
        assert result.exit_code == 0
        totals = [line for line in result.stdout.splitlines() if line.startswith("total")]
        assert [line.split()[-4:] for line in totals] == [["+0", "±", "0", "-"]]


class TestReplay:
    def test_dates_in_words(self, today, log):
        result = run(*today, *DAYS, "--replay", log)
        assert result.exit_code == 0
        assert "2026-11-02 (weekday, 1 customers)" in result.stdout
        assert "All 3 dates together" in result.stdout
        assert "drawn anew each time" in result.stdout

    def test_dates_in_numbers_and_files(self, today, log, tmp_path):
        result = run(*today, *DAYS, "--replay", log, "--format", "json", "-o", tmp_path / "out")
        answer = strict(result.stdout)
        assert list(answer["dates"]) == ["2026-11-02", "2026-11-03", "2026-11-07"]
        assert answer["together"]["lobby"]["customers"] == {"value": 4.0, "error": 0.0}
        assert answer["together"]["ebank"]["overtime"] is None
        dates = [date["channels"]["lobby"]["customers"]["value"] for date in answer["dates"].values()]
        assert dates == [date["customers"] for date in answer["dates"].values()] == [1, 1, 2]
        names = sorted(path.name for path in (tmp_path / "out").iterdir())
        assert names == ["replay.csv", "replay.json"]
        table = rows(tmp_path / "out" / "replay.csv")
        assert [row["customers"] for row in table if row["channel"] == "lobby"] == ["1.0", "1.0", "2.0", "4.0"]
        assert [row["date"] for row in table if row["channel"] == "lobby"][-1] == "all"

    def test_a_broken_log_is_refused_with_every_fault(self, today, log):
        log.write_text(LOG.replace("09:40", "19:40").replace("vip", "gold"))
        result = run(*today, "--replay", log)
        assert (result.exit_code, result.stdout) == (1, "")
        assert [line.partition(": expected")[0] for line in result.stderr.splitlines()] == [
            "2 faults", "log.csv: line 2, arrival: '19:40'", "log.csv: line 3, tier: 'gold'",
        ]  # fmt: skip


class TestOneDay:
    @pytest.fixture
    def out(self, today, tmp_path):
        """The folder with the events and the picture of a weekday."""
        result = run(*today, *DAYS, "--events", "weekday", "--picture", "saturday", "-o", tmp_path / "out")
        assert result.exit_code == 0
        return tmp_path / "out"

    def test_events_are_written(self, out):
        events = rows(out / "events.csv")
        assert list(events[0]) == ["time", "minutes", "event", "customer", "transaction", "tier", "channel", *FULLNESS]
        assert {row["time"] for row in events if row["event"] == "servers change"} >= {"09:00:00", "13:00:00"}
        came = [row for row in events if row["event"] == "comes in"]
        assert [int(row["customer"]) for row in came] == list(range(1, len(came) + 1))
        assert {row["transaction"] for row in came} == {"withdrawal", "deposit", "opening", "advice"}
        for row in events:
            hours, minutes, seconds = map(int, row["time"].split(":"))
            assert 0 <= float(row["minutes"]) + 540 - (60 * hours + minutes + seconds / 60) < 1 / 60 + 1e-6
            assert [row[name] == "" for name in FULLNESS] == [row["channel"] == ""] * 4

    def test_a_picture_is_drawn(self, out):
        assert "Small branch, saturday: one simulated day" in (out / "hall.svg").read_text(encoding="utf-8")

    def test_files_of_another_day_do_not_stay(self, out, today):
        assert run(*today, *DAYS, "-o", out).exit_code == 0
        assert sorted(path.name for path in out.iterdir()) == ["simulation.csv", "simulation.json"]

    def test_a_picture_needs_matplotlib_and_says_how_to_have_it(self, today, tmp_path, monkeypatch):
        monkeypatch.setitem(sys.modules, "matplotlib", None)
        result = run(*today, *DAYS, "--picture", "weekday", "-o", tmp_path / "out")
        assert result.exit_code == 2
        assert "pip install '.[pictures]'" in result.stderr
        assert not (tmp_path / "out").exists()


class TestRefusals:
    @pytest.mark.parametrize(("options", "told"), [
        (["--events", "weekday"], "-o"),
        (["--picture", "weekday"], "-o"),
        (["--events", "sunday", "-o", "x"], "a day type is one of weekday, saturday"),
        (["--against", "a.json", "--replay", "b.csv"], "one of them at a time"),
        (["--against", "a.json", "--precision", "0.1"], "--precision does not go with --against"),
        (["--replay", "b.csv", "--events", "weekday", "-o", "x"], "--events does not go with --replay"),
        (["--days", "29"], "--days"),
        (["--confidence", "1"], "--confidence"),
        (["--precision", "0"], "--precision"),
    ])  # fmt: skip
    def test_misuse_exits_with_2_and_says_why(self, today, tmp_path, monkeypatch, options, told):
        monkeypatch.chdir(tmp_path)
        result = run(*today, *options)
        assert (result.exit_code, result.stdout) == (2, "")
        assert told in result.stderr
        assert not (tmp_path / "x").exists()

    def test_the_faults_of_all_files_are_told_at_once(self, branch_files, branch_folder, write_files, put):
        put(branch_files["today.json"], "days.weekday.windows.cash", [2])
        branch_files["plan.json"] = branch_files.pop("today.json")
        branch_files["other.json"] = {"days": {}, "greeters": "two"}
        folder = write_files(branch_folder, branch_files)
        result = run(folder, folder / "plan.json", "--against", folder / "other.json", "--format", "json")
        assert result.exit_code == 1
        faults = strict(result.stdout)["faults"]
        assert [(fault["file"], fault["place"]) for fault in faults] == [
            ("plan.json", "days.weekday.windows.cash"), ("other.json", "greeters"),
        ]  # fmt: skip

    def test_a_broken_branch_and_a_broken_policy_are_told_at_once(self, branch_files, branch_folder, write_files):
        branch_files["branch.toml"]["windows"] = 0
        branch_files["today.json"]["greeters"] = -1
        folder = write_files(branch_folder, branch_files)
        result = run(folder, folder / "today.json")
        assert result.exit_code == 1
        assert [line.split(": ")[:2] for line in result.stderr.splitlines()[1:]] == [
            ["branch.toml", "windows"], ["today.json", "greeters"],
        ]  # fmt: skip
