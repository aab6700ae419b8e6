"""What people work, beside what their contracts say; and what changes would cost."""

from typing import Any

from optimizer.reporting.quarter.page.chart import (
    ALARM,
    COLOURS,
    INK,
    Chart,
    Option,
    category_axis,
    legend,
    tip,
    value_axis,
)
from optimizer.reporting.quarter.page.locale import Locale

HOURS = ("ordinary", "overtime_hours", "rest_day_hours", "holiday_hours")


def hours_of(person: dict[str, Any]) -> dict[str, float]:
    """Hours worked, by how they are paid."""
    extra = {name: float(person[name]) for name in HOURS[1:]}
    return {"ordinary": max(0.0, person["worked_hours"] - sum(extra.values())), **extra}


def hours_chart(structure: dict[str, Any], locale: Locale) -> Chart:
    """A bar for every person, with a mark at the hours of the contract."""
    people = structure["people"]
    found = [hours_of(person) for person in people]
    shown = [name for name in HOURS if any(hours[name] > 0.05 for hours in found)]
    names = {name: locale.label(f"hours_{name}") for name in shown}
    tips = [_tip(person, hours, locale) for person, hours in zip(people, found, strict=True)]
    series: list[Option] = [
        {"type": "bar", "stack": "hours", "name": names[name], "itemStyle": {"color": COLOURS[HOURS.index(name)]},
         "barCategoryGap": "28%", "data": [{"value": round(hours[name], 1), "tip": told}
                                           for hours, told in zip(found, tips, strict=True)]}
        for name in shown
    ]  # fmt: skip
    marks = [
        {"value": [round(person["contract_hours"], 1), n], "tip": tips[n]}
        for n, person in enumerate(people)
        if person["contract_hours"]
    ]
    series.append({"type": "custom", "renderItem": "fn:limit", "name": locale.label("contract_hours"), "z": 4,
                   "itemStyle": {"color": INK}, "encode": {"x": 0, "y": 1}, "data": marks})  # fmt: skip
    option: Option = {
        "grid": {"left": 8, "right": 24, "top": 34, "bottom": 6, "containLabel": True},
        "legend": legend([*names.values(), locale.label("contract_hours")], left=8, top=0),
        "xAxis": value_axis(axisLabel={"formatter": "fn:whole"}),
        "yAxis": category_axis([person["name"] for person in people], inverse=True, axisLabel={"interval": 0}),
        "series": series, "tooltip": {"trigger": "item", "formatter": "fn:tip", "confine": True},
    }  # fmt: skip
    return Chart("hours", option, 60 + 19 * len(people), locale.label("hours_alt"))


def _tip(person: dict[str, Any], hours: dict[str, float], locale: Locale) -> str:
    said = {f"hours_{name}": locale.number(value, 1) for name, value in hours.items() if value > 0.05}
    return tip(locale, person["name"], contract_hours=locale.number(person["contract_hours"], 1), **said)


def changes_chart(structure: dict[str, Any], locale: Locale) -> Chart:
    """What each change would add to the cost; left of zero it would save."""
    changes = [change for change in structure["why"]["changes"] if change["cost_change"] is not None]
    data = [
        {"value": round(change["cost_change"]), "text": locale.signed_money(change["cost_change"]),
         "itemStyle": {"color": ALARM if change["cost_change"] > 0 else COLOURS[2]},
         "label": {"position": "right" if change["cost_change"] >= 0 else "left"},
         "tip": tip(locale, locale.said(change["change"]).text, cost_change=locale.signed_money(change["cost_change"]))}
        for change in changes
    ]  # fmt: skip
    option: Option = {
        "grid": {"left": 8, "right": 100, "top": 8, "bottom": 6, "containLabel": True},
        "xAxis": value_axis(axisLabel={"formatter": "fn:money"}),
        "yAxis": category_axis([locale.said(change["change"]).text for change in changes], inverse=True,
                               axisLabel={"interval": 0, "color": INK, "width": 420, "overflow": "truncate"}),
        "series": [{"type": "bar", "data": data, "barCategoryGap": "35%",
                    "label": {"show": True, "formatter": "fn:label", "color": INK, "fontSize": 11}}],
        "tooltip": {"trigger": "item", "formatter": "fn:tip", "confine": True},
    }  # fmt: skip
    return Chart("changes", option, 50 + 28 * len(changes), locale.label("changes_alt"))
