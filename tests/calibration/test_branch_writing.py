import csv
import tomllib

import pytest

from optimizer.calibration.branch_writing import written_branch
from optimizer.calibration.draft import Source
from optimizer.calibration.guessing import guess_mapping
from optimizer.calibration.learning import learn
from optimizer.calibration.reading import read_log
from optimizer.calibration.toml_text import toml_text
from optimizer.evaluation import unevaluated
from optimizer.problem import read_branch


@pytest.fixture(scope="module")
def log(bank_log):
    return read_log(bank_log, guess_mapping(bank_log).mapping)


@pytest.fixture(scope="module")
def learnt(log):
    return learn(log)


@pytest.fixture(scope="module")
def written(learnt):
    return written_branch(learnt, name="Main street")


@pytest.fixture(scope="module")
def read(written, tmp_path_factory):
    folder = tmp_path_factory.mktemp("branch")
    for name, text in written.texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return read_branch(folder)


def test_the_files_say_the_branch_that_was_made(written, read):
    assert read.name == "Main street"
    assert read.replace(arrivals=written.branch.arrivals) == written.branch
    for day_type, transactions in written.branch.arrivals.items():
        for transaction, tiers in transactions.items():
            for tier, volumes in tiers.items():
                assert read.arrivals[day_type][transaction][tier] == pytest.approx(volumes, rel=1e-5)


def test_all_of_it_can_be_evaluated(read):
    assert unevaluated(read) == ()


def test_as_many_customers_come_as_in_the_log(written, learnt):
    for day_type, counts in learnt.counts.items():
        volumes = written.branch.arrivals[day_type].values()
        expected = sum(sum(v) for tiers in volumes for v in tiers.values())
        assert expected == pytest.approx(counts.totals.mean(), rel=0.02)  # smoothing moves some to the ends of the day


def test_every_line_of_the_file_says_where_its_number_comes_from(written):
    lines = [line for line in written.texts["branch.toml"].splitlines() if "=" in line and not line.startswith("#")]
    own = (
        "name",
        "period",
        "patience_distribution",
        "weekdays",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
    )
    silent = [line for line in lines if "# learnt" not in line and "# assumed: fill in" not in line]
    assert [line for line in silent if line.split(" ")[0] not in own and "learnt from n =" not in line] == []


def test_what_is_assumed_is_listed_and_so_is_what_was_learnt(written):
    by_source = {source: [e.what for e in written.entries if e.source is source] for source in Source}
    assert "skills.teller.wage" in by_source[Source.ASSUMED]
    assert "busyness_scv" in by_source[Source.LEARNT]
    assert by_source[Source.BASE] == []
    for entry in written.entries:
        assert f"| {entry.what} | {entry.value} |" in written.texts["README.md"]


def test_numbers_that_nobody_answers_are_those_of_the_log(written):
    for name in ("withdrawal", "deposit", "opening"):
        tickets = written.branch.transactions[name].tickets
        assert tickets.no_show == pytest.approx(0.04, abs=0.02)
        assert tickets.call_seconds * tickets.calls == pytest.approx(30.0, rel=0.02)


@pytest.fixture(scope="module")
def with_base(log, small_bank):
    return written_branch(learn(log, base=small_bank), small_bank)


@pytest.fixture(scope="module")
def small_bank(written, tmp_path_factory):
    """A branch with more in it than a log tells."""
    given = written.branch.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    given["skills"]["teller"]["wage"] = 77.0
    given["channels"]["ebank"] = {"kind": "remote", "service": {"advice": {"mean": 4.0}}}
    given["transactions"]["advice"] = {"channel": "ebank"}
    given["day_types"]["monday"]["days"] = 12
    given["tiers"]["vip"]["patience"] = 25.0
    given["arrivals"]["monday"]["advice"] = {"ordinary": [1.0] * 16}
    given["targets"] = {"fast": {"channel": "cash", "measure": "mean_wait", "most": 5.0}}
    return type(written.branch).model_validate(given)


def test_a_base_keeps_what_the_log_does_not_tell(with_base, small_bank):
    branch = with_base.branch
    assert branch.skills == small_bank.skills
    assert branch.targets == small_bank.targets
    assert branch.day_types == small_bank.day_types
    assert branch.tiers["vip"].patience == 25.0
    assert branch.arrivals["monday"]["advice"] == small_bank.arrivals["monday"]["advice"]


def test_a_base_takes_what_the_log_tells(with_base, written):
    assert with_base.branch.busyness_scv == written.branch.busyness_scv
    assert with_base.branch.channels["cash"].service == written.branch.channels["cash"].service
    assert with_base.branch.arrivals["monday"]["deposit"] == written.branch.arrivals["monday"]["deposit"]
    assert "all that is not named here" in [e.what for e in with_base.entries if e.source is Source.BASE]


def test_tables_go_into_files_of_their_own(written, learnt):
    rows = list(csv.DictReader(written.texts["service_times.csv"].splitlines()))
    assert [(row["channel"], row["transaction"]) for row in rows] == [
        (times.channel, times.transaction) for times in learnt.services
    ]
    assert "service_tables.csv" not in written.texts


def test_toml_is_read_as_it_was_meant():
    data = {
        "name": '招行 "Da\\an"', "n": 1, "x": 0.5, "flag": True, "list": ["a", 1.0],
        "opening": {"monday": {"open": "09:00"}},
        "t": {"deep": {"small": {"a": 1.0}, "large": dict.fromkeys("abcd", 1.0), "v": 2}, "empty": {}},
    }  # fmt: skip
    text = toml_text(data, {("n",): "one", ("t", "deep"): "a table", ("t", "deep", "small", "a"): "inside"})
    assert tomllib.loads(text) == data
    assert "n = 1  # one" in text
    assert "[t.deep]  # a table" in text
    assert "small = { a = 1.0 }  # a inside" in text


def test_windows_that_are_given_are_said_to_be_and_services_beyond_them_are_doubted(log, learnt, written):
    assert "windows that the log names" in written.texts["branch.toml"]
    given = learn(log, windows=1)
    made = written_branch(given)
    (line,) = [line for line in made.texts["branch.toml"].splitlines() if line.startswith("windows =")]
    assert line == "windows = 1  # known: given"
    assert learnt.doubts.named("services beyond windows") is None
    assert "services at once, with 1 window" in given.doubts.named("services beyond windows").words
