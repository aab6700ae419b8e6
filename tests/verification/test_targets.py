"""Targets judged on estimates written by hand: they hold, fail, or are open."""

import pytest
from scipy import stats

from optimizer.evaluation import evaluate
from optimizer.simulation import Replications, simulate
from optimizer.verification import Verdict
from optimizer.verification.targets import judged_targets

COUNTER = ("weekday", "counter", None)
VIP = {"vip": {"waiting_cost": 60, "patience": 25, "loss": 50, "priority": 1}}
WITHDRAWAL = {
    "transactions": {"deposit": {"amount": {"distribution": "lognormal", "log_mean": 9.0, "log_sd": 1.0}}},
    "channels": {"atm": {"kind": "machine", "units": 2, "service": {"deposit": {"mean": 2}}}},
    "diversions": {
        "to_atm": {"transaction": "deposit", "to": "atm", "thresholds": [0, 9000], "able": 1.0, "compliance": [0.5]}
    },
    "diverted_shares": {"aside": {"transactions": ["deposit"], "least": 0.2}},
}


@pytest.fixture(scope="module")
def judge(counter, windows, written):
    """A function that judges the targets of a branch by promised numbers and others written by hand."""

    def judge(targets, changes=None, **more):
        branch = counter(targets=targets, **more.pop("branch", {}))
        judged = evaluate(branch, windows())
        return judged_targets(branch, judged, written(judged, changes, **more), 0.05)

    return judge


def verdicts(judged):
    return [target.verdict.value for target in judged]


class TestVerdicts:
    @pytest.mark.parametrize(
        ("value", "error", "verdict"),
        [(0.81, 0.0, "holds"), (0.80, 0.0, "holds"), (0.79, 0.0, "fails"), (0.79, 0.02, "undecided"),
         (0.79, 0.004, "fails"), (0.81, 0.5, "holds")],
    )  # fmt: skip
    def test_a_service_level_is_to_be_at_least_its_limit(self, judge, value, error, verdict):
        assert verdicts(judge({"soon": {"least": 0.8}}, {(*COUNTER, 5.0, None): (value, error)})) == [verdict]

    @pytest.mark.parametrize("measure", ["mean_wait", "abandonment"])
    @pytest.mark.parametrize(
        ("value", "error", "verdict"),
        [(0.09, 0.0, "holds"), (0.1, 0.0, "holds"), (0.11, 0.0, "fails"), (0.11, 0.02, "undecided"),
         (0.11, 0.004, "fails")],
    )  # fmt: skip
    def test_a_wait_or_a_loss_is_to_be_at_most_its_limit(self, judge, measure, value, error, verdict):
        targets = {"soon": {"measure": measure, "within": None, "least": None, "most": 0.1}}
        assert verdicts(judge(targets, {(*COUNTER, measure, None): (value, error)})) == [verdict]

    def test_it_fails_from_the_one_sided_level_on(self, judge):
        for z, verdict in ((1.64, "undecided"), (1.65, "fails")):
            assert verdicts(judge({"soon": {"least": 0.8}}, {(*COUNTER, 5.0, None): (0.8 - z * 0.01, 0.01)})) == [
                verdict
            ]

    def test_what_the_evaluation_promised_does_not_matter(self, judge):
        held, broken = (
            judge({"soon": {"least": least}}, {(*COUNTER, 5.0, None): (0.9, 0.0)})[0] for least in (0.7, 0.89)
        )
        assert (held.promise.met, broken.promise.met) == (True, False)
        assert held.verdict is broken.verdict is Verdict.HOLDS

    def test_the_shortfall_is_above_nothing_on_the_wrong_side(self, judge):
        (target,) = judge({"soon": {"least": 0.8}}, {(*COUNTER, 5.0, None): (0.75, 0.01)})
        assert target.shortfall == pytest.approx(0.05)
        assert target.half_width(0.95) == pytest.approx(0.0196, rel=1e-3)


class TestWhatIsJudged:
    def test_each_period_of_a_target_per_period(self, judge):
        targets = {"soon": {"least": 0.5, "per": "period"}}
        judged = judge(targets, {(*COUNTER, 5.0, 3): (0.4, 0.0), (*COUNTER, 5.0, None): (0.0, 0.0)})
        assert [target.promise.period for target in judged] == list(range(8))
        assert judged[3].verdict is Verdict.FAILS
        assert judged[3].simulated == 0.4
        assert set(verdicts(judged[:3])) == {"holds"}

    def test_all_are_judged_together(self, judge):
        """One of eight must be further off than one alone: by Holm's first step."""
        limit = float(stats.norm.isf(0.05 / 8))
        targets = {"soon": {"least": 0.01, "per": "period"}}
        for z, verdict in ((limit - 0.02, "undecided"), (limit + 0.02, "fails")):
            assert verdicts(judge(targets, {(*COUNTER, 5.0, 2): (0.01 - z * 1e-3, 1e-3)}))[2] == verdict

    def test_a_promise_to_a_tier_is_judged_by_its_customers(self, judge):
        branch = {"tiers": VIP, "arrivals": {"weekday": {"deposit": {"vip": (2.0,) * 8}}}}
        targets = {"soon": {"tier": "vip", "least": 0.5}}
        changes = {("weekday", "counter", "vip", 5.0, None): (0.4, 0.0), (*COUNTER, 5.0, None): (1.0, 0.0)}
        assert verdicts(judge(targets, changes, branch=branch)) == ["fails"]
        changes = {("weekday", "counter", "all", 5.0, None): (0.4, 0.0), (*COUNTER, 5.0, None): (0.0, 0.0)}
        assert verdicts(judge(targets, changes, branch=branch)) == ["holds"]

    def test_a_period_that_nobody_ever_came_in_is_not_judged(self, counter, windows):
        branch = counter(
            targets={"soon": {"least": 0.9, "per": "period"}},
            arrivals={"weekday": {"deposit": {"all": (2.0,) * 7 + (0.001,)}}},
        )
        judged = evaluate(branch, windows())
        assert len(judged.promises) == 8
        found = judged_targets(branch, judged, simulate(branch, windows(), Replications(30, 1)), 0.05)
        assert [target.promise.period for target in found] == list(range(7))

    def test_a_branch_that_promises_nothing_has_nothing_judged(self, counter, windows, written):
        branch = counter().replace(targets={})
        judged = evaluate(branch, windows())
        assert judged_targets(branch, judged, written(judged), 0.05) == ()


class TestDivertedShare:
    """Of the quarter: 60 days with 30 at the counter and 10 at the machine."""

    @pytest.fixture(scope="class")
    @classmethod
    def share(cls, counter, windows, written):
        branch = counter(**WITHDRAWAL)
        judged = evaluate(branch, windows(thresholds={"to_atm": 9000}))

        def share(at_machine, error=0.0, least=0.2):
            given = branch.replace(
                diverted_shares={"aside": branch.diverted_shares["aside"].replace(least=least)}, targets={}
            )
            classes = {("counter", "deposit, all"): (30.0, error), ("atm", "deposit, all"): (at_machine, error)}
            (target,) = judged_targets(given, judged, written(judged, classes={"weekday": classes}), 0.05)
            return target

        return share

    @pytest.mark.parametrize(
        ("at_machine", "error", "verdict"),
        [(10.0, 0.0, "holds"), (7.6, 0.0, "holds"), (7.4, 0.0, "fails"), (7.4, 0.2, "undecided"), (5.0, 0.2, "fails")],
    )
    def test_it_is_to_be_at_least_its_limit(self, share, at_machine, error, verdict):
        target = share(at_machine, error)
        assert target.simulated == pytest.approx(at_machine / (30 + at_machine))
        assert target.verdict.value == verdict
        assert target.promise.day_type is None

    def test_its_error_is_that_of_a_quotient(self, share):
        # d(a / (a + b)) = ((1 - s) da - s db) / (a + b) at s = 1/4
        assert share(10.0, 0.4).error == pytest.approx((0.75**2 + 0.25**2) ** 0.5 * 0.4 / 40)

    def test_the_hall_counts_what_the_evaluation_counts(self, counter, windows):
        branch, policy = counter(**WITHDRAWAL), windows(thresholds={"to_atm": 9000})
        judged = evaluate(branch, policy)
        found = judged_targets(branch, judged, simulate(branch, policy, Replications(1000, 1)), 0.05)
        (aside,) = (target for target in found if target.promise.name == "aside")
        assert aside.error < 0.005
        assert abs(aside.simulated - aside.promise.value) < 4 * aside.error


def test_days_written_by_hand_answer_as_simulated_ones_do(counter, windows, written):
    branch = counter(tiers=VIP, arrivals={"weekday": {"deposit": {"vip": (2.0,) * 8}}})
    real, hand = simulate(branch, windows(), Replications(2000, 1)), written(evaluate(branch, windows()))
    for asked in ({}, {"group": "vip"}, {"by_period": True}):
        one, other = (each.days["weekday"].measures("counter", **asked) for each in (real, hand))
        for measure in ("arrivals", "mean_wait", "abandonment"):
            a, b = getattr(one, measure), getattr(other, measure)
            assert a.value.shape == b.value.shape
            assert abs(a.value - b.value).max() < 0.5
        assert one.service_levels.keys() == other.service_levels.keys()
