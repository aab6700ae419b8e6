"""``qpo evaluate``: what does this policy yield?"""

from pathlib import Path

import click

from optimizer.cli.exits import Exit, faults_in, format_option, refusals


@click.command(epilog="Try: qpo evaluate instances/daan instances/daan/today.json")
@click.argument("branch", type=click.Path(path_type=Path))
@click.argument("policy", type=click.Path(path_type=Path))
@format_option
def evaluate(branch: Path, policy: Path, form: str) -> None:
    """Judge a POLICY file on a BRANCH folder: cost, service, rules and targets.

    Exit code 5 when a rule or a target is broken.
    """
    with refusals(form):
        from optimizer.evaluation import evaluate as judge
        from optimizer.problem import read_branch, read_policy, to_json
        from optimizer.reporting import evaluation_structure, policy_sections, verdict_lines

        given = read_branch(branch)
        decided = read_policy(policy)
        with faults_in(policy.name):
            judged = judge(given, decided)
    if form == "json":
        click.echo(to_json(evaluation_structure(given, judged)), nl=False)
    else:
        from optimizer.cli.screen import show

        show(policy_sections(given, judged, None))
        click.echo("\n".join(verdict_lines(judged)))
    for warning in judged.unevaluated:
        click.echo(f"not evaluated yet: {warning}", err=True)
    raise SystemExit(Exit.ANSWERED if judged.feasible else Exit.JUDGEMENT_FAILED)
