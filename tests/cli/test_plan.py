"""``qpo plan`` and ``qpo check`` refuse bad staff files before any work is done."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from optimizer.cli import main

INSTANCES = Path(__file__).parent.parent.parent / "instances"


@pytest.fixture
def branch(tmp_path):
    return shutil.copytree(INSTANCES / "large-branch", tmp_path / "branch")


@pytest.mark.parametrize("command", [["check"], ["plan", "--quarter", "2027Q1"]])
def test_every_fault_of_the_staff_files_is_said_at_once(branch, command):
    people, leave = branch / "people.csv", branch / "leave.csv"
    people.write_text(people.read_text(encoding="utf-8").replace("T01,teller", "T01,clerk"), encoding="utf-8")
    leave.write_text(leave.read_text(encoding="utf-8") + "X99,2027-02-02,2027-02-01,leave\n", encoding="utf-8")
    result = CliRunner().invoke(main, [command[0], str(branch), *command[1:]])
    assert result.exit_code == 1, result.output
    assert "people.csv: line 2, skills: 'clerk'" in result.output
    assert "leave.csv: line 17" in result.output


def test_the_people_of_a_branch_are_counted():
    result = CliRunner().invoke(main, ["check", str(INSTANCES / "large-branch")])
    assert "40 people, 15 leaves, 16 wishes" in result.output


@pytest.mark.parametrize("command", ["plan", "replan", "why", "report", "compare"])
def test_help_says_what_the_command_answers(command):
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    assert "Try: qpo" in result.output


def test_a_quarter_that_is_none_is_misuse():
    result = CliRunner().invoke(main, ["plan", str(INSTANCES / "corner"), "--quarter", "2027Q5"])
    assert result.exit_code == 2
    assert "2027Q1" in result.output
