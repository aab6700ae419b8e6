"""What a branch gives that the evaluation does not yet use, by name."""

from collections.abc import Iterator

from optimizer.problem import Branch, Machine


def unevaluated(branch: Branch) -> tuple[str, ...]:
    """A sentence for everything given in the branch that does not yet change a number."""
    return tuple(_sentences(branch))


def _sentences(branch: Branch) -> Iterator[str]:
    if branch.busyness_scv > 0:
        yield "busyness_scv: days are evaluated at their mean number of arrivals"
    if len({tier.priority for tier in branch.tiers.values()}) > 1:
        yield "tiers.priority: tiers in one channel are called in the order of arrival"
    for name, tier in branch.tiers.items():
        if tier.balking > 0:
            yield f"tiers.{name}.balking: nobody turns away at the number displayed"
    for name, target in branch.targets.items():
        if target.tier is not None:
            yield f"targets.{name}.tier: judged by all who use the channel"
    for name, transaction in branch.transactions.items():
        tickets = transaction.tickets
        if tickets.no_show > 0 or tickets.per_customer > 1:
            yield f"transactions.{name}.tickets: dead numbers hold no window"
        if transaction.pitch is not None:
            yield f"transactions.{name}.pitch: no pitch is made"
    for name, channel in branch.channels.items():
        if any(s.scv != 1 or s.distribution != "exponential" for s in channel.service.values()):
            yield f"channels.{name}.service: service times are evaluated as exponential with the same mean"
        if channel.queue_capacity is not None:
            yield f"channels.{name}.queue_capacity: nobody is turned away"
        if isinstance(channel, Machine) and channel.failures_per_day > 0:
            yield f"channels.{name}.failures_per_day: machines never fail"
    for name, skill in branch.skills.items():
        if skill.shifts.short_breaks > 0:
            yield f"skills.{name}.shifts.short_breaks: a short break takes nobody from the window"
    rules = branch.queue_rules
    if any(rules.form_at_window_below) or any(rules.pitch_below) or rules.calls:
        yield "queue_rules: forms stay at the desk, pitches and calls are as given"
