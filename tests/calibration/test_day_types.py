"""Which days are alike, found or told apart, and named as a branch's file has it."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest

from optimizer.calibration.calendar import CalendarRules, day_type_among, facts_of_days
from optimizer.calibration.day_types import learn_day_types
from optimizer.errors import DataRefused
from optimizer.problem.calendar import WEEKDAYS

RUNS = 100
WORK, WEEKEND = WEEKDAYS[:5], WEEKDAYS[5:]
TWO_PEAKS = np.array([1, 2, 3, 3, 2, 1, 2, 3, 2, 1]) / 20
MORNING = np.array([3, 3, 3, 2, 2, 2, 2, 1, 1, 1]) / 20


@pytest.fixture(scope="module")
def half_year():
    """Every date of the first half of 2024 in China."""
    return list(facts_of_days(date(2024, 1, 1), date(2024, 6, 30), CalendarRules("CN")).values())


def drawn(seed, days, volume, profile=lambda day: TWO_PEAKS, scv=0.01, open_on_holidays=False):
    """Customers by day and period: a gamma factor of the day, Poisson in each period."""
    rng = np.random.default_rng(seed)
    means = np.array([volume(day) * profile(day) for day in days])
    open_days = np.array([open_on_holidays or not day.holiday for day in days])
    factors = rng.gamma(1 / scv, scv, len(days)) * open_days
    return rng.poisson(means * factors[:, None]).astype(float)


def told(learnt):
    """Day types by what a file says of them."""
    return tuple((kind.weekdays, kind.holiday) for kind in learnt.types)


def at_rest(day):
    return day.works_as in WEEKEND


class TestFound:
    """Of a hundred seeded half years nine in ten or more have the day types of the truth."""

    def shares(self, days, **truth):
        found = Counter(told(learn_day_types(days, drawn(seed, days, **truth))) for seed in range(RUNS))
        return {kinds: count / RUNS for kinds, count in found.items()}

    def test_days_all_alike_are_one_day_type(self, half_year):
        shares = self.shares(half_year, volume=lambda day: 300, open_on_holidays=True)
        assert shares[((WEEKDAYS, "any"),)] >= 0.9

    def test_even_where_days_vary_much(self, half_year):
        shares = self.shares(half_year, volume=lambda day: 300, scv=0.05, open_on_holidays=True)
        assert shares[((WEEKDAYS, "any"),)] >= 0.9

    def test_volumes_tell_days_apart(self, half_year):
        shares = self.shares(half_year, volume=lambda day: 250 if at_rest(day) else 300, open_on_holidays=True)
        assert shares[((WORK, "any"), (WEEKEND, "any"))] >= 0.9

    def test_profiles_tell_days_apart_that_have_the_same_volume(self, half_year):
        shares = self.shares(
            half_year, volume=lambda day: 300, profile=lambda day: MORNING if at_rest(day) else TWO_PEAKS,
            open_on_holidays=True,
        )  # fmt: skip
        assert shares[((WORK, "any"), (WEEKEND, "any"))] >= 0.9

    def test_busy_mondays_are_told_apart(self, half_year):
        busy = self.shares(
            half_year, volume=lambda day: 360 if day.works_as == "monday" else 300, open_on_holidays=True
        )
        assert busy[((WEEKDAYS[:1], "any"), (WEEKDAYS[1:], "any"))] >= 0.9

    def test_busy_eves_are_told_apart(self, half_year):
        shares = self.shares(half_year, volume=lambda day: 420 if day.eve else 300, open_on_holidays=True)
        assert shares[((WEEKDAYS, "eve"), (WEEKDAYS, "any"))] >= 0.9


def test_eves_like_other_days_stay_open_where_holidays_are_closed(half_year):
    # A day type of holiday "none" leaves eves out, so one of their own, with the same customers, follows.
    learnt = learn_day_types(half_year, drawn(0, half_year, lambda day: 300))
    assert told(learnt) == ((WEEKDAYS, "none"), (WEEKDAYS, "eve"))
    ordinary, eves = learnt.types
    assert ordinary.customers == eves.customers
    assert eves.name == ordinary.name + "_eve"


@pytest.mark.parametrize("open_on_holidays", [False, True])
def test_a_branch_with_these_day_types_is_open_on_the_days_of_the_history(half_year, open_on_holidays):
    counts = drawn(2, half_year, lambda day: 420 if day.eve else 300, open_on_holidays=open_on_holidays)
    for seen in (counts, counts * np.array([not at_rest(day) for day in half_year])[:, None]):
        learnt = learn_day_types(half_year, seen)
        types = {kind.name: kind.of_branch(10) for kind in learnt.types}
        for day, row in zip(half_year, seen, strict=True):
            assert (day_type_among(types, day) is not None) == bool(row.any()), day


def test_holidays_and_pay_days_become_day_types_before_the_others(half_year):
    def volume(day):
        return 300 * (0.4 if day.holiday else 1) * (1.3 if 13 <= day.date.day <= 17 else 1)

    counts = drawn(3, half_year, volume, open_on_holidays=True)
    learnt = learn_day_types(half_year, counts, days_of_month=(13, 14, 15, 16, 17))
    assert [kind.name for kind in learnt.types] == ["holiday", "pay_day", "every_day"]
    holiday, pay_day, ordinary = learnt.types
    assert pay_day.days_of_month == (13, 14, 15, 16, 17)
    assert pay_day.of_branch(15).days_of_month == pay_day.days_of_month
    for kind, truth in ((holiday, 120), (pay_day, 390), (ordinary, 300)):
        low, high = kind.customers.interval(0.999)
        assert low <= truth <= high
    assert holiday.customers.n == sum(day.holiday for day in half_year)


def test_the_numbers_of_a_day_type_are_those_of_its_days(half_year):
    counts = drawn(4, half_year, lambda day: 200 if at_rest(day) else 300, open_on_holidays=True)
    work = next(kind for kind in learn_day_types(half_year, counts).types if kind.name == "weekday")
    plain = [day.works_as in WORK and not (day.holiday or day.eve or day.make_up) for day in half_year]
    totals = counts[plain].sum(axis=1)
    assert work.customers.n == len(totals)
    assert work.customers.value == pytest.approx(totals.mean())
    assert work.customers.standard_error == pytest.approx(totals.std(ddof=1) / np.sqrt(len(totals)))
    assert work.profile == pytest.approx(counts[plain].sum(axis=0) / counts[plain].sum())


def test_weekdays_of_other_opening_hours_never_merge(half_year):
    hours = dict.fromkeys(WORK, (540, 1020)) | dict.fromkeys(WEEKEND, (540, 960))
    learnt = learn_day_types(half_year, drawn(5, half_year, lambda day: 300, open_on_holidays=True), hours)
    assert told(learnt) == ((WORK, "any"), (WEEKEND, "any"))


def test_the_dispersions_are_those_of_the_truth(half_year):
    # Variance of a day's customers: 300 + 0.03 · 300², by Poisson's: 1 + 0.03 · 300 = 10. Periods are Poisson.
    found = [
        learn_day_types(half_year, drawn(seed, half_year, lambda day: 300, scv=0.03, open_on_holidays=True))
        for seed in range(20)
    ]
    assert np.mean([learnt.volume_dispersion for learnt in found]) == pytest.approx(10, rel=0.1)
    assert np.mean([learnt.profile_dispersion for learnt in found]) == pytest.approx(1, rel=0.05)


def test_the_gain_of_the_volume_is_the_likelihood_ratio_less_its_price():
    # Two weekdays, each at 4 or 5 customers a day: by hand.
    days = list(facts_of_days(date(2023, 7, 3), date(2023, 7, 30), CalendarRules("DE")).values())
    counts = np.zeros((28, 1))
    mondays, tuesdays = range(0, 28, 7), range(1, 28, 7)
    counts[list(mondays), 0], counts[list(tuesdays), 0] = [40, 50, 40, 50], [60, 70, 60, 70]
    learnt = learn_day_types(days, counts)
    assert learnt.volume_dispersion == 1.0
    (comparison,) = learnt.compared
    ratio = 2 * (180 * np.log(45) + 260 * np.log(65) - 440 * np.log(55))
    assert comparison.volume_gain == pytest.approx(ratio - np.log(8))
    assert comparison.profile_gain == pytest.approx(0)
    assert comparison.apart


def test_fewer_days_of_a_kind_than_three_are_named(half_year):
    days = half_year[:31]
    # 1 January is the only holiday of the month.
    counts = drawn(6, days, lambda day: 90 if day.holiday else 300, open_on_holidays=True)
    learnt = learn_day_types(days, counts)
    assert told(learnt) == ((WEEKDAYS, "any"),)
    assert learnt.notes == ("holiday: fewer than 3 open days of the same hours, taken as their weekdays",)


def test_a_history_without_holidays_says_so():
    days = list(facts_of_days(date(2023, 7, 3), date(2023, 8, 27), CalendarRules("CN")).values())
    learnt = learn_day_types(days, drawn(7, days, lambda day: 300))
    assert learnt.notes == ("no holiday in the history: days are taken to be open on holidays too",)


def test_names_are_names_of_a_branch(half_year):
    rng = np.random.default_rng(8)
    level = dict(zip(WEEKDAYS, rng.permutation([100, 300, 100, 300, 500, 100, 300]), strict=True))
    learnt = learn_day_types(half_year, drawn(8, half_year, lambda day: level[day.works_as]))
    names = [kind.name for kind in learnt.types]
    assert len(set(names)) == len(names) == 6
    assert all(len(name) <= 40 and name.replace("_", "").isalpha() and name.islower() for name in names)


@pytest.mark.parametrize("count", [0, 2])
def test_fewer_than_three_open_days_are_refused(half_year, count):
    counts = np.zeros((10, 4))
    counts[:count] = 5
    with pytest.raises(DataRefused, match="at least 3 days with customers"):
        learn_day_types(half_year[:10], counts)


def test_three_open_days_are_enough(half_year):
    days = half_year[7:10]
    learnt = learn_day_types(days, np.full((3, 4), 25.0))
    assert [kind.customers.value for kind in learnt.types] == [100.0]
    assert days[0].date + timedelta(2) == days[-1].date
