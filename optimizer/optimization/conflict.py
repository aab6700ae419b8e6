"""Which rules cannot hold together, when no policy keeps them all."""

from collections.abc import Callable
from math import inf

from optimizer.evaluation import Regime
from optimizer.optimization.day import day_problem
from optimizer.optimization.node import DayNode, RegimeNode
from optimizer.optimization.staffing import day_staffing
from optimizer.problem import Branch, ShiftRules, Skill

ROUNDS = 20
"""Integer programs, with cuts between them, before a day counts as possible."""
SECONDS = 30.0
"""Limit of one of them."""

HELPERS = "helpers"
"""A skill that exists only while a rule is left out."""

Relaxation = Callable[[Branch], Branch]


def clashing_rules(branch: Branch, nodes: list[RegimeNode]) -> tuple[str, ...]:
    """Rules and targets of which none can be spared, shown on the regime that leaves the windows least work.

    Every regime has been proven infeasible before. A regime that breaks targets by itself names those. Otherwise
    rules are left out one after the other from a day that has no plan, and stay out where it still has none.
    """
    unbroken = [node for node in nodes if not node.broken]
    if not unbroken:
        return tuple(f"target {name}" for name in min(nodes, key=lambda node: len(node.broken)).broken)
    node = min(unbroken, key=lambda node: sum(day.problem.window_load for day in node.days))
    day = next(day for day in node.days if day.bound == inf)
    day_type, regime = day.problem.staffing.day_type, node.regime
    spared: list[str] = []
    relaxed = branch
    for name, relax in relaxations(branch, day_type).items():
        without = relax(relaxed)
        if _impossible(without, day_type, regime):
            relaxed = without
            spared.append(name)
    clash = [name for name in relaxations(branch, day_type) if name not in spared]
    return (*clash, f"on {day_type}, with {regime}")


def _impossible(branch: Branch, day_type: str, regime: Regime) -> bool:
    """Whether a day is proven to have no plan that keeps every rule and target."""
    node = DayNode(day_problem(branch, day_staffing(branch, day_type), regime), days=1)
    if node.problem.broken:
        return True
    node.relax()
    for _ in range(ROUNDS):
        if node.bound == inf or node.best is not None or node.stuck:
            break
        node.bound_integer(1.0, SECONDS)
        node.hold(1.0, SECONDS)
    return node.bound == inf


def relaxations(branch: Branch, day_type: str) -> dict[str, Relaxation]:
    """For every rule by name: the branch without it."""
    plenty = 2 * sum(role.most for role in branch.roles.values()) + branch.windows
    rules: dict[str, Relaxation] = {"least_role_time": lambda b: _fresh(b, least_role_time=0)}
    for role, given in branch.roles.items():
        if given.least:
            rules[f"least windows of {role}"] = _in_channel(role, least=0)
        rules[f"most windows of {role}"] = _in_channel(role, most=plenty)
    rules["windows"] = lambda b: _fresh(b, windows=plenty)
    for skill in branch.skills:
        rules[f"people of skill {skill}"] = _with_people(skill, day_type, 10 * plenty)
    if branch.greeter is not None:
        rules[f"people to staff {branch.greeter[0]}"] = _with_helpers(branch.greeter[0], day_type, plenty)
    for name in branch.targets:
        rules[f"target {name}"] = _without_target(name)
    return rules


def _fresh(branch: Branch, **update: object) -> Branch:
    """A copy whose cached tables of channels are made anew."""
    return Branch.model_construct(**{**dict(branch), **update})


def _in_channel(role: str, **update: object) -> Relaxation:
    def relax(branch: Branch) -> Branch:
        channel = branch.channels[role].model_copy(update=update)
        return _fresh(branch, channels={**branch.channels, role: channel})

    return relax


def _with_people(name: str, day_type: str, people: int) -> Relaxation:
    def relax(branch: Branch) -> Branch:
        skill = branch.skills[name]
        skill = skill.model_copy(update={"available": {**skill.available, day_type: people}})
        return _fresh(branch, skills={**branch.skills, name: skill})

    return relax


def _with_helpers(place: str, day_type: str, people: int) -> Relaxation:
    """Enough people who do nothing but staff a place, all day."""

    def relax(branch: Branch) -> Branch:
        hours = branch.hours(day_type)
        rules = ShiftRules(
            earliest_start=hours.open,
            latest_end=hours.close,
            lengths=((hours.close - hours.open) / 60,),
            start_step=float(branch.period),
        )
        helpers = Skill(wage=0.0, serves=(place,), available={day_type: people}, shifts=rules)
        return _fresh(branch, skills={**branch.skills, HELPERS: helpers})

    return relax


def _without_target(name: str) -> Relaxation:
    return lambda branch: _fresh(branch, targets={n: t for n, t in branch.targets.items() if n != name})
