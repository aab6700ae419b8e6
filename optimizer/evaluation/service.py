"""How long a server is busy: transactions mixed, dead numbers called, work added by a rule, the greeter's tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from optimizer.evaluation.regime import Regime
from optimizer.problem import Branch, Tickets, WindowRole
from optimizer.queues import mixture, slowness

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TicketService:
    """Service of all tickets that are called in a channel."""

    rate: float
    """μ: one over the mean time that a ticket holds a server [per minute]."""
    scv: float
    """Squared coefficient of variation of that time."""
    tickets: float
    """Tickets called for each customer; those beyond one are dead."""

    def slowing(self, abandonment_rate: float) -> float:
        """Tickets that one step of the exponential queue stands for, so that it varies as these services let it."""
        return slowness(self.scv, abandonment_rate=abandonment_rate, service_rate=self.rate)


@dataclass(frozen=True)
class ServiceRule:
    """Work that is added to a service that starts while few wait: a form filled in at the window, a pitch.

    Where both rules are in force an addition stands for the two, with their mean work.
    """

    rate: float
    """Service rate with the addition [per minute]."""
    share: tuple[float, ...]
    """Share of services that have it, by the number left waiting; the last holds beyond."""
    income: float
    """Mean income of an addition [yuan]."""
    most: float
    """Additions for each customer if all started while few wait."""


def dead_numbers(tickets: Tickets) -> float:
    """Dead numbers for each customer: all tickets that are called but the one that is answered.

    With k tickets a customer and a share q that nobody answers, k / (1 - q) numbers are called for each customer.
    """
    return tickets.per_customer / (1 - tickets.no_show) - 1


def dead_calls(branch: Branch, channel: str, transaction: str, regime: Regime) -> tuple[float, float]:
    """Dead numbers for each customer of a transaction, and how long each holds a window [minutes]; none at machines."""
    if not isinstance(branch.channels[channel], WindowRole):
        return 0.0, 0.0
    called = branch.transactions[transaction].tickets
    return dead_numbers(called), (regime.calls or called.calls) * called.call_seconds / 60


def ticket_service(branch: Branch, channel: str, weights: Floats, regime: Regime) -> TicketService:
    """Mean and variability of service, over transactions in the proportions of ``weights`` (axis class).

    A dead number holds a window for the length of its calls.
    """
    given = branch.channels[channel]
    streams: list[tuple[float, float, float]] = []
    for weight, (transaction, _) in zip(weights.tolist(), branch.classes, strict=True):
        if weight <= 0:
            continue
        service = given.service[transaction]
        streams.append((weight, service.mean, service.scv))
        dead, minutes = dead_calls(branch, channel, transaction, regime)
        streams.append((weight * dead, minutes, 0.0))
    if not streams:
        return TicketService(1.0, 1.0, 1.0)
    work = mixture(*zip(*streams, strict=True))
    # In thousandths, so that regimes whose mixes hardly differ are alike in this.
    return TicketService(work.service_rate, work.scv, round(work.arrival_rate / float(weights.sum()), 3))


def unseen_overtime(branch: Branch, channel: str, late: Floats, service: TicketService, regime: Regime) -> float:
    """Work after closing that a chain overlooks which takes late customers for arrivals of the last period.

    Late ones, who still write or stand at the greeter when the door shuts, are served after closing altogether. One who
    comes at any moment of the last period T and is served at once, for 1 / μ in the mean, leaves the share
    (1 - exp(-μ T)) / (μ T) of that work for the time after.

    Args:
        branch: The branch.
        channel: A window role or a kind of machine.
        late: Customers who come after closing; axis class.
        service: Of all tickets that are called in the channel, as the chain takes it.
        regime: The regime, for the calls of a number.

    Returns:
        Server-minutes; at least 0.
    """
    work = 0.0
    for count, (transaction, _) in zip(late.tolist(), branch.classes, strict=True):
        if count > 0:
            dead, minutes = dead_calls(branch, channel, transaction, regime)
            work += count * (branch.channels[channel].service[transaction].mean + dead * minutes)
    services = branch.period * service.rate
    seen = float(late.sum()) * service.tickets / service.rate * (1 - exp(-services)) / services
    return max(work - seen, 0.0)


def greeter_service(branch: Branch, door: Floats, shares: Sequence[tuple[str, float] | None]) -> TicketService:
    """The greeter's time with a customer: exponential, with side tasks for some and help for some of those diverted.

    Each addition is exponential. With base time m, side tasks of share q and mean t, and help of mean a for a share p
    of all customers (h = Σ p a):

        E S = m + Σ q t + h,    Var S = m² + Σ q (2 - q) t² + Σ 2 p a² - h².

    Args:
        branch: The branch.
        door: Customers at the door; axes class, period.
        shares: By class, the channel that it is diverted to and the share that goes there; None: nobody is asked.

    Returns:
        The service, exactly exponential where there are no additions; rate 1 without a greeter.
    """
    if branch.greeter is None:
        return TicketService(1.0, 1.0, 1.0)
    greeter, total = branch.greeter[1], float(door.sum())
    tasks = greeter.side_tasks.values()
    mean = greeter.minutes + sum(task.share * task.minutes for task in tasks)
    variance = greeter.minutes**2 + sum(task.share * (2 - task.share) * task.minutes**2 for task in tasks)
    if total > 0:
        minutes = {d.transaction: d.assistance_minutes for d in branch.diversions.values()}
        helped = [
            (sent[1] * float(door[i].sum()) / total, minutes[branch.classes[i][0]])
            for i, sent in enumerate(shares)
            if sent is not None
        ]
        assistance = sum(share * a for share, a in helped)
        mean += assistance
        variance += sum(2 * share * a**2 for share, a in helped) - assistance**2
    return TicketService(1 / mean, variance / mean**2, 1.0)


def service_rule(branch: Branch, weights: Floats, service: TicketService, regime: Regime) -> ServiceRule | None:
    """The rules of the regime at a window, as one addition; None where none is in force or nobody is concerned."""
    transactions = [branch.transactions[transaction] for transaction, _ in branch.classes]
    tickets = float(weights.sum()) * service.tickets
    if tickets <= 0:
        return None
    each = list(zip(weights.tolist(), transactions, strict=True))
    forms = [(w * t.form.share, t.form.window_minutes, 0.0) for w, t in each if t.form]
    pitches = [(w, t.pitch.minutes, t.pitch.income) for w, t in each if t.pitch]
    rules = []
    for below, concerned in ((regime.form_at_window_below, forms), (regime.pitch_below, pitches)):
        count = sum(c for c, _, _ in concerned)
        if below > 0 and count > 0:
            minutes = sum(c * m for c, m, _ in concerned) / count
            rules.append((below, count / tickets, minutes, sum(c * i for c, _, i in concerned) / count))
    if not rules:
        return None
    any_share = 1 - float(np.prod([1 - share for _, share, _, _ in rules]))
    added = sum(share * minutes for _, share, minutes, _ in rules) / any_share
    if added <= 0:
        return None
    waiting = range(max(below for below, *_ in rules) + 1)
    return ServiceRule(
        rate=1 / (1 / service.rate + added),
        share=tuple(
            min(sum(share * minutes for below, share, minutes, _ in rules if w < below) / added, 1.0) for w in waiting
        ),
        income=sum(share * income for _, share, _, income in rules) / any_share,
        most=any_share * service.tickets,
    )
