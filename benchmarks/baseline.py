"""Three branch days against period-by-period Erlang staffing, the way a spreadsheet does it.

Every half hour at least 80 % of those who arrive in it wait at most the limit. The baseline takes for each half hour
the least number of windows whose stationary Erlang C service level is enough; the greedy column takes windows away
from it, one at a time, as long as the promise holds. Any staffing of half hours is allowed, nobody gives up, the day
starts empty, and those inside at the end are served. The solver must need no more teller-hours than the greedy
column. Run it with ``python benchmarks/baseline.py``.
"""

import time
from dataclasses import dataclass

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


def teller_hours(yuan: float | None) -> float:
    """Teller-hours that cost so much."""
    return float("nan") if yuan is None else yuan / WAGE


def main() -> None:
    """Print what each case needs, and how little any plan could need."""
    print(f"{'teller-hours':<28}{'baseline':>10}{'greedy':>10}{'solver':>10}{'bound':>10}{'gap':>8}{'seconds':>9}")
    for case in CASES:
        started = time.monotonic()
        result = solve_case(case)
        cost = teller_hours(result.evaluation.cost if result.evaluation else None)
        bound = teller_hours(result.bound)
        row = (case.baseline, case.greedy, cost, bound)
        seconds = time.monotonic() - started
        print(f"{case.name:<28}" + "".join(f"{x:>10.2f}" for x in row) + f"{cost - bound:>8.2f}{seconds:>9.1f}")
        print(f"{'':<4}{result.status.value}, {result.ending.value}: {_levels(result)}", flush=True)


def _levels(result: Result) -> str:
    return " ".join(map(str, result.policy.days["day"].windows["counter"])) if result.policy else "no plan"


if __name__ == "__main__":
    main()
