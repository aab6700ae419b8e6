"""Shifts in a long list, people with what they work and earn, and shifts that nobody can take."""

from collections.abc import Mapping
from typing import Any

from optimizer.reporting.quarter.words import WEEKDAYS, pick, readable, term
from optimizer.reporting.quarter.workbook.book import Column, Sheet

Structure = Mapping[str, Any]
NUMBERS = (
    ("contract hours", "合同工时", "hours", "contract_hours"), ("hours worked", "实际工时", "hours", "worked_hours"),
    ("overtime, hours", "加班（小时）", "hours", "overtime_hours"),
    ("rest days, hours", "休息日加班（小时）", "hours", "rest_day_hours"),
    ("holidays, hours", "法定节假日加班（小时）", "hours", "holiday_hours"), ("days", "天数", "count", "days"),
    ("weekends", "周末（次）", "count", "weekends"), ("late shifts", "晚班（次）", "count", "late"),
    ("leave, days", "请假（天）", "count", "leave_days"), ("wishes granted", "满足意愿", "count", "wishes_granted"),
    ("wishes", "意愿", "count", "wishes"), ("pay, yuan", "工资（元）", "yuan", "pay"),
)  # fmt: skip
TOTALS = {"worked_hours": "total_hours", "overtime_hours": "total_overtime_hours", "pay": "total_pay"}


def write_shifts(sheet: Sheet, q: Structure) -> None:
    """Every shift of every person, in a row."""
    _words, lang = sheet.book.words, sheet.book.lang
    weekday = {each["date"]: pick(WEEKDAYS[each["weekday"]], lang) for each in q["calendar"]}
    sheet.upright()
    row = sheet.begin("Every shift; filter by person, date or skill.", "全部班次，可按姓名、日期、技能筛选。")
    columns = [
        Column("date", "日期", "date"), Column("weekday", "星期"),
        Column("person", "姓名", name="shift_people"), Column("skill", "技能"),
        Column("start", "上班", "clock"), Column("end", "下班", "clock"),
        Column("meal from", "用餐起", "clock"), Column("meal to", "用餐止", "clock"),
        Column("hours", "工时", "hours", "total_shift_hours", name="shift_hours"),
    ]  # fmt: skip
    rows = [
        (each["date"], weekday[each["date"]], each["person"], readable(each["skill"]), each["start"], each["end"],
         each["meal_start"], each["meal_end"], each["hours"])
        for each in q["roster"]
    ]  # fmt: skip
    table = sheet.table(row, columns, rows)
    sheet.frozen(table, 3)
    sheet.filtered(table, len(columns))


def write_people(sheet: Sheet, q: Structure) -> None:
    """People, then how evenly burdens fall, who is away, and which wishes were refused."""
    _words, lang = sheet.book.words, sheet.book.lang
    row = sheet.begin("What each person works and earns in the quarter.", "每人本季度的工作与报酬。")
    columns = [
        Column("person", "姓名"), Column("skills", "技能"), Column("contract", "合同"),
        Column("to be hired", "拟招聘"),
        *(Column(en, zh, form, TOTALS.get(key, "")) for en, zh, form, key in NUMBERS),
    ]  # fmt: skip
    rows = [
        (person["name"], ", ".join(map(readable, person["skills"])), term(person["contract"], lang), person["hired"],
         *(person[key] for *_, key in NUMBERS))
        for person in q["people"]
    ]  # fmt: skip
    table = sheet.table(row, columns, rows)
    sheet.frozen(table, 1)
    row = _fairness(sheet, q, table.end)
    row = _leave(sheet, q, row)
    _refused(sheet, q, row)


def _fairness(sheet: Sheet, q: Structure, row: int) -> int:
    if not q["fairness"]:
        return row
    _words, lang = sheet.book.words, sheet.book.lang
    row = sheet.heading(row, "How evenly burdens fall", "公平性")
    columns = [
        Column("group", "组"), Column("counted", "指标"), Column("least", "最少", "hours"),
        Column("mean", "平均", "hours"), Column("most", "最多", "hours"),
    ]  # fmt: skip
    rows = [
        (readable(each["group"]), term("all_overtime" if each["counted"] == "overtime" else each["counted"], lang),
         each["least"], each["mean"], each["most"])
        for each in q["fairness"]
    ]  # fmt: skip
    return sheet.table(row, columns, rows).end


def _leave(sheet: Sheet, q: Structure, row: int) -> int:
    if not q["leave"]:
        return row
    _words, lang = sheet.book.words, sheet.book.lang
    row = sheet.heading(row, "Who is away", "请假")
    columns = [
        Column("person", "姓名"), Column("first day", "首日", "date"),
        Column("last day", "末日", "date"), Column("reason", "事由", free=True),
    ]  # fmt: skip
    rows = [(each["person"], each["first"], each["last"], term(each["reason"], lang)) for each in q["leave"]]
    return sheet.table(row, columns, rows).end


def _refused(sheet: Sheet, q: Structure, row: int) -> None:
    if not q["refused_wishes"]:
        return
    _words, lang = sheet.book.words, sheet.book.lang
    row = sheet.heading(row, "Wishes refused", "未满足的意愿")
    columns = [
        Column("person", "姓名"), Column("date", "日期", "date"), Column("wish", "意愿"),
        Column("shifts", "班次"), Column("price, yuan", "代价（元）", "yuan", ""),
    ]  # fmt: skip
    rows = [
        (each["person"], each["date"], term(each["wish"], lang), term(each["kinds"], lang), each["price"])
        for each in q["refused_wishes"]
    ]
    sheet.table(row, columns, rows)


def write_uncovered(sheet: Sheet, q: Structure) -> None:
    """Shifts of the plans that nobody can take."""
    row = sheet.begin("Shifts that nobody can take.", "无人可上的班次。")
    columns = [
        Column("date", "日期", "date"), Column("skill", "技能"), Column("start", "上班", "clock"),
        Column("end", "下班", "clock"), Column("people", "人数", "count", "total_uncovered"),
        Column("price, yuan", "代价（元）", "yuan", ""),
    ]  # fmt: skip
    rows = [
        (each["date"], readable(each["skill"]), each["start"], each["end"], each["people"], each["price"])
        for each in q["uncovered"]
    ]
    table = sheet.table(row, columns, rows)
    sheet.frozen(table)
