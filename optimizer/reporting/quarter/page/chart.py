"""A chart of the page: what ECharts is told, as plain data; functions are named and live in page.js."""

from dataclasses import dataclass
from typing import Any

from optimizer.reporting.quarter.page.locale import Locale

Option = dict[str, Any]
COLOURS = ("#2f6fb0", "#c8700f", "#2f8a5d", "#b8527f", "#7a68b3", "#4f98a8", "#a8812f", "#c0504d", "#6b7785", "#93b84c")
PLAN_COLOURS = (
    "#7fb3e0",
    "#f2b56b",
    "#86cba5",
    "#dd93b4",
    "#b0a3da",
    "#8fc9d4",
    "#d3b46b",
    "#e29a98",
    "#aab4bf",
    "#bcd484",
)
INK, PALE, GRID = "#24292f", "#6b7785", "#e3e7ec"
PROMISED, SIMULATED, ALARM = "#2f6fb0", "#c8700f", "#b3261e"


@dataclass(frozen=True)
class Chart:
    """What is drawn, how high, and what it shows for those who do not see it."""

    key: str
    option: Option
    height: int
    alt: str


def colours_of(names: list[str], palette: tuple[str, ...] = COLOURS) -> dict[str, str]:
    """A colour for every name, in their order."""
    return {name: palette[i % len(palette)] for i, name in enumerate(dict.fromkeys(names))}


def value_axis(**more: Any) -> Option:
    """An axis of numbers, with quiet lines."""
    label = {"color": PALE, "fontSize": 11} | more.pop("axisLabel", {})
    return {
        "type": "value", "axisLabel": label, "splitLine": {"lineStyle": {"color": GRID}}, "axisLine": {"show": False},
        "nameTextStyle": {"color": PALE, "fontSize": 11}, **more,
    }  # fmt: skip


def category_axis(names: list[str], **more: Any) -> Option:
    """An axis of names."""
    label = {"color": PALE, "fontSize": 11} | more.pop("axisLabel", {})
    return {
        "type": "category", "data": names, "axisLabel": label, "axisTick": {"show": False},
        "axisLine": {"lineStyle": {"color": "#b9c1ca"}}, **more,
    }  # fmt: skip


def time_axis(first: int, last: int, **more: Any) -> Option:
    """An axis of the time of day, in minutes, with a mark at every hour."""
    return value_axis(
        min=first - first % 60, max=last + -last % 60, interval=60, axisLabel={"formatter": "fn:clock"}, **more
    )


def title(text: str, left: str | int, top: int) -> Option:
    """A heading within a chart."""
    style = {"fontSize": 13, "fontWeight": "bold", "color": INK}
    return {"text": text, "left": left, "top": top, "padding": 0, "textStyle": style}


def legend(names: list[str], **where: Any) -> Option:
    """Names of series, beside one another."""
    style = {"color": INK, "fontSize": 11}
    return {"data": names, "itemWidth": 12, "itemHeight": 9, "itemGap": 12, "textStyle": style, "padding": 0, **where}


def clock_minutes(clock: str) -> int:
    """``09:30`` as minutes of the day."""
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)


def tip(locale: Locale, head: str, **rows: str) -> str:
    """Lines of a tooltip: a heading, then labels with what they say."""
    colon = "：" if locale.chinese else ": "
    return "\n".join([head, *(f"{locale.label(key)}{colon}{value}" for key, value in rows.items())])
