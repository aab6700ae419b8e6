"""The page of a quarter: its sections, what they are given, and the data of the charts."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from optimizer.reporting.quarter.page.chart import Chart, Option
from optimizer.reporting.quarter.page.chart_calendar import calendar_chart, plan_colours
from optimizer.reporting.quarter.page.chart_costs import compared, cost_rows, costs_chart
from optimizer.reporting.quarter.page.chart_day import day_chart, waiting_channels
from optimizer.reporting.quarter.page.chart_frontier import frontier_chart, proven_edge
from optimizer.reporting.quarter.page.chart_people import changes_chart, hours_chart
from optimizer.reporting.quarter.page.chart_posters import poster_chart
from optimizer.reporting.quarter.page.chart_service import drawn, service_chart, where
from optimizer.reporting.quarter.page.chart_shifts import people_chart, roster_data, shifts_chart, skill_colours
from optimizer.reporting.quarter.page.locale import NOTHING, Locale
from optimizer.reporting.quarter.page.weeks import roster_weeks
from optimizer.reporting.quarter.text import saved_in_money
from optimizer.reporting.quarter.words import Language, poster_text

TEMPLATES = Path(__file__).with_name("templates")
ECHARTS = Path(__file__).with_name("vendor") / "echarts.min.js"
SECTIONS = ("headline", "replan", "posters", "plans", "calendar", "roster", "staff", "money", "frontier", "service",
            "hiring", "why", "notes")  # fmt: skip


def page_html(structure: dict[str, Any], lang: Language) -> str:
    """The page of a quarter, in one of two languages.

    Args:
        structure: the quarter as ``result.json`` has it.
        lang: ``en`` or ``zh``; names from the user's files stay as they are.

    Returns:
        One HTML document that fetches nothing.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    locale = Locale(lang)
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":"), "allow_nan": False}
    context = _context(structure, locale)
    charts = _charts(structure, context["skill_colours"], locale)
    return templates.get_template("page.html").render(
        context | _writing(locale) | charts,
        options=_options(charts),
        roster=roster_data(structure, context["skill_colours"], locale),
        css=(TEMPLATES / "page.css").read_text(encoding="utf-8"),
        js=(TEMPLATES / "page.js").read_text(encoding="utf-8"),
        echarts=ECHARTS.read_text(encoding="utf-8"),
    )


def _context(structure: dict[str, Any], locale: Locale) -> dict[str, Any]:
    """What the templates read beside the charts: the structure, and what is picked from it."""
    skills, date = skill_colours(structure), busiest(structure)
    weeks = roster_weeks(structure, list(skills), locale)
    return {
        "q": structure, "sections": sections_of(structure), "skill_colours": skills,
        "plan_colours": plan_colours(structure),
        "hired": sum(person["hired"] for person in structure["people"]),
        "uncovered": sum(row["people"] for row in structure["uncovered"]),
        "provisional": any(row["provisional"] for row in structure["calendar"]),
        "promises": _promises(structure, locale), "first_date": date, "weeks": weeks,
        "first_week": next(week.name for week in weeks if date in week.dates),
        "sides": compared(structure), "cost_rows": list(cost_rows(structure)),
        "in_money": None if structure["erlang"] is None else saved_in_money(structure),
        "frontier_proven": bool(proven_edge(structure["frontier"])),
    }  # fmt: skip


def _writing(locale: Locale) -> dict[str, Any]:
    """How the templates write numbers, names and sentences."""
    chinese = locale.chinese
    return {
        "say": locale, "nothing": NOTHING, "waiting": waiting_channels,
        "space": "" if chinese else " ", "stop": "。" if chinese else ".", "comma": "、" if chinese else ", ",
        "first_up": lambda text: text[:1].upper() + text[1:], "wall": partial(poster_text, lang=locale.code),
        "names": lambda names: [locale.readable(name) for name in names],
        "known": lambda names: [locale.named(name) for name in names],
        "number_1": partial(locale.number, digits=1), "where": partial(where, locale=locale),
        "measure": partial(_measure, locale=locale),
    }  # fmt: skip


def _charts(structure: dict[str, Any], skills: dict[str, str], locale: Locale) -> dict[str, Chart | list[Chart] | None]:
    """The charts, as the templates name them; None where there is nothing to draw."""
    plans = structure["plans"]
    return {
        "poster_charts": [poster_chart(poster, n, locale) for n, poster in enumerate(structure["posters"])],
        "day_charts": [day_chart(plan, n, locale) for n, plan in enumerate(plans)],
        "shift_charts": [shifts_chart(plan, n, skills, locale) for n, plan in enumerate(plans)],
        "calendar_chart": calendar_chart(structure, locale),
        "people_chart": people_chart(structure, locale),
        "costs_chart": costs_chart(structure, locale),
        "hours_chart": hours_chart(structure, locale),
        "frontier_chart": frontier_chart(structure, locale) if structure["frontier"] else None,
        "service_chart": service_chart(structure, locale) if drawn(structure) else None,
        "changes_chart": changes_chart(structure, locale) if _priced(structure) else None,
    }


def _options(charts: dict[str, Chart | list[Chart] | None]) -> dict[str, Option]:
    """What ECharts is told, by key of the chart."""
    found: list[Chart] = []
    for made in charts.values():
        found += made if isinstance(made, list) else [] if made is None else [made]
    return {chart.key: chart.option for chart in found}


def sections_of(structure: dict[str, Any]) -> list[str]:
    """Sections that have something to say."""
    empty = {name for name in ("hiring", "why", "replan") if structure[name] is None}
    empty |= {name for name in ("posters", "frontier", "plans") if not structure[name]}
    empty |= {"service"} if not structure["promises"] else set()
    return [name for name in SECTIONS if name not in empty]


def busiest(structure: dict[str, Any]) -> str:
    """The date with most people on duty, the first of them."""
    return str(max(structure["calendar"], key=lambda row: row["people"])["date"])


def _priced(structure: dict[str, Any]) -> bool:
    why = structure["why"]
    return why is not None and any(change["cost_change"] is not None for change in why["changes"])


def _promises(structure: dict[str, Any], locale: Locale) -> dict[str, str]:
    """How many promises hold in the hall, for the tile."""
    held = [promise["holds"] for promise in structure["promises"] if promise["holds"] is not None]
    if not held:
        return {"value": NOTHING, "note": locale.label("not_simulated"), "kind": ""}
    kind = "good" if all(held) else "bad"
    return {"value": f"{sum(held)}/{len(held)}", "note": locale.label("promises_hold"), "kind": kind}


def _measure(promise: dict[str, Any], locale: Locale) -> Callable[[float | None], str]:
    """How the numbers of a promise are written: shares in per cent, waits in minutes."""
    wait = not promise["least"] and "mean wait" in promise["sentence"]
    return locale.minutes if wait else locale.share
