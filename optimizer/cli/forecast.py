"""``qpo forecast``: how many customers come on each day of a quarter?"""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from optimizer.cli.exits import faults_in, format_option, gathered, refusals
from optimizer.cli.run_record import forecast_record
from optimizer.errors import DataRefused, Fault

if TYPE_CHECKING:
    from optimizer.calibration.back_testing import BackTest
    from optimizer.calibration.calendar import CalendarRules
    from optimizer.calibration.planner_tables import Adjustment, History
    from optimizer.calibration.quarter import Quarter
    from optimizer.problem import Branch

F = TypeVar("F", bound=Callable[..., Any])
EXTRA = "pip install '.[{}]'"
ENDING = 2 * 7
"""Days ahead that the test of a history forecasts."""


def as_quarter(ctx: click.Context, param: click.Parameter, value: str) -> "Quarter":
    """The quarter of an option.

    Raises:
        click.BadParameter: where it is none.
    """
    from optimizer.calibration.quarter import Quarter

    try:
        return Quarter.of(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not {error}", ctx, param) from None


def as_days(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, ...]:
    """The days of the month of an option.

    Raises:
        click.BadParameter: where one is none.
    """
    parts = [part.strip() for part in value.split(",")] if value else []
    if not all(part.isascii() and part.isdecimal() and 1 <= int(part) <= 31 for part in parts):
        raise click.BadParameter(f"{value!r} is not days of the month from 1 to 31, such as 10,25", ctx, param)
    return tuple(sorted({int(part) for part in parts}))


def quarter_options(command: F) -> F:
    """The options that say which quarter, and what is known of its days."""
    which = click.option("--quarter", callback=as_quarter, required=True, help='The quarter, such as "2027Q1".')
    return which(calendar_options(command))


def calendar_options(command: F) -> F:
    """The options that say what is known of the days of a quarter."""
    options = (
        click.option(
            "--history", type=click.Path(path_type=Path), help="Customers of past days: CSV with date, customers."
        ),
        click.option("--country", default="CN", show_default=True, help="Whose public holidays: CN, IL, DE-BY."),
        click.option(
            "--calendar", "overrides", type=click.Path(path_type=Path),
            help="What you know of dates, before all else: CSV with date, kind, name. A kind is holiday, make_up, "
            "ordinary, closed, pay_day or bill_day.",
        ),
        click.option(
            "--adjust", type=click.Path(path_type=Path),
            help="What you know of coming days: CSV with from, to, transaction, tier (each may be all), factor, "
            "reason.",
        ),
        click.option(
            "--pay-days", callback=as_days, default="", help="Days of the month when wages are paid: 10,25."
        ),
        click.option("--bill-days", callback=as_days, default="", help="Days of the month when utility bills are due."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@click.command(epilog="Try: qpo forecast instances/daan --quarter 2027Q1 -o runs/2027Q1")
@click.argument("branch", type=click.Path(path_type=Path))
@quarter_options
@click.option(
    "--confidence", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True, help="Of every interval."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the intervals.")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder to write into.")
@format_option
def forecast(
    branch: Path,
    quarter: "Quarter",
    history: Path | None,
    adjust: Path | None,
    output: Path | None,
    form: str,
    **chosen: Any,
) -> None:  # fmt: skip
    """Say how many customers come to a BRANCH folder on each day of a quarter.

    The calendar gives each date its day type. Without --history a day has the customers of its day type; with it, what
    the history says of weekdays, holidays, pay days, season and growth goes on top of that. -o writes forecast.csv
    (each day, with an interval) and arrivals_by_day.csv (by period and class).
    """
    refuse_missing(history)
    with refusals(form):
        from optimizer.calibration.quarter import forecast_quarter
        from optimizer.cli.screen import show
        from optimizer.problem import to_json
        from optimizer.reporting import forecast as report
        from optimizer.reporting import write_files

        given, rules, past, adjustments = read_all(branch, quarter.year, history, adjust, **chosen)
        with faults_in("history" if history is None else history.name):
            found = forecast_quarter(given, quarter, rules, past, adjustments, chosen["seed"])
            test = None if past is None else tested(given, past, rules)
    structure = report.forecast_structure(found, adjustments, test, chosen["confidence"])
    if output is not None:
        whole = {"run": forecast_record(branch, history, adjust, chosen), **structure}
        texts = {
            "forecast.csv": report.forecast_csv(found, chosen["confidence"]),
            "arrivals_by_day.csv": report.arrivals_by_day_csv(found),
            "forecast.json": to_json(whole),
        }
        for path in write_files(output, texts, ()):
            click.echo(f"wrote {path}", err=True)
    if form == "json":
        click.echo(to_json(structure), nl=False)
        return
    show(report.forecast_sections(found, adjustments, test, chosen["confidence"]))
    click.echo(report.total_line(found, chosen["confidence"]))
    if structure["provisional"]:
        click.echo("The calendar is provisional.")
    for note in found.notes:
        click.echo(f"note: {note}")


def refuse_missing(history: Path | None) -> None:
    """Refuse to begin without the libraries that are needed.

    Raises:
        click.UsageError: with what to install.
    """
    needed = {"holidays": "quarter"} | ({} if history is None else {"statsmodels": "calibration"})
    for name, extra in needed.items():
        if find_spec(name) is None:
            raise click.UsageError(f"forecasts need the library {name}: {EXTRA.format(extra)}")


def read_all(
    branch: Path, year: int, history: Path | None, adjust: Path | None, **chosen: Any
) -> "tuple[Branch, CalendarRules, History | None, tuple[Adjustment, ...]]":
    """Read everything that is named.

    Raises:
        DataRefused: with the faults of all files.
    """
    from optimizer.calibration.calendar import CalendarRules, Override, provisional_years
    from optimizer.calibration.planner_tables import read_adjustments, read_history, read_overrides
    from optimizer.problem import read_branch

    faults: list[Fault] = []
    given = past = None
    overrides: tuple[Override, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    with gathered(faults):
        given = read_branch(branch)
    if chosen["overrides"] is not None:
        with gathered(faults):
            overrides = read_overrides(chosen["overrides"])
    if history is not None:
        with gathered(faults):
            past = read_history(history)
    if adjust is not None and given is not None:
        with gathered(faults):
            adjustments = read_adjustments(adjust, given)
    rules = CalendarRules(chosen["country"], chosen["pay_days"], chosen["bill_days"], overrides)
    with gathered(faults):
        provisional_years(rules, [year])
    if faults or given is None:
        raise DataRefused(faults)
    return given, rules, past, adjustments


def tested(branch: "Branch", history: "History", rules: "CalendarRules") -> "BackTest | None":
    """Forecast the end of the history from the days before; None where it is too short."""
    from datetime import timedelta

    from optimizer.calibration.back_testing import back_test
    from optimizer.calibration.quarter import past_days
    from optimizer.errors import InvalidParameterError

    past = past_days(branch, history, rules)
    first, last = past.days[0].facts.date, past.days[-1].facts.date
    # Eight origins, the last two weeks before the end, but none with less than six weeks before it.
    earliest = max(first + timedelta(6 * 7 - 1), last - timedelta(ENDING + 7 * 7))
    try:
        return back_test(past.days, past.customers, earliest, ENDING)
    except (InvalidParameterError, DataRefused):
        return None
