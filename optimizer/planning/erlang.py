"""The quarter as planners staff it today, by Erlang's formula for each half hour, held against a plan."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from optimizer.evaluation import Evaluation, Promise
from optimizer.optimization.by_period import PlanByPeriod, plan_by_period
from optimizer.planning.hiring import Attempt, until_covered
from optimizer.planning.quarter_branch import with_day_types
from optimizer.problem import Branch, Policy, RosterRules, Staff
from optimizer.rostering import RosterCosts, RosterOptions, RosterProblem, RosterResult, solve_roster
from optimizer.rostering.contracts import CalendarDay
from optimizer.rostering.quarter import DayOption, quarter_problem
from optimizer.rostering.workforce import Workforce, staff_of, workforce
from optimizer.simulation import Comparison, Estimate, Replications, compare

CONFIDENCE = 0.95

Report = Callable[[str, int, int], None]
"""Told what is done, how much of it, and of how much."""


@dataclass(frozen=True)
class Planned:
    """The plan that the formula is held against."""

    sources: Mapping[str, tuple[str, int]]
    """Day type and number of days, by name of the plan of a day."""
    policy: Policy
    """With the plans of the days by these names."""
    costs: RosterCosts
    """Of its roster."""


@dataclass(frozen=True)
class Saving:
    """What the plan saves in the quarter against the formula, both on the same simulated days."""

    people: float
    """Of pay, and of prices of people missing, wishes and fairness [yuan]; the rosters decide it, not chance."""
    queues: Estimate
    """Of waiting, lost customers and whatever else the events of the days decide [yuan]."""
    comparison: Comparison
    """First the plan, second the formula; day types are the plans of the days."""
    seed: int

    @property
    def value(self) -> float:
        """Both together [yuan]."""
        return self.people + float(self.queues.value)

    @property
    def days(self) -> int:
        """Simulated for each plan of a day."""
        return self.queues.days

    def interval(self, confidence: float = CONFIDENCE) -> tuple[float, float]:
        """Ends of the confidence interval [yuan]."""
        half = float(self.queues.half_width(confidence))
        return self.value - half, self.value + half


@dataclass(frozen=True)
class ErlangQuarter:
    """A quarter staffed by Erlang's formula: as planners do it, and with the promises kept."""

    branch: Branch
    plain: PlanByPeriod
    """Targets as they are: what planners do."""
    kept: PlanByPeriod
    """Targets inside the formula raised until the promises hold: what is rostered, and compared."""
    hiring: Workforce | None
    """People employed for it; None: they were given."""
    staff: Staff | None
    """None: there is nobody to hire who could staff every day."""
    problem: RosterProblem | None
    roster: RosterResult | None
    saving: Saving | None
    """None: not simulated."""

    @property
    def costs(self) -> RosterCosts | None:
        """Of the roster, with what the days cost."""
        return None if self.roster is None else self.roster.costs

    @property
    def cost(self) -> float | None:
        """Of the quarter: the roster's, with what the days cost, and the campaign [yuan]."""
        if self.costs is None:
            return None
        return self.costs.total + self.branch.campaigns[self.kept.policy.campaign].cost

    @property
    def evaluation(self) -> Evaluation:
        """Of what is rostered, people paid by the hour."""
        return self.kept.evaluation

    @property
    def broken(self) -> tuple[Promise, ...]:
        """Promises that planners break by the formula, exactly evaluated."""
        return self.plain.broken_promises

    @property
    def mean_wait(self) -> float:
        """Mean wait at the windows over the quarter's customers [minutes]."""
        waiting = customers = 0.0
        for name, day in self.evaluation.days.items():
            for role in self.branch.roles:
                channel, times = day.channels[role], self.branch.day_types[name].days
                count = float(channel.demand.arrivals.sum())
                waiting += times * count * (channel.mean_wait or 0.0)
                customers += times * count
        return waiting / customers if customers > 0 else 0.0


def erlang_quarter(
    branch: Branch,
    policy: Policy,
    calendar: Sequence[CalendarDay],
    staff: Staff | None,
    rules: RosterRules,
    roster_options: RosterOptions,
    replications: Replications | None = None,
    report: Report = lambda what, done, most: None,
    *,
    planned: Planned | None = None,
) -> ErlangQuarter:
    """Staff a quarter by Erlang's formula and roster it by the same engine, law, contracts and prices as the plan.

    Thresholds, greeters, campaign and rules by queue length are the policy's. Every day of a type has the one plan that
    the formula makes for it.

    Args:
        branch: The branch of the quarter.
        policy: The policy of the quarter, with a plan for each day type of the branch.
        calendar: Every date of the quarter.
        staff: The people there are; None: as many are employed as are worth it for the formula's plans.
        rules: Law, contracts and prices.
        roster_options: When the roster's search stops.
        replications: Days on which both are simulated, of a seed by which nothing was chosen; None: none.
        report: Told how far each step is.
        planned: What it is held against; None: no simulation.
    """
    plain = plan_by_period(branch, policy)
    kept = plan_by_period(branch, policy, kept=True) if plain.broken_promises else plain
    menus = {name: (DayOption(f"erlang_{name}", _queue_cost(kept.evaluation, name), plan),)
             for name, plan in kept.policy.days.items()}  # fmt: skip

    def attempt(hiring: Workforce | None) -> Attempt[ErlangQuarter]:
        people = staff if hiring is None else staff_of(hiring, branch, rules)
        if people is None:
            raise TypeError("neither people nor how many to hire")
        problem = quarter_problem(branch, rules, people, calendar, menus)
        roster = solve_roster(problem, roster_options)
        made = ErlangQuarter(branch, plain, kept, hiring, people, problem, roster, None)
        return Attempt(made, made.cost, problem, roster.roster)

    if staff is not None:
        found = attempt(None).quarter
    else:
        hiring = workforce(branch, rules, calendar, menus)
        if hiring is None:
            return ErlangQuarter(branch, plain, kept, None, None, None, None, None)
        found = until_covered(branch, rules, hiring, attempt)
    if found.costs is None or planned is None or replications is None:
        return found
    return replace(found, saving=saving(branch, found.kept.policy, found.costs, planned, replications, report))


def saving(
    branch: Branch,
    policy: Policy,
    costs: RosterCosts,
    planned: Planned,
    replications: Replications,
    report: Report = lambda what, done, most: None,
) -> Saving:
    """What a plan saves against another way to staff the same days, both met by the same simulated customers.

    Where nobody is missing, that is: a shift that the roster leaves open is simulated as if somebody worked it, and
    costs its price.

    Args:
        branch: The branch of the quarter.
        policy: The other way: a plan for each day type.
        costs: Of its roster.
        planned: The plan, which may have several plans for a day type.
        replications: Days of each plan, and their seed.
        report: Told how far it is.
    """
    staffed = with_day_types(branch, planned.sources)
    other = policy.replace(days={name: policy.days[source] for name, (source, _) in planned.sources.items()})
    comparison = compare(
        staffed, planned.policy, other, replications,
        report=lambda done, most: report("simulated beside Erlang", done, most),
    )  # fmt: skip
    return Saving(
        people=people_cost(costs) - people_cost(planned.costs),
        queues=comparison.costs["total"].difference,
        comparison=comparison,
        seed=replications.seed,
    )


def people_cost(costs: RosterCosts) -> float:
    """What a roster costs beside the days' own costs: pay, people missing or too many, wishes, fairness [yuan]."""
    return costs.total - costs.options


def _queue_cost(evaluation: Evaluation, day_type: str) -> float:
    """What a day costs beside people [yuan]."""
    costs = evaluation.days[day_type].costs
    return sum(costs.values()) - costs["wages"]
