"""Running solvers beside the main thread, so that Ctrl-C reaches it at once and stops them."""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from optimizer.rostering.model import Answer, Limits, RosterModel

T = TypeVar("T")
PATIENCE = 5.0
"""Seconds that a solver has to stop in, once it is asked to."""


class Task(Generic[T]):
    """A function in a thread that does not keep the program alive."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._values: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._values.append(self._function())
        except BaseException as error:
            self._error = error

    def wait(self, seconds: float | None = None) -> None:
        """Wait for its end; Ctrl-C is heard meanwhile."""
        self._thread.join(seconds)

    def result(self) -> T:
        """What the function returned; raises what it raised."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._values[0]


def run(function: Callable[[], T]) -> T:
    """What a function returns; on Ctrl-C it is left to itself."""
    return Task(function).result()


def solve_together(models: Sequence[RosterModel], limits: Sequence[Limits]) -> tuple[list[Answer], bool]:
    """Solve models side by side; on Ctrl-C they are stopped, and what they have is kept.

    Returns:
        What the solver says of each, and whether it was interrupted.
    """
    tasks = [
        Task(lambda model=model, limit=limit: model.solve(limit))  # type: ignore[misc]
        for model, limit in zip(models, limits, strict=True)
    ]
    interrupted = False
    try:
        for task in tasks:
            task.wait()
    except KeyboardInterrupt:
        interrupted = True
        for model in models:
            model.stop()
        for task in tasks:
            task.wait(PATIENCE)
    return [task.result() for task in tasks], interrupted
