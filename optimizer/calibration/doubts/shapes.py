"""Times that look drawn and not measured: spread evenly between two limits, or waits of which none is short."""

import math

import numpy as np

from optimizer.calibration.doubts.report import Doubt, Severity
from optimizer.calibration.doubts.sample import Floats, Sample

LEAST = 200
LOOKED_AT = 2000
"""Values that are looked at: of more, an even spread that was rounded is told from one that was not."""
EVEN = 1.63
"""Kolmogorov's distance times √n below which values may be evenly spread: the 99 % quantile for known limits, which
the least and greatest value stand for here, so that evenly spread values are found even more often."""


def uniform(tickets: Sample, seed: int = 0) -> list[Doubt]:
    """Doubt waits and services that are spread evenly between their least and greatest.

    Waits in a queue come in clusters near 0 and have a tail; services have a mode and a tail. Each may look even by
    itself, by chance in a small log: a warning. Both at once are refused.
    """
    rng = np.random.default_rng(seed)
    called = tickets.called & np.isfinite(tickets.wait)
    served = np.isfinite(tickets.ended)
    times = {"waits": tickets.wait[called], "services": (tickets.ended - tickets.until)[served]}
    found = {name: distance(values, rng) for name, values in times.items()}
    even = [name for name, far in found.items() if far < EVEN]
    if not even:
        return []
    limits = " and ".join(f"{name} between {times[name].min():.1f} and {times[name].max():.1f} min" for name in even)
    kurtosis = ", ".join(f"{excess_kurtosis(times[name]):.1f}" for name in even)
    words = (
        f"{limits} are spread evenly (excess kurtosis {kurtosis}; even spread has -1.2): such times are drawn, not"
        " measured"
    )
    numbers = {name: far for name, far in found.items() if math.isfinite(far)}
    return [Doubt("uniform times", Severity.REFUSE if len(even) == 2 else Severity.WARNING, words, numbers)]


def never_free(tickets: Sample) -> list[Doubt]:
    """Doubt a hall in which nobody is ever served at once, of 200 and more; a warning.

    Each day begins with an empty hall, and a queue that holds through all days from their first customer on is rare;
    but a log may begin when the doors are open already.
    """
    wait = tickets.wait[tickets.called & np.isfinite(tickets.wait)]
    shortest = float(wait.min(initial=math.inf))
    if len(wait) < LEAST or shortest <= 1:
        return []
    words = f"nobody was called at once: the shortest of {len(wait):,} waits is {shortest:.1f} min"
    return [Doubt("no short wait", Severity.WARNING, words, {"shortest": shortest, "customers": len(wait)})]


def distance(values: Floats, rng: np.random.Generator) -> float:
    """Kolmogorov's distance from even spread between least and greatest, times √n; infinite for too few values.

    Whole minutes are first spread over the minute that they stand for.
    """
    if len(values) < LEAST:
        return math.inf
    known = rng.choice(values, LOOKED_AT, replace=False) if len(values) > LOOKED_AT else values
    if np.mean(np.abs(known - np.rint(known)) < 1e-6) > 0.95:
        known = np.rint(known) + rng.random(len(known))
    known = np.sort(known)
    width = known[-1] - known[0]
    if width < 1:
        return math.inf
    at = (known - known[0]) / width
    n = len(known)
    steps = np.arange(n) / n
    return float(np.maximum(at - steps, steps + 1 / n - at).max()) * math.sqrt(n)


def excess_kurtosis(values: Floats) -> float:
    """Fourth central moment over the squared variance, less the 3 of a normal distribution."""
    own = values - values.mean()
    return float((own**4).mean() / (own**2).mean() ** 2 - 3)
