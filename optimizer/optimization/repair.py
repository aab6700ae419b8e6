"""Windows that keep every target exactly, from windows that do not: local search on exact evaluations.

Where waiting is monotone, every plan with at least these windows keeps the targets too, so that a program over such
plans needs no targets at all.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from optimizer.evaluation import role_time_kept
from optimizer.optimization.day import DayProblem
from optimizer.optimization.known import Levels

Floats = NDArray[np.float64]
Windows = dict[str, Levels]
Margins = dict[tuple[str, int | None], float]
"""How far targets are above what they ask, by name and period."""
Failures = dict[tuple[str, tuple[str, int | None]], float]
"""Margins below 0, by role, name and period."""
ROUNDING = 1e-7


def raised(problem: DayProblem, windows: Windows) -> Windows | None:
    """Raise blocks of windows until every target holds, each time where it mends most for each window.

    What a block mends is told by the minorant, exact where that is the queue itself. None where no block helps.
    """
    while failures := _failures(problem, windows):
        best, most_mended = None, 0.0
        for role in dict.fromkeys(role for role, _ in failures):
            periods = _concerned(problem, role, failures)
            for changed, size in blocks(problem, windows, role, 1):
                if not any(windows[role][t] != changed[role][t] for t in periods):
                    continue
                left = _predicted(problem, windows, changed, role)
                missing = {key: margin for (own, key), margin in failures.items() if own == role}
                mended = sum(min(left[key], 0.0) - margin for key, margin in missing.items()) / size
                if mended > most_mended:
                    best, most_mended = changed, mended
        if best is None:
            return None
        windows = best
    return windows


def lowered(problem: DayProblem, windows: Windows) -> Windows:
    """Close blocks of windows, and shift them to a neighbouring period, as long as every target holds."""
    while (fewer := next(_fewer(problem, windows), None)) is not None:
        windows = fewer
    return windows


def _fewer(problem: DayProblem, windows: Windows) -> Iterator[Windows]:
    """Windows with fewer window-periods that hold: one block lower, or two blocks lower for one higher."""
    for role in windows:
        lower = [changed for changed, _ in blocks(problem, windows, role, -1)]
        yield from (changed for changed in lower if _holds(problem, windows, changed, role))
        if len(windows) > 1:
            continue
        for higher, size in blocks(problem, windows, role, 1):
            for once, first in blocks(problem, higher, role, -1):
                if not _holds(problem, windows, once, role):
                    continue
                for twice, second in blocks(problem, once, role, -1):
                    if first + second > size and _holds(problem, windows, twice, role):
                        yield twice


def cheaper(problem: DayProblem, windows: Windows, price: dict[str, Floats]) -> list[Windows]:
    """Windows a block away that hold and should cost less, best first: exact waiting, people at the ``price``."""
    savings = []
    for role, levels in windows.items():
        for step in (1, -1):
            for changed, _ in blocks(problem, windows, role, step):
                moved = np.array(changed[role]) - np.array(levels)
                saving = problem.role_cost(role, levels) - problem.role_cost(role, changed[role])
                saving -= float(price[role] @ moved)
                if saving > ROUNDING and not problem.target_failures(changed):
                    savings.append((saving, changed))
    return [changed for _, changed in sorted(savings, key=lambda pair: -pair[0])]


def _failures(problem: DayProblem, windows: Windows) -> Failures:
    """Targets that windows break, by role, with their margins."""
    broken = set(problem.target_failures(windows))
    return {
        (role, key): margin
        for role, levels in windows.items()
        for key, margin in problem.margins(role, levels).items()
        if key in broken
    }


def _predicted(problem: DayProblem, windows: Windows, changed: Windows, role: str) -> Margins:
    """Margins of a role after a change: what they are exactly, moved as the minorant moves."""
    now, before, after = (
        problem.margins(role, levels, exact=exact)
        for levels, exact in ((windows[role], True), (windows[role], False), (changed[role], False))
    )
    return {key: margin + after[key] - before[key] for key, margin in now.items()}


def _holds(problem: DayProblem, windows: Windows, changed: Windows, role: str) -> bool:
    """Whether every target holds exactly after a change; not asked where the minorant's move is too large for one."""
    if min(_predicted(problem, windows, changed, role).values(), default=0.0) < -ROUNDING:
        return False
    return not problem.target_failures(changed)


def blocks(problem: DayProblem, windows: Windows, role: str, step: int) -> Iterator[tuple[Windows, int]]:
    """Windows with one block of a role a window higher or lower that keep the rules, and the length of the block."""
    staffing, levels = problem.staffing, np.array(windows[role])
    used = np.sum([np.array(level) for level in windows.values()], axis=0)
    for length in range(1, staffing.stay + 1):
        for start in range(staffing.periods - length + 1):
            changed, block = levels.copy(), slice(start, start + length)
            changed[block] += step
            inside = (changed >= staffing.least[role]) & (changed <= staffing.most[role])
            if not inside[block].all() or (step > 0 and (used[block] >= staffing.windows).any()):
                continue
            if role_time_kept(changed.tolist(), staffing.stay):
                yield {**windows, role: tuple(changed.tolist())}, length


def _concerned(problem: DayProblem, role: str, failures: Failures) -> NDArray[np.int64]:
    """Periods in which another window of a role can mend its first failure by period, or any period of the day."""
    own = [period for of, (_, period) in failures if of == role]
    first = [period for period in own if period is not None]
    everywhere = np.arange(problem.staffing.periods)
    return everywhere if len(first) < len(own) else everywhere[max(0, min(first) - 2) : min(first) + 2]
