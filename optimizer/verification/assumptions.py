"""What the evaluation takes for granted, made true in the hall."""

from collections.abc import Callable
from dataclasses import replace

from optimizer.evaluation import DayEvaluation
from optimizer.problem import Branch
from optimizer.simulation import Distribution, Hall, Station, Visit

HallChange = Callable[[Branch, Hall, DayEvaluation], Hall]


def exponential_patience(branch: Branch, hall: Hall, day: DayEvaluation) -> Hall:
    """Patience is exponential with the mean that it has."""

    def change(visit: Visit) -> Visit:
        given = visit.patience
        return visit if given.family == "never" else replace(visit, patience=Distribution.exponential(given.mean))

    return _with_visits(hall, change)


def endless_lines(branch: Branch, hall: Hall, day: DayEvaluation) -> Hall:
    """No line has a limit."""
    return replace(hall, stations=tuple(replace(station, capacity=None) for station in hall.stations))


def strict_priority(branch: Branch, hall: Hall, day: DayEvaluation) -> Hall:
    """The higher priority is called first however long others have waited."""
    return replace(hall, head_start=None)


def loyal_to_machines(branch: Branch, hall: Hall, day: DayEvaluation) -> Hall:
    """Those whose machine fails wait for another."""
    return _with_visits(hall, lambda visit: replace(visit, come_back=0.0))


def constant_advice(branch: Branch, hall: Hall, day: DayEvaluation) -> Hall:
    """Advice is given however few are waiting."""
    return replace(
        hall,
        classes=tuple(
            each if each.advice is None else replace(each, advice=replace(each.advice, when_waiting=0))
            for each in hall.classes
        ),
    )


def nobody_away(branch: Branch, hall: Hall, day: DayEvaluation) -> Hall:
    """A short break takes nobody from the window."""

    def planned(station: Station) -> Station:
        channel = day.channels.get(station.name)
        if channel is None:
            return station
        levels = [(t * hall.period, level) for t, level in enumerate(channel.servers)]
        steps = (step for t, step in enumerate(levels) if t == 0 or step[1] != levels[t - 1][1])
        return replace(station, servers=tuple(steps))

    return replace(hall, stations=tuple(planned(station) for station in hall.stations))


def _with_visits(hall: Hall, change: Callable[[Visit], Visit]) -> Hall:
    """A hall with every visit changed."""
    return replace(
        hall,
        classes=tuple(
            replace(each, visits={name: change(visit) for name, visit in each.visits.items()}) for each in hall.classes
        ),
    )


LEFT_OUT: dict[str, HallChange] = {
    "exponential patience": exponential_patience,
    "lines without a limit": endless_lines,
    "higher priority always called first": strict_priority,
    "customers of a failed machine wait for another": loyal_to_machines,
    "advice however few are waiting": constant_advice,
    "nobody away on a short break": nobody_away,
}
"""What a branch gives and the evaluation does not use."""
