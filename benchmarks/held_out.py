"""Held-out check: what is learnt from a log foretells days that were kept from it, with the servers of those days.

A bank's calls (Guedj and Mandelbaum, Technion; Brown et al. (2005), JASA 100): learnt from January 1999, foretold for
February, with the agents seen on duty in February. Cash desks in Warsaw (city open data, kolejkeR): learnt from six
days, foretold for three, with the counters open on those. Each day is simulated with the rates learnt, and, to tell a
wrong forecast of arrivals from a wrong queue, with the arrivals of the day itself. Prints tables in Markdown. Run it
with ``python -m benchmarks.held_out [FOLDER]``, where the folder holds ``anonymous_bank_1999`` and
``warsaw_cash_desks``.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.instances import anonymous_bank, warsaw_desks
from optimizer.calibration.arrivals import arrival_rates, count_arrivals
from optimizer.calibration.branch_writing import written_branch
from optimizer.calibration.calendar import day_type_of, facts_of_days
from optimizer.calibration.count_estimates import Intervals, intervals_of, service_rate
from optimizer.calibration.count_learning import counts_of, opening_hours
from optimizer.calibration.log import TicketLog
from optimizer.calibration.staffing import on_duty
from optimizer.errors import InvalidParameterError
from optimizer.problem import Branch, DayPlan, Policy
from optimizer.simulation import Replications, simulate_hall
from optimizer.simulation.branch_hall import branch_hall, class_name
from optimizer.simulation.distributions import Distribution
from optimizer.simulation.hall import CustomerClass, Hall, Station, Visit

FOLDER = warsaw_desks.ROOT.parent / "shared" / "data"
DAYS = 200
"""Simulated days of each day that is foretold."""
STEP = 5
"""Minutes to which agents on duty are counted."""
LEARNT_DAYS = 6
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """Sums over a day, and by half-hour; observed or simulated."""

    calls: Floats
    """Axis period."""
    waiting: Floats
    """Minutes; axis period."""
    who_waited: float
    gave_up: float

    @property
    def sums(self) -> Floats:
        """Calls, minutes of waiting, who waited, who gave up."""
        return np.array([self.calls.sum(), self.waiting.sum(), self.who_waited, self.gave_up])


def observed(log: TicketLog, hours: dict[Any, tuple[int, int]], period: int) -> dict[Any, Seen]:
    """What happened on each date to those who came in its opening hours."""
    found = log.arrays(
        """WITH calls AS (SELECT day, arrival, coalesce(started, left_at) - arrival AS wait, outcome FROM tickets)
        SELECT day, CAST(floor(arrival / ?) AS INT) AS period, count(*) AS n, sum(wait) AS minutes,
            count(*) FILTER (wait > 0) AS waited, count(*) FILTER (outcome = 'abandoned') AS gave_up
        FROM calls GROUP BY ALL ORDER BY ALL""",
        (period,),
    )
    dates = found["day"].astype("datetime64[D]").astype(object)
    days = {}
    for day, (opening, closing) in hours.items():
        mine = (dates == day) & (found["period"] >= opening // period) & (found["period"] < closing // period)
        calls, waiting = np.zeros((2, (closing - opening) // period))
        place = found["period"][mine] - opening // period
        calls[place], waiting[place] = found["n"][mine], found["minutes"][mine]
        days[day] = Seen(calls, waiting, float(found["waited"][mine].sum()), float(found["gave_up"][mine].sum()))
    return days


def simulated(hall: Hall, station: str, seed: int) -> Seen:
    """The mean of many days of a hall."""
    estimate = simulate_hall(hall, Replications(DAYS, seed=seed))
    by_period, day = estimate.measures(station, by_period=True), estimate.measures(station)
    at_once = float(day.service_levels[0.0].value)
    calls = float(day.arrivals.value)
    return Seen(
        np.asarray(by_period.arrivals.value), np.asarray(by_period.waiting.value), calls * (1 - at_once),
        float(day.abandoned.value),
    )  # fmt: skip


def steps(numbers: Iterable[int], length: float) -> tuple[tuple[float, int], ...]:
    """Servers from one moment on, where they change."""
    found: list[tuple[float, int]] = []
    for place, number in enumerate(numbers):
        if not found or found[-1][1] != number:
            found.append((place * length, int(number)))
    return tuple(found)


def bank(folder: Path) -> None:
    """January learnt, February foretold."""
    learnt = anonymous_bank.learnt(folder, ["january"])
    branch = written_branch(learnt, name="January", known=anonymous_bank.KNOWN).branch
    log = anonymous_bank.calls(folder, ["february"])
    dates = log.arrays("SELECT DISTINCT day FROM tickets ORDER BY day")["day"].astype("datetime64[D]").astype(object)
    facts = facts_of_days(min(dates), max(dates), anonymous_bank.RULES)
    types = {day: kind for day in dates if (kind := day_type_of(branch, facts[day])) is not None}
    hours = {day: learnt.days.hours[kind] for day, kind in types.items()}
    seen = observed(log, hours, learnt.period)
    came = count_arrivals(log, types, learnt.days.hours, learnt.period, by=("transaction", "tier"))
    rows: dict[str, list[Seen]] = {"forecast": [], "observed": []}
    for n, (day, kind) in enumerate(types.items()):
        duty = on_duty(log, hours[day], STEP, who="teller")
        servers = steps(duty.rounded[duty.dates.index(day)], STEP)
        hall = with_servers(branch, kind, servers)
        rows["forecast"].append(simulated(hall, "agent", n))
        counts = came[kind]
        that_day = dict(zip(counts.classes, counts.customers[counts.dates.index(day)], strict=True))
        rates = {
            class_name(learnt.names.transaction[t], p): tuple(row / learnt.period) for (t, p), row in that_day.items()
        }
        classes = tuple(replace(c, rates=rates.get(c.name, (0.0,) * hall.periods)) for c in hall.classes)
        rows["observed"].append(simulated(replace(hall, classes=classes, busyness_scv=0.0), "agent", n))
    print(f"### Anonymous bank: {len(types)} days of February 1999 from January\n")
    table(list(seen.values()), rows)
    for kind in dict.fromkeys(types.values()):
        mine = [n for n, day in enumerate(types) if types[day] == kind]
        print(f"\n{kind}, {len(mine)} days:\n")
        table([list(seen.values())[n] for n in mine], {name: [r[n] for n in mine] for name, r in rows.items()})


def with_servers(branch: Branch, day_type: str, servers: tuple[tuple[float, int], ...]) -> Hall:
    """The hall of a branch with the servers seen on one day."""
    nobody = DayPlan(windows={"agent": (1,) * branch.periods(day_type)}, shifts=())
    hall = branch_hall(branch, Policy(days={day_type: nobody}), day_type)
    (station,) = hall.stations
    return replace(hall, stations=(replace(station, servers=servers, limits=(0.0,)),))


def table(seen: Sequence[Seen], rows: dict[str, list[Seen]]) -> None:
    """Sums over the days beside each other, and the errors of days and half-hours."""
    truth = np.sum([day.sums for day in seen], axis=0)
    found = {name: np.sum([day.sums for day in days], axis=0) for name, days in rows.items()}
    names = list(rows)
    print("| | observed |" + "".join(f" arrivals {name} | error |" for name in names))
    print("|---|---:|" + "---:|---:|" * len(names))
    halves = sum(len(day.calls) for day in seen)
    lines = {
        "calls per half-hour": (lambda s: s[0] / halves, "{:.2f}"),
        "share who wait": (lambda s: s[2] / s[0], "{:.3f}"),
        "mean wait, min": (lambda s: s[1] / s[0], "{:.3f}"),
        "share who give up": (lambda s: s[3] / s[0], "{:.3f}"),
    }
    for words, (of, form) in lines.items():
        cells = "".join(f" {form.format(of(s))} | {of(s) / of(truth) - 1:+.1%} |" for s in found.values())
        print(f"| {words} | {form.format(of(truth))} |{cells}")
    for words, of in ERRORS.items():
        cells = "".join(f" {of(seen, days):.3g} | |" for days in rows.values())
        print(f"| {words} | |{cells}")


def _halves(seen: Sequence[Seen], found: Sequence[Seen]) -> float:
    return float(np.mean(np.abs(np.concatenate([a.calls - b.calls for a, b in zip(seen, found, strict=True)]))))


def _share(seen: Sequence[Seen], found: Sequence[Seen]) -> float:
    return float(
        np.mean([abs(a.who_waited / a.calls.sum() - b.who_waited / b.calls.sum()) for a, b in _pairs(seen, found)])
    )


def _wait(seen: Sequence[Seen], found: Sequence[Seen]) -> float:
    pairs = _pairs(seen, found)
    return float(np.mean([abs(a.waiting.sum() / a.calls.sum() - b.waiting.sum() / b.calls.sum()) for a, b in pairs]))


def _lost(seen: Sequence[Seen], found: Sequence[Seen]) -> float:
    return float(np.mean([abs(a.gave_up / a.calls.sum() - b.gave_up / b.calls.sum()) for a, b in _pairs(seen, found)]))


def _pairs(seen: Sequence[Seen], found: Sequence[Seen]) -> list[tuple[Seen, Seen]]:
    return [(a, b) for a, b in zip(seen, found, strict=True) if a.calls.sum() and b.calls.sum()]


ERRORS = {
    "mean error of a half-hour, calls": _halves,
    "mean error of a day, share who wait": _share,
    "mean error of a day, mean wait, min": _wait,
    "mean error of a day, share who give up": _lost,
}


def desks(file: Path) -> None:
    """Six days learnt, three foretold, for each desk."""
    log = warsaw_desks.snapshots(file)
    print("\n### Warsaw cash desks: the last three days from the first six\n")
    print("| desk | calls per half-hour | foretold | error | people waiting | arrivals foretold | error |"
          " arrivals observed | error |")  # fmt: skip
    print("|---|" + "---:|" * 8)
    for queue in sorted(log.arrays("SELECT DISTINCT queue FROM counts")["queue"], key=int):
        whole = intervals_of(log, queue)
        days = [str(day) for day in np.unique(whole.day)]
        first = intervals_of(log, queue, tuple(days[:LEARNT_DAYS]))
        try:
            rate = service_rate(first).value
        except InvalidParameterError as error:
            print(f"| {queue} | {error} |")
            continue
        cells = desk_cells(first, rate, [intervals_of(log, queue, (day,)) for day in days[LEARNT_DAYS:]])
        print(f"| {queue} | {cells} |")


def desk_cells(first: Intervals, rate: float, later: list[Intervals]) -> str:
    """Calls and people waiting on later days, observed and foretold."""
    period = warsaw_desks.PERIOD
    hours = opening_hours([first], period)
    learnt = tuple(arrival_rates({"day": counts_of({"payment": first}, hours, period, "day")})["day"].rates[0])
    sums = np.zeros((3, 3))
    for n, day in enumerate(later):
        inside = (day.start >= hours[0]) & (day.start < hours[1])
        counts = counts_of({"payment": day}, hours, period, "day").customers[0, 0]
        waiting = float((day.waiting_before * day.length)[inside].sum())
        sums[0] += counts.sum(), waiting, day.length[inside].sum()
        moments = np.maximum(day.start[inside] - hours[0], 0.0)
        for row, rates in ((1, learnt), (2, tuple(counts / period))):
            hall = desk_hall(rates, moments, day.open_before[inside], rate)
            found = simulated(hall, "cash", n)
            sums[row] += found.calls.sum(), found.waiting.sum(), hours[1] - hours[0]
    calls, halves = sums[:, 0], len(later) * len(learnt)
    queue = sums[:, 1] / sums[:, 2]
    return (
        f"{calls[0] / halves:.2f} | {calls[1] / halves:.2f} | {calls[1] / calls[0] - 1:+.0%} | {queue[0]:.2f} | "
        f"{queue[1]:.2f} | {queue[1] / queue[0] - 1:+.0%} | {queue[2]:.2f} | {queue[2] / queue[0] - 1:+.0%}"
    )


def desk_hall(rates: tuple[float, ...], moments: Floats, opened: Floats, rate: float) -> Hall:
    """A desk on one day, with its counters as they were open."""
    servers: list[tuple[float, int]] = [(0.0, int(opened[0]))]
    for moment, number in zip(moments[1:], opened[1:], strict=True):
        if int(number) != servers[-1][1] and moment > servers[-1][0]:
            servers.append((float(moment), int(number)))
    visit = Visit(Distribution.exponential(1 / rate))
    customers = CustomerClass("payment", rates, ("cash",), {"cash": visit})
    return Hall(float(warsaw_desks.PERIOD), (Station("cash", tuple(servers), limits=(0.0,)),), (customers,))


def main(folder: Path = FOLDER) -> None:
    """Both checks, where their data are there."""
    if (folder / "anonymous_bank_1999").exists():
        bank(folder / "anonymous_bank_1999")
    if (folder / "warsaw_cash_desks").exists():
        desks(folder / "warsaw_cash_desks" / "cash_desks_5min.csv")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
