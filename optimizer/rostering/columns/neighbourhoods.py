"""People whose schedules are taken back and looked for again together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.rostering.columns.kernel import OFF
from optimizer.rostering.columns.master import Column, Cover
from optimizer.rostering.columns.pricing import Kinds, Pricers

Floats = NDArray[np.float64]
KNOWN = 60
"""Schedules of a person that a new program begins with: those cheapest at the prices of the bound."""
FEWEST = 4
HELPFUL = 5.0
"""How much likelier somebody is chosen who may work where people are missing."""


def present_of(schedules: Sequence[Kinds], cover: Cover) -> NDArray[np.int64]:
    """People on each kind and day. Axes (day, kind)."""
    present = np.zeros(cover.people.shape, dtype=np.int64)
    for kinds in schedules:
        days = np.flatnonzero(kinds != OFF)
        present[days, kinds[days]] += 1
    return present


class Pool:
    """Schedules known of each person, the cheapest first at the prices of the bound."""

    def __init__(self, people: int, prices: Floats) -> None:
        self._prices = prices
        self._known: list[dict[bytes, tuple[float, Column]]] = [{} for _ in range(people)]

    def keep(self, column: Column) -> None:
        """Take a schedule in."""
        self._known[column.person].setdefault(column.kinds.tobytes(), (column.reduced(self._prices), column))

    def cheapest(self, person: int) -> list[Column]:
        """The cheapest few of a person."""
        found = sorted(self._known[person].values(), key=lambda pair: pair[0])
        return [column for _, column in found[:KNOWN]]


@dataclass
class Size:
    """How many people are freed: more if freeing so many cannot help, fewer if what could help is not found."""

    people: int
    now: int = 0
    missed: int = 0

    def __post_init__(self) -> None:
        self.now = min(self.people, max(FEWEST + 2, self.people // 3))

    def grow(self) -> None:
        """Even the linear program found nothing."""
        self.now = min(self.people, self.now + 1)

    def shrink(self) -> None:
        """The linear program was cheaper, but no whole schedules were found; every second time one fewer."""
        self.missed += 1
        if self.missed % 2 == 0:
            self.now = max(min(FEWEST, self.people), self.now - 1)


def choose(
    pricers: Pricers, cover: Cover, schedules: Sequence[Kinds], size: int, generator: np.random.Generator
) -> list[int]:
    """People to free: who may work where people are missing, whose wishes cost most, or anybody."""
    people = len(pricers.people)
    lot = generator.random()
    missing = np.argwhere(present_of(schedules, cover) < cover.people)
    if len(missing) and lot < 0.6:
        day, kind = missing[generator.integers(len(missing))]
        able = np.array([pricer.contract.permitted[day, kind] for pricer in pricers.people])
        weights = np.where(able, HELPFUL, 1.0)
    elif lot < 0.8:
        costs = np.array([pricer.cost(kinds) for pricer, kinds in zip(pricers.people, schedules, strict=True)])
        weights = 1.0 + costs - costs.min()
    else:
        weights = np.ones(people)
    return sorted(int(p) for p in generator.choice(people, size, replace=False, p=weights / weights.sum()))
