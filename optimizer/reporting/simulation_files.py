"""Simulated days as structures for JSON, and as tables for a spreadsheet."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from optimizer.problem import Branch, write_text
from optimizer.reporting.tables import Cell, csv_text
from optimizer.simulation import (
    ChannelContrast,
    ChannelService,
    Comparison,
    Contrast,
    Estimate,
    HallDay,
    HallEstimate,
    Measures,
    Replay,
    Simulation,
    channel_contrast,
    channel_service,
    class_name,
)

COUNTS = {
    "customers": "arrivals", "waiting": "waiting", "abandoned": "abandoned", "turned_away": "turned_away",
    "served": "served", "desk_minutes": "desk_minutes", "pitches": "pitches", "forms_at_window": "forms_at_window",
}  # fmt: skip
"""Measures that are numbers of customers or minutes of a day, by their name in files."""
NOTHING: dict[str, Any] = {"value": None, "error": None}
SHARES = ("mean_wait", "abandonment")
"""Measures for each customer; there are none where nobody came."""


def simulation_structure(branch: Branch, simulation: Simulation) -> dict[str, Any]:
    """Everything that was measured, by channel, tier, class and period; times in minutes, money in yuan."""
    return {
        "seed": simulation.seed,
        "costs": _costs(simulation.costs),
        "day_types": {name: _day(branch, name, day) for name, day in simulation.days.items()},
    }


def replay_structure(branch: Branch, replay: Replay) -> dict[str, Any]:
    """Service by date and channel, and on all dates together; errors are of what the log does not say."""
    return {
        "seed": replay.seed,
        "simulated": replay.estimates[0].days,
        "costs": _costs(replay.costs),
        "together": _services(branch, replay.estimates),
        "dates": {
            name: {
                "day_type": date.day_type,
                "customers": date.customers,
                "costs": _costs(date.estimate.costs),
                "channels": _services(branch, [date.estimate]),
            }
            for name, date in replay.dates.items()
        },
    }


def comparison_structure(branch: Branch, comparison: Comparison) -> dict[str, Any]:
    """Two policies on the same days: first the policy, second the one that it is held against."""
    return {
        "seed": comparison.seed,
        "costs": {name: _contrast(cost) for name, cost in comparison.costs.items()},
        "day_types": {
            day_type: {
                "days": branch.day_types[day_type].days,
                "simulated": day.first.days,
                "channels": {
                    name: _channel_contrast(contrast)
                    for name in branch.channels
                    if (contrast := channel_contrast(day, name)) is not None
                },
            }
            for day_type, day in comparison.days.items()
        },
    }


def _day(branch: Branch, day_type: str, day: HallEstimate) -> dict[str, Any]:
    return {
        "days": branch.day_types[day_type].days,
        "simulated": day.days,
        "starts": [branch.clock(day_type, t) for t in range(day.periods)],
        "costs_per_day": _costs(day.costs),
        "channels": {
            name: _channel(branch, day, name, service)
            for name in branch.channels
            if (service := channel_service([day], name)) is not None
        },
    }


def _channel(branch: Branch, day: HallEstimate, name: str, service: ChannelService) -> dict[str, Any]:
    keys = {key for key in day.groups.keys if key[0] == name}
    use = {} if name in branch.remotes else {
        "utilization": {"value": service.utilization, "by_period": _number(day.utilization(name))},
        "overtime": _number(service.overtime),
    }  # fmt: skip
    return {
        **_measures(day.measures(name), day.measures(name, by_period=True)),
        **use,
        "tiers": {
            tier: _measures(day.measures(name, group=tier), day.measures(name, group=tier, by_period=True))
            for tier in branch.tiers
            if (name, tier, None) in keys
        },
        "classes": [
            {"transaction": transaction, "tier": tier}
            | _measures(day.measures(name, of_class=which), day.measures(name, of_class=which, by_period=True))
            for transaction, tier in branch.classes
            if (name, tier, which := class_name(transaction, tier)) in keys
        ],
    }


def _measures(whole: Measures, periods: Measures) -> dict[str, Any]:
    """Measures of the day, and by period."""
    came, came_in = bool(whole.arrivals.value > 0), (periods.arrivals.value > 0).tolist()

    def counted(name: str) -> dict[str, Any]:
        return _number(getattr(whole, name)) | {"by_period": _number(getattr(periods, name))}

    def shared(day: Estimate, by_period: Estimate) -> dict[str, Any]:
        return (_number(day) if came else dict(NOTHING)) | {"by_period": _where(came_in, by_period)}

    return {
        **{name: counted(field) for name, field in COUNTS.items()},
        **{name: shared(getattr(whole, name), getattr(periods, name)) for name in SHARES},
        "service_level": {
            f"{limit:g}": shared(level, periods.service_levels[limit]) for limit, level in whole.service_levels.items()
        },
    }


def _number(estimate: Estimate) -> dict[str, Any]:
    """A mean and its standard error, or a list of either."""
    return {"value": estimate.value.tolist(), "error": estimate.error.tolist()}


def _where(known: list[bool], estimate: Estimate) -> dict[str, Any]:
    """Means and standard errors by period, where they are known."""
    return {
        key: [value if there else None for value, there in zip(values, known, strict=True)]
        for key, values in _number(estimate).items()
    }


def _costs(costs: Mapping[str, Estimate]) -> dict[str, Any]:
    return {name: _number(cost) for name, cost in costs.items()}


def _services(branch: Branch, days: Sequence[HallEstimate]) -> dict[str, Any]:
    return {
        name: {
            "customers": _number(service.customers),
            "mean_wait": _number(service.mean_wait),
            "abandonment": _number(service.abandonment),
            "service_level": {f"{limit:g}": _number(level) for limit, level in service.service_levels.items()},
            "utilization": None if name in branch.remotes else service.utilization,
            "overtime": None if name in branch.remotes else _number(service.overtime),
        }
        for name in branch.channels
        if (service := channel_service(days, name)) is not None
    }


def _channel_contrast(contrast: ChannelContrast) -> dict[str, Any]:
    first, second = contrast.customers
    return {
        "customers": {"first": _number(first), "second": _number(second)},
        "mean_wait": None if contrast.mean_wait is None else _contrast(contrast.mean_wait),
        "abandonment": None if contrast.abandonment is None else _contrast(contrast.abandonment),
        "service_level": {f"{limit:g}": _contrast(level) for limit, level in contrast.service_levels.items()},
    }


def _contrast(contrast: Contrast) -> dict[str, Any]:
    return {
        "first": _number(contrast.first),
        "second": _number(contrast.second),
        "difference": _number(contrast.difference),
        "narrowing": contrast.narrowing,
    }


def simulation_csv(branch: Branch, simulation: Simulation) -> str:
    """Means and standard errors by day type, channel, class and period."""
    limits = sorted({limit for day in simulation.days.values() for each in day.limits.values() for limit in each})
    names = ["customers", "mean_wait", *(f"within_{limit:g}" for limit in limits), "abandonment"]
    header = ["day_type", "channel", "transaction", "tier", "start"]
    header += [column for name in names for column in (name, f"{name}_error")]
    return csv_text(header, _simulation_rows(branch, simulation, limits))


def _simulation_rows(branch: Branch, simulation: Simulation, limits: Sequence[float]) -> Iterator[list[Cell]]:
    for day_type, day in simulation.days.items():
        for name in branch.channels:
            for transaction, tier in branch.classes:
                which = class_name(transaction, tier)
                if (name, tier, which) not in day.groups.keys:
                    continue
                measures = day.measures(name, of_class=which, by_period=True)
                levels = [measures.service_levels.get(limit) for limit in limits]
                shares = [measures.mean_wait, *levels, measures.abandonment]
                for t, customers in enumerate(measures.arrivals.value):
                    row: list[Cell] = [day_type, name, transaction, tier, branch.clock(day_type, t)]
                    row += [float(customers), float(measures.arrivals.error[t])]
                    for share in shares:
                        row += [None, None] if share is None or customers == 0 else _at(share, t)
                    yield row


def _at(estimate: Estimate, period: int) -> list[Cell]:
    return [float(estimate.value[period]), float(estimate.error[period])]


def replay_csv(branch: Branch, replay: Replay) -> str:
    """Means and standard errors by date and channel, those of all dates together last."""
    limits = sorted({limit for day in replay.estimates for each in day.limits.values() for limit in each})
    names = ["mean_wait", *(f"within_{limit:g}" for limit in limits), "abandonment"]
    header = ["date", "day_type", "channel", "customers"]
    header += [column for name in names for column in (name, f"{name}_error")] + ["utilization", "overtime"]
    dates = [(name, date.day_type, [date.estimate]) for name, date in replay.dates.items()]
    every = [*dates, ("all", None, list(replay.estimates))]
    rows = (row for name, day_type, days in every for row in _replay_rows(branch, name, day_type, days, limits))
    return csv_text(header, rows)


def _replay_rows(
    branch: Branch, date: str, day_type: str | None, days: Sequence[HallEstimate], limits: Sequence[float]
) -> Iterator[list[Cell]]:
    for name in branch.channels:
        service = channel_service(days, name)
        if service is None:
            continue
        levels = [service.service_levels.get(limit) for limit in limits]
        row: list[Cell] = [date, day_type, name, float(service.customers.value)]
        for share in (service.mean_wait, *levels, service.abandonment):
            row += [None, None] if share is None else [float(share.value), float(share.error)]
        yield [
            *row,
            *([None, None] if name in branch.remotes else [service.utilization, float(service.overtime.value)]),
        ]


def events_csv(branch: Branch, day_type: str, day: HallDay) -> str:
    """Everything that happens on one day, and how full the channel is after it."""
    header = ["time", "minutes", "event", "customer", "transaction", "tier", "channel", "waiting", "dead_numbers",
              "in_service", "servers"]  # fmt: skip
    classes: dict[str | None, tuple[str | None, str | None]] = {class_name(*each): each for each in branch.classes}
    classes[None] = (None, None)
    opening = branch.hours(day_type).open
    rows = (
        [time_of_day(opening + event.moment), event.moment, event.happening.value, event.customer,
         *classes[event.of_class], event.station, *(event.after or (None,) * 4)]
        for event in day.events
    )  # fmt: skip
    return csv_text(header, rows)


def time_of_day(minutes: float) -> str:
    """Minutes after midnight as ``"HH:MM:SS"``.

    >>> time_of_day(541.5)
    '09:01:30'
    """
    seconds = int(minutes * 60)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def write_files(folder: Path, texts: Mapping[str, str], stale: Iterable[str] = ()) -> tuple[Path, ...]:
    """Write files by name; those that an earlier run has left and this one does not write are removed."""
    for name in set(stale) - set(texts):
        (folder / name).unlink(missing_ok=True)
    for name, text in texts.items():
        write_text(folder / name, text)
    return tuple(folder / name for name in texts)
