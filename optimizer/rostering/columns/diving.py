"""From shares of schedules to whole ones: hold the schedule with the greatest share, generate again, and so on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.rostering.columns.generation import TOLERANCE, converge
from optimizer.rostering.columns.master import Master, Solved
from optimizer.rostering.columns.pricing import Kinds, Pricers

WHOLE = 0.999
"""Share that counts as one."""
ALIKE = 0.05
"""Shares so near the greatest are chosen from by lot."""


@dataclass(frozen=True)
class Dive:
    """How a dive ended."""

    schedules: list[Kinds] | None
    """Of each place; None if it was given up."""
    hopeless: bool
    """Whether even shares of schedules cost too much, as far as the first linear program was solved."""


def dive(
    master: Master,
    pricers: Pricers,
    people: Sequence[int],
    most: float,
    generator: np.random.Generator,
    check: Callable[[], None],
) -> Dive:
    """Look for whole schedules that cost at most ``most``.

    Args:
        master: With a schedule at least of each place; gains schedules, and holds none at the end.
        pricers: Of all people.
        people: Whom the places of the master stand for.
        most: Cost at which the dive is given up.
        generator: Chooses among shares that are alike.
        check: Called each round; may raise to end the search.
    """
    held: dict[int, int] = {}
    floor, first = -np.inf, True
    try:
        while len(held) < len(people):
            free = [place for place in range(len(people)) if place not in held]
            solved = converge(master, pricers, people, free, floor, check)
            if solved.cost > most + TOLERANCE:
                return Dive(None, first)
            floor, first = solved.cost, False
            for column in _whole_or_greatest(master, solved, held, generator):
                master.hold(column, True)
                held[master.columns[column].person] = column
        return Dive([master.columns[held[place]].kinds for place in range(len(people))], False)
    finally:
        for column in held.values():
            master.hold(column, False)


def _whole_or_greatest(
    master: Master, solved: Solved, held: dict[int, int], generator: np.random.Generator
) -> list[int]:
    """Columns to hold next: those that are whole already, and one of those with the greatest share below."""
    shares = {int(c): solved.shares[c] for c in np.flatnonzero(solved.shares > TOLERANCE)}
    open_shares = {c: share for c, share in shares.items() if master.columns[c].person not in held}
    chosen = [c for c, share in open_shares.items() if share > WHOLE]
    parts = {c: share for c, share in open_shares.items() if share <= WHOLE}
    if parts:
        greatest = max(parts.values())
        chosen.append(int(generator.choice([c for c, share in parts.items() if share > greatest - ALIKE])))
    return chosen
