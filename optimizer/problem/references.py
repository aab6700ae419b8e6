"""Names that must exist and numbers that must fit together, checked on raw data.

The checks read plain dictionaries and forgive anything malformed, so that they run beside the field checks
and every fault is reported at once, and once: what a field check refuses is no ground for a second fault here.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from optimizer.errors import Fault
from optimizer.problem.calendar import WEEKDAYS
from optimizer.problem.quantities import LONGEST_PERIOD, SHORTEST_PERIOD, parse_clock

FILE = "branch.toml"
KINDS = ("greeter", "window", "machine", "remote")


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


def _period(data: Any) -> int | None:
    """Length of a planning period where it can be used [minutes]."""
    value = _table(data).get("period")
    usable = isinstance(value, int) and SHORTEST_PERIOD <= value <= LONGEST_PERIOD
    return value if usable else None


def _hours(hours: Any) -> tuple[int, int] | None:
    """Opening and closing where both can be read [minutes of the day]."""
    try:
        return parse_clock(hours["open"]), parse_clock(hours["close"])
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
        hours = _hours(opening.get(weekdays[0])) if weekdays else None
        if period and hours and hours[1] > hours[0] and (hours[1] - hours[0]) % period == 0:
            yield name, range(*hours, period)


def opening_faults(data: dict[str, Any]) -> Iterator[Fault]:
    """Hours are a whole number of periods, and equal on all weekdays of a day type."""
    opening, period = _table(data, "opening"), _period(data)
    fitting: dict[str, tuple[int, int]] = {}
    for weekday, times in opening.items():
        if hours := _hours(times):
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
        yield from _table_amount_faults(f"{place}.amount", _table(transaction, "amount"))


def _unserved(data: dict[str, Any], place: str, transaction: str, channel: str) -> Iterator[Fault]:
    given = _table(data, "channels", channel)
    service = given.get("service", {})
    if given and isinstance(service, dict) and transaction not in service:
        yield Fault(FILE, place, channel, f"a channel with a service time for {transaction}")


def _table_amount_faults(place: str, amount: dict[str, Any]) -> Iterator[Fault]:
    columns = [amount.get(key, ()) for key in ("amounts", "shares")]
    if amount.get("distribution") != "table" or not all(isinstance(column, list | tuple) for column in columns):
        return
    amounts, shares = columns
    if not amounts or len(amounts) != len(shares):
        yield Fault("amounts.csv", place, f"{len(amounts)} amounts", "one row for each amount, with its share")
    parts = [n for share in shares if (n := _number(share)) is not None and 0 <= n <= 1]
    if shares and len(parts) == len(shares) and abs(sum(parts) - 1) > 1e-6:
        yield Fault("amounts.csv", place, sum(parts), "shares that sum to 1")
    values = [n for a in amounts if (n := _number(a)) is not None and n > 0]
    for a, b in pairwise(values if len(values) == len(amounts) else []):
        if b <= a:
            yield Fault("amounts.csv", place, f"{b:g} after {a:g}", "amounts that increase")


def channel_faults(data: dict[str, Any]) -> Iterator[Fault]:
    """Service times are of known transactions; a role's least is within its most; one greeter at most."""
    channels, transactions = _table(data, "channels"), _table(data, "transactions")
    for name, channel in channels.items():
        service = _table(channel, "service")
        yield from _unknown(f"channels.{name}.service", service, transactions, "a transaction")
        least, most = (_number(_table(channels, name).get(key)) for key in ("least", "most"))
        if least is not None and most is not None and least > most > 0:
            yield Fault(FILE, f"channels.{name}.least", least, f"at most {most:g}, the role's most")
    if len(greeters := [n for n in channels if _table(channels, n).get("kind") == "greeter"]) > 1:
        yield Fault(FILE, "channels", greeters, "at most one channel of kind greeter")


def diversion_faults(data: dict[str, Any]) -> Iterator[Fault]:
    """Diversions name a transaction with an amount and a channel that serves it, each transaction once."""
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
            if transaction in seen:
                expected = f"one diversion for a transaction (also in {seen[transaction]})"
                yield Fault(FILE, f"{place}.transaction", transaction, expected)
            seen[transaction] = name


def people_faults(data: dict[str, Any]) -> Iterator[Fault]:
    """Skills serve staffed channels, are counted by known day types, and have shifts of whole periods."""
    channels, day_types, period = _table(data, "channels"), _table(data, "day_types"), _period(data)
    staffed = _kind(data, "greeter", "window")
    for name, skill in _table(data, "skills").items():
        place = f"skills.{name}"
        yield from _unknown(f"{place}.serves", _list(skill, "serves"), channels, "a greeter or window role", staffed)
        yield from _unknown(f"{place}.available", _table(skill, "available"), day_types, "a day type")
        for where, value in _shift_minutes(f"{place}.shifts", _table(skill, "shifts")):
            if period and value is not None and value > 0 and abs(value / period - round(value / period)) > 1e-9:
                yield Fault(FILE, where, f"{value:g} minutes", f"a multiple of the period, {period}")


def _shift_minutes(place: str, rules: dict[str, Any]) -> Iterator[tuple[str, float | None]]:
    yield f"{place}.start_step", _number(rules.get("start_step"))
    yield f"{place}.meal.minutes", _number(_table(rules, "meal").get("minutes"))
    for index, length in enumerate(_list(rules, "lengths")):
        hours = _number(length)
        yield f"{place}.lengths.{index}", None if hours is None else 60 * hours


def target_faults(data: dict[str, Any]) -> Iterator[Fault]:
    """Targets are about channels where people wait, known tiers, day types and transactions."""
    channels, tiers = _table(data, "channels"), _table(data, "tiers")
    queues = _kind(data, "greeter", "window", "machine")
    for name, target in _table(data, "targets").items():
        place = f"targets.{name}"
        if isinstance(target, dict):
            yield from _unknown(f"{place}.channel", [target.get("channel")], channels, "a channel with a queue", queues)
            yield from _unknown(f"{place}.tier", [target.get("tier")], tiers, "a tier")
        day_types = _list(target, "day_types")
        yield from _unknown(f"{place}.day_types", day_types, _table(data, "day_types"), "a day type")
    for name, share in _table(data, "diverted_shares").items():
        transactions = _list(share, "transactions")
        place = f"diverted_shares.{name}.transactions"
        yield from _unknown(place, transactions, _table(data, "transactions"), "a transaction")


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
