"""A log is doubted before anything is learnt from it."""

from optimizer.calibration.doubts.queueing import services, waits
from optimizer.calibration.doubts.report import Doubt, DoubtReport, Severity, report_of
from optimizer.calibration.doubts.sample import sample
from optimizer.calibration.doubts.shapes import uniform
from optimizer.calibration.log import TicketLog

__all__ = ["Doubt", "DoubtReport", "Severity", "doubts"]


def doubts(log: TicketLog, windows: int | None = None, seed: int = 0) -> DoubtReport:
    """Doubt a log: what is wrong with it, and whether it should be used at all.

    All checks that can refuse are set so that together they refuse at most 2 % of logs of halls that call in turn.

    Args:
        log: the tickets.
        windows: how many there are; where it is absent, as many as have names in the log.
        seed: of the days and draws that are looked at.
    """
    tickets = sample(log, seed=seed)
    return report_of([*waits(tickets, seed), *services(tickets, seed), *uniform(tickets, seed)])
