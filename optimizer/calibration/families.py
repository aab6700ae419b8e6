"""Families of times, fitted by greatest likelihood to data that are binned, cut off or censored.

Every family is given by the logarithms of its mean and of its squared coefficient of variation (scv), so that what a
branch needs comes with its standard error, and nothing can become negative on the way.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimizer.calibration.estimate import Estimated

Floats = NDArray[np.float64]
LEAST_LOG_SCV, GREATEST_LOG_SCV = math.log(1e-4), math.log(100.0)
GREATEST_LOG_MEAN = 12.0
STEP = 2e-3
"""Of the differences from which the information is taken; parameters are logarithms."""


@dataclass(frozen=True)
class EstimatedPositive(Estimated):
    """An estimate of something positive, whose logarithm is what errs evenly to both sides."""

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Ends of the interval in which the truth lies with this probability; they are as far off as ratios."""
        if not self.value > 0:
            return super().interval(confidence)
        reach = NormalDist().inv_cdf((1 + confidence) / 2)
        if math.isfinite(self.freedom):
            from scipy.stats import t

            reach = float(t.ppf((1 + confidence) / 2, self.freedom))
        ratio = math.exp(min(700.0, reach * self.standard_error / self.value))
        return self.value / ratio, self.value * ratio


@dataclass(frozen=True)
class Fit:
    """A family as fitted."""

    family: str
    mean: EstimatedPositive
    """Minutes."""
    scv: EstimatedPositive
    """Squared coefficient of variation; of the exponential 1, without error."""
    log_likelihood: float
    parameters: int
    covariance: float = 0.0
    """Of the logarithms of mean and scv."""

    @property
    def aic(self) -> float:
        """Akaike's criterion; the least of several families is the best."""
        return 2 * self.parameters - 2 * self.log_likelihood

    def cdf(self, times: ArrayLike) -> Floats:
        """Share of times up to these [minutes]."""
        return cdf(self.family, times, self.mean.value, self.scv.value)


def cdf(family: str, times: ArrayLike, mean: float, scv: float) -> Floats:
    """Distribution function of a family at these times.

    Args:
        family: exponential, lognormal, gamma or weibull.
        times: not negative; infinity is allowed.
        mean: mean of the family, in the unit of the times.
        scv: its squared coefficient of variation; the exponential has none to choose.
    """
    from scipy.special import gammainc, ndtr

    x = np.asarray(times, float)
    if family == "exponential":
        return np.asarray(-np.expm1(-x / mean))
    if family == "gamma":
        return np.asarray(gammainc(1 / scv, x / (mean * scv)))
    if family == "weibull":
        shape, scale = _weibull(mean, scv)
        return np.asarray(-np.expm1(-((x / scale) ** shape)))
    log_mean, log_sd = _lognormal(mean, scv)
    return np.asarray(ndtr((_log(x) - log_mean) / log_sd))


def integrated_cdf(family: str, times: ArrayLike, mean: float, scv: float) -> Floats:
    """Integral of the distribution function from 0 to these times: E[max(time - X, 0)]; lognormal or gamma only."""
    from scipy.special import gammainc, ndtr

    x = np.maximum(np.asarray(times, float), 0.0)
    if family == "gamma":
        before = mean * gammainc(1 / scv + 1, x / (mean * scv))
    else:
        log_mean, log_sd = _lognormal(mean, scv)
        before = mean * ndtr((_log(x) - log_mean) / log_sd - log_sd)
    return np.asarray(x * cdf(family, x, mean, scv) - before)


def fit(family: str, start: tuple[float, float], likelihood: Callable[[float, float], float], n: int) -> Fit | None:
    """Fit a family by greatest likelihood, with standard errors from the observed information.

    Args:
        family: its name; the exponential has a mean only.
        start: mean and scv from which the search begins.
        likelihood: log-likelihood of a mean and an scv.
        n: sample size that the estimates shall tell.

    Returns:
        The fit; None where the data do not bound it: the search ran to the end of what is searched, or the information
        is not positive.
    """
    from scipy.optimize import minimize

    free = 1 if family == "exponential" else 2
    ends = [(-GREATEST_LOG_MEAN, GREATEST_LOG_MEAN), (LEAST_LOG_SCV, GREATEST_LOG_SCV)][:free]

    def lost(at: Floats) -> float:
        return -likelihood(math.exp(at[0]), math.exp(at[1]) if free == 2 else 1.0)

    first = np.array([math.log(value) for value in start[:free]])
    first = np.clip(first, [low + 0.1 for low, _ in ends], [high - 0.1 for _, high in ends])
    simplex = np.vstack([first, first + 0.2 * np.eye(free)])
    options = {"xatol": 1e-6, "fatol": 1e-7, "maxiter": 400, "initial_simplex": simplex}
    found = minimize(lost, first, method="Nelder-Mead", bounds=ends, options=options)
    best = found.x
    if any(value < low + 0.01 or value > high - 0.01 for value, (low, high) in zip(best, ends, strict=True)):
        return None
    information = _curvature(lost, best)
    if not np.all(np.isfinite(information)) or np.any(np.linalg.eigvalsh(information) <= 0):
        return None
    covariance = np.linalg.inv(information)
    values = np.exp(best)
    errors = values * np.sqrt(np.diag(covariance))
    mean = EstimatedPositive(float(values[0]), float(errors[0]), n)
    scv = EstimatedPositive(float(values[1]), float(errors[1]), n) if free == 2 else EstimatedPositive(1.0, 0.0, n)
    return Fit(family, mean, scv, -float(found.fun), free, float(covariance[0, 1]) if free == 2 else 0.0)


def _curvature(lost: Callable[[Floats], float], best: Floats) -> Floats:
    """Second derivatives by central differences."""
    size = len(best)
    steps = STEP * np.eye(size)
    found = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            ends = [(a, b, lost(best + a * steps[i] + b * steps[j])) for a in (1, -1) for b in (1, -1)]
            found[i, j] = sum(a * b * value for a, b, value in ends) / (4 * STEP**2)
    return found


def _lognormal(mean: float, scv: float) -> tuple[float, float]:
    variance = math.log1p(scv)
    return math.log(mean) - variance / 2, math.sqrt(variance)


def _weibull(mean: float, scv: float) -> tuple[float, float]:
    """Shape and scale."""
    from scipy.optimize import brentq
    from scipy.special import gammaln

    def apart(log_shape: float) -> float:
        k = math.exp(log_shape)
        return float(gammaln(1 + 2 / k) - 2 * gammaln(1 + 1 / k)) - math.log1p(scv)

    shape = math.exp(brentq(apart, -3.0, 6.0, xtol=1e-12))
    return shape, mean / math.exp(float(gammaln(1 + 1 / shape)))


def _log(x: Floats) -> Floats:
    return np.log(x, out=np.full(x.shape, -np.inf), where=x > 0)
