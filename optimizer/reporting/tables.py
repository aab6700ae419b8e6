"""Results as CSV tables for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from optimizer.evaluation import Evaluation
from optimizer.problem import Branch, format_clock

Cell = str | int | float | None


def staffing_csv(branch: Branch, evaluation: Evaluation) -> str:
    """Windows open, by day type, period and role; greeters and machines beside them."""
    channels = list(next(iter(evaluation.days.values())).channels)
    return csv_text(["day_type", "start", *channels], _staffing_rows(branch, evaluation, channels))


def _staffing_rows(branch: Branch, evaluation: Evaluation, channels: Sequence[str]) -> Iterator[list[Cell]]:
    for name, day in evaluation.days.items():
        for t in range(branch.periods(name)):
            yield [name, branch.clock(name, t), *(day.channels[channel].servers[t] for channel in channels)]


def shifts_csv(evaluation: Evaluation) -> str:
    """People on shift, by day type and skill."""
    header = ["day_type", "skill", "start", "end", "meal_start", "meal_end", "people"]
    rows = (
        [name, a.skill, *(_clock(m) for m in (a.shift.start, a.shift.end)),
         *(_clock(m) for m in (a.shift.meal_start, a.shift.meal_end)), a.people]
        for name, plan in evaluation.policy.days.items()
        for a in plan.shifts
    )  # fmt: skip
    return csv_text(header, rows)


def performance_csv(branch: Branch, evaluation: Evaluation) -> str:
    """Measures by day type, channel, class and period; a class waits as its rank in the channel does."""
    limits = sorted({target.within for target in branch.targets.values() if target.within is not None})
    header = ["day_type", "channel", "transaction", "tier", "start", "customers", "servers", "mean_wait"]
    header += [f"within_{limit:g}" for limit in limits] + ["abandonment", "utilization"]
    return csv_text(header, _performance_rows(branch, evaluation, limits))


def _performance_rows(branch: Branch, evaluation: Evaluation, limits: Sequence[float]) -> Iterator[list[Cell]]:
    for day_type, day in evaluation.days.items():
        for index, name in enumerate(branch.channels):
            channel = day.channels.get(name)
            for row, (transaction, tier) in enumerate(branch.classes):
                customers = day.flows.arrivals[row, index]
                if not customers.any():
                    continue
                for t, count in enumerate(customers):
                    start: list[Cell] = [day_type, name, transaction, tier, branch.clock(day_type, t), float(count)]
                    if channel is None:
                        yield [*start, *[None] * (4 + len(limits))]
                        continue
                    rank = channel.rank_of(tier)
                    if rank is None:
                        continue
                    levels = dict(zip(channel.demand.limits, rank.service_level, strict=True))
                    arrivals = float(rank.arrivals[t])
                    yield [
                        *start,
                        channel.servers[t],
                        float(rank.mean_wait[t]),
                        *(float(levels[limit][t]) if limit in levels else None for limit in limits),
                        float(rank.abandoned[t] + rank.blocked[t]) / arrivals if arrivals else None,
                        float(channel.measures.utilization[t]),
                    ]


def _clock(minutes: int | None) -> str | None:
    return None if minutes is None else format_clock(minutes)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table as the text of its file, numbers to 6 decimals."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([round(cell, 6) if isinstance(cell, float) else cell for cell in row] for row in rows)
    return out.getvalue()
