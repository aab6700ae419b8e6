"""Arrival and service rates from counts.

Assumptions, for all of it: a number called is a customer served (numbers that nobody answers pass for short services);
nobody gives up unseen; while somebody waits every open counter serves this queue. Where counters are shared between
queues the last does not hold: the number of open counters is an upper bound of the capacity, and the service rate of
one counter a lower bound.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammainc

from optimizer.calibration.counts import CountLog
from optimizer.calibration.estimate import Estimated
from optimizer.errors import InvalidParameterError

Floats = NDArray[np.float64]
LONGEST_GAP = 2.5
"""Medians of the time between snapshots; a longer gap is a hole in the log."""
BLOCK = 60.0
"""Calls of one hour may depend on each other [minutes]."""
FEWEST = 20
"""Intervals from which a service rate is estimated."""
SHAPES = (-1.5, 3.0)
"""Logarithms of the shape of service times: squared coefficients of variation of 4.5 to 0.05."""
STEP = 0.02
LEAST_LIKELIHOOD = 1e-8
MOST_CALLS = 500
"""Between two snapshots; more are a mistake in the log."""


@dataclass(frozen=True)
class Intervals:
    """Times between two snapshots of a queue on one day; arrays of one length."""

    day: NDArray[np.datetime64]
    start: Floats
    """[minutes of the day]"""
    length: Floats
    """[minutes]"""
    open_before: Floats
    open_after: Floats
    waiting_before: Floats
    waiting_after: Floats
    called: Floats
    left_out: int
    """Intervals with holes or an unknown number of calls."""

    @property
    def change(self) -> Floats:
        """Calls and change of waiting: arrivals less those who gave up."""
        return self.called + self.waiting_after - self.waiting_before

    @property
    def arrivals(self) -> Floats:
        """Those who came, never below 0."""
        return np.maximum(self.change, 0.0)

    @property
    def lost(self) -> float:
        """Those who were seen waiting, were not called and are gone: at least so many gave up."""
        return float(np.maximum(-self.change, 0.0).sum())


@dataclass(frozen=True)
class PeriodRate:
    """Arrival rate in a period of the day."""

    start: float
    """[minutes of the day]"""
    rate: Estimated
    """[customers per minute]; n is the number of intervals."""


def intervals_of(log: CountLog, queue: str | None = None, days: tuple[str, ...] = ()) -> Intervals:
    """Intervals between successive snapshots.

    Args:
        log: The log.
        queue: Name of a queue; may be absent where the log has one only.
        days: Dates such as ``2020-01-07``; none: all.

    Raises:
        InvalidParameterError: where no queue is named and there are several, or it has no intervals.
    """
    names = sorted(log.arrays("SELECT DISTINCT queue FROM counts")["queue"])
    if queue is None and len(names) > 1:
        raise InvalidParameterError(f"one queue of {', '.join(names)} is needed")
    order = "PARTITION BY day ORDER BY ts"
    found = log.arrays(
        "SELECT day, before AS start, minute - before AS length, open_before, open AS open_after, waiting_before,"
        " waiting AS waiting_after, CAST(called AS DOUBLE) AS called FROM (SELECT *, lag(minute) OVER w AS before,"
        " lag(open) OVER w AS open_before, lag(waiting) OVER w AS waiting_before FROM counts"
        f" WHERE queue = ? WINDOW w AS ({order})) WHERE before IS NOT NULL ORDER BY day, before",
        (names[0] if queue is None else queue,),
    )
    day = found.pop("day").astype("datetime64[D]")
    arrays: dict[str, Floats] = {name: array.astype(float) for name, array in found.items()}
    asked = np.isin(day, np.array(days, dtype="datetime64[D]")) if days else np.ones(len(day), dtype=bool)
    if not asked.any():
        raise InvalidParameterError(f"no two snapshots of a day are there for the queue {queue}")
    whole = ~np.isnan(arrays["called"]) & (arrays["length"] <= LONGEST_GAP * np.median(arrays["length"]))
    kept = asked & whole
    left_out = int((asked & ~whole).sum())
    return Intervals(day=day[kept], left_out=left_out, **{name: array[kept] for name, array in arrays.items()})


def arrival_rates(intervals: Intervals, period: float = 60.0) -> tuple[PeriodRate, ...]:
    r"""Arrival rate by period of the day, $\hat\lambda = \sum A / \sum t$ over the intervals of a period.

    Its standard error is $\sqrt{\phi \sum A} / \sum t$, where the dispersion φ, at least 1, is what the counts of the
    single days vary beyond Poisson, the same for all periods: few days are enough for it.

    Args:
        intervals: Of the days that are alike.
        period: Length of a period [minutes].

    Assumptions:
        An interval belongs to the period of its middle. Those who came before the first snapshot of a day are not
        counted.

    Source:
        McCullagh and Nelder (1989), Generalized Linear Models, section 6.2 (quasi-likelihood).
    """
    index = np.floor((intervals.start + intervals.length / 2) / period).astype(int)
    days, day = np.unique(intervals.day, return_inverse=True)
    periods, of = np.unique(index, return_inverse=True)
    shape = (len(days), len(periods))
    cell = np.ravel_multi_index((day, of), shape)
    arrivals = np.bincount(cell, intervals.arrivals, np.prod(shape)).reshape(shape)
    minutes = np.bincount(cell, intervals.length, np.prod(shape)).reshape(shape)
    rates = arrivals.sum(axis=0) / minutes.sum(axis=0)
    expected = minutes * rates
    observed = (minutes > 0) & (expected > 0)
    freedom = float(observed.sum() - observed.any(axis=0).sum())
    squares = ((arrivals - expected)[observed] ** 2 / expected[observed]).sum()
    dispersion = max(1.0, squares / freedom) if freedom else 1.0
    # Nobody seen is not nobody for sure: one arrival's worth of error stays.
    errors = np.sqrt(dispersion * np.maximum(arrivals.sum(axis=0), 1.0)) / minutes.sum(axis=0)
    counts = np.bincount(of)
    return tuple(
        PeriodRate(float(number * period), Estimated(float(rate), float(error), int(n), freedom or np.inf))
        for number, rate, error, n in zip(periods, rates, errors, counts, strict=True)
    )


def service_rate(intervals: Intervals) -> Estimated:
    r"""Customers that one open counter serves in a minute, from the calls while somebody waits.

    Where w wait at the beginning of an interval of length t and s counters are open at both ends, every counter is busy
    until the w-th call. Fewer than w calls are then the number of services that s counters end in t; w calls or more
    say only that this number would be at least w. The likelihood of both is maximized over the mean and the variability
    of service times, which are taken for gamma distributed and under way for long: an equilibrium renewal process for
    each counter. Intervals are chosen by their beginning alone, as choosing by who waits at the end would choose those
    with few calls. The standard error is robust: scores are summed over hours.

    Returns:
        The rate; n is the number of intervals.

    Raises:
        InvalidParameterError: where fewer than twenty intervals begin with somebody waiting, or nobody was called.

    Source:
        Cox (1962), Renewal Theory, sections 3.2 and 4.3 (numbers of renewals, equilibrium, pooled processes); White
        (1982), Maximum Likelihood Estimation of Misspecified Models.
    """
    busy = (intervals.waiting_before > 0) & (intervals.open_before > 0)
    busy &= (intervals.open_before == intervals.open_after) & (intervals.called <= MOST_CALLS)
    if busy.sum() < FEWEST:
        raise InvalidParameterError(f"{busy.sum()} intervals begin with somebody waiting; {FEWEST} are needed")
    called = intervals.called[busy]
    if not called.sum():
        raise InvalidParameterError("nobody is called while somebody waits")
    calls = _Calls(intervals, busy)
    crude = called.sum() / (intervals.open_before * intervals.length)[busy].sum()
    found = minimize(
        lambda at: -calls.scores(at).sum(),
        np.array([np.log(crude), 0.0]),
        method="Nelder-Mead",
        bounds=[(np.log(crude) - 3, np.log(crude) + 3), SHAPES],
        options={"xatol": 1e-4, "fatol": 1e-4},
    )
    rate = float(np.exp(found.x[0]))
    hour = np.floor(intervals.start[busy] / BLOCK).astype(int)
    block = np.unique(intervals.day[busy], return_inverse=True)[1] * (hour.max() + 1) + hour
    error = calls.error(found.x, block)
    return Estimated(rate, rate * error, int(busy.sum()), float(len(np.unique(block)) - 1))


class _Calls:
    """Likelihood of the calls of the intervals that begin with somebody waiting, at (log rate, log shape)."""

    def __init__(self, intervals: Intervals, busy: NDArray[np.bool_]) -> None:
        waiting, called = intervals.waiting_before[busy].astype(int), intervals.called[busy].astype(int)
        self.censored = called >= waiting
        self.number = np.where(self.censored, waiting, called)
        pairs = np.column_stack([intervals.open_before[busy], intervals.length[busy]])
        self.pairs, self.of = np.unique(pairs, axis=0, return_inverse=True)
        self.most = int(self.number.max()) + 1

    def scores(self, at: Floats) -> Floats:
        """Logarithm of the likelihood of each interval."""
        mass = np.empty((len(self.pairs), self.most))
        for counters in np.unique(self.pairs[:, 0]):
            rows = self.pairs[:, 0] == counters
            one = _ended(self.pairs[rows, 1], np.exp(-at[0]), np.exp(at[1]), self.most)
            spectrum = np.fft.rfft(one, int(counters) * self.most, axis=1) ** int(counters)
            mass[rows] = np.fft.irfft(spectrum, int(counters) * self.most, axis=1)[:, : self.most]
        below = np.concatenate([np.zeros((len(mass), 1)), np.cumsum(mass, axis=1)], axis=1)
        likelihood = np.where(self.censored, 1 - below[self.of, self.number], mass[self.of, self.number])
        # What no gamma distribution explains is a mistake in the log, and must not decide.
        return np.log(np.maximum(likelihood, LEAST_LIKELIHOOD))

    def error(self, at: Floats, block: NDArray[np.int_]) -> float:
        """Robust standard error of the logarithm of the rate."""
        free = [0, 1] if SHAPES[0] + STEP < at[1] < SHAPES[1] - STEP else [0]
        moves = np.eye(2)[free] * STEP
        slopes = np.array([(self.scores(at + move) - self.scores(at - move)) / (2 * STEP) for move in moves])
        curve = np.array(
            [
                [
                    self.scores(at + a + b).sum() - self.scores(at + a - b).sum() - self.scores(at - a + b).sum()
                    + self.scores(at - a - b).sum()
                    for a in moves
                ]
                for b in moves
            ]
        ) / (4 * STEP**2)  # fmt: skip
        index = np.unique(block, return_inverse=True)[1]
        sums = np.array([np.bincount(index, slope) for slope in slopes])
        inverse = np.linalg.pinv(-curve)
        variance = inverse @ (sums @ sums.T) @ inverse * sums.shape[1] / max(sums.shape[1] - 1, 1)
        return float(np.sqrt(variance[0, 0]))


def _ended(length: Floats, mean: float, shape: float, most: int) -> Floats:
    r"""Probabilities that one busy counter ends 0, 1, ... services within a time; axes time, number.

    $P(N = n) = (1/m) \int_0^t (F_{n-1} - 2 F_n + F_{n+1})$ with the mean m and the distribution $F_n$ of n services;
    of gamma distributions the integral is closed.
    """
    numbers = np.arange(most + 1)[None, :] * shape
    scaled = (length * shape / mean)[:, None]
    inside = np.ones((len(length), most + 1))
    inside[:, 1:] = gammainc(numbers[:, 1:], scaled)
    above = gammainc(numbers + 1, scaled)
    # The integral of F_n, in means.
    integral = (scaled * inside - numbers * above) / shape
    mass = np.empty((len(length), most))
    mass[:, 0] = 1 - integral[:, 0] + integral[:, 1]
    mass[:, 1:] = integral[:, :-2] - 2 * integral[:, 1:-1] + integral[:, 2:]
    return np.maximum(mass, 0.0)
