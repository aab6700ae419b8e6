"""Moments that a clock does not give: heaps on round minutes, jumps back, hours without anybody."""

import math

import numpy as np

from optimizer.calibration.doubts.report import Doubt, Severity, count, percent
from optimizer.calibration.doubts.sample import Days, Floats
from optimizer.calibration.log import TicketLog

LEAST = 100
BIN = 5
"""Minutes in which arrivals are counted when holes are looked for."""
INCREDIBLE = 1e-4
"""Probability of a hole anywhere in the log that is not believed."""
RESERVE = 1.5
"""Arrivals vary more than Poisson's: as if so many times fewer had been expected."""


def heaping(log: TicketLog, days: Days) -> list[Doubt]:
    """Doubt moments that were written down by people, on full minutes or every five minutes; a warning."""
    doubts = []
    for column, noun in (("arrival", "arrivals"), ("ended", "ends of services")):
        found = log.arrays(
            f"SELECT count(*) AS n, count(*) FILTER (abs({column} - round({column})) < 1e-6) AS whole,"
            f" count(*) FILTER (floor({column} + 1e-6)::BIGINT % 5 = 0) AS fives FROM tickets"
            f" WHERE {days.chosen} AND {column} IS NOT NULL",
            days.parameters,
        )
        n, whole, fives = (int(found[name][0]) for name in ("n", "whole", "fives"))
        if n < LEAST:
            continue
        for hits, expected, least, round_to in (
            (whole, 1 / 60, 0.05, "the full minute"),
            (fives, 0.2, 0.3, "five minutes"),
        ):
            share = hits / n
            far = (share - expected) / math.sqrt(expected * (1 - expected) / n)
            minutes = round_to == "the full minute" and share > 0.95
            if share > least and far > 5 and not minutes:
                words = f"{percent(share)} of the {noun} are on {round_to}, by chance {percent(expected)} would be"
                doubts.append(Doubt("heaped moments", Severity.WARNING, words, {"share": share, "expected": expected}))
    return doubts


def holes(log: TicketLog) -> list[Doubt]:
    """Doubt stretches within a day without anybody though many were to be expected; a warning.

    What is to be expected is the mean of the other days at that time, times the day's own number over theirs; with
    fewer than three days, the day's own mean of its other time, and only a note, as it may be a break for lunch.
    """
    found = log.arrays(
        f"SELECT epoch(day)::DOUBLE AS day, floor(arrival / {BIN})::BIGINT AS bin, count(*) AS n FROM tickets"
        " GROUP BY ALL ORDER BY ALL"
    )
    names, row = np.unique(found["day"], return_inverse=True)
    counts = np.zeros((len(names), int(found["bin"].max()) + 1))
    np.add.at(counts, (row.reshape(-1), found["bin"]), found["n"])
    expected = _expected(counts)
    trials = max(1.0, counts.sum())
    missed = [(lost, int(day), at) for day in range(len(names)) for lost, at in _empty(counts[day], expected[day])]
    incredible = [hole for hole in missed if math.exp(-hole[0] / RESERVE) * trials < INCREDIBLE]
    if not incredible:
        return []
    lost, day, at = max(incredible)
    date = np.datetime64(int(names[day]), "s").astype("datetime64[D]")
    words = (
        f"{count(len(incredible), 'stretch', 'stretches')} without anybody, as on {date} from"
        f" {at * BIN // 60}:{at * BIN % 60:02d}, when {lost:.0f} were to be expected"
    )
    severity = Severity.WARNING if len(names) > 2 else Severity.NOTE
    return [Doubt("holes", severity, words, {"holes": len(incredible), "expected": lost})]


def _expected(counts: Floats) -> Floats:
    """Arrivals to be expected; axes day, bin."""
    totals = counts.sum(axis=1, keepdims=True)
    if len(counts) < 3:
        open_bins = np.maximum((counts > 0).sum(axis=1, keepdims=True), 1)
        return np.broadcast_to(totals / open_bins, counts.shape)
    others = counts.sum(axis=0) - counts
    shape: Floats = others / np.maximum(others.sum(axis=1, keepdims=True), 1) * totals
    return shape


def _empty(counts: Floats, expected: Floats) -> list[tuple[float, int]]:
    """Stretches without arrivals between the first and the last: what was expected in each, its first bin."""
    there = np.flatnonzero(counts)
    lost = np.append(0.0, np.cumsum(expected))
    apart = np.flatnonzero(np.diff(there) > 1)
    return [(float(lost[there[k + 1]] - lost[there[k] + 1]), int(there[k]) + 1) for k in apart]
