"""Windows open and people on shift, by plan."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from optimizer.reporting.quarter.words import readable
from optimizer.reporting.quarter.workbook.book import Column, Sheet, cell_range
from optimizer.reporting.quarter.workbook.days import colours

Structure = Mapping[str, Any]


def write_staffing(sheet: Sheet, q: Structure) -> None:
    """People on windows by half hour and plan; below, the shifts of each plan."""
    words = sheet.book.words
    row = sheet.begin(
        "People on windows by period; the last column sums their hours. Greeters stand beside them.",
        "各时段窗口人数，最后一列为合计工时；大堂经理另列。",
    )
    starts = sorted({start for plan in q["plans"] for start in plan["starts"]})
    sheet.head(row, [words("plan", "方案"), words("role", "岗位"), *starts, words("hours", "工时")])
    sheet.page.freeze_panes(row + 1, 2)
    sheet.page.repeat_rows(row)
    at, fills = row + 1, colours(q)
    for plan in q["plans"]:
        at = _plan(sheet, plan, starts, at, fills[plan["day_type"]])
    sheet.page.conditional_format(
        row + 1, 2, at, 1 + len(starts), {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#9CC3E6"}
    )
    row = sheet.heading(at + 1, "Shifts of each plan", "各方案的班次")
    columns = [
        Column("plan", "方案"), Column("skill", "技能"), Column("start", "上班", "clock"),
        Column("end", "下班", "clock"), Column("meal from", "用餐起", "clock"),
        Column("meal to", "用餐止", "clock"), Column("people", "人数", "count"),
    ]  # fmt: skip
    rows = [
        (
            readable(plan["name"]),
            readable(s["skill"]),
            s["start"],
            s["end"],
            s["meal_start"],
            s["meal_end"],
            s["people"],
        )
        for plan in q["plans"]
        for s in plan["shifts"]
    ]
    row = sheet.table(row, columns, rows).end
    row = sheet.heading(row, "Days and costs of each plan", "各方案的天数与成本")
    columns = [
        Column("plan", "方案"), Column("day type", "日类型"), Column("days", "天数", "count", ""),
        Column("labour price", "人工价格系数", "price"), Column("people, yuan a day", "人工（元/天）", "yuan"),
        Column("queue, yuan a day", "排队（元/天）", "yuan"), Column("cost, yuan a day", "成本（元/天）", "yuan"),
        Column("no plan below, at these posters", "下界（同样门槛）", "yuan"), Column("gap", "差距", "share"),
    ]  # fmt: skip
    plans = [
        (readable(plan["name"]), readable(plan["day_type"]), plan["days"], plan["labour_price"], plan["people_cost"],
         plan["queue_cost"], plan["cost"], plan["bound"], plan["gap"])
        for plan in q["plans"]
    ]  # fmt: skip
    sheet.table(row, columns, plans)


def _plan(sheet: Sheet, plan: Mapping[str, Any], starts: Sequence[str], row: int, fill: str) -> int:
    """The rows of one plan; gives the row of the next."""
    words = sheet.book.words
    by_start = {start: index for index, start in enumerate(plan["starts"])}
    first = row
    for name, servers in _rows(plan):
        sheet.write(row, 0, readable(plan["name"]) if row == first else None, bg_color=fill, bold=True)
        sheet.write(row, 1, readable(name), bg_color=fill)
        for column, start in enumerate(starts, 2):
            sheet.write(row, column, servers[by_start[start]] if start in by_start else None, "count", align="center")
        _hours(sheet, row, len(starts), plan["period"], sum(servers))
        row += 1
    windows = list(plan["windows"].values())
    sheet.write(row, 0, None, bg_color=fill)
    sheet.write(row, 1, words("all windows", "窗口合计"), bg_color=fill, bold=True, top=1)
    for column, start in enumerate(starts, 2):
        if start not in by_start:
            sheet.write(row, column, None, top=1)
            continue
        span = cell_range(first, column, first + len(windows) - 1, column)
        total = sum(servers[by_start[start]] for servers in windows)
        sheet.formula(row, column, f"=SUM({span})", total, "count", bold=True, align="center", top=1)
    _hours(sheet, row, len(starts), plan["period"], sum(map(sum, windows)), bold=True, top=1)
    sheet.need(0, 16)
    sheet.need(1, 14)
    return row + 1


def _rows(plan: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[int]]]:
    """Roles first, so that their sum is one range, then greeters."""
    yield from plan["windows"].items()
    for channel in plan["channels"]:
        if channel["kind"] == "greeter" and channel["name"] not in plan["windows"]:
            yield channel["name"], channel["by_period"]["servers"]


def _hours(sheet: Sheet, row: int, periods: int, minutes: int, total: int, **style: Any) -> None:
    span = cell_range(row, 2, row, 1 + periods)
    sheet.formula(row, 2 + periods, f"=SUM({span})*{minutes}/60", total * minutes / 60, "hours", **style)
