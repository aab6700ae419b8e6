"""The random numbers of the simulation in plain Python: SplitMix64 by name, and distributions drawn from them."""

from itertools import accumulate
from math import exp, inf, log, sqrt
from statistics import NormalDist

BITS = 2**64 - 1


def mixed(key):
    key = (key ^ (key >> 30)) * 0xBF58476D1CE4E5B9 & BITS
    key = (key ^ (key >> 27)) * 0x94D049BB133111EB & BITS
    return key ^ (key >> 31)


def child(key, index):
    return mixed(key + (index + 1) * 0xD1342543DE82EF95 & BITS)


def uniform(key, purpose):
    return ((mixed(key + (purpose + 1) * 0x9E3779B97F4A7C15 & BITS) >> 12) + 0.5) / 2**52


def gamma(shape, key, purpose):
    """Marsaglia and Tsang (2000), A simple method for generating gamma variables."""
    own = child(key, purpose)
    if shape < 1:
        return _accepted(shape + 1, own) * uniform(own, 0) ** (1 / shape)
    return _accepted(shape, own)


def _accepted(shape, key):
    d = shape - 1 / 3
    pair = 1
    while True:
        x = NormalDist().inv_cdf(uniform(key, pair))
        v = (1 + x / sqrt(9 * d)) ** 3
        if v > 0 and log(uniform(key, pair + 1)) < x * x / 2 + d * (1 - v + log(v)):
            return d * v
        pair += 2


def drawn(distribution, key, purpose):
    family, p = distribution.family, distribution.parameters
    if family == "never":
        return inf
    if family == "constant":
        return p[0]
    if family == "gamma":
        return p[1] * gamma(p[0], key, purpose)
    u = uniform(key, purpose)
    if family == "exponential":
        return -p[0] * log(u)
    if family == "lognormal":
        return exp(NormalDist(*p).inv_cdf(u)) if p[1] > 0 else exp(p[0])
    if family == "hyperexponential":
        return -p[1] * log(u / p[0]) if u < p[0] else -p[2] * log((u - p[0]) / (1 - p[0]))
    steps = zip(distribution.values, accumulate(distribution.shares), strict=True)
    return next((value for value, up_to in steps if u <= up_to), distribution.values[-1])
