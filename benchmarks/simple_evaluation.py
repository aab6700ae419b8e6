"""What the models of a branch change: the policy in use today, judged with all of them, without any, and one by one.

Run it with ``python -m benchmarks.simple_evaluation``; it takes a minute or two. Costs are in yuan a quarter; the wait
is the mean over all customers at the windows, in minutes; lost is the share of them who give up or turn away.
"""

from pathlib import Path

from optimizer.evaluation import Evaluation, evaluate
from optimizer.problem import Branch, Policy, read_branch, read_policy, read_today
from optimizer.verification import used_models, without_all

INSTANCES = Path(__file__).parent.parent / "instances"


def figures(judged: Evaluation, branch: Branch) -> tuple[float, float, float]:
    """Cost of a quarter, mean wait at the windows, share lost there."""
    waiting = lost = customers = 0.0
    for name, day in judged.days.items():
        for role in branch.roles:
            channel, days = day.channels[role], branch.day_types[name].days
            waiting += days * (float(channel.measures.waiting.sum()) + channel.measures.waiting_after_closing)
            lost += days * float(channel.measures.abandoned.sum() + channel.measures.blocked.sum())
            customers += days * float(channel.demand.arrivals.sum())
    return judged.cost, waiting / customers, lost / customers


def policy_of(name: str) -> Policy:
    """The policy in use today; for the corner branch, which has none, the one that its plan says."""
    today = read_today(INSTANCES / name)
    return read_policy(Path(__file__).parent / "corner_policy.json") if today is None else today


def main() -> None:
    """Print the table."""
    print("| instance | evaluated | cost | wait, min | lost |\n|---|---|---|---|---|")
    for name in ("daan", "large-branch", "corner"):
        branch, policy = read_branch(INSTANCES / name), policy_of(name)
        rows = {"with all": (branch, policy)}
        rows |= {f"without {what}": model(branch, policy) for what, model in used_models(branch, policy).items()}
        rows |= {"without any": without_all(branch, policy)}
        for what, (given, decided) in rows.items():
            cost, wait, lost = figures(evaluate(given, decided), given)
            print(f"| {name} | {what} | {cost:,.0f} | {wait:.2f} | {lost:.2%} |", flush=True)


if __name__ == "__main__":
    main()
