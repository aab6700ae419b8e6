"""A forecast of a quarter as tables on a screen, as files and as structured data."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import expm1
from typing import Any

from optimizer.calibration.back_testing import BackTest
from optimizer.calibration.calendar import DayFacts
from optimizer.calibration.forecast import DailyModel
from optimizer.calibration.planner_tables import Adjustment
from optimizer.calibration.quarter import QuarterDay, QuarterForecast
from optimizer.problem.calendar import WEEKDAYS
from optimizer.reporting.tables import csv_text
from optimizer.reporting.text import Section

MARKS = {"holiday": "h", "eve": "e", "make_up": "m"}


def kinds_of(facts: DayFacts) -> tuple[str, ...]:
    """Relations to public holidays that a date has."""
    return tuple(kind for kind in MARKS if getattr(facts, kind))


def forecast_csv(forecast: QuarterForecast, confidence: float) -> str:
    """Every date of the quarter; one without a day type is a closed day."""
    header = ["date", "weekday", "day_type", "kind", "holiday", "provisional", "customers", "low", "high"]
    rows = (
        [
            day.facts.date.isoformat(), day.facts.weekday, day.day_type, " ".join(kinds_of(day.facts)), day.facts.name,
            "yes" if day.facts.provisional else "no", day.customers, day.low, day.high,
        ]
        for day in forecast.days(confidence)
    )  # fmt: skip
    return csv_text(header, rows)


def arrivals_by_day_csv(forecast: QuarterForecast) -> str:
    """Customers by date, period and class, of the open days."""
    rows = (
        (day.isoformat(), start, transaction, tier, customers)
        for day, start, transaction, tier, customers in forecast.arrivals()
    )
    return csv_text(["date", "start", "transaction", "tier", "customers"], rows)


def forecast_sections(
    forecast: QuarterForecast, adjustments: Sequence[Adjustment], test: BackTest | None, confidence: float
) -> Iterator[Section]:
    """The quarter week by week and by day type, what was adjusted, what the history says and how good that is."""
    days = forecast.days(confidence)
    yield _weeks(days)
    yield _by_day_type(forecast)
    if adjustments:
        yield _adjusted(adjustments)
    if forecast.model is not None:
        yield _effects(forecast.model, confidence)
    if test is not None:
        yield _tested(test)


def total_line(forecast: QuarterForecast, confidence: float) -> str:
    """Customers of the whole quarter in one sentence."""
    mean, low, high = forecast.forecast.total(confidence)
    source = (
        "the arrivals of the branch's file, so the interval knows only that days are busy or quiet"
        if forecast.model is None
        else f"{forecast.model.days} days of history, {forecast.model.first} to {forecast.model.last}"
    )
    return (
        f"{forecast.quarter}: {mean:,.0f} customers on {len(forecast.forecast.days)} open days, "
        f"{low:,.0f} to {high:,.0f} with {confidence:.0%} confidence; from {source}."
    )


def _weeks(days: Sequence[QuarterDay]) -> Section:
    by_date = {day.facts.date: day for day in days}
    first, last = days[0].facts.date, days[-1].facts.date
    monday = first - timedelta(first.weekday())
    rows = []
    while monday <= last:
        week = [by_date.get(monday + timedelta(n)) for n in range(7)]
        rows.append((monday.isoformat(), *("" if day is None else _cell(day) for day in week)))
        monday += timedelta(7)
    title = "Customers by day: h holiday, e eve, m make-up day, - closed"
    return Section(title, ("week of", *WEEKDAYS), tuple(rows))


def _cell(day: QuarterDay) -> str:
    marks = "".join(MARKS[kind] for kind in kinds_of(day.facts))
    count = "-" if day.day_type is None else f"{day.customers:,.0f}"
    return f"{marks} {count}".strip()


def _by_day_type(forecast: QuarterForecast) -> Section:
    totals: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for day, customers in zip(forecast.forecast.days, forecast.forecast.customers, strict=True):
        counts[day.day_type] += 1
        totals[day.day_type] += customers
    rows = []
    for name, day_type in forecast.branch.day_types.items():
        given = sum(sum(volumes) for tiers in forecast.branch.arrivals[name].values() for volumes in tiers.values())
        average = f"{totals[name] / counts[name]:,.0f}" if counts[name] else "-"
        rows.append((name, str(counts[name]), str(day_type.days), average, f"{given:,.0f}"))
    header = ("", "days", "in the branch's file", "customers a day", "in the branch's file")
    return Section("By day type", header, tuple(rows))


def _adjusted(adjustments: Sequence[Adjustment]) -> Section:
    rows = tuple((f"{a.first} to {a.last}", a.transaction, a.tier, a.reason, f"{a.factor:g}") for a in adjustments)
    return Section("Adjusted by the planner", ("", "transaction", "tier", "reason", "factor"), rows, numbers_from=4)


def _effects(model: DailyModel, confidence: float) -> Section:
    rows = []
    for name, effect in model.factors.items():
        ends = (f"{expm1(value):+.1%}" for value in (effect.value, *effect.interval(confidence)))
        rows.append((name, *ends))
    spread = (f"{scv**0.5:.1%}" for scv in (model.scv.value, *model.scv.interval(confidence)))
    rows.append(("a day beside its mean, coefficient of variation", *spread))
    return Section("What the history says, beside the day types", ("", "change", "low", "high"), tuple(rows))


def _tested(test: BackTest) -> Section:
    rows = [
        (name, f"{errors.mean_absolute:,.1f}", f"{errors.root_mean_square:,.1f}",
         *(f"{share:.0%}" for share in errors.coverage.values()))
        for name, errors in (("this forecast", test.model), ("same weekday of the last week", test.naive))
    ]  # fmt: skip
    header = ("", "mean absolute error", "root mean square", *(f"in the {c:.0%} interval" for c in test.model.coverage))
    title = f"Past days forecast from the days before, {test.origins} times, {test.days} days"
    return Section(title, header, tuple(rows))


def forecast_structure(
    forecast: QuarterForecast, adjustments: Sequence[Adjustment], test: BackTest | None, confidence: float
) -> dict[str, Any]:
    """All that a forecast says, for programs."""
    mean, low, high = forecast.forecast.total(confidence)
    return {
        "quarter": str(forecast.quarter),
        "confidence": confidence,
        "provisional": any(facts.provisional for facts in forecast.calendar.values()),
        "notes": list(forecast.notes),
        "total": {"customers": mean, "low": low, "high": high},
        "days": [_day(day) for day in forecast.days(confidence)],
        "adjustments": [
            {"from": a.first.isoformat(), "to": a.last.isoformat(), "transaction": a.transaction, "tier": a.tier,
             "factor": a.factor, "reason": a.reason}
            for a in adjustments
        ],
        "model": None if forecast.model is None else _model(forecast.model, confidence),
        "back_test": None if test is None else {
            "origins": test.origins, "days": test.days,
            **{name: {
                "mean_absolute": errors.mean_absolute, "root_mean_square": errors.root_mean_square,
                "coverage": {f"{c:g}": share for c, share in errors.coverage.items()},
            } for name, errors in (("model", test.model), ("seasonal_naive", test.naive))},
        },
    }  # fmt: skip


def _day(day: QuarterDay) -> dict[str, Any]:
    return {
        "date": day.facts.date.isoformat(), "weekday": day.facts.weekday, "day_type": day.day_type,
        "kind": list(kinds_of(day.facts)), "holiday": day.facts.name, "provisional": day.facts.provisional,
        "customers": day.customers, "low": day.low, "high": day.high,
    }  # fmt: skip


def _model(model: DailyModel, confidence: float) -> dict[str, Any]:
    def ends(low: float, high: float) -> dict[str, float]:
        return {"low": low, "high": high}

    return {
        "days": model.days, "first": model.first.isoformat(), "last": model.last.isoformat(),
        "scv": {"value": model.scv.value, **ends(*model.scv.interval(confidence))},
        "correlation": model.correlation,
        "log_factors": {
            name: {"value": effect.value, "standard_error": effect.standard_error, **ends(*effect.interval(confidence))}
            for name, effect in model.factors.items()
        },
    }  # fmt: skip
