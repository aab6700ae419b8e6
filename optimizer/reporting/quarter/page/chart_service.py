"""Promises of service: limit, promised and simulated share, on one line each."""

from typing import Any

from optimizer.reporting.quarter.page.chart import (
    ALARM,
    INK,
    PROMISED,
    SIMULATED,
    Chart,
    Option,
    category_axis,
    legend,
    tip,
    value_axis,
)
from optimizer.reporting.quarter.page.locale import Locale

MOST = 24
"""Promises that are drawn: those with least to spare; the table has all."""


def drawn(structure: dict[str, Any]) -> list[dict[str, Any]]:
    """Promises of a least share, those with least to spare first where there are too many; else as they come."""
    shares = [promise for promise in structure["promises"] if promise["least"] and promise["limit"] <= 1]
    if len(shares) <= MOST:
        return shares
    return sorted(shares, key=_spare)[:MOST]


def _spare(promise: dict[str, Any]) -> float:
    found: float = promise["promised"] if promise["simulated"] is None else promise["simulated"]
    return found - float(promise["limit"])


def service_chart(structure: dict[str, Any], locale: Locale) -> Chart:
    """A line for each promise: a tick at its limit, a circle as promised, a dot with whiskers as simulated."""
    promises = drawn(structure)
    names = {key: locale.label(key) for key in ("limit", "promised", "simulated_interval")}
    lowest = min(
        [1.0, *(value for p in promises for value in (p["limit"], p["promised"], p["low"]) if value is not None)]
    )
    series: list[Option] = [
        {"type": "custom", "renderItem": "fn:limit", "name": names["limit"], "itemStyle": {"color": ALARM},
         "encode": {"x": 0, "y": 1}, "z": 1, "data": [_dot(p, n, "limit", locale) for n, p in enumerate(promises)]},
        {"type": "scatter", "name": names["promised"], "symbol": "circle", "symbolSize": 11, "z": 2,
         "itemStyle": {"color": "#ffffff", "borderColor": PROMISED, "borderWidth": 2},
         "data": [_dot(p, n, "promised", locale) for n, p in enumerate(promises)]},
    ]  # fmt: skip
    if measured := [(n, p) for n, p in enumerate(promises) if p["simulated"] is not None]:
        series.append(
            {"type": "custom", "renderItem": "fn:interval", "name": names["simulated_interval"], "z": 3,
             "itemStyle": {"color": SIMULATED}, "encode": {"x": [0, 2, 3], "y": 1},
             "data": [_interval(p, n, locale) for n, p in measured]}
        )  # fmt: skip
    shown = list(names.values()) if measured else list(names.values())[:2]
    option: Option = {
        "grid": {"left": 8, "right": 24, "top": 34, "bottom": 6, "containLabel": True},
        "legend": legend(shown, left=8, top=0),
        "xAxis": value_axis(min=int(lowest * 10) / 10, max=1, axisLabel={"formatter": "fn:percent"}),
        "yAxis": category_axis([_label(p, locale) for p in promises], inverse=True,
                               axisLabel={"interval": 0, "color": INK, "width": 420, "overflow": "truncate"}),
        "series": series, "tooltip": {"trigger": "item", "formatter": "fn:tip", "confine": True},
    }  # fmt: skip
    return Chart("service", option, 62 + 24 * len(promises), locale.label("service_alt"))


def where(promise: dict[str, Any], locale: Locale) -> str:
    """Plan and period in which a promise has least to spare."""
    return " ".join(locale.readable(promise[key]) for key in ("plan", "start") if promise[key])


def _label(promise: dict[str, Any], locale: Locale) -> str:
    place = where(promise, locale)
    name = locale.readable(promise["name"])
    return f"{name}{'，' if locale.chinese else ', '}{place}" if place else name


def _tip(promise: dict[str, Any], locale: Locale) -> str:
    said = {"limit": locale.share(promise["limit"]), "promised": locale.share(promise["promised"])}
    if promise["simulated"] is not None:
        interval = locale.span(locale.share(promise["low"]), locale.share(promise["high"]))
        said["simulated"] = f"{locale.share(promise['simulated'])} ({interval})"
    return tip(locale, _label(promise, locale), **said)


def _dot(promise: dict[str, Any], row: int, key: str, locale: Locale) -> Option:
    return {"value": [round(promise[key], 4), row], "tip": _tip(promise, locale)}


def _interval(promise: dict[str, Any], row: int, locale: Locale) -> Option:
    value, low, high = (round(promise[key], 4) for key in ("simulated", "low", "high"))
    return {"value": [value, row, low, high], "tip": _tip(promise, locale)}
