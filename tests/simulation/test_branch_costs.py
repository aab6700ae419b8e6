"""A day's events cost what the branch says, and where the evaluation is exact they are what it says."""

import numpy as np
import pytest

from optimizer.evaluation import Regime, evaluate_day
from optimizer.simulation import COST_NAMES, Replications, branch_hall, hall_prices, simulate_hall


@pytest.fixture
def costly(small_branch, small_policy, changed):
    """A day of the small branch on which everything happens that costs: the branch, its hall, what 60 days yield."""
    branch = changed(
        small_branch,
        {
            "tiers.ordinary.balking": 0.2, "channels.lobby.cost_per_transaction": 0.05,
            "channels.general.cost_per_transaction": 0.7, "channels.cash.queue_capacity": 8,
            "channels.atm.failures_per_day": 2, "channels.atm.repair_minutes": 30, "channels.atm.come_back": 0.5,
            "diversions.deposit_to_ebank.annoyance": 0.25, "transactions.withdrawal.pitch": {"minutes": 1, "income": 3},
        },
    )  # fmt: skip
    thresholds = {"withdrawal_to_atm": 10000, "deposit_to_ebank": 5000}
    policy = changed(small_policy, {"thresholds": thresholds, "pitch_below": 2})
    hall = branch_hall(branch, policy, "weekday")
    prices = hall_prices(branch, hall)
    return branch, hall, simulate_hall(hall, Replications(60, seed=9), prices=prices, cost_names=COST_NAMES)


def test_a_day_costs_what_happens_on_it(costly):
    branch, hall, estimate = costly
    expected = dict.fromkeys(COST_NAMES, 0.0)
    for each in hall.classes:
        transaction, tier = each.name.split(", ")
        given = branch.tiers[tier]
        for station in each.visits:
            got = estimate.measures(station, of_class=each.name)
            minutes = float(got.waiting.value + got.desk_minutes.value)
            expected["waiting"] += minutes / 60 * given.waiting_cost
            expected["lost_customers"] += given.loss * float(got.abandoned.value + got.turned_away.value)
            expected["transactions"] += branch.channels[station].cost_per_transaction * float(got.served.value)
            income = {"withdrawal": 3, "opening": 2}.get(transaction, 0)
            expected["pitches"] -= income * float(got.pitches.value)
    expected["annoyance"] += 1.5 * float(estimate.measures("atm").arrivals.value)
    expected["annoyance"] += 0.25 * float(estimate.measures("ebank", of_class="deposit, ordinary").arrivals.value)
    # The lobby by tellers at 50 yuan, general and cash by clerks at 80, of whom a fifth is away.
    for station, wage in (("lobby", 50), ("cash", 80 / 0.8), ("general", 80 / 0.8)):
        expected["overtime"] += 1.5 * wage * float(estimate.overtime(station).value) / 60
    assert {name: float(estimate.costs[name].value) for name in COST_NAMES} == pytest.approx(expected, rel=1e-9)
    assert all(cost != 0 for cost in expected.values())
    assert float(estimate.costs["total"].value) == pytest.approx(sum(expected.values()), rel=1e-9)


def test_machines_cost_no_overtime_and_remote_channels_no_waiting(costly):
    branch, hall, _ = costly
    prices = hall_prices(branch, hall)
    names = [station.name for station in hall.stations]
    assert np.flatnonzero(prices.overtime.any(axis=0)).tolist() == [
        names.index(n) for n in ("lobby", "cash", "general")
    ]
    assert np.flatnonzero(prices.overtime.any(axis=1)).tolist() == [COST_NAMES.index("overtime")]


def test_patient_customers_whose_time_is_free_cost_their_transaction_alone(counter_branch, counter_policy, changed):
    patient = changed(counter_branch, {"tiers.ordinary.patience": ..., "overtime_multiplier": 0})
    free = changed(patient, {"tiers.ordinary.waiting_cost": 0})
    hall = branch_hall(free, counter_policy, "quiet")
    estimate = simulate_hall(hall, Replications(30), prices=hall_prices(free, hall), cost_names=COST_NAMES)
    costs = {name: float(cost.value) for name, cost in estimate.costs.items()}
    assert costs.pop("total") == costs["transactions"] == 0.5 * float(estimate.measures("counter").arrivals.value)
    assert sum(costs.values()) == costs["transactions"]


# The whole branch, where the evaluation is exact.


def test_every_measure_is_the_evaluated_one_where_the_evaluation_is_exact(counter_branch, counter_policy):
    day = evaluate_day(
        counter_branch, "busy", Regime.of(counter_branch, counter_policy), counter_policy.days["busy"]
    )  # fmt: skip
    exact, hall = day.channels["counter"], branch_hall(counter_branch, counter_policy, "busy")
    estimate = simulate_hall(
        hall, Replications(20_000, seed=20261126), prices=hall_prices(counter_branch, hall), cost_names=COST_NAMES
    )
    got, whole = estimate.measures("counter", by_period=True), estimate.measures("counter")
    measures = exact.measures
    waiting = measures.waiting.copy()
    waiting[-1] += measures.waiting_after_closing
    offered = np.array(exact.servers) * 30
    happening = ("overtime", "waiting", "lost_customers", "transactions")
    pairs = [
        (got.arrivals, measures.arrivals), (got.waiting, waiting), (got.abandoned, measures.abandoned),
        (got.served, measures.completed), (got.mean_wait, waiting / measures.arrivals),
        (got.abandonment, measures.abandoned / measures.arrivals),
        (got.service_levels[3.0], measures.service_level[0]), (got.service_levels[10.0], measures.service_level[1]),
        (estimate.utilization("counter"), measures.busy / offered),
        (estimate.overtime("counter"), measures.overtime),
        (whole.mean_wait, exact.mean_wait), (whole.abandonment, exact.abandonment),
        (whole.service_levels[3.0], exact.service_level(3.0)), (whole.service_levels[10.0], exact.service_level(10.0)),
        *((estimate.costs[name], day.costs[name]) for name in happening),
    ]  # fmt: skip
    distances = np.concatenate([np.atleast_1d((got.value - value) / got.error) for got, value in pairs])
    assert len(distances) == 9 * 8 + 9
    # 81 numbers together at 1 % (Bonferroni), two sides.
    assert np.abs(distances).max() < 4.01
    assert whole.turned_away.value == 0
