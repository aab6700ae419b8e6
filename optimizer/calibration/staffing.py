"""Who was on duty: windows or tellers by period, from the services they gave.

A window counts from the beginning of its first service to the end of its last, in a stretch without a long hole. Time
before the first service and after the last is not seen, so that in quiet hours fewer are found than there were.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from optimizer.calibration.estimate import Estimated
from optimizer.calibration.log import SERVED, TicketLog
from optimizer.errors import InvalidParameterError

Floats = NDArray[np.float64]
HOLE = 20.0
"""Minutes without a service after which a window was closed in between."""


@dataclass(frozen=True)
class OnDuty:
    """Windows or tellers on duty on the days of a log."""

    dates: tuple[date, ...]
    opening: int
    """Minutes after midnight at which the first period begins."""
    period: int
    """Length of a period [minutes]."""
    mean: Floats
    """Mean number on duty over each period; axes day, period."""

    def average(self, dates: set[date] | None = None) -> tuple[Estimated, ...]:
        """Mean number on duty in each period over the days given, or all; ``n`` is days, which are the units."""
        mine = self.mean[[dates is None or day in dates for day in self.dates]]
        days = len(mine)
        if not days:
            return ()
        means = mine.mean(axis=0)
        errors = mine.std(axis=0, ddof=1) / math.sqrt(days) if days > 1 else np.full(len(means), math.nan)
        freedom = max(1.0, days - 1.0)
        return tuple(
            Estimated(float(mean), float(error), days, freedom) for mean, error in zip(means, errors, strict=True)
        )

    @property
    def rounded(self) -> NDArray[np.int64]:
        """Whole number on duty in each period, halves up; axes day, period."""
        return np.floor(self.mean + 0.5).astype(np.int64)


def on_duty(
    log: TicketLog,
    hours: tuple[int, int],
    period: int,
    *,
    who: Literal["window_name", "teller"] = "window_name",
    channel: str | None = None,
    hole: float = HOLE,
) -> OnDuty:
    """Windows or tellers on duty by day and period.

    Args:
        log: the tickets; services whose beginning, end or window is not known are left out.
        hours: opening and closing [minutes after midnight]; what is outside is left out.
        period: length of a period [minutes].
        who: windows or tellers.
        channel: channel whose services count; all where it is absent.
        hole: time without a service after which a stretch has ended [minutes].
    """
    opening, closing = hours
    if closing <= opening or (closing - opening) % period or hole <= 0:
        raise InvalidParameterError(f"opening hours are a whole number of periods of {period} minutes, a hole above 0")
    if who not in ("window_name", "teller"):
        raise InvalidParameterError(f"windows (window_name) or tellers (teller) are on duty, not {who}")
    found = log.arrays(_STRETCHES.format(who=who), (hole, SERVED, channel, channel, hole))
    days, place = np.unique(found["day"].astype("datetime64[D]"), return_inverse=True)
    begins = opening + period * np.arange((closing - opening) // period)
    minutes = np.zeros((len(days), len(begins)))
    for t, begin in enumerate(begins):
        shared = np.minimum(found["last"], begin + period) - np.maximum(found["first"], begin)
        minutes[:, t] = np.bincount(place, np.maximum(shared, 0), minlength=len(days))
    return OnDuty(tuple(days.astype(object)), opening, period, minutes / period)


def day_type_averages(duty: OnDuty, day_types: Mapping[date, str]) -> dict[str, tuple[Estimated, ...]]:
    """Mean number on duty by day type and period; ``n`` is days."""
    names = sorted({day_types[day] for day in duty.dates if day in day_types})
    return {name: duty.average({day for day, kind in day_types.items() if kind == name}) for name in names}


# Services are first gathered by the hole's length in which they begin: within it no hole fits between two beginnings,
# so that stretches come out the same, and the sorting is of few rows whatever the size of the log.
_STRETCHES = """
    WITH gathered AS (
        SELECT day, {who} AS who, floor(started / ?) AS part, min(started) AS first, max(ended) AS last
        FROM tickets WHERE outcome = ? AND {who} IS NOT NULL AND ended >= started
            AND (CAST(? AS VARCHAR) IS NULL OR channel = ?)
        GROUP BY ALL),
    known AS (SELECT *, max(last) OVER (PARTITION BY day, who ORDER BY first
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until FROM gathered),
    numbered AS (SELECT *, sum(CASE WHEN first - until <= ? THEN 0 ELSE 1 END)
        OVER (PARTITION BY day, who ORDER BY first ROWS UNBOUNDED PRECEDING) AS stretch FROM known)
    SELECT day, who, min(first) AS first, max(last) AS last FROM numbered GROUP BY day, who, stretch ORDER BY ALL"""
