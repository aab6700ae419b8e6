"""``qpo verify``: will it be true in the hall?"""

from pathlib import Path
from typing import Any

import click

from optimizer.cli.exits import Exit, faults_in, format_option, refusals
from optimizer.cli.run_record import simulation_record


@click.command(epilog="Try: qpo verify instances/daan instances/daan/today.json")
@click.argument("branch", type=click.Path(path_type=Path))
@click.argument("policy", type=click.Path(path_type=Path))
@click.option("--days", type=click.IntRange(30), default=1000, show_default=True, help="Simulated days of each kind.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Seed of the days.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Threads to use.")
@click.option(
    "--confidence", type=click.FloatRange(0.5, 1, max_open=True), default=0.95, show_default=True,
    help="Of every interval, and of all judgements together.",
)  # fmt: skip
@click.option(
    "--tolerance", type=click.FloatRange(0), default=0.1, show_default=True,
    help="Difference that does not matter: a share of a wait (of a minute, if it is shorter), or of all customers.",
)  # fmt: skip
@click.option("--explain/--no-explain", default=True, show_default=True, help="Look for what explains differences.")
@click.option("--models", is_flag=True, help="Say what each model of the evaluation does for the agreement.")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder to write into.")
@format_option
def verify(branch: Path, policy: Path, output: Path | None, form: str, **chosen: Any) -> None:
    """Simulate a POLICY file on a BRANCH folder and compare with what the evaluation promises.

    The simulation follows every customer through the hall, day after day, and shares no formula with the evaluation.
    -o writes all numbers: verification.json and verification.csv. Exit code 5 when the plan is not confirmed: a target
    fails in the hall, or a channel's day is worse than promised.
    """
    with refusals(form):
        from optimizer.cli.screen import phases, show
        from optimizer.evaluation import evaluate
        from optimizer.problem import read_branch, read_policy, to_json
        from optimizer.reporting import (
            verification_csv,
            verification_lines,
            verification_sections,
            verification_structure,
            write_files,
        )
        from optimizer.verification import VerifyOptions
        from optimizer.verification import verify as doubt

        given, decided = read_branch(branch), read_policy(policy)
        with phases() as report, faults_in(policy.name):
            verified = doubt(given, evaluate(given, decided), VerifyOptions(**chosen), report)
    structure = verification_structure(given, verified)
    for warning in verified.evaluation.unevaluated:
        click.echo(f"not evaluated yet, but simulated: {warning}", err=True)
    if output is not None:
        whole = {"run": simulation_record(branch, policy, chosen)} | structure
        texts = {"verification.csv": verification_csv(given, verified), "verification.json": to_json(whole)}
        for path in write_files(output, texts):
            click.echo(f"wrote {path}", err=True)
    if form == "json":
        click.echo(to_json(structure), nl=False)
    else:
        click.echo("\n".join([*verification_lines(verified), ""]))
        show(verification_sections(given, verified))
    raise SystemExit(Exit.ANSWERED if verified.confirmed else Exit.JUDGEMENT_FAILED)
