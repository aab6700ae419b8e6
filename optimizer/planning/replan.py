"""A quarter planned anew in its middle: past days stay, people's shifts change as little as can be."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from optimizer.calibration.quarter import QuarterForecast
from optimizer.errors import DataRefused, Fault
from optimizer.evaluation import Regime, evaluate, evaluate_day
from optimizer.planning.groundwork import SILENT, Watch, lay_given
from optimizer.planning.quarter import Past, QuarterOptions, QuarterPlan, staffed_quarter
from optimizer.planning.quarter_branch import branch_of_quarter
from optimizer.problem import Branch, DayPlan, Leave, Policy, RosterRules, Staff
from optimizer.rostering import DayOption, Duty, Settled, changed_days, duties

CLOSED = "closed"


@dataclass(frozen=True)
class Earlier:
    """A plan of the quarter that is in force."""

    name: str
    """Of its run."""
    policy: Policy
    """With a plan for a day by each of its names."""
    day_types: Mapping[str, str]
    """Day type of each plan for a day."""
    plans: Mapping[date, str]
    """Plan of every open date."""
    duties: tuple[Duty, ...]
    rules: RosterRules
    staff: Staff


@dataclass(frozen=True)
class Change:
    """A day of a person that is not as it was."""

    date: date
    person: str
    before: Duty | None
    """None: a day off."""
    after: Duty | None


@dataclass(frozen=True)
class Replanned:
    """A quarter planned anew."""

    plan: QuarterPlan
    earlier: Earlier
    first: date
    """The first day that could change."""
    changes: tuple[Change, ...]
    settled: Settled
    """The days before it."""


def replan_quarter(
    earlier: Earlier,
    first: date,
    forecast: QuarterForecast,
    absences: Iterable[Leave] = (),
    staff: Staff | None = None,
    rules: RosterRules | None = None,
    *,
    options: QuarterOptions,
    watch: Watch = SILENT,
) -> Replanned:
    """Plan the rest of a quarter anew.

    Posters stay on the wall: thresholds, greeters and rules by queue length are those in force. Days before the first
    stay as they are; after it every day of a person that changes has a price, so that few do.

    Args:
        earlier: The plan in force.
        first: The first day that may change.
        forecast: Customers of every day of the quarter, as they are expected now.
        absences: Who is away besides.
        staff: The people there are now; None: those of the plan in force. Who is not among them stays in the plan for
            the days before the first, with the pay for them.
        rules: Law, contracts and prices as they are now; None: those of the plan in force.
        options: When each step stops.
        watch: Told how the steps stand.

    Raises:
        DataRefused: where the first day is not in the quarter, or the plan in force does not fit the branch.
        NoRosterError: where no roster is found.
    """
    _refuse_unfit(earlier, first, forecast)
    people = earlier.staff if staff is None else with_past(staff, earlier.staff, first, forecast.quarter.first)
    people = people.replace(leave=(*people.leave, *absences))
    now = earlier.rules if rules is None else rules
    now = now.replace(contracts={**earlier.rules.contracts, **now.contracts})
    branch = branch_of_quarter(forecast)
    known = _known(earlier, branch)
    usual = usual_policy(earlier).days
    days = {day_type: usual[day_type] for day_type in known}
    ground = lay_given(
        forecast, branch, evaluate(branch, earlier.policy.replace(days=days)), known, options.ladder, options.doubts,
        watch,
    )  # fmt: skip
    options_before = {option.name: option for menu in known.values() for option in menu}
    settled = Settled(first, {day: options_before[name] for day, name in earlier.plans.items()}, earlier.duties)
    plan = staffed_quarter(ground, now, people, options, watch, past=Past(settled, earlier.duties))
    after = duties(plan.problem, plan.roster, ground.menus, settled)
    changes = tuple(Change(*each) for each in changed_days(earlier.duties, after, first))
    return Replanned(plan, earlier, first, changes, settled)


def with_past(now: Staff, before: Staff, first: date, begin: date) -> Staff:
    """The people of now, with those who left before the first day that is planned anew, and when who came and went.

    Args:
        now: The people there are.
        before: Those of the plan in force.
        first: The first day that may change.
        begin: First day of the quarter.
    """
    if first <= begin:
        return now
    last = first - timedelta(days=1)
    people = {
        name: employee.replace(joined=before.people[name].joined if name in before.people else first)
        for name, employee in now.people.items()
    }
    gone = {
        name: employee.replace(left=employee.left or first)
        for name, employee in before.people.items()
        if name not in now.people
    }
    leave = (each.replace(last=min(each.last, last)) for each in before.leave if each.person in gone)
    wishes = (each.replace(last=min(each.last, last)) for each in before.wishes if each.person in gone)
    return Staff(
        people=people | gone,
        leave=(*now.leave, *(each for each in leave if each.first <= each.last)),
        wishes=(*now.wishes, *(each for each in wishes if each.first <= each.last)),
    )


def _refuse_unfit(earlier: Earlier, first: date, forecast: QuarterForecast) -> None:
    dates = {day.facts.date: day.day_type for day in forecast.days()}
    faults = []
    if first not in dates:
        faults.append(Fault("--from", "date", first.isoformat(), f"a day of {forecast.quarter}"))
    for day, now in dates.items():
        name = earlier.plans.get(day)
        before = None if name is None else earlier.day_types[name]
        if day < first and before != now:
            expected = f"{before or CLOSED}, as it was planned: a day that is past does not change"
            faults.append(Fault("calendar", day.isoformat(), now or CLOSED, expected))
    if faults:
        raise DataRefused(faults)


def usual_policy(earlier: Earlier) -> Policy:
    """The policy in force with one plan for each day type: that of most days."""
    days = Counter(earlier.plans.values())
    usual: dict[str, str] = {}
    for name in sorted(earlier.policy.days, key=lambda name: -days[name]):
        usual.setdefault(earlier.day_types[name], name)
    return earlier.policy.replace(days={day_type: earlier.policy.days[name] for day_type, name in usual.items()})


def _known(earlier: Earlier, branch: Branch) -> dict[str, tuple[DayOption, ...]]:
    """Plans in force by day type, at what a day on each costs now.

    Raises:
        DataRefused: where a day type has none.
    """
    plans: dict[str, dict[str, DayPlan]] = {name: {} for name in branch.day_types}
    for name, plan in earlier.policy.days.items():
        if earlier.day_types[name] in plans:
            plans[earlier.day_types[name]][name] = plan
    if bare := [name for name, found in plans.items() if not found]:
        raise DataRefused([Fault("result.json", "plans", ", ".join(bare), "a plan for each day type of the quarter")])
    return {
        day_type: tuple(
            DayOption(name, _queue_cost(earlier, branch, day_type, plan), plan) for name, plan in of.items()
        )
        for day_type, of in plans.items()
    }


def _queue_cost(earlier: Earlier, branch: Branch, day_type: str, plan: DayPlan) -> float:
    costs = evaluate_day(branch, day_type, Regime.of(branch, earlier.policy), plan).costs
    return sum(costs.values()) - costs["wages"]
