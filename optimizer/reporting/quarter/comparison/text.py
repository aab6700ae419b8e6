"""Two planned quarters beside each other, on one screen."""

from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.reporting.quarter.comparison.structure import comparison_structure
from optimizer.reporting.quarter.words import cost_name, readable
from optimizer.reporting.text import Section

Structure = Mapping[str, Any]
BESIDE = ("first", "second", "change")
SHOWN = 20
"""Changed shifts that are named; the structure has all."""
HOLDS = {True: "holds", False: "fails", None: "not known"}


def comparison_sections(first: Structure, second: Structure) -> Iterator[Section]:
    """Runs, costs, posters, windows, people, promises, service and shifts of two planned quarters."""
    compared = comparison_structure(first, second)
    yield _runs(compared)
    yield _costs(compared)
    yield _posters(compared)
    yield _windows(compared)
    yield _people(compared)
    if compared["promises"]:
        yield _promises(compared)
    yield _service(compared)
    yield from _shifts(compared)


def _runs(compared: Structure) -> Section:
    runs = (compared["first"], compared["second"])
    rows = [(readable(name), *(str(run[name]) for run in runs)) for name in ("branch", "quarter", "finished", "seed")]
    return Section("Two runs", ("", "first", "second"), tuple(rows))


def _costs(compared: Structure) -> Section:
    rows = [(cost_name(each["name"], "en"), *_numbers(each, ",.0f")) for each in compared["costs"]]
    rows.append(("total", *_numbers(compared["cost"], ",.0f")))
    rows.append(("no plan below", *_numbers(compared["bound"], ",.0f")))
    rows.append(("gap", *_numbers(compared["gap"], ".2%")))
    return Section("Cost of the quarter [yuan]", ("", *BESIDE), tuple(rows))


def _posters(compared: Structure) -> Section:
    rows = [
        (readable(each["diversion"]), _threshold(each["first"]), _threshold(each["second"]), _changed(each),
         *_numbers(each["customers"], ",.0f")[:2])
        for each in compared["posters"]
    ]  # fmt: skip
    rows += [
        (readable(each["name"]), _value(each["first"]), _value(each["second"]), _changed(each), "", "")
        for each in compared["policy"]
        if each["first"] is not None or each["second"] is not None
    ]
    header = ("", "first", "second", "", "customers, first", "customers, second")
    return Section("All quarter: sent to machines, in the lobby", header, tuple(rows))


def _windows(compared: Structure) -> Section:
    days = {each["name"]: each for each in compared["day_types"]}
    rows, label = [], None
    for each in compared["windows"]:
        kind = each["day_type"]
        counts = days.get(kind, {"first": None, "second": None})
        title = f"{readable(kind)} ({_number(counts['first'], 'd')} and {_number(counts['second'], 'd')} days)"
        rows.append((title if kind != label else "", readable(each["role"]), *_numbers(each, ".1f")))
        label = kind
    return Section("Hours that windows are open on a day", ("", "", *BESIDE), tuple(rows), 2)


def _people(compared: Structure) -> Section:
    rows: list[tuple[str, ...]] = [(each["name"], *_numbers(each, ",.0f")) for each in compared["people"]]
    for side in ("first", "second"):
        names = compared[f"only_{side}"]
        if names:
            listed = f"{', '.join(names[:SHOWN])}{', ...' if len(names) > SHOWN else ''}"
            rows.append(
                (f"only in the {side}: {listed}", *("" if side != each else str(len(names)) for each in BESIDE))
            )
    return Section("People", ("", *BESIDE), tuple(rows))


def _promises(compared: Structure) -> Section:
    rows = [
        (each["sentence"], HOLDS[each["first"]], HOLDS[each["second"]], *_numbers(each["margin"], "+.3f"))
        for each in compared["promises"]
    ]
    header = ("", "first", "second", "margin, first", "second", "change")
    return Section("Promises, with the least distance from their limit", header, tuple(rows))


def _service(compared: Structure) -> Section:
    """Waits in minutes, shares in per cent."""
    rows, label = [], None
    for each in compared["service"]:
        form, unit = (".2f", " min") if each["measure"] == "mean wait" else (".1%", "")
        name = readable(each["channel"]) if each["channel"] != label else ""
        rows.append((name, f"{each['measure']}{unit and ',' + unit}", *_numbers(each, form)))
        label = each["channel"]
    return Section("Service over the quarter, as promised", ("", "", *BESIDE), tuple(rows), 2)


def _shifts(compared: Structure) -> Iterator[Section]:
    shifts = compared["shifts"]
    if shifts is None:
        note = (("not compared: the runs are of different branches or quarters",),)
        yield Section("Shifts", ("",), note)
        return
    rows = [(name, f"{shifts[name]:,}") for name in ("same", "moved", "added", "removed")]
    rows.append(("people whose shifts change", f"{shifts['people']:,}"))
    yield Section("Shifts, by person and date", ("", "shifts"), tuple(rows))
    changes = shifts["changes"]
    if changes:
        more = f"; the first {SHOWN} of {len(changes):,}" if len(changes) > SHOWN else ""
        named = tuple(
            (each["date"], each["person"], each["before"] or "off", each["after"] or "off")
            for each in changes[:SHOWN]
        )  # fmt: skip
        yield Section(f"Changed shifts{more}", ("date", "person", "first", "second"), named, 4)


def _numbers(pair: Structure, form: str) -> tuple[str, str, str]:
    """Both numbers and the change with its sign."""
    plain = form.lstrip("+")
    return _number(pair["first"], form), _number(pair["second"], form), _number(pair["change"], f"+{plain}", plain)


def _number(value: float | None, form: str, same: str | None = None) -> str:
    """A number as it is shown, "=" for a change too small to be seen, "-" for what is not known."""
    if value is None:
        return "-"
    if same is not None and format(abs(value), same) == format(0.0, same):
        return "="
    return format(value, form)


def _threshold(amount: float | None) -> str:
    if amount is None:
        return "-"
    return f"below {amount:,.0f}" if amount > 0 else "nobody"


def _value(value: Any) -> str:
    return "-" if value is None else readable(str(value))


def _changed(each: Structure) -> str:
    return "" if each["first"] == each["second"] else "changed"
