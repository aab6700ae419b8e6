"""Windows and tellers on duty, from the services they gave."""

from datetime import date, timedelta

import numpy as np
import pytest

from optimizer.calibration.log import log_of
from optimizer.calibration.staffing import day_type_averages, on_duty
from optimizer.errors import InvalidParameterError

MONDAY = date(2026, 1, 5)


def log_with(services, **columns):
    """A log of services: day, window, beginning, end."""
    day, window, started, ended = map(list, zip(*services, strict=True))
    rest = {"arrival": started, "outcome": ["served"] * len(day)}
    return log_of({"day": day, "window_name": window, "started": started, "ended": ended} | rest | columns)


def simulated(rng, days, shares):
    """Windows that are busy all along; in each of two hours of each day their number is drawn anew."""
    number = rng.choice(len(shares), p=shares, size=2 * days)
    hour = np.repeat(np.arange(2 * days), number)
    window = np.concatenate([np.arange(n) for n in number]).astype(str)
    # Ten services of six minutes or somewhat less, the first and last of which fill the hour.
    starts = 6 * np.arange(10) + rng.uniform(0, 1, (len(hour), 10)) * (np.arange(10) > 0)
    dates = np.array([(MONDAY + timedelta(days=i)).isoformat() for i in range(days)])
    started = (540 + 60 * (hour % 2)[:, None] + starts).ravel()
    ended = (546 + 60 * (hour % 2)[:, None] + 6 * np.broadcast_to(np.arange(10), starts.shape)).ravel()
    columns = {"arrival": started, "started": started, "ended": ended, "outcome": np.full(len(ended), "served")}
    return log_of(columns | {"day": np.repeat(dates[hour // 2], 10), "window_name": np.repeat(window, 10)})


def test_a_window_counts_from_its_first_service_to_its_last():
    log = log_with([("2026-01-05", "1", 550.0, 555.0), ("2026-01-05", "1", 570.0, 585.0)])
    assert on_duty(log, (540, 600), 30).mean.tolist() == [[20 / 30, 15 / 30]]


def test_a_long_hole_ends_a_stretch():
    log = log_with([("2026-01-05", "1", 540.0, 545.0), ("2026-01-05", "1", 566.0, 570.0)])
    assert on_duty(log, (540, 570), 30, hole=20).mean.tolist() == [[9 / 30]]
    assert on_duty(log, (540, 570), 30, hole=21).mean.tolist() == [[1]]


def test_services_at_one_window_that_overlap_count_once():
    services = [("2026-01-05", "1", 540.0, 570.0), ("2026-01-05", "1", 545.0, 546.0), ("2026-01-05", "1", 569.0, 580.0)]
    assert on_duty(log_with(services), (540, 600), 60).mean.tolist() == [[40 / 60]]


def test_stretches_are_those_of_services_one_by_one():
    rng = np.random.default_rng(1)
    services = []
    for day in ("2026-01-05", "2026-01-06"):
        for window in "123":
            now = 540.0
            while (now := now + rng.exponential(12)) < 1000:
                services.append((day, window, now, now := now + rng.exponential(4)))
    expected = {}
    for day, window, started, ended in services:
        runs = expected.setdefault((day, window), [])
        if runs and started - runs[-1][1] <= 20:
            runs[-1][1] = ended
        else:
            runs.append([started, ended])
    minutes = [
        sum(e - s for (d, _), runs in expected.items() if d == day for s, e in runs)
        for day in sorted({s[0] for s in services})
    ]
    found = on_duty(log_with(services), (540, 1140), 30)
    assert (30 * found.mean.sum(axis=1)).tolist() == pytest.approx(minutes)


def test_windows_of_one_channel_can_be_asked_for():
    services = [("2026-01-05", "1", 540.0, 570.0), ("2026-01-05", "2", 540.0, 555.0)]
    log = log_with(services, channel=["cash", "vip"])
    assert on_duty(log, (540, 570), 30, channel="vip").mean.tolist() == [[0.5]]
    assert on_duty(log, (540, 570), 30).mean.tolist() == [[1.5]]


def test_tellers_can_be_asked_for_instead_of_windows():
    services = [("2026-01-05", "1", 540.0, 550.0), ("2026-01-05", "1", 550.0, 570.0)]
    log = log_with(services, teller=["Chen", "Wang"])
    assert on_duty(log, (540, 570), 30, who="teller").mean.tolist() == [[1.0]]


def test_a_number_that_nobody_answered_is_no_service():
    log = log_with(
        [("2026-01-05", "1", 540.0, 550.0), ("2026-01-05", "2", 540.0, 541.0)], outcome=["served", "no_show"]
    )
    assert on_duty(log, (540, 550), 10).mean.tolist() == [[1.0]]


def test_whole_numbers_are_rounded_half_up():
    services = [("2026-01-05", "1", 540.0, 570.0), ("2026-01-05", "2", 540.0, 555.0)]
    assert on_duty(log_with(services), (540, 570), 30).rounded.tolist() == [[2]]


def test_a_column_that_is_neither_window_nor_teller_is_refused():
    with pytest.raises(InvalidParameterError, match="day"):
        on_duty(log_with([("2026-01-05", "1", 540.0, 550.0)]), (540, 570), 30, who="day")


def test_hours_that_are_no_whole_number_of_periods_are_refused():
    with pytest.raises(InvalidParameterError, match="30"):
        on_duty(log_with([("2026-01-05", "1", 540.0, 550.0)]), (540, 560), 30)


def test_a_log_without_services_shows_nobody_on_duty():
    duty = on_duty(log_with([("2026-01-05", "1", 540.0, 550.0)], outcome=["abandoned"]), (540, 600), 30)
    assert duty.mean.shape == (0, 2)
    assert duty.average() == ()


def test_averages_are_over_the_days_of_a_type():
    services = [("2026-01-05", "1", 540.0, 570.0), ("2026-01-06", "1", 540.0, 555.0), ("2026-01-07", "1", 540.0, 546.0)]
    types = {MONDAY: "weekday", MONDAY + timedelta(days=1): "weekday", MONDAY + timedelta(days=2): "eve"}
    averages = day_type_averages(on_duty(log_with(services), (540, 570), 30), types)
    assert (averages["weekday"][0].value, averages["weekday"][0].n) == (0.75, 2)
    assert averages["eve"][0].value == pytest.approx(0.2)
    assert np.isnan(averages["eve"][0].standard_error)


def test_intervals_of_the_number_on_duty_cover_the_truth():
    days, runs = 12, 200
    duty = on_duty(simulated(np.random.default_rng(5), days * runs, [0, 0.2, 0.3, 0.5]), (540, 660), 60)
    hits = []
    for run in range(runs):
        mine = {MONDAY + timedelta(days=run * days + i) for i in range(days)}
        hits.append([low <= 2.3 <= high for low, high in (found.interval() for found in duty.average(mine))])
    assert 0.90 <= np.mean(hits) <= 0.99
