"""Services of two lengths, which of them decided by the number waiting when a service starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike

from optimizer.errors import InvalidParameterError
from optimizer.queues.parameters import by_waiting, check_at_least, check_rates, checked_shares, whole
from optimizer.queues.stationary.birth_death import (
    EVERYBODY,
    UNLIMITED,
    BirthDeath,
    idle_weight,
    solve_line,
)
from optimizer.queues.stationary.levels import Levels, endless_levels, thinning_levels
from optimizer.queues.stationary.measures import FULL_LOAD, StationaryQueue
from optimizer.queues.stationary.waiting_time import EndlessWait, Floats


@dataclass(frozen=True)
class TwoLengthQueue(StationaryQueue):
    """Measures of a queue with short and long services; ``service_rate`` is 1 / mean of the services given."""

    long_share: float = 0.0
    """Share of the services that are long."""


@dataclass(frozen=True, eq=False)
class _Rules:
    """Checked parameters."""

    servers: int
    arrival_rate: float
    short: float
    long: float
    share: Floats
    """p, by the number left waiting."""
    abandonment_rate: float

    def measures(
        self, exact: bool, waits: float, queue: float, served: float, working: float, long: float
    ) -> TwoLengthQueue:
        """From P(all busy), mean number waiting, services per time, mean number at work, and long services per time."""
        rate, share = (served / working, long / served) if served > 0 else (self.short, float(self.share[0]))
        wait = queue / self.arrival_rate
        return TwoLengthQueue(
            self.model, exact, self.servers, self.arrival_rate, rate, waits, wait, queue, self.abandonment_rate * wait,
            long_share=share,
        )  # fmt: skip

    def endless(self, exact: bool) -> TwoLengthQueue:
        """The line grows without limit."""
        share = float(self.share[-1])
        rate = 1 / ((1 - share) / self.short + share / self.long)
        return TwoLengthQueue(
            self.model, exact, self.servers, self.arrival_rate, rate, 1.0, inf, inf, waiting_time=EndlessWait(),
            long_share=share,
        )  # fmt: skip

    @property
    def model(self) -> str:
        """Kendall's notation, and the rule."""
        return f"M/M/{self.servers}" + ("+M" if self.abandonment_rate > 0 else "") + ", two lengths of service"


def service_rules_queue(
    servers: int,
    arrival_rate: float,
    service_rates: Sequence[float],
    long_share: ArrayLike,
    abandonment_rate: float = 0.0,
) -> TwoLengthQueue:
    """M/M/c(+M) in which a service that starts and leaves w waiting is long with probability p(w), and remains so.

    The state is (number in system, how many of those in service are long); its distribution by block elimination from
    the highest level down, matrix-geometric above the last value of p where nobody gives up.

    Args:
        servers: c.
        arrival_rate: λ.
        service_rates: μ₀ of a short service, μ₁ of a long one, in the same unit of time.
        long_share: p by the number left waiting, 0 first; the last one holds beyond.
        abandonment_rate: η of one who waits; 0: nobody gives up.

    Returns:
        Means, exact; no distribution of the wait. Infinite where nobody gives up and λ ((1 - p)/μ₀ + p/μ₁) ≥ c however
        many wait.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: Poisson arrivals; each length exponential; calls in order of arrival. Work grows as c³ for each
    number in system: 10 ms for 10 servers, 0.3 s for 100.

    Source: Neuts (1981), "Matrix-geometric solutions in stochastic models"; Gaver, Jacobs and Latouche (1984), "Finite
    birth-and-death models in randomly changing environments".

    >>> queue = service_rules_queue(2, 1.2, (1.0, 0.5), [1.0, 1.0, 0.0])  # a form at the window while few wait
    >>> round(queue.mean_wait, 4), round(queue.long_share, 4)
    (2.022, 0.4773)
    """
    rules = _checked(servers, arrival_rate, service_rates, long_share, abandonment_rate)
    share = rules.share[-1]
    load = rules.arrival_rate * ((1 - share) / rules.short + share / rules.long)
    if abandonment_rate == 0 and load >= FULL_LOAD * rules.servers:
        return rules.endless(exact=True)
    levels = _solve(rules)
    count, above = rules.servers, levels.top - rules.servers
    queue = sum((n - count) * float(v.sum()) for n, v in enumerate(levels.vectors) if n > count)
    queue += above * float(levels.beyond.sum()) + float(levels.excess.sum())
    idle, full = levels.vectors[:count], levels.beyond + sum(levels.vectors[count:])
    working = count * float(full.sum()) + sum(n * float(v.sum()) for n, v in enumerate(idle))
    long = sum(float(v @ np.arange(len(v))) for v in (full, *idle))
    served = rules.long * long + rules.short * (working - long)
    return rules.measures(True, float(full.sum()), queue, served, working, rules.long * long)


def service_rules_shortcut(
    servers: int,
    arrival_rate: float,
    service_rates: Sequence[float],
    long_share: ArrayLike,
    abandonment_rate: float = 0.0,
) -> TwoLengthQueue:
    """The shortcut for ``service_rules_queue``: every server's rate follows the number waiting, in mid-service too.

    π(n+1) = π(n) λ / (min(n + 1, c) μ(w) + w η) with w = max(n + 1 - c, 0) and 1/μ(w) = (1 - p(w))/μ₀ + p(w)/μ₁.

    Args:
        servers: c.
        arrival_rate: λ.
        service_rates: μ₀ of a short service, μ₁ of a long one, in the same unit of time.
        long_share: p by the number waiting, 0 first; the last one holds beyond.
        abandonment_rate: η of one who waits; 0: nobody gives up.

    Returns:
        Means, approximate; no distribution of the wait. Infinite where nobody gives up and λ ((1 - p)/μ₀ + p/μ₁) ≥ c
        however many wait.

    Raises:
        InvalidParameterError: for a number outside its domain.

    When wrong: a service forgets its length whenever the number waiting changes. Exact at equal rates. On 4,000 random
    queues (1 to 8 servers, utilization 0.5 to 0.95, a switch at 1 to 7 waiting) whose long services take 1.1, 1.25, 1.5
    and 2 times the short ones the median error of the mean wait was -5, -12, -18 and -33 % (worst -60 %) where services
    are long while few wait, and +6, +13, +17 and +19 % (worst +124 %) where they are long while many wait. Below
    utilization .5, where waits are short, it is worse: up to six times the true wait at 8 servers and factor 2.

    Source: Gross, Shortle, Thompson and Harris (2008), "Fundamentals of queueing theory", state-dependent service.

    >>> queue = service_rules_shortcut(2, 1.2, (1.0, 0.5), [1.0, 1.0, 0.0])
    >>> queue.exact, round(queue.mean_wait, 4)
    (False, 1.2064)
    """
    rules = _checked(servers, arrival_rate, service_rates, long_share, abandonment_rate)
    lam, count = rules.arrival_rate, rules.servers
    rates = 1 / ((1 - rules.share) / rules.short + rules.share / rules.long)
    idle = idle_weight(count, lam / rates[0])
    line = solve_line(BirthDeath(lam, EVERYBODY, count * rates, rules.abandonment_rate, UNLIMITED, idle))
    if line is None:
        return rules.endless(exact=False)
    queue, here = line.mean(line.waiting, slope=1.0), count * by_waiting(rates, line.waiting)
    served_full = line.mean(here)
    served_idle = max(0.0, lam - rules.abandonment_rate * queue - served_full) if count else 0.0
    working = count * (1 - line.idle) + served_idle / rates[0]
    long = line.mean(here * by_waiting(rules.share, line.waiting)) + served_idle * rules.share[0]
    return rules.measures(False, 1 - line.idle, queue, served_full + served_idle, float(working), float(long))


def _checked(
    servers: int, arrival_rate: float, service_rates: Sequence[float], long_share: ArrayLike, abandonment_rate: float
) -> _Rules:
    if len(service_rates) != 2:
        raise InvalidParameterError(f"service_rates: {service_rates!r}: expected one of short and one of long services")
    short, long = map(float, service_rates)
    check_rates(arrival_rate=arrival_rate, short_service_rate=short, long_service_rate=long)
    check_at_least(0, abandonment_rate=abandonment_rate)
    shares = checked_shares("long_share", long_share)
    return _Rules(whole("servers", servers), float(arrival_rate), short, long, shares, float(abandonment_rate))


def _solve(rules: _Rules) -> Levels:
    """Distribution of (number in system, how many of those in service are long)."""
    count, lam, eta, shares = rules.servers, rules.arrival_rate, rules.abandonment_rate, rules.share

    def up(n: int) -> Floats:
        joined: Floats = np.eye(count + 1)
        if n < count:
            joined = (1 - shares[0]) * np.eye(n + 1, n + 2) + shares[0] * np.eye(n + 1, n + 2, k=1)
        return lam * joined

    def within(n: int) -> Floats:
        return np.zeros((min(n, count) + 1, min(n, count) + 1))

    def down(n: int) -> Floats:
        by_long = rules.long * np.arange(min(n, count) + 1)
        by_short = rules.short * np.arange(min(n, count), -1, -1)
        if n <= count:
            return (np.diag(by_short) + np.diag(by_long[1:], k=-1))[:, :-1]
        p = shares[min(n - count - 1, len(shares) - 1)]
        same = by_short * (1 - p) + by_long * p + (n - count) * eta
        rates: Floats = np.diag(same) + np.diag(by_short[:-1] * p, k=1) + np.diag(by_long[1:] * (1 - p), k=-1)
        return rates

    if eta == 0:
        return endless_levels(up, within, down, count + len(shares) - 1)
    slowest = np.array([count * min(rules.short, rules.long)])
    line = solve_line(BirthDeath(lam, EVERYBODY, slowest, eta, UNLIMITED, 0.0))
    longest = 0 if line is None else line.first + len(line.busy)
    return thinning_levels(up, within, down, count + len(shares) + longest)
