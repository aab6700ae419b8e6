"""``qpo solve``: what should we do?"""

from pathlib import Path

import click

from optimizer.cli.exits import Exit, faults_in, format_option, refusals


@click.command(epilog="Try: qpo solve instances/daan -o runs/daan --gap 0.02")
@click.argument("branch", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Run folder to write.")
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    help="Stop after so many seconds, compilation included.",
)
@click.option("--gap", type=click.FloatRange(0, 1), default=0.04, show_default=True, help="Stop at this proven gap.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Threads to use.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the solver.")
@click.option("--verify/--no-verify", default=True, show_default=True, help="Doubt the plan by simulation.")
@click.option("--days", type=click.IntRange(30), default=1000, show_default=True, help="Simulated days of each kind.")
@format_option
def solve(
    branch: Path, output: Path | None, time_limit: float | None, gap: float, workers: int, seed: int, verify: bool,
    days: int, form: str,
) -> None:  # fmt: skip
    """Choose the policy of least cost for a BRANCH folder, with a proven gap.

    The plan is simulated; where a target fails in the hall it is tightened and the search begins anew. Exit code 5 when
    the simulation does not confirm the plan. Ctrl-C ends the search and keeps the best so far.
    """
    from dataclasses import asdict
    from math import inf

    with refusals(form):
        from optimizer.cli.run_record import run_record
        from optimizer.cli.screen import answers_alone, progress, show
        from optimizer.evaluation import evaluate, unevaluated
        from optimizer.optimization import SearchOptions, Status
        from optimizer.planning import plan
        from optimizer.problem import TODAY, read_branch, read_today, to_json
        from optimizer.reporting import (
            doubt_lines,
            plan_structure,
            policy_sections,
            result_lines,
            saving_line,
            verdict_lines,
            write_run,
        )
        from optimizer.verification import VerifyOptions

        given = read_branch(branch)
        today = read_today(branch)
        with faults_in(TODAY):
            judged_today = None if today is None else evaluate(given, today)
    for warning in unevaluated(given):
        click.echo(f"not evaluated yet: {warning}", err=True)
    options = SearchOptions(gap=gap, time_limit=inf if time_limit is None else time_limit, workers=workers, seed=seed)
    doubts = VerifyOptions(days=days, seed=seed + 1, workers=workers, explain=False) if verify else None
    with answers_alone(), progress() as report:
        planned = plan(given, options, doubts, report)
    result = planned.result
    if output is not None:
        record = run_record(branch, result, options) | {"verification": None if doubts is None else asdict(doubts)}
        for path in write_run(output, given, planned, judged_today, record):
            click.echo(f"wrote {path}", err=True)
    if form == "json":
        click.echo(to_json(plan_structure(given, planned, judged_today)), nl=False)
    else:
        if result.evaluation is not None:
            show(policy_sections(given, result.evaluation, judged_today))
            click.echo("\n".join(verdict_lines(result.evaluation)))
        click.echo("\n".join(result_lines(result)))
        if result.evaluation is not None and judged_today is not None:
            click.echo(saving_line(result.evaluation, judged_today))
        click.echo("\n".join(doubt_lines(planned)))
    refuted = planned.verification is not None and not planned.verification.confirmed
    codes = {Status.INFEASIBLE: Exit.INFEASIBLE, Status.NO_SOLUTION_FOUND: Exit.NO_POLICY}
    raise SystemExit(codes.get(result.status, Exit.JUDGEMENT_FAILED if refuted else Exit.ANSWERED))
