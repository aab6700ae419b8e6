"""What a quarter planned anew changes."""

from collections.abc import Iterator, Sequence
from typing import Any

from optimizer.planning.replan import Replanned
from optimizer.problem import Leave, format_clock
from optimizer.rostering import Duty

SHOWN = 40
"""Changes said on the screen; the files have all."""


def replan_part(made: Replanned, absences: Sequence[Leave]) -> dict[str, Any]:
    """From which day, why, and what is otherwise for whom."""
    return {
        "from": made.first.isoformat(),
        "before": made.earlier.name,
        "changed": len(made.changes),
        "changes": [
            {
                "date": change.date.isoformat(), "person": change.person, "before": _shift(change.before),
                "after": _shift(change.after),
            }
            for change in made.changes
        ],
        "reasons": [f"{a.person} away {a.first.isoformat()} to {a.last.isoformat()}: {a.reason}" for a in absences],
    }  # fmt: skip


def _shift(duty: Duty | None) -> str:
    return "off" if duty is None else f"{format_clock(duty.start)}-{format_clock(duty.end)}"


def replan_lines(part: dict[str, Any]) -> Iterator[str]:
    """The changes, one on a line."""
    people = len({change["person"] for change in part["changes"]})
    yield f"From {part['from']} on {part['changed']} days of {people} people change:"
    for change in part["changes"][:SHOWN]:
        yield f"  {change['date']} {change['person']}: {change['before']} -> {change['after']}"
    if part["changed"] > SHOWN:
        yield f"  and {part['changed'] - SHOWN} more, in result.json"
