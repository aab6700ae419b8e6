"""A log is doubted before anything is learnt from it."""

from optimizer.calibration.doubts.clock import heaping, holes
from optimizer.calibration.doubts.counts import count_doubts
from optimizer.calibration.doubts.queueing import services, waits
from optimizer.calibration.doubts.report import Doubt, DoubtReport, Severity, report_of
from optimizer.calibration.doubts.rows import (
    copied_days,
    duplicates,
    impossible_order,
    short_services,
    swapped_outcomes,
)
from optimizer.calibration.doubts.sample import draw_days, sample
from optimizer.calibration.doubts.sequence import inversions, numbers
from optimizer.calibration.doubts.servers import beyond_windows, two_at_once
from optimizer.calibration.doubts.shapes import never_free, uniform
from optimizer.calibration.log import TicketLog

__all__ = ["Doubt", "DoubtReport", "Severity", "count_doubts", "doubts"]


def doubts(log: TicketLog, windows: int | None = None, seed: int = 0) -> DoubtReport:
    """Doubt a log: what is wrong with it, and whether it should be used at all.

    All checks that can refuse are set so that together they refuse at most 2 % of the logs of halls that call in turn:
    of 900 simulated ones (50 to 5,000 tickets, 1 to 8 windows, tiers, abandonment, pauses, whole minutes) none was.
    Waits and services are judged by whole days of 20,000 tickets, shares by days of 500,000, both drawn by the seed;
    copied days, holes, impossible order, outcomes and short services by all tickets.

    A log that mixes several halls without telling them apart, or a hall that calls in no order at all, may be refused
    though it is honest. Where hardly anybody waits, invented waits are not found.

    Args:
        log: the tickets.
        windows: how many there are; where it is absent, as many as have names in the log.
        seed: of the days and draws that are looked at.
    """
    if not log.tickets:
        return report_of([Doubt("tickets", Severity.REFUSE, "there are none")])
    days, tickets = draw_days(log, seed=seed), sample(log, seed=seed)
    return report_of(
        [
            *impossible_order(log),
            *swapped_outcomes(log),
            *waits(tickets, seed),
            *services(tickets, seed),
            *uniform(tickets, seed),
            *never_free(tickets),
            *copied_days(log),
            *beyond_windows(log, days, windows),
            *two_at_once(log, days),
            *short_services(log),
            *inversions(tickets),
            *numbers(log, days),
            *duplicates(log, days),
            *holes(log),
            *heaping(log, days),
        ]
    )
