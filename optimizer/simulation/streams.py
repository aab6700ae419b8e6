"""Random numbers by name: a draw depends on seed, day, customer and purpose, and on nothing that happened before.

So two policies meet the same customers, who need the same service and have the same patience (common random numbers),
and a day is the same on any number of workers. A number is the finalizer of SplitMix64 applied to a key that counts by
an odd constant (Steele, Lea and Flood 2014, Fast splittable pseudorandom number generators).
"""

from math import exp, inf, log, sqrt

import numpy as np

from optimizer.compilation import inlined

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
ODD = np.uint64(0xD1342543DE82EF95)
HALF_STEP = 2.0**-53
"""Half of the grid of 52 bits, so that a uniform number is neither 0 nor 1."""


@inlined
def mixed(key: np.uint64) -> np.uint64:
    """Scramble 64 bits (variant 13 of the finalizer)."""
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return key ^ (key >> np.uint64(31))


@inlined
def child(key: np.uint64, index: int) -> np.uint64:
    """Key of the ``index``-th thing below a key: day of a seed, customer of a day."""
    return mixed(key + (np.uint64(index) + np.uint64(1)) * ODD)


@inlined
def uniform(key: np.uint64, purpose: int) -> float:
    """Number in (0, 1) for a purpose."""
    bits = mixed(key + (np.uint64(purpose) + np.uint64(1)) * GOLDEN)
    return (np.int64(bits >> np.uint64(12)) * 2.0 + 1.0) * HALF_STEP


@inlined
def normal_quantile(p: float) -> float:
    """Quantile of the standard normal distribution, to 16 figures; Wichura (1988), algorithm AS 241."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = ((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
                  + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
               + 133.14166789178437745) * r + 3.387132872796366608  # fmt: skip
        bottom = ((((((5226.495278852854561 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
                     + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
                  + 42.313330701600911252) * r + 1.0  # fmt: skip
        return q * top / bottom
    r = sqrt(-log(p if q < 0 else 1 - p))
    if r <= 5:
        r -= 1.6
        top = ((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
                  + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
               + 4.6303378461565452959) * r + 1.42343711074968357734  # fmt: skip
        bottom = ((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
                     + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
                  + 2.05319162663775882187) * r + 1.0  # fmt: skip
    else:
        r -= 5
        top = ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
                  + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
               + 5.4637849111641143699) * r + 6.6579046435011037772  # fmt: skip
        bottom = ((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
                     + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
                  + 0.59983220655588793769) * r + 1.0  # fmt: skip
    return top / bottom if q >= 0 else -top / bottom


@inlined
def gamma(shape: float, key: np.uint64, purpose: int) -> float:
    """Gamma with mean ``shape`` and scale 1, by rejection from numbers below a key of its own.

    Marsaglia and Tsang (2000), A simple method for generating gamma variables.
    """
    own = child(key, purpose)
    boost = 1.0 if shape >= 1 else exp(log(uniform(own, 0)) / shape)
    d = (shape if shape >= 1 else shape + 1) - 1 / 3
    c = 1 / sqrt(9 * d)
    draw = 1
    while True:
        x = normal_quantile(uniform(own, draw))
        v = (1 + c * x) ** 3
        if v > 0 and log(uniform(own, draw + 1)) < 0.5 * x * x + d - d * v + d * log(v):
            return d * v * boost
        draw += 2


@inlined
def drawn(
    family: int, parameters: np.ndarray, values: np.ndarray, cumulative: np.ndarray, key: np.uint64, purpose: int
) -> float:
    """A time or an amount from a distribution: its code, its three parameters, and its table if it is one."""
    if family == 2:
        return -parameters[0] * log(uniform(key, purpose))
    if family == 3:
        return exp(parameters[0] + parameters[1] * normal_quantile(uniform(key, purpose)))
    if family == 1:
        return parameters[0]
    if family == 0:
        return inf
    if family == 4:
        return parameters[1] * gamma(parameters[0], key, purpose)
    u = uniform(key, purpose)
    if family == 5:
        # What is left of u once it has chosen the mean is uniform again.
        share = parameters[0]
        if u < share:
            return -parameters[1] * log(u / share)
        return -parameters[2] * log((u - share) / (1 - share))
    return values[np.searchsorted(cumulative, u)]
