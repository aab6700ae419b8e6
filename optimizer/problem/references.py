"""Names that must exist and numbers that must fit together, checked on raw data.

The checks read plain dictionaries and forgive anything malformed, so that they run beside the field checks
and every fault is reported at once, and once: what a field check refuses is no ground for a second fault here.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from optimizer.errors import Fault
from optimizer.problem.calendar import WEEKDAYS
from optimizer.problem.quantities import LONGEST_PERIOD, SHORTEST_PERIOD, format_clock, parse_clock

FILE = "branch.toml"
KINDS = ("greeter", "window", "machine", "remote")
FAMILIES = ("exponential", "lognormal", "gamma")
"""Distributions of a time that need no table."""
SERVICE = {key: key for key in ("distribution", "mean", "scv", "minutes", "shares")}
PATIENCE = SERVICE | {key: f"patience_{key}" for key in SERVICE if key != "mean"} | {"mean": "patience"}
"""Keys under which a service time and a tier give a distribution."""


def _table(data: Any, *keys: str) -> dict[Any, Any]:
    """The table found by following the keys; empty where there is none."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _list(data: Any, key: str) -> list[Any]:
    value = data.get(key) if isinstance(data, dict) else None
    return list(value) if isinstance(value, list | tuple) else []


def _number(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e15 else None


def _numbers(values: Any) -> list[float]:
    """The numbers of a list; none where one of them is refused."""
    found = [_number(value) for value in values] if isinstance(values, list | tuple) else []
    return [] if None in found else [number for number in found if number is not None]


def _period(data: Any) -> int | None:
    """Length of a planning period where it can be used [minutes]."""
    value = _table(data).get("period")
    usable = isinstance(value, int) and SHORTEST_PERIOD <= value <= LONGEST_PERIOD
    return value if usable else None


def _span(times: Any, first: str, last: str) -> tuple[int, int] | None:
    """Two times of day where both can be read [minutes of the day]."""
    try:
        return parse_clock(times[first]), parse_clock(times[last])
    except (ValueError, KeyError, TypeError):
        return None


def _unknown(
    place: str, names: Iterable[Any], table: dict[Any, Any], what: str, some: list[str] | None = None
) -> Iterator[Fault]:
    """A fault for each name not in the table, or not among ``some`` of it; an empty table is itself at fault."""
    known = list(table) if some is None else some
    for name in names:
        if isinstance(name, str) and table and name not in known:
            yield Fault(FILE, place, name, f"{what}, one of: {', '.join(known) or '(none defined)'}")


def _kind(data: dict[str, Any], *kinds: str) -> list[str]:
    """Channels of some kinds; those whose kind cannot be read may be of any."""
    channels = _table(data, "channels")
    found = {n: c.get("kind") if isinstance(c, dict) else None for n, c in channels.items()}
    return [n for n, kind in found.items() if kind in kinds or kind not in KINDS]


def day_grids(data: dict[str, Any]) -> Iterator[tuple[str, range]]:
    """Starts of the periods of each day type whose hours can be read [minutes of the day]."""
    period, opening = _period(data), _table(data, "opening")
    for name, day_type in _table(data, "day_types").items():
        weekdays = [w for w in _list(day_type, "weekdays") if isinstance(w, str)]
        hours = _span(opening.get(weekdays[0]), "open", "close") if weekdays else None
        if period and hours and hours[1] > hours[0] and (hours[1] - hours[0]) % period == 0:
            yield name, range(*hours, period)


def opening_faults(data: dict[str, Any]) -> Iterator[Fault]:
    """Hours are a whole number of periods, and equal on all weekdays of a day type."""
    opening, period = _table(data, "opening"), _period(data)
    fitting: dict[str, tuple[int, int]] = {}
    for weekday, times in opening.items():
        if hours := _span(times, "open", "close"):
            length = hours[1] - hours[0]
            whole = f" by a whole number of periods of {period} minutes" if period else ""
            if length <= 0 or (period and length % period):
                yield Fault(FILE, f"opening.{weekday}", f"{length} minutes", f"closing after opening{whole}")
            else:
                fitting[weekday] = hours
    for name, day_type in _table(data, "day_types").items():
        weekdays = [w for w in _list(day_type, "weekdays") if w in WEEKDAYS]
        place = f"day_types.{name}.weekdays"
        if all(weekday in WEEKDAYS for weekday in opening):
            yield from _unknown(place, weekdays, opening, "a weekday with opening hours")
        if len({fitting[weekday] for weekday in weekdays if weekday in fitting}) > 1:
            yield Fault(FILE, place, weekdays, "weekdays with the same opening hours")


def transaction_faults(data: dict[str, Any]) -> Iterator[Fault]:
    """Every transaction has a channel that serves it, for every tier."""
    tiers, channels = _table(data, "tiers"), _table(data, "channels")
    servers = _kind(data, "window", "machine", "remote")
    for name, transaction in _table(data, "transactions").items():
        place = f"transactions.{name}"
        by_tier = _table(transaction, "channel_by_tier")
        yield from _unknown(f"{place}.channel_by_tier", by_tier, tiers, "a tier")
        homes = {f"{place}.channel": transaction.get("channel")} if isinstance(transaction, dict) else {}
        homes |= {f"{place}.channel_by_tier.{tier}": channel for tier, channel in by_tier.items()}
        for where, channel in homes.items():
            yield from _unknown(where, [channel], channels, "a window role, machine or remote channel", servers)
            if channel in servers:
                yield from _unserved(data, where, name, channel)
        if (amount := _table(transaction, "amount")).get("distribution") == "table":
            columns = amount.get("amounts", ()), amount.get("shares", ())
            yield from _table_faults("amounts.csv", f"{place}.amount", "amount", *columns)


def _unserved(data: dict[str, Any], place: str, transaction: str, channel: str) -> Iterator[Fault]:
    given = _table(data, "channels", channel)
    service = given.get("service", {})
    if given and isinstance(service, dict) and transaction not in service:
        yield Fault(FILE, place, channel, f"a channel with a service time for {transaction}")


def _table_faults(file: str, place: str, what: str, values: Any, shares: Any) -> Iterator[Fault]:
    """A table has a share for each value; the shares sum to 1 and the values increase."""
    if not all(isinstance(column, list | tuple) for column in (values, shares)):
        return
    if not values or len(values) != len(shares):
        yield Fault(file, place, f"{len(values)} {what}s", f"one or more {what}s, each with its share")
    parts, numbers = _numbers(shares), _numbers(values)
    if parts and min(parts) >= 0 and max(parts) <= 1 and abs(sum(parts) - 1) > 1e-6:
        yield Fault(file, place, sum(parts), "shares that sum to 1")
    for a, b in pairwise(numbers if numbers and min(numbers) > 0 else []):
        if b <= a:
            yield Fault(file, place, f"{b:g} after {a:g}", f"{what}s that increase")


def tier_faults(data: dict[str, Any]) -> Iterator[Fault]:
    """Exponential patience has scv 1, every other a mean, and a table agrees with both."""
    for name in _table(data, "tiers"):
        place, tier = f"tiers.{name}", _table(data, "tiers", name)
        yield from _distribution_faults(FILE, place, "patience time", tier, PATIENCE)
        family, scv = tier.get("patience_distribution", "exponential"), _number(tier.get("patience_scv", 1.0))
        if family == "exponential" and scv not in (None, 1.0):
            yield Fault(FILE, f"{place}.patience_scv", scv, "1, unless the patience_distribution is another")
        if family in ("lognormal", "gamma", "table") and tier.get("patience") is None:
            yield Fault(FILE, f"{place}.patience", "absent", f'a mean, as the patience_distribution is "{family}"')


def channel_faults(data: dict[str, Any]) -> Iterator[Fault]:
    """Service times are of known transactions; a role's least is within its most; one greeter at most."""
    channels, transactions = _table(data, "channels"), _table(data, "transactions")
    for name, channel in channels.items():
        service = _table(channel, "service")
        yield from _unknown(f"channels.{name}.service", service, transactions, "a transaction")
        for transaction in filter(transactions.__contains__, service):
            place, time = f"channels.{name}.service.{transaction}", _table(service, transaction)
            yield from _distribution_faults("service_tables.csv", place, "service time", time, SERVICE)
        least, most = (_number(_table(channels, name).get(key)) for key in ("least", "most"))
        if least is not None and most is not None and least > most > 0:
            yield Fault(FILE, f"channels.{name}.least", least, f"at most {most:g}, the role's most")
    if len(greeters := [n for n in channels if _table(channels, n).get("kind") == "greeter"]) > 1:
        yield Fault(FILE, "channels", greeters, "at most one channel of kind greeter")


def _distribution_faults(
    file: str, place: str, what: str, given: dict[str, Any], keys: dict[str, str]
) -> Iterator[Fault]:
    """Distribution ``table`` needs minutes and shares, of the mean and scv given; no other has them."""
    columns = {keys[key]: given.get(keys[key], ()) for key in ("minutes", "shares")}
    distribution = given.get(keys["distribution"], "exponential")
    if distribution in FAMILIES:
        for key, column in columns.items():
            if column and isinstance(column, list | tuple):
                yield Fault(FILE, f"{place}.{key}", column, f'none, unless the {keys["distribution"]} is "table"')
    elif distribution == "table":
        faults = list(_table_faults(file, place, what, *columns.values()))
        yield from faults or _moment_faults(place, given, keys)


def _moment_faults(place: str, given: dict[str, Any], keys: dict[str, str]) -> Iterator[Fault]:
    """Mean and scv are those of the table, within 1 % and 5 %."""
    minutes, shares = (_numbers(given.get(keys[key])) for key in ("minutes", "shares"))
    if not minutes or not shares or min(minutes) <= 0 or min(shares) < 0:
        return
    mean = sum(m * p for m, p in zip(minutes, shares, strict=True))
    scv = sum((m - mean) ** 2 * p for m, p in zip(minutes, shares, strict=True)) / mean / mean
    for key, value, meant, tolerance in (
        (keys["mean"], given.get(keys["mean"]), mean, 0.01),
        (keys["scv"], given.get(keys["scv"], 1.0), scv, 0.05),
    ):
        number = _number(value)
        if number is not None and abs(number - meant) > tolerance * meant + 1e-9:
            yield Fault(FILE, f"{place}.{key}", number, f"{meant:.4g}, that of its table, within {tolerance:.0%}")


def diversion_faults(data: dict[str, Any]) -> Iterator[Fault]:
    """Diversions name a transaction with an amount, each once, and another channel that serves it."""
    transactions, tiers = _table(data, "transactions"), _table(data, "tiers")
    channels, aside = _table(data, "channels"), _kind(data, "machine", "remote")
    seen: dict[str, str] = {}
    for name, diversion in _table(data, "diversions").items():
        if not isinstance(diversion, dict):
            continue
        place = f"diversions.{name}"
        transaction, to = diversion.get("transaction"), diversion.get("to")
        yield from _unknown(f"{place}.transaction", [transaction], transactions, "a transaction")
        yield from _unknown(f"{place}.to", [to], channels, "a machine or remote channel", aside)
        yield from _unknown(f"{place}.tiers", _list(diversion, "tiers"), tiers, "a tier")
        if isinstance(transaction, str) and transaction in transactions:
            if to in aside:
                yield from _unserved(data, f"{place}.to", transaction, to)
            given = transactions[transaction]
            if isinstance(given, dict) and given.get("amount") is None:
                yield Fault(FILE, f"{place}.transaction", transaction, "a transaction with an amount")
            elif (asked := _asked(data, diversion)) and all(_home(data, transaction, tier) == to for tier in asked):
                expected = f"another channel than the one where {transaction} is served anyway"
                yield Fault(FILE, f"{place}.to", to, expected)
            if transaction in seen:
                expected = f"one diversion for a transaction (also in {seen[transaction]})"
                yield Fault(FILE, f"{place}.transaction", transaction, expected)
            seen[transaction] = name


def _asked(data: dict[str, Any], diversion: dict[str, Any]) -> list[str]:
    """Tiers that a diversion asks; none where they cannot be read."""
    named, tiers = diversion.get("tiers", ()), list(_table(data, "tiers"))
    if not isinstance(named, list | tuple) or any(tier not in tiers for tier in named):
        return []
    return list(named or tiers)


def _home(data: dict[str, Any], transaction: str, tier: str) -> str | None:
    """Channel that serves a tier when nothing is diverted, or None where it cannot be read."""
    given = _table(data, "transactions", transaction)
    by_tier = given.get("channel_by_tier", {})
    home = by_tier.get(tier, given.get("channel")) if isinstance(by_tier, dict) else None
    return home if isinstance(home, str) else None


def people_faults(data: dict[str, Any]) -> Iterator[Fault]:
    """Skills serve staffed channels, are counted by known day types, and have shifts that can be worked."""
    channels, day_types, period = _table(data, "channels"), _table(data, "day_types"), _period(data)
    staffed = _kind(data, "greeter", "window")
    for name, skill in _table(data, "skills").items():
        place = f"skills.{name}"
        yield from _unknown(f"{place}.serves", _list(skill, "serves"), channels, "a greeter or window role", staffed)
        yield from _unknown(f"{place}.available", _table(skill, "available"), day_types, "a day type")
        yield from _room_faults(f"{place}.shifts", _table(skill, "shifts"))
        for where, value in _shift_minutes(f"{place}.shifts", _table(skill, "shifts")):
            if period and value is not None and value > 0 and abs(value / period - round(value / period)) > 1e-9:
                yield Fault(FILE, where, f"{value:g} minutes", f"a multiple of the period, {period}")


def _room_faults(place: str, rules: dict[str, Any]) -> Iterator[Fault]:
    """There is room for a shift between earliest start and latest end, and for the meal between its own."""
    if (span := _span(rules, "earliest_start", "latest_end")) and span[1] <= span[0]:
        expected = f"a time after earliest_start, {format_clock(span[0])}"
        yield Fault(FILE, f"{place}.latest_end", format_clock(span[1]), expected)
    meal = _table(rules, "meal")
    minutes = max(_number(meal.get("minutes")) or 0.0, 1.0)
    if (span := _span(meal, "earliest", "latest")) and span[1] - span[0] < minutes:
        expected = f"{minutes:g} minutes or more after earliest, {format_clock(span[0])}"
        yield Fault(FILE, f"{place}.meal.latest", format_clock(span[1]), expected)


def _shift_minutes(place: str, rules: dict[str, Any]) -> Iterator[tuple[str, float | None]]:
    yield f"{place}.start_step", _number(rules.get("start_step"))
    yield f"{place}.meal.minutes", _number(_table(rules, "meal").get("minutes"))
    for index, length in enumerate(_list(rules, "lengths")):
        hours = _number(length)
        yield f"{place}.lengths.{index}", None if hours is None else 60 * hours


def target_faults(data: dict[str, Any]) -> Iterator[Fault]:
    """Targets are about channels where people wait, tiers that come there, known day types and transactions."""
    channels, tiers = _table(data, "channels"), _table(data, "tiers")
    queues = _kind(data, "greeter", "window", "machine")
    for name, target in _table(data, "targets").items():
        place = f"targets.{name}"
        if isinstance(target, dict):
            yield from _unknown(f"{place}.channel", [target.get("channel")], channels, "a channel with a queue", queues)
            yield from _unknown(f"{place}.tier", [target.get("tier")], tiers, "a tier")
            yield from _stranger(data, f"{place}.tier", target.get("channel"), target.get("tier"))
        day_types = _list(target, "day_types")
        yield from _unknown(f"{place}.day_types", day_types, _table(data, "day_types"), "a day type")
    for name, share in _table(data, "diverted_shares").items():
        transactions = _list(share, "transactions")
        place = f"diverted_shares.{name}.transactions"
        yield from _unknown(place, transactions, _table(data, "transactions"), "a transaction")


def _stranger(data: dict[str, Any], place: str, channel: Any, tier: Any) -> Iterator[Fault]:
    """A fault for a tier that never comes to a window role or machine, once it is sure who goes where."""
    tiers, channels = list(_table(data, "tiers")), _table(data, "channels")
    queues = [n for n in channels if _table(channels, n).get("kind") in ("window", "machine")]
    if channel not in queues or tier not in tiers or any(transaction_faults(data)) or any(diversion_faults(data)):
        return
    comers = [tier for tier in tiers if _comes(data, channel, tier)]
    if tier not in comers:
        yield Fault(FILE, place, tier, f"a tier that comes to {channel}, one of: {', '.join(comers) or '(none)'}")


def _comes(data: dict[str, Any], channel: str, tier: str) -> bool:
    """Whether a channel is a tier's home for some transaction, or a diversion leads them there; in doubt, yes."""
    transactions, diversions = (data.get(key, {}) for key in ("transactions", "diversions"))
    if not transactions or not isinstance(transactions, dict) or not isinstance(diversions, dict):
        return True
    if {_home(data, transaction, tier) for transaction in transactions} & {None, channel}:
        return True
    for diversion in diversions.values():
        asked = _asked(data, diversion) if isinstance(diversion, dict) else []
        if not asked or not isinstance(diversion.get("to"), str) or (diversion["to"] == channel and tier in asked):
            return True
    return False


def arrival_faults(data: dict[str, Any]) -> Iterator[Fault]:
    """Arrivals are of known classes, for every period of every day type."""
    arrivals, day_types = _table(data, "arrivals"), _table(data, "day_types")
    lengths = {name: len(grid) for name, grid in day_grids(data)}
    if all(name in day_types for name in arrivals):
        for name in day_types:
            if name not in arrivals:
                yield Fault("arrivals.csv", "day_type", name, "rows for every day type")
    for column, table, names in (
        ("day_type", "day_types", list(arrivals)),
        ("transaction", "transactions", [t for day in arrivals for t in _table(arrivals, day)]),
        ("tier", "tiers", [c for d in arrivals for t in _table(arrivals, d) for c in _table(arrivals, d, t)]),
    ):
        known = _table(data, table)
        for name in dict.fromkeys(names):
            if known and name not in known:
                yield Fault("arrivals.csv", column, name, f"a {column} of branch.toml, one of: {', '.join(known)}")
    for day_type, periods in lengths.items():
        for transaction, by_tier in _table(arrivals, day_type).items():
            for tier in _table(by_tier):
                if (count := len(_list(by_tier, tier))) != periods:
                    place = f"{day_type}, {transaction}, {tier}"
                    yield Fault("arrivals.csv", place, f"{count} periods", f"{periods} periods")


CHECKS = (
    opening_faults,
    tier_faults,
    transaction_faults,
    channel_faults,
    diversion_faults,
    people_faults,
    target_faults,
    arrival_faults,
)


def reference_faults(data: dict[str, Any]) -> list[Fault]:
    """Every fault of reference in a branch's raw data, each once."""
    found: list[Fault] = []
    for fault in (fault for check in CHECKS for fault in check(data)):
        if fault not in found:
            found.append(fault)
    return found
