"""Three branch days against period-by-period Erlang staffing, the way a spreadsheet does it.

Every half hour at least 80 % of those who arrive in it wait at most the limit. The baseline takes for each half hour
the least number of windows whose stationary Erlang C service level is enough; the greedy column takes windows away
from it, one at a time, as long as the promise holds. Any staffing of half hours is allowed, nobody gives up, the day
starts empty, and those inside at the end are served. The solver must need no more teller-hours than the greedy
column; on the pension day, whose greedy plan was judged by simulation alone, no plan below 94 keeps the promise. The
last column is the worst half hour on 3,000 simulated days, by a program that shares nothing with the evaluation. Run it
with ``python benchmarks/baseline.py``.
"""

import heapq
import time
from dataclasses import dataclass

import numpy as np

from optimizer.optimization import Result, SearchOptions, solve
from optimizer.problem import Branch

WAGE = 2.0
"""Of one teller [yuan per hour]: cost is teller-hours times this."""
MOST = 30
"""Windows, tellers."""
PEAKS = (20, 40, 55, 60, 45, 25, 20, 35, 50, 55, 45, 35, 25, 20, 15, 10)
SMALL = (8, 14, 18, 20, 15, 9, 8, 12, 16, 18, 15, 12, 9, 8, 6, 4)
PENSION = (30, 60, 90, 95, 80, 50, 35, 30, 30, 30, 28, 25, 20, 18, 15, 10)


@dataclass(frozen=True)
class Case:
    """One day, and what others need for it."""

    name: str
    arrivals: tuple[int, ...]
    """Customers by half hour."""
    mean_service: float
    """[minutes]"""
    limit: float
    """Of the wait [minutes]."""
    baseline: float
    """Stationary Erlang C, half hour by half hour [teller-hours]."""
    greedy: float
    """Windows taken away from the baseline one at a time [teller-hours]."""


CASES = (
    Case("lunch and afternoon peaks", PEAKS, 5.0, 5.0, 59.0, 56.5),
    Case("small branch, 5 min", SMALL, 5.0, 5.0, 27.0, 25.5),
    Case("small branch, 8 min", SMALL, 8.0, 10.0, 36.0, 33.5),
    Case("pension day", PENSION, 8.0, 10.0, 97.5, 93.5),
)


def case_branch(case: Case) -> Branch:
    """A branch whose cost is the teller-hours of a case times the wage, and nothing else."""
    close = 9 * 60 + 30 * len(case.arrivals)
    hours = {"open": 9 * 60, "close": close}
    return Branch.model_validate({
        "name": case.name,
        "period": 30,
        "windows": MOST,
        "overtime_multiplier": 0.0,
        "opening": {"monday": hours},
        "day_types": {"day": {"days": 1, "weekdays": ["monday"]}},
        "tiers": {"ordinary": {"waiting_cost": 0.0}},
        "transactions": {"business": {"channel": "counter"}},
        "channels": {
            "counter": {"kind": "window", "most": MOST, "service": {"business": {"mean": case.mean_service}}}
        },
        "skills": {
            "teller": {
                "wage": WAGE,
                "serves": ["counter"],
                "available": {"day": MOST * len(case.arrivals)},
                "shifts": {"earliest_start": 9 * 60, "latest_end": close, "lengths": [0.5], "start_step": 30.0},
            }
        },
        "targets": {
            "promise": {
                "channel": "counter",
                "measure": "service_level",
                "within": case.limit,
                "least": 0.8,
                "per": "period",
            }
        },
        "arrivals": {"day": {"business": {"ordinary": [float(n) for n in case.arrivals]}}},
    })  # fmt: skip


def solve_case(case: Case, gap: float = 1e-4, time_limit: float = 300.0) -> Result:
    """The policy of least teller-hours for a case."""
    return solve(case_branch(case), SearchOptions(gap=gap, time_limit=time_limit))


def simulate(case: Case, windows: tuple[int, ...], days: int, seed: int = 1) -> list[float]:
    """Share of those who arrive in each half hour who wait at most the limit, event by event.

    When windows close nobody is interrupted, and no one is called until fewer than the new number are in service.
    """
    rng = np.random.default_rng(seed)
    within, came = np.zeros(len(windows)), np.zeros(len(windows))
    for _ in range(days):
        arrivals: list[float] = []
        for period, mean in enumerate(case.arrivals):
            arrivals += sorted(30.0 * period + 30.0 * rng.random(rng.poisson(mean)))
        services = rng.exponential(case.mean_service, len(arrivals)).tolist()
        started, joined, waiting = 0, 0, 0
        leaving: list[float] = []
        changes = [30.0 * period for period in range(len(windows))]
        open_now, change = 0, 0
        while started < len(arrivals):
            upcoming = [arrivals[joined]] if joined < len(arrivals) else []
            upcoming += leaving[:1] + changes[change : change + 1]
            now = min(upcoming)
            if change < len(changes) and changes[change] == now:
                open_now, change = windows[change], change + 1
            elif leaving and leaving[0] == now:
                heapq.heappop(leaving)
            else:
                joined, waiting = joined + 1, waiting + 1
            while waiting and len(leaving) < open_now:
                period = min(int(arrivals[started] / 30.0), len(windows) - 1)
                came[period] += 1
                within[period] += now - arrivals[started] <= case.limit
                heapq.heappush(leaving, now + services[started])
                started, waiting = started + 1, waiting - 1
    return (within / came).tolist()


def teller_hours(yuan: float | None) -> float:
    """Teller-hours that cost so much."""
    return float("nan") if yuan is None else yuan / WAGE


def main() -> None:
    """Print what each case needs, and how little any plan could need."""
    print(f"{'teller-hours':<28}{'baseline':>10}{'greedy':>10}{'solver':>10}{'bound':>10}{'gap':>8}{'seconds':>9}"
          f"{'simulated':>11}")  # fmt: skip
    for case in CASES:
        started = time.monotonic()
        result = solve_case(case)
        cost = teller_hours(result.evaluation.cost if result.evaluation else None)
        bound = teller_hours(result.bound)
        row = (case.baseline, case.greedy, cost, bound)
        seconds = time.monotonic() - started
        print(f"{case.name:<28}" + "".join(f"{x:>10.2f}" for x in row) + f"{cost - bound:>8.2f}{seconds:>9.1f}"
              f"{_worst_simulated(case, result):>11.1%}")  # fmt: skip
        print(f"{'':<4}{result.status.value}, {result.ending.value}: {_levels(result)}", flush=True)


def _worst_simulated(case: Case, result: Result) -> float:
    if result.policy is None:
        return float("nan")
    return min(simulate(case, result.policy.days["day"].windows["counter"], 3000))


def _levels(result: Result) -> str:
    return " ".join(map(str, result.policy.days["day"].windows["counter"])) if result.policy else "no plan"


if __name__ == "__main__":
    main()
