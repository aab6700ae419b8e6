"""How long a service takes, by channel and transaction: mean, scv and the best of lognormal, gamma and a table.

The log is reduced to a histogram by second in the database; everything after that is small.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from optimizer.calibration.estimate import Estimated, jackknife
from optimizer.calibration.families import EstimatedPositive, Fit, cdf, fit, integrated_cdf
from optimizer.calibration.log import SERVED, TicketLog
from optimizer.errors import InvalidParameterError
from optimizer.problem.channels import ServiceTime

Floats = NDArray[np.float64]
SHORTEST_SECONDS, LONGEST_MINUTES = 10.0, 240.0
"""Shorter services are slips of the finger; longer ones were not ended. Both are left out and counted."""
SERVICE = "(ended - coalesce(started, called))"
WHOLE = 0.98
"""Share of moments on a whole minute from which on the log is taken to know minutes only."""
CELLS = 200
FEWEST_FOR_FAMILY, FEWEST_FOR_TABLE, FEWEST_DAYS = 10, 200, 5
CLOSE = 0.02
"""Distance of a family from the data that changes no plan, however significant it is."""
LOST_SCV = 0.02
"""Share of the scv that a table may lose, as its bins are points; a branch permits 0.05."""


@dataclass(frozen=True)
class Histogram:
    """Services of one channel and transaction as counted."""

    channel: str
    transaction: str
    seconds: Floats
    """Length to the nearest second, increasing."""
    counts: Floats
    sums: Floats
    """Of the lengths themselves, by second [minutes]."""
    squares: Floats
    """Of their squares."""
    shortest: float
    """Length from which services were kept [seconds]."""
    minutes_only: bool
    """Whether the log knows whole minutes only."""
    too_short: int
    too_long: int


@dataclass(frozen=True)
class ServiceTimes:
    """What a log says of the service time of one transaction in one channel."""

    channel: str
    transaction: str
    mean: EstimatedPositive
    """Minutes; ``n`` is services."""
    scv: EstimatedPositive
    family: Literal["lognormal", "gamma", "table"]
    reason: str
    """Why this family, in words."""
    fits: tuple[Fit, ...]
    """Families that could be fitted, the best by Akaike's criterion first."""
    distances: tuple[float, ...]
    """Kolmogorov and Smirnov's distance of each fit from the data."""
    critical: float
    """Distance beyond which a family is refused."""
    minutes: tuple[float, ...]
    """Service times of the table [minutes]; empty unless the family is a table."""
    shares: tuple[float, ...]
    too_short: int
    """Services left out, as they were shorter than a service can be."""
    too_long: int
    """Services left out, as nobody ended them."""
    minutes_only: bool
    """Whether the log knows whole minutes only; the fits allow for it, a table does not."""

    def given(self) -> ServiceTime:
        """The service time as a branch has it."""
        return ServiceTime(
            mean=self.mean.value,
            scv=self.scv.value,
            distribution=self.family,
            minutes=self.minutes,
            shares=self.shares,
        )


def service_times(
    log: TicketLog, shortest: float = SHORTEST_SECONDS, longest: float = LONGEST_MINUTES
) -> tuple[ServiceTimes, ...]:
    """Learn the service time of every transaction in every channel.

    Lognormal and gamma are fitted by greatest likelihood to binned data, as distributions of which what is shorter than
    ``shortest`` is not seen. Where starts and ends are whole minutes, a length errs by a triangle from -1 to 1, and the
    likelihood has it so. The better by Akaike's criterion stands, unless its Kolmogorov-Smirnov distance is beyond
    the critical one and beyond 0.02: then the data themselves are taken, as a table of quantile bins. Mean and scv are
    those of the family that stands. Where days differ more than their services let expect, the errors grow by as much.

    Args:
        log: the tickets; a service lasts from its start (or call, where the log has no start) to its end.
        shortest: services below this are left out and counted [seconds].
        longest: services above this are left out and counted [minutes].

    Returns:
        In the order of channel and transaction; those without two services that were kept and differ are absent.

    Raises:
        InvalidParameterError: where the limits leave no service.

    Assumes: tellers as in the log; others are learnt from ``tellers``. The critical distance, 0.895 / (√n - 0.01 +
        0.85 / √n), is that of a normal distribution with mean and variance estimated (level 0.05), so exact for the
        lognormal; it is a good guide for the gamma, and careful where lengths are whole minutes.

    Source: Akaike (1974), A new look at the statistical model identification. Stephens (1974), EDF statistics for
        goodness of fit and some comparisons, JASA 69.
    """
    if not 0 < shortest / 60 < longest:
        raise InvalidParameterError(
            f"services of {shortest} seconds to {longest} minutes: the first must be shorter, above 0"
        )
    strained = _strain(log, shortest, longest)
    found = []
    for histogram in histograms(log, shortest, longest):
        if histogram.counts.sum() > 1 and _variance(histogram) > 0:
            found.append(_learn(histogram, strained[histogram.channel, histogram.transaction]))
    return tuple(found)


def histograms(
    log: TicketLog, shortest: float = SHORTEST_SECONDS, longest: float = LONGEST_MINUTES
) -> tuple[Histogram, ...]:
    """Services by channel, transaction and second, counted by the database."""
    query = f"""
        SELECT channel, transaction, CAST(round(60 * {SERVICE}) AS BIGINT) AS second, count(*) AS n,
            sum({SERVICE}) AS sums, sum({SERVICE} * {SERVICE}) AS squares,
            count(*) FILTER (60 * {SERVICE} < $1 - 1e-6) AS short, count(*) FILTER ({SERVICE} > $2) AS long,
            count(*) FILTER (abs(coalesce(started, called) - round(coalesce(started, called))) < 1e-6
                AND abs(ended - round(ended)) < 1e-6) AS whole
        FROM tickets WHERE outcome = $3 AND {SERVICE} IS NOT NULL
        GROUP BY channel, transaction, second, {SERVICE} > $2, 60 * {SERVICE} < $1 - 1e-6 ORDER BY ALL"""
    rows = log.arrays(query, (shortest, longest, SERVED))
    minutes_only = bool(rows["whole"].sum() > WHOLE * rows["n"].sum())
    names = list(zip(rows["channel"].tolist(), rows["transaction"].tolist(), strict=True))
    if not names:
        return ()
    firsts = [i for i, name in enumerate(names) if i == 0 or name != names[i - 1]]
    found = []
    for first, last in zip(firsts, [*firsts[1:], len(names)], strict=True):
        mine = {name: column[first:last] for name, column in rows.items() if name not in ("channel", "transaction")}
        kept = (mine["short"] == 0) & (mine["long"] == 0)
        seconds, counts, sums, squares = (mine[name][kept].astype(float) for name in ("second", "n", "sums", "squares"))
        too_short, too_long = int(mine["short"].sum()), int(mine["long"].sum())
        channel, transaction = names[first]
        found.append(
            Histogram(
                channel, transaction, seconds, counts, sums, squares, shortest, minutes_only, too_short, too_long
            )
        )  # fmt: skip
    return tuple(found)


def _strain(log: TicketLog, shortest: float, longest: float) -> dict[tuple[str, str], tuple[float, float]]:
    """Ratio of the error of the mean as days show it to that of alike days, at least 1, and degrees of freedom."""
    query = f"""
        SELECT channel, transaction, day, count(*) AS n, sum({SERVICE}) AS sums, sum({SERVICE} * {SERVICE}) AS squares
        FROM tickets WHERE outcome = $3 AND 60 * {SERVICE} >= $1 - 1e-6 AND {SERVICE} <= $2
        GROUP BY channel, transaction, day ORDER BY ALL"""
    rows = log.arrays(query, (shortest, longest, SERVED))
    by_name: dict[tuple[str, str], list[int]] = {}
    for i, name in enumerate(zip(rows["channel"].tolist(), rows["transaction"].tolist(), strict=True)):
        by_name.setdefault(name, []).append(i)
    columns = [rows[key].astype(float) for key in ("n", "sums", "squares")]
    return {name: _ratio(*(column[of] for column in columns)) for name, of in by_name.items()}


def _ratio(n: Floats, sums: Floats, squares: Floats) -> tuple[float, float]:
    mean = sums.sum() / n.sum()
    variance = squares.sum() / n.sum() - mean**2
    if len(n) < FEWEST_DAYS or variance <= 0:
        return 1.0, math.inf
    error, freedom = jackknife((sums.sum() - sums) / (n.sum() - n), n)
    ratio = error / math.sqrt(variance / n.sum())
    return (ratio, freedom) if ratio > 1 else (1.0, math.inf)


def _learn(histogram: Histogram, strain: tuple[float, float]) -> ServiceTimes:
    n = int(histogram.counts.sum())
    fits, distances = _fits(histogram)
    root = math.sqrt(n)
    critical = max(CLOSE, 0.895 / (root - 0.01 + 0.85 / root))
    mean, scv = _moments(histogram)
    minutes: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    family: Literal["lognormal", "gamma", "table"]
    if fits and (distances[0] <= critical or n < FEWEST_FOR_TABLE):
        mean, scv = fits[0].mean, fits[0].scv
        family = "gamma" if fits[0].family == "gamma" else "lognormal"
        reason = f"of the families the likeliest; distance {distances[0]:.3f}, at most {critical:.3f} permitted"
        if distances[0] > critical:
            reason = f"{n} services are too few for a table, though the distance {distances[0]:.3f} is great"
    elif n < FEWEST_FOR_TABLE:
        family, reason = "lognormal", f"{n} services are too few to tell; mean and scv are those of the sample"
    else:
        family = "table"
        minutes, shares = table(histogram)
        nearest = f"nearest family is {distances[0]:.3f} away, at most {critical:.3f} permitted" if fits else "no fit"
        reason = f"no family is like the data: {nearest}"
    return ServiceTimes(
        histogram.channel, histogram.transaction, _strained(mean, strain), _strained(scv, strain), family, reason, fits,
        distances, critical, minutes, shares, histogram.too_short, histogram.too_long, histogram.minutes_only,
    )  # fmt: skip


def _strained(estimate: Estimated, strain: tuple[float, float]) -> EstimatedPositive:
    ratio, freedom = strain
    return EstimatedPositive(estimate.value, estimate.standard_error * ratio, estimate.n, freedom)


def _variance(histogram: Histogram) -> float:
    n = histogram.counts.sum()
    return float(histogram.squares.sum() / n - (histogram.sums.sum() / n) ** 2)


def _moments(histogram: Histogram) -> tuple[EstimatedPositive, EstimatedPositive]:
    """Mean and scv of the sample, with errors by the delta method from its first four moments."""
    n = histogram.counts.sum()
    mean, variance = float(histogram.sums.sum() / n), _variance(histogram)
    apart = histogram.sums / histogram.counts - mean
    third, fourth = ((histogram.counts * apart**power).sum() / n for power in (3, 4))
    scv = variance / mean**2
    # The scv errs with the variance and, the other way, with the mean.
    spread = (fourth - variance**2) / mean**4 - 4 * variance * third / mean**5 + 4 * variance**3 / mean**6
    return (
        EstimatedPositive(mean, math.sqrt(variance / n), int(n)),
        EstimatedPositive(scv, math.sqrt(max(0.0, float(spread)) / n), int(n)),
    )


def _fits(histogram: Histogram) -> tuple[tuple[Fit, ...], tuple[float, ...]]:
    """Fits, the best first, and their distances from the data."""
    n = int(histogram.counts.sum())
    if n < FEWEST_FOR_FAMILY:
        return (), ()
    ends, counts = _cells(histogram)
    mean, scv = (moment.value for moment in _moments(histogram))

    def cumulated(family: str, mean: float, scv: float) -> Floats:
        if not histogram.minutes_only:
            up_to = cdf(family, ends, mean, scv)
        else:
            up_to = integrated_cdf(family, ends + 0.5, mean, scv) - integrated_cdf(family, ends - 0.5, mean, scv)
        up_to[-1] = 1.0
        seen: Floats = (up_to - up_to[0]) / max(1 - up_to[0], 1e-300)
        return seen

    def likelihood(family: str) -> Any:
        return lambda mean, scv: float(counts @ np.log(np.maximum(np.diff(cumulated(family, mean, scv)), 1e-300)))

    tried = (fit(family, (mean, scv), likelihood(family), n) for family in ("lognormal", "gamma"))
    fits = tuple(sorted((found for found in tried if found), key=lambda found: found.aic))
    observed = np.concatenate([[0.0], np.cumsum(counts) / n])
    return fits, tuple(
        float(np.abs(cumulated(one.family, one.mean.value, one.scv.value) - observed).max()) for one in fits
    )


def _cells(histogram: Histogram) -> tuple[Floats, Floats]:
    """Ends of cells of about equal content, halfway between values of the log [minutes], and their content."""
    step = 60 if histogram.minutes_only else 1
    values = np.round(histogram.seconds / step)
    first = math.ceil(histogram.shortest / step - 1e-9)
    place = np.cumsum(histogram.counts) / histogram.counts.sum() * CELLS
    last_of_cell = np.flatnonzero(np.diff(np.floor(place - 1e-9), append=np.inf) > 0)
    content = np.diff(np.concatenate([[0.0], np.cumsum(histogram.counts)[last_of_cell]]))
    least = (first - 0.5) if histogram.minutes_only else histogram.shortest
    return np.concatenate([[max(0.0, least)], values[last_of_cell] + 0.5]) * step / 60, content


def table(histogram: Histogram) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Service times and shares: means of quantile bins, as many as it takes to keep the scv.

    The mean is that of the data; the scv is at most 2 % below theirs, as long as their seconds allow.
    """
    n = histogram.counts.sum()
    place = (np.cumsum(histogram.counts) - histogram.counts / 2) / n
    for bins in (20, 40, 80, 160, 320, 1 << 20):
        # Half of the bins share the longest tenth, which has most of the variance.
        of_bin = np.where(place < 0.9, np.floor(place / 0.9 * bins / 2), bins / 2 + np.floor((place - 0.9) * 5 * bins))
        _, of_bin = np.unique(of_bin, return_inverse=True)
        counts = np.bincount(of_bin, histogram.counts)
        minutes = np.bincount(of_bin, histogram.sums) / counts
        mean = minutes @ counts / n
        if (minutes - mean) ** 2 @ counts / n >= (1 - LOST_SCV) * _variance(histogram):
            break
    return tuple(minutes.tolist()), tuple((counts / n).tolist())
