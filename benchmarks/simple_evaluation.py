"""What the models of a branch change: the policy in use today, judged with all of them, without any, and one by one.

Run it with ``python -m benchmarks.simple_evaluation``; it takes a minute or two. Costs are in yuan a quarter; the wait
is the mean over all customers at the windows, in minutes; lost is the share of them who give up or turn away.
"""

from collections.abc import Callable
from pathlib import Path

from optimizer.evaluation import Evaluation, evaluate
from optimizer.problem import Branch, Policy, Tickets, read_branch, read_policy, read_today

INSTANCES = Path(__file__).parent.parent / "instances"
Change = Callable[[Branch], Branch]


def steady(branch: Branch) -> Branch:
    """Every day as busy as its kind."""
    return branch.replace(busyness_scv=0.0)


def in_order(branch: Branch) -> Branch:
    """All tiers in the order of arrival."""
    return branch.replace(tiers={name: tier.replace(priority=0) for name, tier in branch.tiers.items()})


def staying(branch: Branch) -> Branch:
    """Nobody turns away."""
    return branch.replace(tiers={name: tier.replace(balking=0.0) for name, tier in branch.tiers.items()})


def answered(branch: Branch) -> Branch:
    """Every number is answered."""
    return branch.replace(transactions={n: t.replace(tickets=Tickets()) for n, t in branch.transactions.items()})


def whole(branch: Branch) -> Branch:
    """Machines never fail."""
    channels = branch.channels | {n: m.replace(failures_per_day=0.0) for n, m in branch.machines.items()}
    return branch.replace(channels=channels)


def exponential(branch: Branch) -> Branch:
    """Each service time is exponential; that transactions differ still counts."""
    plain = {
        name: channel.replace(
            service={t: s.replace(scv=1.0, distribution="exponential") for t, s in channel.service.items()}
        )
        for name, channel in branch.channels.items()
    }
    return branch.replace(channels=plain)


CHANGES: dict[str, Change] = {
    "busy and quiet days": steady,
    "priority": in_order,
    "balking": staying,
    "dead numbers": answered,
    "machine failures": whole,
    "service variability": exponential,
}


def simple(branch: Branch) -> Branch:
    """The branch without any of them."""
    for change in CHANGES.values():
        branch = change(branch)
    return branch


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
        ruled = policy.form_at_window_below > 0 or policy.pitch_below > 0
        plain = policy.replace(form_at_window_below=0, pitch_below=0)
        rows = {"with all": (branch, policy)}
        rows |= {f"without {what}": (change(branch), policy) for what, change in CHANGES.items()}
        rows |= {"without rules by queue length": (branch, plain)} if ruled else {}
        rows |= {"without any": (simple(branch), plain)}
        for what, (given, decided) in rows.items():
            cost, wait, lost = figures(evaluate(given, decided), given)
            print(f"| {name} | {what} | {cost:,.0f} | {wait:.2f} | {lost:.2%} |", flush=True)


if __name__ == "__main__":
    main()
