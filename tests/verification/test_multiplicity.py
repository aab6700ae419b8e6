"""Many comparisons at once: Holm's procedure by hand and by its properties, and the tail of Student's t."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from optimizer.verification.multiplicity import holm, p_value

some = st.lists(st.floats(0, 1), min_size=1, max_size=40)


class TestHolm:
    def test_it_stops_at_the_first_that_is_kept(self):
        # Sorted 0.005, 0.01, 0.03, 0.04 beside 0.05 / 4, / 3, / 2, / 1: the third is above, so the fourth is kept too.
        assert holm([0.01, 0.04, 0.03, 0.005], 0.05).tolist() == [True, False, False, True]

    def test_each_rejection_makes_the_next_easier(self):
        # Bonferroni would ask 0.0167 of each; after the first two the last is held to 0.05 alone.
        assert holm([0.016, 0.024, 0.049], 0.05).tolist() == [True, True, True]

    def test_nothing_is_rejected_where_the_least_is_kept(self):
        assert not holm([0.013, 0.02, 0.03, 0.04], 0.05).any()

    def test_one_alone_is_held_to_the_level(self):
        assert holm([0.05], 0.05).tolist() == [True]
        assert holm([0.051], 0.05).tolist() == [False]

    def test_of_none_none_is_rejected(self):
        assert holm([], 0.05).tolist() == []

    @given(some)
    @settings(max_examples=200, deadline=None)
    def test_it_rejects_no_more_than_each_alone_and_no_fewer_than_bonferroni(self, p):
        rejected, values = holm(p, 0.05), np.array(p)
        assert not (rejected & (values > 0.05)).any()
        assert rejected[values <= 0.05 / len(p)].all()

    @given(some, st.randoms(use_true_random=False))
    @settings(max_examples=200, deadline=None)
    def test_the_order_does_not_matter(self, p, random):
        order = list(range(len(p)))
        random.shuffle(order)
        assert holm([p[i] for i in order], 0.05).tolist() == holm(p, 0.05)[order].tolist()

    @given(some)
    @settings(max_examples=100, deadline=None)
    def test_what_is_rejected_is_below_what_is_kept(self, p):
        rejected, values = holm(p, 0.3), np.array(p)
        assert values[rejected].max(initial=0.0) <= values[~rejected].min(initial=1.0)

    def test_chance_alone_makes_any_differ_as_rarely_as_asked(self):
        rng = np.random.default_rng(1)
        runs = [holm(rng.uniform(size=50), 0.05).any() for _ in range(4000)]
        assert stats.binomtest(int(np.sum(runs)), len(runs), 0.05).pvalue > 0.01


class TestTail:
    @pytest.mark.parametrize("freedom", [29, 99, 299, 999])
    @pytest.mark.parametrize("t", [0.0, 0.5, 1.0, 2.0, 3.0])
    def test_it_is_that_of_student_to_three_per_cent(self, t, freedom):
        assert p_value(t, 1.0, freedom) == pytest.approx(2 * stats.t.sf(t, freedom), rel=0.03)

    @pytest.mark.parametrize("t", [4.0, 5.0])
    def test_far_out_it_is_that_of_student_to_one_per_cent_from_300_days_on(self, t):
        assert p_value(t, 1.0, 299) == pytest.approx(2 * stats.t.sf(t, 299), rel=0.01)

    @pytest.mark.parametrize("freedom", [29, 99, 999])
    @pytest.mark.parametrize("t", np.arange(0.5, 12, 0.5).tolist())
    def test_it_is_never_too_small(self, t, freedom):
        assert p_value(t, 1.0, freedom) >= 2 * stats.t.sf(t, freedom) * (1 - 1e-3)

    def test_two_sides_are_twice_one(self):
        assert p_value(-2.0, 1.0, 99) == p_value(2.0, 1.0, 99) == 2 * p_value(2.0, 1.0, 99, sides=1)

    def test_one_side_counts_the_wrong_one_alone(self):
        assert p_value(-2.0, 1.0, 99, sides=1) == pytest.approx(1 - p_value(2.0, 1.0, 99, sides=1))

    def test_the_error_is_the_unit(self):
        assert p_value(0.3, 0.1, 99) == pytest.approx(p_value(3.0, 1.0, 99))

    def test_without_an_error_any_difference_is_one(self):
        assert p_value(0.0, 0.0, 99) == 1.0
        assert p_value(1e-9, 0.0, 99) == p_value(-1e-9, 0.0, 99) == 0.0
        assert p_value(-1e-9, 0.0, 99, sides=1) == 1.0
