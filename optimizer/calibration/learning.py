"""Everything that a log tells, learnt at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from optimizer.calibration.amounts import Amounts, amounts
from optimizer.calibration.arrivals import ArrivalCounts, ArrivalRates, arrival_rates, count_arrivals
from optimizer.calibration.calendar import CalendarRules
from optimizer.calibration.day_factor import DayFactor, day_factor
from optimizer.calibration.doubts import DoubtReport, doubts
from optimizer.calibration.estimate import Estimated
from optimizer.calibration.log import SERVED, Rejection, TicketLog
from optimizer.calibration.log_days import LogDays, days_by_branch, days_by_log
from optimizer.calibration.names import Names, names_in
from optimizer.calibration.patience import Patience, patience
from optimizer.calibration.poisson import PoissonTest, dispersion, independence
from optimizer.calibration.service_times import Histogram, ServiceTimes, histograms, service_times
from optimizer.calibration.staffing import OnDuty, on_duty
from optimizer.calibration.tickets import DeadNumbers, dead_numbers, tickets_per_customer
from optimizer.errors import DataRefused, Fault
from optimizer.problem import Branch

CLASS = ("transaction", "tier")
PARTS = 7
LARGEST_SAMPLE = 1_000_000
"""Tickets in which services at once are counted, in whole days."""
SURELY, CLEARLY = 3.0, 0.8
"""A tier goes before another whose waits are longer by so many standard errors, its own at most this share of them."""
Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Learnt:
    """What a log tells, in the names that the log has."""

    source: str
    tickets: int
    rejections: tuple[Rejection, ...]
    doubts: DoubtReport
    days: LogDays
    period: int
    """Minutes."""
    names: Names
    """Names in a branch of what the log names."""
    counts: Mapping[str, ArrivalCounts]
    """By day type; classes are transaction and tier."""
    rates: Mapping[str, ArrivalRates]
    totals: Mapping[str, ArrivalRates]
    """Of all customers together, neither smoothed nor shrunk."""
    factor: DayFactor | None
    independence: PoissonTest
    dispersion: PoissonTest
    services: tuple[ServiceTimes, ...]
    histograms: tuple[Histogram, ...]
    """Of the services, in the same order."""
    patience: tuple[Patience, ...]
    dead: Mapping[str, DeadNumbers]
    """By transaction."""
    per_customer: Mapping[str, Estimated]
    """Tickets of a customer, by transaction."""
    amounts: tuple[Amounts, ...]
    served: Mapping[tuple[str, str, str], int]
    """Customers served by transaction, tier and channel; 0 where all gave up."""
    duty: Mapping[str, OnDuty]
    """Windows on duty by channel, from opening to closing of the longest day; channels without named windows lack."""
    busiest: Mapping[str, int]
    """Most services at once, by channel; of a large log on some whole days."""
    windows: int
    """Windows that have names or, where none has, the most services at once."""
    before: Mapping[str, tuple[str, ...]]
    """Tiers that wait longer where both are served by the same channel, by tier."""
    windows_given: bool = False
    """Whether the number of windows was given, not learnt."""

    def homes(self) -> dict[tuple[str, str], tuple[str, int, int]]:
        """By transaction and tier: the channel that serves most of them, how many, and of how many."""
        found: dict[tuple[str, str], dict[str, int]] = {}
        for (transaction, tier, channel), n in self.served.items():
            found.setdefault((transaction, tier), {})[channel] = n
        homes = {}
        for of_class, by_channel in found.items():
            channel = max(by_channel, key=lambda name: by_channel[name])
            homes[of_class] = channel, by_channel[channel], sum(by_channel.values())
        return homes

    @property
    def customers(self) -> int:
        """Customers of the days and hours that were learnt from."""
        return int(sum(counts.customers.sum() for counts in self.counts.values()))


def nothing(what: str, done: int, most: int) -> None:
    """Tell nobody what is done."""


def learn(
    log: TicketLog,
    rules: CalendarRules | None = None,
    *,
    base: Branch | None = None,
    period: int = 30,
    windows: int | None = None,
    doubted: DoubtReport | None = None,
    report: Report = nothing,
) -> Learnt:
    """Learn everything that a log tells.

    Args:
        log: the tickets.
        rules: whose holidays, pay days and other dates; absent: those of China.
        base: a branch whose opening hours, day types, period and names are taken.
        period: length of a period, where no base is given [minutes].
        windows: how many there are; absent: as many as the log shows.
        doubted: what the log is doubted for; absent: it is asked here.
        report: told of each part that is done.

    Raises:
        DataRefused: where the log has names that the base lacks, or no days to learn from.
    """
    parts = iter(range(1, PARTS + 1))

    def done() -> None:
        report("parts learnt", next(parts), PARTS)

    names, rules = names_in(log, base), rules or CalendarRules()
    period = base.period if base else period
    days = days_by_branch(log, base, rules) if base else days_by_log(log, rules, period)
    counts = count_arrivals(log, days.of_date, days.hours, period, by=CLASS)
    if not counts:
        raise DataRefused([Fault(log.source, "days", len(days.customers), "days that are of a day type")])
    done()
    doubted = doubted or doubts(log, windows)
    done()
    rates, factor = arrival_rates(counts), day_factor(counts)
    totals = arrival_rates({name: each.merged(()) for name, each in counts.items()}, 0, shrunk=False)
    tests = independence(log), dispersion(counts)
    done()
    times = service_times(log)
    shown = {(each.channel, each.transaction): each for each in histograms(log)}
    done()
    waits = patience(log)
    done()
    dead = {name[0]: found for name, found in dead_numbers(log).items()}
    per_customer = {name[0]: found for name, found in tickets_per_customer(log).items()}
    sums = amounts(log)
    done()
    served, duty = _served(log), _duty(log, days, period)
    busiest = _most_at_once(log)
    named = int(log.arrays("SELECT count(DISTINCT window_name) AS n FROM tickets")["n"][0])
    before = _before(log)
    done()
    return Learnt(
        log.source, log.tickets, log.rejections, doubted, days, period, names, counts, rates, totals, factor, *tests,
        times, tuple(shown[each.channel, each.transaction] for each in times), waits, dead, per_customer, sums,
        served, duty, busiest, windows or named or max(1, _together(log)), before, windows is not None,
    )  # fmt: skip


def _served(log: TicketLog) -> dict[tuple[str, str, str], int]:
    found = log.arrays(
        "SELECT transaction, tier, channel, count(*) FILTER (outcome = ?) AS n FROM tickets GROUP BY ALL ORDER BY ALL",
        (SERVED,),
    )
    keys = zip(*(found[name].tolist() for name in ("transaction", "tier", "channel")), strict=True)
    return {(str(a), str(b), str(c)): int(n) for (a, b, c), n in zip(keys, found["n"], strict=True)}


def _duty(log: TicketLog, days: LogDays, period: int) -> dict[str, OnDuty]:
    """Windows on duty by channel; tellers where windows have no names."""
    found = log.arrays(
        "SELECT channel, count(window_name) AS windows, count(teller) AS tellers FROM tickets"
        " WHERE outcome = ? GROUP BY channel ORDER BY channel",
        (SERVED,),
    )
    hours = min(h[0] for h in days.hours.values()), max(h[1] for h in days.hours.values())
    duty = {}
    for channel, windows, tellers in zip(found["channel"], found["windows"], found["tellers"], strict=True):
        who: Literal["window_name", "teller"] = "window_name" if windows else "teller"
        if windows or tellers:
            duty[str(channel)] = on_duty(log, hours, period, who=who, channel=str(channel))
    return duty


_AT_ONCE = """
    WITH size AS (SELECT count(*) AS n FROM tickets),
    steps AS (
        SELECT {by} AS place, day, unnest([coalesce(started, called), ended]) AS moment, unnest([1, -1]) AS step
        FROM tickets, size WHERE outcome = $1 AND ended > coalesce(started, called)
            AND hash(day) % 1000000 < 1e6 * $2 / n),
    busy AS (SELECT place, sum(step) OVER (PARTITION BY place, day ORDER BY moment, step
        ROWS UNBOUNDED PRECEDING) AS n FROM steps)
    SELECT place, max(n) AS n FROM busy GROUP BY place ORDER BY place"""


def _most_at_once(log: TicketLog) -> dict[str, int]:
    found = log.arrays(_AT_ONCE.format(by="channel"), (SERVED, LARGEST_SAMPLE))
    return {str(name): int(n) for name, n in zip(found["place"], found["n"], strict=True)}


def _together(log: TicketLog) -> int:
    found = log.arrays(_AT_ONCE.format(by="1"), (SERVED, LARGEST_SAMPLE))
    return int(found["n"].max()) if len(found["n"]) else 1


def _before(log: TicketLog) -> dict[str, tuple[str, ...]]:
    """Tiers that each tier goes before: with days as units, its mean wait is surely shorter.

    Those are compared who came for the same transaction to the same channel in the same hour: tiers that come at busy
    times, or for what few can serve, wait longer whoever is called first.
    """
    found = log.arrays(
        """WITH waits AS (
            SELECT channel, transaction, day, floor(arrival / 60) AS hour, tier, count(*) AS n,
                avg(coalesce(called, started) - arrival) AS wait FROM tickets
            WHERE outcome = ? AND coalesce(called, started) IS NOT NULL GROUP BY ALL)
        SELECT a.tier AS first, b.tier AS other, day, sum(least(a.n, b.n) * a.wait) / sum(least(a.n, b.n)) AS own,
            sum(least(a.n, b.n) * b.wait) / sum(least(a.n, b.n)) AS theirs
        FROM waits a JOIN waits b USING (channel, transaction, day, hour) WHERE a.tier <> b.tier
        GROUP BY ALL ORDER BY ALL""",
        (SERVED,),
    )
    pairs: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for first, other, own, theirs in zip(*(found[k] for k in ("first", "other", "own", "theirs")), strict=True):
        pairs.setdefault((str(first), str(other)), []).append((float(own), float(theirs)))
    tiers = map(str, log.arrays("SELECT DISTINCT tier AS name FROM tickets ORDER BY name")["name"])
    sure = [pair for pair, waits in pairs.items() if len(waits) > 2 and _shorter(np.array(waits))]
    return {tier: tuple(other for first, other in sure if first == tier) for tier in tiers}


def _shorter(waits: Any) -> bool:
    apart = waits[:, 1] - waits[:, 0]
    error = float(apart.std(ddof=1)) / len(apart) ** 0.5
    return bool(apart.mean() > SURELY * error and waits[:, 0].mean() < CLEARLY * waits[:, 1].mean())
