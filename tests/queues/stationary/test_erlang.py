"""Closed forms against reference values, what one says of another, and what they refuse."""

import csv
import math
from pathlib import Path

import pytest

from optimizer.errors import InvalidParameterError
from optimizer.queues import erlang_a, erlang_b, erlang_c

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
