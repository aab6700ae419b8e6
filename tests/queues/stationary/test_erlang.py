"""Closed forms against reference values, what one says of another, and what they refuse."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import poisson

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.erlang import erlang_a, erlang_b, erlang_c
from optimizer.queues.stationary.measures import tabulate

REFERENCE = Path(__file__).parents[2] / "reference"


def test_erlang_b_and_c_are_the_reference_values(reference):
    for row in reference("erlang.json")["erlang"]:
        c, load = row["c"], row["a"]
        assert erlang_b(c, load) == pytest.approx(float(row["B"]), rel=1e-11), row
        queue = erlang_c(c, load, 1.0)
        assert queue.wait_probability == pytest.approx(float(row["C"]), rel=1e-9), row
        assert queue.mean_wait == pytest.approx(float(row["Wq_mu1"]), rel=1e-9), row
        assert queue.mean_queue == pytest.approx(load * float(row["Wq_mu1"]), rel=1e-9), row
        assert queue.abandonment == 0.0


def test_erlang_a_is_the_reference_value(reference):
    for row in reference("erlang.json")["erlangA"]:
        queue = erlang_a(row["c"], row["lam"], row["mu"], row["theta"])
        assert queue.wait_probability == pytest.approx(float(row["Pwait"]), rel=1e-11), row
        assert queue.abandonment == pytest.approx(float(row["Pab"]), rel=1e-11), row
        assert queue.mean_queue == pytest.approx(float(row["Lq"]), rel=1e-11), row
        assert queue.mean_wait == pytest.approx(float(row["EW_all"]), rel=1e-11), row


def published():
    with (REFERENCE / "published_mmc.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digits(text):
    """Half a unit of the last digit printed."""
    return 0.5 * 10.0 ** -len(text.partition(".")[2])


@pytest.mark.parametrize("row", published(), ids=lambda row: row["case"].split(" (")[0].replace(" ", "-") + row["c"])
def test_published_banks_are_reproduced_to_the_digits_printed(row):
    arrival, service, c = float(row["lambda"]), float(row["mu"]), int(row["c"])
    queue = erlang_c(c, arrival, service)
    found = {
        "rho_calc": arrival / (c * service),
        "P_wait_calc": queue.wait_probability,
        "Wq_calc": queue.mean_wait,
        "Lq_calc": queue.mean_queue,
    }
    for name, value in found.items():
        assert value == pytest.approx(float(row[name]), abs=1.01 * digits(row[name])), name
    if row["published"].startswith("idle"):
        assert 100 * (1 - found["rho_calc"]) == pytest.approx(float(row["published"][5:-1]), abs=0.0051)
    else:  # the rates are known to fewer digits than the wait they were taken from
        printed = float(row["published"].split()[1])
        assert queue.mean_wait == pytest.approx(printed, rel=4e-3)


def test_erlang_a_tends_to_erlang_c_with_endless_patience():
    patient, endless = erlang_a(5, 4.0, 1.0, 1e-7), erlang_c(5, 4.0, 1.0)
    assert patient.wait_probability == pytest.approx(endless.wait_probability, rel=1e-5)
    assert patient.mean_wait == pytest.approx(endless.mean_wait, rel=1e-5)
    assert patient.abandonment == pytest.approx(0, abs=1e-6)


def test_erlang_a_tends_to_erlang_b_without_patience():
    assert erlang_a(5, 4.0, 1.0, 1e9).abandonment == pytest.approx(erlang_b(5, 4.0), rel=1e-6)


def test_patience_as_long_as_service_leaves_an_endless_number_of_servers():
    """With η = μ the number in system is Poisson with mean a."""
    queue = erlang_a(3, 2.0, 1.0, 1.0)
    terms = [math.exp(-2.0) * 2.0**n / math.factorial(n) for n in range(40)]
    assert queue.wait_probability == pytest.approx(sum(terms[3:]), rel=1e-12)
    assert queue.mean_queue == pytest.approx(sum((n - 3) * p for n, p in enumerate(terms) if n > 3), rel=1e-12)


def test_one_server_is_the_school_formula():
    queue = erlang_c(1, 0.8, 1.0)
    assert queue.wait_probability == pytest.approx(0.8)
    assert queue.mean_queue == pytest.approx(0.8**2 / 0.2)


@pytest.mark.parametrize(("servers", "arrival"), [(3, 3.0), (3, 4.0), (0, 0.5)])
def test_an_overloaded_queue_without_abandonment_has_no_finite_wait(servers, arrival):
    queue = erlang_c(servers, arrival, 1.0)
    assert (queue.wait_probability, queue.mean_wait, queue.mean_queue) == (1.0, math.inf, math.inf)


@pytest.mark.parametrize(("servers", "arrival", "service"), [(3, 18 / 30, 1 / 5), (7, 0.7, 0.1), (49, 4.9, 0.1)])
def test_full_load_is_overload_however_it_is_rounded(servers, arrival, service):
    assert servers * service == pytest.approx(arrival, rel=1e-15)
    for rounded in (arrival * (1 - 5e-16), arrival, arrival * (1 + 5e-16)):
        assert erlang_c(servers, rounded, service).mean_wait == math.inf
    assert erlang_c(servers, arrival * (1 - 1e-12), service).mean_wait < math.inf


def test_an_overloaded_queue_with_abandonment_has_a_finite_wait():
    queue = erlang_a(3, 300.0, 1.0, 0.5)
    assert queue.abandonment == pytest.approx(1 - 3 / 300, rel=1e-9)
    assert queue.wait_probability == pytest.approx(1.0)


def test_without_servers_everybody_is_lost_or_gives_up():
    assert erlang_b(0, 2.0) == 1.0
    queue = erlang_a(0, 2.0, 1.0, 0.5)
    assert (queue.wait_probability, queue.abandonment) == (pytest.approx(1.0), pytest.approx(1.0))
    assert queue.mean_queue == pytest.approx(4.0)


def test_next_to_no_load_has_next_to_no_wait():
    assert erlang_b(3, 1e-6) == pytest.approx(1e-18 / 6, rel=1e-5)
    assert erlang_c(3, 1e-6, 1.0).mean_wait < 1e-17
    assert erlang_a(3, 1e-6, 1.0, 0.5).abandonment < 1e-17


BAD = [0.0, -1.0, math.nan, math.inf]


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize("name", ["arrival_rate", "service_rate"])
def test_a_bad_rate_is_named(name, value):
    for form, more in ((erlang_c, {}), (erlang_a, {"abandonment_rate": 0.5})):
        with pytest.raises(InvalidParameterError, match=name):
            form(**{"servers": 3, "arrival_rate": 2.0, "service_rate": 1.0, name: value}, **more)


@pytest.mark.parametrize("value", BAD)
def test_a_bad_abandonment_rate_is_named(value):
    with pytest.raises(InvalidParameterError, match="abandonment_rate"):
        erlang_a(3, 2.0, 1.0, value)


@pytest.mark.parametrize("value", BAD)
def test_a_bad_load_is_named(value):
    with pytest.raises(InvalidParameterError, match="offered_load"):
        erlang_b(3, value)


def test_a_negative_number_of_servers_is_refused():
    for form, given in ((erlang_b, (2.0,)), (erlang_c, (2.0, 1.0)), (erlang_a, (2.0, 1.0, 0.5))):
        with pytest.raises(InvalidParameterError, match="servers"):
            form(-1, *given)


def test_erlang_b_is_broadcast_over_arrays():
    servers, loads = np.array([0, 1, 3, 40]), np.array([[0.01], [2.0], [5000.0]])
    table = erlang_b(servers, loads)
    assert table.shape == (3, 4)
    for i, j in np.ndindex(table.shape):
        assert table[i, j] == erlang_b(int(servers[j]), float(loads[i, 0]))
    assert isinstance(erlang_b(np.int64(3), np.float64(2.0)), float)
    with pytest.raises(InvalidParameterError, match="servers"):
        erlang_b([1, 2.5], 1.0)
    with pytest.raises(InvalidParameterError, match="offered_load"):
        erlang_b(1, [1.0, -1.0])


def test_any_model_is_tabulated_over_arrays():
    table = tabulate(erlang_a, "mean_wait", servers=np.arange(4), arrival_rate=2.0, service_rate=1.0,
                     abandonment_rate=np.array([[0.2], [3.0]]))  # fmt: skip
    assert table.shape == (2, 4)
    assert table[1, 2] == erlang_a(2, 2.0, 1.0, 3.0).mean_wait
    levels = tabulate(
        erlang_c, lambda queue: queue.service_level(1.0), servers=[2, 3], arrival_rate=1.9, service_rate=1.0
    )
    assert levels.tolist() == [erlang_c(c, 1.9, 1.0).service_level(1.0) for c in (2, 3)]


@pytest.mark.parametrize("capacity", range(8))
@pytest.mark.parametrize("abandonment", [0.0, 0.7])
def test_a_capacity_cuts_the_chain_off(capacity, abandonment):
    """Fewer than the servers too; by terms written out."""
    servers, load = 3, 2.6
    queue = (erlang_a(servers, load, 1.0, abandonment, capacity=capacity) if abandonment
             else erlang_c(servers, load, 1.0, capacity=capacity))  # fmt: skip
    weights = [1.0]
    for n in range(1, capacity + 1):
        weights.append(weights[-1] * load / (min(n, servers) + abandonment * max(n - servers, 0)))
    pi = [w / sum(weights) for w in weights]
    number = sum(p * max(0, n - servers) for n, p in enumerate(pi))
    assert queue.model == f"M/M/3/{capacity}" + ("+M" if abandonment else "")
    assert queue.blocking == pytest.approx(pi[-1], rel=1e-13)
    assert queue.mean_queue == pytest.approx(number, rel=1e-13)
    assert queue.abandonment == pytest.approx(abandonment * number / load, rel=1e-13)
    assert queue.utilization == pytest.approx(sum(p * min(n, servers) for n, p in enumerate(pi)) / servers, rel=1e-12)
    if capacity:
        assert queue.mean_wait == pytest.approx(number / load / (1 - pi[-1]), rel=1e-13)
        assert queue.wait_probability == pytest.approx(sum(pi[servers:-1]) / (1 - pi[-1]), rel=1e-13)


def test_a_capacity_of_the_servers_is_erlang_b_and_a_large_one_is_none():
    assert erlang_c(9, 7.0, 1.0, capacity=9).blocking == pytest.approx(erlang_b(9, 7.0), rel=1e-13)
    assert erlang_c(9, 7.0, 1.0, capacity=400).mean_wait == pytest.approx(erlang_c(9, 7.0, 1.0).mean_wait, rel=1e-12)
    assert erlang_c(9, 50.0, 1.0, capacity=400).blocking == pytest.approx(1 - 9 / 50, rel=1e-12)
    assert erlang_c(9, 9.0, 1.0, capacity=10**6).mean_queue == pytest.approx(5e5, rel=1e-4)


@pytest.mark.parametrize("load", [0.01, 1.0, 300.0, 5000.0])
def test_erlang_b_is_the_poisson_probability_of_the_last_state(load):
    for servers in (int(0.9 * load), int(load), int(1.2 * load) + 3):
        exact = poisson.pmf(servers, load) / poisson.cdf(servers, load)
        assert erlang_b(servers, load) == pytest.approx(exact, rel=2e-11)


def test_who_is_in_the_system_stays_a_wait_and_a_service_if_served():
    queue = erlang_a(3, 4.0, 1.0, 0.5)
    assert queue.mean_time_in_system == pytest.approx(queue.mean_wait + 1 - queue.abandonment, rel=1e-12)
    assert 4.0 * queue.mean_time_in_system == pytest.approx(queue.mean_queue + 3 * queue.utilization, rel=1e-12)


@pytest.mark.parametrize("servers", [2.5, "3", None])
def test_servers_and_capacity_are_whole_numbers(servers):
    with pytest.raises(InvalidParameterError, match="servers"):
        erlang_c(servers, 2.0, 1.0)
    if servers is not None:
        with pytest.raises(InvalidParameterError, match="capacity"):
            erlang_c(3, 2.0, 1.0, capacity=servers)
    assert erlang_c(np.int64(3), 2.0, 1.0, capacity=np.int32(4)).servers == 3
