"""Numbers against the clock, heaps, holes, and customers who overtake."""

import numpy as np
import pytest

from optimizer.calibration.doubts import Severity, doubts

HALL = {"days": 5, "windows": 4, "a_day": 400.0, "service": 4.0, "scv": 0.5, "steady": 1000.0, "profile": np.ones(16)}
HALL |= {"vip": 0.0, "patience": 0.0, "no_show": 0.0, "gap": 0.0, "grid": 1 / 60, "named": False}


@pytest.fixture(scope="module")
def columns(honest):
    return honest(9, **HALL)


def kept(columns, rows):
    return {name: column[rows] for name, column in columns.items()}


def moved(columns, rows, minutes):
    """The columns with the moments of some rows moved."""
    changed = dict(columns)
    for name in ("arrival", "called", "started", "ended", "left_at"):
        changed[name] = columns[name] + np.where(rows, minutes, 0.0)
    return changed


def test_an_hour_without_anybody_is_a_hole(columns, log):
    day = columns["day"] == np.unique(columns["day"])[2]
    missing = day & (columns["arrival"] >= 660) & (columns["arrival"] < 720)
    doubt = doubts(log(kept(columns, ~missing))).named("holes")
    assert doubt.severity is Severity.WARNING
    assert "2026-01-07 from 11:00" in doubt.words
    assert 40 < doubt.found["expected"] < 60


def test_a_break_for_lunch_on_every_day_is_no_hole(columns, log):
    open_ = (columns["arrival"] < 720) | (columns["arrival"] >= 780)
    assert doubts(log(kept(columns, open_))).named("holes") is None


def test_a_clock_that_was_set_back_is_found(columns, log):
    day = columns["day"] == np.unique(columns["day"])[1]
    doubt = doubts(log(moved(columns, day & (columns["arrival"] > 700), -60.0))).named("clock jumps")
    assert doubt.severity is Severity.WARNING
    assert 55 < doubt.found["most"] <= 60
    assert doubt.found["jumps"] == 1


def test_numbers_that_are_missing_repeated_or_out_of_order_are_warnings(columns, log):
    n = len(columns["day"])
    rng = np.random.default_rng(2)
    gaps = doubts(log(kept(columns, rng.random(n) > 0.2))).named("ticket numbers missing")
    assert gaps.severity is Severity.WARNING
    assert 0.15 < gaps.found["share"] < 0.25
    twice = doubts(log(columns | {"number": columns["number"] // 2 + 1})).named("ticket numbers repeated")
    assert twice.found["share"] == pytest.approx(0.5, abs=0.01)
    mixed = np.concatenate(
        [
            rng.permutation(part)
            for part in np.split(columns["number"], np.flatnonzero(np.diff(columns["number"]) < 0) + 1)
        ]
    )
    assert doubts(log(columns | {"number": mixed})).named("ticket numbers against").found["share"] > 0.4


def test_numbers_that_run_by_tier_are_in_order(honest, log):
    columns = honest(9, **(HALL | {"vip": 0.3}))
    number = columns["number"].copy()
    for day in np.unique(columns["day"]):
        for tier in ("vip", "ordinary"):
            rows = (columns["day"] == day) & (columns["tier"] == tier)
            number[rows] = np.arange(rows.sum()) + 1
    report = doubts(log(columns | {"number": number}))
    assert not [doubt for doubt in report.doubts if "number" in doubt.name]


def test_numbers_that_do_not_begin_anew_say_nothing(columns, log):
    number = np.random.default_rng(3).permutation(10**6)[: len(columns["day"])]
    assert doubts(log(columns | {"number": number})).named("ticket numbers").severity is Severity.NOTE


@pytest.mark.parametrize(("step", "noun"), [(1.0, "the full minute"), (5.0, "five minutes")])
def test_arrivals_written_down_by_people_are_heaped(columns, log, step, noun):
    some = np.random.default_rng(4).random(len(columns["day"])) < 0.5
    arrival = np.where(some, np.floor(columns["arrival"] / step) * step, columns["arrival"])
    report = doubts(log(columns | {"arrival": arrival}))
    assert any(noun in line for line in report.lines(Severity.WARNING))
    assert not report.refused


def test_whole_minutes_are_no_heap(honest, log):
    assert doubts(log(honest(9, **(HALL | {"grid": 1.0})))).named("heaped moments") is None


def test_a_priority_that_is_not_told_makes_inversions_but_no_refusal(honest, log):
    columns = honest(9, **(HALL | {"vip": 0.2, "service": 4.6}))
    assert doubts(log(columns)).named("inversions") is None
    del columns["tier"]
    report = doubts(log(columns))
    assert report.named("inversions").severity is Severity.WARNING
    assert not report.refused
