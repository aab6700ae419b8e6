"""A roster problem, or a part of it, as a program of CP-SAT."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from ortools.sat.python import cp_model

from optimizer.rostering.constraints import barred, state_rules
from optimizer.rostering.legality import may_work
from optimizer.rostering.model_costs import state_costs
from optimizer.rostering.model_hours import Hours, count_hours
from optimizer.rostering.model_terms import Costs, Rules, Term
from optimizer.rostering.pay import DayMinutes, Worked, minutes_by_day, worked
from optimizer.rostering.problem import Roster, RosterProblem

Cell = tuple[str, int]
BUILDING = 1e-4
"""Work that it takes to make a program, by variable: what it takes in seconds, roughly."""


@dataclass(frozen=True)
class Neighbourhood:
    """What may change about a roster: who works what on which day, and options of days."""

    cells: frozenset[Cell]
    days: frozenset[int]


def whole(problem: RosterProblem) -> Neighbourhood:
    """All that is decided."""
    days = range(len(problem.days))
    return Neighbourhood(frozenset((name, d) for name in problem.people for d in days), frozenset(days))


@dataclass(frozen=True)
class Answer:
    """What the solver says of a program."""

    status: int
    roster: Roster | None
    bound: float
    """Proven least cost of the part of the problem that the program is about [yuan]."""
    objective: float | None
    """Cost of the roster as the program counts it [yuan]."""
    work: float
    """Deterministic time that was spent, in the solver's own seconds, and a part for making the program."""
    cut: bool = False
    """Whether the clock ended it: then it need not repeat."""


@dataclass(frozen=True)
class Limits:
    """When to stop one run of the solver."""

    seconds: float
    work: float | None = None
    """In the solver's deterministic seconds: the same on each run."""
    gap: float = 0.0
    seed: int = 0
    workers: int = 1
    linearization: int = 2
    """Without linear programs on all constraints, proofs of optimality fail on rosters; 2 states them all."""

    def within(self, seconds: float, work: float | None) -> "Limits":
        """These limits, but no more than is left."""
        works = [limit for limit in (self.work, work) if limit is not None]
        return replace(self, seconds=min(self.seconds, seconds), work=min(works) if works else None)


class RosterModel:
    """Variables of what is free, numbers for what is not, and all rules and costs on them.

    Costs of people whose cells are all settled are left out: they are the same whatever is decided.
    """

    def __init__(self, problem: RosterProblem, base: Roster | None = None, free: Neighbourhood | None = None) -> None:
        self.problem = problem
        self.base = base or _settled(problem)
        self._everything = free is None
        free = free or whole(problem)
        settled = {(name, d) for name, person in problem.people.items() for d in person.fixed}
        self._free_cells = free.cells - settled
        self.free_days = free.days
        self.rules = Rules()
        self.costs = Costs()
        self.weekends_worked: dict[Cell, Term] = {}
        self._hours: dict[str, Hours] = {}
        self._solver: cp_model.CpSolver | None = None
        self._fair_in_overtime = {n for f in problem.fairness if f.counted == "overtime" for n in f.people}
        self._options = [self._make_options(d) for d in range(len(problem.days))]
        self._shifts: dict[Cell, dict[str, Term]] = {}
        self._works: dict[Cell, Term] = {}
        for name in problem.people:
            for d in range(len(problem.days)):
                self._make_cell(name, d)
        changed = {name for name, _ in self._free_cells}
        self.touched = [name for name in problem.people if self._everything or name in changed]
        for name in self.touched:
            state_rules(self, problem.people[name])
        state_costs(self)
        self.costs.state(self.rules.program)

    # What is decided

    def _make_options(self, d: int) -> dict[int, Term]:
        number = len(self.problem.days[d].options)
        chosen = self.base.options[d]
        if number == 0:
            return {}
        if d not in self.free_days and chosen is not None:
            return {chosen: 1}
        if number == 1:
            return {0: 1}
        made: dict[int, Term] = {o: self.rules.boolean() for o in range(number)}
        self.rules.program.add_exactly_one(made.values())
        return made

    def _make_cell(self, name: str, d: int) -> None:
        person, cell = self.problem.people[name], (name, d)
        if cell not in self._free_cells:
            kind = person.fixed[d] if d in person.fixed else self.base.shifts.get(cell)
            self._shifts[cell] = {} if kind is None else {kind: 1}
            self._works[cell] = 0 if kind is None else 1
            return
        named = {kind for o in self._options[d] for kind in self.problem.days[d].options[o].needs}
        kinds = [k for k in sorted(named) if may_work(self.problem, person, k) and not barred(person, d, k)]
        variables = {kind: self.rules.boolean() for kind in kinds}
        self._shifts[cell] = dict(variables)
        if len(variables) > 1:
            works = self.rules.boolean()
            self.rules.program.add_exactly_one([*variables.values(), ~works])
            self._works[cell] = works
        else:
            self._works[cell] = next(iter(variables.values()), 0)

    def is_free(self, name: str, d: int) -> bool:
        """Whether it is open what somebody works on a day."""
        return (name, d) in self._free_cells

    def is_open(self, name: str, days: Iterable[int]) -> bool:
        """Whether a rule about these days has to be stated: always, unless they are kept from another roster."""
        return self._everything or any((name, d) in self._free_cells for d in days)

    def works(self, name: str, d: int) -> Term:
        """Whether somebody works on a day."""
        return self._works[name, d]

    def shifts(self, name: str, d: int) -> Iterable[tuple[str, Term]]:
        """Kinds that somebody may work on a day."""
        return self._shifts[name, d].items()

    def shifts_of(self, name: str, d: int, kinds: Iterable[str]) -> list[Term]:
        """Those of some kinds."""
        shifts = self._shifts[name, d]
        return [shifts[kind] for kind in kinds if kind in shifts]

    def options(self, d: int) -> dict[int, Term]:
        """Options of a day that may be chosen."""
        return self._options[d]

    # What is counted

    @cached_property
    def weeks(self) -> list[list[int]]:
        """Days of each week."""
        found: dict[int, list[int]] = {}
        for d, day in enumerate(self.problem.days):
            found.setdefault(day.week, []).append(d)
        return list(found.values())

    @cached_property
    def sequences(self) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Kinds that must not be followed by the same kinds, and those kinds."""
        followers: dict[str, list[str]] = {}
        for kind, following in sorted(self.problem.forbidden):
            followers.setdefault(kind, []).append(following)
        groups: dict[tuple[str, ...], list[str]] = {}
        for kind, following_kinds in followers.items():
            groups.setdefault(tuple(following_kinds), []).append(kind)
        return [(tuple(kinds), following) for following, kinds in groups.items()]

    def hours(self, name: str) -> Hours:
        """Minutes of somebody by kind of pay."""
        if name not in self._hours:
            person = self.problem.people[name]
            exact = name in self._fair_in_overtime or person.pay.overtime < person.pay.ordinary
            self._hours[name] = count_hours(self, person, exact)
        return self._hours[name]

    def settled_minutes(self, name: str) -> list[DayMinutes]:
        """Minutes that somebody works in the roster that is changed."""
        return minutes_by_day(self.problem, name, self.base)

    def settled_hours(self, name: str) -> Worked:
        """Hours that somebody works in the roster that is changed."""
        return worked(self.problem, name, self.base)

    # What comes out

    def hint(self, roster: Roster) -> None:
        """Begin the search at a roster."""
        add = self.rules.program.add_hint
        for (name, d), shifts in self._shifts.items():
            worked_kind = roster.shifts.get((name, d))
            for kind, term in shifts.items():
                if not isinstance(term, int):
                    add(term, kind == worked_kind)
            works = self._works[name, d]
            if not isinstance(works, int) and len(shifts) > 1:
                add(works, worked_kind is not None)
        for d, options in enumerate(self._options):
            for o, term in options.items():
                if not isinstance(term, int):
                    add(term, o == roster.options[d])

    def solve(self, limits: Limits, callback: cp_model.CpSolverSolutionCallback | None = None) -> Answer:
        """Run the solver once."""
        solver = self._solver = cp_model.CpSolver()
        parameters = solver.parameters
        parameters.catch_sigint_signal = False
        parameters.linearization_level = limits.linearization
        parameters.num_workers = limits.workers
        parameters.interleave_search = limits.workers > 1
        parameters.random_seed = limits.seed
        parameters.relative_gap_limit = limits.gap
        parameters.max_time_in_seconds = max(0.01, limits.seconds)
        if limits.work is not None:
            parameters.max_deterministic_time = limits.work
        status = solver.solve(self.rules.program, callback)
        found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
        bound = -float("inf")
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.UNKNOWN):
            bound = self.costs.yuan(solver.best_objective_bound) - self.costs.error
        return Answer(
            status=int(status),
            roster=self.read(solver.value) if found else None,
            bound=bound,
            objective=self.costs.yuan(solver.objective_value) if found else None,
            work=solver.response_proto.deterministic_time + BUILDING * len(self.rules.program.proto.variables),
            cut=status not in (cp_model.OPTIMAL, cp_model.INFEASIBLE) and solver.wall_time >= 0.98 * limits.seconds,
        )

    def stop(self) -> None:
        """End a run of the solver in another thread; it keeps what it has."""
        if self._solver is not None:
            self._solver.stop_search()

    def read(self, value: Callable[[cp_model.IntVar], int]) -> Roster:
        """The roster that values of the variables say."""

        def holds(term: Term) -> bool:
            return bool(term if isinstance(term, int) else value(term))

        shifts = {cell: kind for cell, kinds in self._shifts.items() for kind, term in kinds.items() if holds(term)}
        options = [next((o for o, term in options.items() if holds(term)), None) for options in self._options]
        return Roster(tuple(options), shifts)


def _settled(problem: RosterProblem) -> Roster:
    """What is fixed, and nothing else."""
    shifts = {
        (name, d): kind
        for name, person in problem.people.items()
        for d, kind in person.fixed.items()
        if kind is not None
    }
    return Roster(tuple(None for _ in problem.days), shifts)
