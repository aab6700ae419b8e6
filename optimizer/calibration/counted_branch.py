"""A branch of what counts tell: each queue becomes a window role with one transaction; all else is assumed."""

from collections.abc import Mapping
from statistics import fmean
from typing import Any

from optimizer.calibration.assumptions import LENGTHS, LOSS, MINUTES, SHRINKAGE, STEP, WAGE, WAITING_COST
from optimizer.calibration.branch_writing import TABLES, WrittenBranch, csv_text, entry_rows
from optimizer.calibration.count_learning import DAY_TYPES, TIER, LearntCounts
from optimizer.calibration.day_factor import LARGEST_SCV
from optimizer.calibration.draft import Draft, Source, number, said
from optimizer.calibration.toml_text import toml_text
from optimizer.problem import Branch, format_clock

SKILL = "teller"
ONE_TURN = 540
"""Days longer than this need more than two people for each counter [minutes]."""
TAKEN = (
    "Counts tell less than tickets. A number called is taken for a customer served; nobody is taken to give up unseen; "
    "while somebody waits every open counter is taken to serve its queue. Where a counter also serves another queue, "
    "service is shorter than it looks here."
)
"""What is taken for granted, for people."""


def counted_branch(
    learnt: LearntCounts, name: str | None = None, windows: int | None = None, skill: str = SKILL
) -> WrittenBranch:
    """Make a branch of what counts tell; what they do not tell is assumed.

    Args:
        learnt: What they tell.
        name: Of the branch; absent: that of the log.
        windows: How many there are; absent: the most that were open, of all queues together.
        skill: Of the people who serve.
    """
    draft = Draft({"name": name or learnt.source.split(".")[0], "period": learnt.period})
    if windows is None:
        windows = sum(queue.counters for queue in learnt.queues)
        together = ", of all queues together" if len(learnt.queues) > 1 else ""
        draft.find(("windows",), windows, f"the most counters open{together}")
    else:
        draft.know(("windows",), windows, "given")
    _calendar(draft, learnt)
    for day_type in learnt.counts:
        _customers(draft, learnt, day_type)
    times = _services(draft, learnt)
    _assume(draft, learnt, windows, skill)
    arrivals = {
        day_type: {
            queue: {tier: (row * learnt.period).tolist()}
            for (queue, tier), row in zip(rates.classes, rates.rates, strict=True)
        }
        for day_type, rates in learnt.rates.items()
    }
    channels = {
        queue.channel: draft.raw["channels"][queue.channel] | {"service": {queue.transaction: times[queue.queue]}}
        for queue in learnt.queues
    }
    branch = Branch.model_validate(draft.raw | {"arrivals": arrivals, "channels": channels})
    return WrittenBranch(branch, _texts(draft, learnt, times), tuple(draft.entries))


def _calendar(draft: Draft, learnt: LearntCounts) -> None:
    if learnt.factor is not None:
        scv = learnt.factor.likelihood
        draft.learn(("busyness_scv",), scv, "days", min(LARGEST_SCV, number(scv.value)))
    for day_type, (opening, closing) in learnt.hours.items():
        for weekday in learnt.weekdays[day_type]:
            draft.put(("opening", weekday), {"open": format_clock(opening), "close": format_clock(closing)})
    spans = ", ".join(dict.fromkeys("-".join(map(format_clock, hours)) for hours in learnt.hours.values()))
    draft.remarks["opening",] = "learnt: when customers came"
    words = f"when customers came on {len(learnt.dates)} days, to {learnt.period} minutes"
    draft.tell("opening", spans, Source.LEARNT, words)
    for day_type in learnt.counts:
        _, days, what = DAY_TYPES[day_type]
        draft.assume(("day_types", day_type, "days"), days, what)
        draft.put(("day_types", day_type, "weekdays"), list(learnt.weekdays[day_type]))


def _customers(draft: Draft, learnt: LearntCounts, day_type: str) -> None:
    counts, rates = learnt.counts[day_type], learnt.rates[day_type]
    a_day = counts.totals.mean()
    words = f"n = {counts.totals.sum():,.0f} customers on {len(counts.dates)} days; {counts.outside} came outside"
    draft.tell(f"customers on {day_type}", f"{a_day:,.1f} a day", Source.LEARNT, words)
    for n, queue in enumerate(learnt.queues):
        peak = int(rates.rates[n].argmax())
        clock = format_clock(rates.opening + peak * learnt.period)
        what = f"customers a minute at {clock}"
        if len(learnt.queues) * len(learnt.counts) > 1:
            what = f"{queue.transaction} on {day_type}: {what}"
        draft.tell(what, f"{rates.rates[n, peak]:.3g}", Source.LEARNT, said(rates.estimate(n, peak), "customers"))


def _services(draft: Draft, learnt: LearntCounts) -> dict[str, dict[str, Any]]:
    """Service times by queue; of a queue that does not tell them, the mean of the others."""
    known = [queue.service.value for queue in learnt.queues if queue.service is not None]
    times = {}
    for queue in learnt.queues:
        what, service = f"service time: {queue.channel}, {queue.transaction}", queue.service
        mean = fmean(known) if known else MINUTES
        if service is None:
            draft.tell(what, f"{mean:.3g} min", Source.ASSUMED, queue.untold)
        else:
            mean = service.value
            draft.tell(what, f"{mean:.3g} min", Source.LEARNT, said(service, "intervals"))
        times[queue.queue] = {"mean": number(mean), "scv": 1.0, "distribution": "exponential"}
    whose = "its" if len(times) == 1 else "their"
    draft.tell(f"{whose} distribution", "exponential", Source.ASSUMED, "counts tell the mean far better than the shape")
    return times


def _assume(draft: Draft, learnt: LearntCounts, windows: int, skill: str) -> None:
    """What no counts tell: prices, people and shifts."""
    first, last = (pick(of) for pick, of in zip((min, max), zip(*learnt.hours.values(), strict=True), strict=True))
    draft.assume(("tiers", TIER, "waiting_cost"), WAITING_COST, "of an hour")
    draft.assume(("tiers", TIER, "loss"), LOSS, "nobody is seen to give up")
    for queue in learnt.queues:
        draft.assume(("transactions", queue.transaction, "channel"), queue.channel, "one queue")
    for queue in learnt.queues:
        draft.assume(("channels", queue.channel, "kind"), "window", "counters")
        draft.assume(("channels", queue.channel, "least"), int(len(learnt.queues) <= windows))
        most = min(windows, queue.counters)
        draft.assume(("channels", queue.channel, "most"), most, "the most that were open")
    even = STEP % learnt.period == 0 and not any((moment - first) % STEP for h in learnt.hours.values() for moment in h)
    lengths = [length for length in LENGTHS if 60 * length <= last - first and not 60 * length % learnt.period]
    people = windows * (2 if last - first <= ONE_TURN else 3)
    values: dict[tuple[str, ...], tuple[Any, str]] = {
        ("wage",): (WAGE, "of an hour"),
        ("serves",): ([queue.channel for queue in learnt.queues], ""),
        ("available",): (dict.fromkeys(learnt.counts, people), "people on the staff list"),
        ("shrinkage",): (SHRINKAGE, ""),
        ("shifts", "earliest_start"): (format_clock(first), ""),
        ("shifts", "latest_end"): (format_clock(last), ""),
        ("shifts", "lengths"): (lengths or [(last - first) / 60], "hours"),
        ("shifts", "start_step"): (float(STEP if even else learnt.period), ""),
    }
    for path, (value, words) in values.items():
        draft.assume(("skills", skill, *path), value, words)


def _texts(draft: Draft, learnt: LearntCounts, times: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    rows = [
        (day_type, format_clock(rates.opening + t * learnt.period), *of, f"{learnt.period * rate:.6g}")
        for day_type, rates in learnt.rates.items()
        for of, row in zip(rates.classes, rates.rates, strict=True)
        for t, rate in enumerate(row)
    ]
    services = [
        (queue.channel, queue.transaction, *(times[queue.queue][key] for key in ("distribution", "mean", "scv")))
        for queue in learnt.queues
    ]
    span = f"{min(learnt.dates)} to {max(learnt.dates)}"
    told = f"{sum(len(queue.intervals.day) for queue in learnt.queues):,} times between snapshots, {span}"
    head = (
        f"# Learnt from counts in {learnt.source}: {told}.\n"
        "# Beside each number stands where it comes from; assumed values want filling in.\n\n"
    )
    page = [f"# {draft.raw['name']}", "", f"Learnt from counts in {learnt.source}: {told}.", "", TAKEN, ""]
    return {
        "branch.toml": head + toml_text(draft.raw, draft.remarks),
        "arrivals.csv": csv_text(TABLES["arrivals.csv"], rows),
        "service_times.csv": csv_text(TABLES["service_times.csv"], services),
        "README.md": "\n".join([*page, *entry_rows(draft.entries)]) + "\n",
    }
