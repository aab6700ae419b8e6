"""Stages in a row: exact where Jackson's are, and as far from published and exact values as they say."""

import math

import pytest

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.stages import departure_scv, tandem


def test_the_published_row_of_nine_is_as_far_off_as_it_says(reference):
    """Table 2 of Whitt and You: the last bottleneck is misjudged by far."""
    row = reference("stages.json")["tandem"][0]
    rates = [1 / mean for mean in row["mean_services"]]
    stages = tandem([1] * 9, row["arrival_rate"], rates, arrival_scv=row["arrival_scv"])
    errors = [100 * (s.mean_wait / wait - 1) for s, wait in zip(stages, row["published"], strict=True)]
    assert errors == pytest.approx([21, 26, 12, -3, -13, -21, -25, -28, -70], abs=1.0)
    assert not any(stage.exact for stage in stages)


def test_two_stages_are_within_what_is_said_of_exact_chains(reference):
    most = {0.5: 0.08, 2: 0.105, 4: 0.21}
    for row in reference("stages.json")["two_stages"]:
        first, second = row["rho"]
        stages = tandem([1, row["c2"]], first, [1.0, first / (second * row["c2"])], [row["scv"], 1.0])
        assert stages[1].mean_wait == pytest.approx(row["Wq2"], rel=most[row["scv"]]), row


def test_jacksons_stages_are_exact_and_apart():
    """M/M/1: ρ / (μ - λ); M/M/2: ρ² / (μ (1 - ρ²))."""
    stages = tandem([1, 2, 1], 0.8, [1.0, 0.5, 2.0])
    assert all(stage.exact for stage in stages)
    waits = [stage.mean_wait for stage in stages]
    assert waits == pytest.approx([0.8 / 0.2, 0.64 / (0.5 * 0.36), 0.4 / 1.2], rel=1e-10)


@pytest.mark.parametrize("scv", [0.2, 0.7, 3.0])
def test_departures_of_one_server_behind_poisson_arrivals_are_exact(scv):
    """Between departures: a service, and before it with probability 1 - ρ the gap to the next arrival."""
    use = 0.7
    second = use**2 * (1 + scv) + (1 - use) * (2 + 2 * use)
    assert departure_scv(1, use, scv) == pytest.approx(second - 1)


def test_departures_are_arrivals_of_an_idle_stage_and_services_of_a_busy_one():
    assert departure_scv(1, 0.0, 5.0, 0.3) == pytest.approx(0.3)
    assert departure_scv(1, 1.0, 5.0, 0.3) == pytest.approx(5.0)
    assert departure_scv(1, 1.0, 0.0) == pytest.approx(0.2)
    assert departure_scv(4, 1.0, 3.0) == pytest.approx(2.0)


def test_behind_a_stage_that_cannot_keep_up_comes_what_it_serves():
    stages = tandem([2, 3], 5.0, [1.0, 1.0])
    assert stages[0].mean_wait == math.inf
    assert stages[1].arrival_rate == 2.0
    assert stages[1].mean_wait < math.inf


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: tandem([1, 1], 1.0, [2.0]), "service_rates"),
        (lambda: tandem([], 1.0, []), "service_rates"),
        (lambda: tandem([1], 0.0, [2.0]), "arrival_rate"),
        (lambda: tandem([0], 1.0, [2.0]), "servers"),
        (lambda: tandem([1.5], 1.0, [2.0]), "servers"),
        (lambda: tandem([1], 1.0, [2.0], [-1.0]), "scv"),
        (lambda: departure_scv(1, 1.1), "utilization"),
        (lambda: departure_scv(0, 0.5), "servers"),
    ],
)
def test_a_bad_number_is_named(call, name):
    with pytest.raises(InvalidParameterError, match=name):
        call()
