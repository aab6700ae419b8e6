"""The search against the truth: small branches of which every policy is tried."""

import pytest

from optimizer.evaluation import evaluate
from optimizer.optimization import SearchOptions, Status, solve
from optimizer.problem import DayPlan, Policy, read_branch

EXACT = SearchOptions(gap=1e-6, time_limit=20.0, workers=1)
SEEDS = range(50)
"""Odd ones have targets."""
RICH = range(100, 118)
"""With ranks, busy days, dead numbers, rules by queue length, balking and failures; odd ones have targets."""


def assert_solved(branch, cheapest, result):
    """The result is the cheapest policy, or there is none."""
    if cheapest is None:
        assert result.status is Status.INFEASIBLE
        assert (result.policy, result.evaluation, result.bound, result.gap) == (None, None, None, None)
        assert result.conflict
        return
    assert result.status is Status.OPTIMAL
    assert not result.conflict
    assert result.certified
    cost = result.evaluation.cost
    assert result.bound <= cheapest.cost * (1 + 1e-7)
    assert cost >= cheapest.cost * (1 - 1e-9)
    assert cost - cheapest.cost <= result.gap * cost + 1e-9 * cost
    assert 0 <= result.gap <= EXACT.gap
    judged = evaluate(branch, result.policy)
    assert judged.cost == pytest.approx(cost, rel=1e-9)
    assert judged.broken_rules == ()
    assert judged.broken_promises == ()


def assert_bounded(branch, cheapest, result):
    """The result keeps every rule and target, and its bound is below every policy, if not at the cheapest."""
    if cheapest is None:
        assert result.status in (Status.INFEASIBLE, Status.NO_SOLUTION_FOUND)
        return
    assert result.status in (Status.FEASIBLE, Status.OPTIMAL)
    assert result.certified
    assert result.bound <= cheapest.cost * (1 + 1e-7)
    assert result.evaluation.cost >= cheapest.cost * (1 - 1e-9)
    assert result.evaluation.cost - cheapest.cost <= result.gap * result.evaluation.cost * (1 + 1e-7)
    assert evaluate(branch, result.policy).feasible


@pytest.mark.parametrize("seed", RICH)
def test_random_branches_with_all_that_queues_know(seed, cheapest_of):
    branch, cheapest = cheapest_of(seed, seed % 2 == 1, rich=True)
    assert_bounded(branch, cheapest, solve(branch, EXACT))


@pytest.mark.parametrize("seed", SEEDS)
def test_random_branches(seed, cheapest_of):
    branch, cheapest = cheapest_of(seed, seed % 2 == 1)
    assert_solved(branch, cheapest, solve(branch, EXACT))


def test_the_branches_with_targets_are_of_both_kinds(cheapest_of):
    possible = [cheapest_of(seed, True)[1] is not None for seed in SEEDS if seed % 2 == 1]
    assert 8 <= sum(possible) <= len(possible) - 8


@pytest.mark.parametrize("seed", SEEDS[1::6])
def test_the_cheapest_policy_is_judged_as_it_was_found(seed, cheapest_of):
    branch, cheapest = cheapest_of(seed, seed % 2 == 1)
    if cheapest is not None:
        judged = evaluate(branch, cheapest.policy)
        assert judged.feasible
        assert judged.cost == pytest.approx(cheapest.cost, rel=1e-9)


def test_the_corner_branch(brute_force):
    branch = read_branch("instances/corner")
    cheapest = brute_force(branch).cheapest()
    assert evaluate(branch, cheapest.policy).feasible
    result = solve(branch, EXACT)
    assert_bounded(branch, cheapest, result)
    assert result.evaluation.cost == pytest.approx(cheapest.cost, rel=1e-9)


def test_the_corner_branch_with_plain_queues(brute_force):
    """Without what is not monotone in windows the optimum is proven."""
    branch = read_branch("instances/corner")
    tiers = {name: tier.replace(priority=0, balking=0.0) for name, tier in branch.tiers.items()}
    rules = branch.queue_rules.replace(form_at_window_below=(0,), pitch_below=(0,))
    plain = branch.replace(tiers=tiers, queue_rules=rules)
    result, cheapest = solve(plain, EXACT), brute_force(plain).cheapest()
    assert_solved(plain, cheapest, result)
    assert result.evaluation.cost == pytest.approx(cheapest.cost, rel=1e-9)


@pytest.mark.parametrize(
    "place",
    [
        {"kind": "greeter", "minutes": 1.0, "levels": [0, 1]},
        {"kind": "window", "most": 1, "service": {"business": {"mean": 5.0}}},
    ],
    ids=["greeter", "window"],
)
def test_a_place_that_nobody_can_staff(tiny, brute_force, place):
    """It stays empty, and the others need their people as before."""
    branch = tiny(channels__vault=place)
    assert_solved(branch, brute_force(branch).cheapest(), solve(branch, EXACT))


@pytest.mark.parametrize("earliest", ["10:00", "10:10", "10:45"])
def test_a_meal_between_periods(tiny, brute_force, earliest):
    """It is legal, and one that begins with a period keeps a person from fewer of them."""
    meal = {"earliest": earliest, "latest": "14:00", "minutes": 60.0, "from_hours": 4.0}
    shifts = {"earliest_start": "09:00", "latest_end": "14:00", "lengths": [5.0], "start_step": 60.0}
    branch = tiny(skills__teller__shifts=shifts | {"meal": meal}, channels__counter__least=1)
    assert_solved(branch, brute_force(branch).cheapest(), solve(branch, EXACT))


def test_nobody_comes(tiny, brute_force):
    branch = tiny(arrivals__day__business__ordinary=[0.0] * 4)
    result = solve(branch, EXACT)
    assert_solved(branch, brute_force(branch).cheapest(), result)
    assert result.evaluation.cost == 0


class TestPatienceShorterThanService:
    """More windows now can mean a longer queue later: four, one, six, four against four, one, two, four."""

    @pytest.fixture
    def branch(self, tiny):
        return tiny(
            period=30,
            windows=6,
            opening__monday={"open": "09:00", "close": "11:00"},
            tiers__ordinary={"waiting_cost": 30.0, "patience": 1 / 0.3, "loss": 2.0},
            channels__counter__most=6,
            skills__teller__wage=25.0,
            skills__teller__available={"day": 16},
            skills__teller__shifts={
                "earliest_start": "09:00", "latest_end": "11:00", "lengths": [0.5], "start_step": 30.0
            },
            arrivals__day__business__ordinary=[15.0, 15.0, 36.0, 24.0],
        )  # fmt: skip

    @pytest.mark.parametrize(("levels", "expected"), [((4, 1, 6, 4), 20.32), ((4, 1, 2, 4), 19.07)])
    def test_a_window_more_can_mean_more_waiting(self, branch, levels, expected):
        policy = Policy(days={"day": DayPlan(windows={"counter": levels}, shifts=())})
        counter = evaluate(branch, policy).days["day"].channels["counter"]
        assert counter.measures.waiting[3] == pytest.approx(expected, abs=0.005)

    def test_the_bound_is_not_called_proven(self, branch, brute_force):
        cheapest = brute_force(branch).cheapest()
        result = solve(branch, EXACT)
        assert not result.certified
        assert result.uncertified_roles == ("counter",)
        assert result.evaluation.cost >= cheapest.cost * (1 - 1e-9)
        assert evaluate(branch, result.policy).feasible
