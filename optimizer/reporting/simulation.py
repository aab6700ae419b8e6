"""Simulated days as titled tables: what is measured, and how sure it is."""

from collections.abc import Iterator, Mapping, Sequence

from optimizer.problem import Branch
from optimizer.reporting.text import Section
from optimizer.simulation import (
    ChannelContrast,
    ChannelService,
    Comparison,
    Contrast,
    Estimate,
    HallEstimate,
    Replay,
    Simulation,
    channel_contrast,
    channel_service,
)

NUMBER, SHARE, MONEY = "z.2f", "z.2%", "z,.0f"
"""Forms of numbers, without a sign before zero."""
SERVICE_HEADER = ("customers", "wait, min", "lost", "within the limit", "in use", "overtime, min")
COSTS_NOTE = "Wages, machines and campaign do not depend on what happens on a day: they are not among these costs."
DRAWN_NOTE = (
    "Who came when and for what is the log's. The intervals are of what is drawn anew each time: patience, amounts, "
    "who follows advice, forms, numbers that nobody answers, failures, and service times that the log does not have."
)
PAIRS_NOTE = (
    "Both policies meet the same customers. Narrower: how many times as wide the interval of a difference would be if "
    "each had customers of its own."
)


def simulation_sections(branch: Branch, simulation: Simulation, confidence: float) -> Iterator[Section]:
    """Service of each channel on each day type, and costs, with intervals."""
    for day_type, day in simulation.days.items():
        title = f"{day_type}: {branch.day_types[day_type].days} days a quarter, {day.days:,} simulated"
        rows = tuple(_service_rows(branch, [day], confidence))
        yield Section(f"{title}; {_intervals(confidence)}", ("", *SERVICE_HEADER), rows)
    yield _costs("Cost of the quarter [yuan]", simulation.costs, confidence)


def replay_sections(branch: Branch, replay: Replay, confidence: float) -> Iterator[Section]:
    """Service of each channel on each date of a log, and on all of them together, with intervals."""
    rows, times = [], replay.estimates[0].days
    for name, date in replay.dates.items():
        label = f"{name} ({date.day_type}, {date.customers} customers)"
        for row in _service_rows(branch, [date.estimate], confidence):
            rows.append((label, *row))
            label = ""
    title = f"Each date simulated {times:,} times with its own customers; {_intervals(confidence)}"
    yield Section(title, ("", "", *SERVICE_HEADER), tuple(rows), 2)
    together = tuple(_service_rows(branch, replay.estimates, confidence))
    yield Section(f"All {len(replay.dates)} dates together", ("", *SERVICE_HEADER), together)
    yield _costs("Cost of these dates [yuan]", replay.costs, confidence)


def comparison_sections(branch: Branch, comparison: Comparison, confidence: float) -> Iterator[Section]:
    """How far the second policy is from the first, on each day type and in the costs of the quarter."""
    header = ("", "", "policy", "against", "difference", "narrower")
    for day_type, day in comparison.days.items():
        title = f"{day_type}: {branch.day_types[day_type].days} days a quarter, {day.first.days:,} simulated"
        rows = []
        for name in branch.channels:
            label = name
            for row in _contrast_rows(channel_contrast(day, name), confidence):
                rows.append((label, *row))
                label = ""
        yield Section(f"{title}; {_intervals(confidence)}", header, tuple(rows), 2)
    costs = tuple(
        (name.replace("_", " "), *_contrast(contrast, confidence, MONEY))
        for name, contrast in comparison.costs.items()
        if contrast.first.value or contrast.second.value
    )
    yield Section("Cost of the quarter [yuan]", (header[0], *header[2:]), costs)


def _intervals(confidence: float) -> str:
    return f"{100 * confidence:g} % intervals"


def _service_rows(branch: Branch, days: Sequence[HallEstimate], confidence: float) -> Iterator[tuple[str, ...]]:
    for name in branch.channels:
        service = channel_service(days, name)
        if service is not None:
            yield (name, *_service(service, confidence, remote=name in branch.remotes))


def _service(service: ChannelService, confidence: float, remote: bool) -> Iterator[str]:
    customers = service.customers.value
    yield f"{customers:,.0f}" if customers >= 100 else f"{customers:.1f}"
    if remote:
        yield from ["-"] * (len(SERVICE_HEADER) - 1)
        return
    yield _between(service.mean_wait, confidence, NUMBER)
    yield _between(service.abandonment, confidence, SHARE)
    levels = (f"{limit:g} min: {_between(level, confidence, SHARE)}" for limit, level in service.service_levels.items())
    yield ", ".join(levels) or "-"
    yield "-" if service.utilization is None else f"{service.utilization:.0%}"
    yield f"{service.overtime.value:.1f}"


def _costs(title: str, costs: Mapping[str, Estimate], confidence: float) -> Section:
    rows = tuple(
        (name.replace("_", " "), _between(cost, confidence, MONEY)) for name, cost in costs.items() if cost.value
    )
    return Section(title, ("", ""), rows)


def _contrast_rows(contrast: ChannelContrast | None, confidence: float) -> Iterator[tuple[str, ...]]:
    if contrast is None:
        return
    yield ("customers", *(f"{customers.value:,.1f}" for customers in contrast.customers), "", "")
    measures = [("wait, min", contrast.mean_wait, NUMBER), ("lost", contrast.abandonment, SHARE)]
    measures += [(f"within {limit:g} min", level, SHARE) for limit, level in contrast.service_levels.items()]
    for what, measure, form in measures:
        if measure is not None:
            yield (what, *_contrast(measure, confidence, form))


def _contrast(contrast: Contrast, confidence: float, form: str) -> tuple[str, ...]:
    narrowing = contrast.narrowing
    difference, half = float(contrast.difference.value), float(contrast.difference.half_width(confidence))
    return (
        f"{float(contrast.first.value):{form}}", f"{float(contrast.second.value):{form}}",
        f"{difference:+{form}} ± {half:{form}}", "-" if narrowing is None else f"{narrowing:.1f}×",
    )  # fmt: skip


def _between(estimate: Estimate, confidence: float, form: str) -> str:
    """A value and half its interval."""
    return f"{float(estimate.value):{form}} ± {float(estimate.half_width(confidence)):{form}}"
