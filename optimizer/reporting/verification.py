"""What a simulation thinks of a policy: the verdict, promised beside simulated numbers, and what explains them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from optimizer.problem import Branch
from optimizer.reporting.tables import csv_text
from optimizer.reporting.text import Section
from optimizer.simulation import Estimate
from optimizer.verification import (
    Comparison,
    Explanation,
    JudgedTarget,
    Outcome,
    PeriodSummary,
    TargetSummary,
    Verdict,
    Verification,
    period_summaries,
    target_summaries,
)

Day = tuple[str, str, str | None]
"""Day type, channel, tier; None: all."""
ORDER = (Outcome.AGREES, Outcome.CLOSE, Outcome.BETTER, Outcome.WORSE)
CANDIDATES = 3
"""Assumptions named where none explains a difference by itself."""


def verification_lines(verification: Verification) -> Iterator[str]:
    """The verdict in a sentence, and how it was reached."""
    options, counts = verification.options, Counter(c.outcome for c in verification.comparisons)
    yield _verdict(verification)
    yield (
        f"{len(verification.comparisons):,} numbers, promised and simulated on {options.days:,} days of each kind: "
        f"{', '.join(f'{counts[outcome]:,} {_word(outcome)}' for outcome in ORDER)}."
    )
    yield (
        f"Agree: no further off than chance explains, all judged together at {1 - options.confidence:.0%} (Holm). "
        f"Close: further, but by at most {options.tolerance:.0%} of the wait or of all customers."
    )
    yield "The simulation follows every customer through the hall and shares no formula with the evaluation."


def _verdict(verification: Verification) -> str:
    failing, reasons = verification.failing, []
    if failing:
        known = sum(not target.promise.met for target in failing)
        too = "" if not known else f" ({'all' if known == len(failing) else known} of them in the evaluation too)"
        of = f"{len(failing)} of {len(verification.targets)} targets"
        reasons.append(f"{of} {'fails' if len(failing) == 1 else 'fail'} in the hall{too}")
    if worse := _by_channel(c for c in verification.worse if c.period is None):
        reasons.append(f"the hall is worse than promised: {worse}")
    if reasons:
        return f"Not confirmed: {'; '.join(reasons)}."
    undecided = sum(target.verdict is Verdict.UNDECIDED for target in verification.targets)
    open_ = f" ({undecided} {'is' if undecided == 1 else 'are'} undecided)" if undecided else ""
    kept = f"no target fails in the hall{open_}, and " if verification.targets else ""
    return f"Confirmed: {kept}no channel's day is worse than promised."


def _by_channel(found: Iterable[Comparison]) -> str:
    """Channels with their day types, each once."""
    days: dict[str, list[str]] = {}
    for c in found:
        names = days.setdefault(c.channel, [])
        names += [] if c.day_type in names else [c.day_type]
    return ", ".join(f"{channel} on {' and '.join(names)}" for channel, names in days.items())


def _word(outcome: Outcome) -> str:
    """What several numbers are or do."""
    return "agree" if outcome is Outcome.AGREES else outcome.value


def verification_sections(branch: Branch, verification: Verification) -> Iterator[Section]:
    """Whole days, periods, targets, costs, and what explains the differences."""
    yield from _days(verification)
    yield from _periods(branch, verification)
    yield from _targets(branch, verification)
    yield _costs(verification)
    yield from _explanations(verification)
    yield from _models(verification)


def _days(verification: Verification) -> Iterator[Section]:
    """Numbers of whole days; those of a tier only where one of them does not agree."""
    days: dict[Day, list[Comparison]] = {}
    for c in verification.comparisons:
        if c.period is None:
            days.setdefault((c.day_type, c.channel, c.tier), []).append(c)
    shown = {
        day: numbers
        for day, numbers in days.items()
        if day[2] is None or any(c.outcome is not Outcome.AGREES for c in numbers)
    }
    rows, confidence = [], verification.options.confidence
    for day_type, group in groupby(shown.items(), key=lambda item: item[0][0]):
        label = day_type
        for (_, channel, tier), numbers in group:
            name = channel if tier is None else f"{channel}, {tier}"
            for cells in _day_rows(numbers, confidence):
                rows.append((label, name, *cells))
                label = name = ""
    title = f"Whole days: promised → simulated ± half width of the {confidence:.0%} interval"
    yield Section(title, ("", "", "wait, min", "", "lost", "served in time"), tuple(rows), 6)


def _day_rows(numbers: list[Comparison], confidence: float) -> Iterator[tuple[str, ...]]:
    """Wait, its outcome, losses and the first service level; further service levels below."""
    by_measure: dict[str, list[Comparison]] = {}
    for c in numbers:
        by_measure.setdefault(c.measure, []).append(c)
    levels = [f"{c.within:g} min: {_marked(c, confidence)}" for c in by_measure.get("service_level", [])]
    (coming,) = by_measure["customers"]
    if coming.outcome is not Outcome.AGREES:
        levels.append(f"customers: {_marked(coming, confidence)}")
    waits, losses = by_measure.get("mean_wait", []), by_measure.get("abandonment", [])
    wait = (_pair(waits[0], confidence), waits[0].outcome.value) if waits else ("-", "")
    lost = _marked(losses[0], confidence) if losses else "-"
    yield (*wait, lost, levels[0] if levels else "")
    yield from (("", "", "", level) for level in levels[1:])


def _marked(c: Comparison, confidence: float) -> str:
    """Both numbers, and the outcome where they do not agree."""
    return _pair(c, confidence) + ("" if c.outcome is Outcome.AGREES else f" {c.outcome.value}")


def _pair(c: Comparison, confidence: float) -> str:
    form = _share if c.measure in ("abandonment", "service_level") else _number
    return f"{form(c.promised)} → {form(c.simulated)} ± {form(c.half_width(confidence))}"


def _number(value: float) -> str:
    return f"{value:.2f}"


def _share(value: float) -> str:
    return f"{value:.1%}"


def _periods(branch: Branch, verification: Verification) -> Iterator[Section]:
    """Periods of each channel's day in a row; channels whose periods all agree share one."""
    rows, confidence = [], verification.options.confidence
    for day_type, group in groupby(period_summaries(verification.comparisons), key=lambda each: each.day_type):
        summaries = list(group)
        label, agreeing = day_type, [each for each in summaries if each.worst is None]
        for each in summaries:
            if each.worst is not None:
                rows.append((label, each.channel, _counts(each), _worst(branch, each.worst, confidence)))
                label = ""
        for count in sorted({each.outcomes.total() for each in agreeing}, reverse=True):
            alike = [each for each in agreeing if each.outcomes.total() == count]
            rows.append((label, ", ".join(each.channel for each in alike), _counts(alike[0]), ""))
            label = ""
    if rows:
        yield Section("Periods, and the number that is furthest off", ("", "", "", ""), tuple(rows), 4)


def _counts(summary: PeriodSummary) -> str:
    others = [outcome for outcome in ORDER[1:] if summary.outcomes[outcome]]
    agreeing = f"{summary.outcomes[Outcome.AGREES]} of {summary.outcomes.total()} agree"
    return ", ".join([agreeing, *(f"{summary.outcomes[each]} {each.value}" for each in others)])


def _worst(branch: Branch, c: Comparison, confidence: float) -> str:
    what = {"customers": "customers", "mean_wait": "wait", "abandonment": "lost"}.get(c.measure)
    unit = " min" if c.measure == "mean_wait" else ""
    at = branch.clock(c.day_type, c.period or 0)
    return f"{at} {what or f'within {c.within:g} min'} {_pair(c, confidence)}{unit}"


def _targets(branch: Branch, verification: Verification) -> Iterator[Section]:
    """How many targets hold, and each that does not."""
    counts, confidence = Counter(target.verdict for target in verification.targets), verification.options.confidence
    words = {Verdict.HOLDS: "hold", Verdict.UNDECIDED: "undecided", Verdict.FAILS: "fail"}
    told = ", ".join(f"{counts[each]} {word}" for each, word in words.items() if counts[each])
    rows = [
        (
            each.name, each.day_type or "the quarter", _when(branch, each), each.verdict.value,
            *_target_cells(branch, each.worst, confidence),
        )
        for each in target_summaries(verification.targets)
        if each.verdict is not Verdict.HOLDS
    ]  # fmt: skip
    if rows:
        header = ("", "", "", "", "limit", "promised", "simulated")
        yield Section(f"Targets in the hall, by day type and period: {told}", header, tuple(rows), 4)
    elif told:
        yield Section("Targets in the hall", ("",), ((f"all {told}, by day type and period",),))


def _when(branch: Branch, summary: TargetSummary) -> str:
    period = summary.worst.promise.period
    if period is None or summary.day_type is None:
        return ""
    others = "" if summary.count == 1 else f", worst of {summary.count} periods"
    return f"{branch.clock(summary.day_type, period)}{others}"


def _target_cells(branch: Branch, judged: JudgedTarget, confidence: float) -> tuple[str, str, str]:
    promise, target = judged.promise, branch.targets.get(judged.promise.name)
    minutes = target is not None and target.measure == "mean_wait"
    form = _number if minutes else _share
    sign = "≥" if target is None or target.least is not None else "≤"
    unit = " min" if minutes else ""
    return (
        f"{sign} {form(promise.limit)}{unit}",
        f"{form(promise.value)}{'' if promise.met else ' (broken)'}",
        f"{form(judged.simulated)} ± {form(judged.half_width(confidence))}",
    )


def _costs(verification: Verification) -> Section:
    """Costs that the days decide, then those that are the same on either side as one."""
    promised, fixed, confidence = verification.promised_costs, verification.fixed_cost, verification.options.confidence
    rows = []
    for name, cost in verification.simulation.costs.items():
        more = fixed if name == "total" else 0.0
        if name == "total":
            rows.append(("wages, campaign, machines", f"{fixed:,.0f}", "the same", ""))
        told, found, half = promised[name], float(cost.value), _half(cost, confidence)
        if told or found:
            off = f"{(found - told) / abs(told + more):+.1%}" if told and abs(found - told) > half else ""
            rows.append((name.replace("_", " "), f"{told + more:,.0f}", f"{found + more:,.0f} ± {half:,.0f}", off))
    header = ("", "promised", "simulated", "off by, if beyond the interval")
    return Section("Cost of the quarter [yuan]", header, tuple(rows))


def _half(cost: Estimate, confidence: float) -> float:
    return float(cost.half_width(confidence))


def _explanations(verification: Verification) -> Iterator[Section]:
    rows = tuple(
        (each.comparison.channel, each.comparison.day_type, f"{_difference(each.comparison)} min", _cause(each))
        for each in verification.explanations
    )
    if rows:
        yield Section("What explains the waits that do not agree, on the worst day type", ("", "", "", ""), rows, 4)


def _difference(c: Comparison) -> str:
    return f"{_number(c.promised)} → {_number(c.simulated)}"


def _cause(explanation: Explanation) -> str:
    """The assumption that explains a difference, or those that come nearest."""
    cause, trials = explanation.cause, explanation.trials[:CANDIDATES]
    if not trials:
        return "no assumption is there to be tried"
    if cause is None:
        nearest = ", ".join(f"{trial.assumption} {abs(trial.left):.0%}" for trial in trials)
        return f"no single assumption; of the difference is left at best: {nearest}"
    left = f"{abs(cause.left):.0%} of the difference is left"
    if cause.in_hall:
        return f"the evaluation assumes {cause.assumption}: {left} where the hall does too"
    return f"{cause.assumption}: {left} without it on either side"


def _models(verification: Verification) -> Iterator[Section]:
    rows = tuple(
        (
            {"none": "with all models", "all": "without any"}.get(each.model, f"without {each.model}"),
            f"{each.agreeing:,} of {each.compared:,}", f"{each.wait_off:.3f}", f"{each.level_off:.2%}",
            f"{each.cost_off:+,.0f}",
        )
        for each in verification.without
    )  # fmt: skip
    if rows:
        header = (
            "evaluated",
            "numbers that agree",
            "waits off, min",
            "service levels off",
            "cost less simulated, yuan",
        )
        yield Section("Evaluated without a model, beside the same simulation", header, rows)


def verification_structure(branch: Branch, verification: Verification) -> dict[str, Any]:
    """Everything that was compared and judged; money in yuan a quarter, times in minutes."""
    options, promised = verification.options, verification.promised_costs
    counts = Counter(c.outcome for c in verification.comparisons)
    return {
        "status": "confirmed" if verification.confirmed else "not confirmed",
        "options": {
            "days": options.days, "seed": options.seed, "workers": options.workers, "confidence": options.confidence,
            "tolerance": options.tolerance,
        },
        "counts": {outcome.value: counts[outcome] for outcome in ORDER},
        "comparisons": [_comparison(branch, c) for c in verification.comparisons],
        "targets": [_target(branch, target) for target in verification.targets],
        "costs": {
            name: {"promised": promised[name], "simulated": float(cost.value), "standard_error": float(cost.error)}
            for name, cost in verification.simulation.costs.items()
        },
        "fixed_cost": verification.fixed_cost,
        "explanations": [_explanation(branch, each) for each in verification.explanations],
        "without_models": [
            {"model": each.model, "agreeing": each.agreeing, "compared": each.compared, "wait_off": each.wait_off,
             "level_off": each.level_off, "cost_off": each.cost_off}
            for each in verification.without
        ],
        "policy": verification.evaluation.policy.model_dump(mode="json", exclude_none=True),
        "warnings": list(verification.evaluation.unevaluated),
    }  # fmt: skip


def _start(branch: Branch, day_type: str | None, period: int | None) -> str | None:
    return None if day_type is None or period is None else branch.clock(day_type, period)


def _comparison(branch: Branch, c: Comparison) -> dict[str, str | float | None]:
    return {
        "day_type": c.day_type, "channel": c.channel, "tier": c.tier, "start": _start(branch, c.day_type, c.period),
        "measure": c.measure, "within": c.within, "promised": c.promised, "simulated": c.simulated,
        "standard_error": c.error, "outcome": c.outcome.value,
    }  # fmt: skip


def _target(branch: Branch, judged: JudgedTarget) -> dict[str, Any]:
    promise = judged.promise
    return {
        "name": promise.name, "sentence": promise.sentence, "day_type": promise.day_type,
        "start": _start(branch, promise.day_type, promise.period), "limit": promise.limit, "promised": promise.value,
        "promised_met": promise.met, "simulated": judged.simulated, "standard_error": judged.error,
        "verdict": judged.verdict.value,
    }  # fmt: skip


def _explanation(branch: Branch, explanation: Explanation) -> dict[str, Any]:
    return {
        "of": _comparison(branch, explanation.comparison),
        "cause": None if explanation.cause is None else explanation.cause.assumption,
        "trials": [
            {"assumption": trial.assumption, "in_hall": trial.in_hall, "promised": trial.promised,
             "simulated": trial.simulated, "standard_error": trial.error, "left": trial.left}
            for trial in explanation.trials
        ],
    }  # fmt: skip


def verification_csv(branch: Branch, verification: Verification) -> str:
    """Every number promised and simulated; no tier: all customers, no start: the whole day."""
    rows = [_comparison(branch, c) for c in verification.comparisons]
    header = ["day_type", "channel", "tier", "start", "measure", "within", "promised", "simulated", "standard_error",
              "outcome"]  # fmt: skip
    return csv_text(header, [[row[name] for name in header] for row in rows])
