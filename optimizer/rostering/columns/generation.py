"""Column generation: solve the program over the schedules known, price, add what is cheaper, until nothing is.

At the root prices are drawn towards those of the best bound, so that they swing less.

Source:
    Wentges (1997), Weighted Dantzig-Wolfe decomposition for linear mixed-integer programming.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.rostering.columns.master import Column, Cover, Master, Solved
from optimizer.rostering.columns.pricing import Kinds, Pricers

Floats = NDArray[np.float64]
TOLERANCE = 1e-6
DRAWN = 0.8
"""How far prices at the root are drawn to those of the best bound."""
ROUNDS = 200
"""Most rounds of pricing beside the root, where no bound hangs on the last."""


def bound_of(cover: Cover, prices: Floats, values: Sequence[float]) -> float:
    """Lower bound at prices between -over and under: people wanted at these prices, and cheapest schedules."""
    return float((prices * cover.people).sum()) + sum(values)


def prove(master: Master, pricers: Pricers, cover: Cover, check: Callable[[float], None]) -> tuple[float, Floats]:
    """Solve the program over all schedules.

    Args:
        master: With a schedule of each person; schedules are added.
        pricers: Of all people.
        cover: People wanted.
        check: Called with each bound; may raise to end the search.

    Returns:
        The greatest lower bound, and the prices that prove it.
    """
    people = range(len(pricers.people))
    bound, centre, drawn = -np.inf, None, 0.0
    while True:
        solved = master.solve()
        prices = cover.within(solved.prices)
        centre = prices if centre is None else centre
        added = 0
        for weight in dict.fromkeys((drawn, 0.0)):
            tried = weight * centre + (1 - weight) * prices
            found = pricers.cheapest(-tried)
            proven = bound_of(cover, tried, [value for value, _ in found])
            if proven > bound:
                bound, centre = proven, tried
            added = _add_cheaper(master, pricers, solved, people, [kinds for _, kinds in found])
            if added:
                break
        check(bound)
        drawn = DRAWN
        if not added or solved.cost - bound < TOLERANCE:
            return bound, centre


def converge(
    master: Master,
    pricers: Pricers,
    people: Sequence[int],
    free: Sequence[int],
    floor: float,
    check: Callable[[], None],
) -> Solved:
    """Solve the program over the schedules of some people, while the others' are held.

    Args:
        master: Its people are places in ``people``.
        pricers: Of all people.
        people: Of the problem.
        free: Places whose schedules are open.
        floor: A cost below which the program cannot get: there it ends.
        check: Called each round; may raise to end the search.
    """
    solved = master.solve()
    for _ in range(ROUNDS):
        check()
        if solved.cost <= floor + TOLERANCE:
            break
        found = pricers.cheapest(-solved.prices, [people[place] for place in free])
        schedules = [kinds for _, kinds in found]
        costs = [people[place] for place in free]
        if not _add_cheaper(master, pricers, solved, free, schedules, costs):
            break
        solved = master.solve()
    return solved


def _add_cheaper(
    master: Master,
    pricers: Pricers,
    solved: Solved,
    places: Sequence[int],
    schedules: Sequence[Kinds | None],
    people: Sequence[int] | None = None,
) -> int:
    """Add the schedules that are cheaper than what the program pays for; returns how many."""
    added = 0
    for place, person, kinds in zip(places, people or places, schedules, strict=True):
        if kinds is not None:
            column = Column(place, kinds, pricers.people[person].cost(kinds))
            if column.reduced(solved.prices) < solved.people[place] - TOLERANCE:
                added += master.add(column)
    return added
