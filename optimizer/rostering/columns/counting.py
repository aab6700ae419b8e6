"""Counting shifts of the kinds that have a limit, in one number.

A count is of the shifts of a kind, or, where all shifts are equally long and so their number is known in the end, of
all others: fifteen of eighteen at most need three others, and a count up to three is smaller than one up to fifteen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Counter:
    """Counts shifts of one kind up to its limit, or all others as far as the limit can need."""

    kind: int
    most: int
    others: bool
    top: int
    """Greatest count that is told apart."""


def counter_of(kind: int, most: int, shifts: int, known: bool) -> Counter:
    """The smaller of both counters; ``known`` says whether time is the number of shifts, at most ``shifts``."""
    others = known and shifts - most < most
    return Counter(kind, most, others, max(shifts - most, 0) if others else most)


def counts_after(counters: Sequence[Counter], kinds: Sequence[int]) -> Ints:
    """Counts after a shift of each kind; -1: too many. Axes (kind, counts)."""
    counts = _digits(counters)
    rows = np.zeros((len(kinds), counts.shape[1]), dtype=np.int64)
    stride = 1
    for counter, count in zip(counters, counts, strict=True):
        for row, kind in zip(rows, kinds, strict=True):
            more = count + int((kind == counter.kind) != counter.others)
            more = np.minimum(more, counter.top) if counter.others else np.where(more > counter.top, -1, more)
            row[:] = np.where((row < 0) | (more < 0), -1, row + stride * more)
        stride *= counter.top + 1
    return rows


def last_values(counters: Sequence[Counter], least: int, most: int) -> Floats:
    """0 where a schedule may end, else infinite. Axes (counts, time)."""
    counts = _digits(counters)
    values = np.zeros((counts.shape[1], most + 1))
    values[:, :least] = np.inf
    for counter, count in zip(counters, counts, strict=True):
        if counter.others:
            values[np.arange(most + 1) - count[:, None] > counter.most] = np.inf
    return values


def _digits(counters: Sequence[Counter]) -> Ints:
    """Each counter's count in every combination. Axes (counter, counts)."""
    sizes = [counter.top + 1 for counter in counters]
    combinations = np.arange(int(np.prod(sizes, dtype=np.int64)))
    digits = np.zeros((len(sizes), len(combinations)), dtype=np.int64)
    for c, size in enumerate(sizes):
        digits[c], combinations = combinations % size, combinations // size
    return digits
