"""``qpo queue``: what one queue does in the long run, and how many servers it needs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count as naturals
from math import floor, inf
from typing import TYPE_CHECKING, Any

import click

from optimizer.cli.exits import Exit, format_option
from optimizer.cli.quantities import count, duration, rate, share, shares, variability

if TYPE_CHECKING:
    from optimizer.queues import StationaryQueue

READERS: dict[str, Callable[[str], Any]] = {
    "arrivals": rate, "service": duration, "servers": count, "patience": duration, "scv": variability,
    "within": duration, "tiers": shares, "capacity": count,
    "service_level": share, "mean_wait": duration, "abandonment": share,
}  # fmt: skip
NEEDED = ("arrivals", "service")
KEYS = (
    "servers", "offered_load", "utilization", "wait_probability", "mean_wait", "mean_queue", "mean_time_in_system",
    "service_level", "abandonment", "model", "exact", "blocking",
)  # fmt: skip
TARGETS = ("service_level", "mean_wait", "abandonment")


@dataclass(frozen=True)
class Question:
    """What is asked; rates per minute and times in minutes."""

    arrivals: Fraction
    service: Fraction
    servers: int | None = None
    patience: Fraction | None = None
    scv: float = 1.0
    within: Fraction | None = None
    tiers: tuple[float, ...] = ()
    capacity: int | None = None
    service_level: float | None = None
    mean_wait: Fraction | None = None
    abandonment: float | None = None

    @property
    def load(self) -> float:
        """Offered load; in units of the mean service time it is the arrival rate, and its rounding the only one."""
        return float(self.arrivals * self.service)

    def in_services(self, time: Fraction) -> float:
        """A time in units of the mean service time."""
        return float(time / self.service)


@click.command(epilog="Try: qpo queue --arrivals 43/h --service 2.6min --servers 3 --within 5min")
@click.option("--arrivals", metavar="RATE", help="Customers who arrive, such as 43/h.")
@click.option("--service", metavar="TIME", help="Mean time of a service, such as 2.6min.")
@click.option("--servers", metavar="NUMBER", help="Servers who serve one line.")
@click.option("--find", type=click.Choice(["servers"]), help="Find the least number that keeps every target given.")
@click.option("--patience", metavar="TIME", help="Mean time (exponential) until one who waits gives up.  [endless]")
@click.option("--scv", metavar="NUMBER", help="Variance of the service time over its squared mean.  [1: exponential]")
@click.option("--within", metavar="TIME", help="Limit of the wait that the service level is about.")
@click.option("--tiers", metavar="SHARES", help="Shares of tiers, highest priority first, such as 0.2,0.8.")
@click.option("--capacity", metavar="NUMBER", help="Most customers inside, those in service too.  [no limit]")
@click.option("--service-level", metavar="SHARE", help="Target: at least this share served within the limit.")
@click.option("--mean-wait", metavar="TIME", help="Target: a mean wait of at most this.")
@click.option("--abandonment", metavar="SHARE", help="Target: at most this share gives up.")
@format_option
def queue(find: str | None, form: str, **written: str | None) -> None:
    """Calculate how long customers wait for SERVERS, or find the least servers that keep a promise.

    Arrivals are random and the same all day long; a queue that has more work than servers grows without end, which is
    an answer. Rates are written with /h, /min or /s, times with h, min or s. Whoever is turned away or gives up counts
    as not served. Of tiers a higher one is called first, nobody is interrupted, and targets are for all together.
    Exit code 3 when a capacity keeps every number of servers from the targets.

    \b
    JSON: servers, offered_load, utilization, wait_probability, mean_wait, mean_queue, mean_time_in_system,
    service_level, abandonment, model, exact, blocking; times in minutes, null where there is no end,
    no limit or no answer; tiers: the same of each tier, [] without. exact is false for an approximation.
    """
    question = read_question(written, find)
    from optimizer.errors import InvalidParameterError
    from optimizer.problem import to_json

    try:
        servers = question.servers or find_servers(question)
        total, tiers = (None, ()) if servers is None else solve(question, servers)
        if form == "json":
            answer = structure(question, total) | {"tiers": [structure(question, tier) for tier in tiers]}
            click.echo(to_json(answer), nl=False)
        elif total is not None:
            show(question, total, tiers)
    except InvalidParameterError as refused:
        raise click.UsageError(str(refused)) from None
    if total is None:
        click.echo(f"no number of servers keeps every target with a capacity of {question.capacity}", err=True)
        raise SystemExit(Exit.INFEASIBLE)


def read_question(written: dict[str, str | None], find: str | None) -> Question:
    """Read the options; every fault at once."""
    values, faults = {}, []
    for name, read in READERS.items():
        text = written[name]
        try:
            if text is not None or name in NEEDED:
                values[name] = read(text or "")
        except ValueError as expected:
            stands = "missing" if text is None else repr(text)
            faults.append(f"{option(name)}: {stands}: expected {expected}")
    faults += conflicts({name for name, text in written.items() if text is not None}, find, values.get("scv", 1.0))
    if faults:
        head = [f"{len(faults)} faults"] if len(faults) > 1 else []
        raise click.UsageError("\n".join([*head, *faults]))
    return Question(**values)


def conflicts(given: set[str], find: str | None, scv: float) -> Iterator[str]:
    """Options that do not go together."""
    targets = [option(name) for name in TARGETS if name in given]
    if find is None:
        if "servers" not in given:
            yield "--servers: missing: expected a number of servers, or --find servers"
        if targets:
            yield f"{', '.join(targets)}: expected only with --find servers"
    else:
        if "servers" in given:
            yield "--servers: expected it or --find servers, not both"
        if not targets:
            yield f"--find servers: expected a target: {', '.join(map(option, TARGETS))}"
    if "service_level" in given and "within" not in given:
        yield "--service-level: expected --within with it: the limit of the wait"
    if "abandonment" in given and "patience" not in given:
        yield "--abandonment: expected --patience with it: without, nobody gives up"
    if scv != 1:
        for name in ("tiers", "capacity"):
            if name in given:
                yield f"--scv: no model here has {option(name)} and a service that is not exponential (scv 1)"
    if {"tiers", "capacity"} <= given:
        yield "--tiers: no model here has them and --capacity"


def option(name: str) -> str:
    """An option as it is written."""
    return f"--{name.replace('_', '-')}"


def solve(question: Question, servers: int) -> "tuple[StationaryQueue, tuple[StationaryQueue, ...]]":
    """All customers and each tier, in units of the mean service time."""
    from optimizer.queues.stationary.erlang import erlang_a, erlang_c
    from optimizer.queues.stationary.general_service import general_service
    from optimizer.queues.stationary.priority import priority_queue

    load, impatience = question.load, 0.0
    if question.patience is not None:
        impatience = 1 / question.in_services(question.patience)
    if question.tiers:
        both = priority_queue(servers, [part * load for part in question.tiers], 1.0, impatience)
        return both.total, both.tiers
    if question.scv != 1:
        return general_service(servers, load, 1.0, question.scv, abandonment_rate=impatience), ()
    if impatience > 0:
        return erlang_a(servers, load, 1.0, impatience, question.capacity), ()
    return erlang_c(servers, load, 1.0, question.capacity), ()


def find_servers(question: Question) -> int | None:
    """Least number of servers that keeps every target; None where the capacity does not permit it."""
    from optimizer.queues.stationary.least_servers import least_servers

    def total(servers: int) -> "StationaryQueue":
        return solve(question, servers)[0]

    if question.capacity is not None and not keeps(question, total(question.capacity)):
        return None
    if not total(1).exact:  # of an approximation one server more may do worse: none is passed over
        return next(servers for servers in naturals(1) if keeps(question, total(servers)))
    limit = None if question.within is None else question.in_services(question.within)
    wait = None if question.mean_wait is None else question.in_services(question.mean_wait)
    targets = {"service_level": question.service_level, "mean_wait": wait, "abandonment": question.abandonment}
    least = 1
    for measure, target in targets.items():
        if target is not None:
            within = limit if measure == "service_level" else None
            least = least_servers(total, measure, target, within=within, least=least)
    return least


def keeps(question: Question, queue: "StationaryQueue") -> bool:
    """Whether a queue keeps every target."""
    return (
        (question.service_level is None or (level(question, queue) or 0.0) >= question.service_level)
        and (question.mean_wait is None or queue.mean_wait <= question.in_services(question.mean_wait))
        and (question.abandonment is None or queue.abandonment <= question.abandonment)
    )


def level(question: Question, queue: "StationaryQueue") -> float | None:
    """Share of all who arrive that are served within the limit; None without one, or where the model has no answer."""
    if question.within is None or queue.waiting_time is None:
        return None
    return queue.service_level(question.in_services(question.within))


def structure(question: Question, queue: "StationaryQueue | None") -> dict[str, Any]:
    """Measures under the names of the JSON answer."""
    if queue is None:
        return dict.fromkeys(KEYS)
    service = float(question.service)
    values = (
        queue.servers, queue.offered_load, queue.utilization, queue.wait_probability, queue.mean_wait * service,
        queue.mean_queue, queue.mean_time_in_system * service,
        level(question, queue), queue.abandonment, queue.model, queue.exact, queue.blocking,
    )  # fmt: skip
    return {key: None if value == inf else value for key, value in zip(KEYS, values, strict=True)}


def show(question: Question, total: "StationaryQueue", tiers: "tuple[StationaryQueue, ...]") -> None:
    """Print the measures as a table in plain words, a column for each tier."""
    from rich.console import Console
    from rich.table import Table

    columns = [structure(question, queue) for queue in (total, *tiers)]
    table = Table(box=None, pad_edge=False, show_header=bool(tiers), header_style="bold")
    table.add_column("")
    table.add_column("all", justify="right")
    for n, part in enumerate(question.tiers):
        table.add_column(f"tier {n + 1} ({part:.4g})", justify="right")
    for words, key, form in rows(question):
        unknown = "not known" if key == "service_level" else "endless"
        table.add_row(words, *(unknown if column[key] is None else form.format(column[key]) for column in columns))
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = 200
    console.print(table)
    click.echo(f"Model: {total.model}, {'exact' if total.exact else 'an approximation'}, in the long run.")
    if total.mean_queue == inf:
        click.echo(f"{total.servers} cannot keep up: the queue grows without end. "
                   f"At least {floor(question.load) + 1} servers are needed.")  # fmt: skip


def rows(question: Question) -> Iterator[tuple[str, str, str]]:
    """Words, key and form of each line that says something."""
    yield "Servers", "servers", "{:,}"
    yield "Servers' worth of work coming in", "offered_load", "{:,.2f}"
    yield "Time that servers are busy", "utilization", "{:.1%}"
    yield "Customers who have to wait", "wait_probability", "{:.1%}"
    yield "Mean wait", "mean_wait", "{:,.2f} min"
    yield "Mean number waiting", "mean_queue", "{:,.2f}"
    yield "Mean time from coming to leaving", "mean_time_in_system", "{:,.2f} min"
    if question.within is not None:
        yield f"Served within {float(question.within):.3g} min", "service_level", "{:.1%}"
    if question.patience is not None:
        yield "Customers who give up", "abandonment", "{:.1%}"
    if question.capacity is not None:
        yield "Customers turned away", "blocking", "{:.1%}"
