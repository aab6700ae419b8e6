"""Customers of coming days from those of past days."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from optimizer.calibration.back_testing import back_test
from optimizer.calibration.calendar import CalendarRules, facts_of_days
from optimizer.calibration.effects import LIKE_OTHERS, OpenDay, chosen_effects
from optimizer.calibration.forecast import FEWEST, day_factors, fit_days, predict_days, seasonal_naive
from optimizer.errors import DataRefused, InvalidParameterError

RUNS = 200
EFFECTS = {"saturday": -0.5, "sunday": -0.6, "monday": 0.2, "friday": 0.1}


@pytest.fixture(scope="module")
def calendar():
    """Open days of 2021 to 2024 in China, by date."""
    facts = facts_of_days(date(2021, 1, 1), date(2024, 12, 31), CalendarRules(pay_days=(15,)))
    return {day: OpenDay(fact) for day, fact in facts.items()}


@pytest.fixture(scope="module")
def days(calendar):
    """A function that gives so many days in a row."""

    def from_(first, count):
        return [calendar[date.fromisoformat(first) + timedelta(n)] for n in range(count)]

    return from_


def mean_of(day, eve=0.3, pay=0.2, season=0.0, growth=0.0):
    """Customers of a day in truth."""
    facts = day.facts
    log = EFFECTS.get(facts.works_as, 0.0) + eve * facts.eve + pay * facts.pay_day - 0.7 * facts.holiday
    log += season * np.sin(2 * np.pi * facts.date.timetuple().tm_yday / 365.25)
    return 300 * np.exp(log + growth * (facts.date - date(2021, 1, 1)).days / 365.25)


def drawn(rng, days, scv, correlation=0.0, **truth):
    """Customers of days in truth: gamma factors, in runs by a normal copula, and Poisson."""
    from scipy.stats import gamma, norm

    factors = np.ones(len(days))
    if scv > 0 and correlation > 0:
        normal = rng.standard_normal(len(days))
        for n in range(1, len(days)):
            normal[n] = correlation * normal[n - 1] + np.sqrt(1 - correlation**2) * normal[n]
        factors = gamma.ppf(norm.cdf(normal), 1 / scv, scale=scv)
    elif scv > 0:
        factors = rng.gamma(1 / scv, scv, len(days))
    return rng.poisson(np.array([mean_of(day, **truth) for day in days]) * factors).astype(float)


class TestCoverage:
    """Of 200 seeded histories the intervals cover what comes, and the truth, in 90 to 99 %."""

    @pytest.mark.parametrize(("first", "past", "coming", "scv", "correlation", "truth"), [
        ("2023-07-03", 12, 14, 0.01, 0.0, {"pay": 0.0}),
        ("2023-07-03", 42, 28, 0.01, 0.0, {"pay": 0.0}),
        ("2023-07-03", 42, 28, 0.02, 0.6, {"pay": 0.0}),
        ("2023-11-01", 240, 91, 0.02, 0.0, {}),
        ("2023-11-01", 240, 91, 0.0, 0.0, {}),
        ("2021-01-02", 400, 91, 0.05, 0.0, {"season": 0.1}),
    ], ids=["under three weeks", "six weeks", "busy days in runs", "eight months", "Poisson", "a year"])  # fmt: skip
    def test_intervals_cover(self, days, first, past, coming, scv, correlation, truth):
        all_days = days(first, past + coming)
        known, asked = all_days[:past], all_days[past:]
        each, total, spread, weekend = [], [], [], []
        for seed in range(RUNS):
            customers = drawn(np.random.default_rng(seed), all_days, scv, correlation, **truth)
            model = fit_days(known, customers[:past])
            forecast = predict_days(model, asked, seed, draws=500)
            low, high = forecast.interval(0.95)
            each.append(np.mean((low <= customers[past:]) & (customers[past:] <= high)))
            _, least, most = forecast.total(0.95)
            total.append(least <= customers[past:].sum() <= most)
            low, high = model.scv.interval(0.95)
            spread.append(low <= scv <= high)
            if "sunday" in model.factors:
                # Beside the weekday that the level belongs to.
                (reference,) = {"monday", "tuesday", "wednesday", "thursday", "friday"} - set(model.factors)
                low, high = model.factors["sunday"].interval(0.95)
                weekend.append(low <= EFFECTS["sunday"] - EFFECTS.get(reference, 0.0) <= high)
        assert 0.90 <= np.mean(each) <= 0.99
        assert 0.90 <= np.mean(total) <= 0.99
        if past > 21:
            # Under three weeks weekdays are not told apart: what they differ by is in the factor of the day.
            assert 0.90 <= np.mean(spread) <= 0.99
            assert 0.90 <= np.mean(weekend) <= 0.99

    def test_narrower_intervals_cover_less(self, days):
        all_days = days("2023-11-01", 331)
        inside = []
        for seed in range(50):
            customers = drawn(np.random.default_rng(seed), all_days, 0.02)
            low, high = predict_days(fit_days(all_days[:240], customers[:240]), all_days[240:], seed, 500).interval(0.8)
            inside.append(np.mean((low <= customers[240:]) & (customers[240:] <= high)))
        assert 0.76 <= np.mean(inside) <= 0.84


class TestEffects:
    def names(self, known):
        return {effect.name for effect in chosen_effects(known).chosen}

    def reasons(self, known):
        return {effect.name: reason for effect, reason in chosen_effects(known).left_out}

    def test_under_three_weeks_days_off_alone_are_told_apart(self, days):
        assert self.names(days("2023-07-03", 20)) == {"day off"}
        assert self.reasons(days("2023-07-03", 20))["sunday"] == "under three weeks of history"

    def test_under_three_weeks_the_branch_tells_the_days_apart(self, days):
        of_branch = [OpenDay(day.facts, "work" if day.facts.working else "rest", 1.0) for day in days("2023-07-03", 20)]
        assert self.names(of_branch) == set()

    def test_from_three_weeks_weekdays_are_told_apart(self, days):
        known = days("2023-07-03", 21)
        assert self.names(known) == {"tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
        assert self.reasons(known)["first ten days"] == "in fewer than 3 months"
        assert self.reasons(known)["growth in a year"] == "under two years of history"

    def test_a_weekday_that_was_open_once_is_not_told_apart(self, days):
        known = [day for day in days("2023-07-03", 28) if day.facts.weekday != "sunday" or day.facts.date.day == 9]
        assert self.reasons(known)["sunday"] == "on fewer than 2 days"

    def test_what_happens_in_three_months_is_told_apart(self, days):
        # From November to January two months have a holiday, with February three.
        assert "pay day" in self.names(days("2023-11-01", 80))
        assert self.reasons(days("2023-11-01", 80))["eve of a holiday"] == "in fewer than 3 months"
        assert "eve of a holiday" in self.names(days("2023-11-01", 190))

    def test_the_season_needs_a_year_and_growth_two(self, days):
        assert "season, sine" not in self.names(days("2021-01-01", 364))
        year, two = self.names(days("2021-01-01", 365)), self.names(days("2021-01-01", 730))
        assert "season, sine" in year
        assert not {"growth in a year", "season, second sine"} & year
        assert {"growth in a year", "season, second sine"} <= two

    def test_of_two_that_are_one_the_first_stays(self, days):
        typed = [
            OpenDay(day.facts, "rest" if day.facts.works_as in ("saturday", "sunday") else "work", 1.0)
            for day in days("2023-07-03", 90)
        ]
        assert self.reasons(typed)["day type rest"] == LIKE_OTHERS

    def test_a_day_type_beside_the_weekdays_is_told_apart(self, days):
        typed = [
            OpenDay(day.facts, "surge" if 13 <= day.facts.date.day <= 17 else "work", 1.0)
            for day in days("2023-07-03", 90)
        ]
        assert "day type surge" in self.names(typed)

    def test_there_are_never_more_effects_than_days(self, days):
        known = days("2021-01-01", 750)[::35]
        effects = chosen_effects(known)
        matrix = effects.matrix(known)
        assert np.linalg.matrix_rank(matrix) == matrix.shape[1] < len(known)


class TestFit:
    def test_without_effects_the_level_is_the_mean_and_the_scv_that_of_the_moments(self, days):
        of_branch = [OpenDay(day.facts, "work", 1.0) for day in days("2023-07-03", 12)]
        customers = np.array([80, 120, 95, 130, 70, 105, 110, 90, 100, 60, 140, 100.0])
        model = fit_days(of_branch, customers)
        assert np.exp(model.factors["level"].value) == pytest.approx(customers.mean())
        assert model.scv.value == pytest.approx(
            (customers.var(ddof=1) - customers.mean()) / customers.mean() ** 2, 1e-3
        )
        relative = np.sqrt(customers.var(ddof=1) / len(customers)) / customers.mean()
        assert model.factors["level"].standard_error == pytest.approx(relative, 1e-3)

    def test_the_fit_is_the_maximum_of_the_likelihood(self, days):
        # The negative binomial likelihood written out, searched by a general method.
        from scipy.optimize import minimize
        from scipy.special import gammaln

        known = days("2023-07-03", 60)
        customers = drawn(np.random.default_rng(3), known, 0.05)
        model = fit_days(known, customers)
        matrix, size = model.effects.matrix(known), 1 / model.scv.value

        def loss(coefficients):
            means = np.exp(matrix @ coefficients)
            return -np.sum(
                gammaln(customers + size) + customers * np.log(means) - (customers + size) * np.log(means + size)
            )

        best = minimize(loss, np.array([5.7, *np.zeros(matrix.shape[1] - 1)]), method="BFGS", options={"gtol": 1e-6})
        assert model.coefficients == pytest.approx(best.x, abs=1e-4)

    def test_days_without_customers_are_closed_days(self, days):
        known = days("2023-07-03", 40)
        customers = drawn(np.random.default_rng(0), known, 0.01)
        closed = customers * (np.arange(40) % 7 != 6)
        model = fit_days(known, closed)
        assert model.days == 35
        assert model.coefficients == pytest.approx(
            fit_days([d for d, c in zip(known, closed, strict=True) if c], closed[closed > 0]).coefficients
        )

    def test_customers_all_alike_vary_as_poisson_or_less(self, days):
        model = fit_days(days("2023-07-03", 30), [100.0] * 30)
        assert (model.scv.value, model.correlation) == (0.0, 0.0)
        assert model.factors["sunday"].value == pytest.approx(0, abs=1e-9)

    def test_the_volumes_of_the_branch_are_multiplied(self, days):
        known = days("2023-07-03", 15)
        typed = [OpenDay(day.facts, day.facts.weekday, 100.0 + 10 * n) for n, day in enumerate(known)]
        model = fit_days(typed, [1.2 * day.volume for day in typed])
        assert np.exp(model.factors["level"].value) == pytest.approx(1.2)
        coming = [OpenDay(day.facts, "monday", 500.0) for day in days("2023-07-18", 2)]
        assert predict_days(model, coming).customers == pytest.approx([600, 600])

    def test_busy_days_in_runs_leave_the_total_less_sure(self, days):
        known, coming = days("2023-07-03", 120), days("2023-10-31", 28)
        widths = []
        for correlation in (0.7, 0.0):
            model = fit_days(known, drawn(np.random.default_rng(1), known, 0.05, correlation))
            mean, low, high = predict_days(model, coming).total()
            widths.append((high - low) / mean)
            assert model.correlation == 0 if correlation == 0 else 0.3 < model.correlation < 0.85
        assert widths[0] > 1.3 * widths[1]

    @pytest.mark.parametrize("count", [0, 1, FEWEST - 1])
    def test_fewer_than_seven_days_are_refused(self, days, count):
        with pytest.raises(DataRefused, match="at least 7 days with customers"):
            fit_days(days("2023-07-03", 10), [100.0] * count + [0.0] * (10 - count))

    @pytest.mark.parametrize("wild", [
        lambda n: np.exp(np.linspace(0, 40, n)), lambda n: np.floor(np.random.default_rng(4).pareto(0.3, n)),
    ], ids=["growing without end", "without a mean"])  # fmt: skip
    def test_days_that_have_nothing_in_common_are_refused(self, days, wild):
        with pytest.raises(DataRefused, match="is there one unit for all of them"):
            fit_days(days("2021-01-01", 400), wild(400))

    def test_seven_days_are_enough(self, days):
        forecast = predict_days(fit_days(days("2023-07-03", 7), [90, 100, 110, 100, 95, 70, 60]), days("2023-07-10", 7))
        low, high = forecast.interval()
        assert np.all((low < forecast.customers) & (forecast.customers < high))


@pytest.fixture(scope="module")
def model(days):
    """What four months say."""
    known = days("2023-07-03", 120)
    return fit_days(known, drawn(np.random.default_rng(5), known, 0.02))


class TestPredict:
    def test_the_same_seed_gives_the_same_intervals(self, model, days):
        one, same, other = (predict_days(model, days("2023-11-01", 30), seed) for seed in (4, 4, 5))
        assert np.array_equal(one.draws, same.draws)
        assert not np.array_equal(one.draws, other.draws)
        assert np.array_equal(one.customers, other.customers)

    def test_intervals_nest(self, model, days):
        forecast = predict_days(model, days("2023-11-01", 30))
        ends = [forecast.interval(confidence) for confidence in (0.5, 0.8, 0.95)]
        assert all(np.all(a[0] >= b[0]) and np.all(a[1] <= b[1]) for a, b in pairwise(ends))

    def test_the_mean_of_the_draws_is_the_forecast(self, model, days):
        forecast = predict_days(model, days("2023-11-01", 30), draws=20_000)
        assert forecast.draws.mean(axis=0) == pytest.approx(forecast.customers, rel=0.02)

    @pytest.mark.parametrize(("scv", "correlation"), [(0.0, 0.0), (0.02, 0.0), (0.02, 0.6), (0.3, 0.0)])
    def test_factors_have_mean_scv_and_correlation(self, scv, correlation):
        factors = day_factors(np.full(40_000, scv), correlation, 6, np.random.default_rng(1))
        assert factors.mean() == pytest.approx(1, abs=0.01)
        assert factors.var() == pytest.approx(scv, rel=0.05)
        if scv:
            found = np.corrcoef(factors[:, 2], factors[:, 3])[0, 1]
            assert found == pytest.approx(correlation, abs=0.03)

    def test_factors_have_the_quantiles_of_the_gamma_distribution(self):
        from scipy.stats import gamma

        factors = day_factors(np.full(200_000, 0.2), 0.0, 1, np.random.default_rng(2))
        asked = [0.025, 0.1, 0.5, 0.9, 0.975]
        assert np.quantile(factors, asked) == pytest.approx(gamma.ppf(asked, 5, scale=0.2), rel=0.02)


class TestSeasonalNaive:
    def test_a_day_is_like_the_last_of_its_weekday(self):
        past = [date(2023, 7, 3) + timedelta(n) for n in range(14)]
        coming = [date(2023, 7, 17), date(2023, 7, 18), date(2023, 7, 24)]
        values, reach = seasonal_naive(past, [*range(100, 107), *range(110, 117)], coming)
        assert values.tolist() == [110, 111, 110]
        # Weeks differ by 10; two weeks ahead by 10 times the root of two.
        assert reach == pytest.approx(1.959964 * 10 * np.sqrt([1, 1, 2]), rel=1e-6)

    def test_a_closed_day_is_not_repeated(self):
        past = [date(2023, 7, 3), date(2023, 7, 10)]
        assert seasonal_naive(past, [100, 0], [date(2023, 7, 17)])[0].tolist() == [100]

    def test_a_weekday_never_seen_has_the_mean(self):
        assert seasonal_naive([date(2023, 7, 3), date(2023, 7, 4)], [100, 140], [date(2023, 7, 7)])[0].tolist() == [120]


class TestBackTest:
    def test_origins_know_nothing_of_what_they_forecast(self, days):
        known = days("2023-07-03", 70)
        customers = drawn(np.random.default_rng(2), known, 0.01)
        changed = customers.copy()
        changed[56:] *= 3
        first = date(2023, 8, 27)
        model = fit_days(known[:56], customers[:56])
        errors = np.abs(changed[56:] - predict_days(model, known[56:]).customers)
        test = back_test(known, changed, first)
        assert (test.origins, test.days) == (1, 14)
        assert test.model.mean_absolute == pytest.approx(errors.mean())
        assert test.model.root_mean_square == pytest.approx(np.sqrt((errors**2).mean()))
        assert test.model.coverage == {0.8: 0.0, 0.95: 0.0}

    def test_the_naive_forecast_stands_beside(self, days):
        known = days("2023-07-03", 70)
        customers = drawn(np.random.default_rng(2), known, 0.01)
        test = back_test(known, customers, date(2023, 8, 27))
        assert test.naive.mean_absolute == pytest.approx(np.abs(customers[56:] - np.tile(customers[49:56], 2)).mean())

    def test_the_model_beats_the_naive_forecast_where_it_holds(self, days):
        known = days("2023-11-01", 300)
        test = back_test(known, drawn(np.random.default_rng(4), known, 0.01), date(2024, 5, 30))
        assert test.origins == 11
        assert test.model.mean_absolute < test.naive.mean_absolute

    def test_days_without_customers_are_not_asked_for(self, days):
        known = days("2023-07-03", 70)
        customers = drawn(np.random.default_rng(2), known, 0.01)
        customers[60] = 0
        assert back_test(known, customers, date(2023, 8, 27)).days == 13

    @pytest.mark.parametrize("count", [0, 20, 50])
    def test_too_few_days_are_refused(self, days, count):
        with pytest.raises(InvalidParameterError, match=f"{count} days are too few"):
            back_test(days("2023-07-03", count), [100.0] * count)
