"""Numbers that nobody answers, and second tickets."""

from datetime import date, timedelta

import numpy as np
import pytest

from optimizer.calibration.log import log_of
from optimizer.calibration.tickets import dead_numbers, tickets_per_customer
from optimizer.errors import InvalidParameterError


def simulated(rng, days, second, lost, customers=150, runs=1):
    """Some customers take a second ticket within seconds, of all tickets some are lost, their people gone.

    Each run is a transaction, so that one log holds many.
    """
    n = rng.poisson(customers, runs * days)
    arrival = rng.uniform(540, 1020, n.sum())
    gone = rng.random(n.sum()) < lost
    twice = ~gone & (rng.random(n.sum()) < second)
    moment = np.concatenate([arrival, arrival[twice] + rng.uniform(2, 10, twice.sum()) / 60])
    dead = np.concatenate([gone, np.ones(twice.sum(), bool)])
    unit = np.repeat(np.arange(runs * days), n)
    unit = np.concatenate([unit, unit[twice]])
    dates = np.array([(date(2026, 1, 5) + timedelta(days=i)).isoformat() for i in range(days)])
    names = np.array([f"{run:03}" for run in range(runs)])
    outcome = np.where(dead, "no_show", "served")
    columns = {"day": dates[unit % days], "transaction": names[unit // days]}
    return log_of(columns | {"arrival": moment, "outcome": outcome})


def test_dead_numbers_are_a_share_of_the_numbers_called():
    log = log_of(
        {
            "day": ["2026-01-05"] * 6,
            "arrival": [540.0] * 6,
            "outcome": ["served", "served", "no_show", "abandoned", "served", "no_show"],
            "transaction": ["cash"] * 5 + ["card"],
        }
    )
    found = dead_numbers(log)
    assert found["cash",].no_show.value == 0.25
    assert found["cash",].no_show.n == 4
    assert found["card",].no_show.value == 1
    assert found["cash",].minutes is None


def test_the_time_that_a_dead_number_holds_a_window_is_known_where_the_log_shows_it():
    log = log_of(
        {
            "day": ["2026-01-05", "2026-01-05", "2026-01-06", "2026-01-06"],
            "arrival": [540.0] * 4,
            "called": [550.0, 550.0, 551.0, 551.0],
            "started": [np.nan, np.nan, np.nan, 551.0],
            "ended": [550.5, np.nan, 551.7, 560.0],
            "outcome": ["no_show", "no_show", "no_show", "served"],
        }
    )
    minutes = dead_numbers(log)["service",].minutes
    assert minutes.value == pytest.approx(0.6)
    assert minutes.n == 2


def test_classes_of_dead_numbers_are_made_of_columns_of_classes_only():
    with pytest.raises(InvalidParameterError, match="amount"):
        dead_numbers(log_of({"day": ["2026-01-05"], "arrival": [540.0], "outcome": ["served"]}), by=("amount",))


def test_classes_of_second_tickets_are_made_of_columns_of_classes_only():
    with pytest.raises(InvalidParameterError, match="teller"):
        tickets_per_customer(simulated(np.random.default_rng(1), 2, 0, 0), by=("teller",))


def test_without_dead_numbers_nothing_is_said_of_second_tickets():
    assert tickets_per_customer(simulated(np.random.default_rng(1), 5, 0, 0)) == {}


def test_of_one_day_nothing_is_said_of_second_tickets():
    assert tickets_per_customer(simulated(np.random.default_rng(1), 1, 0.2, 0.1)) == {}


def test_lost_tickets_among_near_strangers_are_not_taken_for_second_ones():
    found = tickets_per_customer(simulated(np.random.default_rng(2), 20, 0, 0.1, customers=1500))
    assert found["000",].value == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(("days", "second", "lost"), [(10, 0.2, 0.05), (30, 0.05, 0.1)])
def test_intervals_of_tickets_per_customer_and_of_dead_numbers_cover_the_truth(days, second, lost):
    rng = np.random.default_rng(3)
    log = simulated(rng, days, second, lost, customers=80, runs=200)
    tickets, dead = tickets_per_customer(log), dead_numbers(log)
    assert len(tickets) == len(dead) == 200
    share = 1 - (1 - lost) / (1 + (1 - lost) * second)
    for truth, ends in (
        (1 + second, [found.interval() for found in tickets.values()]),
        (share, [found.no_show.interval() for found in dead.values()]),
    ):
        assert 0.90 <= np.mean([low <= truth <= high for low, high in ends]) <= 0.99
