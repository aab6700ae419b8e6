"""Solve, doubt, tighten, again: a plan that holds in the hall too, or that says that it cannot."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from itertools import count
from math import inf

from optimizer.optimization import Ending, Progress, Result, SearchOptions, solve, with_policy
from optimizer.problem import Branch, DivertedShare, Target
from optimizer.verification import JudgedTarget, Verification, VerifyOptions, verify
from optimizer.verification.verify import Report, silent

ROUNDS = 3
"""Times that targets are tightened before the program says that it cannot."""
MARGIN = 2.0
"""Standard errors by which a target is tightened beyond what it fell short."""

Key = tuple[str, str | None]
"""Name of a target, and the day type on which it fails; None: the whole quarter."""
Limits = dict[Key, float]
"""Limits with which the plan is made again."""


class Doubt(Enum):
    """What became of the doubt."""

    HOLDS = "every target holds in the hall"
    FAILS = "a target fails in the hall, however it was tightened"
    STOPPED = "a target fails in the hall, and there was no time to tighten it further"
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
    """Verify the policy found; where targets fail, tighten them and search again, and verify on other days.

    Ctrl-C ends it with the last policy that was verified.
    """
    if result.evaluation is None:
        raise TypeError("a result without a policy cannot be doubted")
    verification = verify(branch, result.evaluation, doubts, report_doubt)
    limits: Limits = {}
    stopped = False
    for number in range(1, ROUNDS + 1):
        left = search.time_limit - result.runtime
        if not verification.failing or (stopped := left <= 0):
            break
        limits |= _stricter(branch, limits, verification.failing)
        again = solve(_tightened(branch, limits), replace(search, time_limit=left), report)
        runtime = result.runtime + again.runtime
        stopped = again.ending in (Ending.INTERRUPT, Ending.TIME)
        if again.policy is None or again.ending is Ending.INTERRUPT:
            result = replace(result, runtime=runtime)
            break
        found = with_policy(result, branch, again.policy, runtime)
        if found.evaluation is None:
            break
        try:
            fresh = replace(doubts, seed=doubts.seed + number)
            verification = verify(branch, found.evaluation, fresh, report_doubt)
        except KeyboardInterrupt:
            result, stopped = replace(result, runtime=runtime), True
            break
        result = found
    doubt = Doubt.HOLDS if not verification.failing else Doubt.STOPPED if stopped else Doubt.FAILS
    return Plan(result, verification, doubt, tuple(_tightenings(branch, limits)))


def _stricter(branch: Branch, limits: Limits, failing: tuple[JudgedTarget, ...]) -> Limits:
    """Limits for the targets that fail, stricter than those asked for so far by what they fall short.

    The policy that fails does not keep them even as it is evaluated, or it would be chosen again; and they are no more
    than halfway from what it promises to the best there can be, which nothing keeps.
    """
    found: Limits = {}
    for target in failing:
        promise, key = target.promise, (target.promise.name, target.promise.day_type)
        now, more = limits.get(key, promise.limit), target.shortfall
        if _given(branch, key).least is not None:
            asked = max(now + more, promise.value) + MARGIN * target.error
            found[key] = max(found.get(key, 0.0), min(asked, (promise.value + 1) / 2))
        else:
            asked = min(now - more, promise.value) - MARGIN * target.error
            found[key] = min(found.get(key, inf), max(asked, promise.value / 2))
    return found


def _tightened(branch: Branch, limits: Limits) -> Branch:
    """The branch with stricter targets beside its own, each on the day type where the own one failed."""
    targets, shares = dict(branch.targets), dict(branch.diverted_shares)
    for key, limit in limits.items():
        given, (name, day_type) = _given(branch, key), key
        if isinstance(given, DivertedShare):
            shares[name] = given.replace(least=limit)
        elif day_type is not None:
            side = "least" if given.least is not None else "most"
            free = next(label for label in map("doubted_{}".format, count(1)) if label not in targets)
            targets[free] = given.replace(**{side: limit}, day_types=(day_type,))
    return branch.replace(targets=targets, diverted_shares=shares)


def _given(branch: Branch, key: Key) -> Target | DivertedShare:
    """What was promised; only a share diverted is of the whole quarter."""
    name, day_type = key
    return branch.diverted_shares[name] if day_type is None else branch.targets[name]


def _tightenings(branch: Branch, limits: Limits) -> Iterator[Tightening]:
    for key, limit in limits.items():
        given = _given(branch, key)
        own = given.least if given.least is not None else given.most if isinstance(given, Target) else None
        yield Tightening(*key, own or 0.0, limit)
