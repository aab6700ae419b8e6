"""``qpo verify``: the verdict, its exit code, what is written, what is refused."""

import csv
import json

import pytest
from click.testing import CliRunner

import optimizer.verification
from optimizer.cli import main
from optimizer.cli.screen import phases_text

QUICK = ["--days", "60", "--no-explain"]


def run(*arguments):
    return CliRunner().invoke(main, ["verify", *map(str, arguments)])


@pytest.fixture
def folder(branch_files, branch_folder, write_files):
    """The small branch, which promises nothing that its policy of today does not keep by far."""
    branch_files["branch.toml"]["targets"] = {"atm": {"channel": "atm", "measure": "mean_wait", "most": 60}}
    branch_files["branch.toml"]["diverted_shares"] = {}
    return write_files(branch_folder, branch_files)


@pytest.fixture
def slow(branch_files, folder, write_files):
    """The same with a promise that nobody could keep."""
    target = {"channel": "cash", "measure": "service_level", "within": 1, "least": 0.999, "per": "period"}
    branch_files["branch.toml"]["targets"] = {"at_once": target}
    return write_files(folder, branch_files)


class TestVerdict:
    def test_a_plan_that_holds_exits_with_0(self, folder):
        result = run(folder, folder / "today.json", *QUICK)
        assert result.exit_code == 0, result.output
        first, *rest = result.stdout.splitlines()
        assert first == "Confirmed: no target fails in the hall, and no channel's day is worse than promised."
        assert rest[0].split(":")[0].endswith("numbers, promised and simulated on 60 days of each kind")
        for title in ("Whole days", "Periods", "Targets in the hall", "Cost of the quarter"):
            assert title in result.stdout

    def test_a_target_that_fails_exits_with_5(self, slow):
        result = run(slow, slow / "today.json", *QUICK)
        assert result.exit_code == 5
        assert result.stdout.startswith("Not confirmed: ")
        assert "≥ 99.9%" in result.stdout
        assert "10:30" in result.stdout

    def test_it_is_short(self, folder):
        result = run(folder, folder / "today.json", *QUICK)
        assert len(result.stdout.splitlines()) < 50
        assert max(map(len, result.stdout.splitlines())) <= 160

    def test_models_are_a_table(self, folder):
        result = run(folder, folder / "today.json", *QUICK, "--models")
        assert "Evaluated without a model" in result.stdout
        assert "without dead numbers" in result.stdout

    def test_json_says_everything(self, slow):
        result = run(slow, slow / "today.json", *QUICK, "--models", "--format", "json", "--seed", "7")
        assert result.exit_code == 5
        answer = json.loads(result.stdout)
        assert answer["status"] == "not confirmed"
        assert answer["options"]["seed"] == 7
        assert sum(answer["counts"].values()) == len(answer["comparisons"])
        assert {target["verdict"] for target in answer["targets"]} <= {"holds", "undecided", "fails"}
        assert answer["without_models"][0]["model"] == "none"
        assert answer["explanations"] == []

    def test_the_same_seed_gives_the_same_answer(self, folder):
        one, two, other = (
            run(folder, folder / "today.json", *QUICK, "--format", "json", "--seed", seed).stdout for seed in (3, 3, 4)
        )
        assert one == two != other

    def test_what_is_simulated_but_not_evaluated_is_said(self, branch_files, folder, write_files):
        branch_files["branch.toml"]["channels"]["cash"]["queue_capacity"] = 4
        result = run(write_files(folder, branch_files), folder / "today.json", "--days", "300")
        assert "not evaluated yet, but simulated: channels.cash.queue_capacity" in result.stderr
        assert "the evaluation assumes lines without a limit" in result.stdout


class TestFiles:
    def test_all_numbers_are_written(self, folder, tmp_path):
        result = run(folder, folder / "today.json", *QUICK, "-o", tmp_path / "run")
        assert {path.name for path in (tmp_path / "run").iterdir()} == {"verification.json", "verification.csv"}
        assert f"wrote {tmp_path / 'run' / 'verification.json'}" in result.stderr
        written = json.loads((tmp_path / "run" / "verification.json").read_text(encoding="utf-8"))
        with (tmp_path / "run" / "verification.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == len(written["comparisons"])
        assert written["run"]["policy"] == str(folder / "today.json")
        assert len(written["run"]["instance"]["sha256"]) == 64

    def test_an_earlier_run_of_the_folder_stays(self, folder, tmp_path):
        (tmp_path / "policy.json").write_text("{}")
        run(folder, folder / "today.json", *QUICK, "-o", tmp_path)
        assert (tmp_path / "policy.json").read_text() == "{}"


class TestRefusals:
    def test_a_policy_for_another_branch_is_refused_by_its_file(self, branch_files, folder, write_files):
        branch_files["today.json"]["campaign"] = "gold"
        result = run(write_files(folder, branch_files), folder / "today.json", *QUICK)
        assert result.exit_code == 1
        assert result.stdout == ""
        assert "today.json: days: 'campaign: gold is unknown'" in result.stderr

    def test_faults_are_json_too(self, branch_files, folder, write_files):
        branch_files["branch.toml"]["windows"] = 0
        result = run(write_files(folder, branch_files), folder / "today.json", "--format", "json")
        assert result.exit_code == 1
        assert json.loads(result.stdout)["status"] == "refused"

    @pytest.mark.parametrize(
        "misuse",
        [("--days", "29"), ("--days", "many"), ("--confidence", "1"), ("--tolerance", "-1"), ("--workers", "0"),
         ("--format", "xml")],
    )  # fmt: skip
    def test_misuse_exits_with_2(self, folder, misuse):
        result = run(folder, folder / "today.json", *misuse)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert misuse[0] in result.stderr


class TestProgress:
    def test_one_line_where_it_is_no_terminal(self, slow):
        result = run(slow, slow / "today.json", *QUICK, "--models")
        (line,) = result.stderr.splitlines()
        assert line.startswith("120 days simulated, 4 models left out, ")
        assert line.endswith(" s")

    def test_ctrl_c_says_how_far_it_came_and_writes_nothing(self, folder, tmp_path, monkeypatch):
        def interrupted(branch, evaluation, options, report):
            report("days simulated", 2000, 2000)
            report("assumptions tried", 3, 9)
            raise KeyboardInterrupt

        monkeypatch.setattr(optimizer.verification, "verify", interrupted)
        result = run(folder, folder / "today.json", "-o", tmp_path / "run")
        assert result.exit_code == 130
        assert result.stdout == ""
        assert result.stderr.startswith("stopped; 2,000 days simulated, 3 of 9 assumptions tried, ")
        assert not (tmp_path / "run").exists()

    def test_before_anything_is_done_there_is_the_time_alone(self):
        assert phases_text({}, 1.26) == "1.3 s"
