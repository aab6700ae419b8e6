"""What every command shares: exit codes, output format, refusals."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import IntEnum
from math import isfinite
from typing import Any, TypeVar

import click

from optimizer.errors import DataRefused, Fault

F = TypeVar("F", bound=Callable[..., Any])


class Exit(IntEnum):
    """Exit codes."""

    ANSWERED = 0
    DATA_REFUSED = 1
    MISUSED = 2
    INFEASIBLE = 3
    NO_POLICY = 4
    JUDGEMENT_FAILED = 5


def format_option(command: F) -> F:
    """``--format text|json``."""
    option = click.option(
        "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Form of the answer."
    )
    return option(command)


@contextmanager
def refusals(form: str) -> Iterator[None]:
    """Say every fault on standard error (and as JSON on standard output) and exit with DATA_REFUSED."""
    try:
        yield
    except DataRefused as refused:
        click.echo(str(refused), err=True)
        if form == "json":
            from optimizer.problem import to_json

            faults = [
                {"file": f.file, "place": f.place, "value": _plain(f.value), "expected": f.expected}
                for f in refused.faults
            ]
            click.echo(to_json({"status": "refused", "faults": faults}), nl=False)
        raise SystemExit(Exit.DATA_REFUSED) from None


def _plain(value: object) -> object:
    """What JSON can say; anything else as text."""
    sayable = isfinite(value) if isinstance(value, float) else isinstance(value, str | int | None)
    return value if sayable else str(value)


@contextmanager
def faults_in(file: str) -> Iterator[None]:
    """Let the faults of a policy that does not fit its branch name the policy's file."""
    try:
        yield
    except DataRefused as refused:
        raise DataRefused([replace(fault, file=file) for fault in refused.faults]) from None


@contextmanager
def gathered(faults: list[Fault]) -> Iterator[None]:
    """Keep faults for later, so that those of all files are said at once."""
    try:
        yield
    except DataRefused as refused:
        faults += refused.faults
