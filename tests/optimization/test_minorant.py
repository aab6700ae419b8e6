"""What bounds a channel from below, against its exact day: random branches and random demands, random windows."""

from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest

from optimizer.evaluation import (
    ChannelDemand,
    RankDemand,
    all_regimes,
    channel_costs,
    channel_day,
    channel_demand,
    day_flows,
    target_terms,
    unavoidable_cost,
)
from optimizer.evaluation.service import ServiceRule, TicketService
from optimizer.optimization.day import day_problem
from optimizer.optimization.known import Known
from optimizer.optimization.minorant import ALLOWANCE, Minorant
from optimizer.optimization.staffing import day_staffing
from optimizer.problem import Target
from optimizer.queues import least_day

BRANCHES = range(100, 130)
DEMANDS = range(40)
LIMITS = (4.0, 15.0)


def rough(value):
    """A little more than a value, for the rounding of sums."""
    return value + 1e-7 * np.abs(value) + 1e-7


def exact_costs(day):
    """Cost of waiting and losses by period of an exactly evaluated day, closing in the last [yuan]."""
    demand = day.demand
    ranks = list(zip(demand.ranks, day.ranks, strict=True))
    cost = sum(demand.open_waiting_cost(r) * m.waiting + demand.turning_away_cost(r) * m.blocked for r, m in ranks)
    cost[-1] += sum(r.waiting_cost * m.waiting_after_closing for r, m in ranks)
    cost[-1] += demand.overtime_cost * day.measures.overtime
    return cost


def every_target(demand):
    """A promise of every measure to every tier, and to all."""
    for tier in (None, *(tier for rank in demand.ranks for tier in rank.tiers)):
        about = {"channel": demand.channel, "tier": tier}
        for limit in demand.limits:
            yield Target(**about, measure="service_level", within=limit, least=0.5)
        for measure in ("mean_wait", "abandonment"):
            yield Target(**about, measure=measure, most=0.5)


def bounded(minorant, levels):
    """Costs of the minorant, and its terms of every target, by period."""
    days = [least_day(part.queue, np.array(levels)) for part in minorant.parts]
    terms = {repr(target): minorant.terms(target, days)[0] for target in every_target(minorant.demand)}
    return minorant.costs(days), terms


def check_below(minorant, levels):
    """Cost and terms against those of the exact day."""
    demand, day = minorant.demand, channel_day(minorant.demand, levels)
    costs, terms = bounded(minorant, levels)
    assert (costs <= rough(exact_costs(day))).all(), (levels, costs, exact_costs(day))
    for target in every_target(demand):
        least, (exact, arrivals) = terms[repr(target)], target_terms(target, day)
        assert minorant.concerned(target) == pytest.approx(arrivals, rel=1e-12)
        if target.measure == "service_level":
            assert (exact <= rough(least)).all(), (levels, target, least, exact)
        else:
            assert (least <= rough(exact)).all(), (levels, target, least, exact)


def check_monotone(minorant, levels):
    """A window more, in one period, raises no cost, waiting or loss of any period and lowers no service level."""
    costs, terms = bounded(minorant, levels)
    allowed = 1 / (1 - ALLOWANCE * minorant.demand.turns_away)
    for t in range(len(levels)):
        more = tuple(level + (u == t) for u, level in enumerate(levels))
        after, better = bounded(minorant, more)
        assert (after <= rough(costs) * allowed).all(), (levels, t)
        for target in every_target(minorant.demand):
            old, new = terms[repr(target)], better[repr(target)]
            if target.measure == "service_level":
                assert (old <= rough(new)).all(), (levels, t, target)
            else:
                assert (new <= rough(old) * allowed).all(), (levels, t, target)


def minorants_of(branch, rng):
    """Minorants of every role and day type under a random regime, and the most windows of the role."""
    known, regimes = Known(branch), all_regimes(branch)
    for day_type in branch.day_types:
        regime = regimes[rng.integers(len(regimes))]
        problem = day_problem(branch, day_staffing(branch, day_type), regime, known, settled=False)
        for role, minorant in problem.minorants.items():
            yield minorant, branch.roles[role].most


def random_demand(seed):
    """Ranks of any patience, cost and share who turn away, with gaps in arrivals, rules, and days of any load."""
    rng = np.random.default_rng(seed)
    service, scv, tickets = rng.uniform(0.08, 0.4), rng.choice([1.0, rng.uniform(0, 3)]), rng.choice([1.0, 1.25])
    factors, weights = np.array([0.6, 1.0, 1.5]), np.array([0.25, 0.55, 0.2])
    if rng.random() < 0.5:
        factors, weights = np.ones(1), np.ones(1)
    away = rng.choice([0.0, rng.uniform(0, 0.6)])

    def rank(name, share):
        rates = share * rng.uniform(0, 3 * service, 4) * (rng.random(4) < 0.85)
        eta = rng.choice([0.0, rng.uniform(0, 0.5) * service])
        alike = rng.random() < 0.5 or name == "ordinary"
        return RankDemand(
            (name,), factors[:, None] * rates, eta, rng.uniform(0.1, 2), eta * rng.uniform(5, 40),
            away if alike else float(rng.uniform(0, away)), rng.uniform(1, 40),
        )  # fmt: skip

    ranks = [rank("ordinary", 1.0)]
    if rng.random() < 0.7:
        ranks.insert(0, rank("vip", rng.uniform(0.1, 1.0)))
    rule = ServiceRule(service / rng.uniform(1.1, 2), (0.7, 0.4, 0.0), rng.uniform(0, 2), 0.7 * tickets)
    return ChannelDemand(
        "counter", tuple(ranks), weights, int(rng.choice([15, 30])), TicketService(service, scv, tickets),
        rule if rng.random() < 0.4 else None, 0.0, 1.0, float(rng.choice([0.0, 0.3])), 1.0, LIMITS,
    )  # fmt: skip


class TestBranches:
    @pytest.mark.parametrize("seed", BRANCHES)
    def test_costs_no_more_and_serves_no_later(self, random_branch, seed):
        branch = random_branch(seed, targets=seed % 2 == 1, rich=True)
        rng = np.random.default_rng(seed)
        for minorant, most in minorants_of(branch, rng):
            assert minorant.monotone
            levels = tuple(int(n) for n in rng.integers(minorant.fewest, most + 1, len(minorant.demand.arrivals)))
            check_below(minorant, levels)
            check_monotone(minorant, levels)


class TestDemands:
    @pytest.mark.parametrize("seed", DEMANDS)
    def test_costs_no_more_and_serves_no_later(self, seed):
        rng = np.random.default_rng(1000 + seed)
        fewest = int(rng.integers(0, 2))
        minorant = Minorant(random_demand(seed), fewest)
        levels = tuple(int(n) for n in rng.integers(fewest, 4, 4))
        if minorant.monotone:
            check_below(minorant, levels)
            check_monotone(minorant, levels)

    def test_most_are_monotone(self):
        assert sum(Minorant(random_demand(seed), 0).monotone for seed in DEMANDS) > 0.8 * len(DEMANDS)

    @pytest.mark.parametrize("away", [(0.0, 0.4), (0.4, 0.4)])
    def test_a_first_rank_that_stays_keeps_more_of_the_last_away(self, away):
        """It turns away less, or is more patient, than all are in the minorant."""
        first, last = (
            RankDemand((name,), np.full((1, 3), rate), eta, 0.5, 0.0, share, 5.0)
            for name, rate, eta, share in (("vip", 0.4, 0.0, away[0]), ("ordinary", 0.5, 0.15, away[1]))
        )
        demand = ChannelDemand(
            "counter", (first, last), np.ones(1), 30, TicketService(0.3, 1.0, 1.0), None, 0.0, 1.0, 0.0, 1.0, LIMITS
        )
        minorant = Minorant(demand, 0)
        assert minorant.monotone
        for levels in ((0, 0, 0), (0, 0, 3), (1, 0, 2)):
            check_below(minorant, levels)

    def test_who_turns_away_from_those_finishing_does_not_spoil_it(self):
        """With a window more they have gone before, and others come: what is claimed of waiting allows for that."""
        rank = RankDemand(("all",), np.array([[0.6, 0.0, 0.9]]), 0.0, 0.5, 0.0, 0.6, 5.0)
        demand = ChannelDemand(
            "counter", (rank,), np.ones(1), 15, TicketService(0.2, 1.0, 1.0), None, 0.0, 1.0, 0.0, 1.0, ()
        )
        minorant = Minorant(demand, 0)
        if minorant.monotone:
            check_monotone(minorant, (1, 3, 0))

    @pytest.mark.parametrize("change", [
        {"abandonment_rate": 0.5}, {"loss": 0.1, "turning_away": 0.1}, {"turning_away": 0.4}, {"waiting_cost": -1.0},
    ])  # fmt: skip
    def test_claims_nothing_beyond_what_is_proven(self, change):
        """Patience shorter than service, losses that pay, a first rank that turns away more than the last."""
        first, last = (
            RankDemand((name,), np.full((1, 4), 0.3), 0.01, 0.5, 0.2, 0.2, 5.0) for name in ("vip", "ordinary")
        )
        given = ChannelDemand(
            "counter", (first, last), np.ones(1), 30, TicketService(0.2, 1.0, 1.0), None, 0.0, 1.0, 0.3, 1.0, LIMITS
        )
        assert Minorant(given, 0).monotone
        assert not Minorant(replace(given, ranks=(replace(first, **change), last)), 0).monotone

    @pytest.mark.parametrize("seed", DEMANDS)
    def test_everything_beyond_the_constant_is_a_cost_of_a_period_or_a_pitch_not_made(self, seed):
        demand = replace(random_demand(seed), limits=())
        day = channel_day(demand, (2, 1, 3, 2))
        beyond = sum(channel_costs(day).values()) - unavoidable_cost(demand)
        not_made = 0.0
        if demand.rule is not None:
            not_made = demand.rule.most * float(demand.arrivals.sum()) - day.additions
            beyond -= demand.rule.income * not_made
        assert beyond == pytest.approx(float(exact_costs(day).sum()), rel=1e-9, abs=1e-9)
        assert not_made >= 0


@pytest.fixture(scope="module", params=[100, 103, 107])
def branch(request, random_branch):
    """A branch whose rules may all be chosen."""
    rich = random_branch(request.param, targets=True, rich=True)
    rules = {"form_at_window_below": (0, 1, 3), "pitch_below": (0, 2, 4), "calls": (1, 3)}
    return rich.replace(queue_rules=rich.queue_rules.replace(**rules))


class TestShared:
    """What regimes share is what each of them would have had by itself."""

    def test_flows(self, branch):
        known, day_type = Known(branch), next(iter(branch.day_types))
        regimes = all_regimes(branch)
        for regime in regimes:
            shared, own = known.flows(day_type, regime), day_flows(branch, day_type, regime)
            for name in ("days", "weights", "diverted", "writers", "arrivals"):
                assert np.array_equal(getattr(shared, name), getattr(own, name)), (str(regime), name)
            assert shared.greeter_service_rate == own.greeter_service_rate
        assert len({id(known.flows(day_type, regime)) for regime in regimes}) < len(regimes) / 8

    def test_days_of_demands_with_the_same_key(self, branch):
        known, day_type = Known(branch), next(iter(branch.day_types))
        role, count = next(iter(branch.roles)), branch.periods(day_type)
        demands = [
            channel_demand(branch, day_flows(branch, day_type, regime), role, regime) for regime in all_regimes(branch)
        ]
        by_key = {key: list(group) for key, group in groupby(sorted(demands, key=key_of), key_of)}
        for same in by_key.values():
            shared = known.day(same[0], (1,) * count)
            for demand in same:
                assert known.day(demand, (1,) * count) is shared
            own = channel_day(same[-1], (1,) * count)
            assert channel_costs(own) == channel_costs(shared)
            assert np.array_equal(own.measures.service_level, shared.measures.service_level)
        assert len(by_key) > 1

    def test_minorants_of_regimes_that_share_what_is_proven(self, branch):
        """They differ by pitches and by how many may wait where forms are filled in: work that it leaves out."""
        known, staffing = Known(branch), day_staffing(branch, next(iter(branch.day_types)))
        groups = {}
        for regime in all_regimes(branch):
            proven = known.proven(staffing.day_type, regime)
            groups.setdefault(id(proven), []).append(day_problem(branch, staffing, regime, known, settled=False))
        for problems in groups.values():
            assert len(problems) in (3, 6)
            for problem in problems:
                for role, minorant in problem.minorants.items():
                    for mine, other in zip(minorant.parts, problems[0].minorants[role].parts, strict=True):
                        same_part(mine, other)


def key_of(demand):
    return repr(demand.key)


def same_part(mine, other):
    """Two parts of minorants with equal queues and costs."""
    for name in ("arrival_rates", "weights"):
        assert np.array_equal(getattr(mine.queue, name), getattr(other.queue, name))
    for name in ("service_rate", "abandonment_rate", "leaving", "period", "limits", "joining", "seen_beyond"):
        assert getattr(mine.queue, name) == getattr(other.queue, name)
    for name in ("waiting_cost", "closing_cost", "blocked_cost", "overtime_cost"):
        assert getattr(mine, name) == getattr(other, name)
