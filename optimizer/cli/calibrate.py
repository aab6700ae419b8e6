"""``qpo calibrate``: which branch left this ticket log, or these counts?"""

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from optimizer.cli.exits import Exit, format_option, refusals

if TYPE_CHECKING:
    from optimizer.calibration.branch_writing import WrittenBranch
    from optimizer.calibration.counts import CountMapping
    from optimizer.calibration.doubts import DoubtReport
    from optimizer.calibration.learning import Learnt, Report
    from optimizer.calibration.log import TicketLog
    from optimizer.calibration.mapping import Layout
    from optimizer.calibration.mapping import Mapping as Columns
    from optimizer.reporting.text import Section

EXTRA = "pip install '.[calibration]'"
PAGE = "jinja2 and matplotlib: pip install '.[report]'"
LIBRARIES = ("duckdb", "holidays")
MAPPING, RECORD = "mapping.toml", "learnt.json"


@dataclass(frozen=True)
class Calibrated:
    """The branch that was made of what was learnt, and how it is said."""

    written: "WrittenBranch"
    structure: Mapping[str, Any]
    sections: "tuple[Section, ...]"
    lines: tuple[str, ...]
    learnt: "Learnt | None" = None
    """What the page shows; None: there is none."""


class Refused(Exception):  # noqa: N818 - it reads as what it says
    """A log that should not be used, for the reasons it carries."""

    def __init__(self, report: "DoubtReport") -> None:
        self.report = report


@click.command(epilog="Try: qpo calibrate tickets.csv -o branches/main-street")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, metavar="BRANCH", type=click.Path(path_type=Path, file_okay=False),
              help="Folder to write the branch into.")  # fmt: skip
@click.option("--mapping", type=click.Path(path_type=Path), help="What the columns mean: TOML. Absent: it is guessed.")
@click.option("--counts", is_flag=True,
              help="LOG holds counts every few minutes (people waiting, counters open, numbers called), no tickets: "
              "queue, ts, open, waiting, called or last_called in the [columns] of the mapping. "
              "Goes with neither --base nor --country.")  # fmt: skip
@click.option("--queue", "queues", multiple=True, metavar="NAME",
              help="With --counts: a queue that the branch has, each a window role; may be given several times. "
              "Absent: all.")  # fmt: skip
@click.option("--base", type=click.Path(path_type=Path),
              help="A branch folder from which all is kept that a log does not tell.")  # fmt: skip
@click.option("--country", default="CN", show_default=True, help="Whose public holidays: CN, IL, DE-BY.")
@click.option("--period", type=click.IntRange(5, 60), help="Length of a period in minutes; absent: 30.")
@click.option("--windows", type=click.IntRange(1), help="Windows that there are; absent: those that the log names.")
@click.option("--insist", is_flag=True, help="Use the log even if it is doubted so much that it would be refused.")
@click.option("--overwrite", is_flag=True,
              help="Replace files of an earlier result even if they were changed since.")  # fmt: skip
@click.option("--name", help="Name of the branch, as reports say it.")
@format_option
def calibrate(logs: tuple[Path, ...], output: Path, form: str, **chosen: Any) -> None:
    """Learn a branch from a ticket LOG, files or a folder of them, and write it as a folder for qpo solve.

    The log is doubted first; one that no queue can have left is refused. What it tells is learnt, each number with its
    interval: who comes when, how long services last, who gives up, how busy days differ. What it does not tell is
    taken from --base or assumed, and said to be. Counts tell less, need --counts, and have no page.
    """
    refuse_misuse(output, **chosen)
    with refusals(form):
        from optimizer.cli.screen import phases, show
        from optimizer.problem import to_json

        mapped, learn = WAYS["counts" if chosen["counts"] else "tickets"]
        columns, notes = mapped(logs, chosen["mapping"])
        for note in notes:
            click.echo(f"guessed: {note}", err=True)
        try:
            with phases() as report:
                found = learn(logs, columns, report, **chosen)
        except Refused as refused:
            say_refused(refused.report, form)
            raise SystemExit(Exit.JUDGEMENT_FAILED) from None
        texts = files(found, columns, chosen["mapping"] is None)
        write_folder(output, texts)
    for name in texts:
        click.echo(f"wrote {output / name}", err=True)
    if form == "json":
        click.echo(to_json(found.structure), nl=False)
        return
    show(found.sections)
    for line in found.lines:
        click.echo(line)


def refuse_misuse(output: Path, **chosen: Any) -> None:
    """Refuse options that do not go together, and a folder that holds something else.

    Raises:
        click.UsageError: with the first reason.
    """
    for name in LIBRARIES:
        if find_spec(name) is None:
            raise click.UsageError(f"logs need the library {name}: {EXTRA}")
    if chosen["base"] is not None and chosen["period"] is not None:
        raise click.UsageError("--period does not go with --base, whose periods are kept")
    if chosen["queues"] and not chosen["counts"]:
        raise click.UsageError("--queue goes with --counts alone")
    if chosen["counts"]:
        given = click.get_current_context().get_parameter_source("country") is ParameterSource.COMMANDLINE
        for name, is_given in (("--base", chosen["base"] is not None), ("--country", given)):
            if is_given:
                raise click.UsageError(f"{name} does not go with --counts")
    if output.is_dir() and any(output.iterdir()) and not (output / RECORD).exists():
        raise click.UsageError(f"{output} is not empty, and no earlier result of qpo calibrate")
    # A mapping that was corrected in the folder and is given again goes on.
    if not chosen["overwrite"] and (changed := changed_files(output, chosen["mapping"])):
        raise click.UsageError(
            f"changed in {output} since qpo calibrate wrote it: {', '.join(changed)}; --overwrite replaces all the same"
        )


def changed_files(folder: Path, mapping: Path | None) -> list[str]:
    """Files that an earlier run wrote and somebody has changed since, but for the mapping that is given."""
    if not (folder / RECORD).is_file():
        return []
    try:
        written = json.loads((folder / RECORD).read_text(encoding="utf-8")).get("files", {})
        known = {name: str(of) for name, of in written.items()}
    except (ValueError, AttributeError):
        return [RECORD]
    given = None if mapping is None else mapping.resolve()
    paths = [folder / name for name in known if (folder / name).is_file()]
    return [path.name for path in paths if path.resolve() != given and _hash(path.read_bytes()) != known[path.name]]


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def mapping_of(logs: tuple[Path, ...], path: Path | None) -> "tuple[Columns, tuple[str, ...]]":
    """The mapping that is given, or a guess and what was guessed.

    Raises:
        DataRefused: with every fault; of counts, or a mapping of them, with the option that they need.
    """
    from optimizer.calibration.counts import read_count_mapping
    from optimizer.calibration.guessing import TICKETS, guess_mapping
    from optimizer.calibration.mapping import read_mapping
    from optimizer.errors import DataRefused, Fault

    if path is None:
        guess = guess_mapping(logs)
        return guess.mapping, (*guess.notes, *_guessed(guess.mapping))
    try:
        return read_mapping(path), ()
    except DataRefused:
        try:
            columns = ", ".join(read_count_mapping(path).columns.given())
        except DataRefused:
            columns = ""
        if not columns:
            raise
        raise DataRefused([Fault(path.name, "columns", columns, TICKETS)]) from None


def count_mapping_of(logs: tuple[Path, ...], path: Path | None) -> "tuple[CountMapping, tuple[str, ...]]":
    """The mapping of counts that is given, or a guess and what was guessed."""
    from optimizer.calibration.count_guessing import guess_count_mapping
    from optimizer.calibration.counts import read_count_mapping

    if path is not None:
        return read_count_mapping(path), ()
    guess = guess_count_mapping(logs)
    return guess.mapping, (*guess.notes, *_guessed(guess.mapping))


def _guessed(mapping: "Layout") -> tuple[str, ...]:
    from optimizer.calibration.mapping import mapping_text

    return "the mapping, which --mapping corrects:", *mapping_text(mapping).strip().splitlines()


def mapping_name(path: Path | None) -> str:
    """What refusals call the mapping: its file, where it has one."""
    return "mapping" if path is None else path.name


def calibrated(
    logs: tuple[Path, ...], columns: "Columns", report: "Report", **chosen: Any
) -> Calibrated:  # fmt: skip
    """Read, doubt, learn, and make the branch.

    Raises:
        Refused: where the doubts are too great, unless the planner insists.
    """
    from optimizer.calibration.branch_writing import written_branch
    from optimizer.calibration.calendar import CalendarRules
    from optimizer.calibration.doubts import doubts
    from optimizer.calibration.learning import learn
    from optimizer.calibration.reading import read_log
    from optimizer.problem import read_branch
    from optimizer.reporting.learnt import learnt_lines, learnt_sections, learnt_structure

    base = None if chosen["base"] is None else read_branch(chosen["base"])
    log: TicketLog = read_log(logs, columns, report=report, place=mapping_name(chosen["mapping"]))
    doubted = believed(lambda: doubts(log, chosen["windows"]), report, chosen["insist"])
    learnt = learn(
        log, CalendarRules(chosen["country"]), base=base, period=chosen["period"] or 30, windows=chosen["windows"],
        doubted=doubted, report=report,
    )  # fmt: skip
    written = written_branch(learnt, base, chosen["name"])
    said = learnt_structure(learnt, written), tuple(learnt_sections(learnt, written))
    return Calibrated(written, *said, tuple(learnt_lines(learnt, written)), learnt)


def counted(logs: tuple[Path, ...], columns: "CountMapping", report: "Report", **chosen: Any) -> Calibrated:
    """Read counts, doubt them, learn from them, and make the branch.

    Raises:
        Refused: where the doubts are too great, unless the planner insists.
    """
    from optimizer.calibration.count_learning import learn_counts, queue_doubts
    from optimizer.calibration.counted_branch import counted_branch
    from optimizer.calibration.counts import read_counts
    from optimizer.reporting.counted import counted_lines, counted_sections, counted_structure

    log = read_counts(logs, columns, report=report, place=mapping_name(chosen["mapping"]))
    doubted = believed(lambda: queue_doubts(log, chosen["queues"]), report, chosen["insist"])
    report("counts learnt from", 0, 1)
    learnt = learn_counts(log, chosen["queues"], chosen["period"] or 30, doubted=doubted)
    report("counts learnt from", 1, 1)
    written = counted_branch(learnt, chosen["name"], chosen["windows"])
    said = counted_structure(learnt, written), tuple(counted_sections(learnt, written))
    return Calibrated(written, *said, tuple(counted_lines(learnt, written)))


def believed(doubt: "Callable[[], DoubtReport]", report: "Report", insist: bool) -> "DoubtReport":
    """Doubt a log.

    Raises:
        Refused: where the doubts are too great, unless the planner insists.
    """
    report("log doubted", 0, 1)
    doubted = doubt()
    report("log doubted", 1, 1)
    if doubted.refused and not insist:
        raise Refused(doubted)
    return doubted


def say_refused(report: "DoubtReport", form: str) -> None:
    """Say why a log is refused."""
    from optimizer.calibration.doubts import Severity
    from optimizer.problem import to_json

    click.echo("The log is refused, as nothing learnt from it would hold; --insist uses it all the same.", err=True)
    for line in report.lines(Severity.WARNING):
        click.echo(line, err=True)
    if form == "json":
        click.echo(to_json({"status": "refused", "doubts": report.lines()}), nl=False)


def files(found: Calibrated, columns: "Layout", guessed: bool) -> dict[str, str]:
    """Contents of all files by name."""
    from optimizer.calibration.mapping import mapping_text
    from optimizer.problem import to_json

    texts = dict(found.written.texts)
    head = "# Guessed from the log: correct it, and give it with --mapping.\n\n" if guessed else ""
    texts[MAPPING] = head + mapping_text(columns)
    if found.learnt is None:
        pass
    elif find_spec("jinja2") is not None and find_spec("matplotlib") is not None:
        from optimizer.reporting.learnt_page import learnt_page

        texts["learnt.html"] = learnt_page(found.learnt, found.written)
    else:
        click.echo(f"no page: it needs {PAGE}", err=True)
    run = {
        "command": ["qpo", *sys.argv[1:]],
        "versions": {name: version(name) for name in ("queue-policy-optimizer", *LIBRARIES, "numpy")},
    }
    hashes = {name: _hash(text.encode()) for name, text in texts.items()}
    texts[RECORD] = to_json({"run": run, "files": hashes, **found.structure})
    return texts


def write_folder(folder: Path, texts: Mapping[str, str]) -> None:
    """Write all files at once: a folder beside it takes its place, so that it is never half written.

    Files of the old folder that are not written anew, as a policy in use today, are kept.
    """
    from optimizer.problem import write_text

    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        for name, text in texts.items():
            write_text(made / name, text)
        made.chmod(0o755)
        if folder.exists():
            for old in folder.iterdir():
                if not (made / old.name).exists() and old.name not in STALE:
                    copy = shutil.copytree if old.is_dir() else shutil.copy2
                    copy(old, made / old.name)
            aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.old."))
            folder.replace(aside)
            made.replace(folder)
            shutil.rmtree(aside)
        else:
            made.replace(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


WAYS: dict[str, tuple[Callable[..., Any], Callable[..., Calibrated]]] = {
    "tickets": (mapping_of, calibrated),
    "counts": (count_mapping_of, counted),
}
"""By what a log holds: what its columns mean, and what is learnt from it."""
STALE = ("service_tables.csv", "amounts.csv", "service_times.csv", "learnt.html")
"""Files that not every run has: those of an earlier run are not kept."""
