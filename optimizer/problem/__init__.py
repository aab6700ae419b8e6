"""What is given and what may be decided; computes nothing."""

from optimizer.problem.branch import Branch
from optimizer.problem.channels import Greeter, Machine, Remote, ServiceTime, WindowRole
from optimizer.problem.customers import AmountTable, Lognormal, Tickets, Tier, Transaction
from optimizer.problem.diversion import Campaign, Diversion
from optimizer.problem.people import Meal, ShiftRules, Skill
from optimizer.problem.policy import Assignment, DayPlan, Policy, Shift
from optimizer.problem.quantities import format_clock, parse_clock
from optimizer.problem.reading import TODAY, read_branch, read_policy, read_today
from optimizer.problem.staff import Contract, Employee, Leave, RosterRules, Staff, Wish
from optimizer.problem.staff_reading import read_roster_rules, read_staff
from optimizer.problem.targets import DivertedShare, Target
from optimizer.problem.ticket_log import LoggedDay, read_ticket_log
from optimizer.problem.writing import policy_json, to_json, write_bytes, write_text

__all__ = [
    "TODAY", "AmountTable", "Assignment", "Branch", "Campaign", "Contract", "DayPlan", "Diversion", "DivertedShare",
    "Employee", "Greeter", "Leave", "LoggedDay", "Lognormal", "Machine", "Meal", "Policy", "Remote", "RosterRules",
    "ServiceTime", "Shift", "ShiftRules", "Skill", "Staff", "Target", "Tickets", "Tier", "Transaction", "WindowRole",
    "Wish", "format_clock", "parse_clock", "policy_json", "read_branch", "read_policy", "read_roster_rules",
    "read_staff", "read_ticket_log", "read_today", "to_json", "write_bytes", "write_text",
]  # fmt: skip
