"""A planned quarter on one screen, from its structure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.reporting.quarter.words import cost_name, readable
from optimizer.reporting.text import Section

Structure = dict[str, Any]


def quarter_sections(structure: Structure) -> Iterator[Section]:
    """Posters, days, people, costs, frontier and what heads more or less would change."""
    yield _posters(structure)
    yield _days(structure)
    yield _service(structure)
    yield _people(structure)
    if structure["hiring"] is not None:
        yield _heads(structure["hiring"])
    yield _frontier(structure)
    yield _costs(structure)


def _posters(structure: Structure) -> Section:
    rows = []
    for poster in structure["posters"]:
        today = () if structure["today"] is None else (_threshold(poster["today"]),)
        rows.append((f"{poster['transaction']} to {poster['to']}", _threshold(poster["threshold"]), *today))
    policy = structure["policy"]
    blank = ("",) * (structure["today"] is not None)
    rows.append(("greeters on duty", str(policy["greeters"]), *blank))
    rows.append(("campaign", policy["campaign"], *blank))
    header = ("", "plan", *(("today",) if structure["today"] is not None else ()))
    return Section("All quarter: sent to machines, in the lobby", header, tuple(rows))


def _threshold(amount: float | None) -> str:
    return f"below {amount:,.0f}" if amount else "nobody"


def _days(structure: Structure) -> Section:
    rows = [
        (
            plan["name"], str(plan["days"]), f"{sum(shift['people'] for shift in plan['shifts'])}",
            ", ".join(f"{role} {''.join(map(str, levels))}" for role, levels in plan["windows"].items()),
            f"{plan['people_cost']:,.0f}", f"{plan['queue_cost']:,.0f}",
        )
        for plan in structure["plans"]
    ]  # fmt: skip
    header = ("", "days", "people", "windows open, by period", "wages a day", "other costs a day")
    return Section("Plans for a day", header, tuple(rows))


def _service(structure: Structure) -> Section:
    rows = []
    for plan in structure["plans"]:
        for channel in plan["channels"]:
            if channel["kind"] == "window":
                rows.append((plan["name"], readable(channel["name"]), f"{channel['mean_wait']:.1f}", *_hall(channel)))
    header = ("", "", "wait min", "in the hall", "served in time", "in the hall")
    return Section("Service at the windows", header, tuple(rows), numbers_from=2)


def _hall(channel: Structure) -> tuple[str, str, str]:
    simulated = channel["simulated"]
    wait = "-" if simulated is None else _between(simulated["mean_wait"], "{:.1f}")
    within = next(iter(channel["service_level"]), None)
    if within is None:
        return wait, "-", "-"
    level = "-" if simulated is None else _between(simulated["service_level"][within], "{:.1%}")
    return wait, f"{channel['service_level'][within]:.1%} in {within} min", level


def _between(number: dict[str, float], form: str) -> str:
    low, high = form.format(number["low"]), form.format(number["high"])
    return low if low == high else f"{low} to {high}"


def _people(structure: Structure) -> Section:
    groups: dict[tuple[str, str], list[Structure]] = {}
    for person in structure["people"]:
        groups.setdefault((", ".join(person["skills"]), person["contract"]), []).append(person)
    rows = []
    for (skills, contract), people in groups.items():
        hours = [person["worked_hours"] for person in people]
        overtime = [p["overtime_hours"] + p["rest_day_hours"] + p["holiday_hours"] for p in people]
        weekends = [person["weekends"] for person in people]
        rows.append((
            skills, readable(contract), str(len(people)), f"{min(hours):,.0f} to {max(hours):,.0f}",
            f"{sum(overtime):,.0f}", f"{min(weekends)} to {max(weekends)}", f"{sum(p['pay'] for p in people):,.0f}",
        ))  # fmt: skip
    header = ("", "contract", "people", "hours each", "overtime, rest days, holidays h", "weekends each", "pay")
    return Section("People", header, tuple(rows), numbers_from=2)


def _heads(hiring: Structure) -> Section:
    heads = {(h["skill"], h["contract"]): h["people"] for h in hiring["heads"]}
    changes = {(s["skill"], s["contract"], s["change"]): s for s in hiring["steps"]}
    rows = []
    for skill, contract in dict.fromkeys([*heads, *((s, c) for s, c, _ in changes)]):
        steps = (changes.get((skill, contract, change)) for change in (1, -1))
        rows.append((skill, readable(contract), str(heads.get((skill, contract), 0)), *map(_step, steps)))
    header = ("", "contract", "to employ", "one more", "one fewer")
    title = "How many to employ; one more or fewer [yuan]"
    return Section(title, header, tuple(rows), 2)


def _step(step: Structure | None) -> str:
    if step is None or step["cost_change"] is None:
        return "-"
    missing = f", {step['uncovered_hours']:,.0f} h lack people" if step["uncovered_hours"] > 0.5 else ""
    return f"{step['cost_change']:+,.0f}{missing}"


def _frontier(structure: Structure) -> Section:
    rows = tuple(
        (f"{p['labour_price']:g}{' *' * p['chosen']}", f"{p['people_cost']:,.0f}", f"{p['waiting_cost']:,.0f}",
         f"{p['cost']:,.0f}", f"{p['mean_wait']:.2f}", f"{p['lost']:.2%}", f"{p['gap']:.2%}")
        for p in structure["frontier"]
    )  # fmt: skip
    header = ("an hour counts", "wages", "all else", "cost", "wait min", "lost", "proven gap")
    return Section("Cheap or fast, at these thresholds", header, rows)


def _costs(structure: Structure) -> Section:
    others = {name: structure[name] for name in ("erlang", "today") if structure[name] is not None}
    names = dict.fromkeys([*structure["costs"], *(name for other in others.values() for name in other["costs"])])
    rows = [
        (cost_name(name, "en"), *(_money(each["costs"].get(name)) for each in (structure, *others.values())))
        for name in names
        if any(each["costs"].get(name) for each in (structure, *others.values()))
    ]
    rows.append(("total", *(f"{each['cost']:,.0f}" for each in (structure, *others.values()))))
    titles = {"erlang": "Erlang by period", "today": "today"}
    return Section("Cost of the quarter [yuan]", ("", "plan", *(titles[name] for name in others)), tuple(rows))


def _money(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def quarter_lines(structure: Structure) -> Iterator[str]:
    """How good the plan is, in sentences."""
    layers, uncovered = structure["layers"], sum(row["people"] for row in structure["uncovered"])
    days = sum(row["plan"] is not None for row in structure["calendar"])
    missing = "every shift is covered" if not uncovered else f"{uncovered} shifts lack people"
    yield f"{days} open days, {len(structure['people'])} people, {len(structure['roster']):,} shifts; {missing}."
    for name, layer in layers.items():
        price = layer.get("labour_price", 1.0)
        by_the_hour = "paid by the hour" if price == 1.0 else f"by the hour at {price:.2g} of the wage"
        yield f"{LAYERS[name].format(people=by_the_hour)}: {_gap(layer)}"
    if structure["erlang"] is not None:
        yield _against(structure)
    if structure["today"] is not None:
        saved = structure["today"]["cost"] - structure["cost"]
        yield f"{_saves(saved)} against today; today breaks {structure['today']['broken']} promises."
    refused = Counter(row["person"] for row in structure["refused_wishes"])
    if refused:
        yield f"Wishes not granted: {refused.total()}, of {len(refused)} people."
    yield structure["promise_words"]
    yield from (f"note: {note}" for note in structure["notes"])


LAYERS = {
    "policy": "Policy (thresholds and plans, people {people})",
    "roster": "Roster (a plan for each day and people for its shifts)",
    "quarter": "Quarter (whatever the thresholds, plans and shifts)",
}


def _gap(layer: Structure) -> str:
    if layer["bound"] is None:
        return f"cost {layer['cost']:,.0f}, without a bound."
    ended = f"; {layer['ended_by']}, {layer['seconds']:.1f} s" if "ended_by" in layer else ""
    return f"cost {layer['cost']:,.0f}, none below {layer['bound']:,.0f}: gap {layer['gap']:.2%}{ended}."


def _against(structure: Structure) -> str:
    erlang, money = structure["erlang"], saved_in_money(structure)
    simulated = erlang["simulated"]
    hall = "" if simulated is None else (
        f"; on {simulated['days']:,} fresh days of each kind {simulated['low']:,.0f} to {simulated['high']:,.0f}"
    )  # fmt: skip
    cover = "" if money is None else f"; without the price of people missing: {_saves(money).lower()}"
    return f"{_saves(erlang['saving'])} ({erlang['saving_share']:.1%}) against Erlang by period{hall}{cover}."


def saved_in_money(structure: Mapping[str, Any]) -> float | None:
    """What is saved against Erlang by period without the price of people missing, which nobody pays [yuan].

    None where nobody is missing in either.
    """
    there, here = (each["costs"].get("uncovered", 0.0) for each in (structure["erlang"], structure))
    return float(structure["erlang"]["saving"] - there + here) if there or here else None


def _saves(amount: float) -> str:
    return f"Saves {amount:,.0f} yuan" if amount >= 0 else f"Costs {-amount:,.0f} yuan more"
