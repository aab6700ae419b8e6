"""A quarter by Erlang's formula, half hour by half hour, beside the plan: same thresholds, shifts, meals and skills.

Rows: the plan; the formula as planners use it (Erlang C, nobody gives up); the same with targets inside it raised
until the promises hold; with targets first lowered, for each day type by the number of steps that costs least in the
end, which no spreadsheet knows; and all three with customers who give up (Erlang A). Costs in yuan a quarter, people
paid by the hour; pay is that of shifts. Promises are judged by exact evaluation. The last column is what the plan saves
by simulation, both on the same days, with a 95 % interval. Run it with
``python -m benchmarks.quarter_baseline [INSTANCE=POLICY.json ...]``; without a policy the instance is solved first,
which takes minutes. ``python -m benchmarks.quarter_baseline days`` does the same for the days of ``baseline.py``, whose
cost is teller-hours alone.
"""

import sys
import time
from importlib.metadata import version
from pathlib import Path
from platform import machine, python_version

from benchmarks.baseline import CASES, case_branch, teller_hours
from benchmarks.simple_evaluation import figures
from optimizer.evaluation import Evaluation, evaluate
from optimizer.optimization import SearchOptions, solve
from optimizer.optimization.by_period import plan_by_period
from optimizer.problem import Branch, DayPlan, Policy, read_branch, read_policy
from optimizer.simulation import Replications, compare

INSTANCES = Path(__file__).parent.parent / "instances"
NAMES = ("daan", "large-branch")
LOWERED = range(0, 22, 3)
"""Steps tried by which targets are lowered to begin with."""
FRESH = Replications(days=1000, seed=20_270_101)
"""A seed that nothing was chosen by."""


def tuned(branch: Branch, policy: Policy, *, patient: bool) -> Policy:
    """Targets lowered, then raised until the promises hold: for each day type the steps that cost least."""
    tried = [plan_by_period(branch, policy, kept=True, patient=patient, lowered=steps) for steps in LOWERED]
    days = {}
    for name in branch.day_types:
        broken = [sum(p.day_type == name for p in made.broken_promises) for made in tried]
        costs = [sum(made.evaluation.days[name].costs.values()) for made in tried]
        best = min(range(len(tried)), key=lambda n: (broken[n], costs[n]))
        days[name] = tried[best].policy.days[name]
    return policy.replace(days=days)


def saving(branch: Branch, plan: Evaluation, other: Evaluation) -> tuple[float, float]:
    """What the plan saves on simulated days, and half the width of its interval [yuan a quarter]."""
    difference = compare(branch, plan.policy, other.policy, FRESH).costs["total"].difference
    pay = other.costs["wages"] - plan.costs["wages"]
    return pay + float(difference.value), float(difference.half_width())


def ways(branch: Branch, policy: Policy) -> dict[str, Policy]:
    """Policies by the words for how they were made."""
    found = {"the plan": policy}
    for formula, patient in (("Erlang C", True), ("Erlang A", False)):
        found[formula] = plan_by_period(branch, policy, patient=patient).policy
        found[f"{formula}, raised until promises hold"] = plan_by_period(
            branch, policy, kept=True, patient=patient
        ).policy
        found[f"{formula}, lowered and raised"] = tuned(branch, policy, patient=patient)
    return found


def table(name: str, branch: Branch, policy: Policy) -> None:
    """Print one instance."""
    plan = evaluate(branch, policy)
    for words, made in ways(branch, policy).items():
        judged = evaluate(branch, made)
        cost, wait, lost = figures(judged, branch)
        same = f"{(cost - plan.cost) / cost:.1%}"
        simulated = "-" if words == "the plan" else "{:,.0f} ± {:,.0f}".format(*saving(branch, plan, judged))
        print(
            f"| {name} | {words} | {judged.costs['wages']:,.0f} | {cost:,.0f} | {len(judged.broken_promises)} of "
            f"{len(judged.promises)} | {wait:.2f} | {lost:.2%} | {same} | {simulated} |", flush=True,
        )  # fmt: skip


def days_of_half_hours() -> None:
    """Print teller-hours of the days of ``baseline.py``, and half hours in which less than 80 % are served in time."""
    print("| day | Erlang C: teller-hours | half hours broken | worst | raised | lowered and raised |")
    print("|---|---|---|---|---|---|")
    for case in CASES:
        branch, ones = case_branch(case), (1,) * len(case.arrivals)
        policy = Policy(days={"day": DayPlan(windows={"counter": ones}, shifts=())})
        plain, kept = (plan_by_period(branch, policy, kept=kept) for kept in (False, True))
        hours = [
            teller_hours(e.cost)
            for e in (plain.evaluation, kept.evaluation, evaluate(branch, tuned(branch, policy, patient=True)))
        ]
        worst = min(promise.value for promise in plain.evaluation.promises)
        print(
            f"| {case.name} | {hours[0]:.1f} | {len(plain.broken_promises)} of {len(ones)} | {worst:.1%} | "
            f"{hours[1]:.1f} | {hours[2]:.1f} |", flush=True,
        )  # fmt: skip


def main() -> None:
    """Print the tables, and what they were measured with."""
    print(f"{machine()}, Python {python_version()}, OR-Tools {version('ortools')}\n")
    if sys.argv[1:] == ["days"]:
        days_of_half_hours()
        return
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    print("| instance | staffed by | pay | cost | promises broken | wait, min | lost | plan saves | simulated |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in given or NAMES:
        begun, branch = time.perf_counter(), read_branch(INSTANCES / name)
        policy = read_policy(Path(given[name])) if name in given else solve(branch, SearchOptions()).policy
        if policy is not None:
            table(name, branch, policy)
        print(f"{name}: {time.perf_counter() - begun:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
