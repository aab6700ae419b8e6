"""Which logs are refused: invented ones; and which are not: those of real and simulated halls."""

import csv
from pathlib import Path

import numpy as np
import pytest

from optimizer.calibration.doubts import Severity, doubts
from optimizer.calibration.log import log_of
from optimizer.calibration.mapping import read_mapping
from optimizer.calibration.reading import read_log

DATA = Path(__file__).parents[4] / "shared" / "data"
HALL = {"days": 4, "windows": 3, "a_day": 150.0, "service": 8.5, "scv": 0.6, "steady": 1000.0, "profile": np.ones(16)}
HALL |= {"vip": 0.1, "patience": 0.0, "no_show": 0.05, "gap": 0.5, "grid": 1 / 60, "named": False}
"""A busy hall of three windows."""


def minutes(text):
    """Minutes after midnight of 8:00, or 08:00:00 AM."""
    hours, minute = map(int, text.split()[0].split(":")[:2])
    return 60 * (hours + 12 * ("PM" in text and hours < 12)) + minute


@pytest.fixture(scope="module")
def suspect():
    """A function that gives a day of the published log that cannot have been measured."""

    def suspect(bank):
        path = DATA / "suspect_log" / f"bank{bank}_day1.csv"
        if not path.exists():
            pytest.skip("the suspect log is not there")
        with path.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        arrival = np.array([float(minutes(row["arrival"])) for row in rows])
        called = arrival + [float(row["wait_min"]) for row in rows]
        return log_of(
            {
                "day": ["2020-01-06"] * len(rows),
                "arrival": arrival,
                "started": called,
                "ended": called + [float(row["service_min"]) for row in rows],
                "number": [int(row["number"]) for row in rows],
                "outcome": ["served"] * len(rows),
            }
        )

    return suspect


@pytest.mark.parametrize("bank", [1, 2, 3])
def test_a_log_that_cannot_have_been_measured_is_refused_with_the_reasons(suspect, bank):
    report = doubts(suspect(bank))
    assert report.refused
    assert report.named("independent waits").found["correlation"] < 0.1
    assert report.named("independent waits").found["overtaking"] > 0.9
    assert report.named("services apart from calls")


@pytest.mark.parametrize("bank", [1, 2])
def test_times_drawn_evenly_are_named(suspect, bank):
    assert "waits between" in report_line(doubts(suspect(bank)), "uniform times")


def report_line(report, name):
    return next(line for line in report.lines() if name in line)


def test_the_calls_of_a_real_bank_are_accepted():
    folder = DATA / "anonymous_bank_1999"
    if not folder.exists():
        pytest.skip("the calls of the anonymous bank are not there")
    mapping = read_mapping(Path(__file__).parents[1] / "data" / "anonymous_bank_1999.toml")
    log = read_log(folder, mapping)
    for seed in range(3):
        assert not doubts(log, seed=seed).refused


def test_logs_of_halls_that_call_in_turn_are_accepted(honest, log):
    refused = [seed for seed in range(200) if doubts(log(honest(seed))).refused]
    assert len(refused) <= 4


@pytest.mark.parametrize("grid", [1 / 60, 1.0])
def test_independent_waits_are_refused(honest, with_waits, log, grid):
    columns = honest(3, **(HALL | {"grid": grid}))
    wait = columns["called"] - columns["arrival"]
    rng = np.random.default_rng(3)
    invented = {
        "uniform": rng.uniform(5, 15, len(wait)),
        "exponential": rng.exponential(10, len(wait)),
        "shuffled": rng.permutation(wait[np.isfinite(wait)])[np.arange(len(wait)) % np.isfinite(wait).sum()],
    }
    assert not doubts(log(columns)).refused
    for name, waits in invented.items():
        report = doubts(log(with_waits(columns, np.round(waits / grid) * grid)))
        assert report.refused, name
        assert report.named("independent waits"), name


@pytest.mark.parametrize("grid", [1 / 60, 1.0])
def test_shuffled_services_are_refused(honest, log, grid):
    columns = honest(4, **(HALL | {"grid": grid}))
    service = columns["ended"] - columns["started"]
    served = np.isfinite(service)
    service[served] = np.random.default_rng(4).permutation(service[served])
    columns["ended"] = columns["started"] + service
    report = doubts(log(columns))
    assert report.refused
    assert report.named("services apart from calls")


@pytest.mark.parametrize("change", ["shuffled waits", "uniform waits", "exponential waits", "shuffled services"])
def test_most_invented_logs_of_busy_halls_are_refused(honest, with_waits, log, change):
    refused = 0
    for seed in range(10):
        columns = honest(seed, **(HALL | {"days": 2}))
        rng = np.random.default_rng(seed)
        wait, served = columns["called"] - columns["arrival"], np.isfinite(columns["ended"])
        if change == "shuffled services":
            service = (columns["ended"] - columns["started"])[served]
            columns["ended"][served] = columns["started"][served] + rng.permutation(service)
        else:
            mean, n = np.nanmean(wait), len(wait)
            drawn = {"shuffled waits": rng.permutation(wait), "uniform waits": rng.uniform(0.4 * mean, 1.6 * mean, n)}
            drawn["exponential waits"] = rng.exponential(mean, n)
            columns = with_waits(columns, np.nan_to_num(drawn[change]))
        refused += doubts(log(columns)).refused
    assert refused >= 9


def test_a_hall_in_which_nobody_is_served_at_once_is_a_warning(suspect, honest, log):
    assert "shortest of 857 waits is 5.0 min" in doubts(suspect(1)).named("no short wait").words
    assert doubts(log(honest(3, **HALL))).named("no short wait") is None


def test_the_report_is_the_same_for_the_same_seed(honest, log):
    columns = honest(3, **HALL)
    assert doubts(log(columns), seed=1).lines() == doubts(log(columns), seed=1).lines()


def test_the_report_tells_the_most_serious_first(suspect):
    report = doubts(suspect(1))
    severities = [doubt.severity for doubt in report.doubts]
    assert severities == sorted(severities, reverse=True)
    assert len(report.lines(Severity.REFUSE)) == 3
