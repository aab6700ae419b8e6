"""Numbers that nobody answers: how many, how long each holds a window, and how many of them are second tickets.

With k tickets a customer and a share q that nobody answers, k / (1 - q) numbers are called for each customer who is
served. A log shows this product; k and q apart only where second tickets can be told by their nearness.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.calibration.arrivals import CLASS
from optimizer.calibration.estimate import Estimated, estimated_share, jackknife
from optimizer.calibration.log import NO_SHOW, SERVED, TicketLog
from optimizer.errors import InvalidParameterError

Floats = NDArray[np.float64]
NEAR_SECONDS = 15.0
"""A second ticket is taken within this time of the first."""
LARGEST_SAMPLE = 1_000_000
"""Tickets whose neighbours are looked at, in whole days."""


@dataclass(frozen=True)
class DeadNumbers:
    """Numbers called in vain, of one class; as a branch names them with one ticket per customer."""

    no_show: Estimated
    """Share of the numbers called that nobody answers; ``n`` is numbers called."""
    minutes: Estimated | None
    """Time that one holds a window; ``n`` is numbers; None where the log does not show it."""


def dead_numbers(log: TicketLog, by: Sequence[str] = ("transaction",)) -> dict[tuple[str, ...], DeadNumbers]:
    """Share of the numbers called that nobody answers, by class.

    Tickets of those who gave up are left out: whether their number was called the log does not say.

    Args:
        log: the tickets.
        by: columns that make a class.
    """
    _refuse_unknown(by)
    names = ", ".join(by)
    held = "ended - coalesce(started, called)"
    found = log.arrays(
        f"""SELECT {names}, day, count(*) FILTER (outcome = ?) AS dead, count(*) AS n,
            count(held) AS timed, coalesce(sum(held), 0) AS minutes
            FROM (SELECT {names}, day, outcome, CASE WHEN outcome = ? AND {held} >= 0 THEN {held} END AS held
                FROM tickets WHERE outcome IN (?, ?))
            GROUP BY ALL ORDER BY {names}, day""",
        (NO_SHOW, NO_SHOW, SERVED, NO_SHOW),
    )
    return {
        name: DeadNumbers(
            estimated_share(found["dead"][mine], found["n"][mine]),
            _mean_over_days(found["minutes"][mine], found["timed"][mine]),
        )
        for name, mine in _rows_by_class(found, by).items()
    }


def tickets_per_customer(
    log: TicketLog, by: Sequence[str] = ("transaction",), near_seconds: float = NEAR_SECONDS
) -> dict[tuple[str, ...], Estimated]:
    """Tickets that one customer takes, by class, as far as second tickets can be told by their nearness.

    A dead number may be a second ticket if it was taken just before or just after one of its class that was answered.
    Strangers come near each other too, with a probability that those who were served show: with shares near[dead] and
    near[served] of numbers that have an answered one so near, r = (near[dead] - near[served]) / (1 - near[served]) of
    the dead numbers are second tickets, and a customer takes k = 1 + r · dead / served. The rest had nobody to
    answer: with the share s of ``dead_numbers`` it is q = 1 - k · (1 - s).

    Args:
        log: the tickets; of a large one some whole days are looked at.
        by: columns that make a class.
        near_seconds: time within which a second ticket is taken.

    Returns:
        Tickets per customer; ``n`` is customers served; a class without dead numbers or two days is absent.

    Assumes: a customer takes no more than two and answers one of them, and customers come independently. Friends who
        come together and are both served make strangers look near, and the estimate too small.
    """
    _refuse_unknown(by)
    query = _NEIGHBOURS.format(names=", ".join(by))
    found = log.arrays(query, (LARGEST_SAMPLE, SERVED, NO_SHOW, near_seconds / 60))
    columns = [found[name].astype(float) for name in ("dead", "near_dead", "served", "near_served")]
    every = np.stack(columns, axis=1)
    tickets = {}
    for name, mine in _rows_by_class(found, by).items():
        sums = every[mine]
        sums = sums[sums[:, 2] > 0]
        if len(sums) < 2 or not sums[:, 0].sum():
            continue
        whole = sums.sum(axis=0)
        error, freedom = jackknife(_per_customer(whole - sums), sums[:, 2])
        value = float(_per_customer(whole[np.newaxis])[0])
        tickets[name] = Estimated(max(1.0, value), error, int(whole[2]), freedom)
    return tickets


# Days are drawn so that about the given number of tickets is looked at. Only those who were served are neighbours, for
# all alike: a second ticket must not keep its customer from the next.
_NEIGHBOURS = """
    WITH size AS (SELECT count(*) AS n FROM tickets),
    drawn AS (SELECT {names}, day, arrival, row, outcome = $2 AS served,
        CASE WHEN outcome = $2 THEN arrival END AS answered
        FROM tickets, size WHERE hash(day) % 1000000 < 1e6 * $1 / n AND outcome IN ($2, $3)),
    beside AS (SELECT {names}, day, served,
        arrival - max(answered) OVER (PARTITION BY {names}, day ORDER BY arrival, row
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
        min(answered) OVER (PARTITION BY {names}, day ORDER BY arrival, row
            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) - arrival AS after FROM drawn),
    near AS (SELECT {names}, day, served,
        coalesce(before <= $4, false) OR coalesce(after <= $4, false) AS near FROM beside)
    SELECT {names}, day, count(*) FILTER (NOT served) AS dead, count(*) FILTER (near AND NOT served) AS near_dead,
        count(*) FILTER (served) AS served, count(*) FILTER (near AND served) AS near_served
    FROM near GROUP BY ALL ORDER BY {names}, day"""


def _refuse_unknown(by: Sequence[str]) -> None:
    if unknown := set(by) - set(CLASS):
        raise InvalidParameterError(f"a class is made of {', '.join(CLASS)}, not of {', '.join(sorted(unknown))}")


def _rows_by_class(found: dict[str, NDArray[Any]], by: Sequence[str]) -> dict[tuple[str, ...], list[int]]:
    rows: dict[tuple[str, ...], list[int]] = {}
    for row, name in enumerate(zip(*(found[column] for column in by), strict=True)):
        rows.setdefault(tuple(map(str, name)), []).append(row)
    return rows


def _per_customer(sums: Floats) -> Floats:
    dead, near_dead, served, near_served = sums.T
    by_chance = near_served / served
    of_dead = np.divide(near_dead, dead, out=np.copy(by_chance), where=dead > 0)
    second = np.divide(of_dead - by_chance, 1 - by_chance, out=np.zeros_like(dead), where=by_chance < 1)
    tickets: Floats = 1 + second * dead / served
    return tickets


def _mean_over_days(sums: Floats, numbers: Floats) -> Estimated | None:
    """Mean of what was summed, days as units; of one day the error is not known."""
    some = numbers > 0
    if not some.any():
        return None
    total, n = sums[some].sum(), numbers[some].sum()
    if some.sum() < 2:
        return Estimated(float(total / n), math.nan, int(n))
    error, freedom = jackknife((total - sums[some]) / (n - numbers[some]), numbers[some])
    return Estimated(float(total / n), error, int(n), freedom)
