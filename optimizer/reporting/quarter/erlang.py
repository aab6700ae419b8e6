"""What a quarter says of the one that Erlang's formula staffs."""

from typing import Any

from optimizer.planning.erlang import ErlangQuarter
from optimizer.planning.quarter import QuarterPlan
from optimizer.reporting.quarter.costs import quarter_costs
from optimizer.rostering import shortages

WORDS = (
    "the least windows of each period that keep the promise by Erlang C, with the target raised until every promise "
    "holds; the same thresholds, shifts, roster rules and pay"
)


def erlang_part(plan: QuarterPlan, erlang: ErlangQuarter) -> dict[str, Any] | None:
    """Costs of the quarter by the formula, and what the plan saves; None where the formula has no roster."""
    cost, costs, saving = erlang.cost, erlang.costs, erlang.saving
    if cost is None or costs is None or erlang.roster is None or erlang.roster.roster is None or erlang.problem is None:
        return None
    simulated = None
    if saving is not None:
        low, high = saving.interval()
        simulated = {"value": saving.value, "low": low, "high": high, "days": saving.days, "seed": saving.seed}
    return {
        "cost": cost,
        "costs": quarter_costs(costs, erlang.evaluation),
        "uncovered": sum(shortage.people for shortage in shortages(erlang.problem, erlang.roster.roster)),
        "broken_promises": len(erlang.broken),
        "words": WORDS,
        "saving": cost - plan.cost,
        "saving_share": (cost - plan.cost) / cost,
        "simulated": simulated,
        "mean_wait": erlang.mean_wait,
        "plans": [
            {"name": name, "day_type": name, "windows": {role: list(levels) for role, levels in day.windows.items()}}
            for name, day in erlang.kept.policy.days.items()
        ],
    }
