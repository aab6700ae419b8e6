"""``qpo plan``: who stands where, on every day of a quarter?"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from optimizer.cli.exits import Exit, faults_in, format_option, gathered, refusals
from optimizer.cli.forecast import quarter_options, read_all, refuse_missing
from optimizer.cli.output import tried
from optimizer.errors import DataRefused, Fault

F = TypeVar("F", bound=Callable[..., Any])
PEOPLE = "people.csv"

if TYPE_CHECKING:
    from optimizer.calibration.quarter import Quarter
    from optimizer.planning.groundwork import NoPolicyError
    from optimizer.problem import Branch, RosterRules, Staff


def lang_option(default: str | None = "en") -> Callable[[F], F]:
    """``--lang en|zh``; with no default the language of the run."""
    return click.option(
        "--lang", type=click.Choice(["en", "zh"]), default=default, show_default=default or "that of the RUN",
        help="Language of the reports.",
    )  # fmt: skip


def roster_options(command: Any) -> Any:
    """What plan and replan ask of a roster."""
    options = (
        click.option("--cover-all", is_flag=True, help="Allow no shift to stay without people."),
        click.option(
            "--roster-gap", type=click.FloatRange(0, 1), default=0.02, show_default=True,
            help="Proven gap of the roster.",
        ),
        click.option(
            "--roster-seconds", type=click.FloatRange(min=0, min_open=True), default=300, show_default=True,
            help="Most time for the roster.",
        ),
        click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Threads to use."),
        click.option(
            "--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of everything random."
        ),
        click.option(
            "--verify/--no-verify", default=True, show_default=True, help="Doubt the plans by simulation."
        ),
        click.option(
            "--days", type=click.IntRange(30), default=1000, show_default=True, help="Simulated days of each plan."
        ),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@click.command(epilog="Try: qpo plan instances/daan --quarter 2027Q1 -o runs/2027Q1")
@click.argument("branch", type=click.Path(path_type=Path))
@quarter_options
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Run folder to write.")
@click.option(
    "--people", type=click.Path(path_type=Path, file_okay=False),
    help="Folder with people.csv, leave.csv, wishes.csv, roster.toml.  [default: the BRANCH folder]",
)  # fmt: skip
@click.option("--hire", is_flag=True, help="Plan as if nobody were employed, and say how many to employ.")
@click.option("--gap", type=click.FloatRange(0, 1), default=0.04, show_default=True, help="Proven gap of the policy.")
@click.option("--compare/--no-compare", default=True, show_default=True, help="Compare with Erlang by period.")
@roster_options
@lang_option()
@format_option
def plan(
    branch: Path,
    quarter: "Quarter",
    history: Path | None,
    adjust: Path | None,
    output: Path | None,
    people: Path | None,
    form: str,
    **chosen: Any,
) -> None:  # fmt: skip
    """Plan a quarter of a BRANCH folder: thresholds, a plan for each day, shifts for each person.

    The calendar and the forecast say which customers come on which day. The people are those of people.csv; without
    that file, or with --hire, the answer says how many to employ. -o writes the run folder with a workbook, a report
    and a calendar for each person. Exit code 3 when no policy keeps the targets, or, with --cover-all, no roster covers
    every shift: with what clashes, and the nearest plan. Ctrl-C ends the search for thresholds or for a roster and
    keeps the best so far.
    """
    refuse_missing(history)
    with refusals(form):
        from optimizer.calibration.quarter import forecast_quarter
        from optimizer.cli.quarter_run import against_erlang, options_of, said, watching
        from optimizer.planning.groundwork import NoPolicyError
        from optimizer.planning.nearest import nearest_quarter
        from optimizer.planning.quarter import NoRosterError, plan_quarter

        faults: list[Fault] = []
        read = None
        with gathered(faults):
            read = read_all(branch, quarter.year, history, adjust, **chosen)
        with gathered(faults):
            given = None if read is None else read[0]
            roster_rules, staff = read_people(people or branch, given, hire=chosen["hire"], named=people is not None)
        if faults or read is None:
            raise DataRefused(faults)
        given, rules, past, adjustments = read
        with faults_in("history" if history is None else history.name):
            forecast = forecast_quarter(given, quarter, rules, past, adjustments, chosen["seed"])
        chosen |= {"history": history, "adjust": adjust}
        tried(output)
        options = options_of(chosen)
        parts: dict[str, Any] = {}
        try:
            with watching() as watch:
                found = plan_quarter(forecast, roster_rules, staff, options, watch)
                erlang = against_erlang(found, staff, options, watch) if chosen["compare"] else None
        except NoPolicyError as none:
            erlang = None
            with watching() as watch:
                nearest = nearest_quarter(none, forecast, roster_rules, staff, options, watch)
            if nearest is None:
                raise SystemExit(no_policy(none)) from None
            found, parts = nearest, {"status": "infeasible", "conflict": list(none.layer.result.conflict)}
        except NoRosterError as none:
            click.echo(f"No roster was found: {none.result.ended_by}, {none.result.seconds:.0f} s.", err=True)
            raise SystemExit(Exit.NO_POLICY) from None
        raise SystemExit(said(branch, found, erlang, output, form, chosen, **parts))


def no_policy(none: "NoPolicyError") -> Exit:
    """Say why there is no policy."""
    from optimizer.optimization import Status
    from optimizer.reporting import result_lines

    click.echo("\n".join(result_lines(none.layer.result)), err=True)
    return Exit.INFEASIBLE if none.layer.result.status is Status.INFEASIBLE else Exit.NO_POLICY


def read_people(
    folder: Path, branch: "Branch | None", *, hire: bool, named: bool = False
) -> "tuple[RosterRules, Staff | None]":
    """The rules of the roster and the people, none where they are to be hired.

    Args:
        folder: Where their files are.
        branch: The branch that they work in; None where it is refused: then the rules alone are read.
        hire: Whether to read no people.
        named: Whether the folder was named for its people: it must hold some, and faults name it.

    Raises:
        DataRefused: with the faults of all files.
    """
    from optimizer.problem import RosterRules, read_roster_rules, read_staff

    if named and not folder.is_dir():
        raise DataRefused([Fault(str(folder), "folder", "absent", f"a folder with {PEOPLE}")])
    if named and not hire and not (folder / PEOPLE).exists():
        raise DataRefused([Fault(str(folder / PEOPLE), "file", "absent", "the people, or --hire")])
    faults: list[Fault] = []
    rules, staff = RosterRules(), None
    with gathered(faults):
        rules = read_roster_rules(folder)
    if branch is not None and not hire:
        with gathered(faults):
            staff = read_staff(folder, branch)
    if faults:
        # Both read the rules, and say the faults in them.
        once = [fault for number, fault in enumerate(faults) if fault not in faults[:number]]
        raise DataRefused(
            [replace(fault, file=str(folder / Path(fault.file).name)) for fault in once] if named else once
        )
    return rules, staff
