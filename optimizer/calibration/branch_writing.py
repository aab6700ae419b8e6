"""What was learnt becomes a branch: its files, with a remark beside every number that was learnt or assumed."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.calibration.assumptions import LOSS, MINUTES, UNTOLD, WAITING_COST, assume_people
from optimizer.calibration.draft import FILL_IN, Draft, Entry, Source, number, said
from optimizer.calibration.learning import Learnt
from optimizer.calibration.service_times import ServiceTimes
from optimizer.calibration.toml_text import toml_text
from optimizer.problem import Branch, Remote
from optimizer.problem.quantities import format_clock

LARGEST_SCV = 100.0
LONGEST_CALL = 300.0
CALLS = 2
TABLES = {
    "arrivals.csv": ("day_type", "start", "transaction", "tier", "customers"),
    "service_times.csv": ("channel", "transaction", "distribution", "mean", "scv"),
    "service_tables.csv": ("channel", "transaction", "minutes", "share"),
    "amounts.csv": ("transaction", "amount", "share"),
}


@dataclass(frozen=True)
class WrittenBranch:
    """A branch that was made of what was learnt."""

    branch: Branch
    texts: dict[str, str]
    """Contents by file."""
    entries: tuple[Entry, ...]
    """Where its numbers come from."""


def written_branch(
    learnt: Learnt,
    base: Branch | None = None,
    name: str | None = None,
    known: Mapping[tuple[str, ...], tuple[Any, str]] | None = None,
) -> WrittenBranch:
    """Make a branch of what was learnt; what no log tells is that of the base, or else assumed.

    Args:
        learnt: what a log tells, learnt with the same base.
        base: the branch whose other numbers are kept.
        name: of the branch; absent: that of the base, or of the log.
        known: values that are known otherwise, by the keys that lead to them, each with where from.

    Raises:
        DataRefused: where the result is no branch, as names or hours do not fit together.
    """
    draft = Draft({} if base is None else _given(base))
    if name or base is None:
        draft.raw["name"] = name or learnt.source.split(".")[0]
    if base is None:
        _frame(draft, learnt)
        _channels(draft, learnt)
    _busyness(draft, learnt)
    _tiers(draft, learnt, base)
    _transactions(draft, learnt, base)
    _amounts(draft, learnt, base)
    _services(draft, learnt, base)
    _arrivals(draft, learnt, base)
    if base is None:
        assume_people(draft, learnt, draft.raw["channels"])
        for what, words in UNTOLD:
            draft.tell(what, "-", Source.ASSUMED, words)
    else:
        draft.tell("all that is not named here", "-", Source.BASE, f"as in {base.name}")
    for path, (value, words) in (known or {}).items():
        draft.know(path, value, words)
    branch = Branch.model_validate(draft.raw)
    return WrittenBranch(branch, _texts(draft, learnt, base), tuple(draft.entries))


def _given(base: Branch) -> dict[str, Any]:
    raw: dict[str, Any] = base.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return raw


def _frame(draft: Draft, learnt: Learnt) -> None:
    """Opening hours and day types."""
    days = learnt.days
    draft.put(("period",), learnt.period)
    if learnt.windows_given:
        draft.know(("windows",), learnt.windows, "given")
    else:
        draft.find(("windows",), learnt.windows, "windows that the log names, or else the most services at once")
    draft.put(("busyness_scv",), 0.0)
    came = f"when customers came on {len(days.of_date)} days, to {learnt.period} minutes"
    for weekday, (opening, closing) in days.opening.items():
        draft.put(("opening", weekday), {"open": format_clock(opening), "close": format_clock(closing)})
    span = ", ".join(dict.fromkeys(f"{format_clock(a)}-{format_clock(b)}" for a, b in days.opening.values()))
    draft.remarks["opening",] = f"learnt: {came}"
    draft.tell("opening", span, Source.LEARNT, came)
    for name, kind in days.day_types.items():
        for key, value in kind.model_dump(mode="json", exclude_defaults=True).items():
            draft.put(("day_types", name, key), value)
        words = f"counted in the calendar of {days.quarter} ({days.rules.country}); {days.seen[name]} in the log"
        draft.find(("day_types", name, "days"), kind.days, words)


def _channels(draft: Draft, learnt: Learnt) -> None:
    """Window roles, with as many windows as were ever seen in them."""
    names = learnt.names.channel
    least = 1 if len(names) <= learnt.windows else 0
    for log_name, name in names.items():
        duty = learnt.duty.get(log_name)
        seen = int(duty.rounded.max()) if duty is not None and duty.rounded.size else 0
        most = max(1, seen, learnt.busiest.get(log_name, 0))
        draft.assume(("channels", name, "kind"), "window", "window, machine or remote")
        draft.assume(("channels", name, "least"), least)
        draft.find(("channels", name, "most"), most, "the most on duty or serving at once")


def _busyness(draft: Draft, learnt: Learnt) -> None:
    if learnt.factor is None:
        draft.put(("busyness_scv",), draft.raw.get("busyness_scv", 0.0), "no day type has two days in the log")
        return
    draft.learn(("busyness_scv",), learnt.factor.likelihood, "days", min(10.0, number(learnt.factor.likelihood.value)))


def _tiers(draft: Draft, learnt: Learnt, base: Branch | None) -> None:
    names = learnt.names.tier
    for log_name, name in names.items():
        place = ("tiers", name)
        if base is None:
            below = learnt.before.get(log_name, ())
            if below:
                draft.find((*place, "priority"), len(below), f"waits less than {', '.join(names[b] for b in below)}")
            draft.assume((*place, "waiting_cost"), WAITING_COST, "yuan per hour")
            draft.assume((*place, "loss"), LOSS, "yuan for each who gives up")
    for found in learnt.patience:
        place = ("tiers", names[found.tier])
        given = found.given()
        if found.mean is None:
            source = Source.ASSUMED if found.unlearnable else Source.LEARNT
            draft.tell(".".join((*place, "patience")), "as before" if base else "never gives up",
                       Source.BASE if base else source, found.reason)  # fmt: skip
            if base is None:
                mark = f"{FILL_IN}; " if found.unlearnable else ""
                draft.remarks[place] = f"{mark}never gives up: {found.reason}"
            continue
        tier = draft.raw["tiers"][place[1]]
        for key in [key for key in tier if key.startswith("patience")]:
            del tier[key]
        for key, value in given.items():
            plain = list(value) if isinstance(value, tuple) else number(value) if isinstance(value, float) else value
            draft.put((*place, key), plain)
        draft.learn((*place, "patience"), found.mean, "who gave up")
        if "patience_scv" in given and found.scv is not None:
            draft.learn((*place, "patience_scv"), found.scv, "who gave up", min(LARGEST_SCV, number(found.scv.value)))


def _transactions(draft: Draft, learnt: Learnt, base: Branch | None) -> None:
    homes = learnt.homes()
    for log_name, name in learnt.names.transaction.items():
        place = ("transactions", name)
        if base is None:
            mine = {tier: home for (transaction, tier), home in homes.items() if transaction == log_name}
            _homes(draft, learnt, place, mine)
        _tickets(draft, learnt, log_name, place)


def _homes(draft: Draft, learnt: Learnt, place: tuple[str, ...], homes: dict[str, tuple[str, int, int]]) -> None:
    """Where a transaction is served: the channel of most, and other channels of some tiers."""
    channels = learnt.names.channel
    totals: dict[str, int] = {}
    for channel, served, _ in homes.values():
        totals[channel] = totals.get(channel, 0) + served
    usual = max(totals, key=lambda channel: totals[channel])
    served, of = sum(n for _, n, _ in homes.values()), sum(n for _, _, n in homes.values())
    share = f"where {served / of:.1%} of {of:,} were served" if of else "where they took their tickets"
    draft.find((*place, "channel"), channels[usual], share)
    others = {learnt.names.tier[tier]: channels[home] for tier, (home, _, _) in homes.items() if home != usual}
    if others:
        draft.find((*place, "channel_by_tier"), others, "where most of the tier were served")


def _tickets(draft: Draft, learnt: Learnt, log_name: str, place: tuple[str, ...]) -> None:
    """Numbers that nobody answers, and second tickets."""
    dead = learnt.dead.get(log_name)
    if dead is None or not dead.no_show.value > 0:
        return
    tickets = draft.raw["transactions"][place[1]].get("tickets", {})
    second = learnt.per_customer.get(log_name)
    told = second is not None and second.interval()[0] > 1
    each = float(second.value) if told and second is not None else tickets.get("per_customer", 1.0)
    if each * (1 - dead.no_show.value) > 1:
        each = 1.0
    # A log shows numbers called for each customer served, each / (1 - share).
    share = max(0.0, 1 - each * (1 - dead.no_show.value))
    if told and second is not None and each > 1:
        draft.learn((*place, "tickets", "per_customer"), second, "customers", number(min(5.0, each)))
    elif "per_customer" in tickets:
        draft.put((*place, "tickets", "per_customer"), each)
    draft.learn((*place, "tickets", "no_show"), dead.no_show, "numbers called", number(min(0.99, share)))
    if dead.minutes is not None and dead.minutes.value > 0:
        calls = tickets.get("calls", CALLS)
        seconds = min(LONGEST_CALL, number(60 * dead.minutes.value / calls))
        draft.learn((*place, "tickets", "call_seconds"), dead.minutes, "dead numbers, minutes of all calls", seconds)


def _amounts(draft: Draft, learnt: Learnt, base: Branch | None) -> None:
    diversions = () if base is None else base.diversions.values()
    for found in learnt.amounts:
        name = learnt.names.transaction[found.transaction]
        thresholds = sorted(
            {t for diversion in diversions if diversion.transaction == name for t in diversion.thresholds}
        )
        table = found.table([threshold for threshold in thresholds if threshold > 0])
        amount = {"distribution": "table", "amounts": list(table.amounts), "shares": list(table.shares)}
        draft.put(("transactions", name, "amount"), amount, f"learnt from n = {found.transactions:,} transactions")
        value = f"{len(table.amounts)} amounts, {len(found.heaps)} of them round"
        draft.tell(f"amounts: {name}", value, Source.LEARNT, f"n = {found.transactions:,} transactions")


def _services(draft: Draft, learnt: Learnt, base: Branch | None) -> None:
    names = learnt.names
    for times in learnt.services:
        channel, transaction = names.channel[times.channel], names.transaction[times.transaction]
        if base is not None and transaction not in base.channels[channel].service:
            words = f"served in {channel} in the log, which the base does not have; left out"
            draft.tell(f"{channel}, {transaction}", f"{times.mean.value:.3g} min", Source.BASE, words)
            continue
        service = draft.raw["channels"][channel].setdefault("service", {})
        service[transaction] = _service(times)
        value = f"{times.mean.value:.3g} min, scv {times.scv.value:.3g}, {times.family}"
        draft.tell(f"service time: {channel}, {transaction}", value, Source.LEARNT, said(times.mean, "services"))
    if base is None:
        _untimed(draft)


def _service(times: ServiceTimes) -> dict[str, Any]:
    given: dict[str, Any] = {
        "mean": number(times.mean.value),
        "scv": number(min(LARGEST_SCV, times.scv.value)),
        "distribution": times.family,
    }
    if times.family == "table":
        given |= {"minutes": list(times.minutes), "shares": list(times.shares)}
    return given


def _untimed(draft: Draft) -> None:
    """Service times where customers came of whom too few were served."""
    for name, transaction in draft.raw["transactions"].items():
        for home in {transaction["channel"], *transaction.get("channel_by_tier", {}).values()}:
            service = draft.raw["channels"][home].setdefault("service", {})
            if name not in service:
                known = [given["mean"] for given in service.values()]
                mean = number(sum(known) / len(known)) if known else MINUTES
                service[name] = {"mean": mean}
                draft.tell(f"service time: {home}, {name}", f"{mean:g} min", Source.ASSUMED, "too few were served")


def _arrivals(draft: Draft, learnt: Learnt, base: Branch | None) -> None:
    """Expected customers by day type, class and period."""
    names, raw = learnt.names, draft.raw.setdefault("arrivals", {})
    logged = set(names.transaction.values())
    for day_type, rates in learnt.rates.items():
        before = raw.get(day_type, {})
        kept = {name: by_tier for name, by_tier in before.items() if name not in logged or _remote(base, name)}
        raw[day_type] = found = dict(kept)
        for (transaction, tier), row in zip(rates.classes, rates.rates * rates.period, strict=True):
            name = names.transaction[transaction]
            if name in kept:
                continue
            by_tier = found.setdefault(name, {})
            volumes = by_tier.get(names.tier[tier], [0.0] * len(row))
            by_tier[names.tier[tier]] = [a + float(b) for a, b in zip(volumes, row, strict=True)]
        customers = learnt.counts[day_type].customers.sum()
        words = f"n = {customers:,.0f} customers on {rates.days} days"
        draft.tell(f"customers on {day_type}", f"{customers / rates.days:,.1f} a day", Source.LEARNT, words)
        if kept:
            draft.tell(f"{', '.join(kept)} on {day_type}", "-", Source.BASE, "not in the log")
    for day_type in learnt.days.day_types:
        if day_type not in learnt.rates:
            _unseen(draft, learnt, base, day_type)


def _remote(base: Branch | None, transaction: str) -> bool:
    return base is not None and isinstance(base.channels[base.transactions[transaction].channel], Remote)


def _unseen(draft: Draft, learnt: Learnt, base: Branch | None, day_type: str) -> None:
    """A day type of which the log has no day."""
    if base is not None:
        draft.tell(f"customers on {day_type}", "-", Source.BASE, "the log has no such day")
        return
    hours, weekdays = learnt.days.hours, set(learnt.days.day_types[day_type].weekdays)
    alike = [name for name in learnt.rates if hours[name] == hours[day_type]]
    alike.sort(key=lambda name: -len(weekdays & set(learnt.days.day_types[name].weekdays)))
    like = next(iter(alike), None)
    raw = draft.raw["arrivals"]
    raw[day_type] = dict(raw[like]) if like else {}
    words = f"the log has no such day; as {like}" if like else "the log has no such day"
    draft.tell(f"customers on {day_type}", "-" if like else "0", Source.ASSUMED, words)


def _texts(draft: Draft, learnt: Learnt, base: Branch | None) -> dict[str, str]:
    rows: dict[str, list[Sequence[Any]]] = {file: [] for file in TABLES}
    main = {key: value for key, value in draft.raw.items() if key != "arrivals"}
    main["channels"] = {}
    for channel, given in draft.raw["channels"].items():
        main["channels"][channel] = {key: value for key, value in given.items() if key != "service"}
        for transaction, time in given.get("service", {}).items():
            family = time.get("distribution", "exponential")
            rows["service_times.csv"].append((channel, transaction, family, time["mean"], time.get("scv", 1.0)))
            pairs = zip(time.get("minutes", ()), time.get("shares", ()), strict=True)
            rows["service_tables.csv"] += [(channel, transaction, minutes, share) for minutes, share in pairs]
    main["transactions"] = {name: dict(given) for name, given in draft.raw["transactions"].items()}
    for name, given in main["transactions"].items():
        amount = given.get("amount", {})
        if "amounts" in amount:
            pairs = zip(amount["amounts"], amount["shares"], strict=True)
            rows["amounts.csv"] += [(name, value, share) for value, share in pairs]
            given["amount"] = {"distribution": "table"}
    for day_type, by_transaction in draft.raw["arrivals"].items():
        opening = learnt.days.hours[day_type][0]
        for transaction, by_tier in by_transaction.items():
            for tier, volumes in by_tier.items():
                starts = (format_clock(opening + t * learnt.period) for t in range(len(volumes)))
                rows["arrivals.csv"] += [
                    (day_type, start, transaction, tier, f"{volume:.6g}")
                    for start, volume in zip(starts, volumes, strict=True)
                ]
    texts = {"branch.toml": _head(learnt, base) + toml_text(main, draft.remarks)}
    texts |= {file: csv_text(TABLES[file], of) for file, of in rows.items() if of}
    texts["README.md"] = readme(draft.raw["name"], learnt, draft.entries)
    return texts


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table as the text of its file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _head(learnt: Learnt, base: Branch | None) -> str:
    days = learnt.days
    rest = "assumed values want filling in" if base is None else f"what has no remark is that of {base.name}"
    return (
        f"# Learnt from {learnt.source}: {learnt.tickets:,} tickets, {min(days.customers)} to {max(days.customers)}.\n"
        f"# Beside each number stands where it comes from; {rest}.\n"
        "# Customers are in arrivals.csv, service times in service_times.csv; README.md lists everything.\n\n"
    )


def readme(name: str, learnt: Learnt, entries: Iterable[Entry]) -> str:
    """A page in Markdown that says of every number where it comes from."""
    days = learnt.days
    left = sum(rejection.count for rejection in learnt.rejections)
    lines = [
        f"# {name}",
        "",
        f"Learnt from {learnt.source}: {learnt.tickets:,} tickets from {min(days.customers)} to {max(days.customers)},",
        f"{left:,} rows left out. Intervals hold the truth with 95 % confidence, if days go on as they were.",
        "",
        *entry_rows(entries),
    ]
    return "\n".join(lines) + "\n"


def entry_rows(entries: Iterable[Entry]) -> list[str]:
    """Lines of a table in Markdown: where every number comes from."""
    rows = [f"| {e.what} | {e.value} | {e.source}{': ' if e.words else ''}{e.words} |" for e in entries]
    return ["| what | value | learnt or assumed |", "|---|---|---|", *rows]
