"""What a branch gives that the evaluation does not yet use, by name."""

from collections.abc import Iterator

from optimizer.problem import Branch


def unevaluated(branch: Branch) -> tuple[str, ...]:
    """A sentence for everything given in the branch that does not yet change a number."""
    return tuple(_sentences(branch))


def _sentences(branch: Branch) -> Iterator[str]:
    for name, channel in branch.channels.items():
        if channel.queue_capacity is not None:
            yield f"channels.{name}.queue_capacity: nobody is turned away"
    for name, skill in branch.skills.items():
        if skill.shifts.short_breaks > 0:
            yield f"skills.{name}.shifts.short_breaks: a short break takes nobody from the window"
