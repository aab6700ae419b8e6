"""Costs by name beside those of today and of Erlang by period; the frontier of people against waiting."""

from collections.abc import Mapping
from typing import Any

from optimizer.reporting.quarter.words import COSTS, cost_name
from optimizer.reporting.quarter.workbook.book import Column, Sheet, Table

Structure = Mapping[str, Any]
PEOPLE, CHOSEN = "#3B78B5", "#C7524A"
FILLS = {
    "salaries": "#1F4E79", "wages": "#1F4E79", "hourly_pay": "#3B78B5", "overtime_pay": "#6FA3D3",
    "rest_day_pay": "#9CC3E6", "holiday_pay": "#C5DCF0", "uncovered": "#C7524A", "wishes": "#7A828C",
    "changes": "#59616B",
    "fairness": "#B0B7C0", "surplus": "#D9A6A1", "overtime": "#7B5EA7", "waiting": "#E08A2C",
    "lost_customers": "#F2B872", "transactions": "#5B9E6F", "annoyance": "#A39A33", "pitches": "#2F8F8B",
    "campaign": "#D183A9", "machines": "#8B6B4F",
}  # fmt: skip
"""People in blues, customers in oranges, what is missing in red."""
CHART_ROWS = 23
"""Rows that the chart beside the table takes."""
FONT = {"size": 9, "color": "#374151"}


def write_costs(sheet: Sheet, q: Structure) -> None:
    """Costs by name in columns that can be compared, and as stacked columns."""
    words, lang = sheet.book.words, sheet.book.lang
    row = sheet.begin("Costs of the quarter by name, in yuan.", "本季度成本构成（元）。")
    sides = [("plan", "本方案", q["costs"], "")]
    if q["erlang"]:
        sides.append(("Erlang by period", "爱尔朗按时段", q["erlang"]["costs"], "erlang_cost"))
    if q["today"]:
        sides.append(("today", "现行做法", q["today"]["costs"], "today_cost"))
    names = [
        name
        for name in dict.fromkeys([*COSTS, *(name for *_, costs, _ in sides for name in costs)])
        if any(costs.get(name) for *_, costs, _ in sides)
    ]
    columns = [Column("cost", "项目"), *(Column(en, zh, "yuan", total) for en, zh, _, total in sides)]
    rows = [(cost_name(name, lang), *(costs.get(name) for *_, costs, _ in sides)) for name in names]
    table = sheet.table(row, columns, rows)
    sheet.frozen(table, 1)
    for column in range(1, len(columns)):
        sheet.need(column, 14)
    _stacked(sheet, table, names, len(sides))
    row = max(table.end, table.head + CHART_ROWS)
    for part in ("erlang", "today"):
        if q[part]:
            title = words("Erlang by period", "爱尔朗按时段") if part == "erlang" else words("Today", "现行做法")
            row = sheet.line(row, f"{title}: {sheet.book.said(q[part]['words'])}", italic=True)
    if q["erlang"] and q["erlang"]["simulated"]:
        s = q["erlang"]["simulated"]
        sheet.line(row, words(
            f"Saving simulated on {s['days']:,} days (seed {s['seed']}): "
            f"{s['value']:,.0f} yuan ({s['low']:,.0f} to {s['high']:,.0f}).",
            f"仿真 {s['days']:,} 天（种子 {s['seed']}）得到的节省："
            f"{s['value']:,.0f} 元（{s['low']:,.0f} 至 {s['high']:,.0f}）。",
        ))  # fmt: skip


def _stacked(sheet: Sheet, table: Table, names: list[str], sides: int) -> None:
    """A column for each way to run the quarter, a layer for each cost."""
    chart = sheet.book.workbook.add_chart({"type": "column", "subtype": "stacked"})
    for row, name in enumerate(names, table.first):
        chart.add_series({
            "name": f"={sheet.reference(row, 0, row, 0)}",
            "categories": f"={sheet.reference(table.head, 1, table.head, sides)}",
            "values": f"={sheet.reference(row, 1, row, sides)}",
            "fill": {"color": FILLS.get(name, "#D1D5DB")}, "gap": 60,
        })  # fmt: skip
    chart.set_title({"name": sheet.book.words("Costs of the quarter", "本季度成本"), "name_font": {"size": 12}})
    chart.set_y_axis({
        "num_format": "#,##0", "num_font": FONT, "name": sheet.book.words("yuan", "元"), "name_font": FONT,
        "major_gridlines": {"visible": True, "line": {"color": "#E5E7EB"}},
    })  # fmt: skip
    chart.set_x_axis({"num_font": FONT, "label_position": "low"})
    chart.set_legend({"position": "right", "font": FONT})
    chart.set_size({"width": 640, "height": 420})
    sheet.page.insert_chart(table.head, sides + 2, chart)


def write_frontier(sheet: Sheet, q: Structure) -> None:
    """What less waiting costs in people: the table, and the points as a picture."""
    row = sheet.begin(
        "The least cost at other prices of labour, at these posters; yuan a quarter.",
        "同样分流门槛下，人工价格系数不同时的最低成本（元/季度）。",
    )
    columns = [
        Column("labour price", "人工价格系数", "price"), Column("people", "人工", "yuan"),
        Column("waiting and losses", "等候与流失", "yuan"), Column("cost", "成本", "yuan"),
        Column("mean wait, min", "平均等候（分钟）", "minutes"), Column("lost", "流失率", "share"),
        Column("cost, labour at that price", "按该系数计的成本", "yuan"),
        Column("no plan below, labour at that price", "按该系数计的下界", "yuan"),
        Column("gap at that price", "按该系数计的差距", "share"),
        Column("chosen", "已选"),
    ]  # fmt: skip
    rows = [
        (p["labour_price"], p["people_cost"], p["waiting_cost"], p["cost"], p["mean_wait"], p["lost"],
         p["labour_price"] * p["people_cost"] + p["waiting_cost"], p["bound"], p["gap"], p["chosen"])
        for p in q["frontier"]
    ]  # fmt: skip
    table = sheet.table(row, columns, rows)
    sheet.frozen(table)
    chosen = [table.first + index for index, point in enumerate(q["frontier"]) if point["chosen"]]
    _scatter(sheet, table, chosen)


def _scatter(sheet: Sheet, table: Table, chosen: list[int]) -> None:
    """People against the mean wait; the chosen points stand out."""
    words = sheet.book.words
    chart = sheet.book.workbook.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
    for first, last, name, size, colour in [
        (table.first, table.last, words("least cost", "最低成本"), 6, PEOPLE),
        *((row, row, words("chosen", "已选"), 11, CHOSEN) for row in chosen[:1]),
    ]:
        chart.add_series({
            "name": name,
            "categories": f"={sheet.reference(first, 4, last, 4)}", "values": f"={sheet.reference(first, 1, last, 1)}",
            "marker": {"type": "circle", "size": size, "fill": {"color": colour}, "border": {"color": "#FFFFFF"}},
            "line": {"color": colour, "width": 1.5},
        })  # fmt: skip
    chart.set_title({"name": words("People against waiting", "人工与等候"), "name_font": {"size": 12}})
    axis = {"num_font": FONT, "name_font": FONT, "major_gridlines": {"visible": True, "line": {"color": "#E5E7EB"}}}
    chart.set_x_axis(axis | {"name": words("mean wait, min", "平均等候（分钟）"), "num_format": "0.0", "min": 0})
    chart.set_y_axis(axis | {"name": words("people, yuan a quarter", "人工（元/季度）"), "num_format": "#,##0"})
    chart.set_legend({"position": "bottom", "font": FONT})
    chart.set_size({"width": 640, "height": 380})
    sheet.page.insert_chart(table.last + 2, 0, chart)
