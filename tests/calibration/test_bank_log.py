"""The log of a bank's call centre, where the data is there: what is read is what its description says."""

from pathlib import Path

import pytest

from optimizer.calibration.mapping import read_mapping
from optimizer.calibration.reading import read_log

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "anonymous_bank_1999"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the calls of the anonymous bank are not there")


@pytest.fixture(scope="module")
def log():
    return read_log(FOLDER, read_mapping(Path(__file__).parent / "data" / "anonymous_bank_1999.toml"))


def test_every_call_is_a_ticket_or_counted(log):
    assert log.tickets + sum(rejection.count for rejection in log.rejections) == 64_943


def test_outcomes_are_those_of_the_log(log):
    rejected = {rejection.reason: rejection.count for rejection in log.rejections}
    assert rejected == {
        "outcome PHANTOM is left out": 518,
        "abandoned without left_at": 3139,  # hung up on the recorded answers
        "started is before arrival": 7,
    }
    found = log.arrays("SELECT outcome, count(*) AS n FROM tickets GROUP BY outcome ORDER BY outcome")
    assert dict(zip(found["outcome"], found["n"], strict=True)) == {"abandoned": 10_203 - 3139, "served": 54_222 - 7}


def test_who_was_never_queued_did_not_wait(log):
    found = log.arrays("SELECT count(*) AS n FROM tickets WHERE started = arrival")
    assert found["n"][0] > 26_000


def test_four_to_six_percent_of_services_are_under_ten_seconds(log):
    found = log.arrays(
        "SELECT avg(CAST(ended - started < 10 / 60 AS INT)) AS share FROM tickets WHERE ended IS NOT NULL"
    )
    assert 0.04 <= found["share"][0] <= 0.065


def test_services_go_on_after_midnight(log):
    found = log.arrays("SELECT max(ended) AS ended, min(ended - started) AS shortest FROM tickets")
    assert 1440 < found["ended"][0] < 1460
    assert found["shortest"][0] >= 0


def test_agents_are_those_of_the_log(log):
    assert log.arrays("SELECT count(DISTINCT teller) AS n FROM tickets")["n"][0] == 29
