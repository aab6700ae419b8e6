"""Overflow traffic and what the next group loses, against high precision and chains of both groups."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve

from optimizer.errors import InvalidParameterError
from optimizer.queues.stationary.overflow import (
    Traffic,
    equivalent_random_blocking,
    erlang_b_continued,
    hayward_blocking,
    overflow_traffic,
)


def overflow_chain(firsts, second):
    """Share of the overflow of groups (servers, load) lost by a shared one; its mean and variance of busy servers."""
    shape = (*(c + 1 for c, _ in firsts), second + 1)
    at = np.indices(shape).reshape(len(shape), -1)
    index, rows, columns, rates = np.arange(at.shape[1]), [], [], []

    def move(where, change, rate):
        step = np.ravel_multi_index(tuple(at[:, where] + np.array(change)[:, None]), shape)
        rows.extend([*step, *index[where]])
        columns.extend([*index[where]] * 2)
        rates.extend([*rate, *-rate])

    one = np.eye(len(shape), dtype=int)
    lost = offered = 0.0
    for k, (c, load) in enumerate(firsts):
        full, second_full = at[k] == c, at[-1] == second
        for where, change in ((~full, one[k]), (full & ~second_full, one[-1])):
            move(where, change, np.full(where.sum(), load))
        offered, lost = offered + load * full, lost + load * (full & second_full)
    for k in range(len(shape)):
        move(at[k] > 0, -one[k], at[k][at[k] > 0].astype(float))
    q = coo_array((rates, (rows, columns))).tocsc()
    law = np.concatenate([[1.0], spsolve(q[1:, 1:], -q[1:, [0]].toarray().ravel())])
    law /= law.sum()
    mean = law @ at[-1]
    return law @ lost / (law @ offered), mean, law @ at[-1] ** 2 - mean**2


@pytest.mark.parametrize("servers", [0.0, 0.3, 1.0, 3.7, 20.5, 150.2])
@pytest.mark.parametrize("load", [0.01, 1.0, 8.0, 49.0, 51.0, 300.0, 5000.0])
def test_erlang_b_between_whole_numbers_is_the_integral(servers, load):
    with mpmath.workdps(40):
        x, a = mpmath.mpf(servers), mpmath.mpf(load)
        tail = mpmath.gammainc(x + 1, a)
        expected = float(mpmath.exp(x * mpmath.log(a) - a) / tail)
    assert erlang_b_continued(servers, load) == pytest.approx(expected, rel=2e-13, abs=1e-300)


def test_erlang_b_at_whole_numbers_is_the_reference_value(reference):
    for row in reference("erlang.json")["erlang"]:
        assert erlang_b_continued(row["c"], row["a"]) == pytest.approx(float(row["B"]), rel=1e-11), row


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (4, 4.0), (10, 8.0), (12, 20.0)])
def test_mean_and_variance_of_overflow_are_those_of_the_chain(servers, load):
    _, mean, variance = overflow_chain([(servers, load)], 45)
    traffic = overflow_traffic(servers, load)
    assert traffic.mean == pytest.approx(mean, rel=1e-8)
    assert traffic.variance == pytest.approx(variance, rel=1e-7)


def test_poisson_arrivals_have_peakedness_one():
    assert overflow_traffic(0, 7.0) == Traffic(pytest.approx(7.0), pytest.approx(7.0))
    assert hayward_blocking(5, Traffic(4.0, 4.0)) == pytest.approx(erlang_b_continued(5, 4.0))
    assert equivalent_random_blocking(5, Traffic(4.0, 4.0)) == pytest.approx(erlang_b_continued(5, 4.0))


@pytest.mark.parametrize("servers", [3, 10])
@pytest.mark.parametrize("use", [0.6, 1.0, 1.3])
@pytest.mark.parametrize("second", [1, 4, 9])
def test_overflow_of_one_group_is_exact_by_the_equivalent_group(servers, use, second):
    lost, _, _ = overflow_chain([(servers, use * servers)], second)
    traffic = overflow_traffic(servers, use * servers)
    assert equivalent_random_blocking(second, traffic) == pytest.approx(lost, rel=1e-8)
    if lost > 0.01 and traffic.mean > 2 * traffic.peakedness:
        assert -0.18 < hayward_blocking(second, traffic) / lost - 1 < 0


@pytest.mark.parametrize(
    ("firsts", "second"),
    [([(3, 3.0), (5, 4.0)], 3), ([(6, 5.0), (4, 6.0)], 4), ([(8, 9.0), (5, 3.0)], 6), ([(3, 3.9), (7, 8.4)], 6)],
)
def test_pooled_overflow_is_near_the_chain(firsts, second):
    lost, _, _ = overflow_chain(firsts, second)
    traffic = overflow_traffic(*firsts[0]) + overflow_traffic(*firsts[1])
    assert -0.11 < equivalent_random_blocking(second, traffic) / lost - 1 < 0.021
    assert -0.3 < hayward_blocking(second, traffic) / lost - 1 < 0.001


@given(mean=st.floats(0.01, 200.0), peak=st.floats(1.0, 8.0), servers=st.floats(0.0, 100.0))
def test_a_share_is_a_share_and_falls_with_servers(mean, peak, servers):
    traffic = Traffic(mean, mean * peak)
    for blocking in (hayward_blocking, equivalent_random_blocking):
        assert 0 <= blocking(servers + 1, traffic) <= blocking(servers, traffic) * (1 + 1e-9) <= 1 + 2e-9


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: erlang_b_continued(-0.5, 1.0), "servers"),
        (lambda: overflow_traffic(2, 0.0), "offered_load"),
        (lambda: hayward_blocking(math.nan, Traffic(1.0, 2.0)), "servers"),
        (lambda: hayward_blocking(2, Traffic(0.0, 2.0)), "mean"),
        (lambda: equivalent_random_blocking(2, Traffic(2.0, 1.0)), "peakedness"),
    ],
)
def test_a_bad_number_is_named(call, name):
    with pytest.raises(InvalidParameterError, match=name):
        call()
