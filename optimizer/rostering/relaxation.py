"""A lower bound for a roster problem: people share their days, options of days are whole or shared too.

People who are given the same count together. On each day a class of people who may work the same kinds has so many on
each kind; each one's share of a day worked and minutes of it are continuous. Rules that need whole days of one person
(shortest runs, forbidden sequences, shifts of a kind) are left out, of wishes for kinds all but the day, fairness costs
nothing: what is left out only lowers the cost, so the least cost of the relaxation is a bound for every roster.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TypeAlias

from ortools.math_opt.python import mathopt

from optimizer.rostering.constraints import barred
from optimizer.rostering.legality import may_work, weekends
from optimizer.rostering.problem import (
    MinutesWithin,
    MostDaysInARow,
    MostDaysWithin,
    MostOvertimeWithin,
    MostWeekends,
    Need,
    Pay,
    Person,
    RosterProblem,
    working_week,
)

Expression: TypeAlias = mathopt.LinearTypes
TOLERANCE = 1e-6
"""Of the linear program: bounds are lowered by it, relative to what they are."""


@dataclass(frozen=True)
class Relaxed:
    """What the relaxation says."""

    bound: float
    """Of every roster's total cost [yuan]; minus infinity where nothing is proven."""
    infeasible: bool
    options: tuple[int | None, ...] | None
    """Options chosen, where they were wanted whole."""
    minutes: dict[str, list[float]] | None
    """Ordinary minutes by person and day."""
    cut: bool = False
    """Whether the clock ended it: then it need not repeat."""


@dataclass(frozen=True)
class _Wish:
    """To work on a day, or not to."""

    day: int
    wanted: bool
    price: float
    kinds: frozenset[str] | None
    """That are wanted; None: any."""


@dataclass
class _Class:
    """People who are given the same, as one."""

    person: Person
    names: list[str]
    kinds: list[list[str]]
    """Kinds that may be worked, by day."""
    wishes: list["_Wish"]
    works: list[mathopt.Variable | None] = field(default_factory=list)
    """Sum of their shares of a day."""
    ordinary: list[mathopt.Variable | None] = field(default_factory=list)
    """Minutes within the normal ones of the day, or of a holiday."""
    overtime: list[mathopt.Variable | None] = field(default_factory=list)
    """Minutes beyond the normal ones of the day."""


class Relaxation:
    """The program; it is made once, and solved with options shared or whole."""

    def __init__(self, problem: RosterProblem) -> None:
        self.problem = problem
        self._model = mathopt.Model()
        self._cost: list[Expression] = [sum(person.pay.guaranteed for person in problem.people.values())]
        self._options = [self._make_options(d) for d in range(len(problem.days))]
        self._classes = self._make_classes()
        for alike in self._classes:
            self._add_people(alike)
        self._present: dict[tuple[int, str], list[mathopt.Variable]] = {}
        for group in self._groups():
            self._share(group)
        for d in range(len(problem.days)):
            self._add_cover(d)
        for alike in self._classes:
            self._add_rules(alike)
            self._add_pay(alike)
        self._model.minimize(mathopt.fast_sum(self._cost))

    def solve(self, whole: bool, gap: float = 0.0, seconds: float = 60.0, nodes: int | None = None) -> Relaxed:
        """Bound, options and minutes; ``whole`` asks for whole options of days."""
        for options in self._options:
            for variable in options if len(options) > 1 else []:
                variable.integer = whole
        parameters = mathopt.SolveParameters(
            time_limit=timedelta(seconds=max(0.1, seconds)),
            relative_gap_tolerance=gap if whole else None,
            node_limit=nodes if whole else None,
        )
        result = mathopt.solve(self._model, mathopt.SolverType.HIGHS, params=parameters)
        reason = result.termination.reason
        infeasible = reason == mathopt.TerminationReason.INFEASIBLE
        cut = result.termination.limit == mathopt.Limit.TIME
        bound = result.termination.objective_bounds.dual_bound
        bound -= TOLERANCE * abs(bound) if abs(bound) < float("inf") else 0.0
        if infeasible or not result.has_primal_feasible_solution():
            return Relaxed(bound, infeasible, None, None, cut)
        chosen = self._read_options(result) if whole else None
        return Relaxed(bound, infeasible, chosen, self._read_minutes(result), cut)

    # Options, people and what they share

    def _make_options(self, d: int) -> list[mathopt.Variable]:
        number = len(self.problem.days[d].options)
        made = [self._model.add_variable(lb=0, ub=1) for _ in range(number)]
        if made:
            self._model.add_linear_constraint(mathopt.fast_sum(made) == 1)
        for variable, option in zip(made, self.problem.days[d].options, strict=True):
            self._cost.append(option.cost * variable)
        return made

    def _wishes(self) -> dict[str, list["_Wish"]]:
        """Wishes that bear on whether somebody works on a day at all, by person.

        Whoever is off does not work the kinds that are wanted; whoever works does some kind that is not wanted, where
        there is no other.
        """
        found: dict[str, list[_Wish]] = {}
        for request in self.problem.requests:
            kinds = set(self._kinds(self.problem.people[request.person], request.day))
            if request.wanted or request.kinds is None or kinds <= request.kinds:
                wish = _Wish(request.day, request.wanted, request.price, request.kinds if request.wanted else None)
                found.setdefault(request.person, []).append(wish)
        return found

    def _make_classes(self) -> list[_Class]:
        wishes = self._wishes()
        found: dict[object, _Class] = {}
        for name, person in self.problem.people.items():
            key = (
                person.skills, person.kinds, person.pay, person.rules,
                tuple(sorted(person.fixed.items())), frozenset(Counter(wishes.get(name, ())).items()),
            )  # fmt: skip
            alike = found.setdefault(key, _Class(person, [], [], wishes.get(name, [])))
            alike.names.append(name)
        for alike in found.values():
            alike.kinds = [self._kinds(alike.person, d) for d in range(len(self.problem.days))]
        return list(found.values())

    def _kinds(self, person: Person, d: int) -> list[str]:
        if d in person.fixed:
            kind = person.fixed[d]
            return [] if kind is None else [kind]
        named = sorted({kind for option in self.problem.days[d].options for kind in option.needs})
        return [k for k in named if may_work(self.problem, person, k) and not barred(person, d, k)]

    def _parts(self, pay: Pay, d: int, kind: str) -> tuple[int, int]:
        """Minutes of a shift within and beyond the normal ones of a day; those of a holiday are all within."""
        minutes = self.problem.kinds[kind].minutes
        normal = minutes if self.problem.days[d].holiday else min(minutes, pay.normal_a_day)
        return normal, minutes - normal

    def _add_people(self, alike: _Class) -> None:
        number = len(alike.names)
        for d, kinds in enumerate(alike.kinds):
            parts = [self._parts(alike.person.pay, d, kind) for kind in kinds]
            works = self._model.add_variable(lb=number if d in alike.person.fixed else 0, ub=number) if kinds else None
            alike.works.append(works)
            alike.ordinary.append(self._minutes(works, [part[0] for part in parts]))
            alike.overtime.append(self._minutes(works, [part[1] for part in parts]))
        for wish in alike.wishes:
            self._add_wish(wish, alike.works[wish.day], number)

    def _add_wish(self, wish: "_Wish", works: mathopt.Variable | None, number: int) -> None:
        """Price of those who are off though work is wanted, or work though it is not."""
        if works is None or not wish.wanted:
            self._cost.append(
                wish.price * (number if works is None and wish.wanted else 0.0 if works is None else works)
            )
            return
        granted = self._model.add_variable(lb=0, ub=number)
        self._model.add_linear_constraint(granted <= works)
        named = [
            variable
            for variable, option in zip(self._options[wish.day], self.problem.days[wish.day].options, strict=True)
            if wish.kinds is None or not wish.kinds.isdisjoint(option.needs)
        ]
        self._model.add_linear_constraint(granted <= number * mathopt.fast_sum(named))
        self._cost.append(wish.price * (number - granted))

    def _minutes(self, works: mathopt.Variable | None, minutes: list[int]) -> mathopt.Variable | None:
        if works is None or not max(minutes, default=0):
            return None
        made = self._model.add_variable(lb=0)
        self._model.add_linear_constraint(made <= max(minutes) * works)
        self._model.add_linear_constraint(made >= min(minutes) * works)
        return made

    def _groups(self) -> Iterable[list[tuple[_Class, int]]]:
        """On each day, classes that may work the same kinds with the same normal minutes."""
        for d in range(len(self.problem.days)):
            groups: dict[object, list[tuple[_Class, int]]] = {}
            for alike in self._classes:
                if alike.kinds[d]:
                    groups.setdefault((tuple(alike.kinds[d]), alike.person.pay.normal_a_day), []).append((alike, d))
            yield from groups.values()

    def _share(self, group: list[tuple[_Class, int]]) -> None:
        """So many people of a group on each kind: Σ n = Σ works, Σ minutes n = Σ minutes."""
        first, d = group[0]
        people = sum(len(alike.names) for alike, _ in group)
        on = {kind: self._model.add_variable(lb=0, ub=people) for kind in first.kinds[d]}
        for kind, variable in on.items():
            self._present.setdefault((d, kind), []).append(variable)
        parts = {kind: self._parts(first.person.pay, d, kind) for kind in on}
        for index, shares in ((None, [a.works[d] for a, _ in group]), (0, [a.ordinary[d] for a, _ in group]),
                              (1, [a.overtime[d] for a, _ in group])):  # fmt: skip
            total = [(1 if index is None else parts[kind][index]) * variable for kind, variable in on.items()]
            left = mathopt.fast_sum(total) - mathopt.fast_sum([share for share in shares if share is not None])
            self._model.add_linear_constraint(left == 0)

    def _add_cover(self, d: int) -> None:
        options = self.problem.days[d].options
        settled = {person.fixed.get(d) for person in self.problem.people.values()}
        for kind in sorted({kind for option in options for kind in option.needs}):
            needs: dict[int, Need] = {o: option.needs[kind] for o, option in enumerate(options) if kind in option.needs}
            present = mathopt.fast_sum(self._present.get((d, kind), []))
            needed = mathopt.fast_sum([need.people * self._options[d][o] for o, need in needs.items()])
            named = mathopt.fast_sum([self._options[d][o] for o in needs])
            if len(needs) < len(options) and kind not in settled:
                self._model.add_linear_constraint(present <= len(self.problem.people) * named)
            missing = self._model.add_variable(lb=0, ub=0 if self.problem.cover_all else float("inf"))
            self._model.add_linear_constraint(missing >= needed - present)
            self._cost.append(min(need.under for need in needs.values()) * missing)
            if (price := min(need.over or 0.0 for need in needs.values())) and len(needs) == len(options):
                spare = self._model.add_variable(lb=0)
                self._model.add_linear_constraint(spare >= present - needed)
                self._cost.append(price * spare)

    # Rules and pay

    def _add_rules(self, alike: _Class) -> None:
        number = len(alike.names)
        for rule in alike.person.rules:
            if isinstance(rule, MostDaysWithin):
                self._limit(alike.works, rule.first, rule.last, most=number * rule.most)
            elif isinstance(rule, MinutesWithin):
                minutes = [*alike.ordinary, *alike.overtime]
                self._limit_minutes(alike, minutes, rule)
            elif isinstance(rule, MostDaysInARow):
                for d in range(len(self.problem.days) - rule.most):
                    self._limit(alike.works, d, d + rule.most, most=number * rule.most)
                if rule.before:
                    left = max(0, rule.most - rule.before)
                    self._limit(alike.works, 0, left, most=number * left)
            elif isinstance(rule, MostWeekends):
                self._limit_weekends(alike, rule.most)

    def _span(self, parts: list[mathopt.Variable | None], first: int, last: int) -> list[mathopt.Variable]:
        return [part for part in parts[max(first, 0) : last + 1] if part is not None]

    def _limit(self, parts: list[mathopt.Variable | None], first: int, last: int, most: float) -> None:
        inside = self._span(parts, first, last)
        if inside and last < len(parts):
            self._model.add_linear_constraint(mathopt.fast_sum(inside) <= most)

    def _limit_minutes(self, alike: _Class, minutes: list[mathopt.Variable | None], rule: MinutesWithin) -> None:
        inside = self._span(alike.ordinary, rule.first, rule.last) + self._span(alike.overtime, rule.first, rule.last)
        total, number = mathopt.fast_sum(inside), len(alike.names)
        self._model.add_linear_constraint(total >= number * rule.least)
        if rule.most is not None:
            self._model.add_linear_constraint(total <= number * rule.most)

    def _limit_weekends(self, alike: _Class, most: int) -> None:
        worked = []
        for days in weekends(self.problem):
            inside = [works for d in days if (works := alike.works[d]) is not None]
            if inside:
                worked.append(self._model.add_variable(lb=0))
                for works in inside:
                    self._model.add_linear_constraint(worked[-1] >= works)
        self._model.add_linear_constraint(mathopt.fast_sum(worked) <= most * len(alike.names))

    @cached_property
    def _weeks(self) -> list[list[int]]:
        found: dict[int, list[int]] = {}
        for d, day in enumerate(self.problem.days):
            found.setdefault(day.week, []).append(d)
        return list(found.values())

    def _add_pay(self, alike: _Class) -> None:
        """Minutes at their prices; minutes of overtime of a day may be of a rest day, whichever is cheaper."""
        pay, holidays = alike.person.pay, [day.holiday for day in self.problem.days]
        ordinary = [
            part for part, holiday in zip(alike.ordinary, holidays, strict=True) if part is not None and not holiday
        ]
        for d, holiday in enumerate(holidays):
            part, beyond = alike.ordinary[d], alike.overtime[d]
            if part is not None:
                self._cost.append((pay.holiday if holiday else pay.ordinary) * part)
            if beyond is not None:
                self._cost.append(min(pay.overtime, pay.rest_day) * beyond)
        resting = {week[0]: rest for week in self._weeks if (rest := self._rest(alike, week)) is not None}
        rest_minutes = mathopt.fast_sum(resting.values())
        self._cost.append((pay.rest_day - pay.ordinary) * rest_minutes)
        beyond_normal: Expression = 0.0
        if pay.normal is not None:
            over = self._model.add_variable(lb=0)
            normal = pay.normal * len(alike.names)
            self._model.add_linear_constraint(over >= mathopt.fast_sum(ordinary) - rest_minutes - normal)
            self._cost.append((pay.overtime - pay.ordinary) * over)
            if pay.overtime < pay.ordinary:
                self._model.add_linear_constraint(over <= mathopt.fast_sum(ordinary))
            beyond_normal = over
        self._limit_overtime(alike, resting, beyond_normal)

    def _rest(self, alike: _Class, week: list[int]) -> mathopt.Variable | None:
        """Rest-day minutes of a week: at least the shortest shift for each day beyond those of a working week."""
        pay, number = alike.person.pay, len(alike.names)
        days = [d for d in week if alike.works[d] is not None and not self.problem.days[d].holiday]
        worked = working_week((self.problem.days[d] for d in week), pay)
        most = len(days) - worked
        if most <= 0:
            return None
        lengths = [self._parts(pay, d, kind)[0] for d in days for kind in alike.kinds[d]]
        rest_days = self._model.add_variable(lb=0, ub=most * number)
        total = mathopt.fast_sum([alike.works[d] for d in days])
        self._model.add_linear_constraint(rest_days >= total - worked * number)
        minutes = self._model.add_variable(lb=0)
        self._model.add_linear_constraint(minutes >= min(lengths) * rest_days)
        self._model.add_linear_constraint(minutes <= max(lengths) * rest_days)
        return minutes

    def _limit_overtime(self, alike: _Class, resting: dict[int, mathopt.Variable], beyond_normal: Expression) -> None:
        for rule in alike.person.rules:
            if not isinstance(rule, MostOvertimeWithin):
                continue
            first, last = max(rule.first, 0), min(rule.last, len(self.problem.days) - 1)
            total = self._span(alike.overtime, first, last)
            total += [part for d in range(first, last + 1) if self.problem.days[d].holiday
                      for part in [alike.ordinary[d]] if part is not None]  # fmt: skip
            total += [resting[w[0]] for w in self._weeks if w[0] in resting and first <= w[0] and w[-1] <= last]
            share = (last - first + 1) / len(self.problem.days)
            limited = mathopt.fast_sum(total) + share * beyond_normal
            self._model.add_linear_constraint(limited <= rule.most * len(alike.names))

    # What comes out

    def _read_options(self, result: mathopt.SolveResult) -> tuple[int | None, ...]:
        values = [[result.variable_values(variable) for variable in options] for options in self._options]
        return tuple(max(range(len(v)), key=v.__getitem__) if v else None for v in values)

    def _read_minutes(self, result: mathopt.SolveResult) -> dict[str, list[float]]:
        found = {}
        for alike in self._classes:
            values = [0.0 if part is None else result.variable_values(part) for part in alike.ordinary]
            for d, day in enumerate(self.problem.days):
                values[d] = 0.0 if day.holiday else values[d] / len(alike.names)
            for name in alike.names:
                found[name] = values
        return found
