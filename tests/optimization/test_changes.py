"""One thing changed is solved again under the same regime, and the bounds say what of a difference is sure."""

from pathlib import Path

import pytest

from optimizer.evaluation import Regime, all_regimes, evaluate
from optimizer.optimization import SearchOptions, solve
from optimizer.optimization.changes import all_steps, under, what_changes
from optimizer.problem import read_branch

OPTIONS = SearchOptions(gap=0.05)


@pytest.fixture(scope="module")
def corner():
    return read_branch(Path(__file__).parent.parent.parent / "instances" / "corner")


@pytest.fixture(scope="module")
def plan(corner):
    return solve(corner, SearchOptions(gap=0.1)).policy


@pytest.fixture(scope="module")
def changes(corner, plan):
    return {change.words: change for change in what_changes(corner, plan, OPTIONS)}


def test_one_regime_is_left(corner, plan):
    regime = Regime.of(corner, plan)
    assert all_regimes(under(corner, regime)) == (regime,)
    assert evaluate(under(corner, regime), plan).cost == evaluate(corner, plan).cost


def test_every_lever_of_the_branch_is_moved_by_one_step(corner, plan):
    kinds = {step.kind for step in all_steps(corner, plan)}
    assert kinds == {"person", "window", "machine", "threshold", "greeters", "campaign", "target"}
    words = [step.words for step in all_steps(corner, plan)]
    assert len(words) == len(set(words))


def test_a_change_costs_what_its_branch_costs(corner, plan, changes):
    step = next(step for step in all_steps(corner, plan) if step.words == "one cash_machine more")
    alone = solve(under(step.branch, step.regime), SearchOptions(gap=0.0))
    change = changes[step.words]
    assert change.bound <= alone.evaluation.cost + 1e-6
    assert alone.bound <= change.cost + 1e-6
    assert change.gap <= OPTIONS.gap or change.cost <= alone.evaluation.cost * (1 + 1e-9)


def test_what_only_permits_more_is_never_surely_dearer(changes):
    for words in ("one junior more on the staff list", "one senior more on the staff list", "one window more",
                  "cash_within_10: within 11 min", "general_wait: at most 13 min"):  # fmt: skip
        assert changes[words].least <= 1e-6, words


def test_what_only_forbids_more_is_impossible_or_never_surely_cheaper(changes):
    for words in ("one junior fewer on the staff list", "one window fewer", "cash_within_10: within 9 min"):
        change = changes[words]
        assert change.cost is None or change.most >= -1e-6
        assert change.impossible == (change.cost is None)


def test_the_change_lies_between_its_proven_ends(changes):
    known = [change for change in changes.values() if change.cost_change is not None]
    assert known
    assert all(change.least <= change.cost_change <= change.most for change in known)
    assert all(change.sure == (change.least > 0 or change.most < 0) for change in known)
