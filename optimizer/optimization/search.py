"""Best first over regimes: always tighten the one whose bound is lowest, until no bound is below the best cost."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from math import inf
from typing import TypeVar

from optimizer.evaluation import Regime, all_regimes, evaluate
from optimizer.optimization.conflict import clashing_rules
from optimizer.optimization.cuts import CoverCut
from optimizer.optimization.day import day_problem
from optimizer.optimization.known import Known
from optimizer.optimization.node import DayNode, RegimeNode, regime_node
from optimizer.optimization.prices import Prices
from optimizer.optimization.result import OPTIMAL_GAP, Ending, Result, Status, proven_gap
from optimizer.optimization.sharing import GRAINS, Group, Groups, grouped
from optimizer.optimization.staffing import Staffing, day_staffing
from optimizer.problem import Branch, Policy

T = TypeVar("T")
Item = TypeVar("Item")
POLL = 0.2
"""How often a wait looks at the clock and at Ctrl-C [seconds]."""
LARGEST_LIFT = 0.04
"""Share of a bound by which the integer program is asked to lift it."""
PRICED, RELAXED, INTEGER = range(3)
"""What has been done for a regime: Lagrangian bounds, linear relaxation, integer rounds."""


@dataclass(frozen=True)
class SearchOptions:
    """When to stop, and how much of the machine to use."""

    gap: float = 0.04
    time_limit: float = inf
    """[seconds]"""
    workers: int = 2
    seed: int = 0
    explain: bool = True
    """Whether to look for the rules that clash where no policy keeps them all; it can take longer than the search."""


@dataclass(frozen=True)
class Progress:
    """Where a search stands."""

    seconds: float
    bound: float
    best: float
    regimes_left: int


@dataclass
class _Search:
    branch: Branch
    options: SearchOptions
    report: Callable[[Progress], None]
    starts: Sequence[Policy] = ()
    nodes: list[RegimeNode] = field(default_factory=list)
    prices: list[dict[str, Prices]] = field(default_factory=list)
    """Known price vectors by day type, in the order learnt."""
    groups: tuple[Groups, ...] = ()
    """Queues that share tables, from coarse to fine."""
    cuts: dict[str, list[CoverCut]] = field(default_factory=dict)
    """By day type: cuts learnt under one regime that may hold under others."""
    ending: Ending = Ending.EXHAUSTED

    def __post_init__(self) -> None:
        self.started = time.monotonic()
        self.pool = ThreadPoolExecutor(self.options.workers)

    @property
    def seconds_left(self) -> float:
        return self.options.time_limit - (time.monotonic() - self.started)

    @property
    def bound(self) -> float:
        return min((node.bound for node in self.nodes), default=-inf)

    @property
    def best(self) -> RegimeNode | None:
        node = min(self.nodes, key=lambda node: node.cost, default=None)
        return node if node is not None and node.cost < inf else None

    def run(self) -> None:
        try:
            self._search()
        except KeyboardInterrupt:
            self.ending = Ending.INTERRUPT
        except _OutOfTimeError:
            self.ending = Ending.TIME
        finally:
            self.pool.shutdown(wait=True, cancel_futures=True)

    def _search(self) -> None:
        staffings = [day_staffing(self.branch, day_type) for day_type in self.branch.day_types]
        regimes = all_regimes(self.branch)
        known = Known(self.branch)
        self.nodes = self._map(lambda regime: _open(self.branch, staffings, regime, known), regimes)
        alive = [node for node in self.nodes if not node.broken]
        if not alive:
            return
        self._relax(min(alive, key=_window_load))
        self.groups = tuple(grouped((day.problem for node in alive for day in node.days), grain) for grain in GRAINS)
        self._measure(alive)
        self._map(self._price, alive)
        first = min(alive, key=lambda node: node.bound)
        self._relax(first)
        self._advance(first)
        self._tell()
        while (node := self._lowest()) is not None:
            self._tighten(node)
            self._tell()

    @property
    def enough(self) -> float:
        """A regime with this bound or more cannot lower the cost by more than the gap."""
        best = self.best
        return inf if best is None else best.cost - self.options.gap * abs(best.cost) - 1e-9

    def _lowest(self) -> RegimeNode | None:
        """The regime whose bound is lowest among those that could still lower the cost, or None at the end."""
        enough = self.enough
        open_nodes = [n for n in self.nodes if n.bound < enough and not _stuck(n)]
        if not open_nodes:
            self.ending = Ending.GAP if self.best is not None and self.bound >= enough else Ending.EXHAUSTED
            return None
        return min(open_nodes, key=lambda n: n.bound)

    def _tighten(self, node: RegimeNode) -> None:
        """The next, dearer step for a regime."""
        if node.stage < RELAXED and node.tried < len(self.prices):
            self._price(node)
        elif node.stage < RELAXED and node.grain + 1 < len(self.groups):
            node.grain, node.tried = node.grain + 1, 0
            self._measure([node])
            self._price(node)
        elif node.stage < RELAXED:
            self._relax(node)
        else:
            self._advance(node)

    def _advance(self, node: RegimeNode) -> None:
        """One round for the days of a regime that are further apart than the gap; else, for any still apart."""
        node.stage = INTEGER
        if self.best is not None and not any(day.rounds for day in node.days):
            self._lift(node)
            if node.bound >= self.enough:
                return
        for gap in (self.options.gap, 0.1 * self.options.gap, 0.0):
            if days := [day for day in node.days if not day.stuck and not day.closed(gap)]:
                break
        self._map(lambda day: day.bound_integer(gap, self.seconds_left), days)
        if node.bound >= self.enough:
            return
        self._map(lambda day: day.hold(gap, self.seconds_left), days)
        for day in node.days:
            self.cuts.setdefault(day.problem.staffing.day_type, []).extend(day.learnt)
            day.learnt = []

    def _lift(self, node: RegimeNode) -> None:
        """Ask the integer programs of the days for no more than rules the regime out, in equal shares.

        What one day cannot give is asked of the others. A share too large for whole people to make up is not asked.
        """
        days = [day for day in node.days if not day.closed(0.0)]
        while days and node.bound < self.enough:
            share = (self.enough - node.bound) / sum(day.days * abs(day.bound) for day in days)
            if share > LARGEST_LIFT:
                return
            asked = [(day, day.bound + (share + 1e-9) * abs(day.bound)) for day in days]
            gave = self._map(lambda each: each[0].lift_to(each[1], self.options.gap, self.seconds_left), asked)
            days = [day for (day, _), given in zip(asked, gave, strict=True) if given]

    def _relax(self, node: RegimeNode) -> None:
        seed = self.options.seed
        for start in self.starts:
            if Regime.of(self.branch, start) == node.regime:
                for day in node.days:
                    day.begin_with(start.days[day.problem.staffing.day_type])
        self._map(lambda day: day.relax(self.cuts.get(day.problem.staffing.day_type, ()), seed), node.days)
        node.stage = RELAXED
        learnt = {day.problem.staffing.day_type: day.prices for day in node.days}
        if known := {name: prices for name, prices in learnt.items() if prices is not None}:
            self.prices.append(known)

    def _measure(self, nodes: Iterable[RegimeNode]) -> None:
        """Work out the tables that some regimes share."""
        days = (self.groups[node.grain][id(day.problem)] for node in nodes for day in node.days)
        different = {id(group): group for roles in days for groups in roles.values() for group in groups}
        self._map(Group.measure, different.values())

    def _price(self, node: RegimeNode) -> None:
        """Lift a regime's bounds by the prices learnt since it was last looked at."""
        for day in node.days:
            name = day.problem.staffing.day_type
            known = [prices[name] for prices in self.prices[node.tried :] if name in prices]
            own = self.groups[node.grain][id(day.problem)]
            values = {role: tuple(group.measure() for group in groups) for role, groups in own.items()}
            day.price(known, day.problem.tables_from(values))
        node.tried = len(self.prices)

    def _map(self, work: Callable[[Item], T], items: Iterable[Item]) -> list[T]:
        """Results in the order of the items, on all workers, watching the clock and Ctrl-C."""
        futures: Sequence[Future[T]] = [self.pool.submit(work, item) for item in items]
        waiting = set(futures)
        while waiting:
            done, waiting = wait(waiting, timeout=POLL, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
            if self.seconds_left <= 0:
                raise _OutOfTimeError
        return [future.result() for future in futures]

    def _tell(self) -> None:
        best = self.best
        cost = inf if best is None else best.cost
        left = sum(node.bound < cost * (1 - self.options.gap) for node in self.nodes)
        self.report(Progress(time.monotonic() - self.started, self.bound, cost, left))


class _OutOfTimeError(Exception):
    """The time limit has passed."""


def _open(branch: Branch, staffings: list[Staffing], regime: Regime, known: Known) -> RegimeNode:
    problems = [day_problem(branch, staffing, regime, known, settled=False) for staffing in staffings]
    return regime_node(branch, regime, problems, known)


def _window_load(node: RegimeNode) -> float:
    """Work for the windows in a quarter [server-minutes]."""
    return sum(day.days * day.problem.window_load for day in node.days)


def _stuck(node: RegimeNode) -> bool:
    """Whether a regime has been solved as far as the method goes."""
    return node.bound == inf or (node.stage == INTEGER and all(day.stuck or day.closed(0.0) for day in node.days))


def solve(
    branch: Branch,
    options: SearchOptions = SearchOptions(),
    report: Callable[[Progress], None] = lambda _: None,
    starts: Sequence[Policy] = (),
) -> Result:
    """Choose the policy of least cost, with a lower bound on the cost of every policy.

    The answer is the same on every run and for any number of workers when the search ends by its gap.

    Args:
        branch: The branch.
        options: When to stop.
        report: Told of bound and best plan as they move.
        starts: Policies whose plans are tried first where they keep the rules: a search that begins with a good plan
            needs less time. They have a plan for every day type.
    """
    search = _Search(branch, options, report, starts)
    search.run()
    return _result(search)


def _result(search: _Search) -> Result:
    branch, best = search.branch, search.best
    roles = {role: True for node in search.nodes for day in node.days for role in _not_monotone(day)}
    infeasible = bool(search.nodes) and search.bound == inf and search.ending in (Ending.EXHAUSTED, Ending.GAP)
    conflict = clashing_rules(branch, search.nodes) if infeasible and search.options.explain else ()
    evaluation = evaluate(branch, best.policy()) if best else None
    if evaluation is not None and not evaluation.feasible:
        raise ArithmeticError(f"the plan found breaks {evaluation.broken_rules or evaluation.broken_promises}")
    bound = gap = None
    if search.bound > -inf and not infeasible:
        undecided = sum(m.units * m.cost_per_day for m in branch.machines.values()) * sum(
            day.days for day in branch.day_types.values()
        )
        bound = search.bound + undecided
        if evaluation is not None:
            if not roles and bound > evaluation.cost * (1 + 1e-6) + 1e-6:
                raise ArithmeticError(f"the bound {bound} is above the cost {evaluation.cost} of a plan that holds")
            bound = min(bound, evaluation.cost)
            gap = proven_gap(evaluation, bound)
    if infeasible:
        status = Status.INFEASIBLE
    elif evaluation is None:
        status = Status.NO_SOLUTION_FOUND
    else:
        status = Status.OPTIMAL if gap is not None and gap <= OPTIMAL_GAP else Status.FEASIBLE
    return Result(
        status=status,
        ending=search.ending,
        policy=None if evaluation is None else evaluation.policy,
        evaluation=evaluation,
        bound=bound,
        gap=gap,
        certified=not roles,
        uncertified_roles=tuple(roles),
        regimes=len(all_regimes(branch)),
        regimes_solved=sum(node.solved for node in search.nodes),
        runtime=time.monotonic() - search.started,
        conflict=conflict,
    )


def _not_monotone(day: DayNode) -> tuple[str, ...]:
    return tuple(role for role in day.problem.demands if role not in day.problem.monotone)
