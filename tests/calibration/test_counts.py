import datetime as dt
from heapq import heapreplace
from pathlib import Path

import numpy as np
import pytest

from optimizer.calibration.count_estimates import Intervals, arrival_rates, intervals_of, service_rate
from optimizer.calibration.counts import CountMapping, read_count_mapping, read_counts
from optimizer.calibration.mapping import layout_of, mapping_text
from optimizer.errors import DataRefused, InvalidParameterError

WARSAW = Path(__file__).parents[3] / "shared" / "data" / "warsaw_cash_desks" / "cash_desks_5min.csv"
COLUMNS = {"ts": "ts", "queue": "office", "open": "open_counters", "waiting": "waiting", "called": "called"}
LAST = {"ts": "ts", "open": "open", "waiting": "waiting", "last_called": "last"}
RATES = np.array([0.25, 0.45, 0.6, 0.6, 0.35, 0.15])
"""Customers a minute, by hour from nine."""
OPEN, SERVICE = 2, 3.5
RUNS, DAYS = 200, 9


def mapping(columns, **parts):
    return layout_of({"columns": columns, **parts}, CountMapping)


def drawn(generator, kind, size):
    scale = {"exponential": SERVICE, "lognormal": 0.6, "gamma": SERVICE / 2}[kind]
    if kind == "lognormal":
        return generator.lognormal(np.log(SERVICE) - scale**2 / 2, scale, size)
    return generator.exponential(scale, size) if kind == "exponential" else generator.gamma(2.0, scale, size)


def simulated(seed, kind="exponential"):
    """Snapshots of a queue in order of arrival, every five minutes more or less."""
    generator = np.random.default_rng(seed)
    parts = []
    for day in range(DAYS):
        times = [540 + 60 * (hour + generator.random(generator.poisson(60 * rate))) for hour, rate in enumerate(RATES)]
        arrivals = np.sort(np.concatenate(times))
        free, starts = [0.0] * OPEN, []
        for arrival, service in zip(arrivals, drawn(generator, kind, len(arrivals)), strict=True):
            starts.append(max(arrival, free[0]))
            heapreplace(free, starts[-1] + service)
        moments = np.arange(540.0, 901.0, 5.0)
        moments[1:-1] += generator.integers(-1, 2, len(moments) - 2)
        called = np.searchsorted(np.sort(starts), moments, side="right")
        waiting = np.searchsorted(arrivals, moments, side="right") - called
        parts.append(
            (np.full(len(moments) - 1, day), moments[:-1], np.diff(moments), waiting[:-1], waiting[1:], np.diff(called))
        )
    day, start, length, before, after, calls = (np.concatenate(part) for part in zip(*parts, strict=True))
    counters = np.full(len(day), float(OPEN))
    return Intervals(day.astype("datetime64[D]"), start, length, counters, counters, before.astype(float),
                     after.astype(float), calls.astype(float), 0)  # fmt: skip


@pytest.mark.parametrize(("kind", "seed"), [("exponential", 11), ("lognormal", 12), ("gamma", 13)])
def test_intervals_of_rates_cover_the_truth(kind, seed):
    served = np.zeros(RUNS, dtype=bool)
    arrived = np.zeros((RUNS, len(RATES)), dtype=bool)
    for run in range(RUNS):
        intervals = simulated([seed, run], kind)
        low, high = service_rate(intervals).interval(0.95)
        served[run] = low <= 1 / SERVICE <= high
        for n, found in enumerate(arrival_rates(intervals, 60.0)):
            low, high = found.rate.interval(0.95)
            arrived[run, n] = low <= RATES[n] <= high
    assert 0.90 <= served.mean() <= 0.99
    assert np.all((arrived.mean(axis=0) >= 0.90) & (arrived.mean(axis=0) <= 0.99))


def test_a_service_rate_is_not_drawn_down_by_empty_queues():
    rates = [service_rate(simulated([21, run])).value for run in range(30)]
    assert np.mean(rates) == pytest.approx(1 / SERVICE, rel=0.02)


def test_a_service_rate_needs_somebody_who_waits():
    intervals = simulated(1)
    nobody = Intervals(**{**vars(intervals), "waiting_before": np.zeros(len(intervals.day))})
    with pytest.raises(InvalidParameterError, match="20 are needed"):
        service_rate(nobody)
    idle = Intervals(**{**vars(intervals), "called": np.zeros(len(intervals.day))})
    with pytest.raises(InvalidParameterError, match="nobody is called"):
        service_rate(idle)


@pytest.fixture
def read(tmp_path):
    def read_text(text, given):
        path = tmp_path / "counts.csv"
        path.write_text(text, encoding="utf-8")
        return read_counts(path, given)

    return read_text


SNAPSHOTS = """ts,open,waiting,last
2026-01-05 09:00:00,1,2,10
2026-01-05 09:05:00,1,3,12.0
2026-01-05 09:10:00,1,1,14
2026-01-05 09:15:00,1,0,3
2026-01-05 10:30:00,1,0,9
2026-01-05 10:35:00,1,0,9
2026-01-06 09:00:00,2,0,
2026-01-06 09:05:00,2,1,1
"""


def test_calls_follow_from_the_last_number_but_where_it_falls_back(read):
    log = read(SNAPSHOTS, mapping(LAST))
    found = log.arrays("SELECT called FROM counts ORDER BY ts")["called"]
    assert [None if np.isnan(n) else n for n in found] == [None, 2, 2, None, 6, 0, None, None]


def test_arrivals_are_calls_and_the_change_of_waiting_but_over_holes(read):
    intervals = intervals_of(read(SNAPSHOTS, mapping(LAST)))
    assert list(intervals.start) == [540.0, 545.0, 630.0]
    assert list(intervals.arrivals) == [3.0, 0.0, 0.0]
    assert intervals.lost == 0
    assert intervals.left_out == 3  # the number fell back, an hour without snapshots, no number before the first


def test_days_are_chosen_by_their_dates(read):
    log = read(SNAPSHOTS.replace("2,0,\n", "2,0,0\n"), mapping(LAST))
    intervals = intervals_of(log, days=("2026-01-06",))
    assert (list(intervals.called), list(intervals.open_before)) == ([1.0], [2.0])
    with pytest.raises(InvalidParameterError):
        intervals_of(log, days=("2026-01-07",))


def test_snapshots_that_cannot_be_used_are_counted(read):
    text = "ts,open,waiting,last\n2026-01-05 09:00,1,0,1\nnoon,1,0,1\n2026-01-05 09:05,,0,1\n2026-01-05 09:05,1,-2,1\n"
    log = read(text + "2026-01-05 09:05,1,1.5,1\n2026-01-05 09:00:00,1,4,1\n2026-01-05 09:05,1,x,1\n", mapping(LAST))
    assert {rejection.reason: (rejection.count, rejection.lines) for rejection in log.rejections} == {
        "ts is not a moment": (1, (3,)), "open is missing": (1, (4,)), "waiting is negative": (1, (5,)),
        "waiting is not a number": (2, (6, 8)), "the moment stands twice": (1, (7,)),
    }  # fmt: skip
    assert log.arrays("SELECT queue, day, minute, waiting FROM counts")["minute"] == [540.0]


def test_moments_of_counts_are_told_on_the_clock_of_the_branch(read):
    given = mapping(LAST, zones={"log": "UTC", "branch": "Asia/Shanghai"})
    found = read("ts,open,waiting,last\n2026-01-04 23:00,1,0,1\n", given).arrays("SELECT day, minute FROM counts")
    assert (found["day"][0].astype("datetime64[D]").item(), found["minute"][0]) == (dt.date(2026, 1, 5), 420.0)


def test_calls_are_given_in_one_way():
    for columns in (LAST | {"called": "n"}, {"ts": "ts", "open": "open", "waiting": "waiting"}):
        with pytest.raises(DataRefused, match="called"):
            mapping(columns)


def test_a_mapping_of_counts_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "mapping.toml"
    path.write_text(mapping_text(mapping(COLUMNS, queue="cash")), encoding="utf-8")
    assert read_count_mapping(path) == mapping(COLUMNS, queue="cash")


@pytest.mark.parametrize("text", ["", "ts,open\n1,2\n", "ts,open,waiting,last\n", "ts,open,waiting,last\nx,1,1,1\n"])
def test_what_is_no_log_of_counts_is_refused(read, text):
    with pytest.raises(DataRefused):
        read(text, mapping(LAST))


@pytest.mark.skipif(not WARSAW.exists(), reason="the counts of the Warsaw desks are not there")
def test_the_desks_of_warsaw_are_read_whole():
    log = read_counts(WARSAW, mapping(COLUMNS))
    assert (log.snapshots, log.rejections) == (9774, ())
    assert len(log.arrays("SELECT DISTINCT queue FROM counts")["queue"]) == 9
    with pytest.raises(InvalidParameterError, match="UD_Wola"):
        intervals_of(log)
    intervals = intervals_of(log, "UD_Mokotow_2")
    assert intervals.lost <= 1
    assert 1 / service_rate(intervals).value == pytest.approx(3.0, abs=0.3)  # minutes
    assert sum(found.rate.value for found in arrival_rates(intervals)) * 60 * 9 == pytest.approx(1320, rel=0.05)
