"""What a quarter says of one thing changed."""

from collections.abc import Iterator, Sequence
from typing import Any

from optimizer.optimization.changes import Change
from optimizer.reporting.text import Section

SCOPE = "at these posters but for the one that changes, people paid by the hour"


def why_part(changes: Sequence[Change]) -> dict[str, Any]:
    """The changes, and what of them is sure."""
    return {
        "scope": SCOPE,
        "changes": [
            {
                "change": change.words, "kind": change.kind, "cost": change.cost, "cost_change": change.cost_change,
                "bound_change": change.least, "gap": change.gap, "words": _words(change),
            }
            for change in changes
        ],
    }  # fmt: skip


def _words(change: Change) -> str:
    if change.cost_change is None:
        return "impossible: no plan keeps every rule and promise" if change.impossible else "no plan found"
    if change.least is None or change.most is None:
        return "not proven"
    if change.least > 0:
        return f"surely dearer, by {change.least:,.0f} yuan at least"
    if change.most < 0:
        return f"surely cheaper, by {-change.most:,.0f} yuan at least"
    return f"between {change.least:,.0f} and {change.most:,.0f} yuan"


def why_sections(part: dict[str, Any]) -> Iterator[Section]:
    """The changes as a table."""
    rows = tuple(
        (row["change"], row["words"], "-" if row["cost_change"] is None else f"{row['cost_change']:+,.0f}")
        for row in part["changes"]
    )
    header = ("", "what is proven", "cost changes by")
    yield Section(f"One thing changed, {part['scope']}", header, rows, numbers_from=2)
