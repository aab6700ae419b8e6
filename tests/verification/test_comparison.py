"""A promise beside what happened: the words for a difference, what is compared, and bursts that a sample may miss."""

import numpy as np
import pytest
from scipy import stats

from optimizer.evaluation import evaluate
from optimizer.simulation import Replications, simulate
from optimizer.verification import Outcome
from optimizer.verification.comparison import Comparison, comparisons

AT = ("weekday", "counter", None)


@pytest.fixture(scope="module")
def judged(counter, windows):
    return evaluate(counter(), windows())


@pytest.fixture(scope="module")
def compared(judged, written):
    """A function that compares the evaluation with itself, but for some numbers; all by what they are about."""

    def compare(changes=None, tolerance=0.1, level=0.05, **more):
        found = comparisons(judged, written(judged, changes, **more), level, tolerance)
        return {(c.channel, c.tier, c.within or c.measure, c.period): c for c in found}

    return compare


@pytest.fixture(scope="module")
def wait(judged):
    return judged.days["weekday"].channels["counter"].mean_wait


def number(**changes):
    """The mean wait of a period of a machine, with an error that it shows by itself."""
    given = {"day_type": "weekday", "channel": "atm", "measure": "mean_wait", "within": None, "tier": None, "period": 3,
             "promised": 0.5, "simulated": 0.3, "error": 0.03, "days": 1000, "customers": 1.5}  # fmt: skip
    return Comparison(**given | changes)


class TestWhatIsCompared:
    def test_the_day_and_every_period_of_all_customers(self, compared):
        found = compared()
        whats = {"customers", "mean_wait", "abandonment", 5.0}
        assert set(found) == {("counter", None, what, t) for what in whats for t in (None, *range(8))}

    def test_what_came_as_promised_agrees(self, compared):
        assert {c.outcome for c in compared().values()} == {Outcome.AGREES}

    def test_tiers_of_a_line_with_ranks_are_compared_over_the_day(self, counter, windows, written):
        tiers = {"vip": {"waiting_cost": 60, "patience": 25, "loss": 50, "priority": 1}}
        branch = counter(tiers=tiers, arrivals={"weekday": {"deposit": {"vip": (1.0,) * 8}}})
        judged = evaluate(branch, windows())
        found = comparisons(judged, written(judged), 0.05, 0.1)
        assert {(c.tier, c.period) for c in found if c.tier is not None} == {("vip", None), ("all", None)}
        assert {c.outcome for c in found} == {Outcome.AGREES}

    def test_a_day_of_one_period_is_a_day_and_a_period(self, counter, windows, written):
        hours = {"monday": {"open": "09:00", "close": "09:30"}}
        branch = counter(opening=hours, arrivals={"weekday": {"deposit": {"all": (9.0,)}}})
        judged = evaluate(branch, windows(roles={"counter": (2,)}))
        found = comparisons(judged, written(judged), 0.05, 0.1)
        assert sorted(str(c.period) for c in found if c.measure == "mean_wait") == ["0", "None"]

    def test_of_customers_who_never_came_nothing_is_compared_but_that(self, counter, windows):
        branch = counter(arrivals={"weekday": {"deposit": {"all": (6.0,) * 7 + (0.001,)}}})
        judged = evaluate(branch, windows())
        found = comparisons(judged, simulate(branch, windows(), Replications(30, 1)), 0.05, 0.1)
        assert {c.measure for c in found if c.period == 7} == {"customers"}
        assert {c.measure for c in found if c.period == 6} == {"customers", "mean_wait", "abandonment", "service_level"}
        assert {c.outcome for c in found} == {Outcome.AGREES}

    def test_a_channel_that_nobody_comes_to_is_left_out(self, counter, windows, written):
        branch = counter(
            channels={"loans": {"kind": "window", "most": 1, "service": {"deposit": {"mean": 4}}}},
            skills={"teller": {"serves": ["counter", "loans"]}},
        )
        judged = evaluate(branch, windows(roles={"counter": (2,) * 8, "loans": (1,) * 8}))
        assert {c.channel for c in comparisons(judged, written(judged), 0.05, 0.1)} == {"counter"}


class TestWords:
    """With so many days that chance explains no difference."""

    @pytest.mark.parametrize(
        ("off", "word"),
        [(0.0, "agrees"), (0.099, "close"), (-0.099, "close"), (0.101, "worse"), (-0.101, "better")],
    )
    def test_a_wait_by_its_share(self, compared, wait, off, word):
        assert wait > 1
        found = compared({(*AT, "mean_wait", None): (wait * (1 + off), 0.0)})
        assert found["counter", None, "mean_wait", None].outcome.value == word

    @pytest.mark.parametrize(("off", "word"), [(0.099, "close"), (0.101, "worse"), (-0.101, "better")])
    def test_a_wait_below_a_minute_by_its_share_of_a_minute(self, compared, judged, off, word):
        short = float(judged.days["weekday"].channels["counter"].measures.waiting[0]) / 6.0
        assert short < 1
        found = compared({(*AT, "mean_wait", 0): (short + off, 0.0)})
        assert found["counter", None, "mean_wait", 0].outcome.value == word

    @pytest.mark.parametrize(
        ("what", "off", "word"),
        [("abandonment", 0.051, "worse"), ("abandonment", -0.051, "better"), ("abandonment", 0.049, "close"),
         (5.0, 0.051, "better"), (5.0, -0.051, "worse"), (5.0, -0.049, "close")],
    )  # fmt: skip
    def test_a_share_by_the_customers_it_is_about(self, compared, judged, what, off, word):
        day = judged.days["weekday"].channels["counter"]
        promised = day.abandonment if what == "abandonment" else day.service_level(what)
        found = compared({(*AT, what, None): (promised + off, 0.0)}, tolerance=0.05)
        assert found["counter", None, what, None].outcome.value == word

    @pytest.mark.parametrize("off", [0.11, -0.11])
    def test_more_or_fewer_customers_are_worse_alike(self, compared, off):
        found = compared({(*AT, "customers", None): (88 * (1 + off), 0.0)})
        assert found["counter", None, "customers", None].outcome is Outcome.WORSE

    def test_the_others_keep_their_word(self, compared, wait):
        found = compared({(*AT, "mean_wait", None): (2 * wait, 0.0)})
        assert sum(c.outcome is not Outcome.AGREES for c in found.values()) == 1


class TestChance:
    def test_a_difference_agrees_up_to_what_chance_makes_of_all_numbers_together(self, compared, wait):
        numbers = len(compared())
        limit = float(stats.norm.isf(0.05 / numbers / 2))
        for factor, word in ((0.99, Outcome.AGREES), (1.01, Outcome.WORSE)):
            found = compared({(*AT, "mean_wait", None): (wait + factor * limit * 0.5, 0.5)})
            assert found["counter", None, "mean_wait", None].outcome is word

    def test_losses_that_were_never_seen_agree_where_two_were_expected(self, judged, written):
        day = judged.days["weekday"].channels["counter"]
        customers = float(day.demand.arrivals.sum())
        for days, word in ((round(2 / customers / day.abandonment), "agrees"), (100_000, "close")):
            changes = {(*AT, "abandonment", None): (0.0, 0.0)}
            found = comparisons(judged, written(judged, changes, days=max(days, 2)), 0.05, 0.1)
            (seen,) = (c for c in found if c.measure == "abandonment" and c.period is None)
            assert seen.outcome.value == word

    def test_a_service_level_of_one_that_was_missed_once_agrees(self):
        once = number(measure="service_level", within=5.0, promised=1 - 1e-12, simulated=0.999, error=0.001)
        assert abs(once.simulated - once.promised) < 2 * once.test_error


class TestBursts:
    """What goes wrong in bursts is judged by numbers like it where a number shows few bursts itself."""

    def test_many_bursts_are_judged_by_the_error_that_they_show(self):
        many = number(promised=5.0, simulated=5.1, error=0.1)
        own = 0.1**2 * 1500 / 5.1
        for other in (0.0, own, 10 * own):
            assert number(promised=5.0, simulated=5.1, error=0.1, dispersion=other).test_error == pytest.approx(
                many.error, rel=0.2
            )

    def test_a_number_that_is_the_same_every_day_is_known(self):
        always = {"measure": "service_level", "within": 5.0, "promised": 0.1, "simulated": 0.0, "error": 0.0}
        assert number(**always).test_error == pytest.approx(np.sqrt(0.1 * 0.9 / 1500))

    def test_few_bursts_are_judged_by_the_dispersion_of_numbers_like_it(self):
        few = number(simulated=0.05, error=0.02, dispersion=20.0)
        alike = np.sqrt(20.0 * 0.5 / 1500)
        assert few.test_error == pytest.approx(alike, rel=0.1)
        assert few.test_error > 3 * few.error

    def test_the_error_is_never_less_than_what_is_shown(self):
        assert number(simulated=0.5, error=0.4, dispersion=0.001).test_error == 0.4

    def test_only_day_type_and_period_tell_numbers_apart_that_are_alike(self):
        assert number().like == number(day_type="weekend", period=5, promised=9.0).like
        for change in ({"channel": "cash"}, {"tier": "vip"}, {"measure": "abandonment"}, {"period": None}):
            assert number().like != number(**change).like

    def test_machines_that_rarely_fail_raise_no_false_alarm(self, counter, windows):
        """The evaluation is exact here. By the error that it shows itself one mean wait in ten is far too low."""
        atm = {"kind": "machine", "units": 2, "failures_per_day": 0.3, "repair_minutes": 60}
        branch = counter(
            transactions={"deposit": {"channel": "atm"}}, targets={"soon": {"channel": "atm"}},
            channels={"atm": {**atm, "service": {"deposit": {"mean": 2}}}},
            arrivals={"weekday": {"deposit": {"all": (1.0,) * 8}}},
        )  # fmt: skip
        judged, alarms, alone, together = evaluate(branch, windows()), 0, [], []
        for seed in range(40):
            found = comparisons(judged, simulate(branch, windows(), Replications(400, seed)), 0.05, 0.1)
            alarms += any(c.outcome is not Outcome.AGREES for c in found)
            waits = [c for c in found if c.measure == "mean_wait" and c.period is not None]
            alone += [(c.simulated - c.promised) / max(c.error, 1e-9) for c in waits]
            together += [(c.simulated - c.promised) / c.test_error for c in waits]
        assert alarms <= stats.binom.ppf(0.99, 40, 0.05)
        assert np.mean(np.array(alone) < -4) > 0.1
        assert np.abs(together).max() < 4
        assert 0.5 < np.std(together) < 1.1
