"""Everything that counts tell: who waits, how many counters are open, how many are called, queue by queue.

Counts tell less than tickets: when customers came, how fast a counter serves while somebody waits, how many counters
there are, how busy days differ. What they take for granted is said in ``count_estimates``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.calibration.arrivals import ArrivalCounts, ArrivalRates, arrival_rates
from optimizer.calibration.count_estimates import Intervals, intervals_of, service_rate
from optimizer.calibration.counts import CountLog
from optimizer.calibration.day_factor import DayFactor, day_factor
from optimizer.calibration.doubts import Doubt, DoubtReport, Severity, count_doubts
from optimizer.calibration.doubts.report import report_of
from optimizer.calibration.estimate import Estimated
from optimizer.calibration.log import Rejection
from optimizer.calibration.log_days import DAY, OPEN_SHARE, Hours
from optimizer.calibration.names import names_made
from optimizer.errors import DataRefused, Fault, InvalidParameterError
from optimizer.problem.calendar import WEEKDAYS, Weekday

TIER = "all"
BRIEFEST = 10.0
"""Seconds; no counter serves people faster on average."""
DAY_TYPES: dict[str, tuple[tuple[Weekday, ...], int, str]] = {
    "weekday": (WEEKDAYS[:5], 63, "working days of a quarter"),
    "saturday": (WEEKDAYS[5:6], 13, "Saturdays of a quarter"),
    "sunday": (WEEKDAYS[6:], 13, "Sundays of a quarter"),
}
"""Weekdays, days of a quarter and what they are: counts are of too few days to find kinds of days in them."""


@dataclass(frozen=True)
class Naming:
    """Names in the branch; what is absent is named like the queue in the log."""

    channels: Mapping[str, str] = field(default_factory=dict)
    """By queue."""
    transactions: Mapping[str, str] = field(default_factory=dict)
    """By queue."""


@dataclass(frozen=True)
class CountedQueue:
    """What the counts of one queue tell."""

    queue: str
    """Its name in the log."""
    channel: str
    transaction: str
    intervals: Intervals
    rate: Estimated | None
    """Customers that one counter serves in a minute; ``n`` is intervals. None: it cannot be told."""
    untold: str
    """Why not; empty where it is known."""

    @property
    def counters(self) -> int:
        """The most that were open."""
        return max(1, int(self.intervals.open_before.max()))

    @property
    def service(self) -> Estimated | None:
        """Mean service time [minutes], its error by the delta method."""
        if self.rate is None:
            return None
        error = self.rate.standard_error / self.rate.value**2
        return Estimated(1 / self.rate.value, error, self.rate.n, self.rate.freedom)


@dataclass(frozen=True)
class LearntCounts:
    """What a log of counts tells."""

    source: str
    snapshots: int
    rejections: tuple[Rejection, ...]
    doubts: DoubtReport
    period: int
    """Minutes."""
    queues: tuple[CountedQueue, ...]
    left_out: Mapping[str, str]
    """Queues of which nothing can be learnt, and why."""
    weekdays: Mapping[str, tuple[Weekday, ...]]
    """On which there are days of a day type."""
    counts: Mapping[str, ArrivalCounts]
    """By day type; classes are the queues, as transaction and tier."""
    rates: Mapping[str, ArrivalRates]
    factor: DayFactor | None

    @property
    def hours(self) -> dict[str, Hours]:
        """Opening hours by day type."""
        return {name: (c.opening, c.opening + c.customers.shape[2] * c.period) for name, c in self.counts.items()}

    @property
    def dates(self) -> tuple[date, ...]:
        """Days on which customers came."""
        return tuple(sorted(day for counts in self.counts.values() for day in counts.dates))

    @property
    def holes(self) -> int:
        """Times between snapshots that tell nothing: their customers are missing."""
        return sum(queue.intervals.left_out for queue in self.queues)


def queue_doubts(log: CountLog, queues: Sequence[str] = ()) -> DoubtReport:
    """Doubt the queues of a log, all of them or those named."""
    chosen = chosen_queues(log, queues)
    found = []
    for queue in chosen:
        counts = log.arrays(
            "SELECT day, minute, waiting, CAST(called AS DOUBLE) AS called, open FROM counts WHERE queue = ?"
            " ORDER BY row", (queue,),
        )  # fmt: skip
        report = count_doubts(counts["day"], counts["minute"], counts["waiting"], counts["called"], counts["open"])
        of = f"{queue}: " if len(chosen) > 1 else ""
        found += [replace(doubt, name=of + doubt.name) for doubt in report.doubts]
    return report_of(found)


def chosen_queues(log: CountLog, queues: Sequence[str] = ()) -> tuple[str, ...]:
    """Queues of a log, all of them or those named.

    Raises:
        DataRefused: with every name that the log does not have.
    """
    known = tuple(map(str, log.arrays("SELECT DISTINCT queue FROM counts ORDER BY queue")["queue"]))
    expected = f"a queue of the log, one of {', '.join(known)}"
    if faults := [Fault(log.source, "queue", queue, expected) for queue in queues if queue not in known]:
        raise DataRefused(faults)
    return tuple(dict.fromkeys(queues)) or known


def learn_counts(
    log: CountLog,
    queues: Sequence[str] = (),
    period: int = 30,
    naming: Naming | None = None,
    doubted: DoubtReport | None = None,
) -> LearntCounts:
    """Learn what counts tell.

    Days on which nobody came to any queue are taken for closed. Opening hours are those periods in which at least a
    twentieth of the customers of the busiest one come, the same for all queues; weekdays, Saturdays and Sundays are
    told apart.

    Args:
        log: The counts.
        queues: Those that the branch has; none: all of which anything can be learnt.
        period: Length of a period [minutes].
        naming: Names in the branch.
        doubted: The doubts, where they have been looked for.

    Raises:
        DataRefused: with every queue that the log does not have, or of which nothing can be learnt though it is named.
    """
    doubted = queue_doubts(log, queues) if doubted is None else doubted
    found, left_out = {}, {}
    for queue in chosen_queues(log, queues):
        try:
            intervals = intervals_of(log, queue)
        except InvalidParameterError as error:
            left_out[queue] = str(error)
            continue
        if intervals.arrivals.any():
            found[queue] = intervals
        else:
            left_out[queue] = "nobody comes"
    if left_out and (queues or not found):
        expected = "counts of days on which customers come"
        raise DataRefused([Fault(log.source, f"queue {queue}", why, expected) for queue, why in left_out.items()])
    named = _named(found, naming or Naming())
    doubted = report_of([*doubted.doubts, *_too_brief(named)])
    weekdays, counts = _days({queue.transaction: queue.intervals for queue in named}, period)
    return LearntCounts(
        log.source, log.snapshots, log.rejections, doubted, period, named, left_out, weekdays, counts,
        arrival_rates(counts), day_factor(counts),
    )  # fmt: skip


def _too_brief(queues: Iterable[CountedQueue]) -> list[Doubt]:
    """Services shorter than any counter gives."""
    doubts = []
    for queue in queues:
        seconds = np.inf if queue.service is None else 60 * queue.service.value
        if seconds < BRIEFEST:
            words = (
                f"{queue.queue}: {seconds:.2g} s on average; are numbers called mapped that nobody answers, or that"
                " other counters serve?"
            )
            doubts.append(Doubt("brief services", Severity.WARNING, words, {"seconds": seconds}))
    return doubts


def _named(found: Mapping[str, Intervals], naming: Naming) -> tuple[CountedQueue, ...]:
    own = names_made(list(found), "queue")
    queues = []
    for queue, intervals in found.items():
        rate, untold = None, ""
        try:
            rate = service_rate(intervals)
        except InvalidParameterError as error:
            untold = str(error)
        channel, transaction = (of.get(queue, own[queue]) for of in (naming.channels, naming.transactions))
        queues.append(CountedQueue(queue, channel, transaction, intervals, rate, untold))
    return tuple(queues)


def _days(
    queues: Mapping[str, Intervals], period: int
) -> tuple[dict[str, tuple[Weekday, ...]], dict[str, ArrivalCounts]]:
    """Weekdays and customers by day type."""
    came = np.unique(np.concatenate([one.day[one.arrivals > 0] for one in queues.values()]))
    weekdays, counts = {}, {}
    for name, (possible, _, _) in DAY_TYPES.items():
        dates = came[np.isin(_weekday(came), [WEEKDAYS.index(weekday) for weekday in possible])]
        if not len(dates):
            continue
        parts = {queue: _of_dates(intervals, dates) for queue, intervals in queues.items()}
        counts[name] = counts_of(parts, opening_hours(parts.values(), period), period, name)
        weekdays[name] = tuple(day for day in possible if _opens(WEEKDAYS.index(day), came))
    return weekdays, counts


def _weekday(dates: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Places of the weekdays; the first of January 1970 was a Thursday."""
    places: NDArray[np.int64] = (dates.astype("datetime64[D]").astype(np.int64) + 3) % 7
    return places


def _opens(weekday: int, came: NDArray[np.datetime64]) -> bool:
    """Whether a weekday is seen open; one that the log does not reach is taken for open like its kind."""
    reached = np.arange(came[0], came[-1] + np.timedelta64(1, "D"))
    return bool((_weekday(came) == weekday).any() or not (_weekday(reached) == weekday).any())


def _of_dates(intervals: Intervals, dates: NDArray[np.datetime64]) -> Intervals:
    kept = np.isin(intervals.day, dates)
    arrays: dict[str, Any] = {name: of[kept] for name, of in vars(intervals).items() if isinstance(of, np.ndarray)}
    return replace(intervals, **arrays)


def opening_hours(queues: Iterable[Intervals], period: int) -> Hours:
    """Periods in which customers come to any of the queues, by the rule that logs of tickets have."""
    parts = list(queues)
    start = np.concatenate([intervals.start for intervals in parts])
    arrivals = np.bincount((start // period).astype(int), np.concatenate([intervals.arrivals for intervals in parts]))
    busy = np.flatnonzero(arrivals >= OPEN_SHARE * arrivals.max())
    return int(busy[0]) * period, min((int(busy[-1]) + 1) * period, DAY // period * period)


def counts_of(queues: Mapping[str, Intervals], hours: Hours, period: int, day_type: str) -> ArrivalCounts:
    """Customers by day, queue and period, as if they had been counted one by one.

    Args:
        queues: Intervals by transaction; a day that one of them lacks has none of its customers.
        hours: Opening and closing [minutes after midnight].
        period: Length of a period [minutes].
        day_type: Of all days of the intervals.

    Assumptions:
        An interval belongs to the period of its middle.
    """
    days = np.unique(np.concatenate([intervals.day for intervals in queues.values()]))
    periods = (hours[1] - hours[0]) // period
    customers = np.zeros((len(days), len(queues), periods))
    outside = 0
    for n, intervals in enumerate(queues.values()):
        of = ((intervals.start + intervals.length / 2 - hours[0]) // period).astype(int)
        inside = (of >= 0) & (of < periods)
        place = np.searchsorted(days, intervals.day)
        np.add.at(customers[:, n], (place[inside], of[inside]), intervals.arrivals[inside])
        outside += int(intervals.arrivals[~inside].sum())
    classes = tuple((queue, TIER) for queue in queues)
    return ArrivalCounts(day_type, tuple(days.astype(object)), classes, hours[0], period, customers, outside)
