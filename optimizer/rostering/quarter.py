"""From a branch, its people and the plans for its days to the roster problem of a quarter."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from optimizer.errors import InvalidParameterError
from optimizer.problem import Branch, DayPlan, Employee, RosterRules, Shift, Staff, Wish, format_clock
from optimizer.problem.calendar import WEEKDAYS
from optimizer.rostering.contracts import (
    SATURDAY,
    CalendarDay,
    Terms,
    exchanged,
    kinds_of,
    paid_minutes,
    pay_of,
    rules_of,
)
from optimizer.rostering.problem import (
    Counted,
    Day,
    DaysOff,
    Fairness,
    MinutesWithin,
    MostDaysWithin,
    MostOfKind,
    MostOvertimeWithin,
    Need,
    Option,
    Person,
    Request,
    RosterProblem,
    Rule,
    ShiftKind,
)

MINUTES_OF_DAY = 1440
LONG_ABSENCE = 0.25
"""Who is away on a larger share of the days is not compared with the others."""
DAY_OFF = "day off"
NOT_EMPLOYED = "not employed"
COUNTED: tuple[Counted, ...] = ("weekends", "late", "overtime")


@dataclass(frozen=True)
class DayOption:
    """One plan for a kind of day."""

    name: str
    queue_cost: float
    """What a day costs beside people: waiting, lost customers and so on [yuan]."""
    plan: DayPlan


Menus = Mapping[str, Sequence[DayOption]]
"""Plans to choose from, by day type."""


@dataclass(frozen=True)
class Duty:
    """What one person does on one date."""

    date: date
    person: str
    skill: str
    start: int
    """[minutes of the day]"""
    end: int
    meal_start: int | None
    meal_end: int | None
    minutes: int
    """Working time that is paid [minutes]."""


@dataclass(frozen=True)
class Settled:
    """Days at the start of the quarter that are past, and stay as they were."""

    until: date
    """The first day that is planned anew."""
    options: Mapping[date, DayOption]
    """Plan of each settled day on which the branch was open."""
    duties: Sequence[Duty]
    """Who worked then."""


def quarter_problem(
    branch: Branch,
    rules: RosterRules,
    staff: Staff,
    calendar: Sequence[CalendarDay],
    menus: Menus,
    cover_all: bool = False,
    settled: Settled | None = None,
) -> RosterProblem:
    """The roster problem of a quarter.

    Meals are not in it: shifts of one skill with the same start and end are one kind, and ``duties`` deals the meals
    out. Every day has the plans of its day type as options, each at what the day costs beside people; who is missing
    or too many costs the prices of the rules.

    Args:
        branch: Skills, and the rules of their shifts.
        rules: Law, contracts and prices.
        staff: People, their leave and their wishes.
        calendar: Every date of the quarter, in order.
        menus: Plans to choose from, by day type; names are told apart over all day types.
        cover_all: Whether nobody may be missing, on days that are not settled.
        settled: What is past, when a roster is made anew.

    Raises:
        InvalidParameterError: where two plans have one name, or a day type of the calendar has no plan.
    """
    _check(calendar, menus)
    past = settled or Settled(calendar[0].date, {}, ())
    plans = [
        () if day.day_type is None
        else (past.options[day.date],) if day.date < past.until
        else menus[day.day_type]
        for day in calendar
    ]  # fmt: skip
    kinds = _kinds(branch, rules, [option for options in plans for option in options], past.duties)
    days = tuple(_day(rules, day, options, kinds) for day, options in zip(calendar, plans, strict=True))
    if cover_all:
        days = tuple(_as_it_was(day, past) for day in days)
    number = {day.date: index for index, day in enumerate(calendar)}
    people = {
        name: _person(branch, rules, staff, employee, calendar, days, kinds, past.until)
        for name, employee in staff.people.items()
    }
    return RosterProblem(
        kinds=kinds,
        days=days,
        people={name: _with_past(person, _fixed(name, past, number), kinds) for name, person in people.items()},
        forbidden=_forbidden(branch, rules, kinds),
        requests=tuple(_requests(branch, rules, staff, kinds, calendar)),
        fairness=tuple(_fairness(rules, staff, people, len(days))),
        cover_all=cover_all,
    )


def _check(calendar: Sequence[CalendarDay], menus: Menus) -> None:
    names = [option.name for options in menus.values() for option in options]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidParameterError(f"plans of one name: {', '.join(doubled)}")
    if bare := sorted({day.day_type for day in calendar if day.day_type is not None and not menus.get(day.day_type)}):
        raise InvalidParameterError(f"day types without a plan: {', '.join(bare)}")


def kind_name(skill: str, start: int, end: int) -> str:
    """Name of a kind of shift.

    >>> kind_name("teller", 540, 1020)
    'teller 09:00-17:00'
    """
    return f"{skill} {format_clock(start)}-{format_clock(end)}"


def people_wanted(option: DayOption) -> dict[str, int]:
    """People on each kind of shift in a plan."""
    wanted: dict[str, int] = defaultdict(int)
    for assignment in option.plan.shifts:
        wanted[kind_name(assignment.skill, assignment.shift.start, assignment.shift.end)] += assignment.people
    return dict(wanted)


def kinds_of_plans(branch: Branch, rules: RosterRules, options: Iterable[DayOption]) -> dict[str, ShiftKind]:
    """Kinds of shift that some plan has, by name."""
    found: dict[str, ShiftKind] = {}
    for assignment in (assignment for option in options for assignment in option.plan.shifts):
        shift = assignment.shift
        kind = _kind(branch, rules, assignment.skill, shift, paid_minutes(branch.skills[assignment.skill], shift))
        known = found.setdefault(kind.name, kind)
        if known.minutes != kind.minutes:
            raise InvalidParameterError(f"shifts {kind.name} with {known.minutes} and {kind.minutes} paid minutes")
    return found


def _kinds(
    branch: Branch, rules: RosterRules, options: Iterable[DayOption], duties: Iterable[Duty]
) -> dict[str, ShiftKind]:
    """Kinds of the plans, and those of days that are settled."""
    found = kinds_of_plans(branch, rules, options)
    for duty in duties:
        kind = _kind(branch, rules, duty.skill, Shift(start=duty.start, end=duty.end), duty.minutes)
        found.setdefault(kind.name, kind)
    return dict(sorted(found.items()))


def _kind(branch: Branch, rules: RosterRules, skill: str, shift: Shift, minutes: int) -> ShiftKind:
    late_from = branch.skills[skill].shifts.latest_end if rules.late_from is None else rules.late_from
    name = kind_name(skill, shift.start, shift.end)
    return ShiftKind(name, minutes, skill, shift.start, shift.end, late=shift.end >= late_from)


def _day(rules: RosterRules, day: CalendarDay, options: Sequence[DayOption], kinds: Mapping[str, ShiftKind]) -> Day:
    def need(kind: str, people: int) -> Need:
        hours = kinds[kind].minutes / 60
        return Need(people, under=rules.uncovered_price * hours, over=rules.surplus_price * hours)

    return Day(
        options=tuple(
            Option(option.name, option.queue_cost, {kind: need(kind, n) for kind, n in people_wanted(option).items()})
            for option in options
        ),
        week=(day.date.toordinal() - 1) // 7,
        month=12 * day.date.year + day.date.month,
        weekend=day.date.weekday() >= SATURDAY,
        holiday=day.holiday,
        exchanged=exchanged(day),
        date=day.date,
    )


def _is_past(rule: Rule, calendar: Sequence[CalendarDay], until: date) -> bool:
    return isinstance(rule, MinutesWithin | MostDaysWithin | MostOvertimeWithin) and calendar[rule.last].date < until


def _as_it_was(day: Day, past: Settled) -> Day:
    """A day on which nobody is missing any more: what is past needs no more people than there were."""
    if day.date is None or day.date >= past.until:
        return day
    there = Counter(kind_name(duty.skill, duty.start, duty.end) for duty in past.duties if duty.date == day.date)
    options = (
        replace(
            option,
            needs={kind: replace(need, people=min(need.people, there[kind])) for kind, need in option.needs.items()},
        )
        for option in day.options
    )
    return replace(day, options=tuple(options))


def _person(
    branch: Branch,
    rules: RosterRules,
    staff: Staff,
    employee: Employee,
    calendar: Sequence[CalendarDay],
    days: Sequence[Day],
    kinds: Mapping[str, ShiftKind],
    until: date,
) -> Person:
    terms = Terms.of(branch, rules, employee.skills, employee.contract, employee.hours)
    leave = [leave for leave in staff.leave if leave.person == employee.name]
    away = {day.date for day in calendar if any(part.first <= day.date <= part.last for part in leave)}
    reasons: dict[str, set[int]] = defaultdict(set)
    for index, day in enumerate(calendar):
        for part in leave if day.date >= until else ():
            if part.first <= day.date <= part.last:
                reasons[part.reason].add(index)
        if day.date >= until and WEEKDAYS[day.date.weekday()] in employee.days_off:
            reasons[DAY_OFF].add(index)
        if day.date >= until and not employee.employed(day.date):
            reasons[NOT_EMPLOYED].add(index)
    working = [day.date for day in calendar if day.working and employee.employed(day.date)]
    off = tuple(DaysOff(frozenset(numbers), reason) for reason, numbers in reasons.items())
    # Of what is past nothing is to be decided: a rule could only refuse it.
    given = rules_of(terms, rules, days, employee.worked_before) if employee.left is None else ()
    kept = (rule for rule in given if not _is_past(rule, calendar, until))
    return Person(
        name=employee.name,
        skills=frozenset(employee.skills),
        pay=pay_of(terms, rules, len(working), sum(day in away for day in working)),
        rules=(*off, *kept),
        kinds=kinds_of(terms.contract, branch, rules, employee.skills, kinds),
    )


def _fixed(person: str, settled: Settled, number: Mapping[date, int]) -> dict[int, str | None]:
    fixed: dict[int, str | None] = {index: None for day, index in number.items() if day < settled.until}
    for duty in settled.duties:
        if duty.person == person and duty.date < settled.until and duty.date in number:
            fixed[number[duty.date]] = kind_name(duty.skill, duty.start, duty.end)
    return fixed


def _with_past(person: Person, fixed: dict[int, str | None], kinds: Mapping[str, ShiftKind]) -> Person:
    """The person with the days that are past; a kind of shift that is no longer theirs is so from now on."""
    worked = Counter(kind for kind in fixed.values() if kind is not None)
    own = person.kinds or frozenset()
    foreign = [MostOfKind(kind, times) for kind, times in worked.items() if kind not in own]
    skills = {str(kinds[kind].skill) for kind in worked}
    return replace(
        person, skills=person.skills | skills, rules=(*person.rules, *foreign), kinds=own | set(worked), fixed=fixed
    )


def of_form(branch: Branch, rules: RosterRules, form: str, kind: ShiftKind) -> bool:
    """Whether a kind of shift is ``any``, ``late``, ``early``, or starts and ends as in ``"HH:MM-HH:MM"``."""
    if kind.start is None or kind.end is None or form == "any":
        return form == "any"
    if form == "late":
        return kind.late
    if form == "early":
        earliest = branch.skills[str(kind.skill)].shifts.earliest_start
        return kind.start <= (earliest if rules.early_until is None else rules.early_until)
    return form == f"{format_clock(kind.start)}-{format_clock(kind.end)}"


def _forbidden(branch: Branch, rules: RosterRules, kinds: Mapping[str, ShiftKind]) -> frozenset[tuple[str, str]]:
    """Pairs with too little rest between, and the sequences that are forbidden by name."""

    def refused(first: ShiftKind, second: ShiftKind) -> bool:
        rest = MINUTES_OF_DAY - (first.end or 0) + (second.start or 0)
        return rest < 60 * rules.rest_between - 1e-9 or any(
            of_form(branch, rules, before, first) and of_form(branch, rules, after, second)
            for before, after in rules.forbidden
        )

    return frozenset((a.name, b.name) for a in kinds.values() for b in kinds.values() if refused(a, b))


def wishes_in_vain(staff: Staff, calendar: Sequence[CalendarDay]) -> int:
    """Days on which people wish to work and cannot: the branch is closed, they are on leave, or it is their day off.

    They are no requests: no roster could grant them.
    """
    wishes = [wish for wish in staff.wishes if wish.person in staff.people]
    return sum(
        wish.first <= day.date <= wish.last and _in_vain(staff, wish, day) for wish in wishes for day in calendar
    )


def _in_vain(staff: Staff, wish: Wish, day: CalendarDay) -> bool:
    employee = staff.people[wish.person]
    return wish.wanted and (
        day.day_type is None
        or WEEKDAYS[day.date.weekday()] in employee.days_off
        or not employee.employed(day.date)
        or any(each.person == wish.person and each.first <= day.date <= each.last for each in staff.leave)
    )


def _requests(
    branch: Branch, rules: RosterRules, staff: Staff, kinds: Mapping[str, ShiftKind], calendar: Sequence[CalendarDay]
) -> Iterator[Request]:
    for wish in (wish for wish in staff.wishes if wish.person in staff.people):
        about = frozenset(name for name, kind in kinds.items() if of_form(branch, rules, wish.form, kind))
        for index, day in enumerate(calendar):
            if wish.first <= day.date <= wish.last and not _in_vain(staff, wish, day):
                yield Request(wish.person, index, None if wish.form == "any" else about, wish.wanted, wish.price)


def _fairness(rules: RosterRules, staff: Staff, people: Mapping[str, Person], days: int) -> Iterator[Fairness]:
    """Groups of people with the same skills and contract, without those who are away or not employed for long."""
    groups: dict[tuple[frozenset[str], str, float | None], list[str]] = defaultdict(list)
    for name, employee in staff.people.items():
        off = set().union(*(rule.days for rule in people[name].rules if isinstance(rule, DaysOff)))
        if len(off) <= LONG_ABSENCE * days and employee.joined is None and employee.left is None:
            groups[frozenset(employee.skills), employee.contract, employee.hours].append(name)
    for counted in COUNTED:
        price = getattr(rules.fairness, counted)
        for names in groups.values():
            alike = [n for n in names if counted != "weekends" or not _weekends_off(staff.people[n])]
            if price > 0 and len(alike) > 1:
                yield Fairness(counted, tuple(alike), price)


def _weekends_off(employee: Employee) -> bool:
    return bool({"saturday", "sunday"} & set(employee.days_off))
