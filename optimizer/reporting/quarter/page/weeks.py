"""The roster as weeks: one row for each person, one column for each day."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from optimizer.reporting.quarter.page.chart_shifts import shift_text
from optimizer.reporting.quarter.page.locale import Locale


@dataclass(frozen=True)
class Cell:
    """What a person does on a day."""

    text: str = ""
    kind: str = ""
    """``work``, ``leave``, ``out`` (beyond the quarter) or nothing: a day off."""
    note: str = ""
    """Skill where it is not the person's first, or the reason of a leave."""
    skill: int = 0
    """Number of the skill, for its colour."""


@dataclass(frozen=True)
class Heading:
    """A day of a week."""

    text: str
    kind: str
    """``shut``, ``weekend`` or nothing."""
    uncovered: str


@dataclass(frozen=True)
class Week:
    """One table."""

    name: str
    dates: tuple[str, ...]
    headings: tuple[Heading, ...]
    rows: tuple[tuple[str, tuple[Cell, ...], str], ...]
    """Person, days, hours of the week."""


def roster_weeks(structure: dict[str, Any], skills: list[str], locale: Locale) -> list[Week]:
    """All weeks of the quarter, from Monday to Sunday."""
    calendar = {row["date"]: row for row in structure["calendar"]}
    work = {(row["person"], row["date"]): row for row in structure["roster"]}
    away = _away(structure)
    weeks = []
    for monday in dict.fromkeys(_monday(iso) for iso in calendar):
        days = [(monday + timedelta(days=n)).isoformat() for n in range(7)]
        hours: Counter[str] = Counter()
        for person, day in work:
            if day in days:
                hours[person] += work[person, day]["hours"]
        rows = tuple(
            (
                person["name"],
                tuple(_cell(person, day, calendar, work, away, skills, locale) for day in days),
                locale.number(hours[person["name"]], 1) if hours[person["name"]] else "",
            )
            for person in structure["people"]
        )
        inside = [day for day in days if day in calendar]
        name = locale.span(locale.day(inside[0]), locale.day(inside[-1]))
        weeks.append(Week(name, tuple(inside), tuple(_heading(day, calendar, locale) for day in days), rows))
    return weeks


def _monday(iso: str) -> date:
    day = date.fromisoformat(iso)
    return day - timedelta(days=day.weekday())


def _away(structure: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Reason of absence by person and date."""
    found = {}
    for leave in structure["leave"]:
        day, last = date.fromisoformat(leave["first"]), date.fromisoformat(leave["last"])
        while day <= last:
            found[leave["person"], day.isoformat()] = leave["reason"]
            day += timedelta(days=1)
    return found


def _heading(day: str, calendar: dict[str, Any], locale: Locale) -> Heading:
    row = calendar.get(day)
    if row is None:
        return Heading(locale.short_date(day), "shut", "")
    kind = "shut" if row["day_type"] is None else "weekend" if date.fromisoformat(day).weekday() >= 5 else ""
    uncovered = locale.label("uncovered_here", count=row["uncovered"]) if row["uncovered"] else ""
    return Heading(locale.short_date(day), kind, uncovered)


def _cell(
    person: dict[str, Any],
    day: str,
    calendar: dict[str, Any],
    work: dict[tuple[str, str], dict[str, Any]],
    away: dict[tuple[str, str], str],
    skills: list[str],
    locale: Locale,
) -> Cell:
    row = work.get((person["name"], day))
    if row is not None:
        other = row["skill"] != person["skills"][0]
        return Cell(shift_text(row), "work", locale.readable(row["skill"]) if other else "", skills.index(row["skill"]))
    if reason := away.get((person["name"], day)):
        return Cell(locale.label("on_leave"), "leave", locale.said(reason).text)
    return Cell(kind="" if day in calendar and calendar[day]["day_type"] is not None else "out")
