"""A quarter's plan made, written and said: what ``plan`` and ``replan`` share."""

from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.cli.exits import Exit, faults_in
from optimizer.cli.output import CannotWriteError, writing
from optimizer.cli.run_record import quarter_record
from optimizer.cli.screen import INTERRUPTED, answers_alone, progress_text, show, standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.evaluation import Evaluation
    from optimizer.planning.erlang import ErlangQuarter
    from optimizer.planning.groundwork import Watch
    from optimizer.planning.quarter import QuarterOptions, QuarterPlan
    from optimizer.problem import Staff
    from optimizer.rostering import RosterProgress, Settled

REPORTS = "pip install '.[quarter]'"
COMPARED = 2000
"""Added to the seed of the days on which the plan is held against Erlang's formula."""


@contextmanager
def watching() -> "Iterator[Watch]":
    """Say on one line how the steps stand; Ctrl-C before there is a roster ends the command, and it is said."""
    from optimizer.planning.groundwork import Watch

    def roster(now: "RosterProgress") -> str:
        best = "no roster yet" if now.best is None else f"best {now.best:,.0f}"
        bound = "" if now.bound is None else f", bound {now.bound:,.0f}"
        return f"roster: {best}{bound}, {now.seconds:.0f} s"

    try:
        with answers_alone(), standing() as tell:
            yield Watch(
                search=lambda now: tell(f"policy: {progress_text(now)}"),
                steps=lambda what, done, most: tell(f"{what}: {done:,} of {most:,}"),
                roster=lambda now: tell(roster(now)),
            )
    except KeyboardInterrupt:
        click.echo("stopped before there was a roster; nothing was written", err=True)
        raise SystemExit(INTERRUPTED) from None


def options_of(chosen: dict[str, Any]) -> "QuarterOptions":
    """The options of a command as the planning takes them."""
    from optimizer.optimization import SearchOptions
    from optimizer.optimization.ladder import LadderOptions
    from optimizer.planning.quarter import QuarterOptions
    from optimizer.rostering import RosterOptions
    from optimizer.verification import VerifyOptions

    seed, workers = chosen["seed"], chosen["workers"]
    doubts = VerifyOptions(days=chosen["days"], seed=seed + 1, workers=workers, explain=False)
    return QuarterOptions(
        search=SearchOptions(gap=chosen["gap"], workers=workers, seed=seed),
        doubts=doubts if chosen["verify"] else None,
        ladder=LadderOptions(workers=workers, seed=seed),
        roster=RosterOptions(
            gap=chosen["roster_gap"], time_limit=chosen["roster_seconds"], workers=workers, seed=seed
        ),
        cover_all=chosen["cover_all"],
    )  # fmt: skip


def judged_today(folder: Path, plan: "QuarterPlan") -> "Evaluation | None":
    """What is done today, on the days of the quarter."""
    from optimizer.evaluation import evaluate
    from optimizer.planning.quarter_branch import policy_for
    from optimizer.problem import TODAY, read_today

    today = read_today(folder)
    if today is None:
        return None
    with faults_in(TODAY):
        return evaluate(plan.ground.branch, policy_for(plan.ground.branch, today))


def against_erlang(
    plan: "QuarterPlan", staff: "Staff | None", options: "QuarterOptions", watch: "Watch"
) -> "ErlangQuarter | None":
    """The quarter by Erlang's formula, simulated beside the plan on fresh days; None where Ctrl-C stops it."""
    from dataclasses import replace

    from optimizer.planning.erlang import Planned, erlang_quarter

    ground = plan.ground
    fresh = None
    if options.doubts is not None:
        fresh = replace(options.doubts.replications, seed=options.doubts.seed + COMPARED)
    sources = {used.name: (used.day_type, used.days) for used in plan.used}
    try:
        return erlang_quarter(
            ground.branch, ground.policy, ground.calendar, staff, plan.rules, options.roster, fresh, watch.steps,
            planned=Planned(sources, plan.evaluation.policy, plan.costs),
        )  # fmt: skip
    except KeyboardInterrupt:
        click.echo("stopped: the plan is whole, but not compared with Erlang by period", err=True)
        return None


def said(
    folder: Path, plan: "QuarterPlan", erlang: "ErlangQuarter | None", output: Path | None, form: str,
    chosen: dict[str, Any], settled: "Settled | None" = None, **parts: Any,
) -> Exit:  # fmt: skip
    """Write and print a planned quarter, and say how the command ends.

    ``settled`` are its days that are past; ``parts`` go into its structure.
    """
    from optimizer.problem import to_json
    from optimizer.reporting.quarter.folder import write_quarter
    from optimizer.reporting.quarter.reports import lacking
    from optimizer.reporting.quarter.structure import quarter_structure
    from optimizer.reporting.quarter.text import quarter_lines, quarter_sections
    from optimizer.rostering import RosterStatus

    run = {
        "seed": chosen["seed"],
        "version": version("queue-policy-optimizer"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "lang": chosen["lang"],
    }
    today = None if "replan" in parts else judged_today(folder, plan)
    structure = quarter_structure(plan, today, erlang, run, settled) | parts
    unwritten = None
    if output is not None:
        record = quarter_record(folder, plan, chosen, run)
        try:
            with writing(output):
                for path in write_quarter(output, plan, structure, record, chosen["lang"]):
                    click.echo(f"wrote {path}", err=True)
        except CannotWriteError as error:
            unwritten = error
        if missing := lacking():
            click.echo(f"no workbook or page without {', '.join(missing)}: {REPORTS}", err=True)
    if form == "json":
        click.echo(to_json(structure), nl=False)
    else:
        show(quarter_sections(structure))
        click.echo("\n".join(quarter_lines(structure)))
    if unwritten is not None:
        unwritten.show()
        return Exit.MISUSED
    if structure["status"] == RosterStatus.INFEASIBLE.value:
        clash = ["Not everything that is asked for can hold; this is the nearest plan. What clashes:"]
        click.echo("\n  ".join([*clash, *structure["conflict"]]), err=True)
        return Exit.INFEASIBLE
    refuted = plan.verification is not None and bool(plan.verification.failing)
    return Exit.JUDGEMENT_FAILED if refuted else Exit.ANSWERED
