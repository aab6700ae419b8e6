"""What a search returns."""

from dataclasses import dataclass
from enum import Enum

from optimizer.evaluation import Evaluation
from optimizer.problem import Policy


class Status(Enum):
    """What is known at the end of a search."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NO_SOLUTION_FOUND = "no_solution_found"


class Ending(Enum):
    """Why a search ended."""

    GAP = "gap reached"
    TIME = "time limit"
    INTERRUPT = "interrupted"
    EXHAUSTED = "nothing left to try"


@dataclass(frozen=True)
class Result:
    """The best policy found, what it yields, and how far it can be from the best there is."""

    status: Status
    ending: Ending
    policy: Policy | None
    evaluation: Evaluation | None
    bound: float | None
    """Proven least cost of any policy [yuan a quarter], costs that no decision changes included."""
    gap: float | None
    """(cost - bound) / cost, costs that no decision changes left out of both; none without a policy."""
    certified: bool
    """Whether the bound is proven: every role's waiting is monotone in its windows."""
    uncertified_roles: tuple[str, ...]
    regimes: int
    """Regimes that the branch may choose."""
    regimes_solved: int
    """Regimes that needed an integer program; bounds ruled out the others."""
    runtime: float
    """[seconds]"""
    conflict: tuple[str, ...]
    """Names of the rules and targets that cannot hold together, when infeasible."""
