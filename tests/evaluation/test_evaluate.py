"""What a policy costs: every yuan has a name, and every name adds up from the queue's own numbers."""

import numpy as np
import pytest
from pydantic import ValidationError

from optimizer.errors import DataRefused
from optimizer.evaluation import (
    COST_NAMES,
    UNDECIDED,
    Regime,
    channel_costs,
    channel_day,
    channel_demand,
    day_flows,
    evaluate,
    evaluate_day,
    flow_costs,
    shift_cost,
    unavoidable_cost,
)
from optimizer.evaluation.demand import ChannelDemand, RankDemand
from optimizer.evaluation.service import TicketService
from optimizer.problem import Assignment, DayPlan, Shift, Skill, Tickets
from optimizer.queues import transient_day

RULES = {"earliest_start": "09:00", "latest_end": "18:00", "lengths": [4.0, 8.0], "start_step": 60.0}
MEAL = {"earliest": "11:00", "latest": "14:00", "minutes": 60.0}


def demand(rates, service=0.2, abandonment=0.0, *, loss_rate=0.0, **changes):
    """One rank on one kind of day."""
    rank = RankDemand(("ordinary",), np.array([rates], float), abandonment, 0.5, loss_rate, 0.0, 0.0)
    given = {
        "channel": "counter", "ranks": (rank,), "weights": np.ones(1), "period": 30,
        "service": TicketService(service, 1.0, 1.0), "rule": None, "failure_rate": 0.0,
        "repair_rate": 1.0, "transaction_cost": 0.0, "overtime_cost": 0.0, "limits": (),
    }  # fmt: skip
    return ChannelDemand(**given | changes)


def with_plan(policy, day_type, **changes):
    return policy.replace(days=policy.days | {day_type: policy.days[day_type].replace(**changes)})


class TestCostsAddUp:
    def test_by_name_to_the_cost(self, small_branch, small_policy):
        judged = evaluate(small_branch, small_policy)
        assert tuple(judged.costs) == COST_NAMES
        assert judged.cost == sum(judged.costs.values())
        assert judged.undecided_cost == sum(judged.costs[name] for name in UNDECIDED)
        assert all(yuan >= 0 for yuan in judged.costs.values())

    @pytest.mark.parametrize("campaign", ["none", "points"])
    def test_by_day_to_the_quarter(self, small_branch, small_policy, campaign):
        policy = small_policy.replace(campaign=campaign)
        judged = evaluate(small_branch, policy)
        for name in COST_NAMES:
            days = sum(judged.days[d].costs[name] * kind.days for d, kind in small_branch.day_types.items())
            once = small_branch.campaigns[campaign].cost if name == "campaign" else 0.0
            assert judged.costs[name] == pytest.approx(days + once, rel=1e-12)

    def test_by_channel_to_the_day(self, small_branch, small_policy):
        regime = Regime.of(small_branch, small_policy)
        day = evaluate_day(small_branch, "weekday", regime, small_policy.days["weekday"])
        assert list(day.channels) == ["lobby", "cash", "general", "atm"]
        parts = [channel_costs(channel) for channel in day.channels.values()]
        at_desk = flow_costs(small_branch, day.flows)["waiting"]
        assert at_desk > 0
        for name, more in (("overtime", 0.0), ("waiting", at_desk), ("lost_customers", 0.0)):
            assert day.costs[name] == pytest.approx(more + sum(part[name] for part in parts), rel=1e-12)
        ebank = small_branch.channels["ebank"].cost_per_transaction
        remote = ebank * day.flows.arrivals[:, list(small_branch.channels).index("ebank")].sum()
        assert day.costs["transactions"] == pytest.approx(remote + sum(part["transactions"] for part in parts))
        machines = small_branch.channels["atm"]
        assert day.costs["machines"] == machines.units * machines.cost_per_day

    def test_a_policy_that_does_not_fit_is_refused(self, small_branch, small_policy):
        with pytest.raises(DataRefused):
            evaluate(small_branch, small_policy.replace(days={"weekday": small_policy.days["weekday"]}))
        with pytest.raises(DataRefused):
            evaluate(small_branch, small_policy.replace(campaign="fireworks"))


class TestChannelCosts:
    RATES, SERVERS = (0.3, 0.7, 0.5), np.array([2, 3, 2])

    def test_by_hand_from_the_queue(self):
        given = demand(self.RATES, 0.2, 0.05, loss_rate=0.9, transaction_cost=0.4, overtime_cost=1.25)
        day = transient_day(self.RATES, self.SERVERS, 0.2, 0.05, period=30)
        costs = channel_costs(channel_day(given, tuple(self.SERVERS)))
        assert costs["waiting"] == pytest.approx(0.5 * (day.waiting.sum() + day.waiting_after_closing), rel=1e-12)
        assert costs["overtime"] == pytest.approx(1.25 * day.overtime, rel=1e-12)
        assert costs["lost_customers"] == pytest.approx(0.9 / 0.05 * day.abandoned.sum(), rel=1e-9)
        served = day.completed.sum() + day.left_at_closing
        assert costs["transactions"] == pytest.approx(0.4 * served, rel=1e-6)

    def test_those_who_come_after_closing_are_paid_whatever_the_servers(self):
        seen = demand(self.RATES, 0.2, 0.05, overtime_cost=1.25)
        more = demand(self.RATES, 0.2, 0.05, overtime_cost=1.25, unseen_overtime=2.0)
        assert more.key != seen.key
        assert unavoidable_cost(more) - unavoidable_cost(seen) == 2.5
        for servers in ((2, 3, 2), (1, 1, 4)):
            days = [channel_day(each, servers) for each in (seen, more)]
            assert days[1].measures.overtime - days[0].measures.overtime == pytest.approx(2.0, rel=1e-12)
            costs = [channel_costs(day) for day in days]
            assert costs[1]["overtime"] - costs[0]["overtime"] == pytest.approx(2.5, rel=1e-12)
            assert costs[1] | {"overtime": 0.0} == costs[0] | {"overtime": 0.0}

    def test_nobody_is_lost_who_never_gives_up(self):
        costs = channel_costs(channel_day(demand(self.RATES, transaction_cost=0.4), tuple(self.SERVERS)))
        assert costs["lost_customers"] == 0
        assert costs["transactions"] == pytest.approx(0.4 * 30 * sum(self.RATES), rel=1e-12)

    def test_overload_by_hand(self):
        """No window all day: everybody waits from arrival to closing, then for the one who serves them all."""
        costs = channel_costs(channel_day(demand([0.1, 0.1], overtime_cost=1.0), (0, 0)))
        mean = 0.1 * 60  # inside at closing, a Poisson number
        after = 0.5 * mean**2 / 0.2
        assert costs["overtime"] == pytest.approx(mean / 0.2, rel=1e-6)
        assert costs["waiting"] == pytest.approx(0.5 * (0.1 * 60**2 / 2 + after), rel=1e-6)

    def test_rates_come_from_tiers_by_their_share(self, small_branch, small_policy):
        """Cash serves ordinary customers alone; their waiting costs 30 an hour, patience 30 minutes, loss 20."""
        regime = Regime.of(small_branch, small_policy)
        flows = day_flows(small_branch, "weekday", regime)
        (cash,) = channel_demand(small_branch, flows, "cash", regime).ranks
        assert cash.waiting_cost == pytest.approx(0.5)
        assert cash.abandonment_rate == pytest.approx(1 / 30)
        assert cash.loss_rate == pytest.approx(20 / 30)
        vip, ordinary = channel_demand(small_branch, flows, "general", regime).ranks
        assert (vip.tiers, ordinary.tiers) == (("vip",), ("ordinary",))
        assert (vip.waiting_cost, ordinary.waiting_cost) == pytest.approx((2.0, 0.5))
        assert (vip.loss_rate, ordinary.loss_rate) == pytest.approx((60 / 60, 20 / 30))

    def test_tiers_of_one_priority_are_mixed_by_their_share(self, small_branch, small_policy):
        tiers = {name: tier.replace(priority=0) for name, tier in small_branch.tiers.items()}
        branch, regime = small_branch.replace(tiers=tiers), Regime.of(small_branch, small_policy)
        flows = day_flows(branch, "weekday", regime)
        (general,) = channel_demand(branch, flows, "general", regime).ranks
        by_class = flows.arrivals[:, list(branch.channels).index("general")].sum(axis=1)
        vip = sum(n for n, (_, tier) in zip(by_class, branch.classes, strict=True) if tier == "vip")
        share = vip / by_class.sum()
        assert general.waiting_cost == pytest.approx((share * 120 + (1 - share) * 30) / 60)
        assert general.loss_rate == pytest.approx(share * 60 / 60 + (1 - share) * 20 / 30)

    def test_overtime_is_paid_like_the_dearest_who_serves(self, small_branch, small_policy):
        """Clerks at 80, a fifth of them away, serve cash too; overtime is half as dear again."""
        regime = Regime.of(small_branch, small_policy)
        flows = day_flows(small_branch, "weekday", regime)
        costs = [channel_demand(small_branch, flows, name, regime).overtime_cost for name in ("cash", "lobby", "atm")]
        assert costs == pytest.approx([80 / 0.8 * 1.5 / 60, 50 * 1.5 / 60, 0])


class TestWages:
    @pytest.mark.parametrize(
        ("skill", "start", "end", "pay"),
        [("teller", "09:00", "11:00", 2 * 50), ("teller", "09:00", "13:00", 4 * 50),
         ("clerk", "09:00", "11:00", 2 * 80 / 0.8)],
    )  # fmt: skip
    def test_one_person_more_costs_exactly_that_wage_more(self, small_branch, small_policy, skill, start, end, pay):
        before = evaluate(small_branch, small_policy)
        plan = small_policy.days["weekday"]
        more = Assignment(skill=skill, shift=Shift(start=start, end=end), people=1)
        after = evaluate(small_branch, with_plan(small_policy, "weekday", shifts=(*plan.shifts, more)))
        assert after.costs["wages"] - before.costs["wages"] == pytest.approx(60 * pay, rel=1e-12)
        assert {n: c for n, c in after.costs.items() if n != "wages"} == {
            n: c for n, c in before.costs.items() if n != "wages"
        }

    @pytest.mark.parametrize(
        ("rules", "shrinkage", "meal", "pay"),
        [
            ({}, 0.0, None, 4 * 60),
            ({}, 0.25, None, 4 * 60 / 0.75),
            ({"part_time_below": 8.0, "part_time_premium": 0.2}, 0.0, None, 4 * 60 * 1.2),
            ({"part_time_below": 4.0, "part_time_premium": 0.2}, 0.0, None, 4 * 60),
            ({"meal": MEAL}, 0.0, ("11:00", "12:00"), 3 * 60),
            ({"meal": MEAL | {"paid": True}}, 0.0, ("11:00", "12:00"), 4 * 60),
            ({"meal": MEAL, "part_time_below": 5.0, "part_time_premium": 0.5}, 0.5, ("11:00", "12:00"), 3 * 180),
        ],
    )
    def test_of_a_shift_by_hand(self, rules, shrinkage, meal, pay):
        skill = Skill.model_validate(
            {"wage": 60.0, "serves": ["counter"], "available": {}, "shifts": RULES | rules, "shrinkage": shrinkage}
        )
        begin, end = meal or (None, None)
        shift = Shift(start="10:00", end="14:00", meal_start=begin, meal_end=end)
        assert shift_cost(skill, shift) == pytest.approx(pay, rel=1e-12)


class TestMoreWindows:
    """Patience at least as long as service: a window more in one period never makes anybody wait longer."""

    @pytest.mark.parametrize("seed", range(40))
    def test_no_period_and_no_limit_gets_worse(self, seed):
        rng = np.random.default_rng(seed)
        service = float(rng.uniform(0.05, 0.4))
        given = demand(
            rng.uniform(0.0, 1.2, 5), service, float(rng.choice([0.0, rng.uniform(0, 1) * service, service])),
            loss_rate=0.3, overtime_cost=1.0, limits=(2.0, 12.0, 40.0),
        )  # fmt: skip
        servers = [int(n) for n in rng.integers(0, 6, 5)]
        first = channel_day(given, tuple(servers))
        before = first.measures
        for t in range(5):
            more = servers.copy()
            more[t] += 1
            second = channel_day(given, tuple(more))
            after = second.measures
            assert (after.waiting <= before.waiting + 1e-7).all()
            assert after.waiting_after_closing <= before.waiting_after_closing + 1e-7
            assert after.overtime <= before.overtime + 1e-7
            assert (after.service_level >= before.service_level - 1e-7).all()
            old, new = (sum(channel_costs(day).values()) for day in (first, second))
            assert new <= old + 1e-6

    def test_of_a_policy(self, small_branch, small_policy):
        before = evaluate(small_branch, small_policy).days["weekday"].channels
        for role in ("cash", "general"):
            windows = small_policy.days["weekday"].windows
            for t in range(8):
                levels = tuple(n + (u == t) for u, n in enumerate(windows[role]))
                policy = with_plan(small_policy, "weekday", windows=windows | {role: levels})
                after = evaluate(small_branch, policy).days["weekday"].channels
                assert (after[role].measures.waiting <= before[role].measures.waiting + 1e-9).all()
                assert after[role].mean_wait <= before[role].mean_wait
                assert after[role].service_level(10) >= before[role].service_level(10) if role == "cash" else True
                for other in set(before) - {role}:
                    assert after[other].mean_wait == before[other].mean_wait


class TestLimits:
    def test_a_machine_mended_at_once_never_fails(self, small_branch, small_policy):
        atm = small_branch.channels["atm"]
        costs = [
            evaluate(small_branch.replace(channels=small_branch.channels | {"atm": atm.replace(**given)}), small_policy)
            for given in ({"failures_per_day": 0.0}, {"failures_per_day": 4.0, "repair_minutes": 0.0})
        ]
        assert costs[0].cost == costs[1].cost

    def test_numbers_that_nobody_ever_answers_are_refused(self):
        with pytest.raises(ValidationError, match="no_show"):
            Tickets(no_show=1.0)


class TestPromises:
    def test_per_period_and_per_day(self, small_branch, small_policy):
        promises = evaluate(small_branch, small_policy).promises
        counted = [(p.name, p.day_type, p.period) for p in promises]
        assert counted == [
            *(("cash_fast", "weekday", t) for t in range(8)), ("lobby_wait", "weekday", None),
            ("atm_given_up", "weekday", None), *(("cash_fast", "saturday", t) for t in range(2)),
            ("atm_given_up", "saturday", None), ("cash_aside", None, None),
        ]  # fmt: skip

    def test_a_day_is_its_periods_weighted_by_who_comes(self, small_branch, small_policy):
        cash = evaluate(small_branch, small_policy).days["weekday"].channels["cash"]
        each = cash.measures.service_level[0]
        assert cash.service_level(10) == pytest.approx(np.average(each, weights=cash.demand.arrivals), rel=1e-12)
        assert cash.mean_wait == pytest.approx(
            (cash.measures.waiting.sum() + cash.measures.waiting_after_closing) / cash.demand.arrivals.sum(), rel=1e-12
        )

    def test_broken_promises_and_rules_make_a_policy_infeasible(self, small_branch, small_policy):
        judged = evaluate(small_branch, small_policy)
        assert judged.feasible == (not judged.broken_promises and not judged.broken_rules)
        nobody = evaluate(small_branch, with_plan(small_policy, "weekday", shifts=()))
        assert nobody.broken_rules
        assert not nobody.feasible
        closed = DayPlan(windows={"cash": (1,) * 8, "general": (1,) * 8}, shifts=small_policy.days["weekday"].shifts)
        slow = evaluate(small_branch, small_policy.replace(days=small_policy.days | {"weekday": closed}))
        assert not slow.broken_rules
        assert {p.name for p in slow.broken_promises} == {"cash_fast"}
        assert not slow.feasible
