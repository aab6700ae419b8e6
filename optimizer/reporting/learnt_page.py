"""A page that shows what was learnt from a log: tables and charts in one file, to read and to print."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from optimizer.calibration.branch_writing import WrittenBranch
from optimizer.calibration.draft import Source
from optimizer.calibration.learning import Learnt
from optimizer.reporting.learnt import interval_text, learnt_lines, poisson_words, read_section
from optimizer.reporting.learnt_charts import (
    amounts_chart,
    arrivals_chart,
    calendar_chart,
    patience_chart,
    service_chart,
    type_colours,
)

TEMPLATE = Path(__file__).with_name("learnt_page.html")
MOST_CHARTS = 12
"""Services and amounts that are drawn, those with most customers first; the table has all."""


def learnt_page(learnt: Learnt, written: WrittenBranch) -> str:
    """The page as HTML, without anything that it would have to fetch."""
    from jinja2 import Environment, StrictUndefined

    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    days = learnt.days
    return page.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        name=written.branch.name,
        source=learnt.source,
        first=min(days.customers),
        last=max(days.customers),
        tickets=f"{learnt.tickets:,}",
        read=read_section(learnt).rows,
        doubts=learnt.doubts.doubts,
        lines=list(learnt_lines(learnt, written)),
        arrivals=list(_arrivals(learnt)),
        calendar=calendar_chart(dict(days.of_date), days.day_types),
        colours=type_colours(days.day_types),
        factor=_factor(learnt),
        poisson=list(_poisson(learnt)),
        services=list(_services(learnt)),
        patience=list(_patience(learnt)),
        dead=list(_dead(learnt)),
        amounts=list(_amounts(learnt)),
        assumed=[entry for entry in written.entries if entry.source is Source.ASSUMED],
        kept=[entry for entry in written.entries if entry.source is Source.BASE],
    )


def _arrivals(learnt: Learnt) -> Iterator[dict[str, Any]]:
    most = max(float(each.customers.sum(axis=1).max()) for each in learnt.counts.values())
    for name, counts in learnt.counts.items():
        kind, totals = learnt.days.day_types[name], counts.totals
        yield {
            "name": name,
            "weekdays": ", ".join(kind.weekdays),
            "holiday": kind.holiday,
            "seen": len(counts.dates),
            "days": kind.days,
            "customers": f"{totals.mean():,.1f}",
            "range": f"{totals.min():,.0f} to {totals.max():,.0f}",
            "chart": arrivals_chart(counts, learnt.totals[name], 1.05 * most),
        }


def _factor(learnt: Learnt) -> str:
    factor = learnt.factor
    if factor is None:
        return "No day type has two days, so that nothing is known of how days differ."
    chance = (
        "days of one type differ more than chance makes them"
        if factor.poisson_p < 0.05
        else "chance alone could make days of one type differ so much"
    )
    return (
        f"The day factor, which makes all of a day busier or quieter, has a squared coefficient of variation of "
        f"{factor.likelihood.value:.3g} ({interval_text(factor.likelihood)}; {factor.likelihood.n} days): {chance}."
    )


def _poisson(learnt: Learnt) -> Iterator[str]:
    for kind, test in (("independence", learnt.independence), ("profile", learnt.dispersion)):
        what = "Moments within ten minutes" if kind == "independence" else "Customers by period, given the day's total,"
        if not test.n or test.p != test.p:
            yield f"{what}: too few to test whether they are Poisson's."
        elif test.doubtful():
            yield f"{what} are not Poisson's (p = {test.p:.2g}, n = {test.n:,}): {poisson_words(kind)}."
        else:
            yield f"{what} are as Poisson's would be (p = {test.p:.2f}, n = {test.n:,})."


def _services(learnt: Learnt) -> Iterator[dict[str, Any]]:
    drawn = sorted(learnt.services, key=lambda times: -times.mean.n)[:MOST_CHARTS]
    for times, histogram in zip(learnt.services, learnt.histograms, strict=True):
        yield {
            "channel": learnt.names.channel[times.channel],
            "transaction": learnt.names.transaction[times.transaction],
            "family": times.family,
            "mean": f"{times.mean.value:.3g}",
            "mean_interval": interval_text(times.mean),
            "scv": f"{times.scv.value:.3g}",
            "scv_interval": interval_text(times.scv),
            "n": f"{times.mean.n:,}",
            "left_out": f"{times.too_short + times.too_long:,}",
            "reason": times.reason,
            "chart": service_chart(times, histogram) if times in drawn else "",
        }


def _patience(learnt: Learnt) -> Iterator[dict[str, Any]]:
    for found in learnt.patience:
        yield {
            "tier": learnt.names.tier[found.tier],
            "customers": f"{found.customers:,}",
            "gave_up": f"{found.gave_up:,}",
            "unknown": f"{found.unknown:,}",
            "notes": found.notes if found.unknown or found.by_end else (),
            "family": found.family if found.mean is not None else "-",
            "mean": f"{found.mean.value:.3g}" if found.mean is not None else "-",
            "mean_interval": interval_text(found.mean) if found.mean is not None else "-",
            "scv": f"{found.scv.value:.3g}" if found.scv is not None else "-",
            "restricted": f"{found.restricted.value:.3g}",
            "horizon": f"{found.horizon:.3g}",
            "reason": found.reason,
            "unknowable": found.unknowable,
            "chart": patience_chart(found) if found.gave_up and len(found.curve.times) else "",
        }


def _dead(learnt: Learnt) -> Iterator[dict[str, Any]]:
    for name, dead in learnt.dead.items():
        if dead.no_show.value > 0:
            second = learnt.per_customer.get(name)
            yield {
                "transaction": learnt.names.transaction[name],
                "share": f"{100 * dead.no_show.value:.3g} %",
                "interval": f"{interval_text(dead.no_show, 100)} %",
                "n": f"{dead.no_show.n:,}",
                "seconds": f"{60 * dead.minutes.value:.3g}" if dead.minutes is not None else "-",
                "tickets": f"{second.value:.3g} ({interval_text(second)})" if second is not None else "-",
            }


def _amounts(learnt: Learnt) -> Iterator[dict[str, Any]]:
    for found in sorted(learnt.amounts, key=lambda each: -each.transactions)[:MOST_CHARTS]:
        yield {
            "transaction": learnt.names.transaction[found.transaction],
            "n": f"{found.transactions:,}",
            "heaps": ", ".join(f"{amount:,.0f}" for amount in found.heaps[:8]) or "none",
            "distance": f"{found.distance:.3f}",
            "chart": amounts_chart(found),
        }
