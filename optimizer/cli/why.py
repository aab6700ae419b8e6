"""``qpo why``: what would one thing changed cost?"""

from pathlib import Path
from typing import Any

import click

from optimizer.cli.exits import format_option, refusals
from optimizer.cli.forecast import calendar_options, read_all, refuse_missing
from optimizer.cli.output import tried, writing
from optimizer.cli.plan import lang_option


@click.command(epilog="Try: qpo why runs/2027Q1 instances/daan")
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@click.argument("branch", type=click.Path(path_type=Path))
@calendar_options
@click.option("--gap", type=click.FloatRange(0, 1), default=0.04, show_default=True, help="Proven gap of each search.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Threads to use.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the solver.")
@lang_option(None)
@format_option
def why(
    run: Path, branch: Path, history: Path | None, adjust: Path | None, gap: float, workers: int, lang: Any, form: str,
    **chosen: Any,
) -> None:  # fmt: skip
    """Say what one person, window, machine, step of a threshold or of a target more or less would cost.

    Each change of the plan in a RUN folder is solved again, with the BRANCH folder and the options that it was planned
    with. The answer goes into result.json, workbook and page of the RUN folder too.
    """
    refuse_missing(history)
    with refusals(form):
        from optimizer.calibration.quarter import Quarter, forecast_quarter
        from optimizer.cli.report import RESULT, as_written, made_reports, read_structure, refuse_other_branch
        from optimizer.cli.run_record import changed_since, planned_otherwise
        from optimizer.cli.screen import answers_alone, phases, show
        from optimizer.optimization import SearchOptions
        from optimizer.optimization.changes import what_changes
        from optimizer.planning.quarter_branch import branch_of_quarter
        from optimizer.planning.replan import usual_policy
        from optimizer.problem import to_json, write_text
        from optimizer.reporting.quarter.earlier import read_earlier
        from optimizer.reporting.quarter.reports import calendars_in, write_reports
        from optimizer.reporting.quarter.why import why_part, why_sections

        structure = read_structure(run)
        with as_written(run):
            policy, quarter = usual_policy(read_earlier(run, structure)), Quarter.of(structure["quarter"])
        given, rules, past, adjustments = read_all(branch, quarter.year, history, adjust, **chosen)
        refuse_other_branch(run, structure, given)
        if changed_since(run, branch):
            click.echo(f"note: the files of {branch} are not as they were when {run} was planned", err=True)
        for each in planned_otherwise(run, chosen | {"history": history, "adjust": adjust}):
            click.echo(f"note: {run} was planned with {each}", err=True)
        tried(run)
        forecast = forecast_quarter(given, quarter, rules, past, adjustments, chosen["seed"])
        options = SearchOptions(gap=gap, workers=workers, seed=chosen["seed"])
        with answers_alone(), phases() as report:
            changes = what_changes(
                branch_of_quarter(forecast), policy, options, lambda done, most: report("changes solved", done, most)
            )
        part = why_part(changes)
        structure["why"] = part
        made, before = made_reports(run, structure, lang), calendars_in(run)
        with writing(run):
            write_text(run / RESULT, to_json(structure))
            for path in (run / RESULT, *write_reports(run, made, before)):
                click.echo(f"wrote {path}", err=True)
    if form == "json":
        click.echo(to_json(part), nl=False)
    else:
        show(why_sections(part))
