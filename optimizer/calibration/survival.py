"""Kaplan and Meier's curve: who is still waiting after a time, when some are called before they would give up."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimizer.calibration.estimate import Estimated

Floats = NDArray[np.float64]
FEWEST_AT_RISK = 10


@dataclass(frozen=True)
class Survival:
    """Share of customers who would wait longer than a time, at the times at which somebody gave up."""

    times: Floats
    """Minutes, increasing."""
    at_risk: Floats
    """Customers who waited at least so long."""
    gave_up: Floats
    """Of them, those who gave up then."""
    survival: Floats
    """Share who would wait longer."""
    standard_errors: Floats
    """Greenwood's, of the share."""
    customers: int
    """All, those who were called included."""
    last: float
    """Longest wait of all [minutes]; beyond, the curve is not known."""
    horizon: float
    """Longest time to which ten customers waited [minutes]."""

    def at(self, time: float) -> Estimated:
        """Share who would wait longer than a time; beyond the longest wait it is not a number."""
        if time > self.last:
            return Estimated(math.nan, math.nan, self.customers)
        place = int(np.searchsorted(self.times, time + 1e-9, side="right")) - 1
        if place < 0:
            return Estimated(1.0, 0.0, self.customers)
        return Estimated(float(self.survival[place]), float(self.standard_errors[place]), self.customers)

    def restricted_mean(self, horizon: float) -> Estimated:
        """Mean of patience cut off at a horizon: the area under the curve up to it [minutes]; ``n`` is who gave up.

        Its variance is the sum over times of (area from the time to the horizon)² d / (n (n - d)), with d of n giving
        up.
        """
        before = self.times < horizon
        times, d, n = self.times[before], self.gave_up[before], self.at_risk[before]
        widths = np.diff(np.concatenate([[0.0], times, [horizon]]))
        areas = widths * np.concatenate([[1.0], self.survival[before]])
        left = np.cumsum(areas[::-1])[::-1][1:]
        terms = np.divide(left**2 * d, n * (n - d), out=np.zeros_like(d), where=n > d)
        return Estimated(float(areas.sum()), math.sqrt(float(terms.sum())), int(d.sum()))

    def hazards(self, ends: ArrayLike) -> tuple[Estimated, ...]:
        """Rate of giving up of those who still wait, between these times [per minute]; ``n`` is who gave up.

        It is -log of the share who stay through an interval, over its length, with Greenwood's error.
        """
        found = []
        limits = np.asarray(ends, float)
        risk = np.divide(self.gave_up, self.at_risk * (self.at_risk - self.gave_up), where=self.at_risk > self.gave_up,
                         out=np.zeros_like(self.at_risk))  # fmt: skip
        for low, high in pairwise(limits):
            inside = (self.times > low) & (self.times <= high)
            stay = self.at(high).value / self.at(low).value if self.at(low).value > 0 else math.nan
            rate = -math.log(stay) / (high - low) if stay > 0 else math.nan
            error = math.sqrt(float(risk[inside].sum())) / (high - low)
            found.append(Estimated(rate, error, int(self.gave_up[inside].sum())))
        return tuple(found)


def kaplan_meier(times: ArrayLike, gave_up: ArrayLike, called: ArrayLike) -> Survival:
    """Curve of those who would wait longer than a time.

    S(t) is the product over times up to t of 1 - d / n, with d of the n who waited so long giving up; its variance is
    S(t)² Σ d / (n (n - d)). Who is called at a time at which another gives up is taken to have waited longer.

    Args:
        times: of waiting [minutes], in any order, several times the same if need be.
        gave_up: customers who gave up at each.
        called: customers who were called at each.

    Source: Kaplan, Meier (1958), Nonparametric estimation from incomplete observations, JASA 53. Greenwood (1926), The
        natural duration of cancer.
    """
    at, place = np.unique(np.asarray(times, float), return_inverse=True)
    d: Floats = np.bincount(place, np.asarray(gave_up, float), len(at)).astype(float)
    stayed: Floats = np.bincount(place, np.asarray(called, float), len(at)).astype(float)
    all_of: Floats = np.asarray(d + stayed, float)
    n: Floats = np.cumsum(all_of[::-1])[::-1].astype(float)
    last = float(at[all_of > 0][-1]) if all_of.any() else 0.0
    enough = at[n >= FEWEST_AT_RISK]
    some = d > 0
    at, n, d = at[some], n[some], d[some]
    survival: Floats = np.asarray(np.cumprod(1 - d / n), float)
    relative = np.cumsum(np.divide(d, n * (n - d), out=np.zeros_like(d), where=n > d))
    return Survival(
        at, n, d, survival, survival * np.sqrt(relative), int(all_of.sum()), last,
        float(enough[-1]) if len(enough) else last,
    )  # fmt: skip
