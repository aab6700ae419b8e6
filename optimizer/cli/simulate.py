"""``qpo simulate``: what happens in the hall?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.cli.exits import faults_in, format_option, gathered, refusals
from optimizer.cli.run_record import simulation_record
from optimizer.errors import DataRefused, Fault

if TYPE_CHECKING:
    from optimizer.problem import Branch, LoggedDay, Policy
    from optimizer.reporting import Section
    from optimizer.simulation import Replications

Report = Callable[[int, int], None]
PICTURES = "it needs matplotlib: pip install '.[pictures]'"


@dataclass(frozen=True)
class Given:
    """What is simulated, as read."""

    branch: "Branch"
    policy: "Policy"
    against: "Policy | None"
    log: "tuple[LoggedDay, ...] | None"


@dataclass(frozen=True)
class Answer:
    """What is said, and in which files."""

    name: str
    """Of the file that holds all of it."""
    sections: "Iterable[Section]"
    notes: tuple[str, ...]
    structure: dict[str, Any]
    tables: dict[str, str]
    stale: tuple[str, ...] = ()
    """Files of an earlier run that would tell of other days."""


@click.command(epilog="Try: qpo simulate instances/daan instances/daan/today.json")
@click.argument("branch", type=click.Path(path_type=Path))
@click.argument("policy", type=click.Path(path_type=Path))
@click.option("--days", type=click.IntRange(30), default=1000, show_default=True, help="Simulated days of each kind.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Seed of the days.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Threads to use.")
@click.option(
    "--precision", type=click.FloatRange(0, min_open=True),
    help="Stop a kind of day sooner: once half the interval of every wait is at most this share of it (of a minute, if "
    "it is shorter), and that of every share of customers at most this.",
)  # fmt: skip
@click.option(
    "--confidence", type=click.FloatRange(0.5, 1, max_open=True), default=0.95, show_default=True,
    help="Of every interval.",
)  # fmt: skip
@click.option("--against", type=click.Path(path_type=Path), help="Another policy file: it meets the same customers.")
@click.option(
    "--replay", type=click.Path(path_type=Path),
    help="A ticket log, whose customers come: CSV with the columns date, day_type, arrival, transaction, tier and, if "
    "known, service_minutes. Each of its dates is simulated --days times.",
)  # fmt: skip
@click.option("--events", metavar="DAY_TYPE", help="Write down all that happens on one day of this type: events.csv.")
@click.option("--picture", metavar="DAY_TYPE", help="Draw the hall over one day of this type: hall.svg.")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder to write into.")
@format_option
def simulate(branch: Path, policy: Path, output: Path | None, form: str, **chosen: Any) -> None:
    """Follow the customers of a BRANCH folder through its hall under a POLICY file, day after day.

    Says for each kind of day and channel how long customers wait, how many are lost, how many are served within each
    promised limit, and what that costs in a quarter, with intervals. --against says how far another policy differs,
    --replay what the customers of a log would have met. -o writes all numbers by channel, tier, class and period.
    """
    refuse_misuse(output, **chosen)
    with refusals(form):
        from optimizer.cli.screen import phases, show
        from optimizer.problem import to_json
        from optimizer.reporting import write_files

        given = read_all(branch, policy, **chosen)
        with phases() as report:
            answer = simulated(given, lambda done, most: report("days simulated", done, most), **chosen)
    if output is not None:
        whole = {"run": simulation_record(branch, policy, chosen)} | answer.structure
        for path in write_files(output, answer.tables | {answer.name: to_json(whole)}, answer.stale):
            click.echo(f"wrote {path}", err=True)
    if form == "json":
        click.echo(to_json(answer.structure), nl=False)
        return
    show(answer.sections)
    click.echo("\n".join(answer.notes))


def refuse_misuse(output: Path | None, **chosen: Any) -> None:
    """Refuse options that do not go together.

    Raises:
        click.UsageError: with the first reason.
    """
    if chosen["against"] is not None and chosen["replay"] is not None:
        raise click.UsageError("--against and --replay: one of them at a time")
    for name in ("against", "replay"):
        for other in ("precision", "events", "picture"):
            if chosen[name] is not None and chosen[other] is not None:
                raise click.UsageError(f"--{other} does not go with --{name}")
    for name in ("events", "picture"):
        if chosen[name] is not None and output is None:
            raise click.UsageError(f"--{name} writes a file: name its folder with -o")
    if chosen["picture"] is not None and find_spec("matplotlib") is None:
        raise click.UsageError(f"--picture: {PICTURES}")


def read_all(branch: Path, policy: Path, **chosen: Any) -> Given:
    """Read everything that is named.

    Raises:
        DataRefused: with the faults of all files.
        click.UsageError: for a day type that the branch does not have.
    """
    from optimizer.problem import read_branch, read_policy, read_ticket_log
    from optimizer.simulation import refuse_unfit

    faults: list[Fault] = []
    given = log = None
    policies: dict[Path, Policy] = {}
    with gathered(faults):
        given = read_branch(branch)
    for path in dict.fromkeys((policy, chosen["against"] or policy)):
        with gathered(faults):
            policies[path] = read_policy(path)
            if given is not None:
                with faults_in(path.name):
                    refuse_unfit(given, policies[path])
    if given is not None and chosen["replay"] is not None:
        with gathered(faults):
            log = read_ticket_log(chosen["replay"], given)
    if faults or given is None:
        raise DataRefused(faults)
    for name in ("events", "picture"):
        if chosen[name] not in (None, *given.day_types):
            raise click.UsageError(f"--{name} {chosen[name]}: a day type is one of {', '.join(given.day_types)}")
    return Given(given, policies[policy], policies[chosen["against"]] if chosen["against"] else None, log)


def simulated(given: Given, report: Report, **chosen: Any) -> Answer:
    """Simulate what is asked for."""
    from optimizer.simulation import Replications

    days = Replications(chosen["days"], chosen["seed"], chosen["workers"], chosen["precision"], chosen["confidence"])
    if given.against is not None:
        return compared(given, given.against, days, report)
    if given.log is not None:
        return replayed(given, given.log, days, report)
    return measured(given, days, report, chosen["events"], chosen["picture"])


def measured(
    given: Given, replications: "Replications", report: Report, events: str | None, picture: str | None
) -> Answer:
    """One policy; with the events of one day, and a picture of one, where they are asked for."""
    from optimizer import reporting
    from optimizer.simulation import simulate as follow
    from optimizer.simulation import simulated_day

    branch, seed = given.branch, replications.seed
    simulation = follow(branch, given.policy, replications, report)
    files = {"simulation.csv": reporting.simulation_csv(branch, simulation)}
    if events is not None:
        files["events.csv"] = reporting.events_csv(branch, events, simulated_day(branch, given.policy, events, seed))
    if picture is not None:
        from optimizer.reporting.picture import hall_picture

        files["hall.svg"] = hall_picture(branch, picture, simulated_day(branch, given.policy, picture, seed), seed)
    return Answer(
        "simulation.json", reporting.simulation_sections(branch, simulation, replications.confidence),
        (reporting.COSTS_NOTE,), reporting.simulation_structure(branch, simulation), files, ("events.csv", "hall.svg"),
    )  # fmt: skip


def compared(given: Given, against: "Policy", replications: "Replications", report: Report) -> Answer:
    """Two policies on the same days."""
    from optimizer import reporting
    from optimizer.simulation import compare

    comparison = compare(given.branch, given.policy, against, replications, report)
    sections = reporting.comparison_sections(given.branch, comparison, replications.confidence)
    structure = reporting.comparison_structure(given.branch, comparison)
    return Answer("comparison.json", sections, (reporting.PAIRS_NOTE, reporting.COSTS_NOTE), structure, {})


def replayed(given: Given, log: "tuple[LoggedDay, ...]", replications: "Replications", report: Report) -> Answer:
    """The customers of a log."""
    from optimizer import reporting
    from optimizer.simulation import replay

    result = replay(given.branch, given.policy, log, replications, report)
    sections = reporting.replay_sections(given.branch, result, replications.confidence)
    structure = reporting.replay_structure(given.branch, result)
    tables = {"replay.csv": reporting.replay_csv(given.branch, result)}
    return Answer("replay.json", sections, (reporting.DRAWN_NOTE, reporting.COSTS_NOTE), structure, tables)
