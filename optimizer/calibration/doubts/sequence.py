"""Numbers of tickets against the order in which people came, and customers who overtake others."""

import numpy as np
from numpy.typing import NDArray

from optimizer.calibration.doubts.report import Doubt, Severity, count, percent
from optimizer.calibration.doubts.sample import Days, Floats, Integers, Sample
from optimizer.calibration.log import TicketLog

SERIES = ("day", "day, channel", "day, tier", "day, transaction", "day, channel, tier", "day, transaction, tier")
LEAST = 30
NO_SERIES = 0.5
"""Share of numbers missing above which they are not those of a ticket machine that begins anew each day."""
JUMP = 5.0
"""Minutes back from one number to the next that no order of writing explains."""


def numbers(log: TicketLog, days: Days) -> list[Doubt]:
    """Doubt numbers of tickets with gaps, repeats, or that run against the order of arrival; warnings.

    Numbers may run by channel, tier or transaction: of all ways the one with the least disorder counts. Where they run
    in order, a number that came more than five minutes before the one in front of it tells of a clock that was set.
    """
    found = log.arrays(
        "SELECT day::VARCHAR AS day, channel, tier, transaction, number, arrival FROM tickets"
        f" WHERE {days.chosen} AND number IS NOT NULL",
        days.parameters,
    )
    if len(found["number"]) < LEAST:
        return []
    codes = {
        name: np.unique(found[name].astype(str), return_inverse=True)[1].reshape(-1)
        for name in ("day", "channel", "tier", "transaction")
    }
    number, arrival = found["number"].astype(np.int64), found["arrival"].astype(float)
    told = []
    for names in SERIES:
        series = np.zeros(len(number), np.int64)
        for name in names.split(", "):
            series = series * (int(codes[name].max()) + 1) + codes[name]
        told.append(_disorder(series, number, arrival))
    best = min(told, key=lambda each: each["repeated"] + each["against"] + 0.1 * each["missing"])
    if best["missing"] > NO_SERIES:
        words = "the numbers do not run through the days, so that their order says nothing"
        return [Doubt("ticket numbers", Severity.NOTE, words, {"missing": best["missing"]})]
    texts = {
        "missing": "of the numbers between the first and the last of a day are not in the log",
        "repeated": "of the tickets have the number of another",
        "against": "of the tickets came before the one with the number in front of theirs",
    }
    limits = {"missing": 0.1, "repeated": 0.02, "against": 0.02}
    doubts = [
        Doubt(
            f"ticket numbers {name}",
            Severity.WARNING if best[name] > limits[name] else Severity.NOTE,
            f"{percent(best[name])} {texts[name]}",
            {"share": best[name]},
        )
        for name in texts
        if best[name] > 0.001
    ]
    if best["jumps"] and best["against"] < limits["against"]:
        text = f"the clock went back by up to {best['furthest']:.0f} minutes, {count(best['jumps'], 'time')}"
        doubts.append(Doubt("clock jumps", Severity.WARNING, text, {"jumps": best["jumps"], "most": best["furthest"]}))
    return doubts


def _disorder(series: Integers, number: Integers, arrival: Floats) -> dict[str, float]:
    """Shares of numbers missing, repeated and against the order of arrival, and jumps back."""
    order = np.lexsort((arrival, number, series))
    series, number, arrival = series[order], number[order], arrival[order]
    same, step, later = np.diff(series) == 0, np.diff(number), np.diff(arrival)
    starts = np.flatnonzero(np.append(True, ~same))
    ends = np.append(starts[1:], len(series)) - 1
    spanned = float((number[ends] - number[starts] + 1).sum())
    repeated = float(np.count_nonzero(same & (step == 0)))
    pairs = same & (step > 0)
    back = -later[pairs]
    return {
        "missing": max(0.0, 1 - (len(number) - repeated) / spanned),
        "repeated": repeated / len(number),
        "against": float(np.mean(back > 1e-6)) if len(back) else 0.0,
        "jumps": float(np.count_nonzero(back > JUMP)),
        "furthest": float(back.max(initial=0.0)),
    }


def inversions(tickets: Sample) -> list[Doubt]:
    """Doubt customers who were called after somebody of their own line who came later; a warning above 5 %.

    It need not be wrong: there may be tiers, appointments or windows for some transactions that the log does not tell.
    """
    overtaken = _overtaken(tickets)
    if len(overtaken) < LEAST or not overtaken.any():
        return []
    share = float(overtaken.mean())
    words = f"{percent(share)} of the customers were called after somebody of their channel and tier who came later"
    severity = Severity.WARNING if share > 0.05 else Severity.NOTE
    return [Doubt("inversions", severity, words, {"share": share, "customers": len(overtaken)})]


def _overtaken(tickets: Sample) -> NDArray[np.bool_]:
    """Whether each customer who was called was overtaken, by more than the moments are rounded to."""
    called = np.flatnonzero(tickets.called & np.isfinite(tickets.until))
    called = called[np.argsort(tickets.line[called], kind="stable")]
    # Lines stand behind each other on one axis, so that nobody of another line counts as called earlier.
    until = tickets.until[called] + tickets.line[called] * 10_000.0
    earliest = np.minimum.accumulate(until[::-1])[::-1]
    later = np.append(earliest[1:], np.inf)
    return np.asarray(later < until - tickets.grid - 1 / 60 - 1e-9)
