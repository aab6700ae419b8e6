"""Many judgements in few."""

from optimizer.evaluation import Promise
from optimizer.verification import JudgedTarget, Outcome, Verdict, period_summaries, target_summaries
from optimizer.verification.comparison import Comparison

A, C, B, W = Outcome.AGREES, Outcome.CLOSE, Outcome.BETTER, Outcome.WORSE


def number(outcome, period, promised=2.0, simulated=2.0, measure="mean_wait", channel="cash"):
    return Comparison("weekday", channel, measure, None, None, period, promised, simulated, 0.1, 1000, 20, 0.0, outcome)


def judged(verdict, period, shortfall, name="soon", day_type="weekday"):
    promise = Promise(name, name, day_type, period, 0.8, 0.8, True)
    return JudgedTarget(promise, 0.8 - shortfall, 0.01, 1000, shortfall, verdict)


class TestPeriods:
    def test_a_period_is_what_the_most_severe_of_its_numbers_is(self):
        numbers = (
            number(A, 0), number(C, 0, measure="abandonment"),
            number(B, 1), number(C, 1, measure="abandonment"),
            number(B, 2), number(W, 2, measure="abandonment"),
            number(A, 3), number(A, 3, measure="abandonment"),
        )  # fmt: skip
        (summary,) = period_summaries(numbers)
        assert summary.outcomes == {A: 1, C: 1, B: 1, W: 1}

    def test_the_worst_is_the_furthest_off_of_the_most_severe(self):
        near, far, better = number(W, 0, 2.0, 2.5), number(W, 1, 2.0, 3.0), number(B, 2, 9.0, 1.0)
        (summary,) = period_summaries((near, far, better, number(A, 3)))
        assert summary.worst is far

    def test_where_all_agree_none_is_the_worst(self):
        (summary,) = period_summaries((number(A, 0, 1.0, 3.0), number(A, 1)))
        assert (summary.worst, summary.outcomes) == (None, {A: 2})

    def test_whole_days_are_not_periods_and_channels_are_apart(self):
        summaries = period_summaries((number(W, None), number(A, 0), number(C, 0, channel="general")))
        assert [(each.channel, dict(each.outcomes)) for each in summaries] == [("cash", {A: 1}), ("general", {C: 1})]


class TestTargets:
    def test_alike_are_those_of_one_target_day_type_and_verdict(self):
        fails, worse, open_ = (judged(v, t, s) for v, t, s in (
            (Verdict.FAILS, 0, 0.1), (Verdict.FAILS, 1, 0.2), (Verdict.UNDECIDED, 2, 0.01)))  # fmt: skip
        other, quarter = judged(Verdict.FAILS, 0, 0.3, "short"), judged(Verdict.HOLDS, None, -0.1, "shift", None)
        summaries = target_summaries((fails, worse, open_, other, quarter))
        assert [(each.name, each.day_type, each.verdict, each.count) for each in summaries] == [
            ("soon", "weekday", Verdict.FAILS, 2), ("soon", "weekday", Verdict.UNDECIDED, 1),
            ("short", "weekday", Verdict.FAILS, 1), ("shift", None, Verdict.HOLDS, 1),
        ]  # fmt: skip
        assert summaries[0].worst is worse

    def test_of_none_there_is_none(self):
        assert target_summaries(()) == period_summaries(()) == ()
