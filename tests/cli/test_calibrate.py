import json

import numpy as np
import pytest
from click.testing import CliRunner

from optimizer.cli import main
from optimizer.problem import read_branch


def run(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture(scope="module")
def calibrated(bank_log, tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibrated") / "bank"
    return folder, run("calibrate", bank_log, "-o", folder, "--name", "Main street")


@pytest.fixture
def invented_log(tmp_path):
    """Waits and services that were drawn, of no queue."""
    rng = np.random.default_rng(3)
    lines = ["date,arrival,wait_minutes,service_minutes"]
    for day in range(2, 7):
        for second in np.sort(rng.integers(9 * 3600, 17 * 3600, 400)):
            clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
            lines.append(f"2026-03-{day:02d},{clock},{rng.uniform(0, 30):.2f},{rng.uniform(2, 12):.2f}")
    path = tmp_path / "invented.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_branch_that_is_written_is_whole(calibrated):
    folder, result = calibrated
    assert result.exit_code == 0, result.output
    assert read_branch(folder).name == "Main street"
    checked = run("check", folder)
    assert checked.exit_code == 0
    assert "No fault found." in checked.output


def test_the_branch_that_is_written_is_solved(calibrated, tmp_path):
    folder, _ = calibrated
    solved = run("solve", folder, "--time-limit", 20, "--no-verify", "--format", "json")
    assert solved.exit_code == 0, solved.output
    assert json.loads(solved.stdout)["status"] in ("optimal", "feasible")


def test_what_was_guessed_and_assumed_is_said(calibrated):
    folder, result = calibrated
    assert "guessed: arrival is the column arrival" in result.stderr
    assert 'arrival = "arrival"' in (folder / "mapping.toml").read_text(encoding="utf-8")
    assert "Assumed: fill in" in result.stdout
    assert "skills.teller.wage" in result.stdout
    assert "service time: cash, withdrawal" in result.stdout


def test_a_mapping_that_was_corrected_is_used(calibrated, bank_log, tmp_path):
    folder, _ = calibrated
    mapping = tmp_path / "map.toml"
    text = (folder / "mapping.toml").read_text(encoding="utf-8")
    mapping.write_text(text + '\n[values.transaction]\nwithdrawal = "cash_out"\n', encoding="utf-8")
    result = run("calibrate", bank_log, "-o", tmp_path / "again", "--mapping", mapping, "--format", "json")
    assert result.exit_code == 0, result.output
    assert "cash_out" in read_branch(tmp_path / "again").transactions
    assert "guessed" not in result.stderr
    assert {s["transaction"] for s in json.loads(result.stdout)["service_times"]} == {"cash_out", "deposit", "opening"}


def test_a_base_gives_what_the_log_does_not_tell(calibrated, bank_log, tmp_path):
    folder, _ = calibrated
    result = run("calibrate", bank_log, "-o", tmp_path / "again", "--base", folder)
    assert result.exit_code == 0, result.output
    assert "Assumed: fill in" not in result.stdout
    assert read_branch(tmp_path / "again") == read_branch(folder)


def test_a_log_that_no_queue_can_have_left_is_refused_with_the_reasons(invented_log, tmp_path):
    result = run("calibrate", invented_log, "-o", tmp_path / "branch", "--format", "json")
    assert result.exit_code == 5, result.output
    assert "\nrefuse: " in result.stderr
    assert json.loads(result.stdout)["status"] == "refused"
    assert not (tmp_path / "branch").exists()


def test_who_insists_gets_a_branch_of_a_doubted_log(invented_log, tmp_path):
    result = run("calibrate", invented_log, "-o", tmp_path / "branch", "--insist")
    assert result.exit_code == 0, result.output
    assert "refuse" in result.stdout
    assert run("check", tmp_path / "branch").exit_code == 0


def test_another_folder_is_not_overwritten_and_an_earlier_result_is(calibrated, bank_log, tmp_path):
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.txt").write_text("years of work", encoding="utf-8")
    refused = run("calibrate", bank_log, "-o", full)
    assert refused.exit_code == 2
    assert "not empty" in refused.stderr
    folder = tmp_path / "bank"
    assert run("calibrate", bank_log, "-o", folder).exit_code == 0
    (folder / "today.json").write_text("{}", encoding="utf-8")
    (folder / "amounts.csv").write_text("old", encoding="utf-8")
    assert run("calibrate", bank_log, "-o", folder, "--name", "Second").exit_code == 0
    assert (folder / "today.json").read_text(encoding="utf-8") == "{}"
    assert not (folder / "amounts.csv").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bank", "full"]


def test_bad_input_is_refused_and_leaves_nothing(tmp_path):
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    for log in ("empty.csv", "absent.csv"):
        result = run("calibrate", tmp_path / log, "-o", tmp_path / "branch")
        assert result.exit_code == 1
        assert "expected" in result.stderr
    assert not (tmp_path / "branch").exists()


def test_options_that_do_not_go_together_are_refused(bank_log, tmp_path):
    result = run("calibrate", bank_log, "-o", tmp_path / "x", "--base", tmp_path, "--period", 15)
    assert result.exit_code == 2
    assert "--period does not go with --base" in result.stderr
