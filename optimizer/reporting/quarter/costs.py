"""Costs of a quarter by name."""

from optimizer.evaluation import Evaluation
from optimizer.rostering import RosterCosts


def quarter_costs(roster: RosterCosts, evaluation: Evaluation) -> dict[str, float]:
    """People as the roster pays them, all else as the evaluation of the same days has it [yuan]."""
    people = {
        "salaries": roster.guaranteed,
        "hourly_pay": roster.ordinary,
        "overtime_pay": roster.overtime,
        "rest_day_pay": roster.rest_day,
        "holiday_pay": roster.holiday,
        "uncovered": roster.under,
        "surplus": roster.over,
        "wishes": roster.requests,
        "fairness": roster.fairness,
    }
    return people | {name: cost for name, cost in evaluation.costs.items() if name != "wages"}
