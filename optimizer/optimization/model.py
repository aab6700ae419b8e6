"""A day as a mixed-integer program: one unit of flow through the levels of each role, linked to shifts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from ortools.math_opt.python import mathopt

from optimizer.optimization.cuts import CostCut, CoverCut, Cut
from optimizer.optimization.day import DayProblem
from optimizer.optimization.day_rows import joint_rows, limit_people
from optimizer.optimization.known import Levels
from optimizer.optimization.prices import Prices

Floats = NDArray[np.float64]
NODES = 5000
"""Most branch-and-bound nodes of one program: work is limited by count, not by the clock, so that it repeats."""


@dataclass(frozen=True)
class DaySolution:
    """What a solver says of a day: a lower bound, and windows and people where it found some."""

    infeasible: bool
    bound: float
    """Proven lower bound of the model [yuan]; minus infinity where the solver has none."""
    windows: dict[str, Levels] | None
    people: tuple[int, ...] | None
    """By legal shift."""
    value: float = np.inf
    """What the model says that they cost [yuan]."""


@dataclass
class DayModel:
    """The program of a day; it grows by cuts."""

    problem: DayProblem
    seed: int = 0
    cuts: list[Cut] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._model = mathopt.Model(name=self.problem.staffing.day_type)
        self._integers: list[mathopt.Variable] = []
        self._nodes: dict[str, list[dict[int, mathopt.Variable]]] = {}
        self._edges: dict[str, list[dict[tuple[int, int], mathopt.Variable]]] = {}
        self._extra: dict[tuple[str, int], mathopt.Variable] = {}
        self._rows: dict[str, dict[object, mathopt.LinearConstraint]] = {}
        self._cost: list[mathopt.LinearTypes] = [self.problem.constant]
        self._people = self._add_people()
        for role in self.problem.demands:
            self._add_role(role)
        self._add_joint_rows()
        self._add_targets()
        self._model.minimize(mathopt.fast_sum(self._cost))

    # What is decided

    def _add_people(self) -> list[mathopt.Variable]:
        staffing = self.problem.staffing
        people = []
        for shift in staffing.shifts:
            people.append(self._model.add_variable(lb=0, ub=staffing.on_duty[shift.skill]))
            self._cost.append(shift.cost * people[-1])
        self._integers += people
        limit_people(self._model, staffing, people)
        return people

    def _add_role(self, role: str) -> None:
        """Nodes are levels, edges steps between levels of neighbouring periods; the flow is one unit."""
        model, cost = self._model, self.problem.tables[role].cost
        nodes: list[dict[int, mathopt.Variable]] = []
        edges: list[dict[tuple[int, int], mathopt.Variable]] = []
        for t, table in enumerate(cost):
            levels = np.flatnonzero(np.isfinite(table).any(axis=0))
            nodes.append({int(q): model.add_variable(lb=0, ub=1) for q in levels})
            model.add_linear_constraint(mathopt.fast_sum(nodes[t].values()) == 1)
            if t == 0:
                edges.append({(0, q): node for q, node in nodes[0].items()})
            else:
                steps = [(p, q) for p in nodes[t - 1] for q in nodes[t] if np.isfinite(table[p, q])]
                edges.append({step: model.add_variable(lb=0, ub=1) for step in steps})
                for p, node in nodes[t - 1].items():
                    out = [x for (a, _), x in edges[t].items() if a == p]
                    model.add_linear_constraint(mathopt.fast_sum(out) - node == 0)
                for q, node in nodes[t].items():
                    into = [x for (_, b), x in edges[t].items() if b == q]
                    model.add_linear_constraint(mathopt.fast_sum(into) - node == 0)
            self._cost += [float(table[step]) * x for step, x in edges[t].items() if table[step]]
        self._nodes[role], self._edges[role] = nodes, edges
        self._integers += [node for level in nodes for node in level.values()]

    def _level(self, role: str, t: int) -> mathopt.LinearTypes:
        return mathopt.fast_sum([q * node for q, node in self._nodes[role][t].items() if q])

    # What binds it

    def _add_joint_rows(self) -> None:
        problem = self.problem
        greeter = problem.branch.greeter[0] if problem.branch.greeter else None
        for row in joint_rows(
            self._model, problem.staffing, self._people, self._nodes, self._level, greeter, problem.regime.greeters
        ):
            self._row(row.group, row.period, row.value, lower=row.lower, upper=row.upper)

    def _add_targets(self) -> None:
        for role, tables in self.problem.tables.items():
            for name, shortfall in tables.shortfalls.items():
                terms = [
                    float(shortfall[t][step]) * x
                    for t, edges in enumerate(self._edges[role])
                    for step, x in edges.items()
                ]
                self._row("targets", name, mathopt.fast_sum(terms), upper=0)

    def _row(
        self, group: str, key: object, value: mathopt.LinearTypes, *, lower: float = -np.inf, upper: float = np.inf
    ) -> None:
        row = self._model.add_linear_constraint(lb=lower, ub=upper, expr=value)
        self._rows.setdefault(group, {})[key] = row

    # What is learnt while solving

    def add(self, cut: Cut) -> None:
        """Add a valid inequality."""
        self.cuts.append(cut)
        if isinstance(cut, CoverCut):
            self._model.add_linear_constraint(mathopt.fast_sum(self._above(cut.role, cut.start, cut.levels)) >= 1)
        elif isinstance(cut, CostCut):
            key = (cut.role, cut.period)
            if key not in self._extra:
                self._extra[key] = self._model.add_variable(lb=0)
                self._model.objective.add(self._extra[key])
            edges = self._edges[cut.role][cut.period]
            paid = [float(cut.extra[step]) * x for step, x in edges.items() if cut.extra[step] > 0]
            escaped = [-float(cut.extra.max()) * node for node in self._above(cut.role, cut.start, cut.levels)]
            self._model.add_linear_constraint(self._extra[key] - mathopt.fast_sum([*paid, *escaped]) >= 0)

    def add_for_now(self, cut: CoverCut) -> mathopt.LinearConstraint:
        """Add an inequality that is not proven, to be dropped when a plan is found."""
        return self._model.add_linear_constraint(mathopt.fast_sum(self._above(cut.role, cut.start, cut.levels)) >= 1)

    def drop(self, rows: list[mathopt.LinearConstraint]) -> None:
        """Take out inequalities that were added for now."""
        for row in rows:
            self._model.delete_linear_constraint(row)

    def _above(self, role: str, start: int, levels: Levels) -> list[mathopt.Variable]:
        """Nodes of more windows than ``levels`` from period ``start`` on."""
        nodes = self._nodes[role]
        return [x for t, level in enumerate(levels, start) for q, x in nodes[t].items() if q > level]

    # Solving

    def pay(self, problem: DayProblem) -> None:
        """Take the wages of the same day at another labour price; all cuts still hold."""
        if problem is self.problem:
            return
        self.problem = problem
        for people, shift in zip(self._people, problem.staffing.shifts, strict=True):
            self._model.objective.set_linear_coefficient(people, shift.cost)

    def solve_relaxed(self) -> tuple[DaySolution, Prices | None]:
        """The linear relaxation: its bound, and the prices of the joint constraints."""
        for variable in self._integers:
            variable.integer = False
        result = mathopt.solve(self._model, mathopt.SolverType.GLOP)
        reason = result.termination.reason
        if reason == mathopt.TerminationReason.INFEASIBLE:
            return DaySolution(True, np.inf, None, None), None
        if reason != mathopt.TerminationReason.OPTIMAL:
            return DaySolution(False, -np.inf, None, None), None
        return DaySolution(False, result.objective_value(), None, None), self._prices(result.dual_values())

    def _prices(self, duals: dict[mathopt.LinearConstraint, float]) -> Prices:
        """Multipliers as not negative numbers: rows with an upper bound have duals of the other sign."""
        staffing, none = self.problem.staffing, np.zeros(self.problem.staffing.periods)

        def column(group: str, sign: float = 1.0) -> Floats:
            rows = self._rows.get(group)
            return none if rows is None else np.array([max(0.0, sign * duals[row]) for row in rows.values()])

        timed = self._nodes if "opened " + next(iter(self._nodes), "") in self._rows else {}
        return Prices(
            people=tuple(column(f"people {index}") for index in range(len(staffing.competitions))),
            windows=column("windows", -1.0),
            opened={role: column(f"opened {role}") for role in timed},
            kept={role: column(f"kept {role}") for role in timed},
            targets={str(n): max(0.0, -duals[row]) for n, row in self._rows.get("targets", {}).items()},
        )

    def solve(
        self,
        gap: float,
        seconds: float,
        solver: mathopt.SolverType = mathopt.SolverType.HIGHS,
        ceiling: float = np.inf,
    ) -> DaySolution:
        """The integer program: its dual bound, and the best windows and people found.

        With a ``ceiling`` HiGHS only looks for plans below it [yuan], and the bound is at most the ceiling: to prove
        that much takes a small part of the time that the optimum takes.
        """
        for variable in self._integers:
            variable.integer = True
        limit = timedelta(seconds=max(seconds, 0.0)) if seconds < np.inf else None
        parameters = mathopt.SolveParameters(
            relative_gap_tolerance=gap, time_limit=limit, node_limit=NODES, random_seed=self.seed
        )
        if ceiling < np.inf:
            parameters.highs.double_options["objective_bound"] = ceiling
        result = mathopt.solve(self._model, solver, params=parameters)
        if result.termination.reason == mathopt.TerminationReason.INFEASIBLE:
            # Below the ceiling, if there is one: HiGHS does not say which.
            return DaySolution(ceiling == np.inf, ceiling, None, None)
        bound = min(float(result.termination.objective_bounds.dual_bound), ceiling)
        if not result.has_primal_feasible_solution():
            return DaySolution(False, bound, None, None)
        values = result.variable_values()
        windows = {
            role: tuple(max(level, key=lambda q: values[level[q]]) for level in nodes)
            for role, nodes in self._nodes.items()
        }
        people = tuple(round(values[n]) for n in self._people)
        return DaySolution(False, bound, windows, people, float(result.objective_value()))

    def solve_near(
        self, windows: dict[str, Levels], distance: int, margins: dict[str, float], gap: float, seconds: float
    ) -> DaySolution:
        """The integer program within ``distance`` windows of a plan; targets are overfulfilled by their margins.

        Its bound says nothing of the whole program.
        """
        for name, margin in margins.items():
            self._rows["targets"][name].upper_bound = -margin
        try:
            return self._solve_within(lambda role, t, q: abs(q - windows[role][t]) <= distance, gap, seconds)
        finally:
            for name in margins:
                self._rows["targets"][name].upper_bound = 0.0

    def solve_with(self, windows: dict[str, Levels], gap: float, seconds: float) -> DaySolution:
        """The cheapest people for these windows."""
        return self._solve_within(lambda role, t, q: q == windows[role][t], gap, seconds)

    def solve_above(self, windows: dict[str, Levels], gap: float, seconds: float) -> DaySolution:
        """The integer program with at least these windows; its bound says nothing of the whole program."""
        return self._solve_within(lambda role, t, q: q >= windows[role][t], gap, seconds)

    def _solve_within(self, permitted: Callable[[str, int, int], bool], gap: float, seconds: float) -> DaySolution:
        nodes = [
            (node, permitted(role, t, q))
            for role, periods in self._nodes.items()
            for t, level in enumerate(periods)
            for q, node in level.items()
        ]
        for node, inside in nodes:
            node.upper_bound = 1.0 if inside else 0.0
        try:
            return self.solve(gap, seconds)
        finally:
            for node, _ in nodes:
                node.upper_bound = 1.0
