"""Costs of a roster in a program of CP-SAT: what costs.py defines, on variables."""

from typing import TYPE_CHECKING

from optimizer.rostering.constraints import weekend_worked
from optimizer.rostering.costs import counted
from optimizer.rostering.legality import weekends
from optimizer.rostering.model_terms import Sum, Term
from optimizer.rostering.pay import Worked
from optimizer.rostering.problem import Fairness, Need

if TYPE_CHECKING:
    from optimizer.rostering.model import RosterModel


def state_costs(model: "RosterModel") -> None:
    """Add all costs that depend on what is decided, and state the cover of each day."""
    for d in range(len(model.problem.days)):
        _state_day(model, d)
    for name in model.touched:
        _state_pay(model, name)
    _state_requests(model)
    for fairness in model.problem.fairness:
        _state_fairness(model, fairness)
    model.costs.constant += sum(person.pay.guaranteed for person in model.problem.people.values())


# Days


def _state_day(model: "RosterModel", d: int) -> None:
    options = model.options(d)
    free = {name for name in model.problem.people if model.is_free(name, d)}
    if not free and d not in model.free_days:
        return
    for o, chosen in options.items():
        model.costs.add(chosen, model.problem.days[d].options[o].cost)
    present: dict[str, Sum] = {}
    for name in model.problem.people:
        for kind, term in model.shifts(name, d):
            if not isinstance(term, int) and name in free:
                present.setdefault(kind, Sum()).add(term)
            elif model.problem.people[name].fixed.get(d) != kind:
                present.setdefault(kind, Sum()).constant += 1
    settled: dict[str, int] = {}
    for person in model.problem.people.values():
        kind_fixed = person.fixed.get(d)
        if kind_fixed is not None:
            settled[kind_fixed] = settled.get(kind_fixed, 0) + 1
    needs = {o: model.problem.days[d].options[o].needs for o in options}
    kinds = sorted(set(present).union(*needs.values()) if needs else set(present))
    for kind in kinds:
        named = {o: needs[o][kind] for o in options if kind in needs[o]}
        here = present.get(kind, Sum())
        if not (here.variables or len(options) > 1 or model.is_open("", ())):
            continue
        _state_named(model, here, {o: options[o] for o in named}, len(options))
        total = Sum(constant=settled.get(kind, 0))
        total.add_sum(here)
        _state_cover(model, total, named, options)


def _state_named(model: "RosterModel", here: Sum, named: dict[int, Term], options: int) -> None:
    """Nobody works a kind that the option chosen does not name; what is settled is as it is."""
    if len(named) == options and options:
        return
    if here.constant:
        model.rules.any_of(named.values(), [])
    for variable in here.variables:
        model.rules.any_of(named.values(), [variable])


def _state_cover(model: "RosterModel", total: Sum, named: dict[int, Need], options: dict[int, Term]) -> None:
    """People missing >= needed - present, people too many >= present - needed, at the prices of the option chosen.

    With one price for all options that name the kind this is linear in the options; else it holds where chosen.
    """
    if not named:
        return
    everywhere = len(named) == len(options)
    needed = Sum((options[o], need.people) for o, need in named.items())
    unders, overs = {need.under for need in named.values()}, {need.over or 0.0 for need in named.values()}
    short = Sum()
    short.add_sum(needed)
    short.add_sum(total, -1)
    if model.problem.cover_all:
        model.rules.limit(short, most=0)
    elif len(unders) == 1:
        _price_part(model, short, unders.pop(), max(need.people for need in named.values()), [])
    else:
        for o, need in named.items():
            part = Sum(constant=need.people)
            part.add_sum(total, -1)
            _price_part(model, part, need.under, need.people, _where(options[o]))
    spare = Sum()
    spare.add_sum(short, -1)
    if len(overs) == 1 and everywhere:
        _price_part(model, spare, overs.pop(), len(model.problem.people), [])
    else:
        for o, need in named.items():
            part = Sum(constant=-need.people)
            part.add_sum(total)
            _price_part(model, part, need.over or 0.0, len(model.problem.people), _where(options[o]))


def _where(chosen: Term) -> list:  # type: ignore[type-arg]
    return [] if isinstance(chosen, int) else [chosen]


def _price_part(model: "RosterModel", total: Sum, price: float, most: int, where: list) -> None:  # type: ignore[type-arg]
    """Price the positive part of a sum, where the literals hold."""
    if not price:
        return
    if not total.variables and not where:
        model.costs.constant += price * max(0, total.constant)
        return
    if not total.variables and total.constant <= 0:
        return
    part = model.rules.number(0, most)
    below = Sum([(part, -1)])
    below.add_sum(total)
    model.rules.limit(below, most=0, where=where)
    model.costs.add(part, price, most)


# People


def _state_pay(model: "RosterModel", name: str) -> None:
    pay = model.problem.people[name].pay
    if not any((pay.ordinary, pay.overtime, pay.rest_day, pay.holiday)):
        return
    hours = model.hours(name)
    for total, price in (
        (hours.ordinary, pay.ordinary),
        (hours.overtime, pay.overtime),
        (hours.rest_day, pay.rest_day),
        (hours.holiday, pay.holiday),
        (Sum([(hours.beyond, 1)]), pay.overtime - pay.ordinary),
    ):
        model.costs.constant += price * total.constant
        for variable, factor in zip(total.variables, total.factors, strict=True):
            most = hours.most_beyond if variable is hours.beyond else 1
            model.costs.add(variable, price * factor, most)


def _state_requests(model: "RosterModel") -> None:
    touched = set(model.touched)
    for request in model.problem.requests:
        if request.person not in touched:
            continue
        if request.kinds is None:
            terms = [model.works(request.person, request.day)]
        else:
            terms = model.shifts_of(request.person, request.day, sorted(request.kinds))
        for term in terms:
            model.costs.add(term, -request.price if request.wanted else request.price)
        if request.wanted:
            model.costs.constant += request.price


def _state_fairness(model: "RosterModel", fairness: Fairness) -> None:
    """Price x (most - least), with most >= each count >= least."""
    touched = set(model.touched)
    if not touched.intersection(fairness.people):
        return
    settled = [name for name in fairness.people if name not in touched]
    minutes: dict[str, Worked] = {}
    if fairness.counted == "overtime":
        minutes = {name: model.settled_hours(name) for name in settled}
    kept = Fairness(fairness.counted, tuple(settled), fairness.price)
    unit = 60 if fairness.counted == "overtime" else 1
    counts = [Sum(constant=round(unit * count)) for count in counted(model.problem, model.base, kept, minutes).values()]
    counts += [_count(model, fairness, name) for name in fairness.people if name in touched]
    greatest = max(_greatest(model, fairness, count) for count in counts)
    highest, lowest = model.rules.number(0, greatest), model.rules.number(0, greatest)
    for count in counts:
        above, below = Sum([(highest, -1)]), Sum([(lowest, -1)])
        above.add_sum(count)
        below.add_sum(count)
        model.rules.limit(above, most=0)
        model.rules.limit(below, least=0)
    model.costs.add(highest, fairness.price / unit, greatest)
    model.costs.add(lowest, -fairness.price / unit, greatest)


def _count(model: "RosterModel", fairness: Fairness, name: str) -> Sum:
    days = range(len(model.problem.days))
    if fairness.counted == "overtime":
        return model.hours(name).total_overtime()
    if fairness.counted == "late":
        late = [kind for kind, shift in sorted(model.problem.kinds.items()) if shift.late]
        return Sum((term, 1) for d in days for term in model.shifts_of(name, d, late))
    return Sum((weekend_worked(model, name, inside), 1) for inside in weekends(model.problem))


def _greatest(model: "RosterModel", fairness: Fairness, count: Sum) -> int:
    """No count is above it; generous, as it only bounds a variable."""
    longest = max((shift.minutes for shift in model.problem.kinds.values()), default=0)
    each = longest if fairness.counted == "overtime" else 1
    return max(count.constant, len(model.problem.days) * each)
