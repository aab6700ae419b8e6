"""Who works when, as a matrix of people and dates."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from optimizer.reporting.quarter.words import WEEKDAYS, pick, readable, term
from optimizer.reporting.quarter.workbook.book import HEAD, INK, ROW, SHADE, Sheet, cell_range

Structure = Mapping[str, Any]
LEFT = 3
"""Columns before the first date: person, skill, contract."""
SIDE: dict[str, Any] = {"right": 1, "right_color": "#E5E7EB"}
AWAY, CLOSED = "#F8D7A8", "#D1D5DB"
SHIFT = '"*:*"'
"""What cells with a shift hold and cells with leave do not."""


def write_roster(sheet: Sheet, q: Structure) -> None:
    """One row per person, one column per date; sums of people below, of days and hours at the right."""
    row = sheet.begin(
        "Shift of each person by date. Grey: weekend; dark: closed; orange: away; slanted: not in the first skill.",
        "每人每日班次。灰：周末；深灰：休业；橙：请假；斜体：非本人第一技能。",
    )
    days = [each["date"] for each in q["calendar"]]
    _head(sheet, q, row)
    first = row + 3
    worked: dict[tuple[str, str], Mapping[str, Any]] = {(each["person"], each["date"]): each for each in q["roster"]}
    away = _away(q)
    for at, person in enumerate(q["people"], first):
        _person(sheet, q, at, person, worked, away)
    _totals(sheet, q, first, first + len(q["people"]))
    sheet.page.freeze_panes(first, LEFT)
    sheet.page.repeat_rows(row, first - 1)
    sheet.page.repeat_columns(0, LEFT - 1)
    # A quarter on one page cannot be read: a page a month.
    sheet.page.fit_page = False
    sheet.page.set_print_scale(52 if sheet.book.lang == "en" else 46)
    sheet.page.set_v_pagebreaks([LEFT + i for i, day in enumerate(days) if i and day.endswith("-01")])


def _head(sheet: Sheet, q: Structure, row: int) -> None:
    """Month, day of the month and weekday above the dates."""
    words, lang = sheet.book.words, sheet.book.lang
    for column, title in enumerate((words("person", "姓名"), words("skill", "技能"), words("contract", "合同"))):
        for line in range(3):
            sheet.write(row + line, column, title if line == 2 else None, bold=True, bg_color=HEAD)
    for column, each in enumerate(q["calendar"], LEFT):
        day = date.fromisoformat(each["date"])
        fill: dict[str, Any] = {"bg_color": _fill(each) or HEAD, "align": "center", "bold": True}
        month = words(day.strftime("%b"), f"{day.month}月")
        sheet.write(row, column, month if day.day == 1 or column == LEFT else None, **fill)
        sheet.write(row + 1, column, day.day, "count", **fill)
        sheet.write(row + 2, column, pick(WEEKDAYS[each["weekday"]], lang), **fill)
        sheet.need(column, 4.3)
    for column, title in enumerate((words("days", "天数"), words("hours", "工时")), LEFT + len(q["calendar"])):
        for line in range(3):
            sheet.write(row + line, column, title if line == 2 else None, bold=True, bg_color=HEAD, align="center")
        sheet.need(column, 6.5)


def _fill(each: Mapping[str, Any]) -> str | None:
    if each["plan"] is None:
        return CLOSED
    return SHADE if each["weekday"] in ("saturday", "sunday") else None


def _away(q: Structure) -> dict[tuple[str, str], str]:
    """Reason of each day of leave, by person and date."""
    found = {}
    for leave in q["leave"]:
        day, last = date.fromisoformat(leave["first"]), date.fromisoformat(leave["last"])
        while day <= last:
            found[leave["person"], day.isoformat()] = leave["reason"]
            day += timedelta(days=1)
    return found


def _person(
    sheet: Sheet,
    q: Structure,
    row: int,
    person: Mapping[str, Any],
    worked: Mapping[tuple[str, str], Mapping[str, Any]],
    away: Mapping[tuple[str, str], str],
) -> None:
    words, lang, name = sheet.book.words, sheet.book.lang, person["name"]
    for column, text in enumerate((name, readable(person["skills"][0]), term(person["contract"], lang))):
        sheet.write(row, column, text, bold=column == 0, **ROW)
        sheet.need(column, 8)
    last = LEFT + len(q["calendar"]) - 1
    for column, each in enumerate(q["calendar"], LEFT):
        shift, fill = worked.get((name, each["date"])), _fill(each)
        style: dict[str, Any] = {"align": "center", "text_wrap": True, "font_size": 8, "font_color": INK, **SIDE} | ROW
        style |= {"bg_color": fill} if fill else {}
        text = None
        if shift is not None:
            text = f"{shift['start']}\n{shift['end']}"
            style |= {"italic": True} if shift["skill"] != person["skills"][0] else {}
        elif (name, each["date"]) in away:
            text, style["bg_color"] = words("away", "假"), AWAY
        sheet.write(row, column, text, **style)
    sheet.page.set_row(row, 24)
    rows = [each for (who, _), each in worked.items() if who == name]
    span = cell_range(row, LEFT, row, last)
    sheet.formula(row, last + 1, f"=COUNTIF({span},{SHIFT})", len(rows), "count", **ROW)
    hours = sum(each["hours"] for each in rows)
    sheet.formula(row, last + 2, f"=SUMIF(shift_people,A{row + 1},shift_hours)", hours, "hours", **ROW)


def _totals(sheet: Sheet, q: Structure, first: int, row: int) -> None:
    """People at work by date, and sums of the last columns."""
    last = LEFT + len(q["calendar"]) - 1
    by_date: dict[str, int] = {}
    for each in q["roster"]:
        by_date[each["date"]] = by_date.get(each["date"], 0) + 1
    style: dict[str, Any] = {"bold": True, "top": 1}
    for column in range(LEFT):
        sheet.write(row, column, sheet.book.words("people at work", "上班人数") if column == 0 else None, **style)
    for column, each in enumerate(q["calendar"], LEFT):
        span = cell_range(first, column, row - 1, column)
        sheet.formula(
            row, column, f"=COUNTIF({span},{SHIFT})", by_date.get(each["date"], 0), "count", align="center", **style
        )
    sums = (("count", len(q["roster"])), ("hours", sum(each["hours"] for each in q["roster"])))
    for column, (form, value) in enumerate(sums, last + 1):
        sheet.formula(row, column, f"=SUM({cell_range(first, column, row - 1, column)})", value, form, **style)
