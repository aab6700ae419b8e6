"""The quarter as a mixed-integer program in numbers of people: plans by week and day type, heads, hours."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TypeAlias

from ortools.math_opt.python import mathopt

from optimizer.problem import Branch, RosterRules
from optimizer.rostering.contracts import CalendarDay, Terms, exchanged, is_short, most_minutes, pay_of, works_kind
from optimizer.rostering.problem import Pay, ShiftKind
from optimizer.rostering.quarter import DayOption, Menus, kinds_of_plans, people_wanted

Group = tuple[str, str]
"""Skill and contract."""
Work = tuple[str, bool]
"""Skill, and whether the shift is short: shifts of one work are done by the same contracts."""
Sum: TypeAlias = mathopt.LinearTypes
Head: TypeAlias = int | mathopt.Variable
NODES = 20_000
"""Most branch-and-bound nodes: work is limited by count, so that it repeats, before the clock."""


@dataclass(frozen=True)
class Cell:
    """Days of a week that are alike."""

    week: int
    day_type: str
    holiday: bool


@dataclass(frozen=True)
class Load:
    """What one plan asks of one kind of work on a day."""

    people: int
    minutes: int
    beyond: int
    """Minutes beyond a day's normal hours, of all people."""
    least: int
    """Minutes of the shortest shift."""
    most: int
    """Minutes of the longest shift."""


@dataclass(frozen=True)
class Part:
    """Work that one group does on days that are alike, on one plan: person-days and minutes."""

    cell: Cell
    people: mathopt.Variable
    minutes: mathopt.Variable
    beyond: mathopt.Variable
    """Minutes beyond a day's normal hours."""


@dataclass(frozen=True)
class Week:
    """Minutes of a group in a week."""

    ordinary: Sum
    extra: Sum
    """Overtime of days, rest days and holidays."""


@dataclass(frozen=True)
class SolvedWorkforce:
    """What the solver says."""

    heads: dict[Group, int]
    cost: float
    bound: float
    uncovered: float
    """[minutes]"""


class WorkforceModel:
    """Heads by group, days on each plan by week, and who does the work of those days."""

    def __init__(
        self,
        branch: Branch,
        rules: RosterRules,
        calendar: Sequence[CalendarDay],
        menus: Menus,
        given: Mapping[Group, int] | None = None,
        cover_all: bool = True,
    ) -> None:
        self.cover_all = cover_all
        self.branch, self.rules, self.calendar, self.menus, self.given = branch, rules, calendar, menus, given
        self.kinds = kinds_of_plans(branch, rules, (option for options in menus.values() for option in options))
        self.groups = self.groups_of(branch, rules, menus)
        self._model = mathopt.Model(name="workforce")
        self._cost: list[Sum] = []
        self._missing: list[mathopt.Variable] = []
        self._heads = {group: self._head(group) for group in self.groups}
        self._days = self._plans()
        self._worked: dict[tuple[int, Group], list[Part]] = defaultdict(list)
        self._share_work()
        weeks: dict[Group, list[Week]] = defaultdict(list)
        for (week, group), parts in self._worked.items():
            weeks[group].append(self._week(week, group, parts))
        for group in self.groups:
            self._quarter(group, weeks[group])
        self._cost += [rules.uncovered_price / 60 * minutes for minutes in self._missing]
        self._model.minimize(mathopt.fast_sum(self._cost))

    @staticmethod
    def groups_of(branch: Branch, rules: RosterRules, menus: Menus) -> tuple[Group, ...]:
        """Skills and contracts that some plan has work for."""
        kinds = kinds_of_plans(branch, rules, (option for options in menus.values() for option in options))
        return tuple(
            (name, contract)
            for name, skill in branch.skills.items()
            for contract, terms in rules.contracts.items()
            if any(kind.skill == name and works_kind(terms, rules, skill, kind) for kind in kinds.values())
        )

    # What is given

    @cached_property
    def cells(self) -> dict[Cell, int]:
        """Days of each cell."""
        found: dict[Cell, int] = defaultdict(int)
        for day in self.calendar:
            if day.day_type is not None:
                found[Cell((day.date.toordinal() - 1) // 7, day.day_type, day.holiday)] += 1
        return dict(found)

    @cached_property
    def lengths(self) -> dict[int, int]:
        """Days of each week that are in the quarter."""
        found: dict[int, int] = defaultdict(int)
        for day in self.calendar:
            found[(day.date.toordinal() - 1) // 7] += 1
        return dict(found)

    @cached_property
    def exchanged(self) -> dict[int, int]:
        """By how many days each week has more working days than others."""
        found: dict[int, int] = defaultdict(int)
        for day in self.calendar:
            found[(day.date.toordinal() - 1) // 7] += exchanged(day)
        return dict(found)

    def pay(self, group: Group) -> Pay:
        """Of one person of a group."""
        return pay_of(self._terms(group), self.rules, sum(day.working for day in self.calendar))

    def _terms(self, group: Group) -> Terms:
        return Terms.of(self.branch, self.rules, (group[0],), group[1])

    def _work(self, kind: ShiftKind) -> Work:
        skill = str(kind.skill)
        return skill, is_short(self.branch.skills[skill], kind)

    def loads(self, option: DayOption) -> dict[Work, Load]:
        """What a plan asks of each kind of work."""
        found: dict[Work, list[tuple[int, int]]] = defaultdict(list)
        for name, people in people_wanted(option).items():
            found[self._work(self.kinds[name])].append((people, self.kinds[name].minutes))
        normal = round(60 * self.rules.normal_hours)
        return {
            work: Load(
                sum(people for people, _ in parts),
                sum(people * minutes for people, minutes in parts),
                sum(people * max(minutes - normal, 0) for people, minutes in parts),
                min(minutes for _, minutes in parts),
                max(minutes for _, minutes in parts),
            )
            for work, parts in found.items()
        }

    def _able(self, work: Work) -> list[Group]:
        """Groups that may do a kind of work; the shifts of it that are too long for anybody are nobody's."""
        skill = self.branch.skills[work[0]]
        kinds = [kind for kind in self.kinds.values() if self._work(kind) == work]
        return [
            group
            for group in self.groups
            if group[0] == work[0]
            and all(works_kind(self.rules.contracts[group[1]], self.rules, skill, kind) for kind in kinds)
        ]

    # What is decided

    def _head(self, group: Group) -> Head:
        if self.given is not None:
            self._cost.append(self.pay(group).guaranteed * self.given.get(group, 0))
            return self.given.get(group, 0)
        head: Head = self._model.add_integer_variable(lb=0)
        self._cost.append(self.pay(group).guaranteed * head)
        return head

    def _plans(self) -> dict[tuple[Cell, int], mathopt.Variable]:
        """Days of each cell on each plan; people to employ are enough for every plan that is used at all."""
        days: dict[tuple[Cell, int], mathopt.Variable] = {}
        for cell, count in self.cells.items():
            options = self.menus[cell.day_type]
            for number, option in enumerate(options):
                days[cell, number] = self._model.add_integer_variable(lb=0, ub=count)
                self._cost.append(option.queue_cost * days[cell, number])
            chosen = [days[cell, number] for number in range(len(options))]
            self._model.add_linear_constraint(mathopt.fast_sum(chosen) == count)
        if self.given is None:
            for day_type, options in self.menus.items():
                for number, option in enumerate(options):
                    cells = [cell for cell in self.cells if cell.day_type == day_type]
                    self._use(option, [(days[cell, number], self.cells[cell]) for cell in cells])
        return days

    def _use(self, option: DayOption, days: Sequence[tuple[mathopt.Variable, int]]) -> None:
        used = self._model.add_binary_variable()
        for variable, most in days:
            self._model.add_linear_constraint(variable <= most * used)
        loads = self.loads(option)
        for works in [*([work] for work in loads), *self._pairs(loads)]:
            able = {group for work in works for group in self._able(work)}
            wanted = sum(loads[work].people for work in works)
            self._model.add_linear_constraint(mathopt.fast_sum([self._heads[g] for g in able]) >= wanted * used)

    def _pairs(self, loads: Mapping[Work, Load]) -> Iterator[list[Work]]:
        """Long and short work of one skill, as one person does one shift a day."""
        for skill in self.branch.skills:
            if len(works := [work for work in loads if work[0] == skill]) > 1:
                yield works

    def _share_work(self) -> None:
        """Who does the work of each cell's days on each plan; what nobody does is missing."""
        for (cell, number), days in self._days.items():
            taken: dict[Group, list[Sum]] = defaultdict(list)
            for work, load in self.loads(self.menus[cell.day_type][number]).items():
                parts = []
                for group in self._able(work):
                    part = self._part(cell, load)
                    taken[group].append(part.people)
                    self._worked[cell.week, group].append(part)
                    parts.append(part)
                if not self.cover_all:
                    parts.append(part := self._part(cell, load))
                    self._missing.append(part.minutes)
                self._model.add_linear_constraint(_total(p.people for p in parts) == load.people * days)
                self._model.add_linear_constraint(_total(p.minutes for p in parts) == load.minutes * days)
                self._model.add_linear_constraint(_total(p.beyond for p in parts) == load.beyond * days)
            for group, people in taken.items():
                most = self._heads[group] * (days if self.given is not None else self.cells[cell])
                self._model.add_linear_constraint(mathopt.fast_sum(people) <= most)

    def _part(self, cell: Cell, load: Load) -> Part:
        """A part of the work of days that are alike: as much as its shifts, each as long as the shortest or longest."""
        people, minutes, beyond = (self._model.add_variable(lb=0) for _ in range(3))
        self._model.add_linear_constraint(minutes >= load.least * people)
        self._model.add_linear_constraint(minutes <= load.most * people)
        self._model.add_linear_constraint(beyond <= minutes)
        return Part(cell, people, minutes, beyond)

    # What people cost, and the law

    def _week(self, week: int, group: Group, parts: Sequence[Part]) -> Week:
        """Days and hours of one week's people; rest days at the least minutes that a shift has."""
        head, pay, length = self._heads[group], self.pay(group), self.lengths[week]
        holiday = _total(part.minutes for part in parts if part.cell.holiday)
        minutes = _total(part.minutes for part in parts if not part.cell.holiday)
        worked = min(length, 7 - self.rules.rest_days)
        self._model.add_linear_constraint(_total(part.people for part in parts) <= worked * head)
        self._cost.append(pay.holiday * holiday)
        terms = self._terms(group)
        if terms.contract.paid == "hour":
            self._model.add_linear_constraint(minutes + holiday <= most_minutes(terms, length) * head)
            self._cost.append(pay.ordinary * minutes)
            return Week(minutes, 0.0)
        rest, beyond = (self._model.add_variable(lb=0) for _ in range(2))
        days = _total(part.people for part in parts if not part.cell.holiday)
        working = max(0, pay.days_a_week + self.exchanged[week])
        self._model.add_linear_constraint(rest >= self._shortest(group) * (days - working * head))
        self._model.add_linear_constraint(rest <= minutes)
        self._model.add_linear_constraint(
            beyond >= _total(part.beyond for part in parts if not part.cell.holiday) - rest
        )
        self._cost += [pay.rest_day * rest, pay.overtime * beyond]
        return Week(minutes - rest - beyond, rest + beyond + holiday)

    def _shortest(self, group: Group) -> int:
        skill, contract = self.branch.skills[group[0]], self.rules.contracts[group[1]]
        return min(
            kind.minutes
            for kind in self.kinds.values()
            if kind.skill == group[0] and works_kind(contract, self.rules, skill, kind)
        )

    def _quarter(self, group: Group, weeks: Sequence[Week]) -> None:
        """Hours beyond those of the contracts are overtime; of all overtime there is a most."""
        pay = self.pay(group)
        if pay.normal is None:
            return
        overtime = self._model.add_variable(lb=0)
        ordinary = _total(week.ordinary for week in weeks)
        self._model.add_linear_constraint(overtime >= ordinary - pay.normal * self._heads[group])
        months = len({(day.date.year, day.date.month) for day in self.calendar})
        most = 60 * self.rules.overtime_a_month * months
        extra = _total(week.extra for week in weeks)
        self._model.add_linear_constraint(overtime + extra <= most * self._heads[group])
        self._cost.append(pay.overtime * overtime)

    def solve(self, gap: float, time_limit: float) -> SolvedWorkforce | None:
        """The people and their cost; None where there are none, or none were found in time."""
        result = self._solved(gap, time_limit)
        if not result.has_primal_feasible_solution():
            return None
        values = result.variable_values()
        heads = self._fewest(values, time_limit)
        missing = sum(values[minutes] for minutes in self._missing)
        return SolvedWorkforce(heads, result.objective_value(), result.dual_bound(), missing if missing > 1e-3 else 0.0)

    def _solved(self, gap: float, time_limit: float) -> mathopt.SolveResult:
        parameters = mathopt.SolveParameters(
            time_limit=timedelta(seconds=time_limit), relative_gap_tolerance=gap, node_limit=NODES, random_seed=0
        )
        return mathopt.solve(self._model, mathopt.SolverType.HIGHS, params=parameters)

    def _fewest(self, values: Mapping[mathopt.Variable, float], time_limit: float) -> dict[Group, int]:
        """The heads, of people by the hour no more than the plans chosen need: idle ones cost nothing."""
        chosen = {group: self._whole(head, values) for group, head in self._heads.items()}
        free = [head for group, head in self._heads.items() if self._terms(group).contract.paid == "hour"]
        if self.given is not None or not free:
            return chosen
        for variable in self._days.values():
            variable.lower_bound = variable.upper_bound = round(values[variable])
        for group, head in self._heads.items():
            if not isinstance(head, int):
                head.upper_bound = chosen[group]
                head.lower_bound = 0 if head in free else chosen[group]
        self._model.minimize(mathopt.fast_sum(free))
        result = self._solved(0.0, time_limit)
        if not result.has_primal_feasible_solution():
            return chosen
        fewest = result.variable_values()
        return {group: self._whole(head, fewest) for group, head in self._heads.items()}

    @staticmethod
    def _whole(head: Head, values: Mapping[mathopt.Variable, float]) -> int:
        return head if isinstance(head, int) else round(values[head])


def _total(parts: Iterable[Sum]) -> mathopt.LinearSum:
    return mathopt.fast_sum(list(parts))
