"""Two planned quarters beside each other: what the second does otherwise, and what that changes."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from optimizer.reporting.quarter.words import COSTS, readable

Structure = Mapping[str, Any]
Number = float | None
PEOPLE: tuple[tuple[str, Callable[[Structure], float]], ...] = (
    ("people", lambda q: len(q["people"])),
    ("shifts", lambda q: len(q["roster"])),
    ("hours worked", lambda q: sum(person["worked_hours"] for person in q["people"])),
    ("overtime hours", lambda q: sum(person["overtime_hours"] for person in q["people"])),
    ("rest day hours", lambda q: sum(person["rest_day_hours"] for person in q["people"])),
    ("holiday hours", lambda q: sum(person["holiday_hours"] for person in q["people"])),
    ("weekends worked", lambda q: sum(person["weekends"] for person in q["people"])),
    ("late shifts", lambda q: sum(person["late"] for person in q["people"])),
    ("wishes granted", lambda q: sum(person["wishes_granted"] for person in q["people"])),
    ("shifts without people", lambda q: sum(row["people"] for row in q["uncovered"])),
    ("pay", lambda q: sum(person["pay"] for person in q["people"])),
)
"""What is said of the people of a quarter, all together."""
RULES = ("greeters", "campaign", "pitch_below", "form_at_window_below", "calls")


def comparison_structure(first: Structure, second: Structure) -> dict[str, Any]:
    """Costs, posters, windows, people, promises, service and shifts of two quarters, and the changes.

    Changes are the second less the first. Shifts are compared by person and date, and only where both runs plan the
    same quarter: ``shifts`` is None elsewhere.
    """
    sides = (first, second)
    return {
        "kind": "comparison",
        "first": _run(first),
        "second": _run(second),
        "cost": _pair(first["cost"], second["cost"]),
        "bound": _pair(first["bound"], second["bound"]),
        "gap": _pair(first["gap"], second["gap"]),
        "costs": [
            {"name": name, **_pair(first["costs"].get(name), second["costs"].get(name))}
            for name in dict.fromkeys([*COSTS, *first["costs"], *second["costs"]])
            if any(q["costs"].get(name) for q in sides)
        ],
        "posters": list(_posters(first, second)),
        "policy": [
            {"name": name, "first": first["policy"].get(name), "second": second["policy"].get(name)} for name in RULES
        ],
        "day_types": _beside(sides, lambda q: {(kind["name"],): kind["days"] for kind in q["day_types"]}, ("name",)),
        "windows": _beside(sides, _window_hours, ("day_type", "role")),
        "people": [{"name": name, **_pair(of(first), of(second))} for name, of in PEOPLE],
        "only_first": _without(first, second),
        "only_second": _without(second, first),
        "promises": list(_promises(first, second)),
        "service": _beside(sides, _service, ("channel", "measure")),
        "shifts": _shifts(first, second),
    }


def _run(q: Structure) -> dict[str, Any]:
    return {
        "branch": q["branch"], "quarter": q["quarter"], "status": q["status"], "promises": q["promise_words"],
        "version": q["run"]["version"], "seed": q["run"]["seed"], "finished": q["run"]["finished"],
    }  # fmt: skip


def _pair(first: Number, second: Number) -> dict[str, Number]:
    """Both numbers and the change; None where one of them is not known."""
    known = first is not None and second is not None
    return {"first": first, "second": second, "change": second - first if known else None}  # type: ignore[operator]


def _beside(
    sides: tuple[Structure, Structure],
    of: Callable[[Structure], Mapping[tuple[str, ...], float]],
    names: tuple[str, ...],
) -> list[dict[str, Any]]:
    """Numbers of both sides by their keys, those of the first in front."""
    numbers = [of(q) for q in sides]
    return [
        {**dict(zip(names, key, strict=True)), **_pair(*(each.get(key) for each in numbers))}
        for key in dict.fromkeys(key for each in numbers for key in each)
    ]


def _posters(first: Structure, second: Structure) -> Iterator[dict[str, Any]]:
    sides = [{poster["diversion"]: poster for poster in q["posters"]} for q in (first, second)]
    for name in dict.fromkeys(name for side in sides for name in side):
        before, after = (side.get(name, {}) for side in sides)
        yield {
            "diversion": name,
            **_pair(before.get("threshold"), after.get("threshold")),
            "customers": _pair(before.get("customers"), after.get("customers")),
        }


def _window_hours(q: Structure) -> dict[tuple[str, ...], float]:
    """Hours that windows are open on a day, by day type and role: the mean over the plans of its days."""
    hours: Counter[tuple[str, ...]] = Counter()
    days: Counter[str] = Counter()
    for plan in q["plans"]:
        days[plan["day_type"]] += plan["days"]
        for role, open_ in plan["windows"].items():
            hours[plan["day_type"], role] += plan["days"] * sum(open_) * plan["period"] / 60
    return {key: total / days[key[0]] for key, total in hours.items() if days[key[0]]}


def _service(q: Structure) -> dict[tuple[str, ...], float]:
    """What a customer of the quarter meets at a channel: the mean over days, weighed by customers."""
    sums: Counter[tuple[str, ...]] = Counter()
    weights: Counter[tuple[str, ...]] = Counter()
    for plan in q["plans"]:
        for channel in plan["channels"]:
            if channel["kind"] == "remote":
                continue
            levels = {f"served within {within} min": level for within, level in channel["service_level"].items()}
            measures = {"mean wait": channel["mean_wait"], "lost": channel["abandonment"], **levels}
            for measure, value in measures.items():
                if value is not None:
                    sums[channel["name"], measure] += plan["days"] * channel["customers"] * value
                    weights[channel["name"], measure] += plan["days"] * channel["customers"]
    return {key: total / weights[key] for key, total in sums.items() if weights[key]}


def _promises(first: Structure, second: Structure) -> Iterator[dict[str, Any]]:
    """Each promise, and whether it holds on all plans of either side."""
    sides = [_judged(q["promises"]) for q in (first, second)]
    for name in dict.fromkeys(name for side in sides for name in side):
        before, after = (side.get(name, {}) for side in sides)
        yield {
            "name": name,
            "sentence": (after or before)["sentence"],
            "first": before.get("holds"),
            "second": after.get("holds"),
            "margin": _pair(before.get("margin"), after.get("margin")),
        }


def _judged(promises: Iterable[Structure]) -> dict[str, dict[str, Any]]:
    """By name: it fails if it fails on any plan, and is not known if it is not known on any; the least margin.

    The margin is how far the hall, or the promise where it was not simulated, is on the right side of the limit.
    """
    found: dict[str, dict[str, Any]] = {}
    for promise in promises:
        value = promise["promised"] if promise["simulated"] is None else promise["simulated"]
        margin = (value - promise["limit"]) * (1 if promise["least"] else -1)
        one = found.setdefault(promise["name"], {"sentence": promise["sentence"], "holds": True, "margin": margin})
        one["margin"] = min(one["margin"], margin)
        if promise["holds"] is False or one["holds"] is False:
            one["holds"] = False
        elif promise["holds"] is None:
            one["holds"] = None
    return found


def _without(q: Structure, other: Structure) -> list[str]:
    """People of one side alone."""
    known = {person["name"] for person in other["people"]}
    return [person["name"] for person in q["people"] if person["name"] not in known]


def _shifts(first: Structure, second: Structure) -> dict[str, Any] | None:
    if (first["branch"], first["quarter"]) != (second["branch"], second["quarter"]):
        return None
    before, after = _by_person(first["roster"]), _by_person(second["roster"])
    changes = [
        {"date": day, "person": person, "before": before.get((day, person)), "after": after.get((day, person))}
        for day, person in sorted(before.keys() | after.keys())
        if before.get((day, person)) != after.get((day, person))
    ]
    return {
        "same": len(before) - sum(change["before"] is not None for change in changes),
        "moved": sum(None not in (change["before"], change["after"]) for change in changes),
        "added": sum(change["before"] is None for change in changes),
        "removed": sum(change["after"] is None for change in changes),
        "changed": len(changes),
        "people": len({change["person"] for change in changes}),
        "changes": changes,
    }


def _by_person(roster: Sequence[Structure]) -> dict[tuple[str, str], str]:
    """What each person does on each date; meals do not count."""
    return {(row["date"], row["person"]): f"{readable(row['skill'])} {row['start']}-{row['end']}" for row in roster}
