"""What a day costs, by name: the only place where cost is defined."""

import numpy as np

from optimizer.evaluation.demand import ChannelDemand
from optimizer.evaluation.flows import DayFlows
from optimizer.problem import Branch, DayPlan, Remote, Shift, Skill
from optimizer.queues import TransientDay

COST_NAMES = (
    "wages", "overtime", "waiting", "lost_customers", "transactions", "annoyance", "campaign", "machines",
)  # fmt: skip
UNDECIDED = ("machines",)
"""Costs that no decision changes: left out of bound and gap."""


def shift_cost(skill: Skill, shift: Shift) -> float:
    """Pay of one person on a shift, with those paid for being away [yuan]."""
    unpaid = 0 if skill.shifts.meal is None or skill.shifts.meal.paid else shift.meal_minutes
    hours = (shift.end - shift.start - unpaid) / 60
    short = shift.end - shift.start < 60 * skill.shifts.part_time_below
    premium = 1 + (skill.shifts.part_time_premium if short else 0.0)
    return hours * skill.wage * skill.paid_factor() * premium


def wages(branch: Branch, plan: DayPlan) -> float:
    """Pay of everybody on shift [yuan a day]."""
    return sum(a.people * shift_cost(branch.skills[a.skill], a.shift) for a in plan.shifts)


def channel_costs(demand: ChannelDemand, day: TransientDay) -> dict[str, float]:
    """Costs of a channel where people wait [yuan a day].

    Waiting after closing costs as much as before; nobody gives up then, so nobody is lost.
    """
    waiting = float(day.waiting.sum())
    served = float(demand.arrivals.sum()) - demand.abandonment_rate * waiting
    return {
        "overtime": demand.overtime_cost * day.overtime,
        "waiting": demand.waiting_cost * (waiting + day.waiting_after_closing),
        "lost_customers": demand.loss_rate * waiting,
        "transactions": demand.transaction_cost * served,
    }


def flow_costs(branch: Branch, flows: DayFlows) -> dict[str, float]:
    """Costs of a day that follow from the regime alone [yuan a day]: remote transactions, annoyance, machines."""
    remote = sum(
        channel.cost_per_transaction * float(flows.arrivals[:, index].sum())
        for index, channel in enumerate(branch.channels.values())
        if isinstance(channel, Remote)
    )
    by_transaction = {d.transaction: d.annoyance for d in branch.diversions.values()}
    annoyance = np.array([by_transaction.get(transaction, 0.0) for transaction, _ in branch.classes])
    return {
        "transactions": remote,
        "annoyance": float(annoyance @ flows.diverted),
        "machines": sum(m.units * m.cost_per_day for m in branch.machines.values()),
    }


def add_costs(total: dict[str, float], costs: dict[str, float], times: float = 1.0) -> None:
    """Add ``times`` the costs to a running total by name, in place."""
    for name, value in costs.items():
        total[name] += times * value
