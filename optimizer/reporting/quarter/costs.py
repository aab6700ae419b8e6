"""Costs of a quarter by name."""

from optimizer.evaluation import Evaluation
from optimizer.rostering import RosterCosts


def quarter_costs(roster: RosterCosts, evaluation: Evaluation, changes: float = 0.0) -> dict[str, float]:
    """People as the roster pays them, all else as the evaluation of the same days has it [yuan].

    Args:
        roster: Of the roster.
        evaluation: Of the plans for its days.
        changes: The price of changed days, which the roster has among its wishes.
    """
    people = {
        "salaries": roster.guaranteed,
        "hourly_pay": roster.ordinary,
        "overtime_pay": roster.overtime,
        "rest_day_pay": roster.rest_day,
        "holiday_pay": roster.holiday,
        "uncovered": roster.under,
        "surplus": roster.over,
        "wishes": roster.requests - changes,
        "changes": changes,
        "fairness": roster.fairness,
    }
    return people | {name: cost for name, cost in evaluation.costs.items() if name != "wages"}
