"""How long customers wait before they give up, learnt from those who did and from those who were called first.

Who is called is censored: patience was longer than the wait. The log is reduced to a histogram by second.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from optimizer.calibration.estimate import Estimated
from optimizer.calibration.families import EstimatedPositive, Fit, cdf, fit
from optimizer.calibration.log import ABANDONED, LEFT_AT_END, NO_SHOW, SERVED, TicketLog
from optimizer.calibration.survival import Survival, kaplan_meier

Floats = NDArray[np.float64]
AT_ONCE_SECONDS = 5.0
"""Who leaves within this time did not mean to wait."""
FEWEST = 10
"""Who must have given up before a family is fitted."""
FEWEST_FOR_TABLE = 200
CLOSE = 0.02
"""Distance of a family from the data that changes no plan, however significant it is."""
BINS = 40
NAMED = ("exponential", "lognormal", "gamma")
"""Families that a branch can name."""
FAMILIES = (*NAMED, "weibull")
WHOLE = 0.98


@dataclass(frozen=True)
class Patience:
    """What a log says of the patience of one tier."""

    tier: str
    customers: int
    """Who waited or were called at once, and are in the curve."""
    gave_up: int
    unknown: int
    """Who gave up nobody knows when; they are left out, and patience looks longer than it is."""
    no_shows: int
    """Who did not answer: they left at some time before the call, or took a ticket too many; they are left out."""
    curve: Survival
    """Kaplan and Meier's."""
    at_once: Estimated
    """Share who never wait: who left within ``at_once`` seconds, less what the fit expects there."""
    restricted: Estimated
    """Mean of the patience cut off at ``horizon`` [minutes]; no family is assumed."""
    horizon: float
    """Longest time to which ten customers waited [minutes]."""
    fits: tuple[Fit, ...]
    """Patience of those who wait at all; the best by Akaike's criterion first."""
    distances: tuple[float, ...]
    """Distance of each fit from the curve, as wide as a single look at many uncensored customers would have it."""
    critical: float
    """Distance beyond which a family is refused."""
    family: Literal["exponential", "lognormal", "gamma", "table"]
    mean: EstimatedPositive | None
    """Minutes; None: too few gave up to tell."""
    scv: EstimatedPositive | None
    minutes: tuple[float, ...]
    """Patience times of the table [minutes]; empty unless the family is a table."""
    shares: tuple[float, ...]
    unseen: float
    """Share of customers more patient than the longest wait: of them the data say nothing, the family does."""
    reason: str
    """Why this family, in words."""
    by_end: int = 0
    """Of those who gave up, whose end was taken as the time of leaving, as the log has no other."""

    @property
    def unknowable(self) -> str:
        """What no log of these waits can tell, as a sentence."""
        longest = self.curve.last
        if self.unlearnable:
            return self.reason
        if not self.gave_up:
            return (
                f"nobody gave up in waits of up to {longest:.1f} minutes: patience is longer than that, or without end"
            )
        beyond = f"patience beyond {longest:.1f} minutes, {self.unseen:.0%} of customers, was not seen"
        return f"nobody waited longer: {beyond}; there the fitted family speaks, not the data"

    @property
    def unlearnable(self) -> bool:
        """Whether customers gave up, but so few at known times that their patience cannot be learnt."""
        return self.mean is None and self.unknown > 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of those who gave up, as sentences."""
        found = [self.unknowable]
        if self.unknown and not self.unlearnable:
            found.append(
                f"{self.unknown:,} gave up at unknown times and are left out: patience looks longer than it is;"
                " map left_at"
            )
        if self.by_end:
            found.append(
                f"no left_at is mapped: of {self.by_end:,} who gave up and were never called the end is taken as the"
                " time they left"
            )
        return tuple(found)

    def given(self) -> dict[str, Any]:
        """The patience as a tier of a branch has it; empty where it cannot be told: such customers never give up."""
        if self.mean is None or self.scv is None:
            return {}
        found: dict[str, Any] = {"patience": self.mean.value, "patience_distribution": self.family}
        if self.family != "exponential":
            found["patience_scv"] = self.scv.value
        if self.family == "table":
            found |= {"patience_minutes": self.minutes, "patience_shares": self.shares}
        return found


def patience(log: TicketLog, at_once: float = AT_ONCE_SECONDS) -> tuple[Patience, ...]:
    """Learn the patience of every tier.

    The curve is Kaplan and Meier's, of all. Exponential, lognormal, gamma and Weibull are fitted by greatest likelihood
    to those who waited longer than ``at_once``: who gives up adds the log of the probability of their second (or their
    minute, where the log knows whole minutes only), who is called that of being more patient. The best by Akaike's
    criterion of those that a branch can name stands, unless it is far from the curve: then a table is taken, of the
    curve as far as it goes and of the family beyond.

    Args:
        log: the tickets; a wait lasts from the ticket to the call, or to the time of leaving.
        at_once: who leaves within this time never waits [seconds].

    Returns:
        In the order of tiers.

    Assumes: patience does not depend on the wait that would have been, as it would if customers looked at the queue
        before they decide; the number displayed as waiting is one way in which it does.

    Source: Kaplan, Meier (1958), Nonparametric estimation from incomplete observations, JASA 53. Mandelbaum, Zeltyn
        (2004), The impact of customers' patience on delay and abandonment, OR Spectrum 26. The distance is scaled as in
        Hall, Wellner (1980), Confidence bands for a survival curve from censored data, Biometrika 67; its critical
        value is that of Lilliefors's test, a guide where there are censored customers.
    """
    query = """
        WITH waited AS (
            SELECT tier, outcome, oddity,
                CASE WHEN outcome = $1 THEN left_at ELSE coalesce(called, started) END - arrival AS wait
            FROM tickets)
        SELECT tier, outcome, wait IS NULL AS missing, greatest(0, CAST(round(60 * wait) AS BIGINT)) AS second,
            count(*) AS n, count(*) FILTER (abs(wait - round(wait)) < 1e-6) AS whole,
            count(*) FILTER (oddity = $2) AS by_end
        FROM waited GROUP BY ALL ORDER BY ALL"""
    rows = log.arrays(query, (ABANDONED, LEFT_AT_END))
    usable = ~rows["missing"].astype(bool) & np.isin(rows["outcome"].astype(str), [SERVED, ABANDONED])
    longer = usable & (np.nan_to_num(rows["second"].astype(float)) > 0)
    whole = bool(rows["whole"][longer].sum() > WHOLE * rows["n"][longer].sum() > 0)
    unit = 1.0 if whole else 1 / 60
    # A wait of 0 minutes is any of up to half a minute.
    seen_from = max(at_once / 60, 0.5 if whole else 0.0)
    found = []
    for tier in dict.fromkeys(rows["tier"].tolist()):
        mine = {name: column[rows["tier"] == tier] for name, column in rows.items()}
        found.append(_learn(str(tier), mine, usable[rows["tier"] == tier], unit, seen_from))
    return tuple(found)


def _learn(tier: str, rows: dict[str, NDArray[Any]], usable: NDArray[Any], unit: float, at_once: float) -> Patience:
    outcome, n = rows["outcome"].astype(str), rows["n"].astype(float)
    events = usable & (outcome == ABANDONED)
    times = np.nan_to_num(rows["second"].astype(float)) / 60
    curve = kaplan_meier(times[usable], np.where(events, n, 0)[usable], np.where(events, 0, n)[usable])
    gave_up = int(n[events].sum())
    unknown = int(n[~usable & (outcome == ABANDONED)].sum())
    fits = _fits(times, np.where(events, n, 0.0), np.where(usable & ~events, n, 0.0), unit, at_once)
    distances = tuple(_distance(curve, one, at_once) for one in fits)
    root = math.sqrt(max(1.0, curve.customers))
    critical = max(CLOSE, 0.895 / (root - 0.01 + 0.85 / root))
    family: Literal["exponential", "lognormal", "gamma", "table"] = "exponential"
    mean, scv = None, None
    minutes: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    named = [i for i, one in enumerate(fits) if one.family in NAMED]
    reason = _too_few(gave_up, unknown)
    unseen = float(curve.survival[-1]) if len(curve.survival) else 1.0
    if named:
        best, distance = fits[named[0]], distances[named[0]]
        mean, scv = best.mean, best.scv
        family = _named(best)
        reason = f"of the families the likeliest; distance {distance:.3f}, at most {critical:.3f} permitted"
        if distance > critical and gave_up >= FEWEST_FOR_TABLE:
            family, reason = (
                "table",
                f"no family is like the curve: the nearest is {distance:.3f} away, at most {critical:.3f}",
            )
            minutes, shares = _table(curve, best)
            mean, scv = _table_moments(minutes, shares, best)
    never_wait = _never_wait(curve, fits[0] if fits else None, at_once)
    return Patience(
        tier, curve.customers, gave_up, unknown, int(n[outcome == NO_SHOW].sum()), curve,
        never_wait, curve.restricted_mean(curve.horizon), curve.horizon, fits, distances, critical,
        family, mean, scv, minutes, shares, unseen, reason, int(rows["by_end"].sum()),
    )  # fmt: skip


def _too_few(gave_up: int, unknown: int) -> str:
    if not unknown:
        return f"{gave_up} gave up: too few to tell"
    known = f", {gave_up} at known ones" if gave_up else ""
    return f"{unknown:,} gave up at unknown times{known}: patience cannot be learnt; map left_at"


def _fits(times: Floats, events: Floats, censored: Floats, unit: float, at_once: float) -> tuple[Fit, ...]:
    """Fits to those who waited longer than ``at_once``, the best first."""
    late = times > at_once
    times, events, censored = times[late], events[late], censored[late]
    n = int(events.sum())
    if n < FEWEST:
        return ()
    ends = np.maximum(times[events > 0][:, np.newaxis] + unit * np.array([-0.5, 0.5]), at_once)
    hits, calls, waits = events[events > 0], censored[censored > 0], times[censored > 0]
    total = float(times @ (events + censored) - at_once * (events + censored).sum())
    whole = hits.sum() + calls.sum()

    def likelihood(family: str) -> Any:
        def of(mean: float, scv: float) -> float:
            cells = np.diff(cdf(family, ends, mean, scv), axis=1)[:, 0]
            later = 1 - cdf(family, waits, mean, scv)
            first = 1 - float(cdf(family, np.array([at_once]), mean, scv)[0])
            return float(
                hits @ np.log(np.maximum(cells, 1e-300))
                + calls @ np.log(np.maximum(later, 1e-300))
                - whole * math.log(max(first, 1e-300))
            )

        return of

    tried = [fit(family, (total / n, 1.0), likelihood(family), n) for family in FAMILIES]
    return tuple(sorted((one for one in tried if one), key=lambda one: one.aic))


def _named(one: Fit) -> Literal["exponential", "lognormal", "gamma"]:
    if one.family == "exponential":
        return "exponential"
    return "gamma" if one.family == "gamma" else "lognormal"


def _distance(curve: Survival, one: Fit, at_once: float) -> float:
    """Greatest weighted distance of a fit from the curve, both of those who wait longer than ``at_once``."""
    late = (curve.times > at_once) & (curve.survival > 0)
    first = curve.at(at_once).value
    if not late.any() or first <= 0:
        return 0.0
    begin = 1 - float(one.cdf([at_once])[0])
    expected = (1 - one.cdf(curve.times[late])) / begin
    seen = curve.survival[late] / first
    variance = curve.customers * (curve.standard_errors[late] / curve.survival[late]) ** 2
    return float((np.abs(expected - seen) / (seen * (1 + variance))).max())


def _never_wait(curve: Survival, one: Fit | None, at_once: float) -> Estimated:
    stay = curve.at(at_once)
    expected = float(one.cdf([at_once])[0]) if one else 0.0
    share = max(0.0, 1 - stay.value / (1 - expected))
    n = max(1, curve.customers)
    moved = (share * n + 1) / (n + 2)
    return Estimated(share, max(stay.standard_error / (1 - expected), math.sqrt(moved * (1 - moved) / n)), n)


def _table(curve: Survival, beyond: Fit) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The curve in bins of about equal share, then the family given that one is more patient than all who waited."""
    last, rest = curve.last, float(curve.survival[-1])
    mass = -np.diff(np.concatenate([[1.0], curve.survival]))
    far = beyond.mean.value * (1 + 20 * math.sqrt(beyond.scv.value)) + last
    grid = last + (far - last) * np.linspace(0, 1, 4001) ** 2
    above = 1 - beyond.cdf(grid)
    tail = rest * -np.diff(above) / max(above[0] - above[-1], 1e-300) if above[0] > above[-1] else np.zeros(4000)
    times = np.concatenate([np.maximum(curve.times, 1e-3), (grid[1:] + grid[:-1]) / 2])
    mass = np.concatenate([mass, tail])
    times, mass = times[mass > 0], mass[mass > 0] / mass.sum()
    place = np.cumsum(mass) - mass / 2
    # Half of the bins share the most patient tenth, which has most of the variance.
    half = BINS / 2
    bins = np.where(place < 0.9, np.floor(place / 0.9 * half), half + np.floor((place - 0.9) / 0.1 * half))
    _, bins = np.unique(bins, return_inverse=True)
    shares = np.bincount(bins, mass)
    return tuple((np.bincount(bins, mass * times) / shares).tolist()), tuple(shares.tolist())


def _table_moments(
    minutes: tuple[float, ...], shares: tuple[float, ...], fitted: Fit
) -> tuple[EstimatedPositive, EstimatedPositive]:
    """Mean and scv of the table, with the relative errors of the family, as its tail is the family's."""
    at, of = np.array(minutes), np.array(shares)
    mean = float(at @ of)
    scv = float((at - mean) ** 2 @ of) / mean**2
    moments = []
    for value, estimate in ((mean, fitted.mean), (scv, fitted.scv)):
        moments.append(EstimatedPositive(value, value * estimate.standard_error / estimate.value, estimate.n))
    return moments[0], moments[1]
