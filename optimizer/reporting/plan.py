"""What became of the doubt about a plan, in sentences."""

from collections import Counter
from collections.abc import Iterator

from optimizer.planning import Doubt, Plan
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
    if plan.doubt is Doubt.FAILS:
        names = ", ".join(dict.fromkeys(target.promise.name for target in plan.verification.failing))
        yield f"It cannot be made to hold in the hall: {names}."


def verification_line(verification: Verification) -> str:
    """What the simulation says of the policy, in one sentence."""
    targets = Counter(target.verdict for target in verification.targets)
    outcomes = Counter(comparison.outcome for comparison in verification.comparisons)
    verdict = "In the hall" if verification.confirmed else "Not confirmed in the hall"
    undecided = f", {targets[Verdict.UNDECIDED]} are undecided" if targets[Verdict.UNDECIDED] else ""
    options, compared = verification.options, len(verification.comparisons)
    agree, worse = outcomes[Outcome.AGREES], outcomes[Outcome.WORSE]
    return (
        f"{verdict}: simulated on {options.days:,} days of each kind, {targets[Verdict.HOLDS]} targets hold"
        f"{undecided}, {targets[Verdict.FAILS]} fail; {agree:,} of {compared:,} numbers agree with what is evaluated, "
        f"{worse} are worse by more than {options.tolerance:.0%}."
    )
