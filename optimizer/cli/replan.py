"""``qpo replan``: what changes for whom, when the world has changed?"""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.cli.exits import Exit, faults_in, format_option, refusals
from optimizer.cli.forecast import calendar_options, read_all, refuse_missing
from optimizer.cli.output import tried
from optimizer.cli.plan import lang_option, read_people, roster_options
from optimizer.errors import DataRefused, Fault

if TYPE_CHECKING:
    from optimizer.calibration.quarter import Quarter
    from optimizer.problem import Leave, Staff


def as_absences(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[Any, ...], ...]:
    """Person, first day, last day and reason of each absence.

    Raises:
        click.BadParameter: where one is not written so.
    """
    found = []
    for value in values:
        person, _, rest = value.partition(":")
        days, _, reason = rest.partition(":")
        first, _, last = days.partition("..")
        try:
            span = (date.fromisoformat(first), date.fromisoformat(last or first))
        except ValueError:
            span = (date.max, date.min)
        if not person or span[1] < span[0]:
            expected = 'is not a person and days, such as "T03:2027-02-15..2027-02-20:illness"'
            raise click.BadParameter(f"{value!r} {expected}", ctx, param)
        found.append((person, *span, reason or "absence"))
    return tuple(found)


@click.command(epilog="Try: qpo replan runs/2027Q1 instances/daan --from 2027-02-15")
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@click.argument("branch", type=click.Path(path_type=Path))
@click.option(
    "--from", "first", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day that may change."
)
@click.option(
    "--absent", "absences", callback=as_absences, multiple=True,
    help='Who is away besides: "T03:2027-02-15..2027-02-20:illness". May be given again.',
)  # fmt: skip
@click.option(
    "--people", type=click.Path(path_type=Path, file_okay=False),
    help="Folder with people.csv, leave.csv, wishes.csv, roster.toml as they are now.  [default: those of the RUN]",
)  # fmt: skip
@calendar_options
@roster_options
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Run folder to write.")
@lang_option(None)
@format_option
def replan(
    run: Path,
    branch: Path,
    first: datetime,
    absences: tuple[tuple[Any, ...], ...],
    people: Path | None,
    history: Path | None,
    adjust: Path | None,
    output: Path | None,
    form: str,
    **chosen: Any,
) -> None:  # fmt: skip
    """Plan the rest of the quarter of a RUN folder anew, for the same BRANCH folder.

    Days before --from stay as they are, and so do the thresholds on the wall. Absences, a new forecast (--history,
    --adjust, --calendar) or other people (--people) come in; every day of a person that changes has the price of
    change_price in roster.toml, so that few do. The answer lists the changes.
    """
    refuse_missing(history)
    with refusals(form):
        from optimizer.calibration.quarter import Quarter, forecast_quarter
        from optimizer.cli.quarter_run import options_of, said, watching
        from optimizer.cli.report import as_written, language_of, read_structure, refuse_other_branch
        from optimizer.cli.run_record import planned_otherwise
        from optimizer.planning.quarter import NoRosterError
        from optimizer.planning.replan import replan_quarter
        from optimizer.reporting.quarter.earlier import read_earlier
        from optimizer.reporting.quarter.replanned import replan_lines, replan_part

        structure = read_structure(run)
        with as_written(run):
            earlier, quarter = read_earlier(run, structure), Quarter.of(structure["quarter"])
        given, rules, past, adjustments = read_all(branch, quarter.year, history, adjust, **chosen)
        refuse_other_branch(run, structure, given)
        chosen["lang"] = language_of(structure, chosen["lang"])
        roster_rules, staff = None, None
        if people is not None:
            roster_rules, staff = read_people(people, given, hire=False, named=True)
        leave = leave_of(absences, staff or earlier.staff, first.date(), quarter)
        with faults_in("history" if history is None else history.name):
            forecast = forecast_quarter(given, quarter, rules, past, adjustments, chosen["seed"])
        chosen |= {"history": history, "adjust": adjust}
        tried(output)
        for each in planned_otherwise(run, chosen):
            click.echo(f"note: {run} was planned with {each}", err=True)
        try:
            with watching() as watch:
                options = options_of(chosen | {"gap": 0.0})
                made = replan_quarter(
                    earlier, first.date(), forecast, leave, staff, roster_rules, options=options, watch=watch
                )  # fmt: skip
        except NoRosterError as none:
            click.echo(f"No roster was found: {none.result.ended_by}, {none.result.seconds:.0f} s.", err=True)
            raise SystemExit(Exit.NO_POLICY) from None
        part = replan_part(made, leave)
        code = said(branch, made.plan, None, output, form, chosen, made.settled, replan=part)
    if form == "text":
        click.echo("\n".join(replan_lines(part)))
    raise SystemExit(code)


def leave_of(
    absences: tuple[tuple[Any, ...], ...], staff: "Staff", begin: date, quarter: "Quarter"
) -> "tuple[Leave, ...]":
    """The absences as leave.

    Raises:
        DataRefused: where somebody is not on the staff list, or an absence has no day that can still change.
    """
    from optimizer.problem import Leave

    people = [name for name, employee in staff.people.items() if employee.left is None]
    faults = [
        Fault("--absent", "person", person, f"one of {', '.join(people)}")
        for person in dict.fromkeys(person for person, *_ in absences if person not in people)
    ]
    expected = f"days from {begin} on, in {quarter}: what is past stays"
    for _, start, end, _ in absences:
        if end < begin or start > quarter.last or end < quarter.first:
            faults.append(Fault("--absent", "days", f"{start}..{end}", expected))
    if faults:
        raise DataRefused(faults)
    return tuple(Leave(person=who, first=first, last=last, reason=reason) for who, first, last, reason in absences)
