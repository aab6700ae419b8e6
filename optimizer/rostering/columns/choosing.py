"""Whole schedules of some people, chosen among all that can be part of a cheaper roster.

By how much the cheapest schedules of all, at the prices of the linear program, fall short of the cost looked for, by so
much at most may any one schedule be dearer than the cheapest of its person: what is dearer is left out, and what is
left is listed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import numpy as np
from ortools.sat.python import cp_model

from optimizer.rostering.columns.generation import TOLERANCE, bound_of
from optimizer.rostering.columns.master import Column, Cover, Master
from optimizer.rostering.columns.pricing import Kinds, Pricers

FEW = 10_000
"""Schedules up to which HiGHS excludes sooner than CP-SAT; of more, CP-SAT finds some sooner than HiGHS."""
SURE = 1e-3
"""By how much HiGHS, which allows small violations, must exceed a cost to exclude it."""
NODES = 3000
"""Most of HiGHS."""
SCALE = 1000
"""Costs that are not whole are counted in parts of a yuan as small as this."""

V = TypeVar("V")


@dataclass(frozen=True)
class Effort:
    """How much is put into one choice."""

    listed: int = 4_000
    """Most schedules to choose from."""
    work: float = 2.0
    """Most work of CP-SAT, in its own seconds."""
    exclude: bool = False
    """Whether few schedules are given to HiGHS."""


@dataclass(frozen=True)
class Choice:
    """What came of it."""

    schedules: list[Kinds] | None
    """That cost at most what was asked for; None if none were found."""
    excluded: bool
    """Whether it is proven that there are none."""


def choose_whole(
    master: Master,
    cover: Cover,
    pricers: Pricers,
    people: Sequence[int],
    most: float,
    whole: bool,
    seconds: float,
    effort: Effort = Effort(),
) -> Choice:
    """Look for schedules of some people that cost at most ``most``, cover included.

    Args:
        master: Over these people, solved to the end.
        cover: People wanted of them.
        pricers: Of all people.
        people: Whom the places of the master stand for.
        most: Cost of the schedules and of the cover that is asked for.
        whole: Whether all costs are whole.
        seconds: Most time.
        effort: How much is put into it.
    """
    prices = cover.within(master.solve().prices)
    values = [value for value, _ in pricers.cheapest(-prices, people)]
    slack = most - bound_of(cover, prices, values)
    if slack < -TOLERANCE:
        return Choice(None, True)
    listed = pricers.all_within(-prices, slack + TOLERANCE, effort.listed, people)
    if listed is None:
        return Choice(None, False)
    columns = [
        Column(place, kinds, pricers.people[person].cost(kinds))
        for place, (person, schedules) in enumerate(zip(people, listed, strict=True))
        for kinds in schedules
    ]
    if effort.exclude and len(columns) <= FEW:
        return _choose_by_branching(columns, cover, len(people), most, seconds)
    return _choose(columns, cover, len(people), most, 1 if whole else SCALE, min(seconds, 1e6), effort.work)


def _choose_by_branching(columns: list[Column], cover: Cover, people: int, most: float, seconds: float) -> Choice:
    """One column of each person, by HiGHS."""
    from ortools.math_opt.python import mathopt

    model = mathopt.Model()
    chosen = [model.add_binary_variable() for _ in columns]
    for place in range(people):
        own = [v for v, column in zip(chosen, columns, strict=True) if column.person == place]
        model.add_linear_constraint(mathopt.fast_sum(own) == 1)
    costs = [column.cost * v for v, column in zip(chosen, columns, strict=True)]
    for (d, k), working in _by_cell(columns, chosen, cover).items():
        missing, surplus = model.add_variable(lb=0.0), model.add_variable(lb=0.0)
        model.add_linear_constraint(mathopt.fast_sum(working) + missing - surplus == float(cover.people[d, k]))
        costs += [float(cover.under[d, k]) * missing, float(cover.over[d, k]) * surplus]
    model.minimize(mathopt.fast_sum(costs))
    limits = mathopt.SolveParameters(time_limit=timedelta(seconds=max(0.01, seconds)), node_limit=NODES)
    result = mathopt.solve(model, mathopt.SolverType.HIGHS, params=limits)
    if result.has_primal_feasible_solution() and result.objective_value() <= most + TOLERANCE:
        shares = result.variable_values(chosen)
        found = {column.person: column.kinds for column, share in zip(columns, shares, strict=True) if share > 0.5}
        return Choice([found[place] for place in range(people)], False)
    return Choice(None, result.termination.objective_bounds.dual_bound > most + SURE)


def _choose(
    columns: list[Column], cover: Cover, people: int, most: float, scale: int, seconds: float, work: float
) -> Choice:
    """One column of each person, by CP-SAT; costs are rounded down, so that what is excluded is."""
    program = cp_model.CpModel()
    chosen = [program.new_bool_var("") for _ in columns]
    for place in range(people):
        program.add_exactly_one(v for v, column in zip(chosen, columns, strict=True) if column.person == place)
    terms, costs = list(chosen), [_floor(column.cost * scale) for column in columns]
    for (d, k), working in _by_cell(columns, chosen, cover).items():
        wanted = int(cover.people[d, k])
        missing, surplus = program.new_int_var(0, wanted, ""), program.new_int_var(0, people, "")
        program.add(cp_model.LinearExpr.sum(working) + missing - surplus == wanted)
        terms += [missing, surplus]
        costs += [_floor(cover.under[d, k] * scale), _floor(cover.over[d, k] * scale)]
    total = cp_model.LinearExpr.weighted_sum(terms, costs)
    program.add(total <= _floor((most + TOLERANCE) * scale))
    program.minimize(total)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    solver.parameters.max_deterministic_time = work
    solver.parameters.max_time_in_seconds = max(0.01, seconds)
    solver.parameters.catch_sigint_signal = False
    status = solver.solve(program)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Choice(None, status == cp_model.INFEASIBLE)
    found = {c.person: c.kinds for c, v in zip(columns, chosen, strict=True) if solver.boolean_value(v)}
    return Choice([found[place] for place in range(people)], False)


def _floor(cost: float) -> int:
    return int(np.floor(cost + TOLERANCE))


def _by_cell(columns: list[Column], chosen: list[V], cover: Cover) -> dict[tuple[int, int], list[V]]:
    """Who would work each kind on each day, where it has a price."""
    found: dict[tuple[int, int], list[V]] = {
        (int(d), int(k)): [] for d, k in zip(*np.nonzero(cover.under + cover.over), strict=True)
    }
    for column, variable in zip(columns, chosen, strict=True):
        for d, k in zip(*column.worked, strict=True):
            if (int(d), int(k)) in found:
                found[int(d), int(k)].append(variable)
    return found
