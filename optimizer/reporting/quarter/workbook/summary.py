"""What to do, what it costs and what was proven; the posters; what was assumed and noted."""

from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.reporting.quarter.text import saved_in_money
from optimizer.reporting.quarter.words import cost_name, display_width, poster_text, readable, term
from optimizer.reporting.quarter.workbook.book import ROW, Column, Sheet

Structure = Mapping[str, Any]


def write_summary(sheet: Sheet, q: Structure) -> None:
    """Headline, figures, layers of the proof, and costs by name."""
    words, lang = sheet.book.words, sheet.book.lang
    sheet.write(0, 0, sheet.book.name, bold=True, font_size=16)
    sheet.page.activate()
    sheet.upright(one_page=True)
    row = 2
    for text in headline(sheet, q):
        row = sheet.line(row, text, font_size=11)
    row = _figures(sheet, q, sheet.heading(row + 1, "Figures", "主要数字"))
    row = sheet.heading(row, "What was proven, layer by layer", "各层的证明")
    columns = [
        Column("layer", "层次"), Column("cost, yuan", "成本（元）", "yuan"),
        Column("no plan below, yuan", "下界（元）", "yuan"), Column("gap", "差距", "share"),
        Column("seconds", "用时（秒）", "hours"), Column("ended by", "结束原因"),
    ]  # fmt: skip
    layers = [
        (
            _layer(sheet, name, each),
            each["cost"],
            each["bound"],
            each["gap"],
            each.get("seconds"),
            term(each.get("ended_by"), lang),
        )
        for name, each in q["layers"].items()
        if each is not None
    ]
    row = sheet.table(row, columns, layers).end
    left_out = q["layers"]["quarter"].get("left_out")
    if left_out:
        english = f"In cost and bound: {left_out:,.0f} yuan that no decision changes."
        row = sheet.line(row - 1, words(english, f"成本与下界均含 {left_out:,.0f} 元不受任何决策影响的费用。")) + 1
    row = sheet.heading(row, "Costs of the quarter", "本季度成本")
    columns = [Column("cost", "项目"), Column("yuan", "元", "yuan", "total_cost")]
    sheet.table(row, columns, [(cost_name(name, lang), value) for name, value in q["costs"].items() if value])


def _layer(sheet: Sheet, name: str, layer: Structure) -> str:
    """The name of a layer, with the price of labour that its cost and bound are counted at."""
    said, price = term(name, sheet.book.lang), layer.get("labour_price", 1.0)
    priced = sheet.book.words(f", people at {price:.2g} of the wage", f"（人工按工资的 {price:.2g} 倍计）")
    return said if price == 1.0 else f"{said}{priced}"


def headline(sheet: Sheet, q: Structure) -> Iterator[str]:
    """What to do and what it brings, in a few sentences."""
    words = sheet.book.words
    open_days = sum(row["plan"] is not None for row in q["calendar"])
    if conflict := q.get("conflict"):
        together = "; ".join(conflict)
        yield words(
            f"These cannot hold together: {together}. The plan is the nearest to them.",
            f"以下要求无法同时满足：{together}。本方案为最接近的方案。",
        )
    if q["bound"] is None:
        yield words(f"The quarter costs {q['cost']:,.0f} yuan.", f"本季度总成本 {q['cost']:,.0f} 元。")
    else:
        cost, bound = f"{q['cost']:,.0f}", f"{q['bound']:,.0f}"
        proof = words("certified", "已证明") if q["certified"] else words("not certified", "未经证明")
        yield words(
            f"The quarter costs {cost} yuan; no plan costs less than {bound} (gap {q['gap']:.1%}, {proof}).",
            f"本季度总成本 {cost} 元；任何方案都不会低于 {bound} 元（差距 {q['gap']:.1%}，{proof}）。",
        )
    yield words(
        f"{len(q['people'])} people work {len(q['roster']):,} shifts on {open_days} open days.",
        f"{len(q['people'])} 人在 {open_days} 个营业日共上 {len(q['roster']):,} 个班。",
    )
    if q["uncovered"]:
        missing = sum(row["people"] for row in q["uncovered"])
        yield words(f"{missing} shifts have nobody: see Uncovered.", f"有 {missing} 个班无人可上，见“缺岗”。")
    yield verdict(sheet, q)
    if q["erlang"]:
        saves, saving = _saving(sheet, q["erlang"]["saving"]), abs(q["erlang"]["saving"])
        share = abs(q["erlang"]["saving_share"])
        yield words(
            f"Against Erlang by period it {saves} {saving:,.0f} yuan ({share:.1%}).",
            f"与按时段的爱尔朗公式相比，{saves} {saving:,.0f} 元（{share:.1%}）。",
        )
        if (money := saved_in_money(q)) is not None:
            saves = _saving(sheet, money)
            yield words(
                f"Without the price of people missing, which nobody pays, it {saves} {abs(money):,.0f} yuan.",
                f"不计缺岗代价（并非实际支出），{saves} {abs(money):,.0f} 元。",
            )
    if q["today"]:
        saving, broken = q["today"]["cost"] - q["cost"], q["today"]["broken"]
        saves = _saving(sheet, saving)
        yield words(
            f"Against what is done today it {saves} {abs(saving):,.0f} yuan; today breaks {broken} promises.",
            f"与现行做法相比，{saves} {abs(saving):,.0f} 元；现行做法未达到 {broken} 项承诺。",
        )


def _saving(sheet: Sheet, saving: float) -> str:
    return sheet.book.words("saves", "节省") if saving >= 0 else sheet.book.words("costs more by", "多花")


def verdict(sheet: Sheet, q: Structure) -> str:
    """What the simulation thinks of the promises."""
    holds = [promise["holds"] for promise in q["promises"]]
    kept, broken, open_ = holds.count(True), holds.count(False), holds.count(None)
    said = sheet.book.said(q["promise_words"]).rstrip(".。")
    counts = f"Of {len(holds)} promises by plan {kept} hold, {broken} fail, {open_} are not known."
    return sheet.book.words(
        f"{said[:1].upper()}{said[1:]}. {counts}",
        f"{said}。按方案计承诺共 {len(holds)} 项：成立 {kept} 项，不成立 {broken} 项，未验证 {open_} 项。",
    )


def _figures(sheet: Sheet, q: Structure, row: int) -> int:
    """The numbers people ask for first, each with a name of its own; gives the row of what follows."""
    words, lang, policy = sheet.book.words, sheet.book.lang, q["policy"]
    figures: list[tuple[str, Any, str, str]] = [
        (words("status", "状态"), term(q["status"], lang), "text", ""),
        (words("no plan below, yuan", "下界（元）"), q["bound"], "yuan", "cost_bound"),
        (words("gap", "差距"), q["gap"], "share", "cost_gap"),
        (words("greeters on duty", "大堂经理人数"), policy["greeters"], "count", ""),
        (words("campaign", "推广活动"), term(policy["campaign"], lang), "text", ""),
        (words("pitch while fewer wait than", "等候少于几人时营销"), policy["pitch_below"], "count", ""),
        (
            words("form at the window while fewer wait than", "等候少于几人时窗口填单"),
            policy["form_at_window_below"],
            "count",
            "",
        ),
    ]
    if policy["calls"] is not None:
        figures.append((words("calls per number", "每号叫号次数"), policy["calls"], "count", ""))
    if q["erlang"]:
        figures.append((words("cost by Erlang, yuan", "爱尔朗方案成本（元）"), q["erlang"]["cost"], "yuan", ""))
    if q["today"]:
        figures.append((words("cost today, yuan", "现行成本（元）"), q["today"]["cost"], "yuan", ""))
    sheet.write(row, 0, words("cost of the quarter, yuan", "本季度成本（元）"), **ROW)
    sheet.formula(row, 1, "=total_cost", q["cost"], "yuan", bold=True, **ROW)
    for at, (name, value, form, defined) in enumerate(figures, row + 1):
        sheet.write(at, 0, name, **ROW)
        sheet.write(at, 1, value, form, **ROW, align="right")
        sheet.need(0, display_width(name))
        if defined:
            sheet.define(defined, at, 1)
    return row + len(figures) + 2


def write_posters(sheet: Sheet, q: Structure) -> None:
    """Texts for the wall in both languages, the thresholds, and what each threshold diverts."""
    _words, _lang = sheet.book.words, sheet.book.lang
    row = sheet.begin(
        "Texts for the wall, the thresholds of this quarter and of today.", "张贴用语，本季度与现行的分流门槛。"
    )
    columns = [
        Column("diversion", "分流"), Column("below, yuan", "门槛（元）", "yuan"),
        Column("today, yuan", "现行门槛（元）", "yuan"), Column("for", "适用客户"),
        Column("customers diverted", "分流客户数", "customers", "total_diverted"),
        Column("text, Chinese", "中文"), Column("text, English", "英文"),
    ]  # fmt: skip
    rows = [
        (readable(p["diversion"]), p["threshold"], p["today"], ", ".join(map(readable, p["tiers"])), p["customers"],
         poster_text(p, "zh"), poster_text(p, "en"))
        for p in q["posters"]
    ]  # fmt: skip
    table = sheet.table(row, columns, rows)
    sheet.frozen(table)
    row = sheet.heading(table.end, "What each threshold diverts", "各门槛的分流比例")
    columns = [
        Column("diversion", "分流"), Column("below, yuan", "门槛（元）", "yuan"),
        Column("share diverted", "分流比例", "share"), Column("chosen", "已选"),
    ]  # fmt: skip
    shares = [
        (readable(p["diversion"]), threshold, share, threshold == p["threshold"])
        for p in q["posters"]
        for threshold, share in zip(p["thresholds"], p["diverted"], strict=True)
    ]
    row = sheet.table(row, columns, shares).end
    row = sheet.heading(row, "Amounts of the transactions", "交易金额分布")
    columns = [
        Column("diversion", "分流"), Column("from, yuan", "起（元）", "yuan"),
        Column("to, yuan", "止（元）", "yuan"), Column("share", "占比", "share"),
    ]  # fmt: skip
    amounts = [
        (readable(p["diversion"]), low, high, share)
        for p in q["posters"]
        if p["amounts"] is not None
        for low, high, share in zip(
            p["amounts"]["edges"], p["amounts"]["edges"][1:], p["amounts"]["shares"], strict=False
        )
    ]
    sheet.table(row, columns, amounts)


def write_assumptions(sheet: Sheet, q: Structure) -> None:
    """What was assumed, and where it was read."""
    row = sheet.begin("What the plan takes for granted.", "本方案所依据的前提。")
    columns = [Column("what", "内容"), Column("value", "取值"), Column("source", "来源")]
    table = sheet.table(
        row,
        columns,
        [tuple(map(sheet.book.said, (each["what"], each["value"], each["source"]))) for each in q["assumptions"]],
    )
    sheet.frozen(table)
    sheet.filtered(table, len(columns))


def write_notes(sheet: Sheet, q: Structure) -> None:
    """What else a reader must know, and what was run."""
    words, run = sheet.book.words, q["run"]
    row = sheet.begin("What else a reader must know.", "其他说明。")
    for note in q["notes"]:
        row = sheet.line(row, sheet.book.said(note))
    row += bool(q["notes"])
    for name, value in ((words("version", "版本"), run["version"]), (words("seed", "随机种子"), run["seed"]),
                        (words("finished", "完成时间"), run["finished"])):  # fmt: skip
        sheet.write(row, 0, name)
        sheet.write(row, 1, str(value))
        sheet.need(0, 14)
        sheet.need(1, 20)
        row += 1
