"""The rules that join the roles and people of a day, stated once for every program of a day."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from ortools.math_opt.python import mathopt

from optimizer.optimization.staffing import Staffing

Level = Callable[[str, int], mathopt.LinearTypes]
"""Windows open in a role and period."""


@dataclass(frozen=True)
class Row:
    """A linear rule of one period."""

    group: str
    """``windows``; ``opened`` and ``kept`` with the role; ``people`` with the number of the competition."""
    period: int
    value: mathopt.LinearTypes
    lower: float = -inf
    upper: float = inf


def limit_people(model: mathopt.Model, staffing: Staffing, people: Sequence[mathopt.Variable]) -> None:
    """No more people of a skill on their shifts than there are; ``people`` by legal shift."""
    for skill, most in staffing.on_duty.items():
        working = [n for n, shift in zip(people, staffing.shifts, strict=True) if shift.skill == skill]
        if working:
            model.add_linear_constraint(mathopt.fast_sum(working) <= most)


def joint_rows(
    model: mathopt.Model,
    staffing: Staffing,
    people: Sequence[mathopt.Variable],
    roles: Collection[str],
    level: Level,
    greeter: str | None,
    greeters: int,
) -> Iterator[Row]:
    """Windows that exist, the least time of a window in a role, and people for every set of places.

    Args:
        model: Where variables for windows opened are added.
        staffing: The people side of the day.
        people: By legal shift.
        roles: Window roles.
        level: Windows open by role and period.
        greeter: Name of the greeter's channel; None: there is none.
        greeters: On duty all day.
    """
    yield from _windows(staffing, roles, level)
    yield from _role_time(model, staffing, roles, level)
    for index, competition in enumerate(staffing.competitions):
        places = [role for role in roles if role in competition.places]
        fixed = greeters if greeter in competition.places else 0
        able = [(n, s) for n, s in zip(people, staffing.shifts, strict=True) if s.skill in competition.skills]
        for t in range(staffing.periods):
            supply = [n for n, shift in able if shift.covers[t]]
            need = [-1.0 * level(role, t) for role in places]
            yield Row(f"people {index}", t, mathopt.fast_sum([*supply, *need]), lower=fixed)


def _windows(staffing: Staffing, roles: Collection[str], level: Level) -> Iterator[Row]:
    for t in range(staffing.periods):
        yield Row("windows", t, mathopt.fast_sum([level(role, t) for role in roles]), upper=staffing.windows)


def _role_time(model: mathopt.Model, staffing: Staffing, roles: Collection[str], level: Level) -> Iterator[Row]:
    """Windows opened o(t) ≥ s(t) - s(t-1); those opened within the least time are still there."""
    for role in roles if staffing.stay > 1 else ():
        opened = [model.add_variable(lb=0) for _ in range(staffing.periods)]
        for t, new in enumerate(opened):
            before = [level(role, t - 1)] if t else []
            rise = mathopt.fast_sum([new, -1.0 * level(role, t), *before])
            yield Row(f"opened {role}", t, rise, lower=0)
            recent = mathopt.fast_sum(opened[max(0, t - staffing.stay + 1) : t + 1])
            yield Row(f"kept {role}", t, level(role, t) - recent, lower=0)
