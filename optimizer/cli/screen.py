"""Tables and progress on a terminal."""

import ctypes
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from math import inf

from rich.console import Console
from rich.table import Table

from optimizer.optimization import Progress
from optimizer.reporting import Section


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
