"""The verdict: confirmed under the truth, refused where a promise is planted that the hall cannot keep."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from optimizer.evaluation import evaluate
from optimizer.verification import Outcome, Verdict, VerifyOptions, verify

FASTER = {"counter": {"service": {"deposit": {"mean": 3.6}}}}


@pytest.fixture(scope="module")
def options():
    return VerifyOptions(days=1000, explain=False)


@pytest.fixture(scope="module")
def branch(counter):
    """Its promises are judged by half hour too."""
    by_period = {"channel": "counter", "measure": "mean_wait", "most": 4, "per": "period"}
    return counter(targets={"soon": {"least": 0.81}, "short": by_period})


@pytest.fixture(scope="module")
def promised_too_much(counter, windows, branch, options):
    """The evaluation of a branch whose service is 10 % faster, beside the hall of this one."""
    faster = evaluate(counter(channels=FASTER, targets={"soon": {"least": 0.86}}), windows())
    return verify(counter(targets={"soon": {"least": 0.86}}), faster, options)


@pytest.fixture(scope="module")
def rows(counter, windows):
    """A branch whose days differ much, evaluated with and without that."""
    branch = counter(busyness_scv=0.3, targets={"soon": {"least": 0.6}})
    found = verify(branch, evaluate(branch, windows()), VerifyOptions(days=2000, explain=False, models=True))
    return {row.model: row for row in found.without}


class TestTruth:
    """One window role, exponential service, one transaction, no greeter, no tickets: the evaluation is exact."""

    def test_no_more_runs_find_a_difference_than_chance_lets(self, counter, windows):
        branch = counter()
        judged, alarms, tested = evaluate(branch, windows()), 0, []
        for seed in range(20):
            found = verify(branch, judged, VerifyOptions(days=1000, seed=seed, explain=False))
            alarms += any(c.outcome is not Outcome.AGREES for c in found.comparisons)
            tested += [(c.simulated - c.promised) / c.test_error for c in found.comparisons]
            assert found.confirmed
        assert alarms <= stats.binom.ppf(0.99, 20, 0.05)
        # Errors neither too small, which the alarms show, nor so large that nothing would be found.
        assert 0.8 < np.std(tested) < 1.1
        assert abs(np.mean(tested)) < 0.15

    def test_the_costs_are_within_their_intervals(self, branch, windows, options):
        verified = verify(branch, evaluate(branch, windows()), options)
        for name, cost in verified.simulation.costs.items():
            assert abs(verified.promised_costs[name] - cost.value) < 4 * cost.error + 1e-9
        assert verified.fixed_cost == pytest.approx(verified.evaluation.costs["wages"])


class TestPlantedPromise:
    def test_the_wait_is_worse(self, promised_too_much):
        whole = {c.measure: c for c in promised_too_much.comparisons if c.period is None}
        assert whole["mean_wait"].outcome is Outcome.WORSE
        assert whole["mean_wait"].simulated > 1.2 * whole["mean_wait"].promised
        assert whole["customers"].outcome is Outcome.AGREES
        assert whole["service_level"].outcome in (Outcome.CLOSE, Outcome.WORSE)
        assert whole["mean_wait"] in promised_too_much.worse

    def test_the_target_that_was_promised_fails(self, promised_too_much):
        (soon,) = promised_too_much.failing
        assert soon.promise.met
        assert soon.simulated < soon.promise.limit < soon.promise.value
        assert not promised_too_much.confirmed

    def test_ten_per_cent_of_service_is_found_in_one_run_of_a_hundred_days(self, counter, windows):
        faster = evaluate(counter(channels=FASTER), windows())
        found = verify(counter(), faster, VerifyOptions(days=100, explain=False))
        assert any(c.outcome is Outcome.WORSE and c.period is None for c in found.comparisons)

    def test_a_tolerance_above_the_difference_lets_it_pass(self, counter, windows):
        faster = evaluate(counter(channels=FASTER), windows())
        found = verify(counter(), faster, VerifyOptions(days=1000, tolerance=0.6, explain=False))
        counts = Counter(c.outcome for c in found.comparisons)
        assert counts[Outcome.WORSE] == 0
        assert counts[Outcome.CLOSE] > 5
        assert found.confirmed


class TestVerdict:
    def test_a_period_that_is_worse_alone_is_no_reason(self, counter, windows, options):
        """A rush of half an hour more than promised, a lull that makes up for it."""
        rush = counter(arrivals={"weekday": {"deposit": {"all": (6.0, 14.0, 19.5, 13.5, 9.0, 12.0, 10.0, 4.0)}}})
        found = verify(rush, evaluate(counter(), windows()), options)
        assert found.worse
        assert all(c.period is not None for c in found.worse)
        assert found.confirmed

    def test_a_target_that_the_evaluation_breaks_too_is_a_reason(self, counter, windows, options):
        branch = counter(targets={"soon": {"least": 0.95}})
        found = verify(branch, evaluate(branch, windows()), options)
        assert [(target.verdict, target.promise.met) for target in found.targets] == [(Verdict.FAILS, False)]
        assert not found.worse
        assert not found.confirmed

    def test_the_same_seed_gives_the_same_verdict_whatever_the_workers(self, branch, windows):
        judged = evaluate(branch, windows())
        one, two = (verify(branch, judged, VerifyOptions(days=120, workers=workers)) for workers in (1, 2))
        assert (one.comparisons, one.targets, one.explanations) == (two.comparisons, two.targets, two.explanations)

    def test_it_tells_how_far_it_is(self, counter, windows):
        branch, told = counter(busyness_scv=0.05), []
        faster = evaluate(branch.replace(channels=counter(channels=FASTER).channels), windows())
        options = VerifyOptions(days=400, models=True)
        verify(branch, faster, options, lambda what, done, most: told.append((what, done, most)))
        assert list(dict.fromkeys(what for what, _, _ in told)) == [
            "days simulated", "assumptions tried", "models left out",
        ]  # fmt: skip
        for what in {what for what, _, _ in told}:
            done = [(now, most) for name, now, most in told if name == what]
            assert done == sorted(done)
            assert done[-1][0] == done[-1][1]

    def test_only_what_is_asked_for_is_looked_for(self, counter, windows):
        faster = evaluate(counter(channels=FASTER), windows())
        found = verify(counter(), faster, VerifyOptions(days=300, explain=False))
        assert (found.explanations, found.without) == ((), ())


class TestWithoutModels:
    """Each row stands beside one simulation."""

    def test_there_is_one_for_each_model_in_use_one_with_all_and_one_with_none(self, rows):
        assert list(rows) == ["none", "busy and quiet days", "all"]
        assert rows["all"] == replace(rows["busy and quiet days"], model="all")

    def test_a_model_that_matters_brings_the_numbers_nearer(self, rows):
        with_all, without = rows["none"], rows["busy and quiet days"]
        assert with_all.compared == without.compared == 36
        assert with_all.agreeing > without.agreeing
        assert with_all.wait_off < without.wait_off / 3
        assert with_all.level_off < without.level_off / 3
        assert abs(with_all.cost_off) < abs(without.cost_off) / 3
        assert without.cost_off < 0
