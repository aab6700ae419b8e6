"""A promise to a tier is judged by the rank that it is called in, one to all by everybody who comes."""

import numpy as np
import pytest

from optimizer.evaluation import Regime, evaluate, evaluate_day, target_terms
from optimizer.problem import Target

MEASURES = {
    "service_level": {"within": 10.0, "least": 0.9},
    "mean_wait": {"most": 5.0},
    "abandonment": {"most": 0.1},
}
TIERS = {"vip": "vip", "ordinary": "ordinary", "all": None}


def promise(measure, tier, **changes):
    return Target(**{"channel": "general", "measure": measure, "tier": tier, **MEASURES[measure]} | changes)


@pytest.fixture
def promised(small_branch):
    """The small branch, where openings of both tiers share a window, with every promise to either tier and to all."""
    targets = {f"{m}_{who}": promise(m, tier) for m in MEASURES for who, tier in TIERS.items()}
    return small_branch.replace(targets=targets)


@pytest.fixture
def general(promised, small_policy):
    """The general window on a weekday."""
    regime = Regime.of(promised, small_policy)
    return evaluate_day(promised, "weekday", regime, small_policy.days["weekday"]).channels["general"]


def values(branch, policy, day_type="weekday"):
    return {p.name: p.value for p in evaluate(branch, policy).promises if p.day_type == day_type}


class TestValues:
    def test_are_those_of_the_rank(self, promised, small_policy, general):
        got = values(promised, small_policy)
        assert [rank.tiers for rank in general.demand.ranks] == [("vip",), ("ordinary",)]
        for tier, rank in zip(("vip", "ordinary"), general.ranks, strict=True):
            count = rank.arrivals.sum()
            level = np.average(rank.service_level[0], weights=rank.arrivals)
            assert got[f"service_level_{tier}"] == pytest.approx(level, rel=1e-12)
            wait = (rank.waiting.sum() + rank.waiting_after_closing) / count
            assert got[f"mean_wait_{tier}"] == pytest.approx(wait, rel=1e-12)
            lost = (rank.abandoned.sum() + rank.blocked.sum()) / count
            assert got[f"abandonment_{tier}"] == pytest.approx(lost, rel=1e-12)

    def test_for_all_are_those_of_the_ranks_weighted_by_arrivals(self, promised, small_policy, general):
        got = values(promised, small_policy)
        arrivals = [rank.arrivals.sum() for rank in general.ranks]
        for measure in MEASURES:
            each = [got[f"{measure}_{tier}"] for tier in ("vip", "ordinary")]
            assert got[f"{measure}_all"] == pytest.approx(np.average(each, weights=arrivals), rel=1e-9)

    def test_who_is_called_first_is_promised_more(self, promised, small_policy):
        got = values(promised, small_policy)
        assert got["service_level_vip"] > got["service_level_all"] > got["service_level_ordinary"]
        assert got["mean_wait_vip"] < got["mean_wait_all"] < got["mean_wait_ordinary"]

    def test_tiers_of_one_priority_are_judged_alike(self, promised, small_policy):
        tiers = {name: tier.replace(priority=3) for name, tier in promised.tiers.items()}
        got = values(promised.replace(tiers=tiers), small_policy)
        for measure in MEASURES:
            assert got[f"{measure}_vip"] == got[f"{measure}_ordinary"] == got[f"{measure}_all"]

    def test_of_every_period(self, promised, small_policy, general):
        target = promise("service_level", "ordinary", per="period")
        got = evaluate(promised.replace(targets={"fast": target}), small_policy).promises
        weekday = [(p.period, p.value) for p in got if p.day_type == "weekday"]
        level = general.ranks[1].service_level[0]
        assert weekday == [(t, pytest.approx(level[t], rel=1e-12)) for t in range(8)]


class TestVerdicts:
    def test_a_promise_is_kept_to_one_tier_and_broken_to_the_other(self, promised, small_policy):
        got = values(promised, small_policy)
        between = (got["mean_wait_vip"] + got["mean_wait_ordinary"]) / 2
        targets = {tier: promise("mean_wait", tier, most=between) for tier in ("vip", "ordinary")}
        judged = evaluate(promised.replace(targets=targets), small_policy)
        weekday = {p.name: p.met for p in judged.promises if p.day_type == "weekday"}
        assert weekday == {"vip": True, "ordinary": False}


class TestWhoDoesNotCome:
    def without_vips(self, branch, day_type):
        volumes = {
            transaction: tiers | {"vip": (0.0,) * branch.periods(day_type)} if "vip" in tiers else tiers
            for transaction, tiers in branch.arrivals[day_type].items()
        }
        return branch.replace(arrivals=branch.arrivals | {day_type: volumes})

    def test_is_promised_nothing_that_day(self, promised, small_policy):
        branch = self.without_vips(promised, "saturday")
        got = values(branch, small_policy, "saturday")
        assert set(got) == {f"{measure}_{tier}" for measure in MEASURES for tier in ("ordinary", "all")}
        assert set(values(branch, small_policy)) == set(promised.targets)

    def test_leaves_the_others_in_one_line(self, promised, small_policy):
        branch = self.without_vips(promised, "saturday")
        got = values(branch, small_policy, "saturday")
        for measure in MEASURES:
            assert got[f"{measure}_ordinary"] == got[f"{measure}_all"]

    def test_has_no_terms(self, promised, small_policy):
        branch = self.without_vips(promised, "weekday")
        day = evaluate_day(branch, "weekday", Regime.of(branch, small_policy), small_policy.days["weekday"])
        for measure in MEASURES:
            terms, arrivals = target_terms(promise(measure, "vip"), day.channels["general"])
            assert terms.tolist() == arrivals.tolist() == [0.0] * 8
