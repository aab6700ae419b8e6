"""Solve, doubt, tighten, again: a plan that holds in the hall too, or that says that it cannot."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from optimizer.optimization import Ending, Progress, Result, SearchOptions, solve, with_policy
from optimizer.problem import Branch, DivertedShare, Target
from optimizer.verification import JudgedTarget, Verification, VerifyOptions, verify
from optimizer.verification.verify import Report, silent

ROUNDS = 3
"""Times that targets are tightened before the program says that it cannot."""
MARGIN = 2.0
"""Standard errors by which a target is tightened beyond what it fell short."""


class Doubt(Enum):
    """What became of the doubt."""

    HOLDS = "every target holds in the hall"
    FAILS = "a target fails in the hall, however it was tightened"
    NOT_TRIED = "the policy was not simulated"


@dataclass(frozen=True)
class Tightening:
    """A target that failed in the hall, and the limit with which the plan was made again."""

    name: str
    day_type: str | None
    """Day type on which it failed; None: the whole quarter."""
    limit: float
    """As promised."""
    tightened: float


@dataclass(frozen=True)
class Plan:
    """A policy for the quarter, and whether it is true in the hall; bound and gap are those of the branch as given."""

    result: Result
    verification: Verification | None
    doubt: Doubt
    tightenings: tuple[Tightening, ...] = ()


def plan(
    branch: Branch,
    search: SearchOptions,
    doubts: VerifyOptions | None,
    report: Callable[[Progress], None] = lambda _: None,
    report_doubt: Report = silent,
) -> Plan:
    """Choose a policy that keeps its targets in the simulation as well.

    A target that fails there is asked for with a margin, on the day types where it fails, and the policy is chosen
    again.

    Args:
        branch: The branch.
        search: When the search stops; its time limit is for all rounds together.
        doubts: How the policies are verified; None: they are not.
        report: Told how the search stands.
        report_doubt: Told how far the simulation is.
    """
    result = solve(branch, search, report)
    if result.evaluation is None or doubts is None or result.ending is Ending.INTERRUPT:
        return Plan(result, None, Doubt.NOT_TRIED)
    try:
        return _doubted(branch, search, doubts, result, report, report_doubt)
    except KeyboardInterrupt:
        return Plan(result, None, Doubt.NOT_TRIED)


def _doubted(
    branch: Branch, search: SearchOptions, doubts: VerifyOptions, result: Result, report: Callable[[Progress], None],
    report_doubt: Report,
) -> Plan:  # fmt: skip
    """Verify the policy found; where targets fail, tighten them and search again."""
    if result.evaluation is None:
        raise TypeError("a result without a policy cannot be doubted")
    verification = verify(branch, result.evaluation, doubts, report_doubt)
    margins: dict[tuple[str, str | None], float] = {}
    for _ in range(ROUNDS):
        left = search.time_limit - result.runtime
        if not verification.failing or left <= 0 or not _widen(margins, verification.failing):
            break
        again = solve(_tightened(branch, margins), replace(search, time_limit=left), report)
        runtime = result.runtime + again.runtime
        if again.policy is None:
            result = replace(result, runtime=runtime)
            break
        result = with_policy(result, branch, again.policy, runtime)
        if result.evaluation is None:
            break
        verification = verify(branch, result.evaluation, doubts, report_doubt)
    doubt = Doubt.FAILS if verification.failing else Doubt.HOLDS
    return Plan(result, verification, doubt, tuple(_tightenings(branch, margins)))


def _widen(margins: dict[tuple[str, str | None], float], failing: tuple[JudgedTarget, ...]) -> bool:
    """Add to the margins what the targets fell short; returns whether there is anything to add."""
    short: dict[tuple[str, str | None], float] = {}
    for target in failing:
        key = (target.promise.name, target.promise.day_type)
        short[key] = max(short.get(key, 0.0), target.shortfall + MARGIN * target.error)
    for key, margin in short.items():
        margins[key] = margins.get(key, 0.0) + margin
    return bool(short)


def _tightened(branch: Branch, margins: dict[tuple[str, str | None], float]) -> Branch:
    """The branch with stricter targets beside its own, each on the day type where the own one failed."""
    targets, shares = dict(branch.targets), dict(branch.diverted_shares)
    for index, ((name, day_type), margin) in enumerate(margins.items(), 1):
        if name in shares:
            least = _moved(shares[name], margin)
            shares[name] = shares[name].replace(least=least)
        else:
            target = branch.targets[name]
            limit = "least" if target.least is not None else "most"
            stricter = target.replace(**{limit: _moved(target, margin)}, day_types=(day_type,))
            targets[f"doubted_{index}"] = stricter
    return branch.replace(targets=targets, diverted_shares=shares)


def _moved(target: Target | DivertedShare, margin: float) -> float:
    """The limit of a target with a margin; a share is 1 at most, a wait 0 at least."""
    if target.least is not None:
        return min(target.least + margin, 1.0)
    return max((target.most or 0.0) - margin, 0.0)


def _tightenings(branch: Branch, margins: dict[tuple[str, str | None], float]) -> list[Tightening]:
    given: dict[str, Target | DivertedShare] = {**branch.targets, **branch.diverted_shares}
    return [
        Tightening(name, day_type, _moved(given[name], 0.0), _moved(given[name], margin))
        for (name, day_type), margin in margins.items()
    ]
