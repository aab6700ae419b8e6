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


def test_a_folder_of_people_that_is_not_there_or_holds_none_is_refused(tmp_path):
    command = ["plan", str(INSTANCES / "corner"), "--quarter", "2027Q1", "--people", str(tmp_path / "none")]
    result = CliRunner().invoke(main, command)
    assert (result.exit_code, "a folder with people.csv" in result.output) == (1, True)
    result = CliRunner().invoke(main, [*command[:-1], str(tmp_path)])
    assert (result.exit_code, f"{tmp_path / 'people.csv'}: file: 'absent'" in result.output) == (1, True)


def test_faults_of_a_folder_of_people_name_it_and_are_said_once(tmp_path):
    (tmp_path / "people.csv").write_text("name,skills\nT01,cook\n", encoding="utf-8")
    (tmp_path / "roster.toml").write_text("days_in_a_row = 0\n", encoding="utf-8")
    command = ["plan", str(INSTANCES / "corner"), "--quarter", "2027Q1", "--people", str(tmp_path)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert result.output.count(f"{tmp_path / 'roster.toml'}: days_in_a_row") == 1
    assert f"{tmp_path / 'people.csv'}: line 2, skills: 'cook'" in result.output
    assert "2 faults" in result.output


def test_people_of_another_folder_are_checked(tmp_path):
    (tmp_path / "people.csv").write_text("name,skills\nT01,cook\n", encoding="utf-8")
    command = ["check", str(INSTANCES / "corner"), "--people", str(tmp_path)]
    result = CliRunner().invoke(main, command)
    assert (result.exit_code, f"{tmp_path / 'people.csv'}: line 2, skills: 'cook'" in result.output) == (1, True)
    (tmp_path / "people.csv").write_text("name,skills\nT01,junior\n", encoding="utf-8")
    assert "1 people, 0 leaves, 0 wishes" in CliRunner().invoke(main, command).output


@pytest.mark.parametrize("command", ["plan", "replan", "why", "report", "compare"])
def test_help_says_what_the_command_answers(command):
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    assert "Try: qpo" in result.output


def test_a_quarter_that_is_none_is_misuse():
    result = CliRunner().invoke(main, ["plan", str(INSTANCES / "corner"), "--quarter", "2027Q5"])
    assert result.exit_code == 2
    assert "2027Q1" in result.output
