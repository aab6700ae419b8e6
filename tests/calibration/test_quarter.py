"""The customers of a branch on every day of a quarter."""

import doctest
from collections import Counter, defaultdict
from datetime import date

import numpy as np
import pytest

from optimizer.calibration import calendar, quarter
from optimizer.calibration.calendar import CalendarRules, Override, day_type_of, facts_of_days
from optimizer.calibration.planner_tables import Adjustment, History
from optimizer.calibration.quarter import (
    Quarter,
    adjustment_factors,
    class_volumes,
    forecast_quarter,
    past_days,
)
from optimizer.errors import DataRefused

CHINA = CalendarRules("CN")
THIRD = Quarter(2024, 3)
# The small branch on a weekday (8 periods) and on a Saturday (2 periods): 15 customers in each period.
VOLUMES = {"weekday": 120.0, "saturday": 30.0}


@pytest.fixture(scope="module")
def branch(small_branch):
    """The small branch, open on Saturdays whatever the day of the month."""
    saturday = small_branch.day_types["saturday"].replace(days_of_month=())
    return small_branch.replace(day_types=small_branch.day_types | {"saturday": saturday}, busyness_scv=0.01)


@pytest.fixture(scope="module")
def history(branch):
    """A function that draws the customers of the past by the branch's day types, times a factor."""

    def drawn(first, last, factor=1.0, seed=0):
        rng = np.random.default_rng(seed)
        facts = facts_of_days(date.fromisoformat(first), date.fromisoformat(last), CHINA)
        typed = {day: day_type_of(branch, fact) for day, fact in facts.items()}
        days = tuple(day for day, name in typed.items() if name is not None)
        means = [factor * VOLUMES[typed[day]] for day in days]
        return History(days, tuple(rng.poisson(means * rng.gamma(100, 0.01, len(days))).astype(float)))

    return drawn


class TestQuarter:
    @pytest.mark.parametrize(("text", "first", "last"), [
        ("2027Q1", "2027-01-01", "2027-03-31"), ("2024q1", "2024-01-01", "2024-03-31"),
        ("2024Q3", "2024-07-01", "2024-09-30"), ("2024Q4", "2024-10-01", "2024-12-31"),
    ])  # fmt: skip
    def test_it_has_three_months(self, text, first, last):
        quarter = Quarter.of(text)
        assert (quarter.first.isoformat(), quarter.last.isoformat()) == (first, last)
        assert str(quarter) == text.upper()

    @pytest.mark.parametrize("text", ["", "2027", "2027Q5", "Q12027", "2027-Q1", "1066Q4", "2027Q1 ", "２０２７Q1"])
    def test_anything_else_is_refused(self, text):
        with pytest.raises(ValueError, match='a quarter as "2027Q1"'):
            Quarter.of(text)


class TestWithoutHistory:
    def test_a_day_has_the_customers_of_its_day_type(self, branch):
        days = forecast_quarter(branch, THIRD, CHINA).days()
        assert [day.facts.date for day in days[:: len(days) - 1]] == [THIRD.first, THIRD.last]
        assert len(days) == 92
        for day in days:
            assert day.customers == pytest.approx(VOLUMES.get(day.day_type, 0.0))
            assert (day.low < day.customers < day.high) if day.day_type else (day.low == day.high == 0)

    def test_the_day_types_are_those_of_the_calendar(self, branch):
        forecast = forecast_quarter(branch, THIRD, CHINA)
        facts = facts_of_days(THIRD.first, THIRD.last, CHINA)
        assert {day.facts.date: day.day_type for day in forecast.days()} == {
            day: day_type_of(branch, fact) for day, fact in facts.items()
        }

    def test_the_interval_is_that_of_the_busyness(self, branch):
        # The standard deviation of a weekday is the root of 120 + 0.01 · 120².
        forecast = forecast_quarter(branch, THIRD, CHINA)
        weekdays = [n for n, day in enumerate(forecast.forecast.days) if day.day_type == "weekday"]
        assert forecast.forecast.draws[:, weekdays].std() == pytest.approx(np.sqrt(120 + 144), rel=0.02)

    def test_days_that_the_file_counts_otherwise_are_named(self, branch):
        forecast = forecast_quarter(branch, THIRD, CHINA)
        counts = Counter(day.day_type for day in forecast.days())
        assert forecast.notes == (
            "days of the quarter, by the calendar and not as in the branch's file: "
            f"weekday {counts['weekday']} (not 60), saturday {counts['saturday']} (not 13)",
        )

    def test_a_provisional_year_is_said(self, branch):
        forecast = forecast_quarter(branch, Quarter(2090, 1), CHINA)
        assert forecast.notes[0].startswith("the make-up working days of 2090 in CN are not known")
        assert all(day.facts.provisional for day in forecast.days())


class TestArrivals:
    def test_by_period_and_class_they_sum_to_the_days(self, branch, history):
        given = [Adjustment(date(2024, 7, 1), date(2024, 8, 15), "deposit", "all", 1.7, "closure next door")]
        for past in (None, history("2024-01-01", "2024-06-30", 1.3)):
            forecast = forecast_quarter(branch, THIRD, CHINA, past, given)
            totals = defaultdict(float)
            for day, _, _, _, customers in forecast.arrivals():
                totals[day] += customers
            expected = {day.facts.date: day.customers for day in forecast.days() if day.day_type}
            assert totals == pytest.approx(expected)

    def test_they_keep_the_shape_of_the_day_type(self, branch, history):
        forecast = forecast_quarter(branch, THIRD, CHINA, history("2024-01-01", "2024-06-30", 1.3))
        rows = [row for row in forecast.arrivals() if row[0] == date(2024, 7, 1)]
        assert [row[1] for row in rows[:8]] == [f"{9 + n // 2:02d}:{30 * (n % 2):02d}" for n in range(8)]
        scale = forecast.days()[0].customers / VOLUMES["weekday"]
        by_class = {(row[2], row[3]): row[4] for row in rows}
        assert by_class["withdrawal", "ordinary"] == pytest.approx(6 * scale)
        assert by_class["opening", "vip"] == pytest.approx(1 * scale)


class TestAdjustments:
    def test_they_multiply_days_and_classes(self, branch):
        given = (
            Adjustment(date(2024, 7, 1), date(2024, 7, 31), "deposit", "ordinary", 2.0, "closure next door"),
            Adjustment(date(2024, 7, 31), date(2024, 8, 1), "all", "all", 0.5, "works in the street"),
        )
        days = [date(2024, 7, 30), date(2024, 7, 31), date(2024, 8, 1), date(2024, 8, 2)]
        factors = adjustment_factors(branch, days, given)
        deposit, advice = (branch.classes.index((name, "ordinary")) for name in ("deposit", "advice"))
        assert factors[:, deposit].tolist() == [2.0, 1.0, 0.5, 1.0]
        assert factors[:, advice].tolist() == [1.0, 0.5, 0.5, 1.0]

    def test_they_multiply_the_day_and_its_interval_by_the_share_of_the_class(self, branch):
        # Deposits of ordinary customers are 4 of 15: three times as many are 23 of 15.
        given = (Adjustment(date(2024, 7, 1), date(2024, 7, 1), "deposit", "ordinary", 3.0, "pension day"),)
        before, after = (forecast_quarter(branch, THIRD, CHINA, None, a).days() for a in ((), given))
        for name in ("customers", "low", "high"):
            assert getattr(after[0], name) == pytest.approx(getattr(before[0], name) * 23 / 15)
        assert after[1] == before[1]

    def test_one_that_meets_no_open_day_is_named(self, branch):
        given = (Adjustment(date(2024, 7, 7), date(2024, 7, 7), "all", "all", 2.0, "a Sunday"),)
        forecast = forecast_quarter(branch, THIRD, CHINA, None, given)
        assert forecast.notes[-1] == (
            "the adjustment of 2024-07-07 to 2024-07-07 (a Sunday) meets no open day of the quarter"
        )

    def test_a_factor_of_nought_leaves_nobody(self, branch):
        given = (Adjustment(date(2024, 7, 1), date(2024, 7, 1), "all", "all", 0.0, "strike"),)
        first = forecast_quarter(branch, THIRD, CHINA, None, given).days()[0]
        assert (first.customers, first.low, first.high) == (0, 0, 0)


class TestWithHistory:
    def test_the_history_scales_the_day_types(self, branch, history):
        forecast = forecast_quarter(branch, THIRD, CHINA, history("2023-10-01", "2024-06-30", 1.3))
        mean, low, high = forecast.forecast.total()
        expected = sum(1.3 * VOLUMES[day.day_type] for day in forecast.days() if day.day_type)
        assert low < expected < high
        assert mean == pytest.approx(expected, rel=0.05)

    def test_under_three_weeks_the_day_types_keep_their_ratio(self, branch, history):
        forecast = forecast_quarter(branch, THIRD, CHINA, history("2024-06-10", "2024-06-28", 1.3))
        levels = {day.day_type: day.customers for day in forecast.days() if day.day_type}
        assert levels["saturday"] / levels["weekday"] == pytest.approx(VOLUMES["saturday"] / VOLUMES["weekday"])
        assert any("under three weeks of history" in note for note in forecast.notes)

    def test_what_the_history_does_not_tell_is_named_if_the_quarter_has_it(self, branch, history):
        notes = forecast_quarter(branch, THIRD, CHINA, history("2024-01-02", "2024-06-28")).notes
        untold = next(note for note in notes if "under one year" in note)
        assert "season, sine" in untold
        assert not any("pay day" in note for note in notes)

    def test_closed_days_with_customers_are_left_out_and_named(self, branch, history):
        plain = history("2024-05-01", "2024-06-30")
        sunday = History((*plain.dates, date(2024, 7, 7)), (*plain.customers, 999.0))
        past = past_days(branch, sunday, CHINA)
        assert past.notes == ("1 days of the history, 2024-07-07 the first, are closed days: left out",)
        assert past.customers == plain.customers

    def test_open_days_without_customers_are_named(self, branch, history):
        plain = history("2024-05-06", "2024-06-28")
        lost = History(plain.dates, (0.0, *plain.customers[1:]))
        past = past_days(branch, lost, CHINA)
        assert past.notes == ("1 days of the history, 2024-05-06 the first, have no customers: taken as closed",)
        assert past.customers == plain.customers[1:]

    def test_a_history_of_closed_days_does_not_fit(self, branch):
        sundays = tuple(date(2024, 6, day) for day in (2, 16, 23, 30))
        with pytest.raises(DataRefused, match="2024-06-02 is a closed day"):
            forecast_quarter(branch, THIRD, CHINA, History(sundays, (10.0,) * 4))

    def test_too_short_a_history_is_refused(self, branch, history):
        with pytest.raises(DataRefused, match="at least 7 days with customers"):
            forecast_quarter(branch, THIRD, CHINA, history("2024-06-24", "2024-06-29"))

    def test_a_history_that_reaches_into_the_quarter_is_named(self, branch, history):
        notes = forecast_quarter(branch, THIRD, CHINA, history("2024-06-01", "2024-07-09")).notes
        assert any("open days of the quarter are not after the history" in note for note in notes)

    def test_a_history_long_ago_is_named(self, branch, history):
        notes = forecast_quarter(branch, THIRD, CHINA, history("2023-06-01", "2023-09-01")).notes
        assert any("days before the quarter: the intervals do not know what changed since" in note for note in notes)

    def test_provisional_years_of_the_history_are_named(self, branch):
        facts = facts_of_days(date(2090, 1, 1), date(2090, 1, 31), CHINA)
        days = tuple(day for day, fact in facts.items() if day_type_of(branch, fact))
        past = past_days(branch, History(days, (100.0,) * len(days)), CHINA)
        assert past.notes[0].startswith("the make-up working days of 2090")


def test_volumes_of_classes_are_those_of_the_arrivals(branch):
    volumes = class_volumes(branch)
    assert {name: sum(classes) for name, classes in volumes.items()} == VOLUMES
    assert volumes["weekday"][branch.classes.index(("withdrawal", "ordinary"))] == 48


def test_the_planner_closes_a_day(branch):
    rules = CalendarRules("CN", overrides=(Override(date(2024, 7, 1), "closed", "stocktaking"),))
    first = forecast_quarter(branch, THIRD, rules).days()[0]
    assert (first.day_type, first.customers, first.facts.name) == (None, 0.0, "stocktaking")


@pytest.mark.parametrize("module", [calendar, quarter], ids=lambda module: module.__name__)
def test_the_examples_of_the_docstrings_run(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
