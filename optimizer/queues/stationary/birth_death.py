"""A line behind servers as a chain on the number in system, its rates by the number waiting.

Most stationary models with one class and exponential times are corners of it.
"""

from dataclasses import dataclass
from math import inf

import numpy as np

from optimizer.compilation import compiled
from optimizer.errors import InvalidParameterError
from optimizer.queues.parameters import by_waiting, check_at_least, check_rates, whole
from optimizer.queues.stationary.measures import FULL_LOAD, StationaryQueue, WaitingTime
from optimizer.queues.stationary.waiting_time import EndlessWait, FirstComeWait, Floats

UNLIMITED = 1 << 62
"""Places of a waiting room without a limit."""
MOST_STATES = 1 << 22
"""Most states of more than negligible probability that are written out."""
NEGLIGIBLE = 1e-18
"""Share of the probability that the states left out may have, also of that of the few who wait where hardly any do."""

EVERYBODY = np.ones(1)
"""The share who join when it does not depend on the number waiting."""


@dataclass(frozen=True, eq=False)
class BirthDeath:
    """Rates of the chain; arrays are by the number waiting w, and their last value holds beyond."""

    arrival_rate: float
    """λ of all who arrive."""
    joining: Floats
    """Share of arrivals who join when all servers are busy and w wait."""
    completion_rate: Floats
    """Rate at which the busy servers finish while w wait."""
    abandonment_rate: float
    """η of one who waits."""
    places: int
    """Most who wait."""
    idle: float
    """Σ π(n) / π(c) over the numbers in system n below c; see ``idle_weight``."""


@dataclass(frozen=True, eq=False)
class Line:
    """Stationary distribution of the number waiting."""

    idle: float
    """P(a server is free)."""
    busy: Floats
    """P(all servers are busy and w wait) for w = ``first``, ``first`` + 1, ..."""
    first: int
    ratio: float
    """Beyond the last of ``busy`` each is the one before times this."""

    @property
    def waiting(self) -> Floats:
        """The numbers w of ``busy``."""
        return self.first + np.arange(len(self.busy), dtype=np.float64)

    def mean(self, values: Floats, slope: float = 0.0) -> float:
        """Σ π(w) f(w): f is ``values``, and from the last of them on rises by ``slope`` for each one more."""
        beyond = self.busy[-1] * self.ratio / (1 - self.ratio)
        return float(self.busy @ values + beyond * (values[-1] + slope / (1 - self.ratio)))


@compiled
def idle_weight(servers: int, offered_load: float) -> float:
    """Σ π(n) / π(c) over n < c in M/M/c: I(c) = (1 + I(c-1)) c / a, so that Erlang's B is 1 / (1 + I)."""
    weight = 0.0
    for n in range(1, servers + 1):
        weight = (1.0 + weight) * (n / offered_load)
    return weight


def solve_line(chain: BirthDeath) -> Line | None:
    """Stationary distribution of the number waiting; None where it grows without limit."""
    eta, places = chain.abandonment_rate, chain.places
    ahead = np.arange(max(len(chain.joining), len(chain.completion_rate)))
    births = chain.arrival_rate * by_waiting(chain.joining, ahead)
    completions = by_waiting(chain.completion_rate, ahead + 1)
    deaths = completions + eta * (ahead + 1)
    ratios = np.divide(births, deaths, out=np.where(births > 0, inf, 0.0), where=deaths > 0)
    endless = eta == 0 and places == UNLIMITED
    if endless and ratios[-1] >= FULL_LOAD:
        return None
    start = _mode(ratios, births[-1], completions[-1], eta, places)
    weights, first = _outward(ratios, births[-1], completions[-1], eta, places, endless, start, chain.idle)
    if not len(weights):
        raise InvalidParameterError(
            f"abandonment_rate: {eta}: expected more, or a smaller capacity: over {MOST_STATES} states have weight"
        )
    ratio = float(ratios[-1]) if endless else 0.0
    busy = float(weights.sum() + weights[-1] * ratio / (1 - ratio))
    idle = chain.idle * float(weights[0]) if first == 0 and chain.idle > 0 else 0.0
    return Line(1 / (1 + busy / idle) if idle > 0 else 0.0, weights / (busy + idle), first, ratio)


def line_behind_servers(
    servers: int, arrival_rate: float, service_rate: float, abandonment_rate: float, places: int = UNLIMITED,
    joining: Floats = EVERYBODY, kind: str = "", rule: str = "",
) -> StationaryQueue:  # fmt: skip
    """Measures of a line that c exponential servers call in order of arrival.

    ``places`` is the most waiting; where it is below 0 so many of the servers are never wanted. ``kind`` and ``rule``
    end the model's name.
    """
    count = whole("servers", servers)
    check_rates(arrival_rate=arrival_rate, service_rate=service_rate)
    check_at_least(0, abandonment_rate=abandonment_rate)
    lam, mu, eta, wanted = float(arrival_rate), float(service_rate), float(abandonment_rate), min(count, count + places)
    completions = np.array([count * mu])
    line = solve_line(BirthDeath(lam, joining, completions, eta, max(0, places), idle_weight(wanted, lam / mu)))
    model = f"M/M/{count}{kind}" + ("+M" if eta > 0 else "") + rule
    if line is None:
        return StationaryQueue(model, True, count, lam, mu, 1.0, inf, inf, 0.0, 1 - float(joining[-1]), EndlessWait())
    joins = by_waiting(joining, line.waiting) * (line.waiting < places)
    delayed, queue = line.mean(joins), line.mean(line.waiting, slope=1.0)
    joined, lost = line.idle + delayed, line.mean(1 - joins)
    if joined == 0:
        wait: WaitingTime = EndlessWait()
        shares = (1.0, inf) if queue > 0 else (0.0, 0.0)
    else:
        wait = FirstComeWait(line.idle, line.busy * joins, count * mu, eta, line.first, line.ratio)
        shares = delayed / joined, queue / (lam * joined)
    abandoned = min(joined, eta * queue / lam)
    return StationaryQueue(model, True, count, lam, mu, *shares, queue, abandoned, lost, wait)


def _mode(ratios: Floats, births: float, completions: float, eta: float, places: int) -> int:
    """Number waiting at which the distribution is greatest, or 0 where there may be several such."""
    if (ratios[1:] > ratios[:-1]).any():
        return 0
    falling = np.flatnonzero(ratios < 1)
    if len(falling):
        return min(int(falling[0]), places)
    return places if eta == 0 else int(min((births - completions) / eta, places))


@compiled
def _outward(
    ratios: Floats, births: float, completions: float, eta: float, places: int, endless: bool, start: int, idle: float
) -> tuple[Floats, int]:
    """Weights of the numbers waiting around ``start``, and the first of them; none where they are too many.

    ``ratios`` are π(w+1) / π(w); beyond them births and completions are constant. An endless line without abandonment
    is written out as far as the ratios change. From a start at the mode no weight exceeds 1; else they are rescaled.
    """
    count, size, total, weight, w = len(ratios), 0, 0.0, 1.0, start
    above = np.empty(256)
    while size < MOST_STATES:
        if size == len(above):
            above = np.concatenate((above, np.empty(size)))
        above[size] = weight
        size += 1
        total += weight
        ratio = _ratio(w, ratios, births, completions, eta)
        constant = w + 1 >= count
        if w >= places or ratio == 0.0 or (endless and constant):
            break
        if constant and ratio < 1.0 and weight * ratio <= NEGLIGIBLE * (total - above[0]) * (1.0 - ratio):
            break
        w += 1
        weight *= ratio
        if ratio == np.inf:  # nobody ever leaves: what is below is not seen again
            start, size, total, weight = w, 0, 0.0, 1.0
        elif weight > 1e250:
            above[:size] *= 1e-250
            total *= 1e-250
            weight *= 1e-250
    below = np.empty(256)
    depth, weight = 0, above[0]
    while start - depth > 0 and size + depth < MOST_STATES:
        w = start - depth - 1
        weight /= _ratio(w, ratios, births, completions, eta)
        if weight == 0.0 or weight * (w + 1 + idle) <= NEGLIGIBLE * total:
            break
        if depth == len(below):
            below = np.concatenate((below, np.empty(depth)))
        below[depth] = weight
        depth += 1
    if size + depth >= MOST_STATES:
        return np.empty(0), 0
    return np.concatenate((below[:depth][::-1], above[:size])), start - depth


@compiled
def _ratio(w: int, ratios: Floats, births: float, completions: float, eta: float) -> float:
    """π(w+1) / π(w); infinite where nobody ever leaves."""
    if w < len(ratios):
        return float(ratios[w])
    deaths = completions + eta * (w + 1)
    return births / deaths if deaths > 0.0 else np.inf
