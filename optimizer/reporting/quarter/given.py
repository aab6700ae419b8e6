"""What a quarter's plan takes as given: the numbers that a planner would question first."""

from collections.abc import Iterator
from typing import Any

from optimizer.planning.quarter import QuarterPlan
from optimizer.problem import Branch, RosterRules


def assumption_rows(plan: QuarterPlan) -> list[dict[str, Any]]:
    """Wages, prices, law and customers, each with its file."""
    return [
        {"what": what, "value": value, "source": source}
        for what, value, source in (*_of_branch(plan.ground.branch), *_of_rules(plan.rules), *_of_forecast(plan))
    ]


def _of_branch(branch: Branch) -> Iterator[tuple[str, str, str]]:
    for name, skill in branch.skills.items():
        yield f"wage of {name}", f"{skill.wage:g} yuan/h", "branch.toml"
        yield f"shrinkage of {name}", f"{skill.shrinkage:.0%}", "branch.toml"
    for name, tier in branch.tiers.items():
        yield f"an hour of waiting of a customer, {name}", f"{tier.waiting_cost:g} yuan", "branch.toml"
        yield f"a lost customer, {name}", f"{tier.loss:g} yuan", "branch.toml"
    yield "work after closing, relative to the wage", f"{branch.overtime_multiplier:g}", "branch.toml"
    yield "a day is busier or quieter than its kind by", f"{branch.busyness_scv**0.5:.0%}", "branch.toml"
    for name, target in branch.targets.items():
        yield f"promise {name}", target.sentence(name).removeprefix(f"{name}: "), "branch.toml"


def _of_rules(rules: RosterRules) -> Iterator[tuple[str, str, str]]:
    source = "roster.toml, or the law of China"
    yield "rest between shifts", f"{rules.rest_between:g} h", source
    yield "most days in a row", f"{rules.days_in_a_row}", source
    yield "rest days a week", f"{rules.rest_days}", source
    yield "most overtime", f"{rules.overtime_a_day:g} h a day, {rules.overtime_a_month:g} h a month", source
    pay = f"{rules.overtime_pay:.0%}, {rules.rest_day_pay:.0%}, {rules.holiday_pay:.0%}"
    yield "pay of overtime, rest days, holidays", pay, source
    yield "price of a person missing", f"{rules.uncovered_price:g} yuan/h", source


def _of_forecast(plan: QuarterPlan) -> Iterator[tuple[str, str, str]]:
    history = plan.ground.forecast.model
    source = "branch's arrivals by day type" if history is None else f"{history.days} days of history"
    yield "customers of the quarter", f"{float(plan.ground.forecast.forecast.customers.sum()):,.0f}", source
