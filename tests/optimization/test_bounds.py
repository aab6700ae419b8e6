"""Whatever claims to be a lower bound or a valid cut, against every plan of small days."""

import subprocess
import sys
from itertools import product
from math import inf, isfinite

import numpy as np
import pytest

from optimizer.evaluation import all_regimes, channel_day
from optimizer.optimization.cuts import cost_cuts, still_cuts, target_cuts
from optimizer.optimization.day import day_problem
from optimizer.optimization.model import DayModel
from optimizer.optimization.prices import Prices, lagrangian_bound
from optimizer.optimization.sharing import GRAINS, grouped
from optimizer.optimization.staffing import day_staffing

SEEDS = range(16)
"""Odd ones have targets."""
RICH = range(100, 110)
"""Branches with ranks, busy days, dead numbers, rules by queue length, balking and failures; odd ones have targets."""


@pytest.fixture(scope="module", params=[*SEEDS, *RICH])
def days(request, random_branch, brute_force):
    """Brute force on a random branch; problems of every day type under every regime that breaks no target itself."""
    branch = random_branch(request.param, targets=request.param % 2 == 1, rich=request.param in RICH)
    staffings = [day_staffing(branch, day_type) for day_type in branch.day_types]
    problems = [day_problem(branch, staffing, regime) for staffing in staffings for regime in all_regimes(branch)]
    return brute_force(branch), [problem for problem in problems if not problem.broken]


def random_prices(rng, problem, scale):
    staffing = problem.staffing

    def column():
        return scale * rng.exponential(1.0, staffing.periods) * (rng.random(staffing.periods) < 0.7)

    timed = problem.demands if staffing.stay > 1 else {}
    return Prices(
        people=tuple(column() for _ in staffing.competitions),
        windows=column() * (rng.random() < 0.5),
        opened={role: column() for role in timed},
        kept={role: column() for role in timed},
        targets={name: float(rng.exponential(scale)) for name in problem.branch.targets},
    )


def least_cost(brute, problem):
    found = brute.day(problem.staffing.day_type, problem.regime)
    return inf if found is None else found[0]


def exact_costs(day):
    """Cost of waiting and losses by period of an exactly evaluated day, closing in the last [yuan]."""
    demand = day.demand
    ranks = list(zip(demand.ranks, day.ranks, strict=True))
    cost = sum(demand.open_waiting_cost(r) * m.waiting + demand.turning_away_cost(r) * m.blocked for r, m in ranks)
    cost[-1] += sum(r.waiting_cost * m.waiting_after_closing for r, m in ranks)
    cost[-1] += demand.overtime_cost * day.measures.overtime
    return cost


def rough(cost):
    """A little more than a cost, for rounding."""
    return cost + 1e-7 * abs(cost) + 1e-7


class TestPrices:
    @pytest.mark.parametrize("scale", [0.0, 10.0, 100.0])
    def test_random_prices_never_exceed_the_best_plan(self, days, scale):
        brute, problems = days
        rng = np.random.default_rng(1)
        for problem in problems:
            best = least_cost(brute, problem)
            for _ in range(10):
                assert lagrangian_bound(problem, random_prices(rng, problem, scale), problem.tables) <= rough(best)

    def test_those_of_the_linear_program_are_as_good_as_it(self, days):
        """The bound is at least the program's own, which leaves out that the shortest path is of whole numbers."""
        brute, problems = days
        for problem in problems:
            solution, prices = DayModel(problem).solve_relaxed()
            best = least_cost(brute, problem)
            assert solution.bound <= rough(best)
            if prices is not None:
                bound = lagrangian_bound(problem, prices, problem.tables)
                assert bound <= rough(best)
                assert bound == pytest.approx(solution.bound, rel=1e-5, abs=1e-4)

    def test_those_of_another_regime_are_valid(self, days):
        brute, problems = days
        known = [(p, DayModel(p).solve_relaxed()[1]) for p in problems[:3]]
        for problem in problems:
            best = least_cost(brute, problem)
            for other, prices in known:
                if prices is not None and other.staffing is problem.staffing:
                    assert lagrangian_bound(problem, prices, problem.tables) <= rough(best)


class TestTables:
    def test_never_exceed_what_a_plan_costs(self, days):
        _, problems = days
        for problem in problems[:4]:
            for role, demand in problem.demands.items():
                self.check(problem, problem.tables[role], role, demand)

    @pytest.mark.parametrize("grain", GRAINS)
    def test_those_shared_by_a_group_never_exceed_them_either(self, days, grain):
        _, problems = days
        groups = grouped(problems, grain)
        for problem in problems:
            own = groups[id(problem)]
            values = {role: tuple(group.measure() for group in parts) for role, parts in own.items()}
            shared = problem.tables_from(values)
            for role, tables in problem.tables.items():
                assert (shared[role].cost <= tables.cost + 1e-7 * (1 + np.abs(tables.cost))).all()
                for name, shortfall in tables.shortfalls.items():
                    possible = np.isfinite(tables.cost)
                    assert (shared[role].shortfalls[name][possible] <= shortfall[possible] + 1e-7).all()

    def check(self, problem, tables, role, demand):
        for levels in every_level(problem, role):
            windows = {role: levels}
            failing = [name for name, period in failures(problem, windows) if period is not None]
            steps = [tables.cost[t][step] for t, step in enumerate(zip((0, *levels), levels, strict=False))]
            exact = exact_costs(channel_day(demand, levels))
            if not failing:
                assert all(isfinite(step) for step in steps), levels
            for t, step in enumerate(steps):
                assert not isfinite(step) or step <= rough(exact[t]), (levels, t)
            for name, shortfall in tables.shortfalls.items():
                told = sum(shortfall[t][step] for t, step in enumerate(zip((0, *levels), levels, strict=False)))
                assert told <= problem.shortfall(name, windows) + 1e-7


def every_level(problem, role):
    """Every vector of windows in a role that its least and most permit."""
    staffing = problem.staffing
    return product(*(range(staffing.least[role], int(most) + 1) for most in staffing.most[role]))


def failures(problem, windows):
    """Targets of these roles that break."""
    (role,) = windows
    others = {other: tuple(int(m) for m in problem.staffing.most[other]) for other in problem.demands if other != role}
    about = {name for name, target in problem.branch.targets.items() if target.channel == role}
    return [(name, period) for name, period in problem.target_failures(others | windows) if name in about]


def random_windows(rng, problem):
    return {
        role: some[rng.integers(len(some))] for role in problem.demands if (some := list(every_level(problem, role)))
    }


def test_a_hall_with_many_more_windows_than_customers():
    """In a process of its own: memory written out of bounds kills it."""
    code = (
        "import numpy as np; from optimizer.queues import MonotoneQueue, pair_tables\n"
        "queue = MonotoneQueue(np.full((1, 8), 0.02), np.ones(1), 0.2, 0.0, 30.0, (5.0, 10.0))\n"
        "tables = pair_tables(queue, np.full(8, 60))\n"
        "assert tables.waiting.min() >= 0 and np.allclose(tables.service_level[:, 1:, 1:, 1:], 1, atol=0.2)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


class TestCuts:
    def test_a_cover_cut_never_excludes_a_plan_that_keeps_its_targets(self, days):
        _, problems = days
        rng = np.random.default_rng(2)
        for problem in problems[:4]:
            cuts = [cut for _ in range(6) if len(w := random_windows(rng, problem)) == len(problem.demands)
                    for cut in target_cuts(problem, w)]  # fmt: skip
            for cut in set(cuts):
                for levels in every_level(problem, cut.role):
                    if all(a <= b for a, b in zip(levels[cut.start :], cut.levels, strict=False)):
                        assert cut.target in {name for name, _ in failures(problem, {cut.role: levels})}, (cut, levels)

    def test_a_cover_cut_excludes_the_plan_it_was_learnt_from(self, days):
        _, problems = days
        rng = np.random.default_rng(3)
        for problem in problems[:4]:
            windows = random_windows(rng, problem)
            if len(windows) < len(problem.demands):
                continue
            cuts = list(target_cuts(problem, windows))
            assert bool(cuts) == bool(problem.target_failures(windows))
            for cut in cuts:
                assert all(a <= b for a, b in zip(windows[cut.role][cut.start :], cut.levels, strict=False))

    def test_a_cover_cut_taken_to_another_regime_excludes_no_good_plan(self, days):
        _, problems = days
        rng = np.random.default_rng(4)
        for problem in problems[:3]:
            windows = random_windows(rng, problem)
            for cut in target_cuts(problem, windows) if len(windows) == len(problem.demands) else ():
                for other in problems[:6]:
                    if other.staffing is problem.staffing and still_cuts(other, cut):
                        for levels in every_level(other, cut.role):
                            if all(a <= b for a, b in zip(levels[cut.start :], cut.levels, strict=False)):
                                assert cut.target in {name for name, _ in failures(other, {cut.role: levels})}

    def test_a_cost_cut_never_overstates_what_a_plan_costs(self, days):
        _, problems = days
        rng = np.random.default_rng(5)
        for problem in problems[:3]:
            cuts = []
            for _ in range(4):
                windows = random_windows(rng, problem)
                if len(windows) == len(problem.demands):
                    cuts += cost_cuts(problem, windows, 1e-6, set())
            for role in problem.demands:
                mine = [cut for cut in cuts if cut.role == role]
                for levels in every_level(problem, role) if mine else ():
                    exact = exact_costs(problem.role_day(role, levels))
                    for cut in mine:
                        self.check(problem, cut, levels, exact)

    def check(self, problem, cut, levels, exact):
        t, step = cut.period, (levels[cut.period - 1], levels[cut.period])
        above = sum(a > b for a, b in zip(levels[cut.start :], cut.levels, strict=False))
        paid = max(0.0, float(cut.extra[step]) - above * float(cut.extra.max()))
        told = problem.tables[cut.role].cost[t][step]
        if isfinite(told):
            assert told + paid <= rough(exact[t]), (cut, levels)

    def test_cost_cuts_of_the_same_plan_explain_it_in_the_end(self, days):
        """Learnt again and again from one plan, the cuts come to an end, and by then its least cost is explained."""
        _, problems = days
        rng = np.random.default_rng(6)
        for problem in problems[:3]:
            windows = random_windows(rng, problem)
            if len(windows) < len(problem.demands):
                continue
            known, cuts = set(), []
            for _ in range(20):
                new = list(cost_cuts(problem, windows, 1e-6, known))
                cuts += new
                if not new:
                    break
            assert not new
            for role, levels in windows.items():
                least = problem.least_costs(role, levels)
                for t in range(2, len(levels)):
                    step = (levels[t - 1], levels[t])
                    mine = [float(c.extra[step]) for c in cuts if (c.role, c.period) == (role, t)]
                    told = float(problem.tables[role].cost[t][step]) + max(mine, default=0.0)
                    if isfinite(told):
                        assert told == pytest.approx(least[t], rel=1e-6, abs=1e-4)


@pytest.mark.parametrize("share", [0.5, 0.98, 1.0, 1.02])
def test_a_ceiling_is_reached_only_where_nothing_is_below_it(days, share):
    """A bound that is asked for is at most the least cost, wherever the ceiling lies."""
    brute, problems = days
    for problem in problems[:6]:
        least = least_cost(brute, problem)
        model = DayModel(problem)
        relaxed, _ = model.solve_relaxed()
        if not isfinite(relaxed.bound):
            continue
        aim = relaxed.bound + 1.0 if least == inf else least
        ceiling = aim + (share - 1) * abs(aim)
        bound = model.solve(0.0, 20.0, ceiling=ceiling).bound
        assert bound <= ceiling
        assert bound <= least + 1e-6 * abs(least) if isfinite(least) else bound <= ceiling
        if relaxed.bound > ceiling:
            assert bound == pytest.approx(ceiling)
