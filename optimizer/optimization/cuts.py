"""What an exactly evaluated plan teaches the model: valid inequalities where the bound was too kind."""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.optimization.day import DayProblem, target_fails
from optimizer.optimization.known import Levels
from optimizer.optimization.tables import period_cost_below
from optimizer.problem import Target

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CoverCut:
    """With these windows or fewer from ``start`` on a target fails: one period needs more."""

    target: str
    period: int | None
    """Period of a promise per period that fails; None for one over the day."""
    role: str
    start: int
    levels: Levels


@dataclass(frozen=True)
class CostCut:
    """With these windows or fewer from ``start`` on, period ``period`` costs more than its table says."""

    role: str
    period: int
    start: int
    levels: Levels
    extra: Floats
    """What it costs beyond the table; axes level before, level."""


Cut = CoverCut | CostCut
Fails = Callable[[DayProblem, Target, int | None, int, Levels], bool]
"""Whether a target, in one period or over the day, fails with these windows from a start on and the most elsewhere."""
CostKey = tuple[str, int, Levels]
"""Role, first period and levels from it to the period whose cost is lifted."""


def likely_cuts(
    problem: DayProblem, windows: dict[str, Levels], proven: Container[tuple[str, int | None]]
) -> Iterator[CoverCut]:
    """One cut for every promise by period that these windows break exactly and none ``proven`` has mended.

    For finding plans, not proven: a window more in a channel that is not monotone may break a promise elsewhere; mostly
    it does not. Promises over the day are asked for a margin instead: to look for their run of periods is dear.
    """
    for name, period in problem.target_failures(windows):
        if period is None or (name, period) in proven:
            continue
        target = problem.branch.targets[name]
        found = shortest_failing_window(problem, target, period, windows[target.channel], _fails_exactly)
        if found is not None:
            yield CoverCut(name, period, target.channel, *found)


def target_cuts(problem: DayProblem, windows: dict[str, Levels]) -> Iterator[CoverCut]:
    """One cut for every target that these windows break and that can be proven to need more."""
    seen: set[tuple[str, int, Levels]] = set()
    for name, period in problem.target_failures(windows):
        target = problem.branch.targets[name]
        role = target.channel
        if not problem.minorants[role].monotone:
            continue
        found = shortest_failing_window(problem, target, period, windows[role])
        if found is None:
            continue
        cut = CoverCut(name, period, role, found[0], lift(problem, target, period, *found))
        key = (cut.role, cut.start, cut.levels)
        if key not in seen:
            seen.add(key)
            yield cut


def still_cuts(problem: DayProblem, cut: CoverCut) -> bool:
    """Whether a cut learnt under another regime is valid here."""
    most, top = problem.staffing.most[cut.role], len(cut.levels)
    target = problem.branch.targets[cut.target]
    within = bool((np.array(cut.levels) <= most[cut.start : cut.start + top]).all())
    return (
        within and problem.minorants[cut.role].monotone and _fails(problem, target, cut.period, cut.start, cut.levels)
    )


def _fails(problem: DayProblem, target: Target, period: int | None, start: int, levels: Levels) -> bool:
    """Whether a target fails with these windows from ``start`` on and the most permitted elsewhere."""
    servers = problem.staffing.most[target.channel].copy()
    servers[start : start + len(levels)] = levels
    return target_fails(problem, target, servers, period)


def _fails_exactly(problem: DayProblem, target: Target, period: int | None, start: int, levels: Levels) -> bool:
    """The same of the channel itself instead of its minorant."""
    servers = problem.staffing.most[target.channel].copy()
    servers[start : start + len(levels)] = levels
    failed = problem.margins(target.channel, tuple(int(level) for level in servers))
    return any(failed.get((name, period), 0.0) < 0 for name, given in problem.branch.targets.items() if given is target)


def shortest_failing_window(
    problem: DayProblem, target: Target, period: int | None, levels: Levels, fails: Fails = _fails
) -> tuple[int, Levels] | None:
    """Start and levels of a run of periods that alone breaks the target, while no part of it does.

    More periods at their given levels never mend what fewer break, so that bisection finds where the run must begin
    and then where it may end.
    """
    if not fails(problem, target, period, 0, levels):
        return None
    start = _last(lambda start: fails(problem, target, period, start, levels[start:]), 0, len(levels) - 1)
    size = len(levels) - start
    spare = _last(lambda spare: fails(problem, target, period, start, levels[start:][: size - spare]), 0, size - 1)
    return start, levels[start:][: size - spare]


def _last(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The largest number up to ``high`` for which a property holds that holds at ``low`` and, once lost, stays lost."""
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def lift(problem: DayProblem, target: Target, period: int | None, start: int, levels: Levels) -> Levels:
    """Raise the levels, one window at a time, as long as the target still fails: the cut excludes more."""
    most, raised = problem.staffing.most[target.channel], list(levels)
    grown = True
    while grown:
        grown = False
        for index in range(len(raised)):
            if raised[index] >= most[start + index]:
                continue
            raised[index] += 1
            if _fails(problem, target, period, start, tuple(raised)):
                grown = True
            else:
                raised[index] -= 1
    return tuple(raised)


def cost_cuts(
    problem: DayProblem, windows: dict[str, Levels], least_extra: float, known: set[CostKey]
) -> Iterator[CostCut]:
    """One new cut for every period whose least cost exceeds its table by more than ``least_extra`` yuan.

    Given windows at most s̄ in the periods from ``start`` to t - 2, period t costs at least its table made with s̄
    as the most permitted there. The extra is capped at that of the step taken, so that one window more anywhere in
    those periods lifts the inequality. Keys of the cuts are added to ``known``.
    """
    for role, levels in windows.items():
        if not problem.minorants[role].monotone:
            continue
        exact = problem.least_costs(role, levels)
        table = problem.tables[role].cost
        for t in range(2, len(levels)):
            missing = float(exact[t] - table[t][levels[t - 1], levels[t]])
            if missing > least_extra and (cut := _cost_cut(problem, role, levels, t, missing, known)) is not None:
                yield cut


def _cost_cut(
    problem: DayProblem, role: str, levels: Levels, period: int, missing: float, known: set[CostKey]
) -> CostCut | None:
    """The shortest history that explains most of what a period costs beyond its table and is not yet known."""
    table = problem.tables[role].cost[period]
    step = (levels[period - 1], levels[period])
    finite = np.isfinite(table)
    for start in range(period - 2, -1, -1):
        key = (role, start, levels[start : period + 1])
        if key in known:
            continue
        most = problem.staffing.most[role].copy()
        most[start : period - 1] = levels[start : period - 1]
        tighter = period_cost_below(problem.minorants[role], most, period, len(table))
        gained = float(tighter[step] - table[step])
        if gained >= 0.9 * missing or start == 0:
            known.add(key)
            finite &= np.isfinite(tighter)
            rise = np.where(finite, tighter, 0.0) - np.where(finite, table, 0.0)
            return CostCut(role, period, start, levels[start : period - 1], np.minimum(rise.clip(0), gained))
    return None
