"""Who was sent to another channel: the share diverted by transaction and amount.

Below the threshold of a poster it is the share who are able to use the other channel times the share of those who
follow, which a log does not tell apart.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from optimizer.calibration.estimate import Estimated, estimated_share
from optimizer.calibration.log import NO_SHOW, TicketLog
from optimizer.errors import InvalidParameterError


@dataclass(frozen=True)
class Band:
    """Customers of one transaction whose amount is at least ``low`` and below ``high``."""

    transaction: str
    low: float
    high: float
    diverted: Estimated
    """Share who went to the other channel; ``n`` is customers."""


@dataclass(frozen=True)
class Followed:
    """What a threshold does to the customers of one transaction."""

    transaction: str
    threshold: float
    below: Estimated
    """Share diverted of those below the threshold: able times compliance."""
    above: Estimated
    """Share diverted of the others: those who go of their own accord."""


def diverted_shares(log: TicketLog, edges: Sequence[float], to: Mapping[str, str] | None = None) -> tuple[Band, ...]:
    """Share diverted by transaction and amount band.

    Args:
        log: the tickets; those whose amount is not known are left out, and numbers that nobody answered.
        edges: amounts between bands [yuan], increasing; the first band begins at 0, the last has no end.
        to: channel that counts as diverted, by transaction, for a log whose column ``diverted`` is empty.

    Returns:
        Bands in the order of transaction and amount; those without customers of whom the log says it are absent.
    """
    bounds = [0.0, *edges]
    if any(low >= high for low, high in pairwise(bounds)):
        raise InvalidParameterError("edges between bands of amounts are above 0 and increasing")
    to = to or {}
    found = log.arrays(
        """WITH bounds AS (SELECT unnest($1::DOUBLE[]) AS low, unnest($2::DOUBLE[]) AS high, unnest($3::INT[]) AS band),
        channels AS (SELECT unnest($4::VARCHAR[]) AS transaction, unnest($5::VARCHAR[]) AS other)
        SELECT transaction, band, day, count(*) AS n, count(*) FILTER (went) AS hits
        FROM (SELECT transaction, day, amount, coalesce(diverted, channel = other) AS went
            FROM tickets LEFT JOIN channels USING (transaction) WHERE amount >= 0 AND outcome <> $6)
        JOIN bounds ON amount >= low AND amount < high WHERE went IS NOT NULL
        GROUP BY ALL ORDER BY transaction, band, day""",
        (bounds, [*edges, math.inf], list(range(len(bounds))), list(to), list(to.values()), NO_SHOW),
    )
    bands = []
    for transaction in np.unique(found["transaction"].astype(str)):
        for band, (low, high) in enumerate(zip(bounds, [*edges, math.inf], strict=True)):
            mine = (found["transaction"] == transaction) & (found["band"] == band)
            if mine.any():
                share = estimated_share(found["hits"][mine], found["n"][mine])
                bands.append(Band(str(transaction), low, high, share))
    return tuple(bands)


def followed(log: TicketLog, transaction: str, threshold: float, to: str | None = None) -> Followed | None:
    """What the threshold of a poster did: the share diverted below it and above it.

    Args:
        log: the tickets, of days on which the threshold held.
        transaction: what is diverted.
        threshold: amount below which customers were asked to use another channel [yuan].
        to: the other channel, for a log whose column ``diverted`` is empty.

    Returns:
        Both shares; None where the log does not show who was diverted below the threshold.
    """
    bands = [
        band
        for band in diverted_shares(log, [threshold], {transaction: to} if to else None)
        if band.transaction == transaction
    ]
    nobody = estimated_share([], [])
    below = next((band.diverted for band in bands if band.low == 0), None)
    above = next((band.diverted for band in bands if band.low == threshold), nobody)
    return Followed(transaction, threshold, below, above) if below else None
