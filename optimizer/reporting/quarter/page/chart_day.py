"""A plan's day as a picture: who comes, which windows are open, and how long people wait."""

import math
from typing import Any

from optimizer.reporting.quarter.page.chart import (
    PROMISED,
    SIMULATED,
    Chart,
    Option,
    category_axis,
    colours_of,
    legend,
    title,
    value_axis,
)
from optimizer.reporting.quarter.page.locale import Locale

COLUMNS, TOP, ROW = 3, 214, 172
"""Panels of waits in a row; pixels that the upper panels take, and one row of lower ones."""


def day_chart(plan: dict[str, Any], index: int, locale: Locale) -> Chart:
    """Customers and windows above; below, for every channel where people wait, promised and simulated waits."""
    waits = waiting_channels(plan)
    option: Option = {
        "title": [], "grid": [], "xAxis": [], "yAxis": [], "series": [], "legend": [],
        "tooltip": {"trigger": "axis", "formatter": "fn:axisTip", "confine": True},
    }  # fmt: skip
    _arrivals(option, plan, locale)
    _windows(option, plan, locale)
    for number, channel in enumerate(waits):
        _waits(option, plan, channel, number, locale)
    if waits:
        names = [locale.label("promised")]
        if any(channel["by_period"]["simulated_wait"] for channel in waits):
            names += [locale.label("simulated_interval")]
        option["legend"].append(legend(names, left="0.5%", top=TOP - 26))
    height = TOP + ROW * (-(-len(waits) // COLUMNS)) + 4
    return Chart(f"day-{index}", option, height, locale.label("day_alt", plan=locale.readable(plan["name"])))


def waiting_channels(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Channels where people can wait: all but the remote ones."""
    return [channel for channel in plan["channels"] if channel["kind"] != "remote"]


def _panel(option: Option, plan: dict[str, Any], heading: str, left: float, width: float, top: int, **axis: Any) -> int:
    """Room for one panel, and its number."""
    number = len(option["grid"])
    option["title"].append(title(heading, f"{left}%", top))
    option["grid"].append(
        {"left": f"{left}%", "width": f"{width}%", "top": top + 28, "height": 126, "containLabel": True}
    )
    label = {"fontSize": 10, "hideOverlap": True}
    option["xAxis"].append(category_axis(plan["starts"], gridIndex=number, axisLabel=label))
    option["yAxis"].append(value_axis(gridIndex=number, splitNumber=4, axisLabel={"fontSize": 10}, **axis))
    return number


def _arrivals(option: Option, plan: dict[str, Any], locale: Locale) -> None:
    number = _panel(option, plan, locale.label("arrivals_by_period", minutes=plan["period"]), 0.5, 46, 0, min=0)
    option["series"].append(
        {"type": "bar", "name": locale.label("customers"), "xAxisIndex": number, "yAxisIndex": number,
         "data": [round(count, 2) for count in plan["arrivals"]],
         "itemStyle": {"color": "#8ba6c1"}, "barCategoryGap": "18%"}
    )  # fmt: skip


def _windows(option: Option, plan: dict[str, Any], locale: Locale) -> None:
    number = _panel(option, plan, locale.label("windows_open"), 51.5, 47.5, 0, minInterval=1, min=0)
    names = {role: locale.readable(role) for role in plan["windows"]}
    for role, colour in colours_of(list(plan["windows"])).items():
        option["series"].append(
            {"type": "bar", "name": names[role], "stack": "windows", "xAxisIndex": number, "yAxisIndex": number,
             "data": plan["windows"][role], "itemStyle": {"color": colour}, "barCategoryGap": "10%"}
        )  # fmt: skip
    option["legend"].append(legend(list(names.values()), right=8, top=2))


def _waits(option: Option, plan: dict[str, Any], channel: dict[str, Any], panel: int, locale: Locale) -> None:
    row, column = divmod(panel, COLUMNS)
    found = channel["by_period"]
    promised = {t: wait for t, wait in enumerate(found["mean_wait"]) if _known(wait)}
    simulated = {t: each for t, each in enumerate(found["simulated_wait"] or []) if each and _known(*each.values())}
    highest = max([*promised.values(), *(each["high"] for each in simulated.values())], default=0.0)
    heading = locale.label("wait_at", channel=locale.readable(channel["name"]))
    at = (0.5 + 33.3 * column, 31.5, TOP + ROW * row)
    top = max(5, int(-(-highest // 5) * 5))
    number = _panel(option, plan, heading, *at, min=0, max=top, interval=top / 5)
    option["series"].append(
        {"type": "custom", "renderItem": "fn:step", "name": locale.label("promised"), "xAxisIndex": number,
         "yAxisIndex": number, "itemStyle": {"color": PROMISED}, "encode": {"x": 0, "y": 1},
         "data": _steps(promised, locale)}
    )  # fmt: skip
    if simulated:
        option["series"].append(
            {"type": "custom", "renderItem": "fn:whiskers", "name": locale.label("simulated_interval"),
             "xAxisIndex": number, "yAxisIndex": number, "itemStyle": {"color": SIMULATED},
             "encode": {"x": 0, "y": [1, 2, 3]},
             "data": [_whisker(t, each, locale) for t, each in simulated.items()]}
        )  # fmt: skip


def _known(*values: float | None) -> bool:
    """Whether there are numbers to draw: nobody waits in a period in which nobody comes."""
    return all(value is not None and math.isfinite(value) for value in values)


def _steps(waits: dict[int, float], locale: Locale) -> list[Option]:
    """A level for each period, with the level that follows."""
    return [
        {"value": [t, round(wait, 2), round(waits.get(t + 1, wait), 2)], "text": locale.minutes(wait)}
        for t, wait in waits.items()
    ]


def _whisker(period: int, measured: dict[str, float], locale: Locale) -> Option:
    value, low, high = (round(measured[key], 2) for key in ("value", "low", "high"))
    said = f"{locale.minutes(value)} ({locale.span(locale.number(low, 1), locale.number(high, 1))})"
    return {"value": [period, value, low, high], "text": said}
