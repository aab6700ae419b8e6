"""Models left out: each changes what it says and nothing else."""

from pathlib import Path

import pytest

from optimizer.evaluation import evaluate
from optimizer.problem import read_branch, read_policy
from optimizer.verification import MODELS, used_models, without_all

PROJECT = Path(__file__).parent.parent.parent
PLACES = {
    "busy and quiet days": ("branch", {"busyness_scv"}),
    "priority": ("branch", {"tiers.*.priority"}),
    "balking": ("branch", {"tiers.*.balking"}),
    "dead numbers": ("branch", {"transactions.*.tickets.*"}),
    "machine failures": ("branch", {"channels.*.failures_per_day"}),
    "service variability": ("branch", {"channels.*.service.*"}),
    "forms and pitches by queue length": ("policy", {"form_at_window_below", "pitch_below"}),
}


@pytest.fixture(scope="module")
def case():
    """The smallest branch that has everything, and a policy that uses it."""
    branch = read_branch(PROJECT / "instances" / "corner")
    return branch, read_policy(PROJECT / "benchmarks" / "corner_policy.json")


def places(one, other, at=()):
    """Dotted places at which nested tables differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            yield from places(one[key], other[key], (*at, key))
    elif one != other:
        yield at


def fits(place, pattern):
    parts = pattern.split(".")
    return len(place) >= len(parts) and all(part in ("*", name) for part, name in zip(parts, place, strict=False))


@pytest.mark.parametrize("name", list(MODELS))
class TestEach:
    def test_it_changes_what_it_says_and_nothing_else(self, case, name):
        changed = MODELS[name](*case)
        where, patterns = PLACES[name]
        told = {which: list(places(old.model_dump(), new.model_dump()))
                for which, old, new in zip(("branch", "policy"), case, changed, strict=True)}  # fmt: skip
        assert told.pop(where)
        assert list(told.values()) == [[]]
        for old, new in zip(case, changed, strict=True):
            for place in places(old.model_dump(), new.model_dump()):
                assert any(fits(place, pattern) for pattern in patterns), place

    def test_left_out_twice_it_is_left_out_once(self, case, name):
        once = MODELS[name](*case)
        assert MODELS[name](*once) == once

    def test_it_matters(self, case, name):
        assert evaluate(*MODELS[name](*case)).cost != pytest.approx(evaluate(*case).cost, rel=1e-6)

    def test_what_is_left_is_valid(self, case, name):
        branch, policy = MODELS[name](*case)
        assert type(branch).model_validate(branch.model_dump()) == branch
        assert type(policy).model_validate(policy.model_dump()) == policy


def test_means_are_kept(case):
    branch, _ = MODELS["service variability"](*case)
    for name, channel in case[0].channels.items():
        assert {t: s.mean for t, s in branch.channels[name].service.items()} == {
            t: s.mean for t, s in channel.service.items()
        }
        assert {s.scv for s in branch.channels[name].service.values()} <= {1.0}


def test_a_table_of_service_times_is_left_out_whole(counter, windows):
    table = {"mean": 4, "scv": 0.25, "distribution": "table", "minutes": [2, 6], "shares": [0.5, 0.5]}
    branch, _ = MODELS["service variability"](counter(channels={"counter": {"service": {"deposit": table}}}), windows())
    assert branch == counter()


def test_a_branch_uses_those_that_change_it(case, counter, windows):
    assert list(used_models(*case)) == list(MODELS)
    assert used_models(counter(), windows()) == {}
    assert list(used_models(counter(busyness_scv=0.1), windows())) == ["busy and quiet days"]


def test_without_all_none_is_in_use(case):
    assert used_models(*without_all(*case)) == {}
    assert without_all(*without_all(*case)) == without_all(*case)


def test_the_order_of_leaving_out_does_not_matter(case):
    other = case
    for model in reversed(MODELS.values()):
        other = model(*other)
    assert other == without_all(*case)
