"""A plan and what became of the doubt about it, in sentences and as a structure."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from optimizer.evaluation import Evaluation
from optimizer.planning import Doubt, Plan
from optimizer.problem import Branch
from optimizer.reporting.structure import result_structure
from optimizer.verification import Outcome, Verdict, Verification


def doubt_lines(plan: Plan) -> Iterator[str]:
    """How the plan did in the hall; nothing where it was not simulated."""
    for tightening in plan.tightenings:
        on = "" if tightening.day_type is None else f" on {tightening.day_type}"
        yield (
            f"{tightening.name}{on} failed in the hall: solved again with {tightening.tightened:.4g} "
            f"instead of {tightening.limit:.4g}."
        )
    if plan.verification is None:
        return
    yield verification_line(plan.verification)
    names = ", ".join(dict.fromkeys(target.promise.name for target in plan.verification.failing))
    if plan.doubt is Doubt.FAILS:
        yield f"It could not be made to hold in the hall: {names}."
    elif plan.doubt is Doubt.STOPPED:
        yield f"Stopped before it could be made to hold in the hall: {names}."


def verification_line(verification: Verification) -> str:
    """What the simulation says of the policy, in one sentence."""
    targets = Counter(target.verdict for target in verification.targets)
    outcomes = Counter(comparison.outcome for comparison in verification.comparisons)
    verdict = "In the hall" if verification.confirmed else "Not confirmed in the hall"
    undecided = f", undecided {targets[Verdict.UNDECIDED]}" if targets[Verdict.UNDECIDED] else ""
    options, compared = verification.options, len(verification.comparisons)
    agree, worse = outcomes[Outcome.AGREES], outcomes[Outcome.WORSE]
    return (
        f"{verdict}: simulated on {options.days:,} days of each kind; targets that hold: "
        f"{targets[Verdict.HOLDS]}{undecided}, that fail: {targets[Verdict.FAILS]}. {agree:,} of {compared:,} numbers "
        f"agree with what is evaluated; worse by more than {options.tolerance:.0%}: {worse}."
    )


def plan_structure(branch: Branch, plan: Plan, today: Evaluation | None) -> dict[str, Any]:
    """A result, and what the simulation says of it: ``verification.json`` has every number."""
    doubt: dict[str, Any] = {"status": plan.doubt.name.lower(), "tightenings": [asdict(t) for t in plan.tightenings]}
    if plan.verification is not None:
        targets = Counter(target.verdict.value for target in plan.verification.targets)
        numbers = Counter(comparison.outcome.value for comparison in plan.verification.comparisons)
        doubt |= {
            "confirmed": plan.verification.confirmed,
            "days": plan.verification.options.days,
            "seed": plan.verification.options.seed,
            "targets": {verdict.value: targets[verdict.value] for verdict in Verdict},
            "numbers": {outcome.value: numbers[outcome.value] for outcome in Outcome},
        }
    return result_structure(branch, plan.result, today) | {"doubt": doubt}
