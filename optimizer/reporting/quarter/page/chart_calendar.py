"""The quarter as a heat map: customers by date, the plan of every day, and what nobody covers."""

from datetime import date, timedelta
from typing import Any

from optimizer.reporting.quarter.page.chart import (
    ALARM,
    INK,
    PALE,
    PLAN_COLOURS,
    Chart,
    Option,
    category_axis,
    colours_of,
    tip,
)
from optimizer.reporting.quarter.page.locale import Locale

ROW = 54
"""Pixels of one weekday."""


def plan_colours(structure: dict[str, Any]) -> dict[str, str]:
    """A colour for every plan, the same in chart and tables."""
    return colours_of([plan["name"] for plan in structure["plans"]], PLAN_COLOURS)


def calendar_chart(structure: dict[str, Any], locale: Locale) -> Chart:
    """Weeks beside one another, Monday above."""
    rows = structure["calendar"]
    weeks = list(dict.fromkeys(_monday(row["date"]) for row in rows))
    colours = plan_colours(structure)
    opened = [row for row in rows if row["day_type"] is not None]
    most = max((row["customers"] for row in opened), default=1.0)
    least = min((row["customers"] for row in opened), default=0.0)
    cells = [[*_place(row, weeks), round(row["customers"], 1)] for row in opened]
    marks = [_mark(row, weeks, colours, locale) for row in rows]
    option: Option = {
        "grid": {"left": 8, "right": 8, "top": 26, "bottom": 4, "containLabel": True},
        "xAxis": category_axis([locale.day(week.isoformat()) for week in weeks], position="top",
                               axisLine={"show": False}, axisLabel={"interval": 0}),
        "yAxis": category_axis([locale.weekday(n) for n in range(7)], inverse=True, axisLine={"show": False}),
        "visualMap": {
            "type": "continuous", "seriesIndex": 0, "min": least, "max": most if most > least else least + 1,
            "dimension": 2, "orient": "horizontal", "right": 8, "top": 0, "itemHeight": 120, "itemWidth": 12,
            "inRange": {"color": ["#f3f8fd", "#c9dff3", "#8ebde6"]}, "formatter": "fn:whole", "calculable": False,
            "text": [locale.label("customers_many", count=locale.number(most)), locale.number(least)],
            "textStyle": {"color": PALE, "fontSize": 11}, "hoverLink": False,
        },
        "series": [
            {"type": "heatmap", "data": cells, "itemStyle": {"borderColor": "#ffffff", "borderWidth": 3}},
            {"type": "custom", "renderItem": "fn:date", "data": marks, "encode": {"x": 0, "y": 1}, "z": 5},
        ],
        "tooltip": {"trigger": "item", "formatter": "fn:tip", "confine": True},
    }  # fmt: skip
    return Chart("calendar", option, 46 + 7 * ROW, locale.label("calendar_alt"))


def _monday(iso: str) -> date:
    day = date.fromisoformat(iso)
    return day - timedelta(days=day.weekday())


def _place(row: dict[str, Any], weeks: list[date]) -> list[int]:
    return [weeks.index(_monday(row["date"])), date.fromisoformat(row["date"]).weekday()]


def _mark(row: dict[str, Any], weeks: list[date], colours: dict[str, str], locale: Locale) -> Option:
    """What is written into the field of a date."""
    shut = row["day_type"] is None
    day = date.fromisoformat(row["date"])
    holiday = locale.named(row["holiday"]) if row["holiday"] else ""
    name = holiday or locale.label("closed") if shut else locale.readable(row["plan"] or row["day_type"])
    return {
        "value": _place(row, weeks), "tip": _tip(row, locale), "shut": shut,
        "day": str(day.day) if shut else f"{day.day} {holiday}".strip(),
        "customers": "" if shut else locale.number(row["customers"]),
        "name": name,
        "colour": colours.get(row["plan"] or "", "#eef0f3"), "ink": INK, "alarm": ALARM,
        "uncovered": f"▲{row['uncovered']}" if row["uncovered"] else "",
    }  # fmt: skip


def _tip(row: dict[str, Any], locale: Locale) -> str:
    said = {"holiday": locale.named(row["holiday"])} if row["holiday"] else {}
    if row["day_type"] is None:
        return tip(locale, locale.date(row["date"]), **said, hours=locale.label("closed"))
    return tip(
        locale, locale.date(row["date"]), **said, hours=f"{row['open']}–{row['close']}",
        plan=locale.readable(row["plan"] or "–"), customers=locale.number(row["customers"]),
        people=locale.number(row["people"]), uncovered=locale.number(row["uncovered"]),
    )  # fmt: skip
