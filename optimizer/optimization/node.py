"""One regime in the search: bounds that tighten step by step, and the best plan found for each day type."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

from ortools.math_opt.python import mathopt

from optimizer.evaluation import Regime, diverted_promises
from optimizer.evaluation.rules import DAY_RULES
from optimizer.optimization.cuts import CostKey, CoverCut, cost_cuts, likely_cuts, still_cuts, target_cuts
from optimizer.optimization.day import DayProblem
from optimizer.optimization.deepening import deep_paths, promises_by_period
from optimizer.optimization.known import Known, Levels, Proven
from optimizer.optimization.model import DayModel, DaySolution
from optimizer.optimization.prices import Prices, lagrangian_bound, level_prices
from optimizer.optimization.repair import cheaper, lowered, raised
from optimizer.optimization.tables import RoleTables
from optimizer.problem import Branch, DayPlan, Policy

TRIALS = 8
"""Attempts in one round to make a plan keep its targets exactly."""
POLISHES = 12
"""Windows a block away for which people are sought in one step of a local search."""
ROOM = 0.99
"""Share of the gap that a bound is asked to leave open, so that rounding never leaves more."""
FINEST = 1 / 64
"""Least share of the gap that an integer program is asked to leave open itself."""
WHOLE = 0.005
"""Share of a bound by which whole people may lift it while bounds that only price people are still of use."""


@dataclass(frozen=True)
class DayBest:
    """A plan for a day that keeps every rule and target, exactly evaluated."""

    cost: float
    """[yuan a day]"""
    plan: DayPlan


@dataclass
class DayNode:
    """One day type of a regime."""

    problem: DayProblem
    days: int
    best: DayBest | None = None
    model: DayModel | None = None
    prices: Prices | None = None
    solution: DaySolution | None = None
    """Of the last integer program."""
    rounds: int = 0
    margins: dict[str, float] = field(default_factory=dict)
    """How much more than its promise a day's target was asked for, so that plans hold exactly."""
    learnt: list[CoverCut] = field(default_factory=list)
    """Cuts found here that other regimes may try."""
    known: set[CostKey] = field(default_factory=set)
    """Cost cuts in the model."""
    fineness: float = 0.25
    """Share of the gap that the integer program may leave open itself."""
    deepened: bool = False
    stuck: bool = False
    """No cut is left that could lift the bound."""
    proven: Proven = field(default_factory=Proven)
    found: list[tuple[dict[str, Levels], tuple[int, ...]]] = field(default_factory=list)
    """Windows and people of every plan that held, best or not."""

    @property
    def bound(self) -> float:
        """Proven least cost of a day [yuan]."""
        return self.problem.constant + self.proven.beyond

    def lift(self, bound: float) -> None:
        """Take a bound that is proven [yuan a day]."""
        self.proven.beyond = max(self.proven.beyond, bound - self.problem.constant)

    def price(self, prices: list[Prices], tables: dict[str, RoleTables]) -> None:
        """Lift the bound by Lagrangian bounds from known prices."""
        bounds = [lagrangian_bound(self.problem, known, tables) for known in prices]
        self.lift(max(bounds, default=-inf))

    def relax(self, known: Sequence[CoverCut] = (), seed: int = 0) -> None:
        """Lift the bound by the linear relaxation with cuts that other regimes taught, and learn its prices."""
        self.problem.settle()
        if self.model is None:
            self.model = DayModel(self.problem, seed)
        self.model.pay(self.problem)
        for cut in known:
            if still_cuts(self.problem, cut):
                self.model.add(cut)
        solution, self.prices = self.model.solve_relaxed()
        if solution.infeasible:
            solution = self._confirmed(solution)
        self.lift(solution.bound)

    def begin_with(self, plan: DayPlan) -> bool:
        """Keep a plan from elsewhere, if it is legal here and keeps every target; say whether it is and does."""
        problem = self.problem
        problem.settle()
        branch, day_type, greeters = problem.branch, problem.staffing.day_type, problem.regime.greeters
        people = problem.staffing.people_of(plan)
        if people is None or any(breach for rule in DAY_RULES for breach in rule(branch, day_type, plan, greeters)):
            return False
        return self.keep({role: tuple(levels) for role, levels in plan.windows.items()}, people)

    def lift_to(self, ceiling: float, gap: float, seconds: float) -> bool:
        """Lift the bound to a ceiling, if the integer program proves that much; say whether it does."""
        if self.model is None:
            return False
        self.rounds += 1
        self.model.pay(self.problem)
        self.lift(self.model.solve(gap / 4, seconds, ceiling=ceiling).bound)
        return self.bound >= ceiling - 1e-9 * abs(ceiling)

    def bound_integer(self, gap: float, seconds: float) -> None:
        """Lift the bound by the integer program, to what the best plan needs for the gap; or find a better plan.

        The plan waits to be made to hold.
        """
        if self.model is None:
            return
        ceiling = inf if self.best is None else self.best.cost - ROOM * gap * abs(self.best.cost)
        self.rounds += 1
        self.model.pay(self.problem)
        self.solution = self.model.solve(self.fineness * gap, seconds, ceiling=ceiling)
        if self.solution.infeasible:
            self.solution = self._confirmed(self.solution)
        self.lift(self.solution.bound)

    def hold(self, gap: float, seconds: float) -> None:
        """From the integer program's plan to one that holds exactly; cuts where they part."""
        solution = self.solution
        if self.closed(gap):
            return
        if self.model is None or solution is None or solution.windows is None:
            self.stuck = True
            return
        self._deepen(solution, gap, seconds)
        if self.closed(gap):
            return
        cuts = self._hold(solution, gap, seconds)
        if not self.closed(gap):
            least = 0.05 * max(gap, 1e-7) * max(abs(self.bound), 1.0) / self.problem.staffing.periods
            for cut in cost_cuts(self.problem, solution.windows, least, self.known):
                self.model.add(cut)
                cuts += 1
        self.stuck = not cuts and not self._finer(solution, gap)
        if self.stuck and not self.closed(gap):
            self._polish(gap, seconds)

    def _finer(self, solution: DaySolution, gap: float) -> bool:
        """Let the next integer program leave less open, if the last left enough open to matter."""
        if self.fineness <= FINEST or solution.value - self.bound <= FINEST * gap * abs(solution.value):
            return False
        self.fineness /= 4
        return True

    def closed(self, gap: float) -> bool:
        """Whether nothing is left to gain: impossible, or best and bound close enough."""
        if self.bound == inf:
            return True
        return self.best is not None and self.best.cost - self.bound <= gap * abs(self.best.cost) + 1e-9

    def _confirmed(self, first: DaySolution) -> DaySolution:
        """An infeasible answer stands only when another solver says the same."""
        if self.model is None:
            return first
        second = self.model.solve(0.0, 60.0, mathopt.SolverType.GSCIP)
        return second if not second.infeasible else first

    def _deepen(self, solution: DaySolution, gap: float, seconds: float) -> None:
        """Once, where promises by period and not people or shifts are what the integer program cannot see."""
        windows = solution.windows
        if self.deepened or self.model is None or self.prices is None or windows is None:
            return
        self.deepened = True
        if len(self.problem.monotone) < len(self.problem.demands) or not any(promises_by_period(self.problem).values()):
            return
        if lagrangian_bound(self.problem, self.prices, self.problem.tables) < self.bound - WHOLE * abs(self.bound):
            return
        end = time.monotonic() + seconds
        for _ in range(2):
            enough = raised(self.problem, windows)
            if enough is None:
                return
            self._keep(self.model.solve_above(lowered(self.problem, enough), gap / 4, end - time.monotonic()))
            if self.best is None or self.closed(gap) or time.monotonic() > end:
                return
            deep = deep_paths(self.problem, self.prices, self.best.cost)
            self.lift(deep.bound)
            windows = deep.windows

    def _hold(self, solution: DaySolution, gap: float, seconds: float) -> int:
        """From a solution to one near it that keeps every target exactly; returns the number of cuts learnt.

        The model thinks too well of a plan's waiting: it is asked for a margin on each day's target that the plan
        broke, and shown the periods that need more, until the plan holds.
        """
        if self.model is None or solution.windows is None:
            return 0
        cuts_before, windows = len(self.model.cuts), solution.windows
        likely: list[mathopt.LinearConstraint] = []
        end = time.monotonic() + seconds
        for trial in range(TRIALS):
            if self._keep(solution) or not self._teach(windows, likely):
                break
            solution = self.model.solve_near(windows, 1 + trial // 2, self.margins, gap / 4, end - time.monotonic())
            if solution.windows is None:
                break
            windows = solution.windows
        self.model.drop(likely)
        if self.best is None and (enough := raised(self.problem, windows)) is not None:
            self._keep(self.model.solve_above(lowered(self.problem, enough), gap / 4, end - time.monotonic()))
        return len(self.model.cuts) - cuts_before

    def _polish(self, gap: float, seconds: float) -> None:
        """Local search on exact costs, where the minorant has no more to teach: one block of windows at a time."""
        end, before = time.monotonic() + seconds, None
        while self.model is not None and self.prices is not None and self.best is not before and self.best is not None:
            before = self.best
            windows = {role: tuple(levels) for role, levels in before.plan.windows.items()}
            price = {role: level_prices(self.problem.staffing, self.prices, role) for role in windows}
            for changed in cheaper(self.problem, windows, price)[:POLISHES]:
                self._keep(self.model.solve_with(changed, gap / 4, end - time.monotonic()))
                if self.best is not before or self.closed(gap) or time.monotonic() > end:
                    break

    def _teach(self, windows: dict[str, Levels], likely: list[mathopt.LinearConstraint]) -> bool:
        """Show the model why windows break targets, and say whether it learnt anything.

        What cannot be proven goes into ``likely``, to be dropped when a plan is found.
        """
        if self.model is None:
            return False
        cuts = list(target_cuts(self.problem, windows))
        for cut in cuts:
            self.model.add(cut)
        self.learnt += cuts
        proven = {(cut.target, cut.period) for cut in cuts}
        guesses = list(likely_cuts(self.problem, windows, proven))
        likely += [self.model.add_for_now(cut) for cut in guesses]
        short = [name for name, period in self.problem.target_failures(windows) if period is None]
        for name in short:
            missing = 1.05 * self.problem.shortfall(name, windows)
            self.margins[name] = self.margins.get(name, 0.0) + missing
        return bool(cuts or guesses or short)

    def _keep(self, solution: DaySolution) -> bool:
        """Keep a solution that holds exactly if it is the best so far; say whether it holds."""
        windows, people = solution.windows, solution.people
        return windows is not None and people is not None and self.keep(windows, people)

    def keep(self, windows: dict[str, Levels], people: tuple[int, ...]) -> bool:
        """Keep a legal plan if it keeps every target and is the best so far; say whether it keeps them.

        Args:
            windows: By role and period.
            people: By legal shift.
        """
        if self.problem.target_failures(windows):
            return False
        staffing = self.problem.staffing
        self.found.append((windows, people))
        cost = staffing.pay(people) + self.problem.cost(windows)
        if self.best is None or cost < self.best.cost:
            self.best = DayBest(cost, DayPlan(windows=windows, shifts=staffing.assignments(people)))
        return True


@dataclass
class RegimeNode:
    """A regime with its day types."""

    regime: Regime
    campaign: float
    """Cost of the campaign [yuan a quarter]."""
    days: list[DayNode]
    missed: tuple[str, ...]
    """Shares to be diverted that the regime misses."""
    stage: int = 0
    tried: int = field(default=0)
    """How many of the known price vectors have been used."""
    grain: int = 0
    """How fine the tables are that it shares with other regimes."""

    @property
    def broken(self) -> tuple[str, ...]:
        """Targets that the regime breaks whatever the windows."""
        return tuple(dict.fromkeys([*self.missed, *(name for day in self.days for name in day.problem.broken)]))

    @property
    def impossible(self) -> bool:
        """Whether the regime breaks a target whatever the windows."""
        return bool(self.missed) or any(day.problem.broken for day in self.days)

    @property
    def bound(self) -> float:
        """Proven least cost of a quarter under this regime [yuan]."""
        return inf if self.impossible else self.campaign + sum(day.days * day.bound for day in self.days)

    @property
    def cost(self) -> float:
        """Cost of the best plan found [yuan a quarter]."""
        if self.impossible or any(day.best is None for day in self.days):
            return inf
        return self.campaign + sum(day.days * day.best.cost for day in self.days if day.best)

    @property
    def solved(self) -> bool:
        """Whether an integer program was needed."""
        return any(day.rounds for day in self.days)

    def policy(self) -> Policy:
        """The best plans found, as a policy."""
        return Policy(
            thresholds=dict(self.regime.thresholds),
            greeters=self.regime.greeters,
            campaign=self.regime.campaign,
            form_at_window_below=self.regime.form_at_window_below,
            pitch_below=self.regime.pitch_below,
            calls=self.regime.calls,
            days={day.problem.staffing.day_type: day.best.plan for day in self.days if day.best},
        )


def regime_node(branch: Branch, regime: Regime, problems: list[DayProblem], known: Known) -> RegimeNode:
    """A node at the start: nothing known but what the regime breaks by itself."""
    flows = {problem.staffing.day_type: problem.flows for problem in problems}
    missed = tuple(promise.name for promise in diverted_promises(branch, flows) if not promise.met)
    days = [
        DayNode(problem, branch.day_types[day_type].days, proven=known.proven(day_type, regime))
        for day_type, problem in zip(flows, problems, strict=True)
    ]
    return RegimeNode(regime, branch.campaigns[regime.campaign].cost, days, missed)
