"""The cheapest people who cover windows asked for period by period; where there are too few, as many as there are."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from ortools.math_opt.python import mathopt

from optimizer.optimization.day_rows import joint_rows, limit_people
from optimizer.optimization.known import Levels
from optimizer.optimization.model import NODES
from optimizer.optimization.staffing import Staffing

Floats = NDArray[np.float64]
GAP = 1e-4
"""Relative gap at which a program counts as solved."""
ROUNDING = 1e-6


@dataclass(frozen=True)
class Cover:
    """Windows and people that cover what is asked."""

    windows: dict[str, Levels]
    """Windows open, by role and period."""
    people: tuple[int, ...]
    """By legal shift."""
    missing: dict[str, Levels]
    """Windows asked for that cannot be opened, by role and period."""

    @property
    def complete(self) -> bool:
        """Whether every window asked for is open."""
        return not any(map(any, self.missing.values()))


def cheapest_cover(
    staffing: Staffing,
    asked: dict[str, Levels],
    greeters: int,
    greeter: str | None,
    loads: dict[str, Floats],
    weights: dict[str, Floats],
) -> Cover | None:
    """Fewest windows missing, then least pay; people who are on duty anyway open further windows.

    Of crews with the same pay, and of the places for a further window, that is taken which relieves most, by the
    offered load a over the windows s: the sum of a / s is least.
    The rules are those of every plan: legal shifts and meals, skills, the windows that exist, the least time in a role.

    Args:
        staffing: The people side of the day.
        asked: Windows, by role and period.
        greeters: Greeters on duty all day.
        greeter: Name of the greeter's channel; None: there is none.
        loads: Offered load [servers], by role and period.
        weights: How much a missing window weighs, by role and period.

    Returns:
        The cover; None where the rules cannot be kept even with the fewest windows permitted.
    """
    model = _CoverModel(staffing, asked, greeters, greeter, weights)
    if not model.solve(model.missing_total()):
        return None
    model.keep_missing_total()
    if not model.solve(model.pay()):
        return None
    model.keep_pay()
    model.solve(model.relief(loads))
    return model.cover()


@dataclass
class _CoverModel:
    """Levels by role and period, windows missing, and people by shift."""

    staffing: Staffing
    asked: dict[str, Levels]
    greeters: int
    greeter: str | None
    weights: dict[str, Floats]
    _values: dict[mathopt.Variable, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        staffing, self._model = self.staffing, mathopt.Model(name=self.staffing.day_type)
        self._people = [self._count(0, staffing.on_duty[shift.skill]) for shift in staffing.shifts]
        self._levels: dict[str, list[mathopt.Variable]] = {}
        self._missing: dict[str, list[mathopt.Variable]] = {}
        for role, wanted in self.asked.items():
            least, most = staffing.least[role], staffing.most[role]
            self._levels[role] = [self._count(least, max(least, int(m))) for m in most]
            self._missing[role] = [self._count(0, want) for want in wanted]
            for level, missing, want in zip(self._levels[role], self._missing[role], wanted, strict=True):
                self._model.add_linear_constraint(level + missing >= want)
        limit_people(self._model, staffing, self._people)
        for row in joint_rows(
            self._model, staffing, self._people, self._levels, lambda role, t: self._levels[role][t], self.greeter,
            self.greeters,
        ):  # fmt: skip
            self._model.add_linear_constraint(lb=row.lower, ub=row.upper, expr=row.value)

    def _count(self, least: int, most: int) -> mathopt.Variable:
        return self._model.add_integer_variable(lb=least, ub=most)

    # What is wanted least

    def missing_total(self) -> mathopt.LinearTypes:
        """Windows missing over the day, weighted."""
        weighted = zip(self._all_missing(), self._all_weights(), strict=True)
        return mathopt.fast_sum([weight * missing for missing, weight in weighted])

    def pay(self) -> mathopt.LinearTypes:
        """Pay of everybody on shift [yuan]."""
        return mathopt.fast_sum([s.cost * n for n, s in zip(self._people, self.staffing.shifts, strict=True)])

    def relief(self, loads: dict[str, Floats]) -> mathopt.LinearTypes:
        """Sum of a / s, up to a constant: each further window takes a / (s (s + 1)) from it, less and less."""
        terms: list[mathopt.LinearTypes] = []
        for role, levels in self._levels.items():
            for level, load in zip(levels, loads[role], strict=True):
                fewest, most = int(level.lower_bound), int(level.upper_bound)
                further = [self._model.add_variable(lb=0, ub=1) for _ in range(fewest, most)]
                self._model.add_linear_constraint(mathopt.fast_sum(further) <= level - fewest)
                terms += [-float(load) / (max(s, 0.5) * (s + 1)) * x for s, x in enumerate(further, fewest)]
        return mathopt.fast_sum(terms)

    def _all_weights(self) -> list[float]:
        return [float(weight) for role in self._missing for weight in self.weights[role]]

    def _all_missing(self) -> list[mathopt.Variable]:
        return [missing for periods in self._missing.values() for missing in periods]

    # One after the other

    def solve(self, objective: mathopt.LinearTypes) -> bool:
        """Minimize; whether there is a solution, which is then kept."""
        self._model.minimize(objective)
        parameters = mathopt.SolveParameters(relative_gap_tolerance=GAP, node_limit=NODES, random_seed=0)
        result = mathopt.solve(self._model, mathopt.SolverType.HIGHS, params=parameters)
        if not result.has_primal_feasible_solution():
            return False
        self._values = result.variable_values()
        return True

    def keep_missing_total(self) -> None:
        """Let no more windows be missing than must be."""
        weighted = zip(self._all_missing(), self._all_weights(), strict=True)
        least = sum(weight * self._whole(missing) for missing, weight in weighted)
        self._model.add_linear_constraint(self.missing_total() <= least + ROUNDING)

    def keep_pay(self) -> None:
        """Let the pay be as it is, and every window that is asked for and not missing be open."""
        for role, levels in self._levels.items():
            for level, missing, want in zip(levels, self._missing[role], self.asked[role], strict=True):
                missing.lower_bound = missing.upper_bound = self._whole(missing)
                level.lower_bound = max(level.lower_bound, want - self._whole(missing))
        each = zip(self._people, self.staffing.shifts, strict=True)
        least = sum(shift.cost * self._whole(people) for people, shift in each)
        self._model.add_linear_constraint(self.pay() <= least * (1 + ROUNDING))

    def cover(self) -> Cover:
        """The solution kept."""
        windows = {role: tuple(map(self._whole, levels)) for role, levels in self._levels.items()}
        missing = {
            role: tuple(max(0, want - level) for want, level in zip(self.asked[role], levels, strict=True))
            for role, levels in windows.items()
        }
        return Cover(windows, tuple(map(self._whole, self._people)), missing)

    def _whole(self, variable: mathopt.Variable) -> int:
        return round(self._values[variable])
