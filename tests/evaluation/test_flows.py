"""From the door to the channels: nobody is lost, and everybody comes when they should."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import solve_ivp

from optimizer.evaluation import Regime, all_regimes, channel_day, channel_demand, day_flows
from optimizer.evaluation.diversion import diverted_share
from optimizer.evaluation.flows import infinite_server_departures, mean_abandonment_rate, order_matching
from optimizer.evaluation.service import TicketService
from optimizer.queues import transient_day

COUNTS = arrays(np.float64, 6, elements=st.floats(0, 100))


def regime(greeters=0, withdrawal=0.0, deposit=0.0, campaign="none"):
    return Regime((("withdrawal_to_atm", withdrawal), ("deposit_to_ebank", deposit)), greeters, campaign)


def row(branch, transaction, tier):
    return branch.classes.index((transaction, tier))


def channel(branch, name):
    return list(branch.channels).index(name)


def with_form(branch, **changes):
    opening = branch.transactions["opening"]
    opening = opening.replace(form=opening.form.replace(**changes))
    return branch.replace(transactions=branch.transactions | {"opening": opening})


class TestDayFlows:
    @pytest.mark.parametrize("day_type", ["weekday", "saturday"])
    def test_nobody_is_lost_in_any_regime(self, small_branch, day_type):
        form = small_branch.transactions["opening"].form
        for chosen in all_regimes(small_branch):
            flows = day_flows(small_branch, day_type, chosen)
            door = flows.arrivals[:, channel(small_branch, "lobby")]
            served = np.delete(flows.arrivals, channel(small_branch, "lobby"), axis=1)
            turns = served[[row(small_branch, "opening", tier) for tier in small_branch.tiers]].sum()
            second = turns * form.share * form.wrong / (1 + form.share * form.wrong)
            gave_up = 0.0 if flows.greeter is None else flows.greeter.abandoned.sum()
            assert flows.arrivals.min() >= 0
            assert served.sum() == pytest.approx(door.sum() - gave_up + second, rel=1e-7), str(chosen)

    def test_with_nobody_impatient_every_class_is_met_whole(self, small_branch):
        tiers = {name: tier.replace(patience=None) for name, tier in small_branch.tiers.items()}
        branch = with_form(small_branch.replace(tiers=tiers), wrong=0)
        flows = day_flows(branch, "weekday", regime(1, 10000, 5000))
        door, served = flows.arrivals[:, 0], flows.arrivals[:, 1:].sum(axis=1)
        assert served.sum(axis=1) == pytest.approx(door.sum(axis=1), rel=1e-7)

    def test_a_slow_greeter_delays_and_loses(self, small_branch):
        channels = small_branch.channels | {"lobby": small_branch.channels["lobby"].replace(minutes=6)}
        slow = day_flows(small_branch.replace(channels=channels), "weekday", regime(1))
        quick = day_flows(small_branch, "weekday", regime(1))
        assert slow.greeter.abandoned.sum() > 10 * quick.greeter.abandoned.sum()
        cash = channel(small_branch, "cash")
        assert slow.arrivals[:, cash].sum() < quick.arrivals[:, cash].sum()
        # Those inside at closing reach their channel in the last period.
        assert slow.arrivals[:, cash, -1].sum() > 1.5 * slow.arrivals[:, cash, 3].sum()

    def test_without_a_greeter_on_duty_the_door_is_the_channel(self, small_branch):
        flows = day_flows(small_branch, "weekday", regime(0))
        assert flows.greeter is None
        cash, general = channel(small_branch, "cash"), channel(small_branch, "general")
        assert flows.arrivals[row(small_branch, "withdrawal", "ordinary"), cash] == pytest.approx([6.0] * 8)
        assert flows.arrivals[row(small_branch, "withdrawal", "vip"), general] == pytest.approx([1.0] * 8)
        assert flows.arrivals[row(small_branch, "deposit", "vip")].sum() == 0
        assert flows.diverted.sum() == 0

    def test_the_diverted_leave_their_home(self, small_branch):
        chosen = regime(0, withdrawal=10000)
        flows = day_flows(small_branch, "saturday", chosen)
        index = row(small_branch, "withdrawal", "ordinary")
        to, share = diverted_share(small_branch, "withdrawal", "ordinary", chosen)
        assert 0.05 < share < 0.95
        assert flows.diverted[index] == pytest.approx(share * 12)
        assert flows.arrivals[index, channel(small_branch, to)] == pytest.approx([share * 6] * 2)
        assert flows.arrivals[index, channel(small_branch, "cash")] == pytest.approx([(1 - share) * 6] * 2)
        assert np.delete(flows.diverted, index).sum() == 0

    def test_the_greeters_time_by_hand(self, small_branch):
        assert day_flows(small_branch, "weekday", regime(1)).greeter_service_rate == pytest.approx(1 / 1.2)
        chosen = regime(1, withdrawal=10000)
        _, share = diverted_share(small_branch, "withdrawal", "ordinary", chosen)
        minutes = 1 + 0.2 * 1 + share * 6 / 15 * 0.5
        assert day_flows(small_branch, "weekday", chosen).greeter_service_rate == pytest.approx(1 / minutes)

    def test_the_greeters_day_is_that_of_the_channel(self, small_branch):
        chosen = regime(1, withdrawal=10000, deposit=5000)
        branch = small_branch.replace(busyness_scv=0.05)
        flows = day_flows(branch, "weekday", chosen)
        demand = channel_demand(branch, flows, "lobby", chosen)
        assert demand.service == flows.greeter_service
        assert demand.service.scv < 0.95
        measures = channel_day(demand, (1,) * branch.periods("weekday")).measures
        for name in ("arrivals", "waiting", "abandoned", "busy", "completed", "left_at_closing", "overtime"):
            assert getattr(flows.greeter, name) == pytest.approx(getattr(measures, name), rel=1e-7, abs=1e-7), name

    def test_a_greeter_without_other_work_is_the_exponential_queue_to_the_last_digit(self, small_branch):
        lobby = small_branch.channels["lobby"].replace(side_tasks={})
        branch = small_branch.replace(
            channels=small_branch.channels | {"lobby": lobby}, busyness_scv=0.0,
            diversions={name: d.replace(assistance_minutes=0.0) for name, d in small_branch.diversions.items()},
        )  # fmt: skip
        flows = day_flows(branch, "weekday", regime(1, withdrawal=10000, deposit=5000))
        assert flows.greeter_service == TicketService(1.0, 1.0, 1.0)
        door = flows.days[0, :, channel(branch, "lobby")]
        patience = mean_abandonment_rate(branch, door.sum(axis=1))
        plain = transient_day(door.sum(axis=0) / branch.period, [1] * 8, 1.0, patience, period=branch.period)
        for name in ("arrivals", "waiting", "abandoned", "completed", "present", "left_at_closing"):
            assert np.array_equal(getattr(flows.greeter, name), getattr(plain, name)), name

    def test_forms_by_hand(self, small_branch):
        branch = with_form(small_branch, desk_minutes=1e-6, share=0.5, wrong=0.2)
        flows = day_flows(branch, "saturday", regime(0))
        index = row(branch, "opening", "ordinary")
        assert flows.arrivals[index, channel(branch, "general")] == pytest.approx([2 * 1.1] * 2, rel=1e-4)
        branch = with_form(small_branch, desk_minutes=1e6, share=0.5, wrong=0.2)
        flows = day_flows(branch, "saturday", regime(0))
        # Those still writing at closing come to the window in the last period.
        assert flows.arrivals[index, channel(branch, "general")] == pytest.approx([1, 1 + 2 * 1.2], rel=1e-4)

    def test_who_writes_when_the_door_shuts_is_late(self, small_branch):
        """Those inside an infinite-server queue of mean d after a time t at rate λ: λ d (1 - exp(-t / d))."""
        branch = with_form(small_branch, desk_minutes=20.0, share=0.5, wrong=0.0)
        flows = day_flows(branch, "saturday", regime(0))
        index, general = row(branch, "opening", "ordinary"), channel(branch, "general")
        writing = 0.5 * 2 / 30 * 20 * (1 - np.exp(-60 / 20))
        assert flows.late[index, general] == pytest.approx(writing, rel=1e-12)
        openings = [row(branch, "opening", tier) for tier in branch.tiers]
        assert flows.late.sum() == pytest.approx(flows.late[openings, general].sum(), rel=1e-12)

    def test_who_leaves_the_greeter_after_closing_is_late_wherever_they_go(self, small_branch):
        branch = with_form(small_branch, share=0.0)
        chosen = regime(1, 10000, 5000)
        flows = day_flows(branch, "weekday", chosen)
        assert flows.late[:, channel(branch, "lobby")].sum() == 0
        assert flows.late.sum() == pytest.approx(flows.greeter.left_at_closing, rel=1e-7)
        to, share = diverted_share(branch, "withdrawal", "ordinary", chosen)
        late = flows.late[row(branch, "withdrawal", "ordinary")]
        assert late[channel(branch, to)] == pytest.approx(share * late.sum(), rel=1e-9)

    def test_the_late_are_among_those_of_the_last_period(self, small_branch):
        for chosen in all_regimes(small_branch):
            flows = day_flows(small_branch, "weekday", chosen)
            assert (flows.late >= 0).all()
            assert (flows.late <= flows.arrivals[:, :, -1] + 1e-12).all()
            desk = chosen.form_at_window_below == 0
            assert (flows.late.sum() > 0) == (desk or chosen.greeters > 0)

    def test_forms_are_only_for_windows(self, small_branch):
        opening = small_branch.transactions["opening"].replace(channel="atm")
        atm = small_branch.channels["atm"]
        atm = atm.replace(service=atm.service | {"opening": {"mean": 5}})
        branch = small_branch.replace(
            transactions=small_branch.transactions | {"opening": opening}, channels=small_branch.channels | {"atm": atm}
        )
        flows = day_flows(branch, "saturday", regime(0))
        assert flows.arrivals[row(branch, "opening", "ordinary"), channel(branch, "atm")] == pytest.approx([2.0, 2.0])


class TestOrderMatching:
    @pytest.mark.parametrize(("entered", "left", "expected"), [
        ([5, 0, 1], [2, 3, 1], [[2, 3, 0], [0, 0, 0], [0, 0, 1]]),
        ([4, 4, 0], [1, 2, 5], [[1, 2, 1], [0, 0, 4], [0, 0, 0]]),
        ([2, 2], [2, 2], [[2, 0], [0, 2]]),
        ([4, 4], [1, 3], [[1, 1], [0, 2]]),
        ([0, 0], [0, 0], [[0, 0], [0, 0]]),
    ])  # fmt: skip
    def test_by_hand(self, entered, left, expected):
        got = order_matching(np.array(entered, float), np.array(left, float))
        assert got.tolist() == pytest.approx(np.array(expected, float))

    @given(entered=COUNTS, left=COUNTS)
    @settings(max_examples=100, deadline=None, derandomize=True)
    def test_everyone_who_left_had_entered_and_nobody_overtakes(self, entered, left):
        assume(entered.sum() > 1e-6 and left.sum() > 1e-6)
        matched = order_matching(entered, left)
        assert matched.sum(axis=0) == pytest.approx(left, abs=1e-9)
        assert matched.sum(axis=1) == pytest.approx(entered * left.sum() / entered.sum(), abs=1e-9)
        for entry in range(5):
            used = np.flatnonzero(matched[entry] > 1e-9)
            later = np.flatnonzero(matched[entry + 1] > 1e-9)
            assert not (used.size and later.size) or used[-1] <= later[0]


class TestInfiniteServers:
    @pytest.mark.parametrize("period", [0.2, 1.0, 7.5])
    @pytest.mark.parametrize("entered", [[4.0, 0.0, 9.0, 1.0], [0.0, 0.0, 3.0, 3.0], [5.0]])
    def test_departures_as_an_integrator_computes_them(self, entered, period):
        inside, expected = 0.0, []
        for customers in entered:
            path = solve_ivp(
                lambda _, y, rate=customers / period: [rate - y[0], y[0]],
                (0, period), [inside, 0.0], rtol=1e-10, atol=1e-12,
            )  # fmt: skip
            inside = path.y[0, -1]
            expected.append(path.y[1, -1])
        expected[-1] += inside
        got = infinite_server_departures(np.array(entered), period)
        assert got == pytest.approx(np.array(expected), abs=1e-7)

    @given(entered=COUNTS, period=st.floats(0.01, 50))
    @settings(max_examples=100, deadline=None, derandomize=True)
    def test_nobody_is_lost_and_nobody_leaves_before_coming(self, entered, period):
        departures = infinite_server_departures(entered, period)
        assert departures.sum() == pytest.approx(entered.sum())
        assert departures.min() >= -1e-9
        assert (np.cumsum(entered) - np.cumsum(departures)).min() >= -1e-9


@pytest.mark.parametrize(("weights", "expected"), [
    ({("withdrawal", "ordinary"): 3.0}, 1 / 30),
    ({("withdrawal", "vip"): 3.0}, 1 / 60),
    ({("withdrawal", "ordinary"): 1.0, ("opening", "vip"): 3.0}, (1 / 30 + 3 / 60) / 4),
    ({}, 0.0),
])  # fmt: skip
def test_rate_of_giving_up_is_the_mean_over_those_who_come(small_branch, weights, expected):
    row_weights = np.array([weights.get(name, 0.0) for name in small_branch.classes])
    assert mean_abandonment_rate(small_branch, row_weights) == pytest.approx(expected)


def test_who_never_gives_up_has_no_rate(small_branch):
    tiers = small_branch.tiers | {"vip": small_branch.tiers["vip"].replace(patience=None)}
    branch = small_branch.replace(tiers=tiers)
    weights = np.array([1.0 if name[0] == "withdrawal" else 0.0 for name in branch.classes])
    assert mean_abandonment_rate(branch, weights) == pytest.approx(1 / 60)
