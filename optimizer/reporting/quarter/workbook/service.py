"""Service promised and simulated, with the interval of the simulation."""

from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.reporting.quarter.words import promise_sentence, readable, term
from optimizer.reporting.quarter.workbook.book import Cell, Column, Sheet

Structure = Mapping[str, Any]


def write_service(sheet: Sheet, q: Structure) -> None:
    """Promises first, then each channel's day by plan."""
    words, lang = sheet.book.words, sheet.book.lang
    row = sheet.begin(
        "What is promised and what the simulation finds, with its interval.", "承诺值与仿真值（含置信区间）。"
    )
    columns = [
        Column("plan", "方案"), Column("promise or channel", "承诺或渠道"), Column("measure", "指标"),
        Column("period", "时段", "clock"), Column("limit", "限值", "price"),
        Column("promised", "计算值", "price"), Column("simulated", "仿真值", "price"),
        Column("from", "下限", "price"), Column("to", "上限", "price"), Column("holds", "成立"),
    ]  # fmt: skip
    sheet.head(row, [words(each.english, each.chinese) for each in columns])
    sheet.page.freeze_panes(row + 1, 2)
    sheet.page.repeat_rows(row)
    row += 1
    for promise in q["promises"]:
        name = readable(promise["plan"]) if promise["plan"] else words("all", "全部")
        sentence = promise_sentence(promise["sentence"], lang)
        form = "share" if "%" in promise["sentence"] else "price"
        limit = f"{'≥' if promise['least'] else '≤'} "
        values = [promise[key] for key in ("limit", "promised", "simulated", "low", "high")]
        holds = promise["holds"]
        _row(sheet, row, (name, sentence, limit.strip(), promise["start"]), values, form, holds)
        if holds is not None:
            sheet.write(
                row, 9, holds, bottom=4, align="center", bold=True, font_color="#15803D" if holds else "#B91C1C"
            )
        row += 1
    row = sheet.heading(row + 1, "Each channel's day", "各渠道全天")
    for plan in q["plans"]:
        for channel in plan["channels"]:
            for measure, form, promised, simulated in _measures(sheet, channel):
                low_high = [simulated[key] for key in ("value", "low", "high")] if simulated else [None] * 3
                names = (readable(plan["name"]), readable(channel["name"]), measure, None)
                _row(sheet, row, names, [None, promised, *low_high], form, None)
                row += 1
    for column, width in enumerate((16, 40, 22, 7, 9, 11, 11, 9, 9, 7)):
        sheet.need(column, width)


def _row(
    sheet: Sheet,
    row: int,
    names: tuple[Cell, Cell, Cell, Cell],
    values: list[float | None],
    form: str,
    holds: bool | None,
) -> None:
    for column, (name, kind) in enumerate(zip(names, ("text", "text", "text", "clock"), strict=True)):
        sheet.write(row, column, name, kind, bottom=4, text_wrap=column == 1)
    for column, value in enumerate(values, 4):
        sheet.write(row, column, value, form, bottom=4)
    if holds is None:
        sheet.write(row, 9, None, bottom=4)


def _measures(
    sheet: Sheet, channel: Mapping[str, Any]
) -> Iterator[tuple[str, str, float | None, Mapping[str, float] | None]]:
    """What is measured of a channel's day, how it is written, and both numbers."""
    words, simulated = sheet.book.words, channel["simulated"] or {}
    kind = term(channel["kind"], sheet.book.lang)
    yield words(f"customers ({kind})", f"客户数（{kind}）"), "customers", channel["customers"], None
    if channel["mean_wait"] is not None:
        yield words("mean wait, min", "平均等候（分钟）"), "price", channel["mean_wait"], simulated.get("mean_wait")
    if channel["abandonment"] is not None:
        yield words("lost", "流失率"), "share", channel["abandonment"], simulated.get("abandonment")
    for within, level in channel["service_level"].items():
        title = words(f"served within {within} min", f"{within} 分钟内服务率")
        yield title, "share", level, (simulated.get("service_level") or {}).get(within)
    if channel["utilization"] is not None:
        yield words("utilization", "利用率"), "share", channel["utilization"], None
