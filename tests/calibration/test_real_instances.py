"""Instances from real logs are as their scripts build them, where the logs are there."""

import importlib
import sys
from pathlib import Path

import pytest

from optimizer.problem import read_branch

PROJECT = Path(__file__).parents[2]
DATA = PROJECT.parent / "shared" / "data"


@pytest.fixture
def script(monkeypatch):
    """A script of the benchmarks by its name."""
    monkeypatch.setattr(sys, "path", [str(PROJECT), *sys.path])
    return lambda name: importlib.import_module(f"benchmarks.instances.{name}")


@pytest.mark.parametrize("name", ["anonymous-bank", "warsaw-desk"])
def test_an_instance_from_a_real_log_is_whole_and_says_where_its_numbers_come_from(name):
    branch = read_branch(PROJECT / "instances" / name)
    assert len(branch.transactions) in (1, 6)
    text = (PROJECT / "instances" / name / "README.md").read_text(encoding="utf-8")
    assert "not part of the\nproject" in text or "not part of the project" in text
    assert text.count("| learnt") >= 5
    assert text.count("| assumed") >= 5


@pytest.mark.skipif(not (DATA / "warsaw_cash_desks").exists(), reason="the counts of the desks are not there")
def test_the_desk_is_as_its_script_builds_it(script):
    desks = script("warsaw_desks")
    _, texts = desks.desk(desks.snapshots(desks.FILE))
    for name, text in texts.items():
        assert (PROJECT / "instances" / "warsaw-desk" / name).read_text(encoding="utf-8") == text


@pytest.mark.skipif(not (DATA / "anonymous_bank_1999").exists(), reason="the calls of the bank are not there")
def test_the_priorities_of_calls_served_at_once_are_those_of_calls_that_waited(script):
    bank = script("anonymous_bank")
    log = bank.calls(bank.FOLDER, ["january"])
    found = log.arrays(
        """SELECT coalesce(started, left_at) > arrival AS waited, avg(CAST(tier = 'vip' AS INT)) AS share, count(*) AS n
        FROM tickets WHERE transaction = 'regular' AND coalesce(started, left_at) IS NOT NULL
        GROUP BY waited ORDER BY waited"""
    )
    assert found["n"].min() > 5000
    assert found["share"][0] == pytest.approx(found["share"][1], abs=0.02)
