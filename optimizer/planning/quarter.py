"""The quarter: which plan on which day, and who stands there."""

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial

from optimizer.calibration.quarter import QuarterForecast
from optimizer.evaluation import Evaluation, evaluate
from optimizer.optimization import SearchOptions
from optimizer.optimization.ladder import LadderOptions
from optimizer.planning.doubt import Doubt
from optimizer.planning.groundwork import SILENT, Groundwork, Watch, lay, unless_interrupted
from optimizer.planning.hiring import Attempt, for_hire, hired, until_covered
from optimizer.planning.labour_price import bound_with_salaries, capacity, labour_price, with_staff
from optimizer.planning.quarter_branch import branch_of_quarter, with_day_types
from optimizer.problem import Branch, RosterRules, Staff
from optimizer.rostering.duties import replan_requests
from optimizer.rostering.problem import Roster, RosterCosts, RosterProblem, RosterResult
from optimizer.rostering.quarter import DayOption, Duty, Settled, quarter_problem
from optimizer.rostering.solve import RosterOptions, solve_roster
from optimizer.rostering.workforce import HeadChange, Workforce, head_changes, staff_of
from optimizer.verification import Verification, VerifyOptions, verify

ROUNDS = 3
"""Rosters made, where the hall refuses plans that one of them uses."""
ROUGH_GAP, ROUGH_PRICES = 0.15, (0.125, 0.25, 0.5, 0.71, 1.0)
"""Gap of the policy, and labour prices, from which the worth of an hour of people who are there is told."""
FRESH = 1000
"""Added to the seed of the days on which the quarter is judged."""
HEAD_SECONDS = 15.0
"""For what one head more or less would change."""


@dataclass(frozen=True)
class QuarterOptions:
    """How a quarter is planned."""

    search: SearchOptions = field(default_factory=SearchOptions)
    doubts: VerifyOptions | None = field(default_factory=lambda: VerifyOptions(explain=False))
    """None: nothing is simulated."""
    ladder: LadderOptions = field(default_factory=LadderOptions)
    roster: RosterOptions = field(default_factory=RosterOptions)
    cover_all: bool = False
    """Whether nobody may be missing from a shift."""


@dataclass(frozen=True)
class UsedPlan:
    """A plan for a day that the quarter uses."""

    name: str
    """Also its day type in the branch of the quarter as it is staffed."""
    day_type: str
    option: DayOption
    days: int


@dataclass(frozen=True)
class QuarterPlan:
    """Which plan on which day, who stands there, and how good that is."""

    ground: Groundwork
    rules: RosterRules
    staff: Staff
    hiring: Workforce | None
    """None: the people were given."""
    head_changes: tuple[HeadChange, ...]
    """What one head more or less would change."""
    problem: RosterProblem
    result: RosterResult
    roster: Roster
    costs: RosterCosts
    """Of the roster, with what the days chosen cost beside people."""
    used: tuple[UsedPlan, ...]
    staffed: Branch
    """The branch with the plans used as day types."""
    evaluation: Evaluation
    """Of the plans used, people paid by the hour."""
    verification: Verification | None
    doubt: Doubt

    @property
    def cost(self) -> float:
        """Of the quarter [yuan]."""
        return self.costs.total + self.ground.campaign

    @property
    def bound(self) -> float | None:
        """Proven least cost of the quarter, whatever the thresholds, plans and shifts [yuan].

        Whoever works an hour costs at least what the layer of the policy pays for it: a salary pays the hours that
        people are away too, overtime is dearer, and so is a shift that nobody covers. Where the people are there, their
        salaries are in it. None where the policy was given.
        """
        bound = None if self.ground.layer is None else self.ground.layer.result.bound
        if bound is None or self.hiring is not None:
            return bound
        salaried = capacity(self.ground.branch, self.rules, self.staff, self.ground.calendar)
        return bound_with_salaries(bound, self.ground.labour_price, self.costs.guaranteed, salaried)

    @property
    def left_out(self) -> float:
        """Costs that no decision changes: machines, and the salaries of people who are there [yuan]."""
        return self.evaluation.undecided_cost + (self.costs.guaranteed if self.hiring is None else 0.0)

    @property
    def gap(self) -> float | None:
        """(cost - bound) / cost, costs that no decision changes left out of both."""
        if self.bound is None:
            return None
        decided = self.cost - self.left_out
        return (self.cost - self.bound) / decided if decided > 0 else 0.0


@dataclass(frozen=True)
class Past:
    """What a quarter that is planned anew keeps of the plan before."""

    settled: Settled
    """Days that are past."""
    duties: tuple[Duty, ...]
    """Who was to work when; what is changed of it has a price."""


class NoRosterError(Exception):
    """No roster was found; carries what is known."""

    def __init__(self, ground: Groundwork, result: RosterResult) -> None:
        self.ground, self.result = ground, result
        super().__init__("no roster")


def plan_quarter(
    forecast: QuarterForecast,
    rules: RosterRules,
    staff: Staff | None,
    options: QuarterOptions = QuarterOptions(),
    watch: Watch = SILENT,
) -> QuarterPlan:
    """Plan a quarter: thresholds for all of it, a plan for each day, and shifts for each person.

    The policy is chosen first, people paid by the hour, and doubted by simulation. At its thresholds each day type gets
    several plans, from few people to few who wait; those that the hall refuses go. The roster picks one for each day.

    Args:
        forecast: Customers of every day of the quarter.
        rules: Law, contracts and prices.
        staff: The people there are; None: as many are hired as are worth it.
        options: When each step stops, and what must hold.
        watch: Told how the steps stand.

    Raises:
        NoPolicyError: where no policy keeps the targets, or none is found.
        NoRosterError: where no roster is found.
        DataRefused: where the quarter has no open day, or nobody may work its shifts.
    """
    branch = branch_of_quarter(forecast)
    if staff is not None:
        ground = _for_people(forecast, with_staff(branch, staff), rules, staff, options, watch)
        return staffed_quarter(ground, rules, staff, options, watch)
    rules = for_hire(rules)
    ground = lay(forecast, branch, rules, options.search, options.ladder, options.doubts, watch)
    hiring = hired(branch, rules, ground.calendar, ground.menus)
    watch.steps("heads", 0, 1)
    find = partial(head_changes, branch, rules, ground.calendar, ground.menus, hiring.heads, time_limit=HEAD_SECONDS)
    none: tuple[HeadChange, ...] = ()
    changes = unless_interrupted(find, none)
    watch.steps("heads", 1, 1)

    def attempt(hiring: Workforce) -> Attempt[QuarterPlan]:
        people = staff_of(hiring, branch, rules)
        quarter = staffed_quarter(ground, rules, people, options, watch, hiring=hiring, changes=changes)
        return Attempt(quarter, quarter.cost, quarter.problem, quarter.roster)

    return until_covered(branch, rules, hiring, attempt)


def _for_people(
    forecast: QuarterForecast, branch: Branch, rules: RosterRules, staff: Staff, options: QuarterOptions, watch: Watch
) -> Groundwork:
    """The groundwork at the price that an hour of these people is worth."""
    rough = replace(options.search, gap=max(ROUGH_GAP, options.search.gap))
    few = replace(options.ladder, prices=ROUGH_PRICES)
    first = lay(forecast, branch, rules, rough, few, None, watch)
    price = labour_price(branch, rules, staff, first.calendar, first.ladders)
    return lay(forecast, branch, rules, options.search, options.ladder, options.doubts, watch, price)


def staffed_quarter(
    ground: Groundwork, rules: RosterRules, staff: Staff, options: QuarterOptions, watch: Watch, *,
    hiring: Workforce | None = None, changes: tuple[HeadChange, ...] = (), past: Past | None = None,
) -> QuarterPlan:  # fmt: skip
    """Choose a plan for each day and people for its shifts; again without the plans that the hall refuses.

    Raises:
        NoRosterError: where no roster is found.
    """
    left = ROUNDS
    while True:
        problem = _problem(ground, rules, staff, options, past)
        result = solve_roster(problem, options.roster, watch.roster)
        if result.roster is None or result.costs is None:
            raise NoRosterError(ground, result)
        used = used_plans(ground, problem, result.roster, past)
        staffed = with_day_types(ground.branch, {plan.name: (plan.day_type, plan.days) for plan in used})
        days = {plan.name: plan.option.plan for plan in used}
        evaluation = evaluate(staffed, ground.policy.replace(days=days))
        left -= 1
        verification: Verification | None = None
        if options.doubts is not None:
            fresh = replace(options.doubts, seed=options.doubts.seed + FRESH + left)
            verification = unless_interrupted(partial(verify, staffed, evaluation, fresh, watch.steps), None)
        found = QuarterPlan(
            ground, rules, staff, hiring, changes, problem, result, result.roster, result.costs, used, staffed,
            evaluation, verification, _doubt(verification),
        )  # fmt: skip
        failing = {target.promise.day_type for target in verification.failing} if verification is not None else set()
        menus = {name: tuple(o for o in menu if o.name not in failing) for name, menu in ground.menus.items()}
        if left == 0 or menus == ground.menus or not all(menus.values()):
            return found
        refused = (*ground.refused, *sorted(str(name) for name in failing if name is not None))
        ground = replace(ground, menus=menus, refused=refused)


def _problem(
    ground: Groundwork, rules: RosterRules, staff: Staff, options: QuarterOptions, past: Past | None
) -> RosterProblem:
    settled = None if past is None else past.settled
    problem = quarter_problem(
        ground.branch, rules, staff, ground.calendar, ground.menus, options.cover_all, settled=settled
    )
    if past is None:
        return problem
    kept = replan_requests(problem, past.duties, past.settled.until, rules.change_price)
    return replace(problem, requests=(*problem.requests, *kept))


def _doubt(verification: Verification | None) -> Doubt:
    if verification is None:
        return Doubt.NOT_TRIED
    return Doubt.FAILS if verification.failing else Doubt.HOLDS


def used_plans(
    ground: Groundwork, problem: RosterProblem, roster: Roster, past: Past | None = None
) -> tuple[UsedPlan, ...]:
    """The plans that days have, those of past days too, with the number of their days."""
    days = Counter(
        day.options[index].name
        for day, index in zip(problem.days, roster.options, strict=True)
        if index is not None
    )  # fmt: skip
    offered = {option.name: (day_type, option) for day_type, menu in ground.menus.items() for option in menu}
    if past is not None:
        types = {day.date: day.day_type for day in ground.calendar}
        for day, option in past.settled.options.items():
            if (day_type := types.get(day)) is not None:
                offered.setdefault(option.name, (day_type, option))
    return tuple(UsedPlan(name, *of, days[name]) for name, of in offered.items() if days[name])
