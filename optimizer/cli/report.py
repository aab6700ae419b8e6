"""``qpo report`` and ``qpo compare``: a planned quarter said again, or beside another."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.cli.exits import format_option, refusals
from optimizer.cli.output import tried, writing
from optimizer.cli.plan import lang_option
from optimizer.errors import DataRefused, Fault

if TYPE_CHECKING:
    from optimizer.problem import Branch
    from optimizer.reporting.quarter.words import Language

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


def refuse_other_branch(run: Path, structure: dict[str, Any], branch: "Branch") -> None:
    """Refuse a branch that the run did not plan.

    Raises:
        DataRefused: where it has another name.
    """
    if structure["branch"] != branch.name:
        expected = f"{structure['branch']!r}, the branch of {run}"
        raise DataRefused([Fault("branch.toml", "name", branch.name, expected)])


def language_of(structure: dict[str, Any], lang: "Language | None") -> "Language":
    """The language that was asked for, or that of the run."""
    if lang is not None:
        return lang
    return "zh" if structure["run"].get("lang") == "zh" else "en"


def made_reports(run: Path, structure: dict[str, Any], lang: "Language | None") -> dict[str, bytes]:
    """Workbook, page and calendars.

    Raises:
        DataRefused: where the structure was changed to something of which none can be made.
    """
    from optimizer.reporting.quarter.reports import reports

    with as_written(run):
        return reports(structure, language_of(structure, lang))


@contextmanager
def as_written(run: Path) -> Iterator[None]:
    """Refuse what is not as ``qpo plan`` wrote it, where it cannot be read.

    Raises:
        DataRefused: in place of what Python says of it.
    """
    try:
        yield
    except DataRefused:
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        what = f"{type(error).__name__}: {error}"
        raise DataRefused([Fault(str(run / RESULT), "content", what, "what `qpo plan` wrote, unchanged")]) from error


@click.command(epilog="Try: qpo report runs/2027Q1 --lang zh")
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder to write.  [default: RUN]"
)
@lang_option(None)
@format_option
def report(run: Path, output: Path | None, lang: Any, form: str) -> None:
    """Write workbook, page and people's calendars of a RUN folder again, in the language of --lang."""
    with refusals(form):
        from optimizer.problem import to_json
        from optimizer.reporting.quarter.reports import calendars_in, lacking, write_reports

        if missing := lacking():
            raise click.UsageError(f"reports need {', '.join(missing)}: pip install '.[quarter]'")
        structure = read_structure(run)
        folder = output or run
        tried(folder)
        made = made_reports(run, structure, lang)
        with writing(folder):
            written = write_reports(folder, made, calendars_in(folder))
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
        with as_written(second):
            compared, sections = comparison_structure(*runs), list(comparison_sections(*runs))
    if form == "json":
        click.echo(to_json(compared), nl=False)
        return
    from optimizer.cli.screen import show

    show(sections)
