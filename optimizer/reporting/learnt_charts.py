"""Charts of what was learnt from a log, as SVG for a page. Names stand beside them, in the page's own letters."""

import io
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import accumulate, cycle, pairwise
from math import exp, log
from statistics import NormalDist
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from optimizer.calibration.amounts import Amounts
from optimizer.calibration.arrivals import ArrivalCounts, ArrivalRates
from optimizer.calibration.patience import Patience
from optimizer.calibration.service_times import Histogram, ServiceTimes
from optimizer.problem import format_clock
from optimizer.reporting.picture import FAINT, INK, ON_DUTY, STYLE, WAITING

HALF, WHOLE = 4.6, 9.4
"""Widths [inches]."""
COLOURS = ("#5b9bd9", "#e2a33c", "#6bb38a", "#b07cc6", "#d0695f", "#8a8f98", "#3f6f8f", "#b8b04a")
"""Of day types, in their order; of more than eight they begin again."""
BARS = 40
SHOWN = 0.99
"""Share of services that a histogram shows; the longest would leave the rest no room."""


def arrivals_chart(counts: ArrivalCounts, rates: ArrivalRates, most: float) -> str:
    """Customers a period over the day, with intervals.

    Args:
        counts: customers of the days.
        rates: of all customers together.
        most: end of the axis, the same for all day types.
    """
    figure, panel = _figure(HALF, 2.1)
    periods = rates.rates.shape[1]
    edges = [rates.opening + rates.period * t for t in range(periods + 1)]
    estimates = [rates.estimate(0, t) for t in range(periods)]
    low, high = zip(*([rates.period * max(0.0, end) for end in e.interval()] for e in estimates), strict=True)
    panel.stairs(high, edges, baseline=low, fill=True, color=WAITING, alpha=0.3, lw=0)
    panel.stairs([rates.period * e.value for e in estimates], edges, color=WAITING, lw=1.8, baseline=None)
    middles = [edge + rates.period / 2 for edge in edges[:-1]]
    for day in counts.customers.sum(axis=1)[:60]:
        panel.plot(middles, day, ".", color=FAINT, ms=2.6, alpha=0.55, mew=0)
    panel.set_ylim(0, most)
    panel.set_xlim(edges[0], edges[-1])
    panel.xaxis.set_major_locator(MultipleLocator(60 * max(1, round(periods * rates.period / 60 / 8))))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda minutes, _: format_clock(int(minutes) % 1441)))
    panel.set_ylabel(f"customers in {rates.period} min", color=FAINT)
    return _svg(figure)


def service_chart(times: ServiceTimes, histogram: Histogram) -> str:
    """Histogram of service times with the family nearest to it; dashed where a table was taken instead."""
    figure, panel = _figure(HALF, 1.9)
    whole = float(histogram.counts.sum())
    shares = [float(count) / whole for count in histogram.counts]
    minutes = [float(second) / 60 for second in histogram.seconds]
    last = next(m for m, up_to in zip(minutes, accumulate(shares), strict=True) if up_to >= SHOWN or m == minutes[-1])
    width = max(last / BARS, 1.0 if histogram.minutes_only else 1 / 60)
    bars = [0.0] * (int(last / width) + 1)
    for minute, share in zip(minutes, shares, strict=True):
        if minute < width * len(bars):
            bars[int(minute / width)] += share
    edges = [width * n for n in range(len(bars) + 1)]
    panel.stairs(bars, edges, fill=True, color=WAITING, alpha=0.45, lw=0)
    if times.fits:
        fitted = [b - a for a, b in pairwise(float(up_to) for up_to in times.fits[0].cdf(edges))]
        middles = [edge + width / 2 for edge in edges[:-1]]
        panel.plot(middles, fitted, color=ON_DUTY, lw=1.6, ls="--" if times.family == "table" else "-")
    panel.axvline(times.mean.value, color=INK, lw=0.8, ls=(0, (2, 2)))
    panel.set_xlim(0, edges[-1])
    panel.set_ylim(0, 1.3 * max(bars))
    _shares(panel)
    panel.set_xlabel("minutes", color=FAINT)
    return _svg(figure)


def patience_chart(found: Patience) -> str:
    """Kaplan and Meier's curve of those still willing to wait, with its band and the fit."""
    figure, panel = _figure(HALF, 2.1)
    curve = found.curve
    times, alive = [0.0, *map(float, curve.times)], [1.0, *map(float, curve.survival)]
    errors = [0.0, *map(float, curve.standard_errors)]
    low = [max(0.0, share - 1.96 * error) for share, error in zip(alive, errors, strict=True)]
    high = [min(1.0, share + 1.96 * error) for share, error in zip(alive, errors, strict=True)]
    panel.fill_between(times, low, high, step="post", color=WAITING, alpha=0.3, lw=0)
    panel.step(times, alive, where="post", color=WAITING, lw=1.8)
    # Beyond the horizon few waited, and the curve says little.
    last = max(min(curve.last, 1.5 * found.horizon), 1e-3)
    if found.fits:
        grid = [last * n / 100 for n in range(101)]
        panel.plot(grid, 1 - found.fits[0].cdf(grid), color=ON_DUTY, lw=1.6)
    panel.axvline(found.horizon, color=INK, lw=0.8, ls=(0, (2, 2)))
    panel.set_xlim(0, last)
    panel.set_ylim(0, 1.02)
    _shares(panel)
    panel.set_xlabel("minutes waited", color=FAINT)
    return _svg(figure)


def amounts_chart(found: Amounts) -> str:
    """Share of transactions up to an amount, with the lognormal fit."""
    figure, panel = _figure(HALF, 1.9)
    whole = float(found.counts.sum())
    panel.step(found.values, [part / whole for part in accumulate(found.counts)], where="post", color=WAITING, lw=1.8)
    fitted = NormalDist(found.log_mean.value, found.log_sd.value)
    first, last = log(found.values[0]), log(found.values[-1])
    logs = [first + (last - first) * n / 200 for n in range(201)]
    panel.plot([exp(each) for each in logs], [fitted.cdf(each) for each in logs], color=ON_DUTY, lw=1.4)
    panel.set_xscale("log")
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    panel.set_ylim(0, 1.02)
    _shares(panel)
    panel.set_xlabel("yuan", color=FAINT)
    return _svg(figure)


def calendar_chart(types: dict[date, str], names: Iterable[str]) -> str:
    """Every date of the log as a square in the colour of its day type, a column for each week."""
    first, last = min(types), max(types)
    monday = first - timedelta(first.weekday())
    weeks = (last - monday).days // 7 + 1
    colours = type_colours(names)
    side = min(0.3, 8.4 / max(weeks, 12))
    figure, panel = _figure(side * weeks + 0.9, 7 * side + 0.5)
    for n in range(weeks * 7):
        day = monday + timedelta(n)
        if first <= day <= last:
            colour = colours.get(types.get(day, ""), "#eeeeee")
            panel.add_patch(Rectangle((n // 7 + 0.06, n % 7 + 0.06), 0.88, 0.88, color=colour, lw=0))
    begins = [(monday + timedelta(7 * n + 6)).replace(day=1) for n in range(weeks)]
    months = [n for n in range(weeks) if n == 0 or begins[n] != begins[n - 1]]
    months = [n for place, n in enumerate(months) if place + 1 == len(months) or months[place + 1] - n > 2]
    panel.set_xlim(0, weeks)
    panel.set_ylim(7, 0)
    panel.set_aspect("equal")
    panel.set_xticks([n + 0.5 for n in months], [f"{begins[n]:%Y-%m}" for n in months])
    panel.set_yticks([n + 0.5 for n in range(7)], ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
    panel.tick_params(length=0)
    panel.grid(False)
    panel.spines[:].set_visible(False)
    return _svg(figure)


def type_colours(names: Iterable[str]) -> dict[str, str]:
    """Colours of day types, for the words beside the calendar."""
    return dict(zip(names, cycle(COLOURS), strict=False))


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    with rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        figure.patch.set_alpha(0)
        FigureCanvasSVG(figure)
        panel: Axes = figure.subplots()
    panel.grid(axis="y", color="#e6e6e6", lw=0.6)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)
    panel.yaxis.set_major_locator(MaxNLocator(4))
    return figure, panel


def _shares(panel: Axes) -> None:
    panel.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g} %"))


def _svg(figure: Figure) -> str:
    out = io.StringIO()
    style: Any = STYLE
    with rc_context(style):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
