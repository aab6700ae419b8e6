"""Results in files: the JSON of a judged policy, its tables for a spreadsheet, and the run folder that holds them."""

import csv
import io
import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from optimizer.cli import main
from optimizer.evaluation import COST_NAMES, UNDECIDED, evaluate
from optimizer.optimization import Ending, Result, Status
from optimizer.planning import Doubt, Plan
from optimizer.problem import read_policy, to_json
from optimizer.reporting import evaluation_structure, plan_structure, result_structure, write_run
from optimizer.reporting.tables import performance_csv, shifts_csv, staffing_csv
from optimizer.verification import VerifyOptions, verify

RUN = {"seed": 0}
PLAIN = {bool, int, float, str, type(None)}
TABLES = ["staffing.csv", "shifts.csv", "performance.csv"]
STARTS = {"weekday": [f"{h:02d}:{m}" for h in range(9, 13) for m in ("00", "30")], "saturday": ["10:00", "10:30"]}


@pytest.fixture(scope="module")
def judged(small_branch, small_policy):
    return evaluate(small_branch, small_policy)


@pytest.fixture
def found(judged):
    """A search's result with a policy."""
    return Result(
        status=Status.FEASIBLE, ending=Ending.GAP, policy=judged.policy, evaluation=judged, bound=0.9 * judged.cost,
        gap=0.1, certified=True, uncertified_roles=(), regimes=36, regimes_solved=2, runtime=1.5, conflict=(),
    )  # fmt: skip


def undoubted(result):
    """A plan that was not simulated."""
    return Plan(result, None, Doubt.NOT_TRIED)


@pytest.fixture
def nothing():
    """The result of a search that proved that there is no policy."""
    return Result(
        status=Status.INFEASIBLE, ending=Ending.EXHAUSTED, policy=None, evaluation=None, bound=None, gap=None,
        certified=True, uncertified_roles=(), regimes=36, regimes_solved=0, runtime=0.5, conflict=("cash_fast",),
    )  # fmt: skip


def strict(text):
    """JSON as its standard has it, without NaN and Infinity."""

    def refuse(constant):
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


def leaves(value):
    """Every value in nested structures that holds no other, and every key."""
    if isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def rows(text):
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    return header, [dict(zip(header, line, strict=True)) for line in lines]


class TestEvaluation:
    @pytest.fixture
    def answer(self, branch_folder):
        """What the command says of the policy in use today."""
        result = CliRunner().invoke(main, ["evaluate", *map(str, (branch_folder, branch_folder / "today.json")),
                                           "--format", "json"])  # fmt: skip
        assert result.exit_code in {0, 5}
        return strict(result.stdout)

    def test_the_costs_by_name_sum_to_the_cost(self, answer):
        assert tuple(answer["costs"]) == COST_NAMES
        assert sum(answer["costs"].values()) == pytest.approx(answer["cost"], rel=1e-12)
        assert answer["undecided_cost"] == pytest.approx(sum(answer["costs"][name] for name in UNDECIDED))

    def test_the_costs_of_the_days_sum_to_those_of_the_quarter(self, answer):
        days = answer["performance"].values()
        for name in set(COST_NAMES) - {"campaign"}:
            total = sum(day["days"] * day["costs_per_day"][name] for day in days)
            assert total == pytest.approx(answer["costs"][name]), name

    def test_the_status_says_whether_rules_and_targets_hold(self, answer):
        broken = bool(answer["broken_rules"]) or not all(promise["met"] for promise in answer["promises"])
        assert answer["status"] == ("broken" if broken else "feasible")

    def test_the_policy_is_read_again_as_it_was(self, answer, tmp_path, small_policy):
        (tmp_path / "policy.json").write_text(to_json(answer["policy"]), encoding="utf-8")
        assert read_policy(tmp_path / "policy.json") == small_policy

    def test_performance_is_by_day_type_and_channel_where_people_wait(self, answer):
        assert list(answer["performance"]) == list(STARTS)
        for day in answer["performance"].values():
            assert list(day["channels"]) == ["lobby", "cash", "general", "atm"]

    def test_lists_have_a_value_for_each_period(self, answer):
        for name, day in answer["performance"].items():
            assert day["starts"] == STARTS[name]
            for channel in day["channels"].values():
                by_period = dict(channel["by_period"])
                levels = by_period.pop("service_level")
                lists = [channel["servers"], channel["arrivals"], *by_period.values(), *levels.values()]
                assert {len(values) for values in lists} == {len(STARTS[name])}
                assert list(levels) == list(channel["service_level"])

    def test_promises_are_the_targets_with_the_start_of_their_period(self, answer):
        told = Counter((promise["name"], promise["day_type"]) for promise in answer["promises"])
        assert told["cash_fast", "weekday"] == 8
        assert told["lobby_wait", "weekday"] == 1
        assert ("lobby_wait", "saturday") not in told
        starts = [p["start"] for p in answer["promises"] if (p["name"], p["day_type"]) == ("cash_fast", "saturday")]
        assert starts == STARTS["saturday"]


class TestPlainNumbers:
    def test_nothing_but_text_and_plain_numbers(self, small_branch, judged, found):
        assert {type(leaf) for leaf in leaves(evaluation_structure(small_branch, judged))} <= PLAIN
        assert {type(leaf) for leaf in leaves(result_structure(small_branch, found, judged))} <= PLAIN

    @pytest.mark.parametrize("greeters", [0, 1])
    def test_a_channel_where_nobody_comes_or_serves_has_no_infinite_number(self, small_branch, small_policy, greeters):
        nobody = {transaction: {} for transaction in small_branch.transactions}
        branch = small_branch.replace(arrivals={**small_branch.arrivals, "saturday": nobody})
        saturday = small_policy.days["saturday"].replace(windows={"cash": (0, 0), "general": (0, 0)})
        days = {**small_policy.days, "saturday": saturday}
        weekday = small_policy.days["weekday"].replace(windows={"cash": (0,) * 8, "general": (1,) * 8})
        closed = {**days, "weekday": weekday}
        for plan in (days, closed):
            judged = evaluate(branch, small_policy.replace(days=plan, greeters=greeters))
            answer = strict(to_json(evaluation_structure(branch, judged)))
            assert answer["performance"]["saturday"]["channels"]["cash"]["mean_wait"] is None

    def test_infinite_numbers_are_refused(self):
        with pytest.raises(ValueError, match="not JSON compliant"):
            to_json({"gap": float("inf")})


class TestTables:
    def test_staffing_has_a_row_for_each_period_and_the_policys_windows(self, small_branch, small_policy, judged):
        header, lines = rows(staffing_csv(small_branch, judged))
        assert header == ["day_type", "start", "lobby", "cash", "general", "atm"]
        assert [(line["day_type"], line["start"]) for line in lines] == [
            (name, start) for name, starts in STARTS.items() for start in starts
        ]
        for name, plan in small_policy.days.items():
            for role, levels in plan.windows.items():
                assert tuple(int(line[role]) for line in lines if line["day_type"] == name) == levels
        assert {(line["lobby"], line["atm"]) for line in lines} == {("1", "2")}

    def test_a_greeter_who_is_not_there_has_no_column(self, small_branch, small_policy):
        header, _ = rows(staffing_csv(small_branch, evaluate(small_branch, small_policy.replace(greeters=0))))
        assert header == ["day_type", "start", "cash", "general", "atm"]

    def test_shifts_add_up_to_the_policys_people(self, small_policy, judged):
        header, lines = rows(shifts_csv(judged))
        assert header == ["day_type", "skill", "start", "end", "meal_start", "meal_end", "people"]
        told, decided = Counter(), Counter()
        for line in lines:
            told[line["day_type"], line["skill"]] += int(line["people"])
        for name, plan in small_policy.days.items():
            for a in plan.shifts:
                decided[name, a.skill] += a.people
        assert told == decided
        assert {(line["meal_start"], line["meal_end"]) for line in lines} == {("", "")}
        assert {line["start"] for line in lines} == {"09:00", "11:00"}

    def test_a_meal_is_told_with_its_times(self, small_branch, small_policy):
        weekday = small_policy.days["weekday"]
        first = weekday.shifts[0]
        fed = first.replace(shift=first.shift.replace(meal_start="11:00", meal_end="11:30"))
        days = small_policy.days | {"weekday": weekday.replace(shifts=(fed, *weekday.shifts[1:]))}
        _, lines = rows(shifts_csv(evaluate(small_branch, small_policy.replace(days=days))))
        assert (lines[0]["meal_start"], lines[0]["meal_end"]) == ("11:00", "11:30")

    def test_performance_has_a_row_for_each_class_and_period_where_it_comes(self, small_branch, judged):
        header, lines = rows(performance_csv(small_branch, judged))
        assert header == ["day_type", "channel", "transaction", "tier", "start", "customers", "servers", "mean_wait",
                          "within_10", "abandonment", "utilization"]  # fmt: skip
        places = Counter((line["day_type"], line["channel"], line["transaction"], line["tier"]) for line in lines)
        assert {places[place] - len(STARTS[place[0]]) for place in places} == {0}
        assert ("weekday", "general", "withdrawal", "vip") in places
        assert ("weekday", "cash", "withdrawal", "vip") not in places
        assert len({tuple(line.values())[:5] for line in lines}) == len(lines)

    def test_performance_says_the_numbers_of_the_evaluation(self, small_branch, judged):
        _, lines = rows(performance_csv(small_branch, judged))
        cash = judged.days["weekday"].channels["cash"]
        mine = [line for line in lines if (line["day_type"], line["channel"]) == ("weekday", "cash")]
        for t, start in enumerate(STARTS["weekday"]):
            at = [line for line in mine if line["start"] == start]
            assert sum(float(line["customers"]) for line in at) == pytest.approx(cash.demand.arrivals[t], abs=1e-5)
            assert {line["mean_wait"] for line in at} == {str(round(float(cash.measures.mean_wait[t]), 6))}
            assert {int(line["servers"]) for line in at} == {cash.servers[t]}

    def test_nobody_waits_for_a_remote_channel(self, small_branch, judged):
        _, lines = rows(performance_csv(small_branch, judged))
        remote = [line for line in lines if line["channel"] == "ebank"]
        assert {tuple(line.values())[6:] for line in remote} == {("", "", "", "", "")}
        assert all(float(line["customers"]) > 0 for line in remote)


class TestRunFolder:
    def test_a_plan_has_every_file(self, tmp_path, small_branch, judged, found, small_policy):
        written = write_run(tmp_path / "run", small_branch, undoubted(found), judged, RUN)
        assert sorted(tmp_path.glob("run/*")) == sorted(written)
        assert {path.name for path in written} == {"result.json", "policy.json", *TABLES, "run.json"}
        assert read_policy(tmp_path / "run" / "policy.json") == small_policy
        result = strict((tmp_path / "run" / "result.json").read_text(encoding="utf-8"))
        assert (result["status"], result["cost"], result["today"]["cost"]) == ("feasible", judged.cost, judged.cost)
        assert strict((tmp_path / "run" / "run.json").read_text(encoding="utf-8")) == RUN

    def test_a_plan_that_was_simulated_has_the_verdict_too(self, tmp_path, small_branch, judged, found):
        verified = verify(small_branch, judged, VerifyOptions(days=50, explain=False))
        plan = Plan(found, verified, Doubt.HOLDS)
        written = write_run(tmp_path, small_branch, plan, None, RUN)
        assert {path.name for path in written} >= {"verification.csv", "verification.json"}
        told = strict((tmp_path / "result.json").read_text(encoding="utf-8"))["doubt"]
        assert told == plan_structure(small_branch, plan, None)["doubt"]
        assert told["status"] == "holds"
        assert sum(told["targets"].values()) == len(verified.targets)
        assert sum(told["numbers"].values()) == len(verified.comparisons)
        write_run(tmp_path, small_branch, undoubted(found), None, RUN)
        assert not list(tmp_path.glob("verification.*"))

    def test_without_a_policy_there_is_none_of_an_earlier_run(self, tmp_path, small_branch, found, nothing):
        write_run(tmp_path, small_branch, undoubted(found), None, RUN)
        (tmp_path / "notes.txt").write_text("mine")
        write_run(tmp_path, small_branch, undoubted(nothing), None, {"seed": 1})
        assert {path.name for path in tmp_path.iterdir()} == {"result.json", "run.json", "notes.txt"}
        result = strict((tmp_path / "result.json").read_text(encoding="utf-8"))
        assert (result["status"], result["policy"], result["cost"]) == ("infeasible", None, None)
        assert result["conflict"] == ["cash_fast"]
        assert strict((tmp_path / "run.json").read_text(encoding="utf-8")) == {"seed": 1}

    def test_files_are_replaced_whole_and_the_record_comes_last(self, tmp_path, monkeypatch, small_branch, found):
        write_run(tmp_path, small_branch, undoubted(found), None, {"seed": 1})
        order, replace = [], Path.replace

        def look(self, target):
            order.append(target.name)
            assert not (tmp_path / "run.json").exists()
            assert self.parent == tmp_path
            assert self.stat().st_size > 0
            return replace(self, target)

        monkeypatch.setattr(Path, "replace", look)
        write_run(tmp_path, small_branch, undoubted(found), None, RUN)
        assert sorted(order) == sorted(["result.json", "policy.json", *TABLES, "run.json"])
        assert order[-1] == "run.json"

    @pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
    def test_a_run_that_is_cut_off_leaves_whole_files_and_no_record(
        self, tmp_path, monkeypatch, small_branch, found, error
    ):
        write_run(tmp_path, small_branch, undoubted(found), None, {"seed": 1})
        before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        replace = Path.replace

        def fail(self, target):
            if target.name == "shifts.csv":
                raise error
            return replace(self, target)

        monkeypatch.setattr(Path, "replace", fail)
        with pytest.raises(type(error)):
            write_run(tmp_path, small_branch, undoubted(found), None, RUN)
        del before["run.json"]
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before

    def test_what_cannot_be_said_leaves_the_earlier_run_as_it_was(self, tmp_path, small_branch, found):
        write_run(tmp_path, small_branch, undoubted(found), None, RUN)
        before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        with pytest.raises(ValueError, match="not JSON compliant"):
            write_run(tmp_path, small_branch, undoubted(found), None, {"options": float("inf")})
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
