"""A planned quarter as plain structure: ``result.json``, of which workbook, page and calendars are made."""

from collections.abc import Iterator
from typing import Any

from optimizer.evaluation import Evaluation
from optimizer.optimization import Result
from optimizer.planning import Doubt
from optimizer.planning.erlang import ErlangQuarter
from optimizer.planning.labour_price import by_contract
from optimizer.planning.quarter import QuarterPlan
from optimizer.reporting.quarter.branch_parts import calendar_rows, plan_rows, poster_rows, promise_rows, title_of
from optimizer.reporting.quarter.costs import quarter_costs
from optimizer.reporting.quarter.erlang import erlang_part
from optimizer.reporting.quarter.given import assumption_rows
from optimizer.reporting.quarter.people import (
    duty_rows,
    fairness_rows,
    leave_rows,
    people_rows,
    price_of_changes,
    refused_wish_rows,
    uncovered_rows,
)
from optimizer.rostering import HeadChange, Settled, duties, wishes_in_vain

VERSION = 1
"""Of the structure."""
PAY = ("salaries", "hourly_pay", "overtime_pay", "rest_day_pay", "holiday_pay")
"""Costs of people by name."""
WORDS = {
    Doubt.HOLDS: "Every promise holds in the hall.",
    Doubt.FAILS: "Some promises fail in the hall; they are marked.",
    Doubt.STOPPED: "Some promises fail in the hall, and there was no time to plan again.",
    Doubt.NOT_TRIED: "The plan was not simulated.",
}


def quarter_structure(
    plan: QuarterPlan,
    today: Evaluation | None,
    erlang: ErlangQuarter | None,
    run: dict[str, Any],
    settled: Settled | None = None,
) -> dict[str, Any]:
    """Everything that is known of a planned quarter; money in yuan, times in minutes.

    Args:
        plan: The quarter, with a roster.
        today: What is done today, on the days of the quarter.
        erlang: The quarter staffed by Erlang formulas.
        run: Seed, version, when it was finished.
        settled: Days that are past, in a quarter planned anew.
    """
    ground = plan.ground
    people = duties(plan.problem, plan.roster, ground.menus, settled)
    return {
        "kind": "quarter",
        "version": VERSION,
        "branch": ground.branch.name,
        "quarter": str(ground.forecast.quarter),
        "status": plan.result.status.value,
        "conflict": list(plan.result.conflict),
        "promise_words": WORDS[plan.doubt],
        "cost": plan.cost,
        "bound": plan.bound,
        "gap": plan.gap,
        "certified": ground.layer is not None and ground.layer.result.certified,
        "layers": _layers(plan),
        "costs": quarter_costs(plan.costs, plan.evaluation, price_of_changes(plan.problem, plan.roster)),
        "policy": _policy(plan),
        "posters": list(poster_rows(plan, today)),
        "calendar": calendar_rows(plan, people),
        "day_types": [{"name": name, "days": given.days} for name, given in ground.branch.day_types.items()],
        "plans": list(plan_rows(plan)),
        "promises": list(promise_rows(plan)),
        "people": people_rows(plan),
        "roster": duty_rows(people),
        "leave": leave_rows(plan.staff),
        "uncovered": uncovered_rows(plan),
        "fairness": list(fairness_rows(plan)),
        "refused_wishes": list(refused_wish_rows(plan)),
        "frontier": _frontier(plan),
        "hiring": _hiring(plan),
        "today": None if today is None else _today(plan, today),
        "erlang": None if erlang is None else erlang_part(plan, erlang),
        "why": None,
        "replan": None,
        "assumptions": assumption_rows(plan),
        "notes": [*ground.forecast.notes, *_notes(plan), *_of_past(plan, settled)],
        "run": run,
    }


def _layers(plan: QuarterPlan) -> dict[str, Any]:
    roster, layer = plan.result, plan.ground.layer
    return {
        **({} if layer is None else {"policy": _policy_layer(layer.result, plan.ground.labour_price)}),
        "roster": {
            "cost": plan.cost, "bound": None if roster.bound is None else roster.bound + plan.ground.campaign,
            "gap": roster.gap, "seconds": roster.seconds, "ended_by": roster.ended_by,
        },
        "quarter": {"cost": plan.cost, "bound": plan.bound, "gap": plan.gap, "left_out": plan.left_out},
    }  # fmt: skip


def _policy_layer(result: Result, labour_price: float) -> dict[str, Any]:
    return {
        "labour_price": labour_price,
        "cost": None if result.evaluation is None else result.evaluation.cost, "bound": result.bound,
        "gap": result.gap, "certified": result.certified, "regimes": result.regimes,
        "regimes_solved": result.regimes_solved, "seconds": result.runtime, "ended_by": result.ending.value,
    }  # fmt: skip


def _policy(plan: QuarterPlan) -> dict[str, Any]:
    chosen = plan.ground.policy.model_dump(mode="json", exclude={"days"})
    return {**chosen, "calls": chosen.get("calls")}


def _frontier(plan: QuarterPlan) -> list[dict[str, Any]]:
    """Points from cheap to fast; chosen is the one whose labour price is nearest to that of the policy."""
    points = plan.ground.frontier
    nearest = min(points, key=lambda point: abs(point.labour_price - plan.ground.labour_price), default=None)
    return [
        {
            "labour_price": point.labour_price, "people_cost": point.people_cost, "waiting_cost": point.waiting_cost,
            "cost": point.cost, "mean_wait": point.mean_wait, "lost": point.lost, "bound": point.bound,
            "gap": point.gap, "chosen": point is nearest,
        }
        for point in points
    ]  # fmt: skip


def _hiring(plan: QuarterPlan) -> dict[str, Any] | None:
    if plan.hiring is None:
        return None
    return {
        "heads": [
            {"skill": skill, "contract": contract, "people": people}
            for (skill, contract), people in plan.hiring.heads.items() if people
        ],
        "bound": plan.hiring.bound,
        "cost": plan.hiring.cost,
        "steps": [
            {
                "skill": step.skill, "contract": step.contract, "change": step.change, "cost_change": step.cost_change,
                "uncovered_hours": step.uncovered / 60, "words": _head_words(step),
            }
            for step in plan.head_changes
        ],
    }  # fmt: skip


def _today(plan: QuarterPlan, today: Evaluation) -> dict[str, Any]:
    """Today's costs; people who are there are paid as in the plan: no roster of today says what else they would be."""
    costs, words = today.costs, "as it is done today, people paid by the hour, without a roster"
    if plan.hiring is None:
        paid = {name: cost for name, cost in quarter_costs(plan.costs, plan.evaluation).items() if name in PAY}
        costs = paid | {name: cost for name, cost in costs.items() if name != "wages"}
        words = "as it is done today, people paid as in the plan"
    return {
        "cost": sum(costs.values()),
        "costs": costs,
        "broken": len({promise.name for promise in today.broken_promises}) + len(today.broken_rules),
        "words": words,
    }


def _head_words(step: HeadChange) -> str:
    missing = f"; {step.uncovered / 60:,.0f} hours would lack people" if step.uncovered > 30 else ""
    if abs(step.cost_change) < 0.5:
        return f"costs the same{missing}"
    return f"{'dearer' if step.cost_change > 0 else 'cheaper'} by {abs(step.cost_change):,.0f} yuan{missing}"


def _of_the_bound(plan: QuarterPlan) -> Iterator[str]:
    """How the search for the policy counted people, where that is not by the hour at their pay."""
    ground = plan.ground
    if ground.layer is not None and ground.labour_price != 1:
        price = f"{ground.labour_price:g}"
        yield f"the policy was searched for with an hour of people at {price} of its wage: their worth here"
    if ground.layer is not None and by_contract(ground.branch, plan.rules) is not ground.branch:
        yield "the bound counts no premium of part time: salaried people may work short shifts without it"


def _notes(plan: QuarterPlan) -> list[str]:
    found = [f"{title_of(plan, name)}: the hall refuses it, so no day has it" for name in plan.ground.refused]
    found += _of_the_bound(plan)
    if plan.costs.under > 0:
        found.append("days on which people are missing are judged as if they were there")
    if plan.costs.under > 0 and plan.hiring is not None:
        found.append(
            "how many to employ does not count rest between shifts, forbidden sequences and days in a row: shifts that "
            "lack people may need more"
        )
    if in_vain := wishes_in_vain(plan.staff, plan.ground.calendar):
        found.append(
            f"days wished to work on which the branch is closed or the person is away or off: {in_vain}; not counted"
        )
    for name, employee in plan.staff.people.items():
        if employee.left is not None:
            found.append(f"{name} is no longer among the people: shifts before {employee.left} and their pay stay")
    return found + [f"not evaluated yet: {text}" for text in plan.evaluation.unevaluated]


def _of_past(plan: QuarterPlan, settled: Settled | None) -> list[str]:
    if settled is None or not plan.problem.cover_all:
        return []
    return [f"every shift is to be covered from {settled.until} on: who was missing before is not counted"]
