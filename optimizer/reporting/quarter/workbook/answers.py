"""Answers to questions: whom to hire, why this plan, what has changed."""

from collections.abc import Mapping
from typing import Any

from optimizer.reporting.quarter.words import readable, term
from optimizer.reporting.quarter.workbook.book import Column, Sheet

Structure = Mapping[str, Any]


def write_hiring(sheet: Sheet, q: Structure) -> None:
    """How many people to employ, and what one more or fewer would change."""
    words, lang, hiring = sheet.book.words, sheet.book.lang, q["hiring"]
    row = sheet.begin(
        "How many people to employ, and what one more or one fewer would change.", "应有人数，以及增减一人的影响。"
    )
    columns = [
        Column("skill", "技能"), Column("contract", "合同"), Column("people", "人数", "count", "total_heads"),
    ]  # fmt: skip
    heads = [(readable(each["skill"]), term(each["contract"], lang), each["people"]) for each in hiring["heads"]]
    table = sheet.table(row, columns, heads)
    sheet.frozen(table)
    row = sheet.line(table.end, words(
        f"Cost {hiring['cost']:,.0f} yuan; no workforce costs less than {hiring['bound']:,.0f}.",
        f"成本 {hiring['cost']:,.0f} 元；任何配置都不会低于 {hiring['bound']:,.0f} 元。",
    ))  # fmt: skip
    if not hiring["steps"]:
        return
    row = sheet.heading(row + 1, "One more, one fewer", "增减一人")
    columns = [
        Column("skill", "技能"), Column("contract", "合同"), Column("change", "变动", "change"),
        Column("cost changes by, yuan", "成本变动（元）", "change"),
        Column("uncovered, hours", "缺岗（小时）", "hours"), Column("why", "原因"),
    ]  # fmt: skip
    steps = [
        (readable(each["skill"]), term(each["contract"], lang), each["change"], each["cost_change"],
         each["uncovered_hours"], sheet.book.said(each["words"]))
        for each in hiring["steps"]
    ]  # fmt: skip
    sheet.table(row, columns, steps)


def write_why(sheet: Sheet, q: Structure) -> None:
    """What other decisions would have cost."""
    _words, lang = sheet.book.words, sheet.book.lang
    row = sheet.begin(
        f"What another decision would cost, {q['why']['scope']}.",
        f"换一种做法的成本（{sheet.book.said(q['why']['scope'])}）。",
    )
    columns = [
        Column("another decision", "另一种做法"), Column("kind", "类别"), Column("cost, yuan", "成本（元）", "yuan"),
        Column("cost changes by, yuan", "成本变动（元）", "change"),
        Column("bound changes by, yuan", "下界变动（元）", "change"), Column("gap", "差距", "share"),
        Column("why", "原因"),
    ]  # fmt: skip
    said = sheet.book.said
    rows = [
        (said(each["change"]), term(each["kind"], lang), each["cost"], each["cost_change"], each["bound_change"],
         each["gap"], said(each["words"]))
        for each in q["why"]["changes"]
    ]  # fmt: skip
    sheet.frozen(sheet.table(row, columns, rows), 1)


def write_changes(sheet: Sheet, q: Structure) -> None:
    """Shifts that differ from the plan before."""
    _words, lang, replan = sheet.book.words, sheet.book.lang, q["replan"]
    row = sheet.begin(
        f"{replan['changed']} shifts differ from {replan['before']}, from {replan['from']} on.",
        f"自 {replan['from']} 起，与“{replan['before']}”相比共有 {replan['changed']} 个班次调整。",
    )
    for reason in replan["reasons"]:
        row = sheet.line(row, sheet.book.said(reason))
    columns = [
        Column("date", "日期", "date"), Column("person", "姓名"), Column("before", "原班次"),
        Column("after", "新班次"),
    ]  # fmt: skip
    rows = [
        (each["date"], each["person"], term(each["before"], lang), term(each["after"], lang))
        for each in replan["changes"]
    ]
    table = sheet.table(row + 1, columns, rows)
    sheet.frozen(table)
    if rows:
        sheet.filtered(table, len(columns))
