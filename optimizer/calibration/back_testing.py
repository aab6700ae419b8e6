"""How well past days would have been forecast, from one origin after another, beside the seasonal naive forecast."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from optimizer.calibration.effects import THREE_WEEKS, Floats, OpenDay
from optimizer.calibration.forecast import FEWEST, fit_days, predict_days, seasonal_naive
from optimizer.errors import InvalidParameterError

CONFIDENCES = (0.8, 0.95)
Known = tuple[OpenDay, float]
"""A day with its customers."""


@dataclass(frozen=True)
class Errors:
    """How far a forecast was off, over all days that it was asked for."""

    mean_absolute: float
    """[customers]"""
    root_mean_square: float
    """[customers]"""
    coverage: dict[float, float]
    """Share of days inside the interval, by its confidence."""


@dataclass(frozen=True)
class BackTest:
    """Forecasts of days that are known, made from the days before them alone."""

    origins: int
    days: int
    model: Errors
    naive: Errors
    """Each day like the last of its weekday."""


def back_test(
    days: Sequence[OpenDay], customers: Sequence[float], first: date | None = None, horizon: int = 14, step: int = 7
) -> BackTest:
    """Forecast the days after each origin from those up to it, and compare.

    Args:
        days: Days that are known, in order.
        customers: Of each day; those without are closed days and are not asked for.
        first: The last day that the first origin knows; absent: six weeks after the first day.
        horizon: Days forecast from each origin.
        step: Days between origins; the last has a whole horizon after it.

    Raises:
        InvalidParameterError: where no origin has three weeks before and a horizon after it.
    """
    known = [(day, float(count)) for day, count in zip(days, customers, strict=True) if count > 0]
    start, end = (known[0][0].facts.date, known[-1][0].facts.date) if known else (date.max, date.min)
    origin = first or (start + timedelta(6 * 7 - 1) if known else end)
    found: list[tuple[Floats, ...]] = []
    while (end - origin).days >= horizon and (origin - start).days >= THREE_WEEKS - 1:
        before, after = _parted(known, origin, horizon)
        if len(before) >= FEWEST and after:
            found.append(_from(before, after))
        origin += timedelta(step)
    if not found:
        raise InvalidParameterError(f"{len(known)} days are too few to forecast {horizon} days from three weeks")
    actual, *rest = (np.concatenate(parts) for parts in zip(*found, strict=True))
    middle = 1 + 2 * len(CONFIDENCES)
    return BackTest(len(found), len(actual), _errors(actual, *rest[:middle]), _errors(actual, *rest[middle:]))


def _parted(known: Sequence[Known], origin: date, horizon: int) -> tuple[list[Known], list[Known]]:
    """What is known at the origin, and what is asked of it."""
    ahead = [(day.facts.date - origin).days for day, _ in known]
    before = [pair for pair, n in zip(known, ahead, strict=True) if n <= 0]
    return before, [pair for pair, n in zip(known, ahead, strict=True) if 0 < n <= horizon]


def _from(before: Sequence[Known], after: Sequence[Known]) -> tuple[Floats, ...]:
    """Customers after an origin; then of the model and of the naive forecast the means and the ends of intervals."""
    days, customers = zip(*before, strict=True)
    asked, actual = zip(*after, strict=True)
    forecast = predict_days(fit_days(days, customers), asked)
    model = [end for confidence in CONFIDENCES for end in forecast.interval(confidence)]
    past, coming = [day.facts.date for day in days], [day.facts.date for day in asked]
    naive: list[Floats] = []
    for confidence in CONFIDENCES:
        values, reach = seasonal_naive(past, customers, coming, confidence)
        naive += [values - reach, values + reach]
    return (np.array(actual), forecast.customers, *model, values, *naive)


def _errors(actual: Floats, forecast: Floats, *ends: Floats) -> Errors:
    off = actual - forecast
    coverage = {
        confidence: float(((ends[2 * n] <= actual) & (actual <= ends[2 * n + 1])).mean())
        for n, confidence in enumerate(CONFIDENCES)
    }
    return Errors(float(np.abs(off).mean()), float(np.sqrt((off**2).mean())), coverage)
