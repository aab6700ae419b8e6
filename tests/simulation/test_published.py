"""Published studies: a call centre with a random day factor, nine stations in a row, the tellers of two banks."""

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from optimizer.simulation.arrays import hall_arrays
from optimizer.simulation.day import follow_day
from optimizer.simulation.distributions import Distribution
from optimizer.simulation.hall import CustomerClass, Hall, Station, Visit
from optimizer.simulation.records import (
    ABANDONED,
    ARRIVALS,
    DONE,
    GIVE_UP,
    JOIN,
    NO_LOG,
    NONE_GIVEN,
    START,
    WAITING,
    WITHIN,
    WRITTEN,
    Log,
    workspace,
)
from optimizer.simulation.replications import Replications, simulate_hall

SEED = 20261126
"""Of every simulation here, chosen before any was run."""
REFERENCE = Path(__file__).parent.parent / "reference"
exponential = Distribution.exponential


@dataclass(frozen=True)
class Mean:
    """A ratio of means over days, and its standard error by the delta method."""

    value: float
    error: float

    @classmethod
    def of(cls, totals, base):
        value = totals.sum() / base.sum()
        return cls(value, np.std(totals - value * base, ddof=1) / sqrt(len(totals)) / base.mean())

    def half_width(self, comparisons):
        """Of intervals that hold together with 99 %."""
        return NormalDist().inv_cdf(1 - 0.005 / comparisons) * self.error


def follow_days(hall, count, room, read, log_room=0):
    """What ``read`` makes of each day's totals, with the log and the workspace, by two workers."""
    arrays = hall_arrays(hall)

    def follow(some):
        work, rows = workspace(arrays, room), []
        log = Log(np.empty(log_room), *np.empty((4, log_room), dtype=np.int64)) if log_room else NO_LOG
        for index in some:
            totals = np.zeros((len(arrays.station), WITHIN + arrays.limits.shape[1], hall.periods + 1))
            occupied = np.zeros((len(arrays.remote), hall.periods + 1))
            assert follow_day(arrays, work, totals, occupied, log, NONE_GIVEN, np.uint64(SEED), index) == DONE
            rows.append(read(totals, log, work))
        return rows

    with ThreadPoolExecutor(2) as pool:
        halves = pool.map(follow, (range(count // 2), range(count // 2, count)))
    return np.array([row for half in halves for row in half])


CENTRE = json.loads((REFERENCE / "call_centre.json").read_text(encoding="utf-8"))
CENTRE_DAYS = {400: 20_000, 10: 8_000}
"""By the shape of the day factor; in either case more than the published study followed."""


def call_centre(shape):
    """The example CallCenter of the SSJ library; who is in service when agents leave is finished."""
    patience = Distribution.hyperexponential(CENTRE["no_patience"], 0.0, CENTRE["patience_seconds"] / 60)
    visit = Visit(exponential(CENTRE["service_seconds"] / 60), patience=patience)
    agents = Station("agents", tuple((60.0 * t, n) for t, n in enumerate(CENTRE["agents"])))
    rates = tuple(calls / 60 for calls in CENTRE["calls_per_hour"])
    callers = CustomerClass("callers", rates, ("agents",), {"agents": visit})
    return Hall(60.0, (agents,), (callers,), busyness_scv=1 / shape)


def seconds_within_lost(totals, log, work):
    """Seconds waited, callers who wait at most the limit, served or not, and callers lost."""
    count = work.counts[WRITTEN]
    assert count <= len(log.moment)
    event, caller, moment = log.event[:count], log.customer[:count], log.moment[:count]
    joined, gone = event == JOIN, (event == START) | (event == GIVE_UP)
    wait = np.empty(np.count_nonzero(joined))
    wait[caller[gone]] = moment[gone]
    wait[caller[joined]] -= moment[joined]
    assert np.isclose(wait.sum(), totals[0, WAITING].sum())
    return 60 * wait.sum(), np.count_nonzero(wait <= CENTRE["limit_seconds"] / 60), totals[0, ABANDONED].sum()


@pytest.mark.parametrize("case", CENTRE["cases"], ids=lambda case: f"shape {case['shape']}")
def test_the_call_centre_is_the_published_one(case):
    count = CENTRE_DAYS[case["shape"]]
    rows = follow_days(call_centre(case["shape"]), count, 12_000, seconds_within_lost, log_room=60_000)
    expected = np.full(count, float(sum(CENTRE["calls_per_hour"])))
    for name, column in zip(("mean_wait", "within_limit", "lost"), rows.T, strict=True):
        mean = Mean.of(column, expected)
        estimate, *interval = case["published"][name]
        if interval:
            assert interval[0] <= round(mean.value, 3) <= interval[1], name
        else:
            assert round(mean.value, 3) == estimate, name
        for source in ("recomputed", "resimulated"):
            estimate, *error = case[source][name]
            both = Mean(mean.value, sqrt(mean.error**2 + sum(error) ** 2))
            assert abs(mean.value - estimate) <= both.half_width(6), (name, source)


(ROW,) = json.loads((REFERENCE / "stages.json").read_text(encoding="utf-8"))["tandem"]
LENGTH, LOOKED_AT, ROW_DAYS = 12_000.0, slice(1, 4), 120
OF_THE_LAST = 0.16
"""Standard error of the recomputed wait of the last station."""


@pytest.fixture(scope="module")
def waits():
    """Mean waits of nine single servers in a row behind arrivals of scv 8, the last one the bottleneck.

    The first period is left out; it is several times as long as the last station remembers.
    """
    names = tuple(f"station {k}" for k in range(1, len(ROW["mean_services"]) + 1))
    visits = {name: Visit(exponential(mean)) for name, mean in zip(names, ROW["mean_services"], strict=True)}
    customers = CustomerClass("all", (ROW["arrival_rate"],) * 4 + (0.0,), names, visits)
    share = (1 + sqrt((ROW["arrival_scv"] - 1) / (ROW["arrival_scv"] + 1))) / 2
    gap = Distribution.hyperexponential(share, 1 / (2 * share), 1 / (2 * (1 - share)))
    hall = Hall(LENGTH, tuple(map(Station, names)), (customers,), gap=gap)
    looked_at = follow_days(
        hall, ROW_DAYS, 60_000, lambda totals, log, work: totals[:, [WAITING, ARRIVALS], LOOKED_AT].sum(axis=2)
    )
    return [Mean.of(waiting, arrivals) for waiting, arrivals in looked_at.transpose(1, 2, 0)]


def test_waits_in_a_row_of_nine_are_those_recomputed(waits):
    errors = [0.0] * (len(waits) - 1) + [OF_THE_LAST]
    for wait, value, error in zip(waits, ROW["recomputed"], errors, strict=True):
        both = Mean(wait.value, sqrt(wait.error**2 + error**2))
        assert abs(wait.value - value) <= both.half_width(len(waits)), value


def test_waits_in_a_row_of_nine_are_those_published(waits):
    """Table 2 of Whitt and You (2018) prints three figures and no interval."""
    for wait, value in zip(waits, ROW["published"], strict=True):
        assert abs(wait.value - value) <= 0.005 + wait.half_width(len(waits)), value


def published_rows():
    with (REFERENCE / "published_mmc.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", published_rows(), ids=lambda row: row["case"])
def test_the_tellers_of_a_bank_are_as_busy_as_published(row):
    """M/M/c in the second half of a long run; the intervals of all four rows hold together with 99 %.

    Shares of busy time to .3 %; waits at loads of .92 and .93 to 6 %, of .62 and .73 to 2 %.
    """
    unit = {"per 5 min": 5.0, "per hour": 60.0}[row["unit"]]
    rate, service = float(row["lambda"]) / unit, unit / float(row["mu"])
    length = 1500 * service
    customers = CustomerClass("all", (rate, rate, 0.0), ("tellers",), {"tellers": Visit(exponential(service))})
    hall = Hall(length, (Station("tellers", ((0.0, int(row["c"])),)),), (customers,))
    estimate = simulate_hall(hall, Replications(1000, SEED))
    wait, busy = estimate.measures("tellers", by_period=True).mean_wait, estimate.utilization("tellers")
    values = [(wait, float(row["Wq_calc"]) * unit), (busy, float(row["rho_calc"]))]
    if row["published"].startswith("idle"):
        values.append((busy, 1 - float(row["published"].removeprefix("idle ").removesuffix("%")) / 100))
    else:
        values.append((wait, float(row["published"].removeprefix("Wq ").partition(" h")[0]) * unit))
    for got, value in values:
        low, high = got.interval(1 - 0.01 / 12)
        assert low[1] <= value <= high[1]
