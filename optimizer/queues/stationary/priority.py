"""Non-preemptive priority: customers in tiers, the highest waiting tier is called first, who is in service stays."""

from numpy.typing import ArrayLike

from optimizer.queues.stationary.priority_chain import two_tiers
from optimizer.queues.stationary.priority_waits import patient_tiers, pooled_tiers
from optimizer.queues.stationary.tiers import PriorityQueue, Tiers, checked_tiers


def priority_queue(
    servers: int, arrival_rates: ArrayLike, service_rates: ArrayLike, abandonment_rates: ArrayLike = 0.0
) -> PriorityQueue:
    """M/M/c and M/M/c+M with tiers: exact where exactness is known, and says so where not.

    With one μ and no abandonment W_k = P(W > 0) / (cμ (1 - σ_(k-1)) (1 - σ_k)), where P(W > 0) is Erlang C's and
    σ_k = (λ_1 + ... + λ_k) / (cμ). An overloaded tier waits for ever; those above it have finite waits.

    Args:
        servers: c.
        arrival_rates: λ_k by tier, highest priority first.
        service_rates: μ_k by tier, or one for all, in the same unit of time.
        abandonment_rates: η_k by tier of one who waits, or one for all; 0: nobody gives up.

    Returns:
        Means and waiting times of each tier and of all together. ``exact`` is true

        - with one μ and one η for all tiers, however many, by closed forms and a line for each tier;
        - for two tiers otherwise, by their chain, if it fits: (h + 1) p ≤ 500 and, if low customers give up,
          l ((h + 1) p)² ≤ 5,000,000, where h and l are the longest lines of high and low customers of more than
          negligible probability, and p is c + 1, or 1 with one μ. ``lost_mass``, at most 1e-10, is the probability of
          the longest high line.

        Everything else is approximated: see ``priority_approximation``.

    Raises:
        InvalidParameterError: for a number outside its domain, and for a line of more than 4 million customers.

    Assumptions: Poisson arrivals, exponential service and patience; within a tier calls in order of arrival.

    Source: Cobham (1954), "Priority assignment in waiting line problems"; Kella and Yechiali (1985), "Waiting times in
    the non-preemptive priority M/M/c queue"; chain: Neuts (1981), "Matrix-geometric solutions in stochastic models".

    >>> queue = priority_queue(5, [0.25, 0.5], 1 / 6)
    >>> [round(tier.mean_time_in_system, 3) for tier in queue.tiers]
    [7.307, 19.071]
    >>> [round(tier.wait_exceeds(10.0), 6) for tier in queue.tiers]
    [0.002233, 0.414762]
    >>> queue = priority_queue(3, [1.0, 0.8], [1.2, 0.8])
    >>> [round(tier.mean_wait, 8) for tier in queue.tiers]
    [0.18465434, 0.46423308]
    """
    tiers = checked_tiers(servers, arrival_rates, service_rates, abandonment_rates)
    if len(set(tiers.services)) == len(set(tiers.abandonments)) == 1:
        return _pooled(tiers)
    return two_tiers(tiers) or _pooled(tiers)


def priority_approximation(
    servers: int, arrival_rates: ArrayLike, service_rates: ArrayLike, abandonment_rates: ArrayLike = 0.0
) -> PriorityQueue:
    """What ``priority_queue`` answers where no exact method fits; exact with one μ and one η for all tiers.

    Without abandonment W_k = C(c, a) (E[S²] / 2 E[S]) / (c (1 - σ_(k-1)) (1 - σ_k)), S the service of a customer of any
    tier, σ_k = Σ λ_i / (cμ_i) over tiers 1 to k: the formula for one μ, scaled as M/G/c is from M/M/c. Its means are
    exact for c = 1. With abandonment the mean service time of all tiers stands for each, and tiers 1 to k together wait
    in one line with the mean η of those in it; given that all servers are busy, the highest tier's line is then exact.

    Args:
        servers: c.
        arrival_rates: λ_k by tier, highest priority first.
        service_rates: μ_k by tier, or one for all, in the same unit of time.
        abandonment_rates: η_k by tier of one who waits, or one for all; 0: nobody gives up.

    Returns:
        Means and waiting times of each tier and of all together.

    Raises:
        InvalidParameterError: for a number outside its domain, and for a line of more than 4 million customers.

    Range of validity: against the chain of two tiers, without abandonment for c up to 8 and ρ from .5 to .9. Mean
    services that differ by a factor up to 1.25: mean waits within 7 % (high) and 2 % (low); by a factor 2: 27 % and
    9 %; by a factor 4: 79 % and 29 %. Worst are the short waits of a high tier with the longer service; the low tier
    is within 5 % at ρ = .9. With abandonment, one μ, and η that differ by a factor up to 4 (c = 3 and 10, ρ from .8 to
    1.3): mean waits within 3 %, service levels within .02.

    Source: Cobham (1954), "Priority assignment in waiting line problems"; scaling: Bondi and Buzen (1984), "The
    response times of priority classes under preemptive resume in M/G/m queues".

    >>> queue = priority_approximation(3, [1.0, 0.8], [1.2, 0.8])
    >>> [round(tier.mean_wait, 4) for tier in queue.tiers], queue.total.exact
    ([0.1807, 0.4646], False)
    """
    return _pooled(checked_tiers(servers, arrival_rates, service_rates, abandonment_rates))


def _pooled(tiers: Tiers) -> PriorityQueue:
    return pooled_tiers(tiers) if tiers.abandonments.any() else patient_tiers(tiers)
