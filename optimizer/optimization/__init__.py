"""How a policy is chosen: shifts, bounds, model, search, result."""

from optimizer.optimization.result import Ending, Result, Status, with_policy
from optimizer.optimization.search import Progress, SearchOptions, solve
from optimizer.optimization.shifts import LegalShift, legal_shifts

__all__ = [
    "Ending",
    "LegalShift",
    "Progress",
    "Result",
    "SearchOptions",
    "Status",
    "legal_shifts",
    "solve",
    "with_policy",
]
