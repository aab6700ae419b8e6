"""How a policy is chosen: shifts, bounds, model, search, result."""

from optimizer.optimization.ladder import (
    FrontierPoint,
    Ladder,
    LadderOptions,
    LadderProgress,
    Rung,
    frontier,
    ladders,
)
from optimizer.optimization.result import Ending, Result, Status, with_policy
from optimizer.optimization.search import Progress, SearchOptions, solve
from optimizer.optimization.shifts import LegalShift, legal_shifts

__all__ = [
    "Ending",
    "FrontierPoint",
    "Ladder",
    "LadderOptions",
    "LadderProgress",
    "LegalShift",
    "Progress",
    "Result",
    "Rung",
    "SearchOptions",
    "Status",
    "frontier",
    "ladders",
    "legal_shifts",
    "solve",
    "with_policy",
]
