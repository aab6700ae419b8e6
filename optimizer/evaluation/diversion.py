"""What share of customers a threshold sends to another channel."""

from bisect import bisect_right
from math import erf, log, sqrt

import numpy as np

from optimizer.evaluation.regime import Regime
from optimizer.problem import AmountTable, Branch, Diversion, Lognormal, Machine, Remote


def share_up_to(amount: Lognormal | AmountTable, limit: float) -> float:
    """P(amount ≤ limit).

    >>> share_up_to(Lognormal(distribution="lognormal", log_mean=0.0, log_sd=1.0), 1.0)
    0.5
    """
    if isinstance(amount, AmountTable):
        return float(sum(amount.shares[: bisect_right(amount.amounts, limit)]))
    if limit <= 0:
        return 0.0
    return 0.5 * (1 + erf((log(limit) - amount.log_mean) / (amount.log_sd * sqrt(2))))


def mean_compliance(branch: Branch, diversion: Diversion, regime: Regime) -> float:
    """Share of those asked who follow the advice, averaged over the weeks of the quarter.

    In week k it is min(1, compliance(greeters) · (1 + uplift) · (1 + drift)^k).
    """
    base = diversion.compliance[min(regime.greeters, len(diversion.compliance) - 1)]
    base *= 1 + branch.campaigns[regime.campaign].uplift
    weeks = np.arange(branch.drift.weeks)
    return float(np.minimum(1.0, base * (1 + branch.drift.weekly) ** weeks).mean())


def diverted_share(branch: Branch, transaction: str, tier: str, regime: Regime) -> tuple[str, float] | None:
    """Channel that a class is diverted to and the share that goes there; None where nobody is asked.

    The share is P(amount ≤ min(threshold, limit of the channel)) · able · mean compliance.
    """
    thresholds = dict(regime.thresholds)
    for name, diversion in branch.diversions.items():
        if diversion.transaction != transaction or (diversion.tiers and tier not in diversion.tiers):
            continue
        kind, amount = branch.transactions[transaction], branch.transactions[transaction].amount
        if amount is None or diversion.to == kind.home(tier):
            return None
        channel = branch.channels[diversion.to]
        limit = channel.limit if isinstance(channel, Machine | Remote) else None
        ceiling = thresholds[name] if limit is None else min(thresholds[name], limit)
        share = share_up_to(amount, ceiling) * diversion.able * mean_compliance(branch, diversion, regime)
        return diversion.to, share
    return None
