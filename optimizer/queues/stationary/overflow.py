"""Overflow from one group of servers without waiting places to the next, by mean and variance."""

from dataclasses import dataclass
from math import exp, floor, log

from scipy.special import gammaincc, gammaln, hyperu

from optimizer.errors import InvalidParameterError
from optimizer.queues.parameters import check_at_least, check_rates
from optimizer.queues.stationary.roots import root


@dataclass(frozen=True)
class Traffic:
    """Offered traffic, by the number of customers it would keep busy in an endless group of servers.

    Independent streams add up: ``overflow_traffic(5, 4.0) + overflow_traffic(8, 6.0)``.
    """

    mean: float
    """Offered load."""
    variance: float

    @property
    def peakedness(self) -> float:
        """Variance over mean: 1 for Poisson arrivals, more for overflow."""
        return self.variance / self.mean

    def __add__(self, other: "Traffic") -> "Traffic":
        return Traffic(self.mean + other.mean, self.variance + other.variance)


def erlang_b_continued(servers: float, offered_load: float) -> float:
    """Erlang B for any real number of servers: 1 / B(x, a) = a ∫ exp(-a t) (1 + t)ˣ dt over t > 0.

    From the fraction of x on by B(x) = a B(x-1) / (x + a B(x-1)).

    Args:
        servers: x, at least 0.
        offered_load: a.

    Returns:
        B, to 13 digits.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Range of validity: any number of servers; Erlang B at whole ones.

    Source: Jagerman (1974), "Some properties of the Erlang loss function".

    >>> round(erlang_b_continued(10, 7.0), 6), round(erlang_b_continued(9.5, 7.0), 6)
    (0.078741, 0.09879)
    """
    check_at_least(0, servers=servers)
    check_rates(offered_load=offered_load)
    start = servers - floor(servers)
    blocking = _fraction(start, offered_load)
    for n in range(1, floor(servers) + 1):
        blocking = offered_load * blocking / (start + n + offered_load * blocking)
    return blocking


def overflow_traffic(servers: float, offered_load: float) -> Traffic:
    """Traffic that Poisson arrivals leave to the next group when all c servers are busy.

    Mean M = a B(c, a), variance M (1 - M + a / (c + 1 + M - a)).

    Args:
        servers: c of the first group, at least 0; need not be whole.
        offered_load: a.

    Returns:
        Exact mean and variance.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: Poisson arrivals, exponential service at one rate in both groups; no waiting in the first.

    Source: Riordan, in Wilkinson (1956), "Theories for toll traffic engineering in the U.S.A.".

    >>> traffic = overflow_traffic(10, 8.0)
    >>> round(traffic.mean, 4), round(traffic.peakedness, 4)
    (0.9733, 2.0402)
    """
    mean = offered_load * erlang_b_continued(servers, offered_load)
    return Traffic(mean, mean * (1 - mean + offered_load / (servers + 1 + mean - offered_load)))


def hayward_blocking(servers: float, traffic: Traffic) -> float:
    """Share of a peaked traffic lost by a group of servers: B(c / z, m / z), z the peakedness.

    Args:
        servers: c, at least 0.
        traffic: its mean m and peakedness z.

    Returns:
        Share of the traffic that finds all servers busy.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Range: exact at z = 1; too low else. Against exact chains, overflow of one or two groups (3 to 20 servers, ρ .6 to
    1.3), where more than 1 % is lost: m at least 2 z: 0 to -17 %; m from z to 2 z: 0 to -47 %; below, useless.
    ``equivalent_random_blocking`` is better wherever z is at least 1; this one takes smooth traffic, z below 1, too.

    Source: Fredericks (1980), "Congestion in blocking systems: a simple approximation technique".

    >>> round(hayward_blocking(3, overflow_traffic(10, 8.0)), 3)  # exact: 0.252
    0.166
    """
    _check(servers, traffic)
    return erlang_b_continued(servers / traffic.peakedness, traffic.mean / traffic.peakedness)


def equivalent_random_blocking(servers: float, traffic: Traffic) -> float:
    """Share of a peaked traffic lost, the traffic taken for the overflow of one group of n servers with load a.

    n and a give the traffic its mean m and peakedness z: n = a (m + z) / (m + z - 1) - m - 1, a B(n, a) = m; of its
    overflow the share a B(n + c, a) / m is lost.

    Args:
        servers: c, at least 0.
        traffic: its mean m and peakedness z, at least 1.

    Returns:
        Share of the traffic that finds all servers busy.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Range: exact for the overflow of one group. The pooled overflow of two groups (3 to 12 servers, ρ .7 to 1.3),
    against exact chains, where more than 1 % is lost: -4 to 3 % for m at least 2 z, -18 to 3 % below.

    Source: Wilkinson (1956), "Theories for toll traffic engineering in the U.S.A.".

    >>> round(equivalent_random_blocking(3, overflow_traffic(10, 8.0)), 6)
    0.25205
    """
    _check(servers, traffic)
    mean, peak = traffic.mean, traffic.peakedness
    if peak < 1:
        raise InvalidParameterError(f"traffic.peakedness: {peak}: expected at least 1")

    def first_group(load: float) -> float:
        return max(0.0, load * (mean + peak) / (mean + peak - 1) - mean - 1)

    def excess(load: float) -> float:
        return load * erlang_b_continued(first_group(load), load) - mean

    least = (mean + 1) * (mean + peak - 1) / (mean + peak)
    most = 2 * least
    while excess(most) > 0:
        most *= 2
    load = root(excess, least, most, xtol=1e-12 * least) if excess(least) > 0 else least
    return min(1.0, load * erlang_b_continued(first_group(load) + servers, load) / mean)


def _fraction(servers: float, offered_load: float) -> float:
    """B of less than one server."""
    if offered_load > 50:
        return float(1 / (offered_load * hyperu(1, servers + 2, offered_load)))
    log_point = servers * log(offered_load) - offered_load - float(gammaln(servers + 1))
    return exp(log_point) / float(gammaincc(servers + 1, offered_load))


def _check(servers: float, traffic: Traffic) -> None:
    check_at_least(0, servers=servers)
    check_rates(**{"traffic.mean": traffic.mean, "traffic.variance": traffic.variance})
