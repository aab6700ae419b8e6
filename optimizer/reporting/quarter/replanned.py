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
    people = made.plan.staff.people
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
        "reasons": [
            *(f"{a.person} away {a.first.isoformat()} to {a.last.isoformat()}: {a.reason}" for a in absences),
            *(f"{name} is no longer there" for name, each in people.items() if each.left == made.first),
            *(f"{name} is new" for name in people if name not in made.earlier.staff.people),
        ],
    }  # fmt: skip


def counted(number: int, one: str, more: str) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else more}"


def _shift(duty: Duty | None) -> str:
    return "off" if duty is None else f"{format_clock(duty.start)}-{format_clock(duty.end)}"


def replan_lines(part: dict[str, Any]) -> Iterator[str]:
    """The changes, one on a line."""
    people = len({change["person"] for change in part["changes"]})
    yield from part["reasons"]
    days, of = counted(part["changed"], "day", "days"), counted(people, "person", "people")
    verb = "changes" if part["changed"] == 1 else "change"
    yield f"From {part['from']} on {days} of {of} {verb}{':' if part['changes'] else '.'}"
    for change in part["changes"][:SHOWN]:
        yield f"  {change['date']} {change['person']}: {change['before']} -> {change['after']}"
    if part["changed"] > SHOWN:
        yield f"  and {part['changed'] - SHOWN} more, in result.json"
