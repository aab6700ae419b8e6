"""Posters as pictures: the amounts that a threshold reaches, and whom each threshold would divert."""

from typing import Any

from optimizer.reporting.quarter.page.chart import (
    GRID,
    INK,
    PROMISED,
    Chart,
    Option,
    category_axis,
    tip,
    title,
    value_axis,
)
from optimizer.reporting.quarter.page.locale import Locale

REACHED, PARTLY, BEYOND = PROMISED, "#9fc2e6", "#d5dbe2"
TODAY = "#e08a2c"
MOST_LETTERS = 60
"""Of the names of bars that find room beside one another."""


def poster_chart(poster: dict[str, Any], index: int, locale: Locale) -> Chart:
    """Left: shares of amounts, those below the threshold dark; right: share diverted by threshold."""
    has_amounts = poster.get("amounts") is not None
    titles: list[Option] = []
    grids: list[Option] = []
    x_axes: list[Option] = []
    y_axes: list[Option] = []
    series: list[Option] = []
    for number, (part, shown) in enumerate((("amounts", has_amounts), ("diverted", True))):
        if not shown:
            continue
        at: Option = {"left": "0.5%", "width": "51%"} if number == 0 else {"left": "57%", "width": "42%"}
        titles.append(title(locale.label(f"poster_{part}"), at["left"], 0))
        grids.append({**at, "top": 34, "bottom": 8, "containLabel": True})
        names, bars = _amounts(poster, locale) if part == "amounts" else _diverted(poster, locale)
        axis = len(x_axes)
        label = {
            "interval": 0,
            "fontSize": 10,
            "lineHeight": 13,
            "rotate": 40 if sum(map(len, names)) > MOST_LETTERS else 0,
        }
        x_axes.append(category_axis(names, gridIndex=axis, axisLabel=label))
        y_axes.append(value_axis(gridIndex=axis, axisLabel={"formatter": "fn:percent"}, splitNumber=3))
        series.append(
            {"type": "bar", "xAxisIndex": axis, "yAxisIndex": axis, "data": bars,
             "barCategoryGap": "22%", "barMaxWidth": 80,
             "label": {"show": True, "position": "top", "color": INK, "fontSize": 10, "formatter": "fn:label"}}
        )  # fmt: skip
    option = {
        "title": titles, "grid": grids, "xAxis": x_axes, "yAxis": y_axes, "series": series,
        "tooltip": {"trigger": "item", "formatter": "fn:tip"},
    }  # fmt: skip
    return Chart(
        f"poster-{index}", option, 230, locale.label("poster_alt", name=locale.readable(poster["transaction"]))
    )


def _amounts(poster: dict[str, Any], locale: Locale) -> tuple[list[str], list[Option]]:
    """Shares of amounts between edges; a range that the threshold cuts is pale."""
    edges, shares, threshold = poster["amounts"]["edges"], poster["amounts"]["shares"], poster["threshold"]
    names, bars = [], []
    for low, high, share in zip(edges[:-1], edges[1:], shares, strict=True):
        name = f"{_short(low, locale)}–{_short(high, locale)}"
        names.append(name)
        colour = REACHED if high <= threshold else PARTLY if low < threshold else BEYOND
        bars.append(_bar(share, colour, f"{name} {locale.label('yuan')}", locale))
    return names, bars


def _diverted(poster: dict[str, Any], locale: Locale) -> tuple[list[str], list[Option]]:
    """Share diverted at each threshold; the chosen one is dark, today's has a frame."""
    names, bars = [], []
    for threshold, share in zip(poster["thresholds"], poster["diverted"], strict=True):
        chosen, today = threshold == poster["threshold"], threshold == poster["today"]
        words = [locale.label(key) for key, yes in (("chosen", chosen), ("today", today)) if yes]
        name = _short(threshold, locale) if threshold else locale.label("nobody")
        names.append("\n".join([name, *words]))
        bar = _bar(share, REACHED if chosen else BEYOND, name, locale)
        if today:
            bar["itemStyle"] |= {"borderColor": TODAY, "borderWidth": 2}
        bars.append(bar)
    return names, bars


def _bar(share: float, colour: str, name: str, locale: Locale) -> Option:
    said = locale.share(share)
    return {
        "value": share, "itemStyle": {"color": colour, "borderColor": GRID, "borderWidth": 0}, "text": said,
        "tip": tip(locale, name, share=said),
    }  # fmt: skip


def _short(amount: float, locale: Locale) -> str:
    """An amount as short as an axis wants it."""
    if locale.chinese:
        return f"{amount / 10_000:g}万" if amount >= 10_000 else f"{amount:g}"
    unit, name = (1_000_000, "M") if amount >= 1_000_000 else (1000, "k") if amount >= 1000 else (1, "")
    return f"{amount / unit:g}{name}"
