"""Shifts as bars along the clock: of a plan, and of people on a date."""

from typing import Any

from optimizer.reporting.quarter.page.chart import (
    Chart,
    Option,
    category_axis,
    clock_minutes,
    colours_of,
    time_axis,
    tip,
)
from optimizer.reporting.quarter.page.locale import Locale

BAR = 24
"""Pixels of one row."""


def skill_colours(structure: dict[str, Any]) -> dict[str, str]:
    """A colour for every skill, the same in all charts and tables."""
    of_people = [skill for person in structure["people"] for skill in person["skills"]]
    return colours_of([shift["skill"] for plan in structure["plans"] for shift in plan["shifts"]] + of_people)


def shifts_chart(plan: dict[str, Any], index: int, colours: dict[str, str], locale: Locale) -> Chart:
    """The shifts of a plan, one row for those that are alike, with their meals."""
    rows = sorted(plan["shifts"], key=lambda shift: (list(colours).index(shift["skill"]), shift["start"], shift["end"]))
    names = [f"{locale.readable(shift['skill'])} × {shift['people']}" for shift in rows]
    data = [
        {"value": [n, *_clocks(shift)], "itemStyle": {"color": colours[shift["skill"]]},
         "text": shift_text(shift), "tip": tip(locale, names[n], shift=shift_text(shift), meal=_meal(shift, locale))}
        for n, shift in enumerate(rows)
    ]  # fmt: skip
    alt = locale.label("shifts_alt", plan=locale.readable(plan["name"]))
    return Chart(f"shifts-{index}", _gantt(names, data, plan["shifts"]), 34 + BAR * len(rows), alt)


def people_chart(structure: dict[str, Any], locale: Locale) -> Chart:
    """Who works when on one date; the page fills it in for the date that is asked for."""
    most = max((row["people"] for row in structure["calendar"]), default=0)
    option = _gantt([], [], structure["roster"])
    return Chart("people", option, 34 + 20 * max(1, most), locale.label("people_alt"))


def roster_data(structure: dict[str, Any], colours: dict[str, str], locale: Locale) -> Option:
    """The roster by date, short: person, skill, and minutes of start, end and meal."""
    people = [person["name"] for person in structure["people"]]
    skills = list(colours)
    dates: dict[str, list[list[int]]] = {}
    for row in structure["roster"]:
        dates.setdefault(row["date"], []).append(
            [people.index(row["person"]), skills.index(row["skill"]), *_clocks(row)]
        )
    return {
        "people": people, "skills": [locale.readable(skill) for skill in skills], "colours": list(colours.values()),
        "dates": {day: sorted(rows, key=lambda row: (row[1], row[2], row[0])) for day, rows in dates.items()},
    }  # fmt: skip


def shift_text(shift: dict[str, Any]) -> str:
    """From when to when."""
    return f"{shift['start']}–{shift['end']}"


def _meal(shift: dict[str, Any], locale: Locale) -> str:
    return f"{shift['meal_start']}–{shift['meal_end']}" if shift["meal_start"] else locale.named("none")


def _clocks(shift: dict[str, Any]) -> list[int]:
    """Minutes of start, end, and of the meal; -1 without one."""
    times = (shift["start"], shift["end"], shift["meal_start"], shift["meal_end"])
    return [-1 if clock is None else clock_minutes(clock) for clock in times]


def _gantt(names: list[str], data: list[Option], shifts: list[dict[str, Any]]) -> Option:
    first = min((clock_minutes(shift["start"]) for shift in shifts), default=540)
    last = max((clock_minutes(shift["end"]) for shift in shifts), default=1020)
    return {
        "grid": {"left": 8, "right": 24, "top": 6, "bottom": 6, "containLabel": True},
        "xAxis": time_axis(first, last, position="top"),
        "yAxis": category_axis(names, inverse=True, axisLabel={"interval": 0}),
        "series": [{"type": "custom", "renderItem": "fn:shift", "encode": {"x": [1, 2], "y": 0}, "data": data}],
        "tooltip": {"trigger": "item", "formatter": "fn:tip", "confine": True},
    }  # fmt: skip
