"""Corrections for variability: where they are exact, how far from exact chains elsewhere, and what they refuse."""

import math

import pytest

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.general_service import allen_cunneen, general_service, kimura, slowness, whitt


def unit(value, figures=10):
    """A unit of the last of so many figures."""
    return 10.0 ** (math.floor(math.log10(abs(value))) + 1 - figures)


@pytest.mark.parametrize("method", [allen_cunneen, kimura, general_service])
@pytest.mark.parametrize("scv", [0.1, 0.5, 1.0, 3.0])
def test_one_server_is_pollaczek_and_khinchine(method, scv):
    queue = method(1, 0.8, 1.0, scv)
    assert queue.mean_wait == pytest.approx(0.8 * (1 + scv) / 0.4, rel=1e-12)
    assert queue.wait_probability == pytest.approx(0.8, rel=1e-12)
    assert queue.mean_queue == pytest.approx(0.8 * queue.mean_wait)


def test_constant_service_is_exact(reference):
    for row in reference("general_service.json")["mdc"]:
        queue = general_service(row["c"], row["c"] * row["rho"], 1.0, scv=0.0)
        assert queue.exact
        assert queue.mean_wait == pytest.approx(row["Wq"], abs=unit(row["Wq"]))
        assert kimura(row["c"], row["c"] * row["rho"], 1.0, 0.0).mean_wait == pytest.approx(
            row["Wq"], abs=unit(row["Wq"])
        )


def test_exponential_service_is_exact(reference):
    for row in reference("erlang.json")["erlang"][:8]:
        queue = general_service(row["c"], row["a"], 1.0)
        assert queue.exact
        for same in (queue, kimura(row["c"], row["a"], 1.0), whitt(row["c"], row["a"], 1.0)):
            assert same.mean_wait == pytest.approx(float(row["Wq_mu1"]), rel=1e-9)
            assert same.wait_probability == pytest.approx(float(row["C"]), rel=1e-9)
    for row in reference("erlang.json")["erlangA"]:
        queue = general_service(row["c"], row["lam"], row["mu"], abandonment_rate=row["theta"])
        assert queue.exact
        assert queue.mean_wait == pytest.approx(float(row["EW_all"]), rel=1e-9)


@pytest.mark.parametrize(
    ("method", "most"),
    [(kimura, {0.5: 0.05, 2.0: 0.02, 4.0: 0.06}), (whitt, {0.5: 0.05, 2.0: 0.12, 4.0: 0.37}),
     (allen_cunneen, {0.5: 0.13, 2.0: 0.34, 4.0: 0.94})],
    ids=["kimura", "whitt", "allen_cunneen"],
)  # fmt: skip
def test_it_is_as_far_from_exact_chains_as_it_says(reference, method, most):
    errors = dict.fromkeys(most, 0.0)
    for row in reference("general_service.json")["mphc"]:
        queue = method(row["c"], row["c"] * row["rho"], 1.0, row["scv"])
        assert not queue.exact
        errors[row["scv"]] = max(errors[row["scv"]], abs(queue.mean_wait / row["Wq"] - 1))
        assert queue.wait_probability == pytest.approx(row["Pwait"], rel=0.065)
    assert all(errors[scv] < limit for scv, limit in most.items()), errors


def test_the_front_is_kimura_behind_poisson_arrivals():
    front, behind = general_service(4, 3.0, 1.0, 2.0), kimura(4, 3.0, 1.0, 2.0)
    assert front.mean_wait == pytest.approx(behind.mean_wait, rel=1e-12)
    assert front.wait_exceeds(1.0) == pytest.approx(behind.wait_exceeds(1.0), rel=1e-12)


@pytest.mark.parametrize("row", range(16))
def test_behind_renewal_arrivals_whitt_is_as_far_off_as_it_says(reference, row):
    row = reference("general_service.json")["phphc"][row]
    given = (row["c"], row["c"] * row["rho"], 1.0, row["scv"], row["arrival_scv"])
    error = whitt(*given).mean_wait / row["Wq"] - 1
    least, most = {0.5: (-0.03, 0.4), 2.0: (-0.27, 0.1)}[row["arrival_scv"]]
    assert least < error < most
    assert general_service(*given).mean_wait == pytest.approx(whitt(*given).mean_wait)
    assert abs(error) <= abs(allen_cunneen(*given).mean_wait / row["Wq"] - 1) + 0.001


def test_with_impatience_it_is_within_six_per_cent(reference):
    for row in reference("general_service.json")["mphcm"]:
        queue = general_service(row["c"], row["c"] * row["rho"], 1.0, row["scv"], abandonment_rate=1 / row["patience"])
        assert not queue.exact
        assert queue.mean_wait == pytest.approx(row["EW"], rel=0.06), row
        assert queue.wait_probability == pytest.approx(row["Pwait"], abs=0.031), row
        assert queue.abandonment == pytest.approx(queue.mean_wait / row["patience"], rel=1e-9)
        assert queue.mean_queue == pytest.approx(queue.mean_wait * row["c"] * row["rho"], rel=1e-9)


def test_a_clock_of_one_speed_is_as_far_off_as_it_says(reference):
    most = {0.5: 0.06, 1.5: 0.09, 2: 0.16, 3: 0.27}
    for row in reference("general_service.json")["mphcm"]:
        slow = slowness(row["scv"], abandonment_rate=1 / row["patience"])
        queue = general_service(row["c"], row["c"] * row["rho"] / slow, 1 / slow, abandonment_rate=1 / row["patience"])
        assert queue.mean_wait == pytest.approx(row["EW"], rel=most[row["scv"]]), row


@pytest.mark.parametrize("scv", [0.2, 3.0])
@pytest.mark.parametrize("arrival_scv", [0.5, 1.0, 2.0])
def test_deep_overload_is_a_balance_of_flows(scv, arrival_scv):
    queue = general_service(20, 40.0, 1.0, scv, arrival_scv, 0.05)
    assert queue.abandonment == pytest.approx(0.5, rel=1e-6)


def test_the_tail_has_the_mean():
    queue = general_service(3, 2.4, 1.0, 2.0)
    late = queue.wait_exceeds(0.7)
    assert queue.wait_exceeds(0.0) == pytest.approx(queue.wait_probability)
    assert -0.7 / math.log(late / queue.wait_probability) == pytest.approx(queue.mean_wait / queue.wait_probability)
    assert queue.service_level(0.7) == pytest.approx(1 - late)


def test_impatience_goes_out_without_a_step():
    patient = general_service(4, 3.4, 1.0, 2.5, abandonment_rate=1e-9)
    assert patient.mean_wait == pytest.approx(general_service(4, 3.4, 1.0, 2.5).mean_wait, rel=1e-6)


@pytest.mark.parametrize("method", [allen_cunneen, kimura, whitt, general_service])
def test_overload_is_infinite(method):
    assert method(2, 2.0, 1.0, 0.5).mean_wait == math.inf
    assert method(2, 3.0, 1.0, 2.0).wait_probability == 1.0


def test_slowness_is_one_where_nothing_is_to_be_corrected():
    assert slowness(1.0, abandonment_rate=0.3) == 1.0
    assert slowness(0.5, 1.5) == 1.0
    assert slowness(3.0, abandonment_rate=1e9) == pytest.approx(1.0)
    assert slowness(3.0, abandonment_rate=2.0, service_rate=6.0) == pytest.approx(2**0.75)


@pytest.mark.parametrize("scv", [0.0, 0.5, 2.0])
def test_full_load_is_overload_however_it_is_rounded(scv):
    for rounded in (18 / 30 * (1 - 5e-16), 18 / 30):
        for form in (general_service, kimura, whitt, allen_cunneen):
            assert form(3, rounded, 1 / 5, scv).mean_wait == math.inf
        assert 0 < general_service(3, rounded, 1 / 5, scv, abandonment_rate=0.1).mean_wait < 10


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: general_service(-1, 1.0, 1.0), "servers"),
        (lambda: whitt(2.5, 1.0, 1.0), "servers"),
        (lambda: slowness(1.0, service_rate=0.0), "service_rate"),
        (lambda: general_service(2, math.inf, 1.0), "arrival_rate"),
        (lambda: kimura(2, 1.0, 0.0), "service_rate"),
        (lambda: whitt(2, 1.0, 1.0, -0.5), "scv"),
        (lambda: allen_cunneen(2, 1.0, 1.0, 1.0, math.nan), "arrival_scv"),
        (lambda: general_service(2, 1.0, 1.0, 0.0, 0.0), "scv"),
        (lambda: general_service(2, 1.0, 1.0, abandonment_rate=-1.0), "abandonment_rate"),
        (lambda: slowness(0.0, 0.0), "scv"),
    ],
)
def test_a_bad_number_is_named(call, name):
    with pytest.raises(InvalidParameterError, match=name):
        call()
