"""What is said of a verification: the verdict, the tables, the JSON and the table for a spreadsheet."""

import csv
import io
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from optimizer.evaluation import Promise, evaluate
from optimizer.problem import to_json
from optimizer.reporting import (
    verification_csv,
    verification_lines,
    verification_sections,
    verification_structure,
)
from optimizer.simulation import Estimate
from optimizer.verification import (
    Comparison,
    Explanation,
    JudgedTarget,
    Outcome,
    Trial,
    Verdict,
    Verification,
    VerifyOptions,
    WithoutModel,
)

A, C, B, W = Outcome.AGREES, Outcome.CLOSE, Outcome.BETTER, Outcome.WORSE


def number(measure="mean_wait", promised=2.0, simulated=2.1, outcome=A, period=None, **more):
    given = {"day_type": "weekday", "channel": "cash", "within": None, "tier": None, "error": 0.05, "days": 1000,
             "customers": 80.0}  # fmt: skip
    return Comparison(
        measure=measure, promised=promised, simulated=simulated, outcome=outcome, period=period, **given | more
    )


def day(**more):
    """All numbers of a channel's day."""
    return (
        number("customers", 80.0, 80.1, **more), number("mean_wait", **more),
        number("abandonment", 0.05, 0.052, **more), number("service_level", 0.8, 0.81, within=10.0, **more),
    )  # fmt: skip


def judged(verdict, value, period=None, name="cash_fast", day_type="weekday", met=True, limit=0.7):
    promise = Promise(name, f"{name}: as promised", day_type, period, limit, 0.72, met)
    return JudgedTarget(promise, value, 0.01, 1000, limit - value, verdict)


@pytest.fixture(scope="module")
def evaluation(small_branch, small_policy):
    return evaluate(small_branch, small_policy)


@pytest.fixture
def verified(evaluation):
    """A function that makes a verification of some numbers."""

    def make(comparisons=None, targets=(), explanations=(), without=()):
        costs = {"waiting": 100.0, "overtime": 10.0, "pitches": 0.0, "total": 110.0}
        given = replace(
            evaluation, cost=1000.0, costs={"wages": 890.0, "waiting": 90.0, "overtime": 20.0, "pitches": 0.0}
        )
        simulation = SimpleNamespace(costs={n: Estimate(np.array(v), np.array(2.0), 1000) for n, v in costs.items()})
        found = day() if comparisons is None else tuple(comparisons)
        return Verification(
            given, simulation, VerifyOptions(), found, tuple(targets), tuple(explanations), tuple(without)
        )

    return make


@pytest.fixture
def tables(small_branch, verified):
    """A function that gives the rows of each section by the beginning of its title."""

    def tables(**what):
        return {section.title: section for section in verification_sections(small_branch, verified(**what))}

    return tables


def section(tables, begin):
    (found,) = (each for title, each in tables.items() if title.startswith(begin))
    return found


class TestVerdict:
    def lines(self, verification):
        return list(verification_lines(verification))

    def test_a_plan_that_holds_is_confirmed(self, verified):
        first, *_ = self.lines(verified(targets=[judged(Verdict.HOLDS, 0.9)]))
        assert first == "Confirmed: no target fails in the hall, and no channel's day is worse than promised."

    def test_without_targets_none_is_spoken_of(self, verified):
        assert self.lines(verified())[0] == "Confirmed: no channel's day is worse than promised."

    def test_open_targets_are_counted(self, verified):
        first, *_ = self.lines(verified(targets=[judged(Verdict.UNDECIDED, 0.69), judged(Verdict.HOLDS, 0.9)]))
        assert "no target fails in the hall (1 is undecided)" in first

    @pytest.mark.parametrize(
        ("met", "told"),
        [((True, True), "2 of 3 targets fail in the hall."),
         ((True, False), "2 of 3 targets fail in the hall (1 of them in the evaluation too)."),
         ((False, False), "2 of 3 targets fail in the hall (all of them in the evaluation too).")],
    )  # fmt: skip
    def test_targets_that_fail_are_counted_and_those_that_were_broken_anyway(self, verified, met, told):
        targets = [judged(Verdict.FAILS, 0.5, met=each) for each in met] + [judged(Verdict.HOLDS, 0.9)]
        assert self.lines(verified(targets=targets))[0] == f"Not confirmed: {told}"

    def test_one_fails(self, verified):
        (first, *_) = self.lines(verified(targets=[judged(Verdict.FAILS, 0.5)]))
        assert first == "Not confirmed: 1 of 1 targets fails in the hall."

    def test_channels_that_are_worse_are_named_with_their_day_types(self, verified):
        worse = [number(outcome=W), number(outcome=W, day_type="saturday"), number("abandonment", outcome=W),
                 number(outcome=W, channel="atm"), number(outcome=W, channel="general", period=2)]  # fmt: skip
        first, *_ = self.lines(verified(worse))
        assert first == (
            "Not confirmed: the hall is worse than promised: cash on weekday and saturday, atm on weekday."
        )

    def test_how_it_was_judged(self, verified):
        _, counts, words, apart = self.lines(
            verified([*day(), number(outcome=W, period=1), number(outcome=C, period=2)])
        )
        assert counts == (
            "6 numbers, promised and simulated on 1,000 days of each kind: 4 agree, 1 close, 0 better, 1 worse."
        )
        assert "judged together at 5% (Holm)" in words
        assert "at most 10%" in words
        assert "shares no formula with the evaluation" in apart

    def test_every_line_fits_a_terminal_of_a_hundred_and_fifty(self, verified):
        assert max(map(len, self.lines(verified(targets=[judged(Verdict.HOLDS, 0.9)])))) <= 150


class TestDays:
    def test_a_row_says_the_numbers_of_a_channel(self, tables):
        days = section(tables(), "Whole days")
        assert days.title == "Whole days: promised → simulated ± half width of the 95% interval"
        assert days.rows == (
            ("weekday", "cash", "2.00 → 2.10 ± 0.10", "agrees", "5.0% → 5.2% ± 9.8%", "10 min: 80.0% → 81.0% ± 9.8%"),
        )

    def test_a_word_stands_where_a_number_does_not_agree(self, tables):
        numbers = [number("customers", 80, 90, outcome=W), number(outcome=B), number("abandonment", outcome=C),
                   number("service_level", 0.8, 0.7, within=5.0),
                   number("service_level", 0.9, 0.7, W, within=10.0)]  # fmt: skip
        rows = section(tables(comparisons=numbers), "Whole days").rows
        assert [row[3] for row in rows] == ["better", "", ""]
        assert rows[0][4].endswith(" close")
        assert rows[0][5].endswith("± 9.8%")
        assert rows[1][5].endswith(" worse")
        assert rows[2][5] == "customers: 80.00 → 90.00 ± 0.10 worse"

    def test_names_stand_once(self, tables):
        numbers = [*day(), *day(channel="atm"), *day(day_type="saturday")]
        rows = section(tables(comparisons=numbers), "Whole days").rows
        assert [row[:2] for row in rows] == [("weekday", "cash"), ("", "atm"), ("saturday", "cash")]

    def test_a_tier_has_a_row_only_where_it_does_not_agree(self, tables):
        numbers = [*day(), *day(tier="vip"), number("customers", tier="ordinary"), number(tier="ordinary", outcome=C)]
        rows = section(tables(comparisons=numbers), "Whole days").rows
        assert [row[1] for row in rows] == ["cash", "cash, ordinary"]

    def test_of_customers_who_never_came_there_is_nothing_to_say(self, tables):
        rows = section(tables(comparisons=[number("customers", 0.001, 0.0)]), "Whole days").rows
        assert rows == (("weekday", "cash", "-", "", "-", ""),)


class TestPeriods:
    def test_those_that_all_agree_share_a_row(self, tables):
        numbers = [each for channel in ("cash", "atm") for t in range(8) for each in day(channel=channel, period=t)]
        assert section(tables(comparisons=numbers), "Periods").rows == (("weekday", "cash, atm", "8 of 8 agree", ""),)

    def test_the_worst_is_told_by_the_clock(self, tables):
        numbers = [number(period=0), number(promised=1.3, simulated=1.0, outcome=B, period=1),
                   number(outcome=C, period=2), number(channel="atm", period=0)]  # fmt: skip
        assert section(tables(comparisons=numbers), "Periods").rows == (
            ("weekday", "cash", "1 of 3 agree, 1 close, 1 better", "09:30 wait 1.30 → 1.00 ± 0.10 min"),
            ("", "atm", "1 of 1 agree", ""),
        )

    @pytest.mark.parametrize(
        ("measure", "within", "told"),
        [("customers", None, "customers 0.80"), ("abandonment", None, "lost 80.0%"),
         ("service_level", 5.0, "within 5 min 80.0%")],
    )  # fmt: skip
    def test_whatever_it_is_about(self, tables, measure, within, told):
        numbers = [number(measure, 0.8, 0.5, W, 3, within=within)]
        assert section(tables(comparisons=numbers), "Periods").rows[0][3].startswith(f"10:30 {told} → ")


class TestTargets:
    def test_without_targets_nothing_is_said(self, tables):
        assert not any(title.startswith("Targets") for title in tables())

    def test_where_all_hold_one_line_says_so(self, tables):
        targets = [judged(Verdict.HOLDS, 0.9, t) for t in range(8)]
        assert section(tables(targets=targets), "Targets").rows == (("all 8 hold, by day type and period",),)

    def test_those_that_do_not_hold_are_told(self, tables):
        targets = [
            judged(Verdict.FAILS, 0.5, 1), judged(Verdict.FAILS, 0.4, 3, met=False),
            judged(Verdict.UNDECIDED, 0.69, 2), judged(Verdict.HOLDS, 0.9, 4),
            judged(Verdict.FAILS, 3.4, name="lobby_wait", limit=3.0),
            judged(Verdict.FAILS, 0.3, None, "atm_given_up", limit=0.2),
            judged(Verdict.FAILS, 0.05, None, "cash_aside", None, limit=0.1),
        ]  # fmt: skip
        found = section(tables(targets=targets), "Targets")
        assert found.title.endswith("1 hold, 1 undecided, 5 fail")
        assert found.rows == (
            ("cash_fast", "weekday", "10:30, worst of 2 periods", "fails", "≥ 70.0%", "72.0% (broken)", "40.0% ± 2.0%"),
            ("cash_fast", "weekday", "10:00", "undecided", "≥ 70.0%", "72.0%", "69.0% ± 2.0%"),
            ("lobby_wait", "weekday", "", "fails", "≤ 3.00 min", "0.72", "3.40 ± 0.02"),
            ("atm_given_up", "weekday", "", "fails", "≤ 20.0%", "72.0%", "30.0% ± 2.0%"),
            ("cash_aside", "the quarter", "", "fails", "≥ 10.0%", "72.0%", "5.0% ± 2.0%"),
        )


class TestCosts:
    def test_what_the_days_decide_and_the_rest_as_one(self, tables):
        assert section(tables(), "Cost").rows == (
            ("waiting", "90", "100 ± 4", "+11.1%"), ("overtime", "20", "10 ± 4", "-50.0%"),
            ("wages, campaign, machines", "890", "the same", ""), ("total", "1,000", "1,000 ± 4", ""),
        )  # fmt: skip


class TestExplanations:
    def test_without_any_nothing_is_said(self, tables):
        assert not any(title.startswith("What explains") for title in tables())

    @pytest.mark.parametrize(
        ("trials", "told"),
        [([Trial("priority", 2, 2, 0.1, 0.46)], "priority: 46% of the difference is left without it on either side"),
         ([Trial("exponential patience", 2, 2, 0.1, -0.01, True)],
          "the evaluation assumes exponential patience: 1% of the difference is left where the hall does too"),
         ([Trial(name, 2, 2, 0.1, left) for name, left in (("priority", -0.6), ("balking", 0.8), ("a", 1), ("b", 1))],
          "no single assumption; of the difference is left at best: priority 60%, balking 80%, a 100%"),
         ([], "no assumption is there to be tried")],
    )  # fmt: skip
    def test_a_line_for_a_channel(self, tables, trials, told):
        explanation = Explanation(number(promised=2.0, simulated=3.0, outcome=W), tuple(trials))
        (row,) = section(tables(explanations=[explanation]), "What explains").rows
        assert row == ("cash", "weekday", "2.00 → 3.00 min", told)


class TestModels:
    def test_a_row_for_each(self, tables):
        rows = [WithoutModel(name, 90, 100, 0.123, 0.0456, 1234.5) for name in ("none", "priority", "all")]
        assert section(tables(without=rows), "Evaluated without").rows == tuple(
            (name, "90 of 100", "0.123", "4.56%", "+1,234")
            for name in ("with all models", "without priority", "without any")
        )

    def test_only_where_they_were_asked_for(self, tables):
        assert not any(title.startswith("Evaluated") for title in tables())


class TestStructure:
    @pytest.fixture
    def told(self, small_branch, verified):
        explanation = Explanation(number(outcome=W), (Trial("priority", 2.0, 2.1, 0.1, 0.4),))
        given = verified(
            [*day(), *day(period=3, tier="vip", outcome=C)],
            [judged(Verdict.FAILS, 0.5, 1), judged(Verdict.HOLDS, 0.9, 2)], [explanation],
            [WithoutModel("none", 7, 8, 0.1, 0.01, -5.0)],
        )  # fmt: skip
        return given, json.loads(to_json(verification_structure(small_branch, given)))

    def test_it_says_everything(self, told):
        _, structure = told
        assert structure["status"] == "not confirmed"
        assert structure["options"] == {"days": 1000, "seed": 1, "workers": 2, "confidence": 0.95, "tolerance": 0.1}
        assert structure["counts"] == {"agrees": 4, "close": 4, "better": 0, "worse": 0}
        assert structure["comparisons"][5] == {
            "day_type": "weekday", "channel": "cash", "tier": "vip", "start": "10:30", "measure": "mean_wait",
            "within": None, "promised": 2.0, "simulated": 2.1, "standard_error": 0.05, "outcome": "close",
        }  # fmt: skip
        assert structure["targets"][0] == {
            "name": "cash_fast", "sentence": "cash_fast: as promised", "day_type": "weekday", "start": "09:30",
            "limit": 0.7, "promised": 0.72, "promised_met": True, "simulated": 0.5, "standard_error": 0.01,
            "verdict": "fails",
        }  # fmt: skip
        assert structure["costs"]["waiting"] == {"promised": 90.0, "simulated": 100.0, "standard_error": 2.0}
        assert structure["fixed_cost"] == 890.0
        assert structure["explanations"][0]["cause"] == "priority"
        assert structure["explanations"][0]["trials"][0]["left"] == 0.4
        assert structure["without_models"][0]["agreeing"] == 7
        assert structure["policy"]["greeters"] == 1

    def test_the_table_has_the_same_numbers(self, told, small_branch):
        given, structure = told
        rows = list(csv.DictReader(io.StringIO(verification_csv(small_branch, given))))
        assert len(rows) == len(structure["comparisons"]) == 8
        for row, number_ in zip(rows, structure["comparisons"], strict=True):
            assert row == {name: "" if value is None else str(value) for name, value in number_.items()}

    def test_a_confirmed_plan_says_so(self, small_branch, verified):
        assert verification_structure(small_branch, verified())["status"] == "confirmed"
