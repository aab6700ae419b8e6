"""``qpo report`` and ``qpo compare``: a planned quarter said again, or beside another."""

import json
from pathlib import Path
from typing import Any

import click

from optimizer.cli.exits import format_option, refusals
from optimizer.cli.plan import lang_option
from optimizer.errors import DataRefused, Fault

RESULT = "result.json"


def read_structure(run: Path) -> dict[str, Any]:
    """What a run folder says of a planned quarter.

    Raises:
        DataRefused: where it is not the folder of a planned quarter.
    """
    path = run / RESULT
    expected = "the run folder of `qpo plan -o`"
    try:
        structure: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataRefused([Fault(str(path), "file", error.strerror or str(error), expected)]) from None
    except ValueError as error:
        raise DataRefused([Fault(str(path), "file", str(error), "JSON as `qpo plan` writes it")]) from None
    kind = structure.get("kind") if isinstance(structure, dict) else None
    if kind != "quarter":
        raise DataRefused([Fault(str(path), "kind", kind, f'"quarter": {expected}')])
    if structure.get("version") != 1:
        raise DataRefused([Fault(str(path), "version", structure.get("version"), "1: plan again with this version")])
    return structure


@click.command(epilog="Try: qpo report runs/2027Q1 --lang zh")
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder to write.  [default: RUN]"
)
@lang_option
@format_option
def report(run: Path, output: Path | None, lang: Any, form: str) -> None:
    """Write workbook, page and people's calendars of a RUN folder again, in the language of --lang."""
    with refusals(form):
        from optimizer.problem import to_json
        from optimizer.reporting.quarter.reports import lacking, reports, write_reports

        if missing := lacking():
            raise click.UsageError(f"reports need {', '.join(missing)}: pip install 'queue-policy-optimizer[quarter]'")
        structure = read_structure(run)
        written = write_reports(output or run, reports(structure, lang))
    if form == "json":
        click.echo(to_json({"written": [str(path) for path in written]}), nl=False)
    else:
        click.echo("\n".join(f"wrote {path}" for path in written))


@click.command(epilog="Try: qpo compare runs/2027Q1 runs/2027Q1-more-people")
@click.argument("first", type=click.Path(path_type=Path, file_okay=False))
@click.argument("second", type=click.Path(path_type=Path, file_okay=False))
@format_option
def compare(first: Path, second: Path, form: str) -> None:
    """Say what the SECOND run folder of a quarter does otherwise than the FIRST."""
    from optimizer.cli.exits import gathered

    with refusals(form):
        from optimizer.problem import to_json
        from optimizer.reporting.quarter.comparison import comparison_sections, comparison_structure

        faults: list[Fault] = []
        runs = []
        for run in (first, second):
            with gathered(faults):
                runs.append(read_structure(run))
        if faults:
            raise DataRefused(faults)
    if form == "json":
        click.echo(to_json(comparison_structure(*runs)), nl=False)
        return
    from optimizer.cli.screen import show

    show(comparison_sections(*runs))
