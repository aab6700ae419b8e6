"""What less waiting costs: the frontier of plans, the chosen one, and where no plan can lie."""

from typing import Any

from optimizer.reporting.quarter.page.chart import ALARM, PALE, PROMISED, Chart, Option, legend, tip, value_axis
from optimizer.reporting.quarter.page.locale import Locale

SAMPLES = 60


def frontier_chart(structure: dict[str, Any], locale: Locale) -> Chart:
    """People against all that customers cost; below the line of the bounds no plan can lie."""
    points = sorted(structure["frontier"], key=lambda point: (point["people_cost"], -point["waiting_cost"]))
    names = {key: locale.label(key) for key in ("plans_found", "chosen", "no_plan_below")}
    series: list[Option] = [
        {"type": "line", "name": names["plans_found"], "data": [_point(group, locale) for group in _together(points)],
         "symbol": "circle", "symbolSize": 8, "itemStyle": {"color": PROMISED},
         "lineStyle": {"color": PROMISED, "width": 1.5},
         "label": {"show": True, "position": "right", "offset": [0, -9], "formatter": "fn:label",
                   "color": PALE, "fontSize": 10}},
        {"type": "scatter", "name": names["chosen"], "symbol": "diamond", "symbolSize": 18, "z": 4,
         "itemStyle": {"color": ALARM}, "data": [_point([point], locale) for point in points if point["chosen"]]},
    ]  # fmt: skip
    shown = [names["plans_found"], names["chosen"]]
    if edge := proven_edge(points):
        shown.append(names["no_plan_below"])
        series.append(
            {"type": "line", "name": names["no_plan_below"], "data": edge, "showSymbol": False, "silent": True, "z": 1,
             "lineStyle": {"color": "#8b949e", "width": 1}, "itemStyle": {"color": "#8b949e"},
             "areaStyle": {"color": "#eceff2", "origin": "start"}}
        )  # fmt: skip
    axis = {"scale": True, "axisLabel": {"formatter": "fn:money"}}
    option: Option = {
        "grid": {"left": 16, "right": 24, "top": 46, "bottom": 26, "containLabel": True},
        "legend": legend(shown, left=8, top=0),
        "xAxis": value_axis(name=locale.label("people_cost"), nameLocation="middle", nameGap=28, **axis),
        "yAxis": value_axis(name=locale.label("waiting_cost"), nameLocation="end", **axis)
        | {"nameTextStyle": {"align": "left", "color": PALE, "fontSize": 11}},
        "series": series, "tooltip": {"trigger": "item", "formatter": "fn:tip", "confine": True},
    }  # fmt: skip
    return Chart("frontier", option, 380, locale.label("frontier_alt"))


def _together(points: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Points that lie at one place, since one plan is the best for several prices of labour."""
    places: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for point in points:
        places.setdefault((round(point["people_cost"]), round(point["waiting_cost"])), []).append(point)
    return list(places.values())


def _point(group: list[dict[str, Any]], locale: Locale) -> Option:
    """One place, with the prices of labour that lead there."""
    point, prices = group[0], sorted(point["labour_price"] for point in group)
    said = f"{prices[0]:g}" if len(prices) == 1 else f"{prices[0]:g}–{prices[-1]:g}"
    return {
        "value": [round(point["people_cost"]), round(point["waiting_cost"])], "text": f"×{said}",
        "tip": tip(
            locale, locale.label("labour_price_is", price=said),
            people_cost=locale.money(point["people_cost"]), waiting_cost=locale.money(point["waiting_cost"]),
            total=locale.money(point["cost"]), mean_wait=locale.minutes(point["mean_wait"]),
            lost=locale.share(point["lost"]), bound_priced=locale.money(point["bound"]), gap=locale.share(point["gap"]),
        ),
    }  # fmt: skip


def proven_edge(points: list[dict[str, Any]]) -> list[list[float]]:
    """The line below which the bounds leave room for no plan.

    The bound of a labour price p is one of waiting + p people, so that it is a straight line in the picture; the
    highest of them counts. Nothing where a bound is of something else: where it lies above its own plan.
    """
    points = sorted(points, key=lambda point: point["people_cost"])
    lines = [(point["bound"], point["labour_price"]) for point in points if point["bound"] is not None]
    above = any(
        point["bound"] > (point["waiting_cost"] + point["labour_price"] * point["people_cost"]) * (1 + 1e-9)
        for point in points
        if point["bound"] is not None
    )
    if above or not lines:
        return []
    first, last = points[0]["people_cost"], points[-1]["people_cost"]
    margin = 0.03 * (last - first)
    ends = [first - margin + (last - first + 2 * margin) * n / SAMPLES for n in range(SAMPLES + 1)]
    heights = [(people, max(bound - price * people for bound, price in lines)) for people in ends]
    return [[round(people), round(height)] for people, height in heights if height > 0]
