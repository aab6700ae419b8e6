"""Customers of coming days from those of past days: a generalized linear model with the calendar, and intervals.

The customers of a day are negative binomial: a mean that effects of the calendar multiply, times a random factor of the
day, quiet or busy, whose squared coefficient of variation is learnt too.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import NormalDist
from typing import Any

import numpy as np

from optimizer.calibration.effects import Effects, Floats, OpenDay, chosen_effects
from optimizer.calibration.estimate import Estimated, EstimatedExcess
from optimizer.errors import DataRefused, Fault

LEVEL = "level"
FEWEST = 7
"""Days with customers without which nothing is forecast."""
LARGEST_SCV = 4.0
"""Of the factor of a day: from it on the days have nothing in common."""
LARGEST_CORRELATION = 0.9
MOST_TURNS, CLOSE = 25, 1e-3
"""Turns in which the scv is sought, and its relative change at which they end."""
DRAWS = 4000
LARGEST_LOG = 25.0


@dataclass(frozen=True)
class DailyModel:
    """What a history says of the customers of any day."""

    effects: Effects
    coefficients: Floats
    """Logarithms of the level and of the factor of each effect."""
    covariance: Floats
    """Of the coefficients."""
    scv: EstimatedExcess
    """Squared coefficient of variation of the random factor of a day."""
    correlation: float
    """Of that factor on two open days in a row; 0 where it cannot be told from none."""
    freedom: int
    """Days less coefficients."""
    days: int
    first: date
    last: date

    @property
    def factors(self) -> dict[str, Estimated]:
        """Logarithm of the factor by which the level and each effect multiply a day's customers; ``n`` is days."""
        errors = np.sqrt(np.diag(self.covariance))
        names = [LEVEL, *(effect.name for effect in self.effects.chosen)]
        return {
            name: Estimated(float(value), float(error), self.days, self.freedom)
            for name, value, error in zip(names, self.coefficients, errors, strict=True)
        }


@dataclass(frozen=True)
class DailyForecast:
    """Customers of coming days: the mean, and draws of what they may be."""

    days: tuple[OpenDay, ...]
    customers: Floats
    """Means; axis day."""
    draws: Floats = field(repr=False)
    """Axes draw, day."""

    def interval(self, confidence: float = 0.95) -> tuple[Floats, Floats]:
        """Ends of the interval in which each day's customers lie with this probability."""
        low, high = np.quantile(self.draws, _ends(confidence), axis=0, method="inverted_cdf")
        return low, high

    def total(self, confidence: float = 0.95) -> tuple[float, float, float]:
        """Customers of all days together: the mean and the ends of their interval."""
        low, high = np.quantile(self.draws.sum(axis=1), _ends(confidence), method="inverted_cdf")
        return float(self.customers.sum()), float(low), float(high)


def _ends(confidence: float) -> list[float]:
    return [(1 - confidence) / 2, (1 + confidence) / 2]


def fit_days(days: Sequence[OpenDay], customers: Sequence[float]) -> DailyModel:
    """Learn the effects of the calendar from the customers of past days.

    Customers of a day have the mean μ = volume · exp(level + Σ effect · coefficient) and the variance μ + scv · μ².
    The coefficients are the maximum of the likelihood at that scv; the scv makes Pearson's statistic equal to its
    degrees of freedom. The errors count that busy days come in runs (correlation of the factor).

    Args:
        days: Days of the past, in order; what the branch's file says of them is what the effects multiply.
        customers: Of each day. Days without any are taken as closed.

    Raises:
        DataRefused: with fewer than seven days with customers, or with days that differ by more than all that a factor
            can mean.

    Source:
        Lawless (1987), Negative binomial and mixed Poisson regression; Breslow (1984), Extra-Poisson variation in
        log-linear models, for the moment estimate of the scv.
    """
    known = [(day, float(count)) for day, count in zip(days, customers, strict=True) if count > 0]
    if len(known) < FEWEST:
        expected = f"at least {FEWEST} days with customers on which the branch is open"
        raise DataRefused([Fault("history", "days", len(known), expected)])
    effects = chosen_effects([day for day, _ in known])
    counts, offset = np.array([count for _, count in known]), np.log([day.volume for day, _ in known])
    matrix = effects.matrix([day for day, _ in known])
    freedom = len(known) - matrix.shape[1]
    try:
        scv, fitted = _dispersed(counts, matrix, offset, freedom)
    except FloatingPointError:
        scv = LARGEST_SCV
    if scv >= LARGEST_SCV:
        expected = "days that the calendar makes alike (is there one unit for all of them, and no total among them?)"
        raise DataRefused([Fault("history", "customers", f"{counts.min():g} to {counts.max():g}", expected)])
    means = np.asarray(fitted.mu)
    spread = 1 / means + scv
    correlation = _correlation((counts / means - 1) / np.sqrt(spread))
    covariance = _covariance(matrix, 1 / spread, correlation)
    known_part = float(1 / means.mean())
    # A variance is learnt from as many days apart as tell as much.
    apart = freedom * (1 - correlation**2) / (1 + correlation**2)
    error = float((scv + known_part) * np.sqrt(2 / apart))
    return DailyModel(
        effects, np.asarray(fitted.params), covariance, EstimatedExcess(scv, error, len(known), apart, known_part),
        correlation, freedom,
        len(known), known[0][0].facts.date, known[-1][0].facts.date,
    )  # fmt: skip


def _dispersed(customers: Floats, matrix: Floats, offset: Floats, freedom: int) -> tuple[float, Any]:
    """The scv at which Pearson's statistic is its degrees of freedom, and the fit with it."""
    from scipy.optimize import brentq
    from statsmodels.genmod.families import NegativeBinomial, Poisson
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    def fit(scv: float, start: Floats | None) -> Any:
        family = NegativeBinomial(alpha=scv) if scv > 0 else Poisson()
        with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
            # Days that are all alike are foretold perfectly, and nothing is wrong with that.
            warnings.simplefilter("ignore", PerfectSeparationWarning)
            return GLM(customers, matrix, family=family, offset=offset).fit(start_params=start, maxiter=100)

    def excess(scv: float) -> float:
        return float(((customers - means) ** 2 / (means * (1 + scv * means))).sum()) / freedom - 1

    # The means hardly move with the scv: a few turns, each with the scv of the means before, are enough.
    scv, fitted = 0.0, fit(0.0, None)
    for _ in range(MOST_TURNS):
        means, before = np.asarray(fitted.mu), scv
        if excess(0.0) <= 0:
            scv = 0.0
        else:
            scv = LARGEST_SCV if excess(LARGEST_SCV) > 0 else float(brentq(excess, 0.0, LARGEST_SCV, xtol=1e-9))
        if abs(scv - before) <= CLOSE * before:
            break
        fitted = fit(scv, np.asarray(fitted.params))
    return scv, fitted


def _covariance(matrix: Floats, weights: Floats, correlation: float) -> Floats:
    """Of the coefficients, where the factors of days are correlated by a power of their distance."""
    root = matrix * np.sqrt(weights)[:, None]
    bread = np.linalg.inv(root.T @ root)
    if correlation == 0:
        return np.asarray(bread)
    # Runs of busy days leave less to learn from than as many days apart.
    apart = np.abs(np.subtract.outer(np.arange(len(matrix)), np.arange(len(matrix))))
    return np.asarray(bread @ root.T @ correlation**apart @ root @ bread)


def _correlation(residuals: Floats) -> float:
    """Lag-one correlation of residuals, with Kendall's (1954) correction of its bias; 0 where it may well be chance."""
    days = len(residuals)
    if days < 2 * FEWEST or not residuals.any():
        return 0.0
    found = float((residuals[1:] * residuals[:-1]).sum() / (residuals**2).sum())
    return min(found + (1 + 3 * found) / days, LARGEST_CORRELATION) if found > 1.645 / np.sqrt(days) else 0.0


def predict_days(model: DailyModel, days: Sequence[OpenDay], seed: int = 0, draws: int = DRAWS) -> DailyForecast:
    """Customers of coming days, with what may be off: the coefficients, the factor of each day and chance.

    The scv is drawn from its chi-squared distribution, coefficients from their normal one, the factor of a day from the
    gamma distribution (by Wilson and Hilferty's cube), correlated from day to day as in the history, the customers from
    Poisson's. What is not in the intervals: that the world changes.

    Args:
        model: What was learnt.
        days: Days to forecast, in order, of the branch that the model was learnt with.
        seed: Of the draws.
        draws: How many stand for what may be.
    """
    offset = np.log([day.volume for day in days])
    matrix = model.effects.matrix(days)
    means = np.exp(np.minimum(matrix @ model.coefficients + offset, LARGEST_LOG))
    generator = np.random.default_rng(seed)
    scale = np.ones(draws)
    if model.scv.value > 0:
        scale = model.freedom / generator.chisquare(model.freedom, draws)
    root = np.linalg.cholesky(model.covariance + 1e-12 * np.eye(len(model.covariance)))
    shifts = generator.standard_normal((draws, len(root))) @ root.T * np.sqrt(scale)[:, None]
    logs = np.minimum((model.coefficients + shifts) @ matrix.T + offset, LARGEST_LOG)
    factors = day_factors(model.scv.value * scale, model.correlation, len(days), generator)
    return DailyForecast(tuple(days), means, generator.poisson(np.exp(logs) * factors).astype(float))


def day_factors(scv: Floats, correlation: float, days: int, generator: np.random.Generator) -> Floats:
    """Random factors of days with mean 1, correlated from day to day.

    Args:
        scv: Squared coefficient of variation of each draw.
        correlation: Of the normal variables that stand behind two days in a row.
        days: How many.
        generator: Source of chance.

    Returns:
        Factors; axes draw, day.

    Source:
        Wilson and Hilferty (1931), The distribution of chi-square: the cube root of a gamma variable is nearly normal.
    """
    normal = generator.standard_normal((len(scv), days))
    for day in range(1, days):
        normal[:, day] = correlation * normal[:, day - 1] + np.sqrt(1 - correlation**2) * normal[:, day]
    ninth = scv[:, None] / 9
    return np.maximum(1 - ninth + np.sqrt(ninth) * normal, 0.0) ** 3


def seasonal_naive(
    past: Sequence[date], customers: Sequence[float], days: Sequence[date], confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Each day like the last day of the same weekday that is known: what a forecast must beat.

    Args:
        past: Dates that are known, in order.
        customers: Of each of them. Days without any are taken as closed.
        days: Dates to forecast, after the past.
        confidence: Of the interval.

    Returns:
        Customers of each day, and how far the interval reaches to each side: the root mean square of the differences
        between weeks of the past, times the root of the weeks ahead.

    Source:
        Hyndman and Athanasopoulos (2021), Forecasting: Principles and Practice, 3rd edition, 5.2 and 5.5.
    """
    known = {day: float(count) for day, count in zip(past, customers, strict=True) if count > 0}
    latest = {day.weekday(): day for day in known}
    average = float(np.mean(list(known.values())))
    weekly = [known[day] - known[day - timedelta(7)] for day in known if day - timedelta(7) in known]
    error = float(np.sqrt(np.mean(np.square(weekly)))) if weekly else float("nan")
    values, reach = [], []
    for day in days:
        last = latest.get(day.weekday())
        values.append(average if last is None else known[last])
        weeks = 1 if last is None else max((day - last).days // 7, 1)
        reach.append(NormalDist().inv_cdf((1 + confidence) / 2) * error * np.sqrt(weeks))
    return np.array(values), np.array(reach)
