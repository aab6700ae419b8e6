"""How a search ends: overload, the clock, Ctrl-C, and the same plan again."""

import math

import pytest

from optimizer.evaluation import evaluate
from optimizer.optimization import Ending, SearchOptions, Status, solve
from optimizer.problem import read_branch

GIVEN = read_branch("instances/corner")
CORNER = GIVEN.replace(
    tiers={name: tier.replace(priority=0, balking=0.0) for name, tier in GIVEN.tiers.items()},
    queue_rules=GIVEN.queue_rules.replace(form_at_window_below=(0,), pitch_below=(0,)),
)
"""Without what is not monotone in windows, so that the search can close the gap."""
EXACT = SearchOptions(gap=1e-6, time_limit=60.0)


@pytest.fixture(scope="module")
def corner():
    return solve(CORNER, EXACT)


class TestOverload:
    """Ten times more customers than one window can serve: the queue is a fluid, and the answer finite."""

    MINUTES, RATE, SERVICE = 240, 2.0, 0.2
    """Of the day; λ and μ per minute."""
    FULL_DAY = 50.0 * 4

    def result(self, tiny, **tier):
        branch = tiny(
            windows=1,
            channels__counter__most=1,
            skills__teller__available={"day": 2},
            tiers__ordinary={"waiting_cost": 30.0} | tier,
            arrivals__day__business__ordinary=[60 * self.RATE] * 4,
        )
        result = solve(branch, EXACT)
        assert result.status is Status.OPTIMAL
        assert result.evaluation.feasible
        assert result.policy.days["day"].windows == {"counter": (1, 1, 1, 1)}
        assert math.isfinite(result.bound)
        return result.evaluation

    def test_nobody_gives_up(self, tiny):
        left = (self.RATE - self.SERVICE) * self.MINUTES
        waiting = left * self.MINUTES / 2 + left**2 / (2 * self.SERVICE)
        overtime = left / self.SERVICE * 1.5 * 50.0 / 60
        costs = self.result(tiny).days["day"].costs
        assert costs["wages"] == self.FULL_DAY
        assert costs["waiting"] == pytest.approx(waiting * 0.5, rel=0.01)
        assert costs["overtime"] == pytest.approx(overtime, rel=0.01)

    def test_some_give_up(self, tiny):
        """The number waiting grows towards (λ - μ) / η and then waits for its turn."""
        patience = 60.0
        most = (self.RATE - self.SERVICE) * patience
        left = most * (1 - math.exp(-self.MINUTES / patience))
        while_open = most * self.MINUTES - patience * left
        evaluation = self.result(tiny, patience=patience, loss=10.0)
        costs, day = evaluation.days["day"].costs, evaluation.days["day"].channels["counter"].measures
        assert day.abandoned.sum() == pytest.approx(while_open / patience, rel=0.01)
        assert costs["lost_customers"] == pytest.approx(10.0 * while_open / patience, rel=0.01)
        assert costs["waiting"] == pytest.approx(0.5 * (while_open + left**2 / (2 * self.SERVICE)), rel=0.02)
        assert costs["overtime"] == pytest.approx(left / self.SERVICE * 1.25, rel=0.01)


class TestSamePlan:
    def test_again(self, corner):
        again = solve(CORNER, EXACT)
        assert again.policy == corner.policy
        assert again.evaluation.cost == corner.evaluation.cost

    def test_with_one_worker_and_with_two(self, corner):
        one = solve(CORNER, SearchOptions(gap=EXACT.gap, time_limit=EXACT.time_limit, workers=1))
        assert one.policy == corner.policy
        assert (one.status, one.ending) == (corner.status, corner.ending)

    @pytest.mark.parametrize("gap", [0.2, 0.02])
    def test_with_a_wide_gap(self, gap):
        one, two = (solve(CORNER, SearchOptions(gap=gap, workers=workers)) for workers in (1, 2))
        assert one.policy == two.policy
        assert one.gap == pytest.approx(two.gap, abs=1e-12)


class TestGap:
    @pytest.mark.parametrize("gap", [0.3, 0.05, 0.01])
    def test_the_search_ends_within_the_gap_asked_for(self, corner, gap):
        result = solve(CORNER, SearchOptions(gap=gap))
        assert result.ending is Ending.GAP
        assert 0 <= result.gap <= gap + 1e-12
        decided = result.evaluation.cost - result.evaluation.undecided_cost
        assert result.gap == pytest.approx((result.evaluation.cost - result.bound) / decided, abs=1e-12)
        assert result.bound <= corner.evaluation.cost * (1 + 1e-9)
        assert result.evaluation.cost >= corner.evaluation.cost * (1 - 1e-9)

    def test_costs_that_no_decision_changes_are_in_cost_and_bound_alike(self, corner):
        machine = CORNER.channels["cash_machine"]
        dear = CORNER.replace(channels=CORNER.channels | {"cash_machine": machine.replace(cost_per_day=100090.0)})
        result = solve(dear, EXACT)
        more = 100000.0 * sum(day.days for day in CORNER.day_types.values())
        assert result.policy == corner.policy
        assert result.evaluation.cost == pytest.approx(corner.evaluation.cost + more, rel=1e-12)
        assert result.bound == pytest.approx(corner.bound + more, rel=1e-9)
        assert result.gap == pytest.approx(corner.gap, abs=1e-6)


class TestTimeLimit:
    @pytest.mark.parametrize("seconds", [0.0, 1e-6, 0.05, 0.1, 0.2, 0.4])
    def test_the_clock_ends_a_search_with_what_it_has(self, corner, seconds):
        result = solve(CORNER, SearchOptions(gap=0.0, time_limit=seconds))
        self.check(result, corner)
        assert result.runtime < seconds + 5

    def check(self, result, corner):
        assert result.status is not Status.INFEASIBLE
        assert result.conflict == ()
        if result.bound is not None:
            assert math.isfinite(result.bound)
            assert result.bound <= corner.evaluation.cost * (1 + 1e-7)
        if result.policy is None:
            assert result.status is Status.NO_SOLUTION_FOUND
            assert (result.evaluation, result.gap) == (None, None)
        else:
            assert result.status in (Status.FEASIBLE, Status.OPTIMAL)
            assert result.evaluation.feasible
            assert result.gap is not None
            assert evaluate(CORNER, result.policy).cost == result.evaluation.cost

    def test_an_infeasible_branch_is_not_called_infeasible_before_it_is_proven(self, tiny):
        branch = tiny(windows=1, channels__counter__least=2, channels__counter__most=2)
        assert solve(branch, SearchOptions(time_limit=0.0)).status is Status.NO_SOLUTION_FOUND
        assert solve(branch).status is Status.INFEASIBLE


class TestInterrupt:
    def test_keeps_the_best_found(self, corner):
        def stop(progress):
            if progress.best < math.inf:
                raise KeyboardInterrupt

        result = solve(CORNER, SearchOptions(gap=0.0, time_limit=60.0), stop)
        assert result.ending is Ending.INTERRUPT
        assert result.status in (Status.FEASIBLE, Status.OPTIMAL)
        assert result.evaluation.feasible
        assert result.evaluation.cost == evaluate(CORNER, result.policy).cost
        assert result.bound <= corner.evaluation.cost * (1 + 1e-7)

    def test_at_the_first_report(self, corner):
        def stop(progress):
            raise KeyboardInterrupt

        result = solve(CORNER, SearchOptions(gap=0.0, time_limit=60.0), stop)
        assert result.ending is Ending.INTERRUPT
        assert result.status is not Status.INFEASIBLE
        assert result.bound is None or result.bound <= corner.evaluation.cost * (1 + 1e-7)


def test_progress_moves_one_way(corner):
    told = []
    solve(CORNER, EXACT, told.append)
    assert told
    bounds, bests, seconds = ([getattr(p, name) for p in told] for name in ("bound", "best", "seconds"))
    assert bounds == sorted(bounds)
    assert bests == sorted(bests, reverse=True)
    assert seconds == sorted(seconds)
    undecided = corner.evaluation.undecided_cost
    assert all(bound <= corner.evaluation.cost - undecided + 1e-3 for bound in bounds)


def test_regimes_are_counted(corner):
    assert corner.regimes == 8
    assert 1 <= corner.regimes_solved <= 8


class TestStarts:
    """Plans known before: the search begins with them where they keep the rules."""

    def test_a_plan_that_is_good_enough_is_kept_with_less_work(self, corner):
        again = solve(CORNER, SearchOptions(gap=0.5), starts=[corner.policy])
        assert again.ending is Ending.GAP
        assert again.policy == corner.policy
        assert again.bound <= corner.evaluation.cost

    def test_the_best_policy_is_found_from_a_poor_start(self, corner):
        hurried = solve(CORNER, SearchOptions(gap=0.5))
        result = solve(CORNER, EXACT, starts=[hurried.policy])
        assert result.status is Status.OPTIMAL
        assert result.evaluation.cost == pytest.approx(corner.evaluation.cost, rel=1e-6)

    def test_a_plan_that_breaks_a_rule_here_is_not_kept(self, corner):
        """One person fewer of a skill than the start has at work."""
        day_type, plan = next(iter(corner.policy.days.items()))
        skill = max(plan.shifts, key=lambda shift: shift.people).skill
        working = sum(shift.people for shift in plan.shifts if shift.skill == skill)
        given = CORNER.skills[skill]
        fewer = given.replace(available={**given.available, day_type: working - 1}, shrinkage=0.0)
        branch = CORNER.replace(skills={**CORNER.skills, skill: fewer})
        result = solve(branch, SearchOptions(gap=0.05), starts=[corner.policy])
        assert result.policy is None or not evaluate(branch, result.policy).broken_rules
        assert result.policy != corner.policy
