"""What the evaluation takes for granted, made true in the hall."""

from collections.abc import Callable
from dataclasses import replace

from optimizer.evaluation import DayEvaluation
from optimizer.problem import Branch
from optimizer.simulation import CustomerClass, Distribution, Hall, Station, Visit, class_name

HallChange = Callable[[Branch, Hall, DayEvaluation], Hall]


def direct_arrivals(branch: Branch, hall: Hall, day: DayEvaluation) -> Hall:
    """Everybody comes to each channel from outside, as often as the evaluation says, with no stage before it.

    The greeter, whom everybody meets first, is left out.
    """
    if hall.adviser is None and all(visit.form is None for each in hall.classes for visit in each.visits.values()):
        return hall
    flows, channels = day.flows.arrivals, list(branch.channels)
    known = {each.name: each for each in hall.classes}
    classes = []
    for row, (transaction, tier) in enumerate(branch.classes):
        for column, channel in enumerate(channels):
            each = known.get(class_name(transaction, tier))
            rates = tuple((flows[row, column] / branch.period).tolist())
            if each is not None and channel in each.visits and channel != hall.adviser and sum(rates) > 0:
                visit = _without_desk(each.visits[channel])
                classes.append(CustomerClass(each.name, rates, (channel,), {channel: visit}, group=each.group))
    return replace(hall, classes=tuple(classes), adviser=None)


def _without_desk(visit: Visit) -> Visit:
    """Second turns and the time at the desk are in the flows already."""
    form = visit.form
    if form is None:
        return visit
    return replace(visit, form=replace(form, desk=None, wrong=0.0) if form.below > 0 else None)


def one_service_time(branch: Branch, hall: Hall, day: DayEvaluation) -> Hall:
    """Whatever customers come for, at one channel their service times have one distribution."""
    channels = list(branch.channels)
    mixes = {name: _mix(branch, day, channels.index(name), name) for name in (*branch.roles, *branch.machines)}
    return replace(
        hall,
        classes=tuple(
            replace(
                each,
                visits={
                    name: visit if (mix := mixes.get(name)) is None else replace(visit, service=mix)
                    for name, visit in each.visits.items()
                },
            )
            for each in hall.classes
        ),
    )


def _mix(branch: Branch, day: DayEvaluation, column: int, name: str) -> Distribution | None:
    """The service time of all who come to a channel, by its first two moments; None where it is one already."""
    given = branch.channels[name].service
    rows = [(float(w), given[transaction]) for w, (transaction, _) in
            zip(day.flows.arrivals[:, column].sum(axis=1), branch.classes, strict=True) if w > 0]  # fmt: skip
    total = sum(weight for weight, _ in rows)
    if len({(service.distribution, service.mean, service.scv, service.minutes) for _, service in rows}) < 2:
        return None
    mean = sum(weight * service.mean for weight, service in rows) / total
    square = sum(weight * service.mean**2 * (1 + service.scv) for weight, service in rows) / total
    return Distribution.lognormal(mean, max(square / mean**2 - 1, 0.0))


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


HALL_CHANGES: dict[str, HallChange] = {
    "arrivals unshaped by greeter, form desk or first turn": direct_arrivals,
    "one service time for all at a channel": one_service_time,
    "exponential patience": exponential_patience,
    "lines without a limit": endless_lines,
    "higher priority always called first": strict_priority,
    "customers of a failed machine wait for another": loyal_to_machines,
    "advice however few are waiting": constant_advice,
    "nobody away on a short break": nobody_away,
}
