"""``qpo schema``: the data dictionary for editors."""

import click


@click.command(epilog="Try: qpo schema --of policy > policy.schema.json")
@click.option("--of", "what", type=click.Choice(["branch", "policy", "roster"]), default="branch", help="Which file.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="json", help="Form of the answer.")
def schema(what: str, form: str) -> None:
    """Print the JSON Schema of branch.toml, a policy or roster.toml, or with --format text a list of its fields."""
    from optimizer.problem import Branch, Policy, RosterRules, to_json

    models: dict[str, type[Branch | Policy | RosterRules]] = {"branch": Branch, "policy": Policy, "roster": RosterRules}
    model = models[what]
    tree = model.model_json_schema()
    if form == "json":
        click.echo(to_json(tree), nl=False)
        return
    for title, part in [(model.__name__, tree), *tree.get("$defs", {}).items()]:
        click.echo(f"{title}: {part.get('description', '')}")
        for name, field in part.get("properties", {}).items():
            default = f" (default {field['default']})" if "default" in field else ""
            click.echo(f"  {name}{default}: {' '.join(field.get('description', '').split())}")
