"""What a branch gives that the evaluation does not yet use, by name."""

from collections.abc import Iterator

from optimizer.problem import Branch, Machine


def unevaluated(branch: Branch) -> tuple[str, ...]:
    """A sentence for everything given in the branch that does not yet change a number."""
    return tuple(_sentences(branch))


def _sentences(branch: Branch) -> Iterator[str]:
    if branch.head_start is not None:
        yield "head_start: the higher priority is called first however long others have waited"
    for name, tier in branch.tiers.items():
        if tier.patience_distribution != "exponential":
            yield f"tiers.{name}.patience_distribution: taken as exponential"
    for name, channel in branch.channels.items():
        if channel.queue_capacity is not None:
            yield f"channels.{name}.queue_capacity: nobody is turned away"
        if isinstance(channel, Machine) and channel.come_back > 0:
            yield f"channels.{name}.come_back: they wait at the head of the line"
    for name, skill in branch.skills.items():
        if skill.shifts.short_breaks > 0:
            yield f"skills.{name}.shifts.short_breaks: a short break takes nobody from the window"
    if any(branch.queue_rules.divert_from):
        yield "queue_rules.divert_from: advice is given however few are waiting"
