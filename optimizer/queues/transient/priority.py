"""A day of a queue whose customers are of two classes, the first called before the second."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimizer.errors import InvalidParameterError
from optimizer.queues.parameters import (
    by_waiting,
    check_at_least,
    check_limits,
    check_rates,
    checked_day,
    checked_shares,
)
from optimizer.queues.transient.chain import Moves, moves
from optimizer.queues.transient.closing import closing_minutes
from optimizer.queues.transient.first_passage import served_within
from optimizer.queues.transient.kernel import Floats, Ints
from optimizer.queues.transient.passages import (
    GridQueue,
    Passages,
    Passed,
    Shape,
    certain_room,
    follow,
    lost_mass,
    met,
    most_ahead,
    trimmed,
)


@dataclass(frozen=True)
class PriorityDay:
    """Expected measures of a day; axes class and period, unless said otherwise."""

    period: float
    """Length of a period [minutes]."""
    arrivals: Floats
    """Customers who arrive."""
    servers: Ints
    """Axis period."""
    waiting: Floats
    """Customer-minutes of waiting."""
    busy: Floats
    """Server-minutes of work, of servers who finish beyond the period's number too."""
    delayed: Floats
    """Customers who join and have to wait."""
    blocked: Floats
    """Customers who turn away from those waiting."""
    abandoned: Floats
    """Customers who give up."""
    completed: Floats
    """Customers who leave served."""
    present: Floats
    """Mean number in system at the end of the period."""
    service_level: Floats
    """Share of those who arrive who are served within each limit; axes class, limit, period. Who gives up or turns
    away counts as not served; 1 where nobody arrives."""
    exact_levels: bool
    """Whether ``service_level`` is exact; the second class's is not where ``joining`` varies for the first."""
    waiting_after_closing: Floats
    """Customer-minutes; axis class."""
    overtime: Floats
    """Work after closing [server-minutes]; axis class."""
    minutes_after_closing: float
    """Mean time from closing until the last customer has gone [minutes]."""
    left_at_closing: Floats
    """Mean number in system when the door shuts; axis class."""
    lost_mass: float
    """Probability dropped at the edges of the windows of states; at most ``LARGEST_LOSS``."""

    @cached_property
    def mean_waiting(self) -> Floats:
        """Mean number waiting, by class and period."""
        return self.waiting / self.period

    @cached_property
    def mean_wait(self) -> Floats:
        """Waiting done in a period for each customer who arrives in it [minutes]; after closing is in the last.

        Weighted by arrivals it sums to the exact mean wait of the day; 0 where nobody arrives.
        """
        waiting = self.waiting.copy()
        waiting[:, -1] += self.waiting_after_closing
        wait: Floats = np.divide(waiting, self.arrivals, out=np.zeros_like(waiting), where=self.arrivals > 0)
        return wait

    @cached_property
    def utilization(self) -> Floats:
        """Share of the servers' time that is work of either class, by period; 0 without any."""
        offered, work = self.servers * self.period, self.busy.sum(axis=0)
        share: Floats = np.divide(work, offered, out=np.zeros_like(work), where=offered > 0)
        return share


def priority_day(
    arrival_rates: ArrayLike,
    servers: ArrayLike,
    service_rate: float,
    abandonment_rates: Sequence[float] = (0.0, 0.0),
    *,
    period: float,
    limits: Sequence[float] = (),
    joining: ArrayLike = (1.0,),
) -> PriorityDay:
    """Follow an M(t)/M/s(t)+M queue with two classes and non-preemptive priority exactly through a day.

    The state is (in service, high waiting, low waiting): a free server calls a high customer if one waits, else a low
    one; within a class first come is first served. The day starts empty and obeys the rules of ``transient_day``.

    Args:
        arrival_rates: λ, axes class (0 is called first) and period [customers per minute].
        servers: s, one for each period.
        service_rate: μ of one server, for both classes [per minute].
        abandonment_rates: η of one who waits, of each class [per minute]; 0: nobody gives up.
        period: length of every period [minutes].
        limits: limits τ of the wait for which the service levels are wanted [minutes]. Those of the second class cost
            several times as much as all the rest.
        joining: share of arrivals who join when all servers are busy, by the number waiting in all; the last one holds
            beyond. Axis number, or axes class and number. Who turns away counts as blocked.

    Returns:
        Measures by class and period. Probabilities are exact to the rounding of the sums and a lost mass of at most
        1e-9; service levels integrate over the moment of arrival by Gauss-Legendre rules.

    Raises:
        InvalidParameterError: for a rate, length or number outside its domain.

    When wrong: services of unequal rates. Where ``joining`` varies for the first class, the second's service level lets
    those who come later join as if nobody waited behind the customer in question: too low where joining falls. Cost
    grows with the square of the number waiting: seconds where hundreds wait.

    Monotone facts, without exception on 600 random small days: total waiting, in every period and after closing, lies
    between that of ``transient_day`` with the same arrivals and the greater η, and with the smaller η. The first class
    waits at least as long, and is served within a limit at most as often, as if it were alone. With l and p the level
    and the share served at once of ``transient_day`` with the greater η, the second class's level is at most
    p + (l - p) exp((max η - η₂) τ). Total waiting never rises with a server added when η ≤ μ; that of the first class
    can (19 of 225 days with one η): the second class's customers who get the server hold it when servers leave.

    Source: rules of ``transient_day``; head of the line: Cobham (1954), "Priority assignment in waiting line problems".

    >>> day = priority_day([[0.1, 0.1], [0.4, 0.4]], [3, 2], 0.2, period=60.0, limits=[5.0])
    >>> [[round(float(x), 2) for x in row] for row in day.mean_wait]
    [[0.98, 3.16], [2.86, 22.62]]
    """
    rates, counts = checked_day("arrival_rates", arrival_rates, servers, 2)
    check_rates(service_rate=service_rate, period=period)
    if len(abandonment_rates) != 2:
        raise InvalidParameterError(f"abandonment_rates: {abandonment_rates!r}: expected one for each of two classes")
    for rate in abandonment_rates:
        check_at_least(0, abandonment_rates=rate)
    check_limits(limits)
    by_class = joining if np.ndim(joining) == 2 else (joining, joining)
    shares = np.array([checked_shares("joining", each) for each in np.asarray(by_class)])
    queue = _PriorityQueue(rates, counts, service_rate, (abandonment_rates[0], abandonment_rates[1]), period, shares)
    passed, closed = follow(queue, np.ones((1, 1, 1)), limits, service_rate)
    return _measures(queue, passed, closed, limits)


@dataclass
class _PriorityQueue(GridQueue):
    """States between periods are (in service, high waiting, low waiting).

    On the grid they are (r, i, low waiting), where i counts high customers waiting and the servers in service, up to s,
    and r those in service beyond s.
    """

    rates: Floats
    servers: Ints
    service: float
    abandonment: tuple[float, float]
    period: float
    joining: Floats

    def arriving(self, t: int) -> tuple[float, float]:
        """λ of either class in period t; the door is shut after the last."""
        return (self.rates[0, t], self.rates[1, t]) if t < len(self.servers) else (0.0, 0.0)

    def impatience(self, t: int) -> tuple[float, float]:
        """η of either class; nobody gives up after closing."""
        return self.abandonment if t < len(self.servers) else (0.0, 0.0)

    def speed(self, t: int) -> float:
        return float(self.rates[:, t].sum()) + self.open(t) * self.service

    def calls(self, limit: float) -> tuple[float, float]:
        most = max(1, int(self.servers.max())) * self.service * limit
        return most, -math.expm1(-max(self.abandonment) * limit)

    def place(self, t: int, state: Floats, share: float) -> Floats:
        s = self.open(t)
        in_service, high, low = state.shape
        more_high, more = (
            certain_room(rate * self.period, share) for rate in (self.rates[0, t], self.rates[:, t].sum())
        )
        grid = np.zeros((max(1, in_service - s), s + high + more_high, high + low + more))
        grid[0, : min(s, in_service), 0] = state[:s, 0, 0]
        grid[: max(0, in_service - s), s : s + high, :low] = state[s:]
        return grid

    def take(self, t: int, grid: Floats) -> Floats:
        s, after = self.open(t), self.open(t + 1)
        beyond, _, low = grid.shape
        state = np.zeros((max(s + beyond, after + 1), grid.shape[1] - s, low))
        state[:s, 0, 0] = grid[0, :s, 0]
        state[s : s + beyond] = grid[:, s:]
        for b in range(after):
            state[b + 1, :-1] += state[b, 1:]
            state[b + 1, 0, :-1] += state[b, 0, 1:]
            state[b, 1:], state[b, 0, 1:] = 0.0, 0.0
        return trimmed(state)

    def axes(self, t: int, shape: Shape) -> tuple[Ints, Ints, Ints, Ints]:
        """Servers beyond s, servers up to s and high customers, high and low customers waiting, by state."""
        r, i, low = (np.arange(size).reshape([-1 if a == axis else 1 for a in range(3)]) for axis, size in
                     enumerate(shape))  # fmt: skip
        return r, i, np.maximum(i - self.open(t), 0), low

    def _moves(self, t: int, shape: Shape, arriving: tuple[float, float], unseen: int) -> Moves:
        """Moves for given arrivals, who see ``unseen`` customers waiting besides those of the state."""
        s, mu, (eta_high, eta_low) = self.open(t), self.service, self.impatience(t)
        r, i, high, low = self.axes(t, shape)
        inside = high + low < shape[2]
        join = [by_waiting(each, high + low + unseen) * (high + low < shape[2] - 1) for each in self.joining]
        serving = mu * (r + np.minimum(i, s)) * inside
        calls_low = (r == 0) & (high == 0) & (low > 0)
        return moves(
            shape,
            ((0, 1, 0), np.where(i < s, sum(arriving), arriving[0] * join[0]) * (i < shape[1] - 1)),
            ((0, 0, 1), arriving[1] * join[1] * (i >= s)),
            ((0, -1, 0), eta_high * high * inside + serving * ((r == 0) & ~calls_low)),
            ((0, 0, -1), eta_low * low * inside + serving * calls_low),
            ((-1, 0, 0), serving * (r > 0)),
        )

    def moves(self, t: int, shape: Shape) -> Moves:
        return self._moves(t, shape, self.arriving(t), 0)

    def ahead(self, t: int, shape: Shape) -> Moves:
        return self._moves(t, shape, (self.arriving(t)[0], 0.0), 1)

    def leaving(self, t: int) -> float:
        return self.impatience(t)[1]

    def border(self, t: int, shape: Shape) -> NDArray[np.bool_]:
        _, i, high, low = self.axes(t, shape)
        edge = (i >= self.open(t)) & ((i == shape[1] - 1) | (high + low == shape[2] - 1))
        return np.broadcast_to(edge, shape)

    def ahead_shape(self, t: int, most: int, longest: int) -> Shape:
        return most - self.open(t) + 1, self.open(t) + longest, longest

    def free(self, t: int, shape: Shape) -> NDArray[np.bool_]:
        return np.broadcast_to(self.axes(t, shape)[1] < self.open(t), shape)

    def cross_back(self, t: int, value: Floats, shape: Shape) -> Floats:
        before, s = self.open(t - 1), self.open(t)
        by_service = np.concatenate([np.zeros((s, *value[0, s:].shape)), value[:, s:]])
        for b in range(s - 1, before - 1, -1):
            by_service[b, 1:], by_service[b, 0, 1:] = by_service[b + 1, :-1], by_service[b + 1, 0, :-1]
            by_service[b, 0, 0] = 1.0
        result = np.ones(shape)
        result[:, before:] = by_service[before : before + shape[0]]
        return result


def _measures(queue: _PriorityQueue, passed: list[Passed], closed: Floats, limits: Sequence[float]) -> PriorityDay:
    """Measures of a day that has been followed."""
    mu, count = queue.service, len(passed)
    waiting, delayed, blocked, busy, completed, present = np.zeros((6, 2, count))
    level = np.ones((2, len(limits), count))
    passages, low_in_service, low_waiting = Passages(queue), 0.0, 0.0
    for t, done in enumerate(passed):
        r, i, high, low = queue.axes(t, done.spent.shape)
        free, in_service = i < queue.open(t), r + np.minimum(i, queue.open(t))
        join = np.array([by_waiting(each, high + low) for each in queue.joining])
        waiting[:, t] = np.sum(done.spent * high), np.sum(done.spent * low)
        delayed[:, t] = queue.rates[:, t] * np.sum(done.spent * join * ~free, axis=(1, 2, 3))
        blocked[:, t] = queue.rates[:, t] * np.sum(done.spent * (1 - join) * ~free, axis=(1, 2, 3))
        # Each low customer in service finishes at rate μ, whoever else is there: their mean number decays and is fed.
        starting = queue.rates[1, t] * free + mu * in_service * (~free & (r == 0) & (high == 0) & (low > 0))
        before = low_in_service + low_waiting - np.sum(done.start * low)
        low_in_service = before * np.exp(-mu * queue.period) + np.sum(done.faded[0] * starting)
        low_waiting = np.sum(done.end * low)
        completed[1, t] = before + np.sum(done.spent * starting) - low_in_service
        completed[0, t] = mu * np.sum(done.spent * in_service) - completed[1, t]
        busy[:, t] = completed[:, t] / mu
        present[1, t] = low_waiting + low_in_service
        present[0, t] = np.sum(done.end * (high + in_service)) - low_in_service
        room = max(later.spent.shape[2] for later in passed[t:])
        served = _served(queue, passages, t, done, np.where(free, 1.0, join), room, limits)
        level[:, :, t] = np.where(queue.rates[:, t, None] > 0, served / queue.period, 1.0)
    after, minutes = _after_closing(queue, closed)
    return PriorityDay(
        period=queue.period,
        arrivals=queue.rates * queue.period,
        servers=queue.servers,
        waiting=waiting,
        busy=busy,
        delayed=delayed,
        blocked=blocked,
        abandoned=waiting * np.array(queue.abandonment)[:, None],
        completed=completed,
        present=present,
        service_level=level,
        exact_levels=len(set(queue.joining[0])) == 1,
        waiting_after_closing=after,
        overtime=present[:, -1] / mu,
        minutes_after_closing=minutes,
        left_at_closing=present[:, -1].copy(),
        lost_mass=lost_mass(closed),
    )


def _served(
    queue: _PriorityQueue, passages: Passages, t: int, done: Passed, entry: Floats, room: int, limits: Sequence[float]
) -> Floats:
    """Minutes of period t in which an arrival is served within each limit; axes class and limit.

    The high class meets a queue of its own, which only those of its class lengthen. From period t on fewer than
    ``room`` wait.
    """
    (rows, columns, _), s = done.spent.shape, queue.open(t)
    served = np.zeros((2, len(limits)))
    if not limits:
        return served
    eta = queue.abandonment[0]
    for piece, looks in done.arrivals:
        limit = limits[piece.limit]
        longest = min(columns - s, most_ahead(*queue.calls(limit)))
        high = [
            served_within(queue.servers, t, moment, queue.period, queue.service, eta, eta, limit, rows, longest)
            for moment in piece.moments
        ]
        seen = np.sum(looks * entry[0], axis=3)
        served[0, piece.limit] += met(seen[:, :, s:], piece.weights, high)
        served[0, piece.limit] += met(seen[:, :, :s], piece.weights, [np.ones((rows, s))] * len(high))
    if queue.rates[1, t] > 0:
        served[1] = passages.minutes(t, done, s + rows - 1, room, entry[1], limits)
    return served


def _after_closing(queue: _PriorityQueue, closed: Floats) -> tuple[Floats, float]:
    """Customer-minutes of waiting by class, and minutes until empty; the high class waits as if it were alone."""
    in_service, high, low = closed.shape
    servers = queue.open(len(queue.servers))
    means = np.array([
        [closing_minutes(b, w, servers, queue.service) for w in range(high + low)] for b in range(in_service)
    ])  # fmt: skip
    b, h, w = np.ogrid[:in_service, :high, :low]
    ahead, total = np.sum(closed * means[b, h, 0]), np.sum(closed * means[b, h + w, 0])
    return np.array([ahead, total - ahead]), float(np.sum(closed * means[b, h + w, 2]))
