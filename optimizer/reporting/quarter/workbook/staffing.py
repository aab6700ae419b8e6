"""Windows open and people on shift, by plan."""

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.reporting.quarter.words import display_width, readable
from optimizer.reporting.quarter.workbook.book import SHADE, Column, Sheet, cell_range
from optimizer.reporting.quarter.workbook.days import colours

Structure = Mapping[str, Any]


def write_staffing(sheet: Sheet, q: Structure) -> None:
    """People on windows by half hour and plan; below, what Erlang's formula opens."""
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
    if q["erlang"]:
        _erlang(sheet, q, starts, at + 1)


def write_plans(sheet: Sheet, q: Structure) -> None:
    """Days, costs and shifts of each plan."""
    row = sheet.begin("Days, costs and shifts of each plan.", "各方案的天数、成本与班次。")
    columns = [
        Column("plan", "方案"), Column("day type", "日类型"), Column("days", "天数", "count", ""),
        Column("labour price", "人工价格系数", "price"), Column("people, yuan a day", "人工（元/天）", "yuan"),
        Column("queue, yuan a day", "排队（元/天）", "yuan"), Column("cost, yuan a day", "成本（元/天）", "yuan"),
        Column("cost, labour at that price", "按该系数计的成本", "yuan"),
        Column("no plan below, labour at that price", "按该系数计的下界", "yuan"),
        Column("gap at that price", "按该系数计的差距", "share"),
    ]  # fmt: skip
    plans = [
        (readable(plan["name"]), readable(plan["day_type"]), plan["days"], plan["labour_price"], plan["people_cost"],
         plan["queue_cost"], plan["cost"], _priced(plan), plan["bound"], plan["gap"])
        for plan in q["plans"]
    ]  # fmt: skip
    table = sheet.table(row, columns, plans)
    sheet.frozen(table, 1)
    row = sheet.heading(table.end, "Shifts of each plan", "各方案的班次")
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
    sheet.table(row, columns, rows)


def _priced(plan: Structure) -> float | None:
    """What a plan costs at the labour price that it was found at."""
    price = plan["labour_price"]
    return None if price is None else float(price * plan["people_cost"] + plan["queue_cost"])


def _plan(sheet: Sheet, plan: Mapping[str, Any], starts: Sequence[str], row: int, fill: str) -> int:
    """The rows of one plan: roles, their sum, greeters; gives the row of the next plan."""
    by_start = {start: index for index, start in enumerate(plan["starts"])}
    first, roles = row, len(plan["windows"])
    for name, servers in plan["windows"].items():
        _servers(sheet, row, (readable(plan["name"]) if row == first else None, readable(name)), fill)
        for column, start in enumerate(starts, 2):
            sheet.write(row, column, servers[by_start[start]] if start in by_start else None, "count", align="center")
        _hours(sheet, row, len(starts), plan["period"], sum(servers))
        row += 1
    sheet.page.conditional_format(
        first, 2, row - 1, 1 + len(starts), {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#9CC3E6"}
    )
    _servers(sheet, row, (None, sheet.book.words("all windows", "窗口合计")), fill)
    for column, start in enumerate(starts, 2):
        span = cell_range(first, column, first + roles - 1, column)
        if start in by_start:
            total = sum(servers[by_start[start]] for servers in plan["windows"].values())
            sheet.formula(row, column, f"=SUM({span})", total, "count", bold=True, align="center", top=1)
        else:
            sheet.write(row, column, None, top=1)
    _hours(sheet, row, len(starts), plan["period"], sum(map(sum, plan["windows"].values())), bold=True, top=1)
    row += 1
    for channel in plan["channels"]:
        if channel["kind"] == "greeter":
            servers = channel["by_period"]["servers"]
            _servers(sheet, row, (None, readable(channel["name"])), fill)
            for column, start in enumerate(starts, 2):
                level = servers[by_start[start]] if start in by_start else None
                sheet.write(row, column, level, "count", align="center", italic=True)
            _hours(sheet, row, len(starts), plan["period"], sum(servers), italic=True)
            row += 1
    return row


def _erlang(sheet: Sheet, q: Structure, starts: Sequence[str], row: int) -> None:
    """What Erlang's formula opens on the same days, for comparison."""
    row = sheet.heading(row, "Windows by Erlang's formula, period by period", "爱尔朗公式按时段得出的窗口数")
    like = {plan["day_type"]: plan for plan in q["plans"]}
    for plan in q["erlang"]["plans"]:
        same = like.get(plan["day_type"])
        if same is None:
            continue
        by_start = {start: index for index, start in enumerate(same["starts"])}
        for index, (role, servers) in enumerate(plan["windows"].items()):
            _servers(sheet, row, (None if index else readable(plan["name"]), readable(role)), SHADE)
            for column, start in enumerate(starts, 2):
                level = servers[by_start[start]] if start in by_start else None
                sheet.write(row, column, level, "count", align="center")
            _hours(sheet, row, len(starts), same["period"], sum(servers))
            row += 1


def _servers(sheet: Sheet, row: int, names: tuple[str | None, str], fill: str) -> None:
    """Plan and role at the left of a row."""
    for column, name in enumerate(names):
        sheet.write(row, column, name, bg_color=fill, bold=column == 0)
        sheet.need(column, display_width(name or "") + 1)


def _hours(sheet: Sheet, row: int, periods: int, minutes: int, total: int, **style: Any) -> None:
    span = cell_range(row, 2, row, 1 + periods)
    sheet.formula(row, 2 + periods, f"=SUM({span})*{minutes}/60", total * minutes / 60, "hours", **style)
