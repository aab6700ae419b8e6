"""The hall that a branch and a policy make on a kind of day, and what its days cost."""

from collections.abc import Collection
from typing import Literal

import numpy as np

from optimizer.problem import (
    AmountTable,
    Branch,
    Diversion,
    Greeter,
    Machine,
    Policy,
    Remote,
    ServiceTime,
    Tier,
    Transaction,
)  # fmt: skip
from optimizer.simulation.breaks import Steps, staffed
from optimizer.simulation.distributions import Distribution
from optimizer.simulation.hall import NEVER, Advice, CustomerClass, Form, Hall, Pitch, Station, Tickets, Visit
from optimizer.simulation.moments import Prices
from optimizer.simulation.records import ABANDONED, ARRIVALS, DESK, PITCHES, SERVED, TURNED_AWAY, WAITING, WITHIN

COST_NAMES = ("overtime", "waiting", "lost_customers", "transactions", "annoyance", "pitches")
"""Costs that a day's events decide; wages, machines and campaign do not depend on them."""


def class_name(transaction: str, tier: str) -> str:
    """Name of a class of customers in the hall."""
    return f"{transaction}, {tier}"


def branch_hall(branch: Branch, policy: Policy, day_type: str, also: Collection[tuple[str, str]] = ()) -> Hall:
    """The hall on a day of a type under a policy; a class that nobody belongs to on that day is left out.

    Where nobody comes at all the classes stay, with rates of 0.

    Args:
        branch: The branch.
        policy: What it does.
        day_type: Kind of the day.
        also: Classes (transaction, tier) that are there in any case, for customers whom nobody expects.
    """
    greeter = branch.greeter[0] if branch.greeter is not None and policy.greeters > 0 else None
    people = staffed(branch, policy, day_type)
    stations = tuple(_station(branch, people, day_type, name) for name in branch.channels)
    rows, nobody = branch.arrivals.get(day_type, {}), (0.0,) * branch.periods(day_type)
    expected = {each: rows.get(each[0], {}).get(each[1], nobody) for each in branch.classes}
    coming = [each for each, volumes in expected.items() if sum(volumes) > 0 or each in also]
    classes = tuple(
        _customers(branch, policy, greeter, *each, tuple(v / branch.period for v in expected[each]))
        for each in coming or expected
    )
    return Hall(
        period=float(branch.period), stations=stations, classes=classes, busyness_scv=branch.busyness_scv,
        adviser=greeter, head_start=branch.head_start,
    )  # fmt: skip


def _station(branch: Branch, people: dict[str, Steps], day_type: str, name: str) -> Station:
    channel = branch.channels[name]
    limits = tuple(sorted({t.within for t in branch.targets.values() if t.channel == name and t.within is not None}))
    if isinstance(channel, Remote):
        return Station(name, remote=True)
    if not isinstance(channel, Machine):
        return Station(name, people[name], capacity=channel.queue_capacity, limits=limits)
    fails = channel.failures_per_day > 0 and channel.repair_minutes > 0
    return Station(
        name, ((0.0, channel.units),), capacity=channel.queue_capacity, limits=limits,
        failure_rate=channel.failures_per_day / (branch.periods(day_type) * branch.period) if fails else 0.0,
        repair=Distribution.exponential(channel.repair_minutes) if fails else NEVER,
    )  # fmt: skip


def _customers(
    branch: Branch, policy: Policy, greeter: str | None, transaction: str, tier: str, rates: tuple[float, ...]
) -> CustomerClass:
    home = branch.transactions[transaction].home(tier)
    advice = _advice(branch, policy, transaction, tier)
    way = (home,) if greeter is None else (greeter, home)
    called = (*way, *(() if advice is None else (advice.to,)))
    visits = {name: _visit(branch, policy, name, transaction, tier) for name in called}
    return CustomerClass(class_name(transaction, tier), rates, way, visits, advice, group=tier)


def _advice(branch: Branch, policy: Policy, transaction: str, tier: str) -> Advice | None:
    """What the lobby advises these customers; None where nobody is asked, or no amount is small enough."""
    kind = branch.transactions[transaction]
    for name, diversion in branch.diversions.items():
        if diversion.transaction != transaction or (diversion.tiers and tier not in diversion.tiers):
            continue
        other = branch.channels[diversion.to]
        limit = other.limit if isinstance(other, Machine | Remote) else None
        threshold = policy.thresholds.get(name, 0.0)
        ceiling = threshold if limit is None else min(threshold, limit)
        if kind.amount is None or diversion.to == kind.home(tier) or ceiling <= 0:
            return None
        return Advice(
            to=diversion.to, amount=_amount(kind), ceiling=ceiling, follow=_follow(branch, policy, diversion),
            assistance=Distribution.exponential(diversion.assistance_minutes), when_waiting=policy.divert_from,
        )  # fmt: skip
    return None


def _follow(branch: Branch, policy: Policy, diversion: Diversion) -> tuple[float, ...]:
    """Share of those asked who are able and follow, by week of the quarter."""
    asked = diversion.compliance[min(policy.greeters, len(diversion.compliance) - 1)]
    asked *= 1 + branch.campaigns[policy.campaign].uplift
    growth = 1 + branch.drift.weekly
    return tuple(diversion.able * min(1.0, asked * growth**week) for week in range(branch.drift.weeks))


def _amount(kind: Transaction) -> Distribution:
    amount = kind.amount
    if amount is None:
        raise TypeError("a transaction that is diverted has an amount")
    if isinstance(amount, AmountTable):
        return Distribution.table(amount.amounts, amount.shares)
    return Distribution("lognormal", (amount.log_mean, amount.log_sd))


def _visit(branch: Branch, policy: Policy, name: str, transaction: str, tier: str) -> Visit:
    channel, customer, kind = branch.channels[name], branch.tiers[tier], branch.transactions[transaction]
    if isinstance(channel, Remote):
        return Visit(Distribution.constant(0.0))
    patience = _patience(customer)
    if isinstance(channel, Greeter):
        tasks = tuple((task.share, Distribution.exponential(task.minutes)) for task in channel.side_tasks.values())
        return Visit(Distribution.exponential(channel.minutes), extras=tasks, patience=patience)
    service = _service(channel.service[transaction])
    if isinstance(channel, Machine):
        return Visit(service, patience=patience, come_back=channel.come_back)
    calls = kind.tickets.calls if policy.calls is None else policy.calls
    tickets = Tickets(kind.tickets.per_customer, kind.tickets.no_show, calls * kind.tickets.call_seconds / 60)
    pitch = Pitch(kind.pitch.minutes, policy.pitch_below) if kind.pitch and policy.pitch_below > 0 else None
    return Visit(
        service, rank=customer.priority, patience=patience, balking=customer.balking, tickets=tickets,
        form=_form(kind, policy), pitch=pitch,
    )  # fmt: skip


def _form(kind: Transaction, policy: Policy) -> Form | None:
    """The form of a transaction; at the desk unless the rule for the window is in force."""
    form = kind.form
    if form is None:
        return None
    below = policy.form_at_window_below
    desk = None if below > 0 else Distribution.exponential(form.desk_minutes)
    return Form(form.share, desk, form.window_minutes, below, form.wrong)


def _service(given: ServiceTime) -> Distribution:
    return _family(given.distribution, given.mean, given.scv, given.minutes, given.shares)


def _patience(tier: Tier) -> Distribution:
    if tier.patience is None:
        return NEVER
    return _family(
        tier.patience_distribution, tier.patience, tier.patience_scv, tier.patience_minutes, tier.patience_shares
    )


def _family(
    name: Literal["exponential", "lognormal", "gamma", "table"], mean: float, scv: float, minutes: tuple[float, ...],
    shares: tuple[float, ...],
) -> Distribution:  # fmt: skip
    if name == "exponential":
        # An exponential time whose scv is not 1 is none: the gamma family has both.
        return Distribution.exponential(mean) if scv == 1 else Distribution.gamma(mean, scv)
    if name == "table":
        return Distribution.table(minutes, shares)
    return Distribution.lognormal(mean, scv) if name == "lognormal" else Distribution.gamma(mean, scv)


def hall_prices(branch: Branch, hall: Hall) -> Prices:
    """What the events of a day cost, in the order of ``COST_NAMES`` [yuan]; income from pitches is negative."""
    visits = [(each, name) for each in hall.classes for name in each.visits]
    limits = max(1, *(len(station.limits) for station in hall.stations))
    measures = np.zeros((len(COST_NAMES), len(visits), WITHIN + limits))
    cost = {name: measures[index] for index, name in enumerate(COST_NAMES)}
    annoyance = {d.transaction: d.annoyance for d in branch.diversions.values()}
    for v, (each, name) in enumerate(visits):
        transaction = each.name.removesuffix(f", {each.group}")
        tier, pitch = branch.tiers[each.group], branch.transactions[transaction].pitch
        cost["waiting"][v, [WAITING, DESK]] = tier.waiting_cost / 60
        cost["lost_customers"][v, [ABANDONED, TURNED_AWAY]] = tier.loss
        cost["transactions"][v, SERVED] = branch.channels[name].cost_per_transaction
        if each.advice is not None and name == each.advice.to:
            cost["annoyance"][v, ARRIVALS] = annoyance[transaction]
        if pitch is not None:
            cost["pitches"][v, PITCHES] = -pitch.income
    overtime = np.zeros((len(COST_NAMES), len(hall.stations)))
    overtime[COST_NAMES.index("overtime")] = [_overtime_minute(branch, station.name) for station in hall.stations]
    return Prices(measures, overtime)


def _overtime_minute(branch: Branch, channel: str) -> float:
    """A minute of work after closing, at the pay of the dearest who can do it [yuan]."""
    pay = [skill.wage / (1 - skill.shrinkage) for skill in branch.skills.values() if channel in skill.serves]
    return branch.overtime_multiplier * max(pay, default=0.0) / 60
