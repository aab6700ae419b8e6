"""A number learnt from data, with how far it may be off."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Estimated:
    """An estimate with its standard error and sample size."""

    value: float
    standard_error: float
    n: int
    """What it was learnt from: customers, days or services, as the function that gives it says."""
    freedom: float = math.inf
    """Degrees of freedom of the standard error; few where it was learnt from a few days."""

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Ends of the interval in which the truth lies with this probability, by Student's distribution.

        >>> Estimated(10.0, 1.0, 100).interval(0.95)
        (8.040036015459947, 11.959963984540053)
        """
        reach = _quantile((1 + confidence) / 2, self.freedom) * self.standard_error
        return self.value - reach, self.value + reach


@dataclass(frozen=True)
class EstimatedExcess(Estimated):
    """A variance beyond a known part of it, never below 0; its interval is not symmetric."""

    known: float = 0.0
    """Part of the variance that is there anyway, as Poisson's is."""

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Ends of the interval in which the truth lies with this probability: the whole variance is a chi-square."""
        from scipy.stats import chi2

        whole = (self.value + self.known) * self.freedom
        least, most = (whole / chi2.ppf((1 + side * confidence) / 2, self.freedom) for side in (1, -1))
        return max(0.0, float(least) - self.known), max(0.0, float(most) - self.known)


def estimated_share(hits: ArrayLike, of: ArrayLike) -> Estimated:
    """Share of events, with days as units where they say more than the binomial distribution does.

    The standard error is that of a ratio over days (delete-one jackknife), but not below the binomial one of a share
    of (hits + 1) / (of + 2), so that a share of 0 is not taken for certain.

    Args:
        hits: events with the property; axis day.
        of: events; axis day.

    Returns:
        The share; ``n`` is events; without any, it and its error are not a number.

    Source: Efron, Stein (1981), The jackknife estimate of variance. Agresti, Coull (1998), Approximate is better than
        "exact" for interval estimation of binomial proportions.
    """
    some = np.asarray(of, float) > 0
    found, events = np.asarray(hits, float)[some], np.asarray(of, float)[some]
    days, n = len(events), events.sum()
    if days == 0:
        return Estimated(math.nan, math.nan, 0)
    share = found.sum() / n
    moved = (found.sum() + 1) / (n + 2)
    least = math.sqrt(moved * (1 - moved) / n)
    if days < 2:
        return Estimated(float(share), least, int(n))
    spread, freedom = jackknife((found.sum() - found) / (n - events), events)
    if spread <= least:
        return Estimated(float(share), least, int(n))
    return Estimated(float(share), spread, int(n), freedom)


def jackknife(without: ArrayLike, weights: ArrayLike) -> tuple[float, float]:
    """Standard error of an estimate, and its degrees of freedom, from its values without one unit each.

    Args:
        without: the estimate without each unit; axis unit.
        weights: size of each unit; units that weigh little add no degrees of freedom.

    Returns:
        Standard error, degrees of freedom.
    """
    values, sizes = np.asarray(without, float), np.asarray(weights, float)
    units = len(values)
    error = math.sqrt((units - 1) / units * float(((values - values.mean()) ** 2).sum()))
    alike = sizes.sum() ** 2 / (sizes**2).sum()
    return error, max(1.0, float(alike) - 1)


def _quantile(probability: float, freedom: float) -> float:
    if math.isinf(freedom):
        return NormalDist().inv_cdf(probability)
    from scipy.stats import t

    return float(t.ppf(probability, freedom))
