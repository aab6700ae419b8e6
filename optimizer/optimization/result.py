"""What a search returns."""

from dataclasses import dataclass, replace
from enum import Enum

from optimizer.evaluation import Evaluation, evaluate
from optimizer.problem import Branch, Policy

OPTIMAL_GAP = 1e-6
"""Gap up to which a policy is called optimal."""


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


def proven_gap(evaluation: Evaluation, bound: float) -> float:
    """(cost - bound) / cost, costs that no decision changes left out of both."""
    decided = evaluation.cost - evaluation.undecided_cost
    return (evaluation.cost - bound) / decided if decided > 0 else 0.0


def with_policy(result: Result, branch: Branch, policy: Policy, runtime: float) -> Result:
    """The result with another policy, its gap to the same bound: the bound is of the branch, whatever was asked for.

    Args:
        result: What was found before.
        branch: The branch that the bound is of.
        policy: The policy to return instead.
        runtime: Time spent in all [seconds].
    """
    evaluation = evaluate(branch, policy)
    gap = None if result.bound is None else proven_gap(evaluation, result.bound)
    status = Status.OPTIMAL if gap is not None and gap <= OPTIMAL_GAP else Status.FEASIBLE
    return replace(result, policy=policy, evaluation=evaluation, gap=gap, status=status, runtime=runtime)
