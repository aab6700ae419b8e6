"""Costs of the quarter as stacked bars: as today, by Erlang formulas, and as proposed."""

from collections.abc import Iterator
from typing import Any

from optimizer.reporting.quarter.page.chart import COLOURS, INK, Chart, Option, category_axis, legend, tip, value_axis
from optimizer.reporting.quarter.page.locale import Locale

GROUPS: dict[str, tuple[str, ...]] = {
    "people_pay": ("salaries", "hourly_pay", "wages"),
    "extra_pay": ("overtime_pay", "rest_day_pay", "holiday_pay", "overtime"),
    "roster_prices": ("uncovered", "surplus", "wishes", "changes", "fairness"),
    "waiting": ("waiting",),
    "lost_customers": ("lost_customers",),
    "annoyance": ("annoyance",),
    "other_costs": ("transactions", "machines", "campaign"),
    "pitches": ("pitches",),
}
"""Costs that are drawn as one; a cost that is not named here is among the others."""


def compared(structure: dict[str, Any]) -> list[tuple[str, dict[str, float], float]]:
    """What is compared: its label, costs by name, and their total."""
    sides = [(name, structure[name]) for name in ("today", "erlang") if structure[name] is not None]
    return [*((name, side["costs"], side["cost"]) for name, side in sides),
            ("proposed", structure["costs"], structure["cost"])]  # fmt: skip


def costs_chart(structure: dict[str, Any], locale: Locale) -> Chart:
    """One bar for each; what earns money lies left of zero."""
    sides = compared(structure)
    grouped = [_grouped(costs) for _, costs, _ in sides]
    shown = [group for group in GROUPS if any(abs(costs[group]) >= 0.5 for costs in grouped)]
    names = {group: _name(group, locale) for group in shown}
    labels = [locale.label(f"side_{side}") for side, _, _ in sides]
    colours = dict(zip(GROUPS, COLOURS, strict=False))
    series: list[Option] = [
        {"type": "bar", "stack": "costs", "name": names[group], "itemStyle": {"color": colours[group]},
         "barWidth": 30, "data": [
             {"value": round(costs[group]), "tip": tip(locale, label, **{_key(group): locale.money(costs[group])})}
             for label, costs in zip(labels, grouped, strict=True)]}
        for group in shown
    ]  # fmt: skip
    series.append(_totals(sides, grouped, locale))
    option: Option = {
        "grid": {"left": 8, "right": 110, "top": 44, "bottom": 8, "containLabel": True},
        "legend": legend(list(names.values()), left=8, top=0),
        "xAxis": value_axis(axisLabel={"formatter": "fn:money"}),
        "yAxis": category_axis(labels, inverse=True, axisLabel={"color": INK, "fontSize": 12}),
        "series": series, "tooltip": {"trigger": "item", "formatter": "fn:tip", "confine": True},
    }  # fmt: skip
    return Chart("costs", option, 90 + 52 * len(sides), locale.label("costs_alt"))


def _grouped(costs: dict[str, float]) -> dict[str, float]:
    known = {name for names in GROUPS.values() for name in names}
    sums = {group: sum(costs.get(name, 0.0) for name in names) for group, names in GROUPS.items()}
    sums["other_costs"] += sum(cost for name, cost in costs.items() if name not in known)
    return sums


def _totals(
    sides: list[tuple[str, dict[str, float], float]], grouped: list[dict[str, float]], locale: Locale
) -> Option:
    """Totals, written behind the bars."""
    ends = [sum(cost for cost in costs.values() if cost > 0) for costs in grouped]
    return {
        "type": "scatter", "symbolSize": 1, "silent": True, "itemStyle": {"color": "rgba(0,0,0,0)"},
        "label": {"show": True, "position": "right", "formatter": "fn:label", "fontWeight": "bold", "color": INK},
        "data": [{"value": [round(end), n], "text": locale.short_money(total)}
                 for n, (end, (_, _, total)) in enumerate(zip(ends, sides, strict=True))],
    }  # fmt: skip


def _key(group: str) -> str:
    return f"group_{group}"


def _name(group: str, locale: Locale) -> str:
    return locale.label(_key(group))


def cost_rows(structure: dict[str, Any]) -> Iterator[tuple[str, list[float | None]]]:
    """Costs by name, one column for each side that is compared; None where a side has no such cost."""
    sides = compared(structure)
    for name in dict.fromkeys(name for _, costs, _ in reversed(sides) for name in costs):
        found = [costs.get(name) for _, costs, _ in sides]
        if any(cost is not None and abs(cost) >= 0.5 for cost in found):
            yield name, found
