"""Build ``instances/warsaw-desk`` from counts of a cash desk in a Warsaw district office: who waits, who is called.

Snapshots every five minutes of nine desks over nine days of January 2020, city open data gathered by the package
kolejkeR (MIT licence). One desk becomes the instance: that of the office of Praga-Południe, the busiest of the nine.
The counts are no part of the project. Run it with ``python -m benchmarks.instances.warsaw_desks [FILE]``.
"""

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.calibration.arrivals import ArrivalCounts, ArrivalRates, arrival_rates
from optimizer.calibration.branch_writing import TABLES, csv_text
from optimizer.calibration.count_estimates import Intervals, intervals_of, service_rate
from optimizer.calibration.counts import CountLog, CountMapping, read_counts
from optimizer.calibration.day_factor import day_factor
from optimizer.calibration.draft import Draft, Source, number, said
from optimizer.calibration.estimate import Estimated
from optimizer.calibration.log_days import OPEN_SHARE
from optimizer.calibration.mapping import layout_of
from optimizer.calibration.toml_text import toml_text
from optimizer.problem import Branch, format_clock, write_text
from optimizer.problem.calendar import WEEKDAYS

ROOT = Path(__file__).parents[2]
FILE = ROOT.parent / "shared" / "data" / "warsaw_cash_desks" / "cash_desks_5min.csv"
INSTANCE = ROOT / "instances" / "warsaw-desk"
DESK = "175"
PERIOD = 30
COLUMNS = {"queue": "queue_id", "ts": "ts", "open": "open_counters", "waiting": "waiting", "called": "called"}
DAY, CLASS = "weekday", ("payment", "all")
README = """
Built by `benchmarks/instances/warsaw_desks.py` from snapshots of one cash desk, that of the Warsaw district office of
Praga-Południe, every five minutes on nine working days of January 2020: open counters, people waiting, numbers called.
City open data of Warsaw, gathered by the package kolejkeR (MIT licence). The counts themselves are not part of the
project.

Counts tell less than tickets. A number called is taken for a customer served; nobody is taken to give up unseen; while
somebody waits every open counter is taken to serve this desk. Where a counter also serves another queue, service is
shorter than it looks here. A unit of money stands for a yuan, and every price is an assumption.

| what | value | learnt or assumed |
|---|---|---|
"""


def snapshots(file: Path) -> CountLog:
    """All desks."""
    return read_counts(file, layout_of({"columns": COLUMNS}, CountMapping))


def opening(intervals: Intervals, period: int = PERIOD) -> tuple[int, int]:
    """Periods in which customers come, by the rule that logs of tickets have."""
    arrivals = np.bincount((intervals.start // period).astype(int), intervals.arrivals)
    busy = np.flatnonzero(arrivals >= OPEN_SHARE * arrivals.max())
    return int(busy[0]) * period, (int(busy[-1]) + 1) * period


def counts_of(intervals: Intervals, hours: tuple[int, int], period: int = PERIOD) -> ArrivalCounts:
    """Customers by day and period, as if they had been counted one by one."""
    days, place = np.unique(intervals.day, return_inverse=True)
    of = ((intervals.start + intervals.length / 2 - hours[0]) // period).astype(int)
    inside = (of >= 0) & (of < (hours[1] - hours[0]) // period)
    customers = np.zeros((len(days), 1, (hours[1] - hours[0]) // period))
    np.add.at(customers, (place[inside], 0, of[inside]), intervals.arrivals[inside])
    outside = int(intervals.arrivals[~inside].sum())
    return ArrivalCounts(DAY, tuple(days.astype(object)), (CLASS,), hours[0], period, customers, outside)


def rates_of(counts: ArrivalCounts) -> ArrivalRates:
    """Arrival rates of the one day type."""
    return arrival_rates({DAY: counts})[DAY]


def desk(log: CountLog, queue: str = DESK) -> tuple[Branch, dict[str, str]]:
    """The branch that one desk makes, and the texts of its files."""
    intervals = intervals_of(log, queue)
    hours = opening(intervals)
    counts = counts_of(intervals, hours)
    rates, factor, served = rates_of(counts), day_factor({DAY: counts}), service_rate(intervals)
    counters = int(intervals.open_before.max())
    draft = Draft({"name": "Warsaw desk", "period": PERIOD})
    draft.find(("windows",), counters, "the most counters open")
    if factor is not None:
        draft.learn(("busyness_scv",), factor.likelihood, "days")
    for weekday in WEEKDAYS[:5]:
        draft.put(("opening", weekday), {"open": format_clock(hours[0]), "close": format_clock(hours[1])})
    span = "-".join(map(format_clock, hours))
    draft.remarks["opening",] = "learnt: when customers came"
    draft.tell("opening", span, Source.LEARNT, f"when customers came on {len(counts.dates)} days, to {PERIOD} minutes")
    draft.assume(("day_types", DAY, "days"), 63, "working days of a quarter")
    draft.put(("day_types", DAY, "weekdays"), list(WEEKDAYS[:5]))
    _customers(draft, rates, counts)
    mean = Estimated(1 / served.value, served.standard_error / served.value**2, served.n, served.freedom)
    time = {"mean": number(mean.value), "scv": 1.0, "distribution": "exponential"}
    draft.tell("service time: cash, payment", f"{mean.value:.3g} min", Source.LEARNT, said(mean, "intervals"))
    draft.tell("its distribution", "exponential", Source.ASSUMED, "counts tell the mean far better than the shape")
    _assumed(draft, hours, counters)
    raw = draft.raw | {"arrivals": {DAY: {CLASS[0]: {CLASS[1]: (rates.rates[0] * PERIOD).tolist()}}}}
    channels = {"cash": raw["channels"]["cash"] | {"service": {CLASS[0]: time}}}
    branch = Branch.model_validate(raw | {"channels": channels})
    return branch, _texts(draft, rates, time)


def _customers(draft: Draft, rates: ArrivalRates, counts: ArrivalCounts) -> None:
    a_day = counts.totals.mean()
    words = f"n = {counts.totals.sum():,.0f} customers on {len(counts.dates)} days; {counts.outside} came outside"
    draft.tell(f"customers on {DAY}", f"{a_day:,.1f} a day", Source.LEARNT, words)
    peak = int(rates.rates[0].argmax())
    clock = format_clock(rates.opening + peak * PERIOD)
    draft.tell(f"customers a minute at {clock}", f"{rates.rates[0, peak]:.3g}", Source.LEARNT,
               said(rates.estimate(0, peak), "customers"))  # fmt: skip


def _assumed(draft: Draft, hours: tuple[int, int], counters: int) -> None:
    clocks = [format_clock(moment) for moment in hours]
    values: dict[tuple[str, ...], tuple[Any, str]] = {
        ("tiers", "all", "waiting_cost"): (30.0, "of an hour"),
        ("tiers", "all", "loss"): (20.0, "nobody is seen to give up"),
        ("transactions", "payment", "channel"): ("cash", "one queue"),
        ("channels", "cash", "kind"): ("window", "counters"),
        ("channels", "cash", "least"): (1, ""),
        ("channels", "cash", "most"): (counters, "the most that were open"),
        ("skills", "cashier", "wage"): (60.0, "of an hour"),
        ("skills", "cashier", "serves"): (["cash"], ""),
        ("skills", "cashier", "available"): ({DAY: 2 * counters}, "people on the staff list"),
        ("skills", "cashier", "shrinkage"): (0.1, ""),
        ("skills", "cashier", "shifts", "earliest_start"): (clocks[0], ""),
        ("skills", "cashier", "shifts", "latest_end"): (clocks[1], ""),
        ("skills", "cashier", "shifts", "lengths"): ([4.0, 6.0, 8.0], "hours"),
        ("skills", "cashier", "shifts", "start_step"): (60.0 if math.fmod(hours[1] - hours[0], 60) == 0 else 30.0, ""),
    }
    for path, (value, words) in values.items():
        draft.assume(path, value, words)


def _texts(draft: Draft, rates: ArrivalRates, time: dict[str, Any]) -> dict[str, str]:
    starts = [format_clock(rates.opening + t * PERIOD) for t in range(rates.rates.shape[1])]
    rows = [(DAY, start, *CLASS, f"{PERIOD * rate:.6g}") for start, rate in zip(starts, rates.rates[0], strict=True)]
    head = "# Learnt from counts of a cash desk: beside each number stands where it comes from.\n\n"
    entries = [f"| {e.what} | {e.value} | {e.source}{': ' if e.words else ''}{e.words} |" for e in draft.entries]
    return {
        "branch.toml": head + toml_text(draft.raw, draft.remarks),
        "arrivals.csv": csv_text(TABLES["arrivals.csv"], rows),
        "service_times.csv": csv_text(
            TABLES["service_times.csv"], [("cash", CLASS[0], time["distribution"], time["mean"], time["scv"])]
        ),
        "README.md": "# Warsaw desk\n" + README + "\n".join(entries) + "\n",
    }


def main(file: Path = FILE) -> None:
    """Write the files of the instance."""
    if not file.exists():
        print(f"no data in {file}: nothing to build from")
        return
    for name, text in desk(snapshots(file))[1].items():
        write_text(INSTANCE / name, text)
        print(f"wrote {INSTANCE / name}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
