"""Many judgements in few: the periods of a channel's day, and the times that a target is judged."""

from collections import Counter
from dataclasses import dataclass

from optimizer.verification.comparison import Comparison, Outcome
from optimizer.verification.targets import JudgedTarget, Verdict

SEVERITY = (Outcome.AGREES, Outcome.CLOSE, Outcome.BETTER, Outcome.WORSE)
"""A period is what the last of these is that any of its numbers is."""


@dataclass(frozen=True)
class PeriodSummary:
    """The periods of one channel's day."""

    day_type: str
    channel: str
    outcomes: Counter[Outcome]
    """Periods by outcome."""
    worst: Comparison | None
    """The number that is furthest off, of those with the most severe outcome; None where all agree."""


@dataclass(frozen=True)
class TargetSummary:
    """The times that a target is judged alike on one day type."""

    name: str
    day_type: str | None
    verdict: Verdict
    count: int
    worst: JudgedTarget
    """The one that is furthest on the wrong side."""


def period_summaries(found: tuple[Comparison, ...]) -> tuple[PeriodSummary, ...]:
    """Summarize the periods of every channel's day, in the order of the comparisons."""
    days: dict[tuple[str, str], dict[int, list[Comparison]]] = {}
    for c in found:
        if c.period is not None:
            days.setdefault((c.day_type, c.channel), {}).setdefault(c.period, []).append(c)
    summaries = []
    for (day_type, channel), periods in days.items():
        outcomes = Counter(max((c.outcome for c in numbers), key=SEVERITY.index) for numbers in periods.values())
        numbers = [c for each in periods.values() for c in each if c.outcome is not Outcome.AGREES]
        worst = max(numbers, key=lambda c: (SEVERITY.index(c.outcome), abs(c.excess)), default=None)
        summaries.append(PeriodSummary(day_type, channel, outcomes, worst))
    return tuple(summaries)


def target_summaries(judged: tuple[JudgedTarget, ...]) -> tuple[TargetSummary, ...]:
    """Summarize targets by name, day type and verdict, in the order of the judgements."""
    groups: dict[tuple[str, str | None, Verdict], list[JudgedTarget]] = {}
    for target in judged:
        groups.setdefault((target.promise.name, target.promise.day_type, target.verdict), []).append(target)
    return tuple(
        TargetSummary(name, day_type, verdict, len(alike), max(alike, key=lambda target: target.shortfall))
        for (name, day_type, verdict), alike in groups.items()
    )
