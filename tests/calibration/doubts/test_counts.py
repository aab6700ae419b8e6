"""Counts in place of tickets: real ones are accepted, invented and broken ones are not."""

import csv
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from optimizer.calibration.doubts import Severity, count_doubts

PATH = Path(__file__).parents[4] / "shared" / "data" / "warsaw_cash_desks" / "cash_desks_5min.csv"


@pytest.fixture
def queue():
    """Counts of a queue with two counters, over three days, every five minutes."""
    rng = np.random.default_rng(5)
    day, moment, waiting, called = [], [], [], []
    for number in range(3):
        left = 0
        for step in range(96):
            come, gone = rng.poisson(3.0), 0
            gone = min(left + come, rng.poisson(3.1))
            left += come - gone
            day.append(number)
            moment.append(540 + 5 * step)
            waiting.append(left)
            called.append(gone)
    return {
        "day": day,
        "moment": moment,
        "waiting": np.array(waiting),
        "called": np.array(called),
        "servers": [2] * 288,
    }


def test_counts_of_a_queue_are_accepted(queue):
    assert count_doubts(**queue).lines() == []


def test_real_counts_are_accepted():
    if not PATH.exists():
        pytest.skip("the counts of the cash desks are not there")
    with PATH.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    desks = 0
    for _, desk in groupby(rows, lambda row: row["queue_id"]):
        own = list(desk)
        moments = [row["ts"].split() for row in own]
        clock = [int(time[:2]) * 60 + int(time[3:5]) for _, time in moments]
        numbers = [[float(row[name] or "nan") for row in own] for name in ("waiting", "called", "open_counters")]
        assert not count_doubts([day for day, _ in moments], clock, *numbers).refused
        desks += 1
    assert desks == 9


def test_counts_without_memory_are_refused(queue):
    invented = np.random.default_rng(6).integers(2, 20, 288)
    assert count_doubts(**(queue | {"waiting": invented})).named("no memory").severity is Severity.REFUSE
    shuffled = np.random.default_rng(6).permutation(queue["waiting"])
    assert count_doubts(**(queue | {"waiting": shuffled})).refused


def test_counts_that_cannot_be_are_refused(queue):
    assert (
        count_doubts(**(queue | {"waiting": queue["waiting"] - 1})).named("impossible counts").severity
        is Severity.REFUSE
    )
    assert count_doubts(**(queue | {"waiting": queue["waiting"] + 0.5})).refused


def test_moments_that_run_back_are_refused(queue):
    assert count_doubts(**(queue | {"moment": queue["moment"][::-1]})).named("clock jumps").severity is Severity.REFUSE


def test_a_display_that_stands_still_is_a_warning(queue):
    queue["waiting"][20:40], queue["called"][20:40] = 5, 0
    assert count_doubts(**queue).named("stuck").severity is Severity.WARNING


def test_people_who_vanish_are_a_warning(queue):
    assert count_doubts(**(queue | {"called": queue["called"] * 0})).named("balance").severity is Severity.WARNING


def test_a_few_counts_say_nothing():
    assert count_doubts([1, 1], [540, 545], [0, 1]).lines() == ["note: counts: too few to doubt them"]
