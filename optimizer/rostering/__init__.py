"""Who stands there, for a quarter: rosters that keep the law, contracts and wishes, with a bound."""

from optimizer.rostering.contracts import CalendarDay
from optimizer.rostering.costs import roster_costs
from optimizer.rostering.duties import Shortage, changed_days, duties, replan_requests, shortages
from optimizer.rostering.legality import Breach, breaches
from optimizer.rostering.pay import Worked, worked
from optimizer.rostering.problem import Roster, RosterCosts, RosterProblem, RosterResult, RosterStatus
from optimizer.rostering.quarter import DayOption, Duty, Menus, Settled, quarter_problem, wishes_in_vain
from optimizer.rostering.solve import RosterOptions, RosterProgress, solve_roster
from optimizer.rostering.workforce import HeadChange, Workforce, head_changes, staff_of, workforce

__all__ = [
    "Breach",
    "CalendarDay",
    "DayOption",
    "Duty",
    "HeadChange",
    "Menus",
    "Roster",
    "RosterCosts",
    "RosterOptions",
    "RosterProblem",
    "RosterProgress",
    "RosterResult",
    "RosterStatus",
    "Settled",
    "Shortage",
    "Worked",
    "Workforce",
    "breaches",
    "changed_days",
    "duties",
    "head_changes",
    "quarter_problem",
    "replan_requests",
    "roster_costs",
    "shortages",
    "solve_roster",
    "staff_of",
    "wishes_in_vain",
    "worked",
    "workforce",
]
