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
    solved = run("solve", folder, "--no-verify", "--format", "json")
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


def test_a_mapping_with_a_wrong_column_is_named_by_its_file(bank_log, tmp_path):
    (tmp_path / "mine.toml").write_text('[columns]\narrival = "nope"\n', encoding="utf-8")
    result = run("calibrate", bank_log, "--mapping", tmp_path / "mine.toml", "-o", tmp_path / "branch")
    assert result.exit_code == 1
    assert "mine.toml: columns.arrival: 'nope'" in result.stderr


@pytest.fixture
def counts(tmp_path):
    """Snapshots of two queues with one counter each, every five minutes of ten days."""
    rng = np.random.default_rng(7)
    lines = ["queue,time,open_counters,waiting,called"]
    for day in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13):
        for queue in ("cash", "loans"):
            waiting = 0
            for minute in range(540, 841, 5):
                came, most = rng.poisson(1.6 if minute < 800 else 0), rng.poisson(1.8)
                called = min(waiting + came, most)
                waiting += came - called
                moment = f"2026-03-{day:02d} {minute // 60:02d}:{minute % 60:02d}"
                lines.append(f"{queue},{moment},1,{waiting},{called}")
    path = tmp_path / "counts.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class TestCounts:
    def test_a_branch_is_written_that_is_whole(self, counts, tmp_path):
        folder = tmp_path / "hall"
        result = run("calibrate", counts, "-o", folder, "--counts", "--name", "Hall")
        assert result.exit_code == 0, result.output
        assert sorted(read_branch(folder).channels) == ["cash", "loans"]
        assert run("check", folder).exit_code == 0
        assert "guessed: ts is the column time" in result.stderr
        assert "service time: cash, cash" in result.stdout
        assert "Assumed: fill in" in result.stdout
        assert {path.name for path in folder.iterdir()} == {
            "branch.toml", "arrivals.csv", "service_times.csv", "README.md", "mapping.toml", "learnt.json",
        }  # fmt: skip
        told = json.loads((folder / "learnt.json").read_text(encoding="utf-8"))
        assert [time["queue"] for time in told["service_times"]] == ["cash", "loans"]
        assert told["run"]["command"][0] == "qpo"

    def test_a_queue_is_chosen_and_the_mapping_is_used_again(self, counts, tmp_path):
        assert run("calibrate", counts, "-o", tmp_path / "both", "--counts").exit_code == 0
        result = run("calibrate", counts, "-o", tmp_path / "one", "--counts", "--queue", "loans", "--mapping",
                     tmp_path / "both" / "mapping.toml", "--format", "json")  # fmt: skip
        assert result.exit_code == 0, result.output
        assert list(read_branch(tmp_path / "one").channels) == ["loans"]
        assert [time["channel"] for time in json.loads(result.stdout)["service_times"]] == ["loans"]
        assert "guessed" not in result.stderr

    def test_all_faults_are_said_at_once_and_nothing_is_left(self, counts, tmp_path):
        result = run("calibrate", counts, "-o", tmp_path / "x", "--counts", "--queue", "a", "--queue", "b")
        assert result.exit_code == 1
        assert "2 faults" in result.stderr
        assert not (tmp_path / "x").exists()

    def test_counts_without_the_option_are_refused_with_its_name(self, counts, tmp_path):
        assert run("calibrate", counts, "-o", tmp_path / "hall", "--counts").exit_code == 0
        for more in ((), ("--mapping", tmp_path / "hall" / "mapping.toml")):
            result = run("calibrate", counts, "-o", tmp_path / "x", *more)
            assert result.exit_code == 1
            assert "--counts" in result.stderr

    def test_tickets_with_the_option_are_refused(self, bank_log, tmp_path):
        result = run("calibrate", bank_log, "-o", tmp_path / "x", "--counts")
        assert result.exit_code == 1
        assert "people who wait" in result.stderr

    def test_invented_counts_are_refused_and_used_by_who_insists(self, counts, tmp_path):
        rng = np.random.default_rng(8)
        head, *lines = counts.read_text(encoding="utf-8").splitlines()
        rows = [line.split(",") for line in lines]
        text = [",".join([*row[:3], str(rng.integers(0, 20)), row[4]]) for row in rows]
        counts.write_text("\n".join([head, *text]) + "\n", encoding="utf-8")
        result = run("calibrate", counts, "-o", tmp_path / "x", "--counts", "--format", "json")
        assert result.exit_code == 5, result.output
        assert "cash: no memory" in result.stderr
        assert json.loads(result.stdout)["status"] == "refused"
        assert not (tmp_path / "x").exists()
        assert run("calibrate", counts, "-o", tmp_path / "x", "--counts", "--insist").exit_code == 0

    @pytest.mark.parametrize("more", [("--counts", "--base", "."), ("--counts", "--country", "CN"), ("--queue", "a")])
    def test_options_that_do_not_go_with_counts_are_refused(self, counts, tmp_path, more):
        result = run("calibrate", counts, "-o", tmp_path / "x", *more)
        assert result.exit_code == 2
        assert "--counts" in result.stderr


def test_options_that_do_not_go_together_are_refused(bank_log, tmp_path):
    result = run("calibrate", bank_log, "-o", tmp_path / "x", "--base", tmp_path, "--period", 15)
    assert result.exit_code == 2
    assert "--period does not go with --base" in result.stderr


def test_files_that_were_changed_since_are_not_overwritten_unless_told_to(bank_log, tmp_path):
    folder = tmp_path / "bank"
    assert run("calibrate", bank_log, "-o", folder).exit_code == 0
    main_file = folder / "branch.toml"
    edited = main_file.read_text(encoding="utf-8").replace("wage = ", "wage = 1")
    main_file.write_text(edited, encoding="utf-8")
    refused = run("calibrate", bank_log, "-o", folder)
    assert refused.exit_code == 2
    assert "branch.toml" in refused.stderr
    assert "--overwrite" in refused.stderr
    assert "README.md" not in refused.stderr
    assert main_file.read_text(encoding="utf-8") == edited
    assert run("calibrate", bank_log, "-o", folder, "--overwrite").exit_code == 0
    assert main_file.read_text(encoding="utf-8") != edited
    mapping = folder / "mapping.toml"
    mapping.write_text("# corrected\n" + mapping.read_text(encoding="utf-8"), encoding="utf-8")
    assert run("calibrate", bank_log, "-o", folder).exit_code == 2
    assert run("calibrate", bank_log, "-o", folder, "--mapping", mapping).exit_code == 0


def test_services_beyond_the_windows_that_are_given_are_shown(bank_log, tmp_path):
    refused = run("calibrate", bank_log, "-o", tmp_path / "bank", "--windows", 1)
    assert refused.exit_code == 5
    assert "services beyond windows" in refused.stderr
    insisted = run("calibrate", bank_log, "-o", tmp_path / "bank", "--windows", 1, "--insist")
    assert insisted.exit_code == 0, insisted.output
    assert "services beyond windows" in insisted.stdout
