"""What a day costs, by name: the only place where cost is defined."""

import numpy as np

from optimizer.evaluation.channel import ChannelDay
from optimizer.evaluation.demand import ChannelDemand
from optimizer.evaluation.flows import DayFlows
from optimizer.problem import Branch, DayPlan, Remote, Shift, Skill

COST_NAMES = (
    "wages", "overtime", "waiting", "lost_customers", "transactions", "annoyance", "pitches", "campaign", "machines",
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


def channel_costs(day: ChannelDay) -> dict[str, float]:
    """Costs of a channel where people wait [yuan a day]; income from pitches is a negative cost.

    Waiting after closing costs as much as before; nobody gives up then, so nobody is lost.
    """
    demand, waiting, lost = day.demand, 0.0, 0.0
    served = float(demand.arrivals.sum())
    for rank, measures in zip(demand.ranks, day.ranks, strict=True):
        minutes, blocked = float(measures.waiting.sum()), float(measures.blocked.sum())
        waiting += rank.waiting_cost * (minutes + measures.waiting_after_closing)
        lost += rank.loss_rate * minutes + rank.loss * blocked
        served -= rank.abandonment_rate * minutes + blocked
    return {
        "overtime": demand.overtime_cost * day.measures.overtime,
        "waiting": waiting,
        "lost_customers": lost,
        "transactions": demand.transaction_cost * served,
        "pitches": -demand.rule.income * day.additions if demand.rule is not None else 0.0,
    }


def unavoidable_cost(demand: ChannelDemand) -> float:
    """Least of what customers cost beside waiting, and pitches earn, whatever the servers [yuan a day].

    Everybody is served, those who come after closing in overtime, and every pitch is made.
    """
    customers = float(demand.arrivals.sum())
    earned = demand.rule.income * demand.rule.most if demand.rule is not None else 0.0
    return (demand.transaction_cost - earned) * customers + demand.overtime_cost * demand.unseen_overtime


def flow_costs(branch: Branch, flows: DayFlows) -> dict[str, float]:
    """Costs of a day that follow from the regime alone [yuan a day].

    Remote transactions, annoyance, machines, and customers' time at the form desk, at what their waiting costs.
    """
    remote = sum(
        channel.cost_per_transaction * float(flows.arrivals[:, index].sum())
        for index, channel in enumerate(branch.channels.values())
        if isinstance(channel, Remote)
    )
    by_transaction = {d.transaction: d.annoyance for d in branch.diversions.values()}
    annoyance = np.array([by_transaction.get(transaction, 0.0) for transaction, _ in branch.classes])
    return {
        "waiting": _desk_cost(branch, flows),
        "transactions": remote,
        "annoyance": float(annoyance @ flows.diverted),
        "machines": sum(m.units * m.cost_per_day for m in branch.machines.values()),
    }


def _desk_cost(branch: Branch, flows: DayFlows) -> float:
    """Customers' time at the form desk before they are called [yuan a day]."""
    cost = 0.0
    for (transaction, tier), writers in zip(branch.classes, flows.writers.tolist(), strict=True):
        form = branch.transactions[transaction].form
        cost += 0.0 if form is None else writers * form.desk_minutes * branch.tiers[tier].waiting_cost / 60
    return cost


def add_costs(total: dict[str, float], costs: dict[str, float], times: float = 1.0) -> None:
    """Add ``times`` the costs to a running total by name, in place."""
    for name, value in costs.items():
        total[name] += times * value
