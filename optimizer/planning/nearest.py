"""What to do where no policy keeps every promise: the quarter that breaks those least that cannot be kept."""

from collections.abc import Iterable
from dataclasses import replace

from optimizer.calibration.quarter import QuarterForecast
from optimizer.evaluation import evaluate
from optimizer.planning.doubt import plan
from optimizer.planning.groundwork import Groundwork, Menus, NoPolicyError, Watch, calendar_of
from optimizer.planning.hiring import for_hire, hired
from optimizer.planning.quarter import QuarterOptions, QuarterPlan, staffed_quarter
from optimizer.problem import Branch, RosterRules, Staff
from optimizer.rostering import DayOption, staff_of

HURRY = 20.0
"""By which waiting counts more, so that a promise that cannot be kept is broken little."""
TARGET = "target "
"""Before the names of targets among the rules that clash."""


def nearest_quarter(
    none: NoPolicyError, forecast: QuarterForecast, rules: RosterRules, staff: Staff | None, options: QuarterOptions,
    watch: Watch,
) -> QuarterPlan | None:  # fmt: skip
    """A quarter that keeps all but the promises that clash, and of these breaks as little as a fast plan does.

    The targets among the rules that clash are left out, and waiting counts many times its price: each day type has
    the plan that is best then. It is judged by what was asked for.

    Args:
        none: What the search found out.
        forecast: Customers of every day of the quarter.
        rules: Law, contracts and prices.
        staff: The people there are; None: they are hired.
        options: When each step stops.
        watch: Told how the steps stand.

    Returns:
        The quarter; None where there is none without these promises either.
    """
    names = [rule.removeprefix(TARGET) for rule in none.layer.result.conflict if rule.startswith(TARGET)]
    if not names:
        return None
    found = plan(hurried(none.branch, names), options.search, None, watch.search, watch.steps).result
    if found.policy is None:
        return None
    evaluation = evaluate(none.branch, found.policy)
    menus: Menus = {}
    for day_type, day in evaluation.days.items():
        queue_cost = sum(day.costs.values()) - day.costs["wages"]
        menus[day_type] = (DayOption(f"{day_type}_a", queue_cost, found.policy.days[day_type]),)
    ground = Groundwork(
        forecast=forecast, branch=none.branch, policy=found.policy, layer=None, evaluation=evaluation, labour_price=1.0,
        calendar=calendar_of(forecast), menus=menus,
    )  # fmt: skip
    options = replace(options, cover_all=False)
    if staff is not None:
        return staffed_quarter(ground, rules, staff, options, watch)
    rules = for_hire(rules)
    hiring = hired(none.branch, rules, ground.calendar, menus)
    return staffed_quarter(ground, rules, staff_of(hiring, none.branch, rules), options, watch, hiring=hiring)


def hurried(branch: Branch, without: Iterable[str]) -> Branch:
    """The branch without some targets, where waiting counts many times its price."""
    left_out = set(without)
    return branch.replace(
        targets={name: target for name, target in branch.targets.items() if name not in left_out},
        tiers={name: tier.replace(waiting_cost=HURRY * tier.waiting_cost) for name, tier in branch.tiers.items()},
    )
