"""A day of a queue whose services are short or long by a rule: the number left waiting when they start decides."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimizer.compilation import compiled
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
from optimizer.queues.transient.day import TransientDay
from optimizer.queues.transient.kernel import Floats, Ints
from optimizer.queues.transient.passages import (
    GridQueue,
    Passages,
    Passed,
    Shape,
    certain_room,
    follow,
    lost_mass,
    trimmed,
)


@dataclass(frozen=True)
class RulesDay(TransientDay):
    """Expected measures of a day with short and long services."""

    starts: Floats
    """Services that start, by period."""
    long_starts: Floats
    """Long ones among them."""
    starts_after_closing: float
    long_starts_after_closing: float
    exact_levels: bool
    """Whether ``service_level`` is exact; not where the share of long services varies from one waiting on."""


def service_rules_day(
    arrival_rate: ArrayLike,
    servers: ArrayLike,
    service_rates: Sequence[float],
    long_share: ArrayLike,
    abandonment_rate: float = 0.0,
    *,
    period: float,
    limits: Sequence[float] = (),
    joining: ArrayLike = (1.0,),
) -> RulesDay:
    """Follow a queue with short and long services, decided when they start, exactly through a day.

    The state is (in service, long ones among them, waiting). A service that starts and leaves w waiting is long with
    probability p(w), and remains so. With p constant it is M(t)/H2/s(t)+M. The day starts empty and obeys the rules of
    ``transient_day``.

    Args:
        arrival_rate: λ, one for each period [customers per minute].
        servers: s, one for each period.
        service_rates: μ₀ of a short service, μ₁ of a long one [per minute].
        long_share: p by the number left waiting, 0 first; the last one holds beyond.
        abandonment_rate: η of one who waits [per minute]; 0: nobody gives up.
        period: length of every period [minutes].
        limits: limits τ of the wait for which the service level is wanted [minutes].
        joining: share of arrivals who join when all servers are busy, by the number waiting; the last one holds beyond.
            Who turns away counts as blocked.

    Returns:
        Measures by period. Probabilities are exact to the rounding of the sums and a lost mass of at most 1e-9. Service
        levels are exact where p is constant from one waiting on; else (``exact_levels`` is False) a service that starts
        ahead of a customer and leaves m others ahead is long with the mean share of its period's services that leave
        more than m waiting.

    Raises:
        InvalidParameterError: for a rate, length or number outside its domain.

    When wrong: the mean share blurs who waits behind: on 60 random small days, with shares up to 1 that begin or end at
    one to three waiting and long services 1.4 to 3.3 times as long, service levels were wrong by at most 0.009, by less
    than 0.0004 in half of the periods; with services three times as long below three waiting, two servers and a peak
    above capacity, by up to 0.042.

    Monotone facts, on random small days without exception: waiting in every period and after closing is at least that
    of ``transient_day`` with all services short, and at most that with all long (600 days, η ≤ μ₀); where p is constant
    or rises with the number waiting it never rises with a server added (800 pairs, η ≤ μ₁). Where p falls it can: the
    added server makes services long that would have been short (47 of 407 pairs).

    Source: uniformization, Jensen (1953), "Markoff chains as an aid in the study of Markoff processes"; rules of
    ``transient_day``.

    >>> day = service_rules_day([0.5, 0.5], [3, 3], (0.25, 0.125), [0.6, 0.6, 0.0], period=60.0)
    >>> [round(float(x), 2) for x in day.long_starts]
    [11.08, 9.17]
    """
    rates, counts = checked_day("arrival_rate", arrival_rate, servers)
    if len(service_rates) != 2:
        raise InvalidParameterError(f"service_rates: {service_rates!r}: expected one of short and one of long services")
    for rate in service_rates:
        check_rates(service_rates=rate, period=period)
    check_at_least(0, abandonment_rate=abandonment_rate)
    check_limits(limits)
    queue = _RulesQueue(
        rates, counts, (service_rates[0], service_rates[1]), checked_shares("long_share", long_share),
        abandonment_rate, period, checked_shares("joining", joining),
    )  # fmt: skip
    passed, closed = follow(queue, np.ones((1, 1, 1)), limits)
    return _measures(queue, passed, closed, limits)


@dataclass
class _RulesQueue(GridQueue):
    """States between periods are (in service, long ones among them, waiting).

    On the grid they are (r, long ones, i), where i counts those waiting and the servers in service, up to s, and r
    those in service beyond s.
    """

    rates: Floats
    servers: Ints
    service: tuple[float, float]
    share: Floats
    abandonment: float
    period: float
    joining: Floats
    shares_ahead: list[Floats] = field(default_factory=list)

    def speed(self, t: int) -> float:
        return float(self.rates[t]) + self.open(t) * max(self.service)

    def calls(self, limit: float) -> tuple[float, float]:
        most = max(1, int(self.servers.max())) * max(self.service) * limit
        return most, -math.expm1(-self.abandonment * limit)

    def place(self, t: int, state: Floats, share: float) -> Floats:
        s, (in_service, _, waiting) = self.open(t), state.shape
        more = certain_room(self.rates[t] * self.period, share)
        grid = np.zeros((max(1, in_service - s), max(in_service - 1, s) + 1, s + waiting + more))
        grid[0, : state.shape[1], : min(s, in_service)] = state[:s, :, 0].T
        grid[: max(0, in_service - s), : state.shape[1], s : s + waiting] = state[s:]
        return grid

    def take(self, t: int, grid: Floats) -> Floats:
        s, after = self.open(t), self.open(t + 1)
        beyond, most_long, columns = grid.shape
        state = np.zeros((max(s + beyond, after + 1), max(most_long, after + 1), columns - s))
        state[:s, :most_long, 0] = grid[0, :, :s].T
        state[s : s + beyond, :most_long] = grid[:, :, s:]
        share = by_waiting(self.share, np.arange(columns - s - 1))
        for b in range(after):
            called = state[b, :, 1:]
            state[b + 1, 1:, :-1] += (share * called)[:-1]
            state[b + 1, :, :-1] += (1 - share) * called
            state[b, :, 1:] = 0.0
        return trimmed(state)

    def axes(self, t: int, shape: Shape) -> tuple[Ints, Ints, Ints, Ints]:
        """Servers in service beyond s, long services, servers up to s and those waiting together, those waiting."""
        r, long, i = np.ogrid[: shape[0], : shape[1], : shape[2]]
        return r, long, i, np.maximum(i - self.open(t), 0)

    def completing(self, t: int, shape: Shape) -> tuple[Floats, Floats]:
        """Rates at which short and long services end, by state."""
        r, long, i, _ = self.axes(t, shape)
        short = r + np.minimum(i, self.open(t)) - long
        short_ends: Floats = self.service[0] * np.maximum(short, 0)
        long_ends: Floats = np.where(short >= 0, self.service[1] * long, 0.0)
        return short_ends, long_ends

    def _moves(self, t: int, shape: Shape, arriving: float, share: Floats) -> Moves:
        """Moves for a given rate of arrival and ``share`` of long services by the number left waiting."""
        s, closed = self.open(t), t == len(self.servers)
        r, long, i, waiting = self.axes(t, shape)
        short_ends, long_ends = self.completing(t, shape)
        room = (i < shape[2] - 1) & (long <= r + np.minimum(i, s))
        join = np.where(i < s, 1.0, by_waiting(self.joining, waiting)) * room
        next_long = np.where(i > s, by_waiting(share, waiting - 1), 0.0)
        starts = arriving * join * (i < s)
        first_long = share[0]
        here = r == 0
        return moves(
            shape,
            ((0, 0, 1), np.where(i < s, starts * (1 - first_long), arriving * join)),
            ((0, 1, 1), starts * first_long),
            ((0, 0, -1), here * (short_ends * (1 - next_long) + long_ends * next_long)
             + (0.0 if closed else self.abandonment) * waiting),
            ((0, 1, -1), here * short_ends * next_long),
            ((0, -1, -1), here * long_ends * (1 - next_long)),
            ((-1, 0, 0), ~here * short_ends),
            ((-1, -1, 0), ~here * long_ends),
        )  # fmt: skip

    def moves(self, t: int, shape: Shape) -> Moves:
        return self._moves(t, shape, self.rates[t], self.share)

    def border(self, t: int, shape: Shape) -> NDArray[np.bool_]:
        return np.broadcast_to(np.arange(shape[2]) == shape[2] - 1, shape)

    def ahead(self, t: int, shape: Shape) -> Moves:
        return self._moves(t, shape, 0.0, self.share_ahead(t))

    def share_ahead(self, t: int) -> Floats:
        """Share of long services among those that start ahead of one who waits, by the number still ahead after."""
        return self.shares_ahead[min(t, len(self.servers) - 1)]

    def leaving(self, t: int) -> float:
        return self.abandonment if t < len(self.servers) else 0.0

    def ahead_shape(self, t: int, most: int, longest: int) -> Shape:
        s = self.open(t)
        return most - s + 1, most + 1, s + longest

    def free(self, t: int, shape: Shape) -> NDArray[np.bool_]:
        return np.broadcast_to(np.arange(shape[2]) < self.open(t), shape)

    def cross_back(self, t: int, value: Floats, shape: Shape) -> Floats:
        before, s = self.open(t - 1), self.open(t)
        by_service = np.concatenate([np.zeros((s, value.shape[1], value.shape[2] - s)), value[:, :, s:]])
        share = by_waiting(self.share_ahead(t), np.arange(value.shape[2] - s - 1))
        for b in range(s - 1, before - 1, -1):
            by_service[b, :, 0] = 1.0
            by_service[b, :-1, 1:] = share * by_service[b + 1, 1:, :-1] + (1 - share) * by_service[b + 1, :-1, :-1]
        result = np.ones(shape)
        result[:, :, before:] = by_service[before : before + shape[0], : shape[1]]
        return result


def _measures(queue: _RulesQueue, passed: list[Passed], closed: Floats, limits: Sequence[float]) -> RulesDay:
    """Measures of a day that has been followed."""
    count, rates = len(passed), queue.rates
    waiting, busy, delayed, blocked, completed, present, starts, long_starts = np.zeros((8, count))
    level = np.empty((len(limits), count))
    queue.shares_ahead = [_shares_ahead(queue, t, done) for t, done in enumerate(passed)]
    passages, queue_before, long_before = Passages(queue), 0.0, 0.0
    for t, done in enumerate(passed):
        r, long, i, queued = queue.axes(t, done.spent.shape)
        free, in_service = i < queue.open(t), r + np.minimum(i, queue.open(t))
        join = np.where(free, 1.0, by_waiting(queue.joining, queued))
        ends = sum(queue.completing(t, done.spent.shape))
        starting = np.where(free, rates[t], ends * ((r == 0) & (queued > 0)))
        waiting[t], busy[t] = np.sum(done.spent * queued), np.sum(done.spent * in_service)
        delayed[t] = rates[t] * np.sum(done.spent * join * ~free)
        blocked[t] = rates[t] * np.sum(done.spent * (1 - join))
        completed[t] = np.sum(done.spent * ends)
        present[t] = np.sum(done.end * (queued + in_service))
        starts[t] = np.sum(done.spent * starting) + queue_before - np.sum(done.start * queued)
        long_starting = np.sum(done.spent * starting * by_waiting(queue.share, queued - 1))
        long_starts[t] = long_starting + np.sum(done.start * long) - long_before
        queue_before, long_before = np.sum(done.end * queued), np.sum(done.end * long)
        most, longest = queue.open(t) + len(done.spent) - 1, done.spent.shape[2] - queue.open(t)
        served = passages.minutes(t, done, most, longest, join, limits)
        level[:, t] = served / queue.period if rates[t] > 0 else 1.0
    long_at_closing = np.sum(closed.sum(axis=(0, 2)) * np.arange(closed.shape[1]))
    least = np.array(_after_closing(closed.shape[0], closed.shape[2], queue.open(count), *queue.service, queue.share))
    after = np.einsum("bjw,mwbj->m", closed, least[:, :, :, : closed.shape[1]])
    return RulesDay(
        period=queue.period,
        arrivals=rates * queue.period,
        servers=queue.servers,
        waiting=waiting,
        busy=busy,
        delayed=delayed,
        blocked=blocked,
        abandoned=queue.abandonment * waiting,
        completed=completed,
        present=present,
        service_level=level,
        waiting_after_closing=float(after[0]),
        overtime=float(after[1]),
        minutes_after_closing=float(after[2]),
        left_at_closing=float(present[-1]),
        lost_mass=lost_mass(closed),
        starts=starts,
        long_starts=long_starts,
        starts_after_closing=float(queue_before),
        long_starts_after_closing=float(after[3] + long_at_closing - long_before),
        exact_levels=len(set(queue.share[1:])) <= 1,
    )


def _shares_ahead(queue: _RulesQueue, t: int, done: Passed) -> Floats:
    """E[p(W) | W > m] over the W left waiting by services that start in a period, for m = 0, 1, ...

    With m ahead of one who waits after a start, more than m are left waiting: that one, and those who came later.
    """
    if len(set(queue.share)) == 1:
        return queue.share
    first = queue.open(t) + 1
    left = np.arange(done.spent.shape[2] - first + 1)
    ends = sum(queue.completing(t, done.spent.shape))
    starts = np.append(np.sum((done.spent * ends)[0, :, first:], axis=0), 0.0)
    more, more_long = (np.cumsum(x[::-1])[::-1][1:] for x in (starts, starts * by_waiting(queue.share, left)))
    shares: Floats = np.divide(more_long, more, out=by_waiting(queue.share, left[1:]), where=more > 1e-12)
    return shares


@compiled
def _after_closing(most: int, room: int, servers: int, short: float, long: float, share: Floats) -> Floats:
    """Customer-minutes waiting, server-minutes, minutes until empty, and long services to start, from closing on.

    Axes measure, waiting, in service, long ones among them. Every event is a service that ends: with more than the
    servers who stay in service, or nobody waiting, one fewer is in service, else the next one starts.
    """
    value = np.zeros((4, room, most, most + 1))
    for w in range(room):
        for b in range(1, most):
            for j in range(b + 1):
                rate = (b - j) * short + j * long
                costs = (w / rate, b / rate, 1.0 / rate, 0.0)
                calls = w > 0 and b <= servers
                p = share[min(w - 1, len(share) - 1)] if calls else 0.0
                for kind in range(2):
                    chance = ((b - j) * short if kind == 0 else j * long) / rate
                    if chance == 0.0:
                        continue
                    rest = j - kind
                    for m in range(4):
                        if calls:
                            after = p * value[m, w - 1, b, rest + 1] + (1.0 - p) * value[m, w - 1, b, rest]
                            value[m, w, b, j] += chance * (after + (p if m == 3 else 0.0))
                        else:
                            value[m, w, b, j] += chance * value[m, w, b - 1, rest]
                for m in range(4):
                    value[m, w, b, j] += costs[m]
    return value
