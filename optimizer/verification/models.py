"""The branch without one of the models by which it is evaluated."""

from collections.abc import Callable

from optimizer.problem import Branch, Policy, Tickets

Case = tuple[Branch, Policy]
Change = Callable[[Branch, Policy], Case]


def steady(branch: Branch, policy: Policy) -> Case:
    """Every day as busy as its kind."""
    return branch.replace(busyness_scv=0.0), policy


def in_order(branch: Branch, policy: Policy) -> Case:
    """All tiers in the order of arrival."""
    return branch.replace(tiers={name: tier.replace(priority=0) for name, tier in branch.tiers.items()}), policy


def staying(branch: Branch, policy: Policy) -> Case:
    """Nobody turns away."""
    return branch.replace(tiers={name: tier.replace(balking=0.0) for name, tier in branch.tiers.items()}), policy


def answered(branch: Branch, policy: Policy) -> Case:
    """Every number is answered."""
    plain = {name: kind.replace(tickets=Tickets()) for name, kind in branch.transactions.items()}
    return branch.replace(transactions=plain), policy


def whole(branch: Branch, policy: Policy) -> Case:
    """Machines never fail."""
    channels = branch.channels | {n: m.replace(failures_per_day=0.0) for n, m in branch.machines.items()}
    return branch.replace(channels=channels), policy


def exponential(branch: Branch, policy: Policy) -> Case:
    """Each service time is exponential; that transactions differ still counts."""
    plain = {
        name: channel.replace(
            service={
                t: s.replace(scv=1.0, distribution="exponential", minutes=(), shares=())
                for t, s in channel.service.items()
            }
        )
        for name, channel in branch.channels.items()
    }
    return branch.replace(channels=plain), policy


def without_rules(branch: Branch, policy: Policy) -> Case:
    """Forms are filled in at the desk, and no pitch is made."""
    return branch, policy.replace(form_at_window_below=0, pitch_below=0)


MODELS: dict[str, Change] = {
    "busy and quiet days": steady,
    "priority": in_order,
    "balking": staying,
    "dead numbers": answered,
    "machine failures": whole,
    "service variability": exponential,
    "forms and pitches by queue length": without_rules,
}


def used_models(branch: Branch, policy: Policy) -> dict[str, Change]:
    """The models that change something for a branch and a policy."""
    return {name: change for name, change in MODELS.items() if change(branch, policy) != (branch, policy)}


def without_all(branch: Branch, policy: Policy) -> Case:
    """The simple evaluation: without any of the models."""
    for change in MODELS.values():
        branch, policy = change(branch, policy)
    return branch, policy
