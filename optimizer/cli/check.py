"""``qpo check``: is the branch whole?"""

from pathlib import Path

import click

from optimizer.cli.exits import format_option, gathered, refusals
from optimizer.errors import DataRefused, Fault


@click.command(epilog="Try: qpo check instances/daan")
@click.argument("branch", type=click.Path(path_type=Path))
@click.option(
    "--people", type=click.Path(path_type=Path, file_okay=False),
    help="Folder with people.csv, leave.csv, wishes.csv, roster.toml.  [default: the BRANCH folder]",
)  # fmt: skip
@format_option
def check(branch: Path, people: Path | None, form: str) -> None:
    """Read a BRANCH folder, people included, and say every fault in it, and what is not evaluated yet."""
    with refusals(form):
        from optimizer.cli.plan import read_people
        from optimizer.evaluation import all_regimes, broken_rules, unevaluated
        from optimizer.optimization import legal_shifts
        from optimizer.problem import TODAY, read_branch, read_today, to_json

        given = read_branch(branch)
        faults: list[Fault] = []
        today = staff = None
        with gathered(faults):
            today = read_today(branch)
        with gathered(faults):
            _, staff = read_people(people or branch, given, hire=False, named=people is not None)
        if faults:
            raise DataRefused(faults)
    pending = unevaluated(given)
    breaches = [] if today is None else [f"{TODAY}: {sentence}" for sentence in broken_rules(given, today)]
    day_types = {
        name: {
            "days": day_type.days,
            "periods": given.periods(name),
            "customers": sum(sum(v) for tiers in given.arrivals[name].values() for v in tiers.values()),
            "legal_shifts": len(legal_shifts(given, name)),
        }
        for name, day_type in given.day_types.items()
    }
    regimes, heads = len(all_regimes(given)), 0 if staff is None else len(staff.people)
    for warning in [*(f"not evaluated yet: {sentence}" for sentence in pending), *breaches]:
        click.echo(warning, err=True)
    if form == "json":
        answer = {
            "status": "accepted",
            "name": given.name,
            "day_types": day_types,
            "regimes": regimes,
            "people": heads,
        }
        click.echo(to_json({**answer, "warnings": [*pending, *breaches]}), nl=False)
        return
    click.echo(f"{given.name}: {len(given.channels)} channels, {len(given.transactions)} transactions, "
               f"{len(given.tiers)} tiers, {len(given.skills)} skills, {regimes} regimes")  # fmt: skip
    for name, facts in day_types.items():
        click.echo(f"  {name}: {facts['days']} days, {facts['periods']} periods, {facts['customers']:.0f} customers "
                   f"a day, {facts['legal_shifts']} legal shifts")  # fmt: skip
    if staff is not None:
        click.echo(f"  {len(staff.people)} people, {len(staff.leave)} leaves, {len(staff.wishes)} wishes")
    click.echo("No fault found.")
