"""What a roster of a quarter is built on: the branch of the quarter, its policy, and plans for each kind of day."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from string import ascii_lowercase
from typing import TypeVar

from optimizer.calibration.calendar import DayFacts
from optimizer.calibration.quarter import QuarterForecast
from optimizer.evaluation import Evaluation, evaluate
from optimizer.optimization import Ending, Progress, SearchOptions
from optimizer.optimization.ladder import (
    FrontierPoint,
    Ladder,
    LadderOptions,
    LadderProgress,
    Rung,
    frontier,
    ladders,
)
from optimizer.planning.doubt import Plan, plan
from optimizer.planning.labour_price import by_contract, priced
from optimizer.planning.quarter_branch import with_day_types
from optimizer.problem import Branch, Policy, RosterRules
from optimizer.rostering.contracts import CalendarDay
from optimizer.rostering.quarter import DayOption
from optimizer.rostering.solve import RosterProgress
from optimizer.verification import VerifyOptions, verify

T = TypeVar("T")
OBSERVED = ("observed", "substituted", "day off")
"""Words in the name of a day that is off in exchange for another, and not a holiday by law."""

Menus = dict[str, tuple[DayOption, ...]]
"""Plans that a day may have, by day type, from few people to many."""


@dataclass(frozen=True)
class Watch:
    """Who is told how a quarter's planning stands."""

    search: Callable[[Progress], None] = lambda _: None
    steps: Callable[[str, int, int], None] = lambda what, done, most: None
    """What is done, how much of it, and of how much."""
    roster: Callable[[RosterProgress], None] = lambda _: None


SILENT = Watch()
"""Nobody is told."""


@dataclass(frozen=True)
class Groundwork:
    """What a roster is built on."""

    forecast: QuarterForecast
    branch: Branch
    """With the days and customers of the quarter."""
    policy: Policy
    """Its thresholds hold for the quarter; its plans for a day are among the menus."""
    layer: Plan | None
    """How the policy was found, people paid by the hour; None: it was given."""
    evaluation: Evaluation
    """Of the policy, people paid by the hour."""
    labour_price: float
    """By which wages were multiplied when the policy was chosen."""
    calendar: tuple[CalendarDay, ...]
    menus: Menus
    rungs: dict[str, Rung] = field(default_factory=dict)
    """The labour price and bound of a plan, by its name; the policy's own plan has none."""
    ladders: dict[str, Ladder] = field(default_factory=dict)
    frontier: tuple[FrontierPoint, ...] = ()
    refused: tuple[str, ...] = ()
    """Plans that the hall refuses, by name: the roster does not use them."""

    @property
    def campaign(self) -> float:
        """Cost of the campaign [yuan a quarter]."""
        return self.branch.campaigns[self.policy.campaign].cost


class NoPolicyError(Exception):
    """No policy keeps the branch's rules and targets, or none was found in time; carries what is known."""

    def __init__(self, branch: Branch, layer: Plan) -> None:
        self.branch, self.layer = branch, layer
        super().__init__("no policy")


def lay(
    forecast: QuarterForecast, branch: Branch, rules: RosterRules, options: SearchOptions, ladder: LadderOptions,
    doubts: VerifyOptions | None, watch: Watch, price: float = 1.0,
) -> Groundwork:  # fmt: skip
    """Search for a policy at a labour price, and find several plans for each day type at its thresholds.

    Raises:
        NoPolicyError: where none was found.
    """
    asked = by_contract(branch if price == 1.0 else priced(branch, price), rules)
    layer = plan(asked, options, doubts, watch.search, watch.steps)
    if layer.result.policy is None:
        raise NoPolicyError(branch, layer)
    stopped = layer.result.ending is Ending.INTERRUPT
    evaluation = evaluate(branch, layer.result.policy)
    ground = lay_given(
        forecast, branch, evaluation, {}, None if stopped else ladder, None if stopped else doubts, watch
    )  # fmt: skip
    return replace(ground, layer=layer, labour_price=price)


def lay_given(
    forecast: QuarterForecast, branch: Branch, evaluation: Evaluation, known: Mapping[str, tuple[DayOption, ...]],
    options: LadderOptions | None, doubts: VerifyOptions | None, watch: Watch,
) -> Groundwork:  # fmt: skip
    """Find several plans for each day type at a policy's thresholds, and leave out those that the hall refuses.

    Ctrl-C ends a step with what there is: the policy's own plans.

    Args:
        forecast: Customers of every day of the quarter.
        branch: The branch of the quarter.
        evaluation: Of the policy; its own plans are among those offered.
        known: Other plans that a day may keep, by day type.
        options: Labour prices, and when to stop; None: no other plans than the policy's and those known.
        doubts: How plans are simulated; None: they are not.
        watch: Told how the steps stand.
    """
    policy = evaluation.policy

    def told(now: LadderProgress) -> None:
        watch.steps("plans for a day", now.done, now.total)

    found: dict[str, Ladder] = {}
    if options is not None:
        found = unless_interrupted(lambda: ladders(branch, policy, options, told), {})
    menus, rungs = day_menus(evaluation, found, known)
    all_of_them: tuple[Menus, tuple[str, ...]] = (menus, ())
    held, refused = unless_interrupted(lambda: that_hold(branch, policy, menus, doubts, watch), all_of_them)
    return Groundwork(
        forecast=forecast, branch=branch, policy=policy, layer=None, evaluation=evaluation, labour_price=1.0,
        calendar=calendar_of(forecast), menus=held, rungs=rungs, ladders=found,
        frontier=frontier(branch, found), refused=refused,
    )  # fmt: skip


def day_menus(
    evaluation: Evaluation, found: Mapping[str, Ladder], known: Mapping[str, tuple[DayOption, ...]]
) -> tuple[Menus, dict[str, Rung]]:
    """Plans for a day by day type, from few people to many: those of the ladder, of the policy, and those known.

    Plans that are known keep their names.
    """
    menus: Menus = {}
    rungs: dict[str, Rung] = {}
    for day_type in evaluation.days:
        costs, plan = evaluation.days[day_type].costs, evaluation.policy.days[day_type]
        before = known.get(day_type, ())
        own = (costs["wages"], sum(costs.values()) - costs["wages"], plan, None)
        plans = [own, *((rung.people_cost, rung.queue_cost, rung.plan, rung) for rung in _rungs(found, day_type))]
        fresh = {each[2].model_dump_json(): each for each in plans}
        for option in before:
            fresh.pop(option.plan.model_dump_json(), None)
        names = (name for name in (f"{day_type}_{letter}" for letter in ascii_lowercase) if name not in _names(before))
        named = list(zip(names, sorted(fresh.values(), key=lambda each: each[:2]), strict=False))
        menus[day_type] = (*before, *(DayOption(name, queue, plan) for name, (_, queue, plan, _) in named))
        rungs |= {name: rung for name, (_, _, _, rung) in named if rung is not None}
    return menus, rungs


def _rungs(found: Mapping[str, Ladder], day_type: str) -> tuple[Rung, ...]:
    return found[day_type].rungs if day_type in found else ()


def unless_interrupted(work: Callable[[], T], otherwise: T) -> T:
    """What a step yields, or something else where Ctrl-C ends it."""
    try:
        return work()
    except KeyboardInterrupt:
        return otherwise


def _names(options: Iterable[DayOption]) -> set[str]:
    return {option.name for option in options}


def that_hold(
    branch: Branch, policy: Policy, menus: Menus, doubts: VerifyOptions | None, watch: Watch
) -> tuple[Menus, tuple[str, ...]]:
    """The plans of which no target fails in the hall, and the names of the others.

    Where none of a day type's plans holds, all stay: what is promised then fails, and is said to.
    """
    if doubts is None:
        return menus, ()
    tried = with_day_types(branch, {o.name: (day_type, 1) for day_type, menu in menus.items() for o in menu})
    days = {option.name: option.plan for menu in menus.values() for option in menu}
    verification = verify(tried, evaluate(tried, policy.replace(days=days)), doubts, watch.steps)
    failing = {target.promise.day_type for target in verification.failing}
    held = {day_type: tuple(o for o in menu if o.name not in failing) for day_type, menu in menus.items()}
    refused = tuple(o.name for day_type, menu in menus.items() for o in menu if held[day_type] and o.name in failing)
    return {day_type: held[day_type] or menu for day_type, menu in menus.items()}, refused


def calendar_of(forecast: QuarterForecast) -> tuple[CalendarDay, ...]:
    """What the roster must know of every date."""
    return tuple(
        CalendarDay(day.facts.date, day.day_type, day.facts.working, paid_as_holiday(day.facts))
        for day in forecast.days()
    )


def paid_as_holiday(facts: DayFacts) -> bool:
    """Whether work is paid as on a public holiday: it is one by law, not a day off in exchange for another."""
    return facts.holiday and not any(word in facts.name.lower() for word in OBSERVED)
