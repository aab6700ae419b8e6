"""More services at once than there can be."""

from typing import Any

import numpy as np

from optimizer.calibration.doubts.report import Doubt, Severity, count, percent
from optimizer.calibration.doubts.sample import Days
from optimizer.calibration.log import TicketLog

TOLERANCE = 1 + 1 / 60
"""Minutes by which services may overlap: begins and lengths may each have been rounded to a minute."""
NAMES = {"window_name": "window", "teller": "teller"}


def beyond_windows(log: TicketLog, days: Days, windows: int | None) -> list[Doubt]:
    """Doubt more services at once than there are windows; refused where it is so in more than 5 % of services.

    A service whose beginning is not told begins with its call. Without their number, as many windows as have names in
    the log are taken for granted, and nothing is refused.
    """
    found = log.arrays(
        "SELECT epoch(day)::DOUBLE AS day, coalesce(started, called) AS started, ended, window_name IS NOT NULL"
        f" AS named FROM tickets WHERE {days.chosen} AND outcome = 'served' AND ended > coalesce(started, called)",
        days.parameters,
    )
    if not len(found["day"]):
        return []
    known = windows
    if known is None:
        if found["named"].mean() < 0.95:
            return []
        known = int(log.arrays("SELECT count(DISTINCT window_name) AS n FROM tickets")["n"][0])
    busy = at_once(found["day"], found["started"], found["ended"])
    share, most = float(np.mean(busy > known)), int(busy.max())
    if share == 0:
        return []
    words = f"up to {most} services at once, with {count(known, 'window')}; more than there are in {percent(share)}"
    refused = windows is not None and share > 0.05
    severity = Severity.REFUSE if refused else Severity.WARNING if share > 0.001 else Severity.NOTE
    return [Doubt("services beyond windows", severity, words, {"most": most, "windows": known, "share": share})]


def at_once(day: Any, started: Any, ended: Any) -> Any:
    """Services under way at each beginning, itself included; those that began at the same moment all count."""
    shift = np.unique(day, return_inverse=True)[1].reshape(-1) * 10_000.0
    begins, ends = np.sort(shift + started), np.sort(shift + ended)
    return np.searchsorted(begins, begins, side="right") - np.searchsorted(ends, begins + 1e-9, side="right")


def two_at_once(log: TicketLog, days: Days) -> list[Doubt]:
    """Doubt two services at once by one teller or at one window; refused above 20 % of services.

    Only the service before counts, so that one whose end was forgotten is one overlap. A name that all share is no
    window: only a warning.
    """
    doubts = []
    for column, noun in NAMES.items():
        found = log.arrays(
            "SELECT count(*) AS n, count(DISTINCT name) AS names, coalesce(sum(overlap), 0) AS overlaps FROM"
            f" (SELECT {column} AS name, CAST(coalesce(lag(ended) OVER (PARTITION BY day, {column}"
            f"  ORDER BY started, ended) > started + {TOLERANCE}, false) AS INT)"
            f"  AS overlap FROM tickets WHERE {days.chosen} AND outcome = 'served' AND {column} IS NOT NULL)",
            days.parameters,
        )
        n, names, overlaps = (int(found[name][0]) for name in ("n", "names", "overlaps"))
        if not overlaps:
            continue
        share = overlaps / n
        refused = share > 0.2 and names > 1
        severity = Severity.REFUSE if refused else Severity.WARNING if share > 0.01 else Severity.NOTE
        words = f"{percent(share)} of the services begin at a {noun} that is still serving somebody else"
        doubts.append(Doubt(f"two services at one {noun}", severity, words, {"share": share, "services": n}))
    return doubts
