"""How busy days differ: the gamma factor Z, mean 1, that multiplies a day's arrivals.

The total of a day of type j is Poisson with mean m[j] · Z, so negative binomial with variance m + scv · m².
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.calibration.arrivals import ArrivalCounts
from optimizer.calibration.estimate import EstimatedExcess

Floats = NDArray[np.float64]
LARGEST_SCV = 10.0
STEP = 1e-3


@dataclass(frozen=True)
class DayFactor:
    """Squared coefficient of variation of the day factor, learnt in two ways; ``n`` is days."""

    moment: EstimatedExcess
    """From variance less mean of the totals, over mean squared."""
    likelihood: EstimatedExcess
    """Of greatest likelihood among negative binomial distributions."""
    poisson_p: float
    """Probability that days without a factor differ at least as much: small, and there is one."""


def day_factor(counts: Mapping[str, ArrivalCounts]) -> DayFactor | None:
    """Dispersion of the day factor, one for the given day types; ask of one type alone by giving one.

    The likelihood is adjusted for the means, which are learnt too (Cox, Reid 1987): without it a few days look too much
    alike. Intervals are those of a variance whose degrees of freedom agree with the standard error.

    Returns:
        The estimates; None where no type has two days.

    Assumes: days of a type differ by chance alone. A trend or a season over the days counts as their factor.

    Source: Clark, Perry (1989), Estimation of the negative binomial parameter κ by maximum quasi-likelihood,
        Biometrics 45. Cox, Reid (1987), Parameter orthogonality and approximate conditional inference, JRSS B 49.
    """
    totals = [c.totals for c in counts.values() if len(c.dates) > 1 and c.totals.sum() > 0]
    if not totals:
        return None
    days = sum(map(len, totals))
    known = _poisson_part(totals)
    moment = _moment(totals)
    # A gamma variable has tails: the variance of its variance is that of a normal one times 1 + scv (delta method).
    freedom = (days - len(totals)) / (1 + moment + known)
    error = math.sqrt(2 / freedom) * (moment + known)
    best, best_error = _likelihood(totals)
    from scipy.stats import chi2

    pearson = sum(float(((t - t.mean()) ** 2).sum() / t.mean()) for t in totals)
    return DayFactor(
        EstimatedExcess(moment, error, days, freedom, known),
        EstimatedExcess(best, best_error, days, 2 * ((best + known) / best_error) ** 2, known),
        float(chi2.sf(pearson, days - len(totals))),
    )


def _poisson_part(totals: list[Floats]) -> float:
    """Poisson's part of the squared coefficient of variation, averaged over types by their degrees of freedom."""
    weights = [len(t) - 1 for t in totals]
    return float(np.average([1 / t.mean() for t in totals], weights=weights))


def _moment(totals: list[Floats]) -> float:
    found = [((t.var(ddof=1) - t.mean()) / (t.mean() ** 2 - t.var(ddof=1) / len(t)), len(t) - 1) for t in totals]
    values, weights = zip(*found, strict=True)
    return max(0.0, float(np.average(values, weights=weights)))


def _likelihood(totals: list[Floats]) -> tuple[float, float]:
    """The scv of greatest adjusted likelihood, and its standard error from the curvature there."""
    from scipy.optimize import minimize_scalar

    top = math.sqrt(LARGEST_SCV)
    # By its root, where the curve is closest to a parabola.
    found = minimize_scalar(
        lambda root: _lost(root**2, totals), bounds=(0, top), method="bounded", options={"xatol": 1e-7}
    )
    best = 0.0 if _lost(0.0, totals) <= found.fun else float(found.x) ** 2
    step = STEP * (best + _poisson_part(totals))
    middle = best + step if best < step else best
    curve = (_lost(middle + step, totals) - 2 * _lost(middle, totals) + _lost(middle - step, totals)) / step**2
    if curve > 0:
        return best, 1 / math.sqrt(curve)
    freedom = sum(len(t) - 1 for t in totals)
    return best, math.sqrt(2 / freedom) * (best + _poisson_part(totals))


def _lost(scv: float, totals: list[Floats]) -> float:
    """Minus the logarithm of the adjusted likelihood, the means at their best; constants left out."""
    lost = 0.0
    for total in totals:
        mean = float(total.mean())
        # Γ(1/scv + n) / Γ(1/scv) · scv^n as a product of 1 + i · scv, which is exact down to a factor that is constant.
        rising = np.append(0.0, np.cumsum(np.log1p(scv * np.arange(total.max()))))[total.astype(int)]
        spread = math.log1p(scv * mean)
        shape_part = spread / scv if scv > 0 else mean
        likely = float(rising.sum()) + float(total.sum()) * (math.log(mean) - spread) - len(total) * shape_part
        lost -= likely + 0.5 * math.log(mean + scv * mean**2)
    return lost
