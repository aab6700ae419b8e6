"""Public shift-scheduling instances of Curtois and Qu: cost, proven bound and time, beside the best values known.

The instances are not part of this project; the values known are the optima proven for instances 1 to 12 (all of them
are the best known). One run for each, with the seed of the options and two threads. Run it with
``python -m benchmarks.shift_scheduling [FOLDER] [--instances 1-12] [--seconds 600]``.
"""

import argparse
import time
from importlib.metadata import version
from pathlib import Path

from benchmarks.transient import machine
from optimizer.rostering.columns import solve_by_columns
from optimizer.rostering.problem import RosterResult
from optimizer.rostering.shift_scheduling import read_shift_scheduling
from optimizer.rostering.solve import RosterOptions, RosterProgress

FOLDER = Path(__file__).parent.parent.parent / "shared" / "data" / "shift_scheduling"
KNOWN = {1: 607, 2: 828, 3: 1001, 4: 1716, 5: 1143, 6: 1950, 7: 1056, 8: 1300, 9: 439, 10: 4631, 11: 3443, 12: 4040}
"""Optima."""


def numbers(text: str) -> list[int]:
    """Instances out of a text like ``1-6,9``."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def row(number: int, result: RosterResult, last_better: float, processor: float) -> str:
    """One line of the table."""
    if result.costs is None or result.bound is None:
        return f"| {number} | none | {KNOWN[number]} | | | | {result.seconds:.0f} | | {processor:.0f} |"
    cost = result.costs.total
    above = cost / KNOWN[number] - 1
    return (
        f"| {number} | {cost:.0f} | {KNOWN[number]} | {above:.2%} | {result.bound:.0f} | {cost / result.bound - 1:.2%} "
        f"| {result.seconds:.1f} | {last_better:.1f} | {processor:.1f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Public shift-scheduling instances.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--instances", default="1-12", type=numbers)
    parser.add_argument("--seconds", default=600.0, type=float)
    given = parser.parse_args()
    if not given.folder.is_dir():
        print(f"no folder {given.folder}: skipped; the instances are those of Curtois and Qu (2014)")
        return
    print(f"{machine()}, ortools {version('ortools')}\n")
    print("| instance | cost | known | above known | bound | above bound | seconds | last better after | processor s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for number in given.instances:
        problem = read_shift_scheduling(given.folder / f"Instance{number}.txt")
        better = [(0.0, float("inf"))]

        def hear(progress: RosterProgress, better: list[tuple[float, float]] = better) -> None:
            if progress.best is not None and progress.best < better[-1][1]:
                better.append((progress.seconds, progress.best))

        began = time.process_time()
        result = solve_by_columns(problem, RosterOptions(gap=0.0, time_limit=given.seconds), hear)
        print(row(number, result, better[-1][0], time.process_time() - began), flush=True)


if __name__ == "__main__":
    main()
