"""Distributions of a time or an amount, as a branch names them."""

from dataclasses import dataclass
from math import exp, inf, isfinite, log, sqrt
from typing import Literal

import numpy as np

from optimizer.errors import InvalidParameterError

Family = Literal["never", "constant", "exponential", "lognormal", "gamma", "hyperexponential", "table"]
FAMILIES: tuple[Family, ...] = (
    "never", "constant", "exponential", "lognormal", "gamma", "hyperexponential", "table",
)  # fmt: skip
"""In the order of the codes that the kernel uses."""


@dataclass(frozen=True)
class Distribution:
    """A distribution on [0, ∞]; made by the functions named after the families."""

    family: Family
    parameters: tuple[float, ...] = ()
    """never: none; constant: value; exponential: mean; lognormal: mean and standard deviation of the logarithm;
    gamma: shape and scale; hyperexponential: probability of the first mean, both means; table: none."""
    values: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()

    @classmethod
    def never(cls) -> "Distribution":
        """Infinite: the patience of one who always stays."""
        return cls("never")

    @classmethod
    def constant(cls, value: float) -> "Distribution":
        """Always the same."""
        _require(value >= 0, "value", value)
        return cls("constant", (float(value),))

    @classmethod
    def exponential(cls, mean: float) -> "Distribution":
        """Exponential."""
        _require(mean >= 0, "mean", mean)
        return cls("exponential", (float(mean),))

    @classmethod
    def lognormal(cls, mean: float, scv: float) -> "Distribution":
        """Lognormal by its mean and squared coefficient of variation."""
        _require(mean > 0, "mean", mean)
        _require(scv >= 0, "scv", scv)
        variance = log(1 + scv)
        return cls("lognormal", (log(mean) - variance / 2, sqrt(variance)))

    @classmethod
    def gamma(cls, mean: float, scv: float) -> "Distribution":
        """Gamma by its mean and squared coefficient of variation; constant where that is 0."""
        _require(mean > 0, "mean", mean)
        _require(scv >= 0, "scv", scv)
        return cls("gamma", (1 / scv, mean * scv)) if scv > 0 else cls.constant(mean)

    @classmethod
    def hyperexponential(cls, share: float, first: float, second: float) -> "Distribution":
        """Exponential with mean ``first`` with probability ``share``, else with mean ``second``; a mean may be 0."""
        _require(0 <= share <= 1, "share", share)
        _require(first >= 0, "first", first)
        _require(second >= 0, "second", second)
        return cls("hyperexponential", (float(share), float(first), float(second)))

    @classmethod
    def table(cls, values: tuple[float, ...], shares: tuple[float, ...]) -> "Distribution":
        """Values with their shares, which sum to 1: an empirical distribution from a log, for one."""
        _require(len(values) == len(shares) > 0, "values", len(values))
        _require(min(values) >= 0 and all(map(isfinite, values)), "values", min(values))
        _require(abs(sum(shares) - 1) < 1e-6 and min(shares) >= 0, "shares", sum(shares))
        return cls("table", (), tuple(map(float, values)), tuple(map(float, shares)))

    @property
    def mean(self) -> float:
        """Mean.

        >>> Distribution.lognormal(4.0, 0.6).mean
        4.0
        """
        p = self.parameters
        if self.family == "never":
            return inf
        if self.family == "lognormal":
            return round(exp(p[0] + p[1] ** 2 / 2), 12)
        if self.family == "gamma":
            return p[0] * p[1]
        if self.family == "hyperexponential":
            return p[0] * p[1] + (1 - p[0]) * p[2]
        if self.family == "table":
            return float(np.dot(self.values, self.shares))
        return p[0]


def _require(holds: bool, name: str, value: float) -> None:
    if not (holds and isfinite(value)):
        raise InvalidParameterError(f"{name}: {value!r} is outside the domain of the distribution")
