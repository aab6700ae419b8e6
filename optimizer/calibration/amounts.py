"""How much money a transaction is about: a table that keeps the amounts people round to, and a lognormal fit."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimizer.calibration.estimate import Estimated
from optimizer.calibration.log import TicketLog
from optimizer.problem.customers import AmountTable, Lognormal

Floats = NDArray[np.float64]
HEAP = 0.005
"""Share of transactions from which on an amount is kept for itself."""
BINS = 40
"""Of the amounts that are no heaps."""
FEWEST = 20


@dataclass(frozen=True)
class Amounts:
    """Amounts of one transaction."""

    transaction: str
    values: Floats
    """Amounts as they occur [yuan], to the yuan from 100 on, increasing."""
    counts: Floats
    left_out: int
    """Transactions with an amount of 0 or less."""
    missing: int
    """Transactions without an amount."""
    log_mean: Estimated
    """Of the lognormal distribution: mean of the logarithm; ``n`` is transactions."""
    log_sd: Estimated
    heaps: Floats
    """Amounts that people round to: each has at least 0.5 % of transactions, more than its neighbours would have."""
    distance: float
    """Kolmogorov and Smirnov's distance of the lognormal distribution from the data."""

    @property
    def transactions(self) -> int:
        """How many have an amount."""
        return int(self.counts.sum())

    def share_up_to(self, threshold: float) -> Estimated:
        """Share of transactions of at most this amount, of those seen; the lognormal fit may differ by ``distance``.

        The error is that of (hits + 2) / (n + 4), so that a share of 0 is not taken for certain, and so is the middle.
        """
        hits = self.counts[self.values <= threshold].sum()
        n = self.transactions
        share = (hits + 2) / (n + 4)
        return Estimated(float(share), math.sqrt(share * (1 - share) / (n + 4)), n)

    def lognormal(self) -> Lognormal:
        """The fit as a branch has it."""
        return Lognormal(distribution="lognormal", log_mean=self.log_mean.value, log_sd=self.log_sd.value)

    def table(self, thresholds: Iterable[float] = (), bins: int = BINS) -> AmountTable:
        """The data as a branch has them: heaps as they are, all else in bins of about equal share.

        Args:
            thresholds: amounts at which bins end, so that the share up to each is that of the data.
            bins: bins of what is no heap.
        """
        heap = np.isin(self.values, self.heaps)
        rest = np.where(heap, 0.0, self.counts)
        place = (np.cumsum(rest) - rest / 2) / max(1.0, rest.sum())
        of_bin = np.minimum(bins - 1, np.floor(place * bins))
        # A bin also ends at every heap: amounts stay in order, and no threshold at a heap can cut a bin.
        ends = np.unique([*thresholds, *self.heaps])
        group = np.stack([of_bin, np.searchsorted(ends, self.values, side="left"), heap], axis=1)
        starts = np.concatenate([[True], (np.diff(group, axis=0) != 0).any(axis=1)])
        _, first = np.unique(np.cumsum(starts), return_index=True)
        counts = np.add.reduceat(self.counts, first)
        amounts = np.add.reduceat(self.counts * self.values, first) / counts
        shares = counts / counts.sum()
        return AmountTable(distribution="table", amounts=tuple(amounts.tolist()), shares=tuple(shares.tolist()))


def amounts(log: TicketLog) -> tuple[Amounts, ...]:
    """Learn the amounts of every transaction of which the log has twenty.

    Args:
        log: the tickets; whoever states an amount counts, served or not.

    Returns:
        In the order of transactions.
    """
    query = """
        SELECT transaction, CASE WHEN amount < 100 THEN round(amount, 2) ELSE round(amount) END AS value, count(*) AS n
        FROM tickets GROUP BY ALL ORDER BY ALL"""
    rows = log.arrays(query)
    value, n, name = rows["value"].astype(float), rows["n"].astype(float), rows["transaction"].astype(str)
    found = []
    for transaction in dict.fromkeys(name.tolist()):
        mine = name == transaction
        good = mine & (value > 0)
        if n[good].sum() >= FEWEST and good.sum() > 1:
            left_out = n[mine & (value <= 0)].sum(), n[mine & np.isnan(value)].sum()
            found.append(amounts_of(value[good], n[good], transaction, int(left_out[0]), int(left_out[1])))
    return tuple(found)


def amounts_of(
    values: ArrayLike, counts: ArrayLike, transaction: str = "all", left_out: int = 0, missing: int = 0
) -> Amounts:
    """Learn from a table of amounts.

    The lognormal distribution is that of greatest likelihood: mean and standard deviation of logarithms; with k their
    kurtosis, the errors are sd / √n and sd √((k - 1) / 4 n).

    Args:
        values: amounts, positive, increasing, of which two differ.
        counts: transactions of each.
        transaction: its name.
        left_out: transactions with an amount of 0 or less.
        missing: transactions without an amount.
    """
    from scipy.special import ndtr

    at, of = np.asarray(values, float), np.asarray(counts, float)
    n, logs = of.sum(), np.log(at)
    mean = float(logs @ of / n)
    apart = logs - mean
    sd = math.sqrt(float(apart**2 @ of / n))
    kurtosis = float(apart**4 @ of / n) / sd**4
    seen = np.cumsum(of) / n
    fitted = ndtr(apart / sd)
    distance = float(np.maximum(np.abs(fitted - seen), np.abs(fitted - seen + of / n)).max())
    return Amounts(
        transaction, at, of, left_out, missing,
        Estimated(mean, sd / math.sqrt(n), int(n)),
        Estimated(sd, sd * math.sqrt(max(0.0, kurtosis - 1) / (4 * n)), int(n)),
        at[of >= max(HEAP * n, 5.0)], distance,
    )  # fmt: skip
