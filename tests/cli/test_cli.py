"""The command line: verbs, exit codes, and what goes to which stream."""

import json
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from optimizer.cli import main

VERBS = ["check", "evaluate", "schema", "solve"]
PROJECT = Path(__file__).parent.parent.parent


def run(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def python(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, check=False)


def loaded_by(*arguments):
    """Exit code of a command in an interpreter of its own, and the modules it loaded."""
    script = (
        f"import sys; sys.argv[1:] = {list(arguments)!r}\n"
        "from optimizer.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    print(end.code, *sorted(sys.modules), file=sys.stderr)"
    )
    code, *loaded = python("-c", script).stderr.split()
    return int(code), set(loaded)


def strict(text):
    """JSON as its standard has it, without NaN and Infinity."""

    def refuse(constant):
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


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


class TestExamples:
    """What help says to try works, from the folder of the project."""

    @pytest.mark.parametrize(
        ("verb", "example", "codes"),
        [("check", "qpo check instances/daan", {0}),
         ("evaluate", "qpo evaluate instances/daan instances/daan/today.json", {0, 5}),
         ("schema", "qpo schema --of policy > policy.schema.json", {0})],
    )  # fmt: skip
    def test_an_example_works(self, monkeypatch, verb, example, codes):
        assert main.commands[verb].epilog == f"Try: {example}"
        monkeypatch.chdir(PROJECT)
        result = run(*shlex.split(example.partition(">")[0])[1:])
        assert result.exit_code in codes, result.output
        assert result.stdout

    @pytest.mark.parametrize("command", [main, *main.commands.values()], ids=lambda command: command.name)
    def test_the_folders_of_an_example_are_there(self, command):
        named = [word for word in shlex.split(command.epilog) if word.startswith("instances/")]
        assert [word for word in named if not (PROJECT / word).exists()] == []


class TestStart:
    def test_it_runs_as_a_module(self):
        result = python("-m", "optimizer", "--version")
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout == f"qpo, version {version('queue-policy-optimizer')}\n"

    @pytest.mark.parametrize("arguments", [["--help"], ["solve", "--help"], ["--version"]])
    def test_help_loads_no_library_that_takes_long(self, arguments):
        code, loaded = loaded_by(*arguments)
        assert code == 0
        assert "click" in loaded
        assert {"ortools", "numba", "scipy", "numpy", "pydantic", "rich"} & loaded == set()

    @pytest.mark.parametrize("form", ["text", "json"])
    def test_the_schema_loads_no_solver_and_no_compiler(self, form):
        code, loaded = loaded_by("schema", "--format", form)
        assert code == 0
        assert "pydantic" in loaded
        assert {"ortools", "numba", "scipy", "rich"} & loaded == set()


class TestCheck:
    def test_a_whole_branch(self, branch_folder):
        result = run("check", branch_folder)
        assert result.exit_code == 0
        assert result.stdout.startswith("Small branch: 5 channels, 4 transactions, 2 tiers, 2 skills, 288 regimes\n")
        assert result.stdout.endswith("No fault found.\n")
        assert "weekday: 60 days, 8 periods, 120 customers a day" in result.stdout

    def test_a_whole_branch_as_json(self, branch_folder):
        result = run("check", branch_folder, "--format", "json")
        assert result.exit_code == 0
        answer = json.loads(result.stdout)
        assert (answer["status"], answer["name"], answer["regimes"]) == ("accepted", "Small branch", 288)
        assert answer["day_types"]["saturday"]["periods"] == 2
        assert answer["day_types"]["saturday"]["customers"] == pytest.approx(30)

    def test_what_is_not_evaluated_is_said_on_standard_error(self, branch_files, branch_folder, write_files):
        branch_files["branch.toml"]["channels"]["cash"]["queue_capacity"] = 40
        result = run("check", write_files(branch_folder, branch_files))
        assert "not evaluated yet: channels.cash.queue_capacity" in result.stderr
        assert "not evaluated" not in result.stdout

    def test_todays_policy_is_held_to_the_rules(self, branch_files, branch_folder, write_files):
        branch_files["today.json"]["greeters"] = 9
        result = run("check", write_files(branch_folder, branch_files))
        assert result.exit_code == 0
        assert "today.json: greeters: 9 is not among the levels 0, 1, 2" in result.stderr

    def test_what_is_not_evaluated_and_todays_breaches_are_told_apart(self, branch_files, branch_folder, write_files):
        branch_files["branch.toml"]["channels"]["cash"]["queue_capacity"] = 40
        branch_files["today.json"]["greeters"] = 9
        result = run("check", write_files(branch_folder, branch_files), "--format", "json")
        pending = "channels.cash.queue_capacity: nobody is turned away"
        breach = "today.json: greeters: 9 is not among the levels 0, 1, 2"
        assert f"not evaluated yet: {pending}" in result.stderr.splitlines()
        assert breach in result.stderr.splitlines()
        assert {pending, breach} <= set(json.loads(result.stdout)["warnings"])

    @pytest.mark.parametrize(("place", "value", "told"), [
        ("days.weekday.windows", {"desk": [1] * 8}, "weekday: desk is not a window role"),
        ("days.weekday.shifts.0.skill", "cook", "weekday: cook is not a skill"),
        ("days.weekday.windows.cash", [1], "weekday: cash has 1 periods, the day has 8"),
        ("days.weekday", ..., "days: no plan for weekday"),
        ("campaign", "gold", "campaign: gold is not a campaign of the branch"),
        ("thresholds", {"deposit_to_atm": 1000}, "thresholds: deposit_to_atm is not a diversion of the branch"),
    ])  # fmt: skip
    def test_a_policy_of_today_for_another_branch_is_a_warning(
        self, branch_files, branch_folder, write_files, put, place, value, told
    ):
        put(branch_files["today.json"], place, value)
        result = run("check", write_files(branch_folder, branch_files))
        assert result.exit_code == 0
        assert f"today.json: {told}" in result.stderr.splitlines()

    @pytest.mark.parametrize(("content", "told"), [
        ("{", "today.json: line 1, column 2: "),
        ('{"days": {}, "greeters": "two"}', "today.json: greeters: 'two': expected a valid integer"),
        ('{"dayz": {}}', "today.json: dayz: {}: expected no such key (is it misspelt?)"),
    ])  # fmt: skip
    @pytest.mark.parametrize("verb", ["check", "solve"])
    def test_a_malformed_policy_of_today_is_refused_by_its_name(self, branch_folder, verb, content, told):
        (branch_folder / "today.json").write_text(content)
        result = run(verb, branch_folder)
        assert result.exit_code == 1
        assert told in result.stderr

    @pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
    def test_faults_are_json_whatever_number_is_refused(self, branch_files, branch_folder, write_files, value):
        branch_files["branch.toml"]["overtime_multiplier"] = float(value)
        result = run("check", write_files(branch_folder, branch_files), "--format", "json")
        assert result.exit_code == 1
        (fault,) = strict(result.stdout)["faults"]
        assert (fault["place"], fault["value"]) == ("overtime_multiplier", value)

    @pytest.mark.parametrize(("value", "said"), [(True, True), ("two", "two"), (0.5, 0.5), ([1, 2], "[1, 2]")])
    def test_other_values_are_said_as_they_stand(self, branch_files, branch_folder, write_files, value, said):
        branch_files["branch.toml"]["windows"] = value
        result = run("check", write_files(branch_folder, branch_files), "--format", "json")
        (fault,) = strict(result.stdout)["faults"]
        assert (fault["place"], fault["value"]) == ("windows", said)

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

    @pytest.mark.parametrize(("place", "value", "told"), [
        ("days.weekday.windows.desk", [1] * 8, "weekday: desk is not a window role"),
        ("days.weekday.shifts.0.skill", "cook", "weekday: cook is not a skill"),
        ("campaign", "gold", "campaign: gold is unknown"),
    ])  # fmt: skip
    def test_unknown_names_are_refused_with_the_policys_file(
        self, branch_files, branch_folder, write_files, put, place, value, told
    ):
        put(branch_files["today.json"], place, value)
        branch_files["plan.json"] = branch_files.pop("today.json")
        folder = write_files(branch_folder, branch_files)
        result = run("evaluate", folder, folder / "plan.json", "--format", "json")
        assert result.exit_code == 1
        (fault,) = strict(result.stdout)["faults"]
        assert (fault["file"], fault["value"]) == ("plan.json", told)
        assert fault["place"]
        assert result.stderr.splitlines()[1].startswith(f"plan.json: {fault['place']}: ")


class TestSchema:
    @pytest.mark.parametrize("what", ["branch", "policy", "roster"])
    def test_every_field_of_every_model_is_described(self, what):
        result = run("schema", "--of", what)
        assert result.exit_code == 0
        schema = json.loads(result.stdout)
        parts = {what: schema} | schema["$defs"]
        fields = [(name, field, text) for name, part in parts.items() for field, text in part["properties"].items()]
        assert len(fields) > 10
        assert [(name, field) for name, field, text in fields if not text.get("description", "").strip()] == []

    @pytest.mark.parametrize(("what", "model"), [("branch", "Branch"), ("policy", "Policy"), ("roster", "RosterRules")])
    def test_the_list_of_fields(self, what, model):
        result = run("schema", "--of", what, "--format", "text")
        assert result.exit_code == 0
        lines = result.stdout.splitlines()
        assert lines[0].startswith(f"{model}: ")
        assert [line for line in lines if line.rstrip().endswith(":")] == []
