"""A plan that fails in the hall is made again with stricter targets, and says whether it holds then."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from optimizer.evaluation import Promise, evaluate
from optimizer.optimization import Ending, SearchOptions, Status, solve
from optimizer.planning import Doubt, plan
from optimizer.planning.doubt import ROUNDS
from optimizer.problem import Branch
from optimizer.verification import JudgedTarget, Verdict, VerifyOptions

OPEN = 9 * 60
SEARCH = SearchOptions(gap=1e-3)
DOUBTS = VerifyOptions(days=1000, explain=False)
FAST = {"channel": "counter", "measure": "service_level", "within": 5, "least": 0.8}


@pytest.fixture(scope="session")
def tiny(put):
    """A function that makes a branch with one counter, open for four hours on two kinds of day, changed at places."""
    shifts = {"earliest_start": OPEN, "latest_end": OPEN + 240, "lengths": [2.0, 4.0], "start_step": 60.0}

    def make(**changes):
        data = {
            "name": "Tiny branch",
            "period": 60,
            "windows": 6,
            "opening": {"monday": {"open": OPEN, "close": OPEN + 240}},
            "day_types": {name: {"days": 10, "weekdays": ["monday"]} for name in ("busy", "quiet")},
            "tiers": {"ordinary": {"waiting_cost": 20.0, "patience": 30.0, "loss": 10.0}},
            "transactions": {"business": {"channel": "counter"}},
            "channels": {"counter": {"kind": "window", "most": 6, "service": {"business": {"mean": 5.0}}}},
            "skills": {
                "teller": {
                    "wage": 50.0,
                    "serves": ["counter"],
                    "available": {"busy": 7, "quiet": 7},
                    "shifts": dict(shifts),
                }
            },
            "targets": {"fast": dict(FAST)},
            "arrivals": {
                "busy": {"business": {"ordinary": [15.0, 30.0, 24.0, 12.0]}},
                "quiet": {"business": {"ordinary": [2.0, 4.0, 3.0, 2.0]}},
            },
        }
        for place, value in changes.items():
            put(data, place.replace("__", "."), value)
        return Branch.model_validate(data)

    return make


@pytest.fixture(scope="session")
def with_breaks(tiny):
    """A function that makes a tiny branch whose tellers have short breaks, of which the evaluation knows nothing."""

    def make(breaks, minutes, **changes):
        rules = {"short_breaks": breaks, "short_break_minutes": float(minutes)}
        return tiny(**{f"skills__teller__shifts__{name}": value for name, value in rules.items()}, **changes)

    return make


def assert_of_the_branch_as_given(planned, branch):
    """Bound, cost and gap are those of the branch before anything was tightened."""
    first, result = solve(branch, SEARCH), planned.result
    assert result.bound == pytest.approx(first.bound, rel=1e-12)
    assert result.evaluation.cost == pytest.approx(evaluate(branch, result.policy).cost, rel=1e-12)
    assert result.gap == pytest.approx((result.evaluation.cost - first.bound) / result.evaluation.cost, rel=1e-9)
    assert result.evaluation.feasible
    assert planned.verification.evaluation.policy == result.policy
    return first


# It holds at once.


def test_a_plan_that_holds_is_the_one_that_was_found(tiny):
    branch = tiny()
    planned = plan(branch, SEARCH, DOUBTS)
    first = assert_of_the_branch_as_given(planned, branch)
    assert planned.doubt is Doubt.HOLDS
    assert planned.tightenings == ()
    assert planned.result.policy == first.policy
    assert (planned.result.gap, planned.result.status) == (first.gap, first.status)
    assert all(target.verdict is Verdict.HOLDS for target in planned.verification.targets)


def test_a_plan_need_not_be_doubted(tiny):
    planned = plan(tiny(), SEARCH, None)
    assert planned.doubt is Doubt.NOT_TRIED
    assert planned.verification is None
    assert planned.result.policy is not None


# It is tightened.


LOST = {"channel": "counter", "measure": "abandonment", "most": 0.06}
WAIT = {"channel": "counter", "measure": "mean_wait", "most": 2.0}


@pytest.mark.parametrize(
    ("target", "days"),
    [
        (FAST, {"busy"}),
        (FAST | {"per": "period", "least": 0.85}, {"busy", "quiet"}),
        (WAIT, {"busy", "quiet"}),
        (LOST, {"busy", "quiet"}),
    ],
)
def test_a_target_that_fails_in_the_hall_is_tightened_where_it_fails(target, days, with_breaks):
    branch = with_breaks(1, 20, targets={"promise": target})
    planned = plan(branch, SEARCH, DOUBTS)
    first = assert_of_the_branch_as_given(planned, branch)
    assert planned.doubt is Doubt.HOLDS
    assert planned.verification.failing == ()
    assert planned.result.evaluation.cost > first.evaluation.cost
    assert planned.result.gap > first.gap
    assert planned.result.status is Status.FEASIBLE
    assert {tightening.day_type for tightening in planned.tightenings} == days
    for tightening in planned.tightenings:
        assert tightening.name == "promise"
        assert tightening.limit == target.get("least", target.get("most"))
        values, before = (
            [promise.value for promise in evaluation.promises if promise.day_type == tightening.day_type]
            for evaluation in (planned.result.evaluation, first.evaluation)
        )
        if "least" in target:
            assert min(before) < tightening.tightened <= min(values)
        else:
            assert max(before) > tightening.tightened >= max(values)


def test_patience_of_another_family_is_found_out_and_met(tiny):
    branch = tiny(tiers__ordinary__patience_distribution="gamma", tiers__ordinary__patience_scv=0.1)
    planned = plan(branch, SEARCH, DOUBTS)
    assert_of_the_branch_as_given(planned, branch)
    assert planned.doubt is Doubt.HOLDS
    assert [(t.name, t.day_type) for t in planned.tightenings] == [("fast", "busy")]


# It cannot be.


def test_a_plan_that_fails_however_it_is_tightened_says_so(with_breaks):
    branch = with_breaks(2, 30)
    planned = plan(branch, SEARCH, DOUBTS)
    assert_of_the_branch_as_given(planned, branch)
    assert planned.doubt is Doubt.FAILS
    assert {target.promise.name for target in planned.verification.failing} == {"fast"}
    assert planned.tightenings[0].tightened < 1


def test_where_the_stricter_target_cannot_hold_the_plan_found_first_is_kept(with_breaks):
    branch = with_breaks(1, 20, windows=3)
    planned = plan(branch, SEARCH, DOUBTS)
    first = assert_of_the_branch_as_given(planned, branch)
    assert planned.doubt is Doubt.FAILS
    assert planned.result.policy == first.policy
    assert planned.verification.failing


def test_a_branch_without_a_plan_is_not_doubted(tiny):
    planned = plan(tiny(targets__fast__least=0.99999), SEARCH, DOUBTS)
    assert planned.result.status is Status.INFEASIBLE
    assert planned.result.conflict
    assert (planned.doubt, planned.verification, planned.tightenings) == (Doubt.NOT_TRIED, None, ())


def test_a_search_without_time_is_not_doubted(tiny):
    planned = plan(tiny(), replace(SEARCH, time_limit=0.0), DOUBTS)
    assert planned.result.status is Status.NO_SOLUTION_FOUND
    assert planned.doubt is Doubt.NOT_TRIED


# How the rounds go, with searches and judgements made up.


@pytest.fixture(scope="session")
def solved(tiny):
    """A search of the tiny branch that has ended."""
    return solve(tiny(), SEARCH)


@pytest.fixture
def made_up(monkeypatch, solved):
    """Results and judgements that come one after the other; what was searched is written down.

    A judgement is the targets that fail; an exception is raised.
    """
    searched, seeds = [], []

    def play(results, judgements):
        results, judgements = iter(results), iter(judgements)

        def search(branch, options, report):
            searched.append((branch, options))
            return replace(solved, **next(results))

        def judge(branch, evaluation, options, report):
            failing = next(judgements)
            seeds.append(options.seed)
            if isinstance(failing, BaseException):
                raise failing
            return SimpleNamespace(failing=failing, evaluation=evaluation)

        monkeypatch.setattr("optimizer.planning.doubt.solve", search)
        monkeypatch.setattr("optimizer.planning.doubt.verify", judge)
        return searched

    play.seeds = seeds
    return play


def test_each_round_is_judged_on_days_of_its_own(made_up, tiny):
    made_up([{}, {}, {}], [(failing(0.8, 0.75),), (failing(0.87, 0.78),), ()])
    assert plan(tiny(), SEARCH, DOUBTS).doubt is Doubt.HOLDS
    assert made_up.seeds == [DOUBTS.seed, DOUBTS.seed + 1, DOUBTS.seed + 2]


def failing(promised, simulated, *, name="fast", day_type="busy", limit=0.8, error=0.005, most=False, period=None):
    """A judgement that a target fails."""
    promise = Promise(name, name, day_type, period, limit, promised, True)
    short = simulated - limit if most else limit - simulated
    return JudgedTarget(promise, simulated, error, 1000, short, Verdict.FAILS)


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        # What it falls short and two standard errors.
        ([failing(0.8, 0.75)], 0.86),
        # The plan that fails must not be chosen again.
        ([failing(0.9, 0.79)], 0.91),
        # Halfway to what nothing keeps.
        ([failing(0.9, 0.4)], 0.95),
        # The worst of several periods.
        ([failing(0.8, 0.79, period=1), failing(0.82, 0.76, period=2), failing(0.8, 0.78, period=3)], 0.85),
    ],
)
def test_a_service_level_is_asked_for_with_what_it_falls_short(judged, expected, made_up, tiny):
    searched = made_up([{}, {}], [tuple(judged), ()])
    planned = plan(tiny(), SEARCH, DOUBTS)
    assert planned.doubt is Doubt.HOLDS
    ((first, _), (second, _)) = searched
    assert first == tiny()
    assert second.targets["fast"] == first.targets["fast"]
    stricter = second.targets["doubted_1"]
    assert stricter.least == pytest.approx(expected)
    assert stricter == first.targets["fast"].replace(least=stricter.least, day_types=("busy",))
    assert second == first.replace(targets=second.targets)


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        (failing(2.0, 2.3, limit=2.0, error=0.05, most=True), 1.6),
        (failing(1.5, 2.1, limit=2.0, error=0.05, most=True), 1.4),
        (failing(1.8, 5.0, limit=2.0, error=0.05, most=True), 0.9),
    ],
)
def test_a_mean_wait_is_asked_for_less_what_it_is_too_long(judged, expected, made_up, tiny):
    searched = made_up([{}, {}], [(judged,), ()])
    plan(tiny(targets={"fast": WAIT}), SEARCH, DOUBTS)
    assert searched[1][0].targets["doubted_1"].most == pytest.approx(expected)


def test_targets_grow_stricter_from_round_to_round_and_there_is_an_end(made_up, tiny):
    rounds = [(failing(0.8, 0.75),), (failing(0.87, 0.78),), (failing(0.9, 0.79),), (failing(0.93, 0.79),)]
    searched = made_up([{}] * 9, rounds)
    planned = plan(tiny(), SEARCH, DOUBTS)
    asked = [branch.targets["doubted_1"].least for branch, _ in searched[1:]]
    assert asked == pytest.approx([0.86, 0.89, 0.91])
    assert len(asked) == ROUNDS
    assert planned.doubt is Doubt.FAILS
    assert [(t.limit, t.tightened) for t in planned.tightenings] == [(0.8, pytest.approx(0.91))]


def test_targets_that_fail_on_several_day_types_are_tightened_apart(made_up, tiny):
    both = (failing(0.8, 0.75), failing(0.8, 0.7, day_type="quiet"))
    searched = made_up([{}] * 3, [both, (failing(0.87, 0.79, day_type="quiet"),), ()])
    planned = plan(tiny(), SEARCH, DOUBTS)
    stricter = {t.day_types: t.least for t in searched[2][0].targets.values()}
    assert stricter == {(): 0.8, ("busy",): pytest.approx(0.86), ("quiet",): pytest.approx(0.92)}
    assert planned.doubt is Doubt.HOLDS
    assert [t.day_type for t in planned.tightenings] == ["busy", "quiet"]


def test_no_target_of_the_branch_gives_way_to_a_stricter_one(made_up, tiny):
    branch = tiny(targets={"fast": FAST, "doubted_1": WAIT})
    searched = made_up([{}, {}], [(failing(0.8, 0.75),), ()])
    plan(branch, SEARCH, DOUBTS)
    targets = searched[1][0].targets
    assert list(targets) == ["fast", "doubted_1", "doubted_2"]
    assert targets["doubted_1"] == branch.targets["doubted_1"]


def test_a_share_diverted_is_asked_for_in_the_whole_quarter(made_up, tiny):
    branch = tiny(diverted_shares={"fast": {"transactions": ["business"], "least": 0.3}})
    judged = failing(0.31, 0.27, day_type=None, limit=0.3)
    searched = made_up([{}, {}], [(judged,), ()])
    planned = plan(branch, SEARCH, DOUBTS)
    second = searched[1][0]
    assert second.diverted_shares["fast"].least == pytest.approx(0.34)
    assert second.targets == branch.targets
    assert [(t.name, t.day_type) for t in planned.tightenings] == [("fast", None)]


def test_the_time_limit_is_for_all_rounds_together(made_up, tiny):
    rounds = [(failing(0.8, 0.75),), (failing(0.87, 0.78),), (failing(0.9, 0.79),)]
    searched = made_up([{"runtime": 40.0}, {"runtime": 35.0}, {"runtime": 25.0}], rounds)
    planned = plan(tiny(), replace(SEARCH, time_limit=100.0), DOUBTS)
    assert [options.time_limit for _, options in searched] == [100, 60, 25]
    assert [(options.gap, options.seed) for _, options in searched] == [(SEARCH.gap, SEARCH.seed)] * 3
    assert planned.result.runtime == 100
    assert planned.doubt is Doubt.STOPPED


def test_a_search_stopped_by_the_planner_keeps_the_plan_that_was_verified(made_up, tiny, solved):
    made_up([{"runtime": 1.0}, {"ending": Ending.INTERRUPT, "runtime": 2.0}], [(failing(0.8, 0.75),)])
    planned = plan(tiny(), SEARCH, DOUBTS)
    assert planned.doubt is Doubt.STOPPED
    assert planned.verification.evaluation == planned.result.evaluation == solved.evaluation
    assert planned.result.runtime == 3


def test_a_simulation_stopped_by_the_planner_leaves_the_last_that_ended(made_up, tiny):
    made_up([{}], [KeyboardInterrupt()])
    planned = plan(tiny(), SEARCH, DOUBTS)
    assert (planned.doubt, planned.verification) == (Doubt.NOT_TRIED, None)
    made_up([{}, {}], [(failing(0.8, 0.75),), KeyboardInterrupt()])
    planned = plan(tiny(), SEARCH, DOUBTS)
    assert planned.doubt is Doubt.STOPPED
    assert planned.verification.failing
