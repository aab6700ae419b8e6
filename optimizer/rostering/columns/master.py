"""The linear program over schedules: one for each person, people wanted on each kind and day.

Its dual values are the prices at which schedules are looked for. The sum over people of the cheapest schedule at any
prices between -over and under, and of the people wanted at those prices, is a lower bound (Lagrange).

Source:
    Burke and Curtois (2014), New approaches to nurse rostering benchmark instances (branch and price).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.rostering.columns.kernel import OFF
from optimizer.rostering.columns.pricing import Kinds
from optimizer.rostering.problem import RosterProblem

Floats = NDArray[np.float64]


class LinearProgramError(ArithmeticError):
    """The linear program could not be solved."""


@dataclass(frozen=True)
class Cover:
    """People wanted; axes (day, kind)."""

    people: NDArray[np.int64]
    under: Floats
    over: Floats

    def within(self, prices: Floats) -> Floats:
        """Prices between those of people too many and of people missing, where they prove a bound."""
        return np.clip(prices, -self.over, self.under)

    def without(self, present: NDArray[np.int64]) -> tuple["Cover", float]:
        """What is still wanted beside some people, and the price of those of them who are too many already."""
        left = self.people - present
        surplus = float((self.over * np.maximum(-left, 0)).sum())
        return Cover(np.maximum(left, 0), self.under, self.over), surplus

    def cost(self, present: NDArray[np.int64]) -> float:
        """Price of those missing and those too many [yuan]."""
        missing = self.people - present
        return float((self.under * np.maximum(missing, 0) - self.over * np.minimum(missing, 0)).sum())


def cover_of(problem: RosterProblem) -> Cover:
    """What the one option of each day wants; zeros where nobody works."""
    shape = (len(problem.days), len(problem.kinds))
    people, under, over = np.zeros(shape, dtype=np.int64), np.zeros(shape), np.zeros(shape)
    for d, day in enumerate(problem.days):
        for k, name in enumerate(problem.kinds):
            if day.options and name in day.options[0].needs:
                need = day.options[0].needs[name]
                people[d, k], under[d, k], over[d, k] = need.people, need.under, need.over or 0.0
    return Cover(people, under, over)


@dataclass(frozen=True)
class Column:
    """One person's whole schedule."""

    person: int
    kinds: Kinds
    cost: float
    """Pay and wishes [yuan]."""

    @cached_property
    def worked(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Days worked and the kind of each."""
        days = np.flatnonzero(self.kinds != OFF)
        return days, self.kinds[days]

    def reduced(self, prices: Floats) -> float:
        """Cost at prices of a kind on a day (day, kind)."""
        return self.cost - float(prices[self.worked].sum())


@dataclass(frozen=True)
class Solved:
    """What the linear program says."""

    cost: float
    prices: Floats
    """Of a kind on a day, its dual values. Axes (day, kind)."""
    people: Floats
    """Of a person's schedule, its dual values."""
    shares: Floats
    """Of the columns, in their order."""


class Master:
    """The linear program, solved again from its last basis as schedules are added."""

    def __init__(self, cover: Cover, people: int) -> None:
        from ortools.math_opt.python import mathopt

        self._model = model = mathopt.Model()
        self.columns: list[Column] = []
        self._known: set[bytes] = set()
        self._variables: list[Any] = []
        self._one = [model.add_linear_constraint(lb=1.0, ub=1.0) for _ in range(people)]
        self._rows: dict[tuple[int, int], Any] = {}
        self._shape = cover.people.shape
        for d, k in zip(*np.nonzero(cover.under + cover.over), strict=True):
            wanted = float(cover.people[d, k])
            row = self._rows[int(d), int(k)] = model.add_linear_constraint(lb=wanted, ub=wanted)
            self._slack(row, cover.under[d, k], 1.0)
            self._slack(row, cover.over[d, k], -1.0)
        self._solver = mathopt.IncrementalSolver(model, mathopt.SolverType.GLOP)

    def _slack(self, row: Any, price: float, sign: float) -> None:
        slack = self._model.add_variable(lb=0.0)
        row.set_coefficient(slack, sign)
        self._model.objective.set_linear_coefficient(slack, price)

    def add(self, column: Column) -> bool:
        """Take a schedule in; false if it is known."""
        key = bytes([column.person % 256, column.person // 256]) + column.kinds.astype(np.int16).tobytes()
        if key in self._known:
            return False
        self._known.add(key)
        variable = self._model.add_variable(lb=0.0)
        self._model.objective.set_linear_coefficient(variable, column.cost)
        self._one[column.person].set_coefficient(variable, 1.0)
        for d, k in zip(*column.worked, strict=True):
            row = self._rows.get((int(d), int(k)))
            if row is not None:
                row.set_coefficient(variable, 1.0)
        self.columns.append(column)
        self._variables.append(variable)
        return True

    def solve(self) -> Solved:
        """Solve it over the columns known.

        Raises:
            LinearProgramError: When the solver gives up, from its last basis and from none.
        """
        from ortools.math_opt.python import mathopt

        for algorithm in (None, None, mathopt.LPAlgorithm.DUAL_SIMPLEX):
            try:
                return self._read(self._solver.solve(params=mathopt.SolveParameters(lp_algorithm=algorithm)))
            except (RuntimeError, ValueError, AttributeError):
                # GLOP may lose its way from an old basis, which MathOpt says by whatever its binding raises.
                self._solver = mathopt.IncrementalSolver(self._model, mathopt.SolverType.GLOP)
        raise LinearProgramError("the linear program over schedules could not be solved")

    def _read(self, result: Any) -> Solved:
        prices = np.zeros(self._shape)
        duals = result.dual_values(list(self._rows.values()))
        for (d, k), dual in zip(self._rows, duals, strict=True):
            prices[d, k] = dual
        people = np.array(result.dual_values(self._one))
        return Solved(result.objective_value(), prices, people, np.array(result.variable_values(self._variables)))

    def hold(self, column: int, held: bool) -> None:
        """Fix a column's share at one, or set it free again."""
        self._variables[column].lower_bound = 1.0 if held else 0.0
