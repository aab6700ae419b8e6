"""A run folder read back, so that the quarter can be planned anew from it."""

import json
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from optimizer.errors import DataRefused, Fault
from optimizer.planning.replan import Earlier
from optimizer.problem import RosterRules, Staff, parse_clock, read_policy
from optimizer.problem.reading import validated
from optimizer.rostering import Duty

STAFF, RULES, POLICY = "staff.json", "roster_rules.json", "policy.json"
M = TypeVar("M", RosterRules, Staff)


def read_earlier(run: Path, structure: dict[str, Any]) -> Earlier:
    """The plan of a run folder.

    Args:
        run: The folder.
        structure: Its ``result.json``.

    Raises:
        DataRefused: where a file of it is missing or was changed to something else.
    """
    names = {plan["name"]: plan["key"] for plan in structure["plans"]}
    return Earlier(
        name=run.name,
        policy=read_policy(run / POLICY),
        day_types={plan["key"]: plan["day_type"] for plan in structure["plans"]},
        plans={
            date.fromisoformat(day["date"]): names[day["plan"]]
            for day in structure["calendar"]
            if day["plan"] is not None
        },
        duties=tuple(_duty(row) for row in structure["roster"]),
        rules=_read(RosterRules, run / RULES),
        staff=_read(Staff, run / STAFF),
    )


def _duty(row: dict[str, Any]) -> Duty:
    meal_start, meal_end = (None if row[key] is None else parse_clock(row[key]) for key in ("meal_start", "meal_end"))
    return Duty(
        date=date.fromisoformat(row["date"]),
        person=row["person"],
        skill=row["skill"],
        start=parse_clock(row["start"]),
        end=parse_clock(row["end"]),
        meal_start=meal_start,
        meal_end=meal_end,
        minutes=round(60 * row["hours"]),
    )


def _read(model: type[M], path: Path) -> M:
    expected = "a file of the run, as `qpo plan` writes it"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataRefused([Fault(str(path), "file", error.strerror or str(error), expected)]) from None
    except ValueError as error:
        raise DataRefused([Fault(str(path), "file", str(error), expected)]) from None
    faults: list[Fault] = []
    found = validated(model, raw, str(path), {}, faults)
    if found is None:
        raise DataRefused(faults)
    return found
