"""The quarter on one sheet, week by week, and every date in a row."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from optimizer.reporting.quarter.words import WEEKDAYS, pick, readable, term
from optimizer.reporting.quarter.workbook.book import COLOURS, FAINT, SHADE, Column, Sheet

Structure = Mapping[str, Any]
LINES = 4
"""Rows of a week: date, plan, customers, people."""


def colours(q: Structure) -> dict[str, str]:
    """Fill of each day type."""
    return {kind["name"]: COLOURS[index % len(COLOURS)] for index, kind in enumerate(q["day_types"])}


def write_calendar(sheet: Sheet, q: Structure) -> None:
    """Weeks below each other, weekdays beside each other, one colour per day type."""
    words, lang = sheet.book.words, sheet.book.lang
    sheet.upright(one_page=True)
    row = sheet.begin(
        "Date, plan, customers expected and people at work (with the number missing, if any).",
        "日期、方案、预计客户数、上班人数（如有缺岗，另注人数）。",
    )
    sheet.head(row, [words("week", "周"), *(pick(name, lang) for name in WEEKDAYS.values())])
    sheet.page.repeat_rows(row)
    sheet.page.freeze_panes(row + 1, 1)
    start = date.fromisoformat(q["calendar"][0]["date"])
    monday = start - timedelta(days=start.weekday())
    weeks = (date.fromisoformat(q["calendar"][-1]["date"]) - monday).days // 7 + 1
    for week in range(weeks):
        sheet.write(
            row + 1 + LINES * week, 0, (monday + timedelta(weeks=week)).isocalendar().week, "count", align="center"
        )
    fills = colours(q)
    for each in q["calendar"]:
        day = date.fromisoformat(each["date"])
        top = row + 1 + LINES * ((day - monday).days // 7)
        _day(sheet, top, 1 + day.weekday(), each, fills.get(each["day_type"], SHADE))
    for column in range(1, 8):
        sheet.need(column, 15)
    _legend(sheet, q, row + LINES * weeks + 2)


def _day(sheet: Sheet, top: int, column: int, each: Mapping[str, Any], fill: str) -> None:
    words, lang = sheet.book.words, sheet.book.lang
    sides: dict[str, Any] = {"bg_color": fill, "left": 1, "right": 1}
    sheet.write(top, column, each["date"], "date", bold=True, top=1, **sides)
    if each["plan"] is None:
        sheet.write(top + 1, column, words("closed", "休业"), font_color=FAINT, align="center", **sides)
        sheet.write(top + 2, column, term(each["holiday"], lang), font_color=FAINT, align="center", **sides)
        sheet.write(top + 3, column, None, bottom=1, **sides)
        return
    sheet.write(top + 1, column, readable(each["plan"]), align="center", **sides)
    sheet.write(top + 2, column, each["customers"], "count", align="center", **sides)
    people = words(f"{each['people']} people", f"{each['people']} 人")
    if each["uncovered"]:
        people += words(f", {each['uncovered']} missing", f"，缺 {each['uncovered']} 人")
    red: dict[str, Any] = {"font_color": "#B91C1C", "bold": True} if each["uncovered"] else {}
    sheet.write(top + 3, column, people, align="center", bottom=1, **sides, **red)


def _legend(sheet: Sheet, q: Structure, row: int) -> None:
    """Day types with their colour, days and customers; the sums are read off the sheet of dates."""
    words, fills = sheet.book.words, colours(q)
    sheet.head(row, [words("", ""), words("day type", "日类型"), words("days", "天数"), words("customers", "客户数")])
    for at, kind in enumerate(q["day_types"], row + 1):
        rows = [each for each in q["calendar"] if each["day_type"] == kind["name"]]
        cell = f"B{at + 1}"
        sheet.write(at, 0, None, bg_color=fills[kind["name"]])
        sheet.write(at, 1, readable(kind["name"]))
        sheet.formula(at, 2, f"=COUNTIF(date_day_types,{cell})", len(rows), "count")
        customers = sum(each["customers"] for each in rows)
        sheet.formula(at, 3, f"=SUMIF(date_day_types,{cell},date_customers)", customers, "count")


def write_dates(sheet: Sheet, q: Structure) -> None:
    """Every date in a row."""
    _words, lang = sheet.book.words, sheet.book.lang
    sheet.upright()
    row = sheet.begin("Every date of the quarter.", "本季度逐日情况。")
    columns = [
        Column("date", "日期", "date"), Column("weekday", "星期"), Column("kind", "性质"),
        Column("holiday", "节日"), Column("provisional", "待定"),
        Column("day type", "日类型", name="date_day_types"), Column("plan", "方案"),
        Column("customers", "客户数", "customers", "total_customers", name="date_customers"),
        Column("open", "开门", "clock"), Column("close", "关门", "clock"),
        Column("people", "人数", "count", "total_people_days"),
        Column("missing", "缺岗", "count", "total_missing"),
    ]  # fmt: skip
    rows = [
        (
            each["date"], term(each["weekday"], lang), ", ".join(term(kind, lang) for kind in each["kind"]),
            term(each["holiday"], lang), each["provisional"], readable(each["day_type"] or ""),
            readable(each["plan"] or ""), each["customers"] if each["plan"] else None, each["open"], each["close"],
            each["people"],
            each["uncovered"],
        )
        for each in q["calendar"]
    ]  # fmt: skip
    table = sheet.table(row, columns, rows)
    sheet.frozen(table, 2)
    sheet.filtered(table, len(columns))
