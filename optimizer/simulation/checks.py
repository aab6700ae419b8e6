"""What a hall must be, so that its days end and mean something."""

from collections.abc import Iterator
from math import isfinite

from optimizer.errors import InvalidParameterError
from optimizer.simulation.hall import CustomerClass, Hall, Station, Visit


def check_hall(hall: Hall) -> None:
    """Refuse a hall whose days could not be followed.

    Raises:
        InvalidParameterError: with everything that is wrong.
    """
    if wrong := [*_hall(hall), *_stations(hall), *_classes(hall)]:
        raise InvalidParameterError("; ".join(wrong))


def _hall(hall: Hall) -> Iterator[str]:
    names = [station.name for station in hall.stations]
    if len(set(names)) < len(names):
        yield f"stations: {names}: a name stands twice"
    if not hall.classes:
        yield "classes: none, expected one or more"
    if not (hall.period > 0 and isfinite(hall.period)):
        yield f"period: {hall.period}, expected more than 0"
    if not (hall.busyness_scv >= 0 and isfinite(hall.busyness_scv)):
        yield f"busyness_scv: {hall.busyness_scv}, expected 0 or more"
    if hall.head_start is not None and not (hall.head_start >= 0 and isfinite(hall.head_start)):
        yield f"head_start: {hall.head_start}, expected 0 or more"
    if abs(hall.gap.mean - 1) > 1e-6:
        yield f"gap: mean {hall.gap.mean}, expected 1"


def _stations(hall: Hall) -> Iterator[str]:
    for station in hall.stations:
        moments = [moment for moment, _ in station.servers]
        if moments[:1] != [0.0] or moments != sorted(set(moments)) or min(n for _, n in station.servers) < 0:
            yield f"{station.name}: servers {station.servers}: moments ascending from 0, numbers 0 or more"
        yield from _numbers(station)


def _numbers(station: Station) -> Iterator[str]:
    if station.capacity is not None and station.capacity < 1:
        yield f"{station.name}: capacity {station.capacity}, expected 1 or more"
    if not (station.failure_rate >= 0 and isfinite(station.failure_rate)):
        yield f"{station.name}: failure_rate {station.failure_rate}, expected 0 or more"
    if station.failure_rate > 0 and (len(station.servers) > 1 or station.servers[0][1] < 1):
        yield f"{station.name}: servers {station.servers}: those that fail are one or more, the same number all day"
    if any(not limit >= 0 for limit in station.limits):
        yield f"{station.name}: limits {station.limits}, expected 0 or more"


def _classes(hall: Hall) -> Iterator[str]:
    names = {station.name for station in hall.stations}
    for each in hall.classes:
        yield from _way(hall, each, names)
        if len(each.rates) != hall.periods:
            yield f"class {each.name}: {len(each.rates)} rates, expected {hall.periods}"
        if any(not (rate >= 0 and isfinite(rate)) for rate in each.rates):
            yield f"class {each.name}: rates {each.rates}, expected 0 or more"
        for name, visit in each.visits.items():
            yield from (f"class {each.name} at {name}: {what}" for what in _visit(visit))
        if each.advice is not None:
            yield from (f"class {each.name}: {what}" for what in _shares("follow", *each.advice.follow))


def _way(hall: Hall, each: CustomerClass, names: set[str]) -> Iterator[str]:
    for name in [*each.way, *([each.advice.to] if each.advice else [])]:
        if name not in names or name not in each.visits:
            yield f"class {each.name}: {name} is no station, or the class has no visit there"
    if not each.way or len(set(each.way)) < len(each.way):
        yield f"class {each.name}: way {each.way}: at least one station, each once"
    if each.advice and hall.adviser is not None and (each.way[:1] != (hall.adviser,) or len(each.way) < 2):
        yield f"class {each.name}: with advice its way begins at {hall.adviser} and goes on"


def _visit(visit: Visit) -> Iterator[str]:
    yield from _shares("balking", visit.balking)
    yield from _shares("come_back", visit.come_back)
    yield from _shares("extras", *(share for share, _ in visit.extras))
    if visit.form is not None:
        yield from _shares("form", visit.form.share, visit.form.wrong)
    tickets = visit.tickets
    if not (tickets.per_customer >= 1 and 0 <= tickets.no_show < 1 and tickets.call_minutes >= 0):
        yield f"tickets {tickets}: at least one for each, less than all not answered"


def _shares(name: str, *shares: float) -> Iterator[str]:
    yield from (f"{name}: {share}, expected a share from 0 to 1" for share in shares if not 0 <= share <= 1)
