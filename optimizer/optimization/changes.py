"""Why this plan: what the branch would cost with one thing changed, solved again under the same regime."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from optimizer.evaluation import Regime
from optimizer.optimization.result import Result, Status
from optimizer.optimization.search import SearchOptions, solve
from optimizer.problem import Branch, Machine, Policy, Target

Kind = Literal["person", "window", "machine", "threshold", "greeters", "campaign", "target"]
MINUTE, POINT = 1.0, 0.01
"""Steps of a target: minutes of a wait, share of customers."""
SHORTEST = 1.0
"""Least limit of a wait that a step leads to [minutes]."""


@dataclass(frozen=True)
class Step:
    """One thing changed, before it is solved."""

    words: str
    kind: Kind
    branch: Branch
    regime: Regime


@dataclass(frozen=True)
class Change:
    """One thing changed, and what the quarter then costs."""

    words: str
    kind: Kind
    cost: float | None
    """Of the best plan found [yuan a quarter]; None: there is none."""
    bound: float | None
    """Proven least cost [yuan a quarter]."""
    gap: float | None
    cost_change: float | None
    """Cost less that of the plan without the change [yuan a quarter]."""
    least: float | None
    """The least change that the bounds leave open [yuan a quarter]."""
    most: float | None
    """The greatest."""
    impossible: bool
    """Whether it is proven that no plan keeps all rules and targets."""

    @property
    def sure(self) -> bool:
        """Whether the bounds prove that it costs more, or that it costs less."""
        return self.least is not None and self.most is not None and (self.least > 0 or self.most < 0)


def what_changes(
    branch: Branch,
    policy: Policy,
    options: SearchOptions,
    report: Callable[[int, int], None] = lambda done, most: None,
) -> tuple[Change, ...]:
    """What one person, window, machine, step of a threshold or of a target more or less would cost.

    Each is solved again with all else under the policy's regime as it is, and so is the plan itself, so that both are
    as good. The bounds say what of a difference is sure. Which rules clash where a change is impossible is not looked
    for: it takes longer than all the rest.

    Args:
        branch: The branch.
        policy: Its regime holds; the searches begin with its plans.
        options: When each search stops.
        report: Told how many are done, and of how many.
    """
    steps, options = list(all_steps(branch, policy)), replace(options, explain=False)
    report(0, len(steps) + 1)
    starts = (policy,) if set(branch.day_types) <= set(policy.days) else ()
    base = solve(under(branch, Regime.of(branch, policy)), options, starts=starts)
    report(1, len(steps) + 1)
    found = []
    for number, step in enumerate(steps, start=2):
        result = solve(
            under(step.branch, step.regime), options, starts=(base.policy,) if base.policy is not None else ()
        )
        found.append(_change(step, base, result))
        report(number, len(steps) + 1)
    return tuple(found)


def under(branch: Branch, regime: Regime) -> Branch:
    """The branch with one regime left to choose."""
    rules = {"form_at_window_below": (regime.form_at_window_below,), "pitch_below": (regime.pitch_below,)}
    calls = () if regime.calls is None else (regime.calls,)
    channels = dict(branch.channels)
    if branch.greeter is not None:
        name, greeter = branch.greeter
        channels[name] = greeter.replace(levels=(regime.greeters,))
    return branch.replace(
        channels=channels,
        diversions={
            name: branch.diversions[name].replace(thresholds=(threshold,)) for name, threshold in regime.thresholds
        },
        campaigns={regime.campaign: branch.campaigns[regime.campaign]},
        queue_rules=branch.queue_rules.replace(**rules, calls=calls),
    )


def all_steps(branch: Branch, policy: Policy) -> Iterator[Step]:
    """Every change of one thing by one step, in the order of the branch's file."""
    regime = Regime.of(branch, policy)
    yield from _people(branch, regime)
    for more, windows in (("one window more", branch.windows + 1), ("one window fewer", branch.windows - 1)):
        if windows >= max(1, sum(role.least for role in branch.roles.values())):
            yield Step(more, "window", branch.replace(windows=windows), regime)
    yield from _machines(branch, regime)
    yield from _regimes(branch, regime)
    yield from _targets(branch, regime)


def _people(branch: Branch, regime: Regime) -> Iterator[Step]:
    for name, skill in branch.skills.items():
        for words, step in (("more", 1), ("fewer", -1)):
            available = {day_type: max(0, count + step) for day_type, count in skill.available.items()}
            skills = branch.skills | {name: skill.replace(available=available)}
            yield Step(f"one {name} {words} on the staff list", "person", branch.replace(skills=skills), regime)


def _machines(branch: Branch, regime: Regime) -> Iterator[Step]:
    for name, channel in branch.channels.items():
        if not isinstance(channel, Machine):
            continue
        for words, units in (("more", channel.units + 1), ("fewer", channel.units - 1)):
            if units > 0:
                channels = branch.channels | {name: channel.replace(units=units)}
                yield Step(f"one {name} {words}", "machine", branch.replace(channels=channels), regime)


def _regimes(branch: Branch, regime: Regime) -> Iterator[Step]:
    chosen = dict(regime.thresholds)
    for name, diversion in branch.diversions.items():
        for threshold in _neighbours(sorted(diversion.thresholds), chosen[name]):
            thresholds = tuple((n, threshold if n == name else value) for n, value in regime.thresholds)
            words = f"{diversion.transaction} below {threshold:,.0f} to {diversion.to}"
            if threshold == 0:
                words = f"no {diversion.transaction} to {diversion.to}"
            yield Step(words, "threshold", branch, replace(regime, thresholds=thresholds))
    for greeters in _neighbours(sorted(branch.greeter[1].levels), regime.greeters) if branch.greeter else ():
        yield Step(f"{greeters} greeters on duty", "greeters", branch, replace(regime, greeters=int(greeters)))
    for campaign in branch.campaigns:
        if campaign != regime.campaign:
            yield Step(f"campaign {campaign}", "campaign", branch, replace(regime, campaign=campaign))


def _neighbours(values: list[float] | list[int], chosen: float) -> Iterator[float]:
    """The value before and the value after the one chosen."""
    yield from reversed([value for value in values if value < chosen][-1:])
    yield from [value for value in values if value > chosen][:1]


def _targets(branch: Branch, regime: Regime) -> Iterator[Step]:
    for name, target in branch.targets.items():
        for words, changed in _stepped(target):
            targets = branch.targets | {name: changed}
            yield Step(f"{name}: {words}", "target", branch.replace(targets=targets), regime)


def _stepped(target: Target) -> Iterator[tuple[str, Target]]:
    """A target a step looser and a step tighter."""
    if target.within is not None:
        for step in (MINUTE, -MINUTE):
            if (within := target.within + step) >= SHORTEST:
                yield f"within {within:g} min", target.replace(within=within)
    elif target.most is not None and target.measure == "mean_wait":
        for step in (MINUTE, -MINUTE):
            if (most := target.most + step) >= SHORTEST:
                yield f"at most {most:g} min", target.replace(most=most)
    elif target.most is not None:
        for step in (POINT, -POINT):
            if (most := round(target.most + step, 6)) > 0:
                yield f"at most {most:.1%}", target.replace(most=most)


def _change(step: Step, base: Result, result: Result) -> Change:
    cost = None if result.evaluation is None else result.evaluation.cost
    before = None if base.evaluation is None else base.evaluation.cost
    bound = None if result.status is Status.INFEASIBLE else result.bound
    known = cost is not None and before is not None
    return Change(
        words=step.words,
        kind=step.kind,
        cost=cost,
        bound=bound,
        gap=result.gap,
        cost_change=cost - before if cost is not None and before is not None else None,
        least=bound - before if known and bound is not None and before is not None else None,
        most=cost - base.bound if cost is not None and known and base.bound is not None else None,
        impossible=result.status is Status.INFEASIBLE,
    )
