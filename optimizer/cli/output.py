"""Folders that a command writes into: tried before the work begins, and said in words where they fail."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from optimizer.cli.exits import Exit


class CannotWriteError(click.ClickException):
    """A folder cannot be written."""

    exit_code = Exit.MISUSED


@contextmanager
def writing(folder: Path | None) -> Iterator[None]:
    """Say in words why a folder cannot be written.

    Raises:
        CannotWriteError: in place of what the system raises.
    """
    try:
        yield
    except OSError as error:
        raise CannotWriteError(f"cannot write into {folder}: {error.strerror or error}") from None


def tried(folder: Path | None) -> None:
    """Make a folder and write a file into it, before hours of work are lost on one that cannot be written.

    Raises:
        CannotWriteError: where it cannot.
    """
    if folder is None:
        return
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".tried.")
        os.close(handle)
        Path(name).unlink()
