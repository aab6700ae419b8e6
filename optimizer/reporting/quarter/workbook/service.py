"""Service promised and simulated, with the interval of the simulation."""

from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.reporting.quarter.words import promise_sentence, readable, term
from optimizer.reporting.quarter.workbook.book import ROW, Cell, Column, Sheet

Structure = Mapping[str, Any]
SIMULATED = (("simulated", "仿真"), ("from", "下限"), ("to", "上限"))
KEPT, BROKEN = "#15803D", "#B91C1C"


def write_service(sheet: Sheet, q: Structure) -> None:
    """Promises first, then each channel's day by plan."""
    row = sheet.begin(
        "What is promised and what the simulation finds, with its interval.", "承诺值与仿真值（含置信区间）。"
    )
    row = _promises(sheet, q, row)
    row = sheet.heading(row, "Each channel's day", "各渠道全天")
    limits = list(dict.fromkeys(within for _, channel in _channels(q) for within in channel["service_level"]))
    rows = [_channel(sheet, plan, channel, limits) for plan, channel in _channels(q)]
    table = sheet.table(row, _columns(limits), rows)
    sheet.page.freeze_panes(0, 2)
    sheet.page.repeat_rows(table.head)


def _promises(sheet: Sheet, q: Structure, row: int) -> int:
    """Every promise with its limit and both numbers; gives the row of what follows."""
    lang, words = sheet.book.lang, sheet.book.words
    names = (
        ("plan", "方案"), ("period", "时段"), ("holds", "成立"), ("limit", "限值"), ("promised", "计算值"), *SIMULATED,
        ("promise", "承诺"),
    )  # fmt: skip
    sheet.head(row, [words(*pair) for pair in names])
    row += 1
    for promise in q["promises"]:
        form = "share" if "%" in promise["sentence"] else "price"
        holds = promise["holds"]
        colour: dict[str, Any] = {} if holds is None else {"font_color": KEPT if holds else BROKEN, "bold": True}
        sheet.write(row, 0, readable(promise["plan"]) if promise["plan"] else words("all", "全部"), **ROW)
        sheet.write(row, 1, promise["start"], "clock", **ROW)
        sheet.write(row, 2, holds, align="center", **ROW, **colour)
        for column, key in enumerate(("limit", "promised", "simulated", "low", "high"), 3):
            sheet.write(row, column, promise[key], form, **ROW)
        sheet.write(row, 8, promise_sentence(promise["sentence"], lang), indent=1, **ROW)
        row += 1
    return row + 1


def _channels(q: Structure) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for plan in q["plans"]:
        for channel in plan["channels"]:
            yield plan, channel


def _columns(limits: list[str]) -> list[Column]:
    """Each measure in four columns: promised, simulated, and the ends of the interval."""
    columns = [
        Column("plan", "方案"), Column("channel", "渠道"), Column("kind", "类别"),
        Column("customers", "客户数", "customers"), Column("utilization", "利用率", "share"),
    ]  # fmt: skip
    measures = [
        ("wait, min", "平均等候（分钟）", "price"), ("lost", "流失率", "share"),
        *((f"within {within} min", f"{within} 分钟内服务率", "share") for within in limits),
    ]  # fmt: skip
    for english, chinese, form in measures:
        columns.append(Column(english, chinese, form))
        columns += [Column(f"{en}", zh, form) for en, zh in SIMULATED]
    return columns


def _channel(sheet: Sheet, plan: Mapping[str, Any], channel: Mapping[str, Any], limits: list[str]) -> list[Cell]:
    simulated = channel["simulated"] or {}
    cells: list[Cell] = [
        readable(plan["name"]), readable(channel["name"]), term(channel["kind"], sheet.book.lang),
        channel["customers"], channel["utilization"],
    ]  # fmt: skip
    for promised, found in (
        (channel["mean_wait"], simulated.get("mean_wait")),
        (channel["abandonment"], simulated.get("abandonment")),
        *((channel["service_level"].get(x), (simulated.get("service_level") or {}).get(x)) for x in limits),
    ):
        cells += [promised, *((found[key] for key in ("value", "low", "high")) if found else (None, None, None))]
    return cells
