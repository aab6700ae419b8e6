"""The command line: verbs, exit codes, and what goes to which stream."""

import json
import subprocess
import sys
from importlib.metadata import version

import pytest
from click.testing import CliRunner

from optimizer.cli import main

VERBS = ["check", "evaluate", "schema", "solve"]


def run(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def python(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, check=False)


class TestHelp:
    def test_every_verb_is_listed(self):
        result = run("--help")
        assert result.exit_code == 0
        listed = result.stdout.split("Commands:")[1].split("Try:")[0]
        assert [line.split()[0] for line in listed.splitlines() if line.strip()] == sorted(main.commands)
        assert set(VERBS) <= set(main.commands)

    @pytest.mark.parametrize("command", [(), *((verb,) for verb in main.commands)])
    def test_help_ends_with_an_example(self, command):
        result = run(*command, "--help")
        assert result.exit_code == 0
        assert result.stdout.strip().splitlines()[-1].strip().startswith(" ".join(["Try: qpo", *command]))

    @pytest.mark.parametrize("verb", list(main.commands))
    def test_every_option_says_what_it_does(self, verb):
        options = [p for p in main.commands[verb].params if p.param_type_name == "option"]
        assert [option.name for option in options if not option.help] == []

    def test_short_help(self):
        assert run("-h").stdout == run("--help").stdout

    @pytest.mark.parametrize("arguments", [
        ("--nonsense",), ("nonsense",), ("check",), ("check", "a", "--nonsense"), ("check", "a", "--format", "xml"),
        ("solve", "a", "--gap", "2"), ("solve", "a", "--time-limit", "0"), ("evaluate", "a"),
        ("schema", "--of", "shift"),
    ])  # fmt: skip
    def test_misuse_exits_with_2_and_says_why_on_standard_error(self, arguments):
        result = run(*arguments)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert "Error:" in result.stderr


class TestStart:
    def test_it_runs_as_a_module(self):
        result = python("-m", "optimizer", "--version")
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout == f"qpo, version {version('queue-policy-optimizer')}\n"

    @pytest.mark.parametrize("arguments", [["--help"], ["solve", "--help"], ["--version"]])
    def test_help_loads_no_library_that_takes_long(self, arguments):
        script = (
            f"import sys; sys.argv[1:] = {arguments!r}\n"
            "from optimizer.cli import main\n"
            "try:\n    main()\n"
            "except SystemExit as end:\n    print(end.code, *sorted(sys.modules), file=sys.stderr)"
        )
        code, *loaded = python("-c", script).stderr.split()
        assert code == "0"
        assert "click" in loaded
        assert {"ortools", "numba", "scipy", "numpy", "pydantic", "rich"} & set(loaded) == set()


class TestCheck:
    def test_a_whole_branch(self, branch_folder):
        result = run("check", branch_folder)
        assert result.exit_code == 0
        assert result.stdout.startswith("Small branch: 5 channels, 4 transactions, 2 tiers, 2 skills, 36 regimes\n")
        assert result.stdout.endswith("No fault found.\n")
        assert "weekday: 60 days, 8 periods, 120 customers a day" in result.stdout

    def test_a_whole_branch_as_json(self, branch_folder):
        result = run("check", branch_folder, "--format", "json")
        assert result.exit_code == 0
        answer = json.loads(result.stdout)
        assert (answer["status"], answer["name"], answer["regimes"]) == ("accepted", "Small branch", 36)
        assert answer["day_types"]["saturday"]["periods"] == 2
        assert answer["day_types"]["saturday"]["customers"] == pytest.approx(30)

    def test_what_is_not_evaluated_is_said_on_standard_error(self, branch_folder):
        result = run("check", branch_folder)
        assert "not evaluated yet: transactions.opening.pitch" in result.stderr
        assert "not evaluated" not in result.stdout

    def test_todays_policy_is_held_to_the_rules(self, branch_files, branch_folder, write_files):
        branch_files["today.json"]["greeters"] = 9
        result = run("check", write_files(branch_folder, branch_files))
        assert result.exit_code == 0
        assert "today.json: greeters: 9 is not among the levels 0, 1, 2" in result.stderr

    @pytest.fixture
    def faulty(self, branch_files, branch_folder, write_files):
        branch_files["branch.toml"]["windows"] = 0
        branch_files["branch.toml"]["tiers"]["vip"]["priorty"] = [1, 2]
        branch_files["arrivals.csv"][3][4] = "many"
        return write_files(branch_folder, branch_files)

    FAULTS = (
        "arrivals.csv: line 4, customers: 'many': expected a number",
        "branch.toml: tiers.vip.priorty: [1, 2]: expected no such key (is it misspelt?)",
        "branch.toml: windows: 0: expected greater than or equal to 1",
    )

    def test_a_malformed_branch_is_refused_with_every_fault(self, faulty):
        result = run("check", faulty)
        assert result.exit_code == 1
        assert result.stdout == ""
        count, *told = result.stderr.splitlines()
        assert count == "3 faults"
        assert tuple(sorted(told)) == self.FAULTS

    def test_the_faults_are_json_too(self, faulty):
        result = run("check", faulty, "--format", "json")
        assert result.exit_code == 1
        assert tuple(sorted(result.stderr.splitlines()[1:])) == self.FAULTS
        answer = json.loads(result.stdout)
        assert answer["status"] == "refused"
        assert {"file": "arrivals.csv", "place": "line 4, customers", "value": "many", "expected": "a number"} in (
            answer["faults"]
        )
        assert len(answer["faults"]) == 3

    @pytest.mark.parametrize("verb", ["check", "solve"])
    def test_a_folder_that_is_not_there(self, tmp_path, verb):
        result = run(verb, tmp_path / "nowhere")
        assert result.exit_code == 1
        assert result.stderr.startswith("1 fault\n")


class TestEvaluate:
    def test_a_policy_that_breaks_nothing(self, branch_files, branch_folder, write_files):
        branch_files["branch.toml"]["targets"] = {}
        folder = write_files(branch_folder, branch_files)
        result = run("evaluate", folder, folder / "today.json", "--format", "json")
        assert result.exit_code == 0
        assert json.loads(result.stdout)["status"] == "feasible"

    def test_a_policy_that_breaks_a_rule_exits_with_5(self, branch_files, branch_folder, write_files):
        branch_files["branch.toml"]["targets"] = {}
        branch_files["today.json"]["greeters"] = 9
        folder = write_files(branch_folder, branch_files)
        result = run("evaluate", folder, folder / "today.json", "--format", "json")
        assert result.exit_code == 5
        answer = json.loads(result.stdout)
        assert answer["status"] == "broken"
        assert "greeters: 9 is not among the levels 0, 1, 2" in answer["broken_rules"]

    def test_a_policy_for_another_branch_is_refused(self, branch_files, branch_folder, write_files):
        branch_files["today.json"]["days"]["sunday"] = branch_files["today.json"]["days"].pop("saturday")
        folder = write_files(branch_folder, branch_files)
        result = run("evaluate", folder, folder / "today.json")
        assert result.exit_code == 1
        assert result.stderr.startswith("2 faults\n")
        assert "sunday is not a day type of the branch" in result.stderr


class TestSchema:
    @pytest.mark.parametrize("what", ["branch", "policy"])
    def test_every_field_of_every_model_is_described(self, what):
        result = run("schema", "--of", what)
        assert result.exit_code == 0
        schema = json.loads(result.stdout)
        parts = {what: schema} | schema["$defs"]
        fields = [(name, field, text) for name, part in parts.items() for field, text in part["properties"].items()]
        assert len(fields) > 10
        assert [(name, field) for name, field, text in fields if not text.get("description", "").strip()] == []

    @pytest.mark.parametrize("what", ["branch", "policy"])
    def test_the_list_of_fields(self, what):
        result = run("schema", "--of", what, "--format", "text")
        assert result.exit_code == 0
        lines = result.stdout.splitlines()
        assert lines[0].startswith("Branch: " if what == "branch" else "Policy: ")
        assert [line for line in lines if line.rstrip().endswith(":")] == []
