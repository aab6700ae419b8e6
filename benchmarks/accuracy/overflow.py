"""What the next group loses of peaked traffic."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import numpy as np

from benchmarks.accuracy.chains import Move, long_run
from benchmarks.accuracy.tables import Table, spread
from optimizer.queues import Traffic, equivalent_random_blocking, hayward_blocking, overflow_traffic

LEAST = 0.01
"""Share lost from which an error counts: below it is the error of a rare event."""


def blocking() -> Iterator[Table]:
    """Overflow of one or two groups offered to a last one."""
    sizes, uses = (3, 5, 10), (0.6, 0.8, 1.0, 1.2)
    singles = [((c, use * c),) for c, use in product(sizes, uses)]
    doubles = [((c, c * a), (2 * c, 2 * c * b)) for c, a, b in product((3, 6), (0.7, 1.0, 1.3), (0.7, 1.0, 1.3))]
    rows = []
    for least, most in ((0.5, 1.0), (1.0, 2.0), (2.0, 4.0), (4.0, 20.0)):
        cells = []
        for model, groups in product((hayward_blocking, equivalent_random_blocking), (singles, doubles)):
            errors = list(_errors(model, groups, least, most))
            cells.append(f"{spread(errors)} ({len(errors)})" if errors else "-")
        rows.append([f"{least:g} to {most:g}", *cells])
    yield Table(
        "`hayward_blocking` and `equivalent_random_blocking`",
        "Error of the share lost by 1 to 8 servers, per cent, against chains, where more than 1 % is lost (number of "
        "cases). One group: 3, 5 or 10 servers, ρ .6 to 1.2; two: 3 and 6, or 6 and 12, ρ .7 to 1.3. m and z are the "
        "mean and the peakedness of what they turn away.",
        ["m / z", "Hayward, one group", "Hayward, two groups", "equivalent random, one", "equivalent random, two"],
        rows,
    )


def _errors(
    model: Callable[[float, Traffic], float], cases: Sequence[Sequence[tuple[int, float]]], least: float, most: float
) -> Iterator[float]:
    """Of the cases whose traffic lies in the range of m / z."""
    for groups in cases:
        traffic = overflow_traffic(*groups[0])
        for group in groups[1:]:
            traffic = traffic + overflow_traffic(*group)
        if not least <= traffic.mean / traffic.peakedness < most:
            continue
        for servers in range(1, 9):
            lost = _lost(groups, servers)
            if lost > LEAST:
                yield model(servers, traffic) / lost - 1


def _lost(groups: Sequence[tuple[int, float]], servers: int) -> float:
    """Share of the overflow lost, by the chain of all groups (mean service 1)."""
    shape = (*(c + 1 for c, _ in groups), servers + 1)
    at = np.indices(shape)
    ones = np.eye(len(shape), dtype=int)
    moves: list[Move] = [(tuple(-step), busy) for step, busy in zip(ones, at, strict=True)]
    offered = np.zeros(shape)
    for step, busy, (c, load) in zip(ones, at, groups, strict=False):
        moves += [(tuple(step), load * (busy < c)), (tuple(ones[-1]), load * (busy == c))]
        offered += load * (busy == c)
    law = long_run(shape, moves)
    return float((law * offered)[..., -1].sum() / (law * offered).sum())


TABLES = {"overflow": blocking}
