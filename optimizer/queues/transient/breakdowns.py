"""A day of a queue at machines that break down and are repaired."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimizer.compilation import compiled
from optimizer.queues.parameters import (
    by_waiting,
    check_at_least,
    check_limits,
    check_rates,
    checked_day,
    checked_shares,
    whole,
)
from optimizer.queues.transient.chain import Moves, moves
from optimizer.queues.transient.day import TransientDay
from optimizer.queues.transient.kernel import UNLIMITED, Floats, Ints
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
class BreakdownDay(TransientDay):
    """Expected measures of a day at machines; ``servers`` counts them all, up or not."""

    availability: Floats
    """Mean share of the machines that are up, by period."""


def breakdown_day(
    arrival_rate: ArrayLike,
    machines: int,
    service_rate: float,
    abandonment_rate: float = 0.0,
    *,
    failure_rate: float,
    repair_rate: float,
    repairers: int | None = None,
    period: float,
    limits: Sequence[float] = (),
    capacity: int | None = None,
    joining: ArrayLike = (1.0,),
) -> BreakdownDay:
    """Follow an M(t)/M/c+M queue at machines that fail and are repaired exactly through a day.

    The state is (u up, n in system); of them min(n, u) are in service. A machine fails at rate ξ, idle or busy; its
    customer goes back to the head of the queue, may give up there, and otherwise resumes. Of those that are down at
    most ``repairers`` are repaired at once, at rate r each. The day starts empty with all machines up. After closing
    nobody gives up, and failures and repairs go on until the last customer has gone.

    Args:
        arrival_rate: λ, one for each period [customers per minute].
        machines: c, all day long.
        service_rate: μ of one machine [per minute].
        abandonment_rate: η of one who waits [per minute]; 0: nobody gives up.
        failure_rate: ξ of a machine that is up [per minute].
        repair_rate: r > 0 of one repairer [per minute].
        repairers: most machines under repair at once; None: all.
        period: length of every period [minutes].
        limits: limits τ of the wait until service first starts for which the service level is wanted [minutes].
        capacity: most customers waiting or in service; None: no limit.
        joining: share of arrivals who join when no machine is free, by the number waiting, those interrupted included;
            the last one holds beyond. Who turns away counts as blocked.

    Returns:
        Measures by period. ``utilization`` is of all machines; the waiting of those interrupted counts as waiting.
        Probabilities are exact to the rounding of the sums and a lost mass of at most 1e-9; service levels integrate
        over the moment of arrival by Gauss-Legendre rules.

    Raises:
        InvalidParameterError: for a rate, length or number outside its domain.

    When wrong: services that start anew after an interruption; failures that only work brings about.

    Source: stationary model: Mitrany and Avi-Itzhak (1968), "A many-server queue with service interruptions".

    >>> day = breakdown_day([0.5, 0.5], 4, 0.2, failure_rate=0.01, repair_rate=0.05, period=60.0)
    >>> [round(float(x), 3) for x in day.availability]
    [0.878, 0.835]
    """
    count = whole("machines", machines, least=1)
    rates, counts = checked_day("arrival_rate", arrival_rate, np.full(np.size(arrival_rate), count))
    check_rates(service_rate=service_rate, repair_rate=repair_rate, period=period)
    check_at_least(0, abandonment_rate=abandonment_rate, failure_rate=failure_rate)
    at_once = count if repairers is None else min(count, whole("repairers", repairers, least=1))
    places = UNLIMITED if capacity is None else whole("capacity", capacity, least=1)
    check_limits(limits)
    queue = _Machines(
        rates, counts, service_rate, abandonment_rate, failure_rate, repair_rate, at_once, period, places,
        checked_shares("joining", joining),
    )  # fmt: skip
    start = np.zeros((count + 1, 1))
    start[count, 0] = 1.0
    passed, closed = follow(queue, start, limits)
    return _measures(queue, passed, closed, limits)


@dataclass
class _Machines(GridQueue):
    """Between periods and on the grid: (machines up, number in system)."""

    rates: Floats
    servers: Ints
    service: float
    abandonment: float
    failure: float
    repair: float
    repairers: int
    period: float
    capacity: int
    joining: Floats

    @property
    def machines(self) -> int:
        return int(self.servers[0])

    def speed(self, t: int) -> float:
        events = self.machines * (self.service + self.failure) + self.repairers * self.repair
        return float(self.rates[t]) + events

    def calls(self, limit: float) -> tuple[float, float]:
        return self.machines * self.service * limit, -math.expm1(-self.abandonment * limit)

    def place(self, t: int, state: Floats, share: float) -> Floats:
        room = state.shape[1] + certain_room(self.rates[t] * self.period, share)
        grid = np.zeros((self.machines + 1, min(room, self.capacity + 1)))
        grid[: state.shape[0], : state.shape[1]] = state
        return grid

    def take(self, t: int, grid: Floats) -> Floats:
        return trimmed(grid)

    def _moves(self, t: int, shape: Shape, arriving: float) -> Moves:
        up, n = np.ogrid[: shape[0], : shape[1]]
        waiting = np.maximum(n - up, 0)
        join = np.where(n < up, 1.0, by_waiting(self.joining, waiting)) * (n < shape[1] - 1)
        return moves(
            shape,
            ((0, 1), arriving * join),
            ((0, -1), self.service * np.minimum(n, up) + self.leaving(t) * waiting),
            ((-1, 0), self.failure * up),
            ((1, 0), self.repair * np.minimum(self.machines - up, self.repairers)),
        )

    def moves(self, t: int, shape: Shape) -> Moves:
        return self._moves(t, shape, self.rates[t])

    def border(self, t: int, shape: Shape) -> NDArray[np.bool_]:
        n = np.arange(shape[1])
        return np.broadcast_to((n == shape[1] - 1) & (n < self.capacity), shape)

    def ahead(self, t: int, shape: Shape) -> Moves:
        return self._moves(t, shape, 0.0)

    def leaving(self, t: int) -> float:
        return self.abandonment if t < len(self.servers) else 0.0

    def ahead_shape(self, t: int, most: int, longest: int) -> Shape:
        return self.machines + 1, self.machines + longest

    def free(self, t: int, shape: Shape) -> NDArray[np.bool_]:
        up, n = np.ogrid[: shape[0], : shape[1]]
        return n < up

    def cross_back(self, t: int, value: Floats, shape: Shape) -> Floats:
        return value


def _measures(queue: _Machines, passed: list[Passed], closed: Floats, limits: Sequence[float]) -> BreakdownDay:
    """Measures of a day that has been followed."""
    count, rates, machines = len(passed), queue.rates, queue.machines
    waiting, busy, delayed, blocked, present, available = np.zeros((6, count))
    level, passages = np.empty((len(limits), count)), Passages(queue)
    for t, done in enumerate(passed):
        up, n = np.ogrid[: machines + 1, : done.spent.shape[1]]
        queued = np.maximum(n - up, 0)
        join = np.where(n < up, 1.0, by_waiting(queue.joining, queued)) * (n < queue.capacity)
        waiting[t], busy[t] = np.sum(done.spent * queued), np.sum(done.spent * np.minimum(n, up))
        delayed[t] = rates[t] * np.sum(done.spent * join * (n >= up))
        blocked[t] = rates[t] * np.sum(done.spent * (1 - join))
        present[t], available[t] = np.sum(done.end * n), np.sum(done.spent * up) / (machines * queue.period)
        served = passages.minutes(t, done, machines, done.spent.shape[1], join, limits)
        level[:, t] = served / queue.period if rates[t] > 0 else 1.0
    after = np.einsum(
        "un,mnu->m", closed, _after_closing(closed.shape[1], machines, queue.service, queue.failure, queue.repair,
                                            queue.repairers)[:, :, : closed.shape[0]],
    )  # fmt: skip
    return BreakdownDay(
        period=queue.period,
        arrivals=rates * queue.period,
        servers=queue.servers,
        waiting=waiting,
        busy=busy,
        delayed=delayed,
        blocked=blocked,
        abandoned=queue.abandonment * waiting,
        completed=queue.service * busy,
        present=present,
        service_level=level,
        waiting_after_closing=float(after[0]),
        overtime=float(after[1]),
        minutes_after_closing=float(after[2]),
        left_at_closing=float(present[-1]),
        lost_mass=lost_mass(closed),
        availability=available,
    )


@compiled
def _after_closing(room: int, machines: int, service: float, failure: float, repair: float, repairers: int) -> Floats:
    """Customer-minutes waiting, machine-minutes of work and minutes until empty; axes measure, in system, up.

    The means for n in system follow from those for n - 1 by a tridiagonal system over the machines up, eliminated
    from the fewest up: value[u] = ratio[u] value[u + 1] + part[u].
    """
    value = np.zeros((3, room, machines + 1))
    ratio, part = np.zeros(machines + 1), np.zeros((3, machines + 1))
    for n in range(1, room):
        for u in range(machines + 1):
            serving, failing = min(n, u) * service, u * failure
            repairing = min(machines - u, repairers) * repair
            rate = serving + failing + repairing
            if u > 0:
                rate -= failing * ratio[u - 1]
            ratio[u] = repairing / rate
            costs = (float(max(n - u, 0)), float(min(n, u)), 1.0)
            for m in range(3):
                total = costs[m] + serving * value[m, n - 1, u]
                part[m, u] = (total + (failing * part[m, u - 1] if u > 0 else 0.0)) / rate
        for m in range(3):
            value[m, n, machines] = part[m, machines]
            for u in range(machines - 1, -1, -1):
                value[m, n, u] = part[m, u] + ratio[u] * value[m, n, u + 1]
    return value
