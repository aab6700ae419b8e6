"""Phase-type times have the moments they are fitted to."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.phase_type import PhaseType, erlang_mixture, hyperexponential, phase_type_fit


def moment(time, order):
    """∫ order tᵒʳᵈᵉʳ⁻¹ P(T > t) dt by Gauss and Legendre on pieces of growing length."""
    start, rates = np.array(time.initial), np.array(time.generator)
    nodes, weights = np.polynomial.legendre.leggauss(12)
    edges = [0.0, *(0.1 * 1.5**k for k in range(18))]
    total = 0.0
    for low, high in pairwise(edges):
        for x, w in zip((high + low) / 2 + (high - low) / 2 * nodes, (high - low) / 2 * weights, strict=True):
            total += w * order * x ** (order - 1) * (start @ expm(rates * x)).sum()
    return total


@pytest.mark.parametrize(
    "time",
    [hyperexponential(1.5, 3.0), erlang_mixture(1.5, 0.4), PhaseType((0.3, 0.7), ((-2.0, 1.5), (0.2, -1.0)))],
    ids=["hyperexponential", "erlang mixture", "phases that go back"],
)
def test_mean_and_scv_are_those_of_the_distribution(time):
    first, second = moment(time, 1), moment(time, 2)
    assert time.mean == pytest.approx(first, rel=1e-8)
    assert time.scv == pytest.approx(second / first**2 - 1, rel=1e-7)


@given(mean=st.floats(1e-3, 1e3), scv=st.floats(0.011, 30.0))
def test_a_fit_has_the_mean_and_scv_asked_for(mean, scv):
    time = phase_type_fit(mean, scv)
    assert sum(time.initial) == pytest.approx(1)
    assert time.mean == pytest.approx(mean, rel=1e-9)
    assert time.scv == pytest.approx(scv, rel=1e-7)


def test_both_halves_of_a_hyperexponential_carry_the_same_work():
    time = hyperexponential(2.0, 5.0)
    works = [-p / time.generator[i][i] for i, p in enumerate(time.initial)]
    assert works == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize("stages", [1, 2, 3, 7, 49])
def test_one_over_a_whole_number_is_erlang(stages):
    time = erlang_mixture(1.0, 1 / stages)
    assert len(time.initial) == stages
    assert time.initial[0] == pytest.approx(1.0, abs=1e-7)
    assert np.diagonal(time.generator) == pytest.approx(-stages, rel=1e-7)


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (lambda: hyperexponential(1.0, 0.9), "scv"),
        (lambda: hyperexponential(0.0, 2.0), "mean"),
        (lambda: erlang_mixture(1.0, 1.1), "scv"),
        (lambda: phase_type_fit(1.0, 0.001), "scv"),
        (lambda: phase_type_fit(math.inf, 1.0), "mean"),
        (lambda: PhaseType((0.5, 0.4), ((-1.0, 0.0), (0.0, -1.0))), "initial"),
        (lambda: PhaseType((1.0,), ((-1.0, 0.0), (0.0, -1.0))), "generator"),
        (lambda: PhaseType((1.0, 0.0), ((-1.0, 1.0), (1.0, -1.0))), "generator"),
        (lambda: PhaseType((1.0, 0.0), ((-1.0, 2.0), (0.0, -1.0))), "generator"),
    ],
)
def test_what_is_no_time_is_refused(build, name):
    with pytest.raises(InvalidParameterError, match=name):
        build()
