"""What was learnt from a log, as tables on a screen and as structured data."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from optimizer.calibration.branch_writing import WrittenBranch
from optimizer.calibration.doubts import DoubtReport
from optimizer.calibration.draft import Source
from optimizer.calibration.estimate import Estimated
from optimizer.calibration.learning import Learnt
from optimizer.calibration.log import Rejection
from optimizer.reporting.text import Section

CONFIDENCE = 0.95
TITLES = {
    Source.LEARNT: "Learnt", Source.KNOWN: "Known", Source.ASSUMED: "Assumed: fill in", Source.BASE: "Kept",
}  # fmt: skip


def interval_text(estimate: Estimated, scale: float = 1.0) -> str:
    """An interval of 95 % in a few digits; a dash where it is not known."""
    low, high = estimate.interval(CONFIDENCE)
    if not (math.isfinite(low) and math.isfinite(high)):
        return "-"
    return f"{scale * low:.3g} to {scale * high:.3g}"


def learnt_sections(learnt: Learnt, written: WrittenBranch) -> Iterator[Section]:
    """What was read, doubted, learnt and assumed."""
    yield read_section(learnt)
    yield from number_sections(learnt.doubts, written)


def number_sections(doubts: DoubtReport, written: WrittenBranch) -> Iterator[Section]:
    """What was doubted, learnt and assumed."""
    if doubts.doubts:
        rows = tuple((d.severity.name.lower(), d.name, d.words) for d in doubts.doubts)
        yield Section("Doubts", ("", "check", "found"), rows, 3)
    for source, title in TITLES.items():
        rows = tuple((e.what, e.value, e.words) for e in written.entries if e.source is source)
        if rows:
            yield Section(title, ("what", "value", "from" if source is Source.LEARNT else "why"), rows, 3)


def read_section(learnt: Learnt) -> Section:
    """Rows that were used and rows that were left out, by reason."""
    days = learnt.days
    outside = sum(counts.outside for counts in learnt.counts.values())
    rows = [("tickets", f"{learnt.tickets:,}", f"{min(days.customers)} to {max(days.customers)}")]
    rows += rejected_rows(learnt.rejections)
    if outside:
        rows.append(("customers outside opening hours", f"{outside:,}", "in no period"))
    if days.left_out:
        rows.append(("customers of days taken for closed", f"{days.left_out:,}", "in no day type"))
    return Section("Read", ("", "rows", ""), tuple(rows), 3)


def rejected_rows(rejections: Iterable[Rejection]) -> list[tuple[str, str, str]]:
    """Rows that were left out, by reason."""
    return [(f"left out: {r.reason}", f"{r.count:,}", _lines(r.lines, r.example)) for r in rejections]


def _lines(lines: tuple[int, ...], example: str) -> str:
    return f"line {', '.join(map(str, lines))}: {example}"


def learnt_lines(learnt: Learnt, written: WrittenBranch) -> Iterator[str]:
    """What the whole means, in sentences."""
    days = learnt.days
    yield (
        f"{written.branch.name}: learnt from {learnt.customers:,} customers on {len(days.of_date)} days; "
        f"qpo check and qpo solve take it as it is."
    )
    yield from assumed_lines(written)
    for kind, text in (("independence", learnt.independence), ("profile", learnt.dispersion)):
        if text.doubtful():
            yield f"note: arrivals are not quite Poisson ({kind}): {poisson_words(kind)}."
    renamed = learnt.names.renamed()
    if renamed:
        pairs = ", ".join(f"{old} is {new}" for new, (_, old) in renamed.items())
        yield f"note: in the branch {pairs}."
    for each in learnt.patience:
        yield from (f"note: {learnt.names.tier[each.tier]}: {note}." for note in each.notes)
    for note in days.learnt.notes if days.learnt else ():
        yield f"note: {note}."


def assumed_lines(written: WrittenBranch) -> Iterator[str]:
    """How many values want filling in, if any."""
    assumed = sum(entry.source is Source.ASSUMED for entry in written.entries)
    if assumed:
        yield f"{assumed} values are assumed: they are marked in branch.toml and want filling in."


def poisson_words(kind: str) -> str:
    """What a test that failed means."""
    if kind == "independence":
        return "customers of one moment do not come independently, as in groups or by appointment"
    return "the profile of the day is not the same on all days of a type"


def learnt_structure(learnt: Learnt, written: WrittenBranch) -> dict[str, Any]:
    """Everything that was learnt, as plain data."""
    days = learnt.days
    return {
        "log": {
            "source": learnt.source,
            "tickets": learnt.tickets,
            "first": min(days.customers).isoformat(),
            "last": max(days.customers).isoformat(),
            "rejected": rejected_structure(learnt.rejections),
        },
        "doubts": doubts_structure(learnt.doubts),
        "arrivals": [
            {"day_type": name, "transaction": learnt.names.transaction[transaction],
             "tier": learnt.names.tier[tier],
             "periods": [estimate_structure(rates.estimate(c, t)) for t in range(rates.rates.shape[1])]}
            for name, rates in learnt.rates.items()
            for c, (transaction, tier) in enumerate(rates.classes)
        ],
        "busyness_scv": None if learnt.factor is None else estimate_structure(learnt.factor.likelihood),
        "service_times": [
            {"channel": learnt.names.channel[s.channel], "transaction": learnt.names.transaction[s.transaction],
             "family": s.family, "reason": s.reason, "mean": estimate_structure(s.mean),
             "scv": estimate_structure(s.scv), "too_short": s.too_short, "too_long": s.too_long}
            for s in learnt.services
        ],
        "patience": [
            {"tier": learnt.names.tier[p.tier], "family": p.family, "gave_up": p.gave_up, "customers": p.customers,
             "mean": None if p.mean is None else estimate_structure(p.mean),
             "scv": None if p.scv is None else estimate_structure(p.scv), "unknowable": p.unknowable,
             "gave_up_at_unknown_times": p.unknown, "left_at_end": p.by_end}
            for p in learnt.patience
        ],
        "no_shows": {
            learnt.names.transaction[name]: estimate_structure(dead.no_show) for name, dead in learnt.dead.items()
        },
        "numbers": numbers_structure(written),
    }  # fmt: skip


def rejected_structure(rejections: Iterable[Rejection]) -> list[dict[str, Any]]:
    """Rows that were left out, by reason, as plain data."""
    return [{"reason": r.reason, "rows": r.count, "lines": list(r.lines), "example": r.example} for r in rejections]


def doubts_structure(doubts: DoubtReport) -> list[dict[str, Any]]:
    """What the checks have found, as plain data."""
    return [
        {"check": d.name, "severity": d.severity.name.lower(), "words": d.words,
         "found": {k: _finite(float(v)) for k, v in d.found.items()}}
        for d in doubts.doubts
    ]  # fmt: skip


def numbers_structure(written: WrittenBranch) -> list[dict[str, str]]:
    """Where every number comes from, as plain data."""
    return [{"what": e.what, "value": e.value, "source": e.source.value, "words": e.words} for e in written.entries]


def estimate_structure(estimate: Estimated) -> dict[str, Any]:
    """Value, standard error, interval and sample size."""
    low, high = estimate.interval(CONFIDENCE)
    return {
        "value": _finite(estimate.value), "standard_error": _finite(estimate.standard_error), "low": _finite(low),
        "high": _finite(high), "n": estimate.n,
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
