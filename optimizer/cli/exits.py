"""What every command shares: exit codes, output format, refusals."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, TypeVar

import click

from optimizer.errors import DataRefused

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
            faults = [
                {"file": f.file, "place": f.place, "value": _plain(f.value), "expected": f.expected}
                for f in refused.faults
            ]
            click.echo(json.dumps({"status": "refused", "faults": faults}, indent=2, ensure_ascii=False))
        raise SystemExit(Exit.DATA_REFUSED) from None


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
