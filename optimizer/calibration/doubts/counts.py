"""Doubts about counts in place of tickets: how many wait, and the last number called, at moments of the day."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimizer.calibration.doubts.queueing import REACH, centred, correlated
from optimizer.calibration.doubts.report import Doubt, DoubtReport, Severity, percent, report_of

LEAST = 30
MEMORY = 0.3
"""Correlation of the number waiting at moments of a few minutes apart that a queue of customers who take half a minute
or more exceeds."""
NEAR = 6.0
"""Minutes between such moments, at most."""
STUCK = 60.0
"""Minutes that a display with people waiting and a counter open may show the same."""
RISES, FALLS = 20, 0.05
"""Steps up from which on a number that goes down in fewer than this share of them is taken for a running one; calls
since the moment before go down about as often as up."""


def count_doubts(
    day: ArrayLike,
    moment: ArrayLike,
    waiting: ArrayLike,
    called: ArrayLike | None = None,
    servers: ArrayLike | None = None,
) -> DoubtReport:
    """Doubt the counts of one queue.

    Refused: negative or broken counts above 1 %, moments that do not go forward above 5 %, and a number waiting that
    has no memory (for moments at most six minutes apart, a correlation below 0.3 by more than its error, with one
    waiting or more on average), and calls that run up over the day.

    Args:
        day: anything that tells days apart; axis moment.
        moment: minutes after midnight, in the order of the log.
        waiting: people waiting.
        called: tickets called since the moment before.
        servers: counters open.
    """
    of = np.unique(np.asarray(day), return_inverse=True)[1].reshape(-1)
    at, queue = np.asarray(moment, float), np.asarray(waiting, float)
    if len(queue) < LEAST:
        return report_of([Doubt("counts", Severity.NOTE, "too few to doubt them", {"moments": len(queue)})])
    doubts = [*_broken(queue), *_clock(of, at), *_memory(of, at, queue)]
    if called is not None:
        doubts += _running(of, np.asarray(called, float))
        doubts += _balance(of, queue, np.asarray(called, float))
        if servers is not None:
            doubts += _stuck(of, at, queue, np.asarray(called, float), np.asarray(servers, float))
    return report_of(doubts)


def _broken(queue: NDArray[Any]) -> list[Doubt]:
    broken = float(np.mean(~(queue >= 0) | (queue != np.rint(queue))))
    if not broken:
        return []
    severity = Severity.REFUSE if broken > 0.01 else Severity.WARNING
    return [Doubt("impossible counts", severity, f"{percent(broken)} are no whole number from 0 on", {"share": broken})]


def _clock(of: NDArray[Any], at: NDArray[Any]) -> list[Doubt]:
    same = np.diff(of) == 0
    back = float(np.mean(np.diff(at)[same] <= 0)) if same.any() else 0.0
    if not back:
        return []
    severity = Severity.REFUSE if back > 0.05 else Severity.WARNING
    return [
        Doubt("clock jumps", severity, f"{percent(back)} of the moments are not after the one before", {"share": back})
    ]


def _memory(of: NDArray[Any], at: NDArray[Any], queue: NDArray[Any]) -> list[Doubt]:
    known = np.isfinite(queue)
    of, at, queue = of[known], at[known], queue[known]
    near = (np.diff(of) == 0) & (np.diff(at) > 0) & (np.diff(at) <= NEAR)
    n = int(near.sum())
    if n < LEAST or queue.mean() < 1:
        return []
    own = centred(queue, of)
    found = correlated(own[1:][near], own[:-1][near])
    if found + REACH / np.sqrt(n) >= MEMORY:
        return []
    words = f"the number waiting does not hang together with that of a few minutes before (correlation {found:.2f})"
    return [Doubt("no memory", Severity.REFUSE, words, {"correlation": found, "moments": n})]


def runs_up(of: NDArray[Any], number: NDArray[Any]) -> bool:
    """Whether a number only grows within days: the last one called, not how many were called since.

    Args:
        of: anything that tells days apart; axis moment.
        number: in the order of the moments.
    """
    steps = np.diff(number)[of[1:] == of[:-1]]
    rises, falls = int(np.count_nonzero(steps > 0)), int(np.count_nonzero(steps < 0))
    return rises >= RISES and falls <= FALLS * rises


def _running(of: NDArray[Any], called: NDArray[Any]) -> list[Doubt]:
    """The last number called, taken for how many were called."""
    if not runs_up(of, called):
        return []
    words = (
        "what is called since the snapshot before only grows within days, as the last number called does: map it as"
        " last_called, not as called"
    )
    return [Doubt("running number", Severity.REFUSE, words, {"largest": float(np.nanmax(called))})]


def _balance(of: NDArray[Any], queue: NDArray[Any], called: NDArray[Any]) -> list[Doubt]:
    """More people gone than were called, within a step."""
    same = np.diff(of) == 0
    gone = -np.diff(queue)
    share = float(np.mean((gone > called[1:] + 1)[same & np.isfinite(gone) & np.isfinite(called[1:])]))
    if not share > 0:
        return []
    severity = Severity.WARNING if share > 0.05 else Severity.NOTE
    return [
        Doubt("balance", severity, f"in {percent(share)} of the steps more left than were called", {"share": share})
    ]


def _stuck(
    of: NDArray[Any], at: NDArray[Any], queue: NDArray[Any], called: NDArray[Any], servers: NDArray[Any]
) -> list[Doubt]:
    """A display that shows the same for an hour while people wait and a counter is open."""
    still = (np.diff(of) == 0) & (np.diff(queue) == 0) & (called[1:] == 0) & (queue[1:] > 0) & (servers[1:] > 0)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], still.astype(int), [0]))))
    times = at[edges[1::2]] - at[edges[::2]]
    stuck = int(np.count_nonzero(times > STUCK))
    if not stuck:
        return []
    words = f"{stuck} times the same for more than an hour while people waited and a counter was open"
    return [Doubt("stuck", Severity.WARNING, words, {"times": stuck, "longest": float(times.max())})]
