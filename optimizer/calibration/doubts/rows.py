"""Rows that contradict themselves or stand more than once, and days that are copies of others."""

from optimizer.calibration.doubts.report import Doubt, Severity, count, percent
from optimizer.calibration.doubts.sample import UNTIL, Days
from optimizer.calibration.log import ABANDONED, CALLED_AND_ENDED, SERVED, TicketLog

MOMENTS = (
    ("arrival", "called"),
    ("arrival", "started"),
    ("arrival", "left_at"),
    ("called", "started"),
    ("called", "ended"),
    ("started", "ended"),
)
BLOCK = 60
"""Minutes of a day that are compared with those of other days."""
ALIKE = 8
"""Tickets of a block below which it may be like another by chance."""
FEWEST = 10
"""Customers who gave up below which their moments may be odd by chance."""


def impossible_order(log: TicketLog) -> list[Doubt]:
    """Doubt a log in which what comes later stands before what comes first; refused above 5 %.

    Rows that the reading has left out for that count too.
    """
    wrong = {f"{first} after {later}": f"{later} < {first} - 1e-6" for first, later in MOMENTS}
    conditions = [*wrong.values(), " OR ".join(f"coalesce({condition}, false)" for condition in wrong.values())]
    sums = ", ".join(f"count(*) FILTER ({condition}) AS c{k}" for k, condition in enumerate(conditions))
    told = [int(n[0]) for n in log.arrays(f"SELECT {sums}, count(*) AS rows FROM tickets").values()]
    *each, here, rows = told
    left_out = {r.reason: r.count for r in log.rejections if " before " in r.reason}
    counts = {name: n for name, n in zip(wrong, each, strict=False) if n} | left_out
    total, rows = here + sum(left_out.values()), rows + sum(r.count for r in log.rejections)
    if not total:
        return []
    share = total / rows
    severity = Severity.REFUSE if share > 0.05 else Severity.WARNING if share > 0.005 else Severity.NOTE
    details = "; ".join(f"{name}: {n:,}" for name, n in counts.items())
    words = f"{percent(share)} of the rows are in an order that cannot be ({details})"
    return [Doubt("impossible order", severity, words, {"share": share, "rows": float(total)})]


def swapped_outcomes(log: TicketLog) -> list[Doubt]:
    """Doubt outcomes of which the moments say another; refused where most who gave up were called and have an end."""
    found = log.arrays(
        "SELECT count(*) FILTER (outcome = $1) AS gave_up, count(*) FILTER (oddity = $2) AS called,"
        " count(*) FILTER (outcome = $3) AS served,"
        " count(*) FILTER (outcome = $3 AND coalesce(called, started, ended) IS NULL) AS bare FROM tickets",
        (ABANDONED, CALLED_AND_ENDED, SERVED),
    )
    gave_up, called, served, bare = (int(found[name][0]) for name in ("gave_up", "called", "served", "bare"))
    if not called:
        return []
    share = called / gave_up
    severity = Severity.NOTE if share <= 0.05 else Severity.WARNING
    if share > 0.5 and gave_up >= FEWEST:
        severity = Severity.REFUSE
    words = f"{called:,} of {gave_up:,} abandoned rows were called and ended later, as served ones are"
    if bare:
        words += f", and {bare:,} of {served:,} served rows were neither called nor ended"
    words += "; correct [outcomes] of the mapping: its values may be swapped, or mean no_show"
    return [Doubt("outcomes", severity, words, {"share": share, "abandoned": float(gave_up), "bare": float(bare)})]


def duplicates(log: TicketLog, days: Days) -> list[Doubt]:
    """Doubt rows that stand more than once; never refused, as they can be left out.

    Where tickets have no number and moments are whole minutes, two customers may look the same: nothing is said.
    """
    found = log.arrays(
        "SELECT coalesce(sum(n), 0) AS rows, coalesce(sum(n - 1) FILTER (numbered OR fine), 0) AS twice FROM"
        " (SELECT count(*) AS n, number IS NOT NULL AS numbered, abs(arrival - round(arrival)) > 1e-6"
        "  AND abs(ended - round(ended)) > 1e-6 AS fine"
        f" FROM tickets WHERE {days.chosen} GROUP BY day, channel, transaction, tier, number, arrival, {UNTIL}, ended,"
        " outcome, window_name, teller, amount)",
        days.parameters,
    )
    here = sum(r.count for r in log.rejections if r.reason == "row stands twice")
    share = (float(found["twice"][0]) + here) / max(1.0, float(found["rows"][0]) + here)
    if share == 0:
        return []
    severity = Severity.WARNING if share > 0.01 else Severity.NOTE
    return [Doubt("duplicate rows", severity, f"{percent(share)} of the rows repeat another", {"share": share})]


def copied_days(log: TicketLog) -> list[Doubt]:
    """Doubt days of which an hour or more is like another day's to the second; refused above 5 % of all tickets.

    Eight customers or more who came, were called and left at the same moments on two days: that this happens once by
    chance is less probable than 1 in 10,000 even where moments are whole minutes.
    """
    moments = ", ".join(f"CAST(round(60 * {moment}) AS BIGINT)" for moment in ("arrival", UNTIL, "ended"))
    found = log.arrays(
        f"WITH blocks AS (SELECT day, channel, floor(arrival / {BLOCK}) AS block, count(*) AS n,"
        f" sum(hash({moments})::HUGEINT) AS content FROM tickets GROUP BY ALL),"
        " copies AS (SELECT sum(n) AS n, min(day)::VARCHAR AS first, max(day)::VARCHAR AS last"
        f"  FROM blocks WHERE n >= {ALIKE} GROUP BY channel, block, n, content HAVING count(DISTINCT day) > 1)"
        " SELECT coalesce(sum(n), 0)::DOUBLE AS n, (SELECT sum(n)::DOUBLE FROM blocks) AS rows, max(first) AS first,"
        " arg_max(last, first) AS last FROM copies"
    )
    share = float(found["n"][0]) / max(1.0, float(found["rows"][0]))
    if share == 0:
        return []
    words = (
        f"{percent(share)} of the tickets are in hours that are alike on several days to the second, as on"
        f" {found['first'][0]} and {found['last'][0]}"
    )
    severity = Severity.REFUSE if share > 0.05 else Severity.WARNING
    return [Doubt("copied days", severity, words, {"share": share, "tickets": float(found["n"][0])})]


def short_services(log: TicketLog, seconds: float = 10.0) -> list[Doubt]:
    """Doubt services of a few seconds: numbers that were called and not answered, or calls cut off.

    In the calls of an anonymous bank 4 to 6 % are under 10 seconds, an artefact that the literature leaves out.

    Source: Brown, Gans, Mandelbaum, Sakov, Shen, Zeltyn, Zhao (2005), Statistical analysis of a telephone call center.
    """
    found = log.arrays(
        f"SELECT count(*) AS n, count(*) FILTER (ended - started < {seconds / 60}) AS short,"
        " count(*) FILTER (abs(ended - round(ended)) < 1e-6) AS whole"
        " FROM tickets WHERE outcome = 'served' AND ended - started >= 0"
    )
    n, short, whole = (int(found[name][0]) for name in ("n", "short", "whole"))
    if not short or whole > 0.95 * n:
        return []
    share = short / n
    words = f"{count(short, 'service')} ({percent(share)}) took less than {seconds:g} seconds"
    severity = Severity.WARNING if share > 0.02 else Severity.NOTE
    return [Doubt("short services", severity, words, {"share": share, "services": float(short)})]
