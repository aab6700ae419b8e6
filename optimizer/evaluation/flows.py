"""Who arrives where and when: from the door past the greeter and the form desk to the channels."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.evaluation.diversion import diverted_share
from optimizer.evaluation.regime import Regime
from optimizer.evaluation.service import TicketService, greeter_service
from optimizer.problem import Branch, WindowRole
from optimizer.queues import TransientDay, busy_day_factor, expected_day, transient_day

Floats = NDArray[np.float64]
BUSY_DAYS = 3
"""Days, from quiet to busy, that stand for all: a quadrature over the gamma factor of a day's arrivals. On days like
those of the instances it gives a day's waiting to 0.2 % for ``busyness_scv`` up to 0.05."""
COUNTS = (
    "arrivals", "waiting", "delayed", "blocked", "abandoned", "completed", "present", "waiting_after_closing",
    "left_at_closing",
)  # fmt: skip
"""Measures of a day that count customers: a step of a slowed chain stands for several."""


@dataclass(frozen=True)
class DayFlows:
    """Customers of one day, on each of several days from quiet to busy.

    ``days`` has the axes day, class, channel, period [customers], a wrong form's second turn included; ``weights`` are
    the probabilities of the days; ``late``, those of the last period who reach a channel after closing, has the axes
    class and channel; ``diverted``, and ``writers`` who fill in a form at the desk first, have the axis class [expected
    customers a day].
    """

    day_type: str
    days: Floats
    weights: Floats
    late: Floats
    diverted: Floats
    writers: Floats
    greeter_service: TicketService
    greeter: TransientDay | None

    @property
    def greeter_service_rate(self) -> float:
        """Customers that a busy greeter sends on [per minute]."""
        return self.greeter_service.rate

    @cached_property
    def arrivals(self) -> Floats:
        """Expected customers; axes class, channel, period."""
        expected: Floats = np.tensordot(self.weights, self.days, 1)
        return expected


def day_flows(branch: Branch, day_type: str, regime: Regime) -> DayFlows:
    """Follow the customers of a day from the door to the channels that serve them.

    On a busy day all classes come more often by the same factor. The greeter's departures are the exact transient
    departures; they are shared among classes in order of arrival (:func:`order_matching`), an approximation that
    loses nobody. Customers who leave the greeter or the desk after closing time count in the last period, and as late.
    The form desk is an M(t)/M/∞ queue. A customer with a wrong form takes the second turn in the period of the first.
    """
    door = _door(branch, day_type)
    shares = [diverted_share(branch, transaction, tier, regime) for transaction, tier in branch.classes]
    service = greeter_service(branch, door, shares)
    factors, weights = busy_day_factor(branch.busyness_scv, BUSY_DAYS)
    met = [_meet_greeter(branch, factor * door, service, regime.greeters) for factor in factors]
    sent = np.array(
        [_sent_on(branch, z * door, after, shares, regime) for z, (after, _) in zip(factors, met, strict=True)]
    )
    days, late = sent[..., :-1], sent[..., -1]
    days[..., -1] += late
    staying = np.tensordot(weights, [after.sum(axis=1) for after, _ in met], 1)
    sent_away = np.array([0.0 if sent is None else sent[1] for sent in shares])
    diverted = sent_away * staying
    writers = _desk_shares(branch, regime) * (1 - sent_away) * staying
    greeted = [day for _, day in met if day is not None]
    greeter = expected_day(greeted, weights) if greeted else None
    return DayFlows(day_type, days, weights, np.tensordot(weights, late, 1), diverted, writers, service, greeter)


def _sent_on(
    branch: Branch, door: Floats, met: Floats, shares: list[tuple[str, float] | None], regime: Regime
) -> Floats:
    """Customers of one day at every channel, from those at the door and after the greeter.

    Axes: class, channel, period; the last are those after closing.
    """
    channels = list(branch.channels)
    arrivals = np.zeros((len(branch.classes), len(channels), met.shape[1]))
    if branch.greeter is not None:
        arrivals[:, channels.index(branch.greeter[0]), :-1] = door
    for index, ((transaction, tier), sent) in enumerate(zip(branch.classes, shares, strict=True)):
        home = branch.transactions[transaction].home(tier)
        staying = met[index]
        if sent is not None:
            arrivals[index, channels.index(sent[0])] += sent[1] * staying
            staying = (1 - sent[1]) * staying
        if isinstance(branch.channels[home], WindowRole):
            staying = _fill_in_forms(branch, transaction, staying, regime.form_at_window_below > 0)
        arrivals[index, channels.index(home)] += staying
    return arrivals


def _door(branch: Branch, day_type: str) -> Floats:
    """Customers at the door, axes class and period."""
    empty = (0.0,) * branch.periods(day_type)
    rows = branch.arrivals.get(day_type, {})
    return np.array([rows.get(transaction, {}).get(tier, empty) for transaction, tier in branch.classes])


def _meet_greeter(
    branch: Branch, door: Floats, service: TicketService, greeters: int
) -> tuple[Floats, TransientDay | None]:
    """Customers by class and period after the greeter, and the greeter's day: a chain slowed as a window's is.

    Behind the periods stand those who leave the greeter after closing.
    """
    if branch.greeter is None or greeters == 0:
        return _with_closing(door), None
    abandonment = mean_abandonment_rate(branch, door.sum(axis=1))
    slowing = service.slowing(abandonment)
    steps = transient_day(
        door.sum(axis=0) / branch.period / slowing,
        np.full(door.shape[1], greeters),
        service.rate / slowing,
        abandonment,
        period=branch.period,
    )
    day = replace(steps, **{name: slowing * getattr(steps, name) for name in COUNTS})
    left = np.append(day.completed, day.left_at_closing)
    entered = np.append(np.maximum(door.sum(axis=0) - day.abandoned, 0.0), 0.0)
    matching = order_matching(entered, left)
    mix = np.divide(door, door.sum(axis=0), out=np.zeros_like(door), where=door.sum(axis=0) > 0)
    return _with_closing(mix) @ matching, day


def _with_closing(by_period: Floats) -> Floats:
    """Numbers by class and period, with none after closing behind them."""
    return np.pad(by_period, ((0, 0), (0, 1)))


def order_matching(entered: Floats, left: Floats) -> Floats:
    """Customers who entered in period u and left in period t, when they leave in the order of entering.

    ``entered`` is scaled to the sum of ``left``, so that nobody is lost. Axes: period of entry, period of leaving.

    >>> order_matching(np.array([4.0, 2.0]), np.array([3.0, 3.0])).tolist()
    [[3.0, 1.0], [0.0, 2.0]]
    """
    total, gone = float(entered.sum()), float(left.sum())
    ends = np.cumsum(entered) * (gone / total if total > 0 else 0.0)
    exits = np.cumsum(left)
    starts, begins = np.concatenate([[0.0], ends[:-1]]), np.concatenate([[0.0], exits[:-1]])
    overlap = np.minimum(ends[:, None], exits[None, :]) - np.maximum(starts[:, None], begins[None, :])
    matched: Floats = np.maximum(overlap, 0.0)
    return matched


def mean_abandonment_rate(branch: Branch, weights: Floats) -> float:
    """Rate at which one who waits gives up [per minute], averaged over classes by ``weights`` (axis class)."""
    rates = [1 / p if (p := branch.tiers[tier].patience) else 0.0 for _, tier in branch.classes]
    total = float(weights.sum())
    return float(np.dot(rates, weights) / total) if total > 0 else 0.0


def _desk_shares(branch: Branch, regime: Regime) -> Floats:
    """Share of each class at a window that fills in a form at the desk before it takes a number."""
    if regime.form_at_window_below > 0:
        return np.zeros(len(branch.classes))
    kinds = [(branch.transactions[transaction], tier) for transaction, tier in branch.classes]
    return np.array([k.form.share if k.form and k.home(tier) in branch.roles else 0.0 for k, tier in kinds])


def _fill_in_forms(branch: Branch, transaction: str, customers: Floats, at_window: bool) -> Floats:
    """Turns at the window by period: those with a form come later, those with a wrong one twice.

    Where forms may be filled in at the window nobody goes to the desk first; who finds many waiting writes meanwhile.
    """
    form = branch.transactions[transaction].form
    if form is None:
        return customers
    if at_window:
        return customers * (1 + form.share * form.wrong)
    writing = infinite_server_departures(form.share * customers, branch.period / form.desk_minutes)
    turns: Floats = (1 - form.share) * customers + writing * (1 + form.wrong)
    return turns


def infinite_server_departures(entered: Floats, period: float) -> Floats:
    """Departures by period from an M(t)/M/∞ queue that starts empty; those left at the end leave in the last.

    m' = a - m with time in mean services; over a period of length ``period`` (same unit) the mean number m
    becomes a + (m - a)·exp(-period), a the arrivals in a mean service.
    Source: Eick, Massey and Whitt (1993), "The physics of the Mt/G/∞ queue".
    """
    decay = float(np.exp(-period))
    inside, departures = 0.0, np.empty_like(entered)
    for t, customers in enumerate(entered):
        level = customers / period
        after = level + (inside - level) * decay
        departures[t] = customers + inside - after
        inside = after
    departures[-1] += inside
    return departures
