"""Tables and progress on a terminal."""

import ctypes
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from math import inf
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table

from optimizer.optimization import Progress
from optimizer.reporting import Section

INTERRUPTED = 130
"""Exit code of a command that Ctrl-C ends, as shells count it."""


def show(sections: Iterable[Section]) -> None:
    """Print sections on standard output; a pipe or file gets as much width as it needs."""
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = 200
    for section in sections:
        table = Table(title=section.title, title_justify="left", title_style="bold", box=None, pad_edge=False)
        table.show_header = any(section.header)
        for index, name in enumerate(section.header):
            table.add_column(name, justify="right" if index >= section.numbers_from else "left")
        for row in section.rows:
            table.add_row(*row)
        console.print(table)
        console.print()


@contextmanager
def answers_alone() -> Iterator[None]:
    """Send what solvers print by themselves to standard error, so that standard output holds the answer alone."""
    if os.name != "posix":
        yield
        return
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        ctypes.CDLL(None).fflush(None)
        os.dup2(kept, 1)
        os.close(kept)


@contextmanager
def progress() -> Iterator[Callable[[Progress], None]]:
    """Bound, best and gap as they move, on standard error; one closing line where it is not a terminal."""
    console = Console(stderr=True, highlight=False)
    last: list[Progress] = []
    if not console.is_terminal:
        yield last.append
    else:
        with console.status("reading the regimes; the first run compiles for half a minute") as status:

            def report(now: Progress) -> None:
                last.append(now)
                status.update(progress_text(now))

            yield report
    if last:
        console.print(progress_text(last[-1]))


def progress_text(now: Progress) -> str:
    """One line: bound, best, gap, regimes left, seconds."""
    best = "no plan yet" if now.best == inf else f"best {now.best:,.0f}, gap {(now.best - now.bound) / now.best:.2%}"
    return f"bound {now.bound:,.0f}, {best}, {now.regimes_left} regimes left, {now.seconds:.1f} s"


@contextmanager
def standing() -> Iterator[Callable[[str], None]]:
    """How a work of several parts stands, on one line of standard error; nothing where it is not a terminal."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield lambda text: None
        return
    with console.status("the first run compiles for a minute") as status:
        yield status.update


@contextmanager
def phases() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each part of a work, on standard error; one closing line where it is not a terminal.

    The function given is told what is done, how much of it, and of how much. Ctrl-C ends the command with the closing
    line and the exit code that shells have for it.
    """
    console, began = Console(stderr=True, highlight=False), monotonic()
    done: dict[str, tuple[int, int]] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bars = Bars(*columns, console=console, transient=True, disable=not console.is_terminal)
    tasks = {"": bars.add_task("the first run compiles for a minute", total=None)}

    def report(what: str, now: int, most: int) -> None:
        if not done:
            bars.update(tasks[""], visible=False)
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=most)
        done[what] = (now, most)
        bars.update(tasks[what], completed=now)

    try:
        with bars:
            yield report
    except KeyboardInterrupt:
        console.print(f"stopped; {phases_text(done, monotonic() - began)}", soft_wrap=True)
        raise SystemExit(INTERRUPTED) from None
    console.print(phases_text(done, monotonic() - began), soft_wrap=True)


def phases_text(done: dict[str, tuple[int, int]], seconds: float) -> str:
    """One line: what is done of each part, seconds."""
    parts = [f"{now:,}{'' if now == most else f' of {most:,}'} {what}" for what, (now, most) in done.items()]
    return ", ".join([*parts, f"{seconds:.1f} s"])
