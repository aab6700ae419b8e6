"""Every part of a branch and a policy arrives in the hall."""

import math

import pytest

from optimizer.simulation import (
    Distribution,
    Form,
    Pitch,
    Replications,
    Tickets,
    branch_hall,
    simulate_hall,
)

NEVER = Distribution.never()


@pytest.fixture
def hall_of(small_branch, small_policy, changed):
    """A function that makes the hall of a weekday of the small branch, changed at dotted places."""

    def make(branch=None, policy=None, day_type="weekday"):
        return branch_hall(changed(small_branch, branch or {}), changed(small_policy, policy or {}), day_type)

    return make


@pytest.fixture
def visit(hall_of):
    """A function that gives the visit of a class to a station in the hall of a weekday."""

    def find(transaction, tier, station, branch=None, policy=None):
        (found,) = (c for c in hall_of(branch, policy).classes if c.name == f"{transaction}, {tier}")
        return found.visits[station]

    return find


def by_name(hall):
    return {each.name: each for each in hall.classes}


def station_of(hall, name):
    (found,) = (station for station in hall.stations if station.name == name)
    return found


# Who comes, and which way.


def test_classes_are_those_who_come_on_the_day(hall_of):
    hall = hall_of()
    assert [(each.name, each.group) for each in hall.classes] == [
        ("withdrawal, ordinary", "ordinary"), ("withdrawal, vip", "vip"), ("deposit, ordinary", "ordinary"),
        ("opening, ordinary", "ordinary"), ("opening, vip", "vip"), ("advice, ordinary", "ordinary"),
    ]  # fmt: skip
    assert hall.period == 30
    assert hall.closing == 240
    assert by_name(hall)["withdrawal, ordinary"].rates == (6 / 30,) * 8
    assert hall_of(day_type="saturday").closing == 60


def test_a_class_of_nobody_is_there_when_it_is_asked_for(small_branch, small_policy):
    hall = branch_hall(small_branch, small_policy, "weekday", also=[("deposit", "vip")])
    assert by_name(hall)["deposit, vip"].rates == (0.0,) * 8
    assert len(hall.classes) == 7


def test_a_day_on_which_nobody_comes_has_a_hall(small_branch, small_policy, changed):
    empty = changed(small_branch, {"arrivals.saturday": {}})
    hall = branch_hall(empty, small_policy, "saturday")
    estimate = simulate_hall(hall, Replications(30))
    assert hall.closing == 60
    assert estimate.measures("cash").arrivals.value == 0
    assert estimate.measures("cash").mean_wait.value == 0


def test_with_a_greeter_on_duty_everybody_passes_the_greeter_first(hall_of):
    hall = hall_of()
    assert hall.adviser == "lobby"
    assert {each.name: each.way for each in hall.classes} == {
        "withdrawal, ordinary": ("lobby", "cash"), "withdrawal, vip": ("lobby", "general"),
        "deposit, ordinary": ("lobby", "cash"), "opening, ordinary": ("lobby", "general"),
        "opening, vip": ("lobby", "general"), "advice, ordinary": ("lobby", "ebank"),
    }  # fmt: skip
    assert station_of(hall, "lobby").servers == ((0.0, 1),)


def test_without_a_greeter_on_duty_the_way_begins_at_the_home_of_the_tier(hall_of):
    hall = hall_of(policy={"greeters": 0})
    assert hall.adviser is None
    assert {each.way for each in hall.classes} == {("cash",), ("general",), ("ebank",)}
    assert by_name(hall)["withdrawal, vip"].way == ("general",)
    assert not any("lobby" in each.visits for each in hall.classes)


def test_without_a_greeter_on_duty_a_day_is_simulated_and_nobody_is_met(hall_of):
    estimate = simulate_hall(hall_of(policy={"greeters": 0}), Replications(30))
    assert not any(station == "lobby" for station, _, _ in estimate.groups.keys)
    assert estimate.utilization("lobby").value.tolist() == [0.0] * 8
    assert estimate.measures("cash").arrivals.value > 50


def test_a_branch_without_a_greeter_has_a_hall(counter_branch, counter_policy):
    hall = branch_hall(counter_branch, counter_policy, "busy")
    assert hall.adviser is None
    assert [station.name for station in hall.stations] == ["counter"]
    assert [each.way for each in hall.classes] == [("counter",)]


# Stations.


def test_stations_are_the_channels_with_the_servers_of_the_plan(hall_of):
    hall = hall_of(policy={"days.weekday.windows.cash": [2, 2, 3, 3, 1, 1, 2, 2]})
    assert [station.name for station in hall.stations] == ["lobby", "cash", "general", "atm", "ebank"]
    assert station_of(hall, "cash").servers == ((0.0, 2), (60.0, 3), (120.0, 1), (180.0, 2))
    assert station_of(hall, "general").servers == ((0.0, 1),)
    assert station_of(hall, "atm").servers == ((0.0, 2),)
    assert [station.name for station in hall.stations if station.remote] == ["ebank"]


def test_machines_fail_as_often_as_the_branch_says(hall_of):
    failing = {"channels.atm.failures_per_day": 0.6, "channels.atm.repair_minutes": 25}
    atm = station_of(hall_of(failing), "atm")
    assert atm.failure_rate == pytest.approx(0.6 / 240)
    assert atm.repair == Distribution.exponential(25)
    for never in ({"channels.atm.failures_per_day": 0.6}, {"channels.atm.repair_minutes": 25}):
        assert station_of(hall_of(never), "atm").failure_rate == 0


def test_customers_of_a_machine_that_fails_come_back_to_the_counter(visit):
    branch = {"channels.atm.come_back": 0.7}
    assert visit("withdrawal", "ordinary", "atm", branch).come_back == 0.7
    assert visit("withdrawal", "ordinary", "cash", branch).come_back == 0


def test_limits_are_those_that_the_targets_of_the_channel_ask_about(hall_of):
    level = {"channel": "cash", "measure": "service_level", "within": 4, "least": 0.5, "tier": "ordinary"}
    hall = hall_of({"targets.faster": level, "targets.again": level})
    assert {station.name: station.limits for station in hall.stations} == {
        "lobby": (), "cash": (4.0, 10.0), "general": (), "atm": (), "ebank": (),
    }  # fmt: skip


def test_a_limit_on_a_queue_turns_customers_away(hall_of):
    full = {f"channels.{name}.queue_capacity": count for name, count in (("lobby", 9), ("cash", 5), ("atm", 3))}
    hall = hall_of(full)
    assert {station.name: station.capacity for station in hall.stations} == {
        "lobby": 9, "cash": 5, "general": None, "atm": 3, "ebank": None,
    }  # fmt: skip
    assert simulate_hall(hall, Replications(30)).measures("cash").turned_away.value > 0


def test_busy_days_and_head_starts_are_those_of_the_branch(hall_of):
    hall = hall_of({"busyness_scv": 0.04, "head_start": 8})
    assert (hall.busyness_scv, hall.head_start) == (0.04, 8)
    assert hall_of().head_start is None


# Advice.


def test_advice_is_given_up_to_the_threshold_or_the_limit_of_the_machine(hall_of):
    def ceiling(threshold, **branch):
        advice = by_name(hall_of(branch, {"thresholds.withdrawal_to_atm": threshold}))["withdrawal, ordinary"].advice
        return None if advice is None else advice.ceiling

    assert ceiling(10000) == 10000
    assert ceiling(30000) == 20000
    assert ceiling(30000, **{"channels.atm.limit": ...}) == 30000
    assert ceiling(0) is None


def test_advice_says_where_to_go_what_counts_and_how_long_the_help_takes(hall_of):
    policy = {"thresholds": {"withdrawal_to_atm": 10000, "deposit_to_ebank": 5000}, "divert_from": 3}
    classes = by_name(hall_of(None, policy))
    advice = classes["withdrawal, ordinary"].advice
    assert advice.to == "atm"
    assert advice.amount == Distribution("lognormal", (9.0, 1.0))
    assert advice.assistance == Distribution.exponential(0.5)
    assert advice.when_waiting == 3
    deposit = classes["deposit, ordinary"].advice
    assert (deposit.to, deposit.ceiling) == ("ebank", 5000)
    assert deposit.amount == Distribution.table((1000, 5000, 20000), (0.25, 0.5, 0.25))
    assert deposit.assistance.mean == 0


def test_only_the_tiers_that_a_diversion_names_are_asked(hall_of):
    assert by_name(hall_of())["withdrawal, vip"].advice is None
    assert by_name(hall_of({"diversions.withdrawal_to_atm.tiers": []}))["withdrawal, vip"].advice is not None


def test_who_is_served_at_the_machine_anyway_is_not_asked(hall_of):
    homes = {"transactions.withdrawal.channel_by_tier.vip": "atm", "diversions.withdrawal_to_atm.tiers": []}
    classes = by_name(hall_of(homes))
    assert classes["withdrawal, vip"].advice is None
    assert classes["withdrawal, vip"].way == ("lobby", "atm")
    assert classes["withdrawal, ordinary"].advice is not None


def test_transactions_without_a_threshold_or_a_diversion_are_not_diverted(hall_of):
    classes = by_name(hall_of())
    asked = [name for name, each in classes.items() if each.advice is not None]
    assert asked == ["withdrawal, ordinary"]
    assert set(classes["deposit, ordinary"].visits) == {"lobby", "cash"}


@pytest.mark.parametrize(("greeters", "compliance"), [(0, 0.2), (1, 0.5), (2, 0.7), (5, 0.7)])
def test_more_greeters_make_more_follow(greeters, compliance, hall_of):
    follow = by_name(hall_of(None, {"greeters": greeters}))["withdrawal, ordinary"].advice.follow
    assert follow == pytest.approx([0.9 * min(1, compliance * growth) for growth in (1, 1.1, 1.21)])


def test_a_campaign_makes_more_follow_but_no_more_than_are_able(hall_of):
    def follow(uplift):
        branch = {"campaigns.points.uplift": uplift}
        return by_name(hall_of(branch, {"campaign": "points"}))["withdrawal, ordinary"].advice.follow

    assert follow(0.5) == pytest.approx([0.9 * 0.75, 0.9 * 0.825, 0.9 * 0.9075])
    assert follow(0.9) == pytest.approx([0.9 * 0.95, 0.9, 0.9])


@pytest.mark.parametrize("greeters", [0, 1])
def test_as_many_go_to_the_machine_as_have_a_small_amount_and_follow(greeters, hall_of):
    estimate = simulate_hall(hall_of(policy={"greeters": greeters}), Replications(2000, seed=4))
    came = 6 * 8
    if greeters:
        came -= estimate.measures("lobby", of_class="withdrawal, ordinary").abandoned.value
    small = 0.5 * (1 + math.erf((math.log(10000) - 9) / math.sqrt(2)))
    compliance = 0.5 if greeters else 0.2
    expected = came * small * 0.9 * compliance * (1 + 1.1 + 1.21) / 3
    diverted = estimate.measures("atm").arrivals
    assert abs(diverted.value - expected) < 3.5 * diverted.error


def test_advice_from_a_number_waiting_on_is_given_less_the_larger_the_number(hall_of):
    counts = [
        simulate_hall(hall_of(None, {"divert_from": below}), Replications(200)).measures("atm").arrivals.value
        for below in (0, 1, 4, 1000)
    ]
    assert counts[0] > counts[1] > counts[2] > counts[3] == 0


# What customers do.


def test_forms_are_filled_in_at_the_desk_or_at_the_window(visit):
    at_desk = visit("opening", "ordinary", "general")
    assert at_desk.form == Form(0.8, Distribution.exponential(6), 5, 0, 0.1)
    at_window = visit("opening", "ordinary", "general", None, {"form_at_window_below": 2})
    assert at_window.form == Form(0.8, None, 5, 2, 0.1)
    assert visit("withdrawal", "ordinary", "cash").form is None
    assert visit("opening", "ordinary", "lobby").form is None


def test_at_a_machine_nobody_fills_in_a_form_takes_a_number_or_hears_a_pitch(visit):
    branch = {
        "transactions.withdrawal.form": {"share": 0.5, "desk_minutes": 3, "window_minutes": 2},
        "transactions.withdrawal.pitch": {"minutes": 1, "income": 2},
    }
    policy = {"pitch_below": 3}
    at_window, at_machine = (visit("withdrawal", "ordinary", name, branch, policy) for name in ("cash", "atm"))
    assert at_window.form is not None
    assert at_window.pitch == Pitch(1, 3)
    assert at_window.tickets == Tickets(1.5, 0.1, 0.5)
    assert (at_machine.form, at_machine.pitch, at_machine.tickets) == (None, None, Tickets())


def test_dead_numbers_are_called_as_often_as_the_transaction_or_the_policy_says(visit):
    assert visit("withdrawal", "ordinary", "cash").tickets == Tickets(1.5, 0.1, 2 * 15 / 60)
    assert visit("withdrawal", "vip", "general").tickets == Tickets(1.5, 0.1, 2 * 15 / 60)
    assert visit("withdrawal", "ordinary", "cash", None, {"calls": 1}).tickets == Tickets(1.5, 0.1, 15 / 60)
    assert visit("deposit", "ordinary", "cash", None, {"calls": 1}).tickets.no_show == 0


def test_a_pitch_is_made_where_the_transaction_has_one_and_the_policy_asks_for_it(visit):
    assert visit("opening", "ordinary", "general").pitch is None
    assert visit("opening", "ordinary", "general", None, {"pitch_below": 3}).pitch == Pitch(1, 3)
    assert visit("withdrawal", "ordinary", "cash", None, {"pitch_below": 3}).pitch is None


def test_tiers_are_told_apart_and_numbers_are_displayed_at_windows_alone(visit):
    branch = {"tiers.vip.balking": 0.2, "diversions.withdrawal_to_atm.tiers": []}
    ranked = {name: visit("withdrawal", "vip", name, branch) for name in ("lobby", "general", "atm")}
    assert {name: (each.rank, each.balking) for name, each in ranked.items()} == {
        "lobby": (0, 0), "general": (1, 0.2), "atm": (0, 0),
    }  # fmt: skip
    assert visit("withdrawal", "ordinary", "cash", branch).rank == 0


def test_the_greeter_takes_the_same_time_for_all_and_does_side_tasks(visit):
    met = [visit(*each, "lobby") for each in (("withdrawal", "ordinary"), ("opening", "vip"), ("advice", "ordinary"))]
    assert {each.service for each in met} == {Distribution.exponential(1)}
    assert {each.extras for each in met} == {((0.2, Distribution.exponential(1)),)}
    assert visit("withdrawal", "ordinary", "cash").extras == ()


def test_nobody_waits_for_a_remote_channel(visit):
    remote = visit("advice", "ordinary", "ebank")
    assert (remote.service, remote.patience, remote.balking) == (Distribution.constant(0), NEVER, 0)


FAMILIES = [
    ({"mean": 4.0}, Distribution.exponential(4)),
    ({"mean": 4.0, "scv": 1.6}, Distribution.gamma(4, 1.6)),
    ({"mean": 4.0, "scv": 0.0}, Distribution.constant(4)),
    ({"mean": 4.0, "scv": 0.5, "distribution": "gamma"}, Distribution.gamma(4, 0.5)),
    ({"mean": 4.0, "scv": 0.6, "distribution": "lognormal"}, Distribution.lognormal(4, 0.6)),
    (
        {"mean": 3.25, "scv": 0.302, "distribution": "table", "minutes": (1.0, 2.0, 5.0), "shares": (0.25, 0.25, 0.5)},
        Distribution.table((1, 2, 5), (0.25, 0.25, 0.5)),
    ),
]


@pytest.mark.parametrize(("given", "expected"), FAMILIES)
def test_a_service_time_keeps_its_family_mean_and_variability(given, expected, visit):
    branch = {"channels.cash.service.withdrawal": given, "channels.atm.service.withdrawal": given}
    for station in ("cash", "atm"):
        assert visit("withdrawal", "ordinary", station, branch).service == expected
    assert expected.mean == pytest.approx(given["mean"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"patience": 30.0}, Distribution.exponential(30)),
        ({"patience": ...}, NEVER),
        ({"patience": 20.0, "patience_scv": 0.3, "patience_distribution": "lognormal"},
         Distribution.lognormal(20, 0.3)),
        ({"patience": 20.0, "patience_scv": 2.0, "patience_distribution": "gamma"}, Distribution.gamma(20, 2)),
        (
            {"patience": 14.5, "patience_scv": 0.367, "patience_distribution": "table",
             "patience_minutes": (5.0, 10.0, 25.0), "patience_shares": (0.3, 0.3, 0.4)},
            Distribution.table((5, 10, 25), (0.3, 0.3, 0.4)),
        ),
    ],
)  # fmt: skip
def test_patience_keeps_its_family_mean_and_variability_at_every_station(given, expected, visit):
    branch = {f"tiers.ordinary.{key}": value for key, value in given.items()}
    for station in ("lobby", "cash", "atm"):
        assert visit("withdrawal", "ordinary", station, branch).patience == expected
    assert visit("withdrawal", "vip", "general", branch).patience == Distribution.exponential(60)
