"""What was learnt from counts, as tables on a screen and as structured data."""

from collections.abc import Iterator
from typing import Any

from optimizer.calibration.branch_writing import WrittenBranch
from optimizer.calibration.count_learning import LearntCounts
from optimizer.calibration.counted_branch import TAKEN
from optimizer.reporting.learnt import (
    assumed_lines,
    doubts_structure,
    estimate_structure,
    number_sections,
    numbers_structure,
    rejected_rows,
    rejected_structure,
)
from optimizer.reporting.text import Section


def counted_sections(learnt: LearntCounts, written: WrittenBranch) -> Iterator[Section]:
    """What was read, doubted, learnt and assumed."""
    rows = [("snapshots", f"{learnt.snapshots:,}", f"{min(learnt.dates)} to {max(learnt.dates)}")]
    rows += rejected_rows(learnt.rejections)
    rows += [(f"left out: queue {queue}", "-", why) for queue, why in learnt.left_out.items()]
    outside = sum(counts.outside for counts in learnt.counts.values())
    if outside:
        rows.append(("customers outside opening hours", f"{outside:,}", "in no period"))
    if learnt.holes:
        rows.append(("times between snapshots without counts", f"{learnt.holes:,}", "their customers are missing"))
    yield Section("Read", ("", "rows", ""), tuple(rows), 3)
    yield from number_sections(learnt.doubts, written)


def counted_lines(learnt: LearntCounts, written: WrittenBranch) -> Iterator[str]:
    """What the whole means, in sentences."""
    customers = sum(counts.totals.sum() for counts in learnt.counts.values())
    yield (
        f"{written.branch.name}: learnt from counts of {customers:,.0f} customers on {len(learnt.dates)} days; "
        f"qpo check and qpo solve take it as it is."
    )
    yield from assumed_lines(written)
    yield f"note: {TAKEN}"
    for queue in learnt.queues:
        if queue.queue not in (queue.channel, queue.transaction):
            yield f"note: in the branch the queue {queue.queue} is {queue.channel}."


def counted_structure(learnt: LearntCounts, written: WrittenBranch) -> dict[str, Any]:
    """Everything that was learnt, as plain data."""
    return {
        "log": {
            "source": learnt.source,
            "snapshots": learnt.snapshots,
            "first": min(learnt.dates).isoformat(),
            "last": max(learnt.dates).isoformat(),
            "rejected": rejected_structure(learnt.rejections),
            "queues_left_out": dict(learnt.left_out),
            "intervals_left_out": learnt.holes,
        },
        "doubts": doubts_structure(learnt.doubts),
        "arrivals": [
            {"day_type": name, "transaction": transaction, "tier": tier,
             "periods": [estimate_structure(rates.estimate(c, t)) for t in range(rates.rates.shape[1])]}
            for name, rates in learnt.rates.items()
            for c, (transaction, tier) in enumerate(rates.classes)
        ],
        "busyness_scv": None if learnt.factor is None else estimate_structure(learnt.factor.likelihood),
        "service_times": [
            {"queue": queue.queue, "channel": queue.channel, "transaction": queue.transaction,
             "counters": queue.counters, "untold": queue.untold,
             "mean": None if queue.service is None else estimate_structure(queue.service)}
            for queue in learnt.queues
        ],
        "numbers": numbers_structure(written),
    }  # fmt: skip
