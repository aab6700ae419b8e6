"""What every date is, and of which day type of a branch."""

from dataclasses import replace
from datetime import date

import pytest

from optimizer.calibration.calendar import (
    FARTHEST,
    CalendarRules,
    Override,
    day_type_of,
    facts_of_days,
    provisional_years,
)
from optimizer.errors import DataRefused
from optimizer.problem.calendar import DayType

# The notice of the State Council for 2024: days off, and working days at the weekend.
OFF_2024 = ["01-01", *(f"02-{d}" for d in range(12, 17)), "04-04", "04-05", *(f"05-0{d}" for d in range(1, 4)),
            "06-10", "09-16", "09-17", *(f"10-0{d}" for d in (1, 2, 3, 4, 7))]  # fmt: skip
MAKE_UP_2024 = ["02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"]


def facts_on(text, **rules):
    day = date.fromisoformat(text)
    return facts_of_days(day, day, CalendarRules(**rules))[day]


@pytest.fixture(scope="module")
def china():
    """Every date of 2024 in China."""
    return facts_of_days(date(2024, 1, 1), date(2024, 12, 31), CalendarRules(pay_days=(10, 31), bill_days=(20,)))


@pytest.fixture
def branch(small_branch):
    """A function that gives the small branch other day types: name, weekdays, holiday, days of the month."""

    def with_types(*types):
        weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        hours = small_branch.opening["monday"]
        made = {
            name: DayType(days=1, weekdays=days, holiday=holiday, days_of_month=of_month)
            for name, days, holiday, of_month in types
        }
        return small_branch.model_copy(update={"day_types": made, "opening": dict.fromkeys(weekdays, hours)})

    return with_types


WORK = ("monday", "tuesday", "wednesday", "thursday", "friday")
WEEKEND = ("saturday", "sunday")


def dates(facts, holds):
    return [f"{day:%m-%d}" for day, fact in facts.items() if holds(fact)]


def test_the_days_off_of_china_are_those_of_the_notice(china):
    weekday_off = dates(china, lambda day: day.holiday and day.date.weekday() < 5)
    assert weekday_off == OFF_2024
    assert dates(china, lambda day: not day.working and day.date.weekday() < 5) == OFF_2024


def test_the_make_up_days_of_china_are_those_of_the_notice(china):
    assert dates(china, lambda day: day.make_up) == MAKE_UP_2024
    assert dates(china, lambda day: day.working and day.date.weekday() >= 5) == MAKE_UP_2024


def test_the_eve_is_the_last_working_day_before_a_break(china):
    # 31 December 2024 is the eve of a holiday of the next year; before the Spring Festival (from Monday 12 February by
    # days off) the last working day is Friday 9, before 16 September the make-up Saturday 14.
    assert dates(china, lambda day: day.eve) == [
        "02-09", "04-03", "04-30", "06-07", "09-14", "09-30", "12-31",
    ]  # fmt: skip


def test_the_first_working_day_after_a_break_is_known(china):
    assert dates(china, lambda day: day.after) == [
        "01-02", "02-18", "04-07", "05-06", "06-11", "09-18", "10-08",
    ]  # fmt: skip


def test_a_holiday_at_the_weekend_takes_no_working_day_away():
    saturday, sunday = (Override(date(2024, 6, day), "holiday") for day in (22, 23))
    assert not facts_on("2024-06-20", country="IL", overrides=(saturday,)).eve
    assert facts_on("2024-06-20", country="IL", overrides=(saturday, sunday)).eve


def test_a_make_up_day_is_worked_like_the_working_day_next_to_it(china):
    assert {(day.weekday, day.works_as) for day in china.values() if day.make_up} == {
        ("saturday", "friday"), ("sunday", "monday"),
    }  # fmt: skip
    assert all(day.works_as == day.weekday for day in china.values() if not day.make_up)


def test_distances_to_holidays_count_days(china):
    assert [china[date(2024, 9, day)].days_to_holiday for day in (28, 29, 30)] == [3, 2, 1]
    assert (china[date(2024, 10, 1)].days_to_holiday, china[date(2024, 10, 1)].days_since_holiday) == (0, 0)
    assert china[date(2024, 10, 10)].days_since_holiday == 3
    assert max(day.days_to_holiday for day in china.values()) == FARTHEST


def test_pay_days_and_bill_days_move_to_the_working_day_before(china):
    # 10 February, March, August and November are days off; a month without a 31st pays on its last day.
    paid = dates(china, lambda day: day.pay_day)
    assert paid == [
        "01-10", "01-31", "02-09", "02-29", "03-08", "03-29", "04-10", "04-30", "05-10", "05-31", "06-07", "06-28",
        "07-10", "07-31", "08-09", "08-30", "09-10", "09-30", "10-10", "10-31", "11-08", "11-29", "12-10", "12-31",
    ]  # fmt: skip
    assert len(dates(china, lambda day: day.bill_day)) == 12


def test_a_month_starts_and_ends_with_two_working_days(china):
    assert dates(china, lambda day: day.month_start and day.date.month in (5, 10)) == [
        "05-06",
        "05-07",
        "10-08",
        "10-09",
    ]
    assert dates(china, lambda day: day.month_end and day.date.month in (2, 9)) == ["02-28", "02-29", "09-29", "09-30"]


def test_what_a_date_is_does_not_depend_on_the_days_around_that_are_asked_for(china):
    assert facts_on("2024-09-29", pay_days=(10, 31), bill_days=(20,)) == china[date(2024, 9, 29)]
    assert facts_on("2024-12-31", pay_days=(10, 31), bill_days=(20,)) == china[date(2024, 12, 31)]


def test_the_weekend_of_another_country_is_its_own():
    israel = facts_of_days(date(1999, 1, 1), date(1999, 2, 28), CalendarRules("IL"))
    assert {day.weekday for day in israel.values() if not day.working} == {"friday", "saturday"}
    assert not any(day.holiday or day.make_up or day.provisional for day in israel.values())


def test_a_part_of_a_country_has_holidays_of_its_own():
    assert facts_on("2024-08-15", country="DE-SL").holiday
    assert not facts_on("2024-08-15", country="DE-BE").holiday


@pytest.mark.parametrize("code", ["XX", "", "DE-QQ", "cn!"])
def test_a_country_that_is_not_known_is_refused(code):
    with pytest.raises(DataRefused, match="a country of the library holidays"):
        facts_on("2024-01-01", country=code)
    with pytest.raises(DataRefused):
        provisional_years(CalendarRules(code), [2024])


class TestProvisional:
    def test_a_year_after_the_last_notice_is_provisional(self):
        assert not facts_on("2024-03-01").provisional
        assert facts_on("2090-03-01").provisional
        assert "make-up working days of 2090" in provisional_years(CalendarRules(), [2090])[2090]

    def test_the_planners_make_up_days_make_a_year_known(self):
        known = CalendarRules(overrides=(Override(date(2090, 9, 23), "make_up"),))
        assert provisional_years(known, [2090, 2091]).keys() == {2091}
        one_day_off = CalendarRules(overrides=(Override(date(2090, 9, 23), "holiday"),))
        assert provisional_years(one_day_off, [2090])

    def test_a_country_without_notices_is_known(self):
        assert provisional_years(CalendarRules("DE"), [2024, 2090]) == {}

    def test_a_year_of_which_the_library_has_nothing_is_provisional(self):
        assert provisional_years(CalendarRules("CN"), [1949])[1949] == "no holidays of CN are known for 1949"


class TestOverrides:
    def test_a_holiday_of_the_planner_is_one(self):
        feast = Override(date(2024, 3, 6), "holiday", "temple fair")
        day, before = (facts_on(f"2024-03-0{n}", overrides=(feast,)) for n in (6, 5))
        assert (day.holiday, day.name, day.working) == (True, "temple fair", False)
        assert before.eve

    def test_an_ordinary_day_is_neither_holiday_nor_make_up_day(self):
        worked = facts_on("2024-10-04", overrides=(Override(date(2024, 10, 4), "ordinary"),))
        assert (worked.holiday, worked.working, worked.name) == (False, True, "")
        sunday = facts_on("2024-09-29", overrides=(Override(date(2024, 9, 29), "ordinary"),))
        assert (sunday.make_up, sunday.working, sunday.works_as) == (False, False, "sunday")

    def test_a_make_up_day_of_the_planner_is_worked(self):
        day = facts_on("2090-09-23", overrides=(Override(date(2090, 9, 23), "make_up"),))
        assert (day.weekday, day.works_as, day.working) == ("saturday", "friday", True)

    def test_pay_days_bill_days_and_closed_days_stand_beside_holidays(self):
        given = tuple(Override(date(2024, 10, 1), kind) for kind in ("closed", "pay_day", "bill_day"))
        day = facts_on("2024-10-01", overrides=given)
        assert (day.holiday, day.closed, day.pay_day, day.bill_day) == (True, True, True, True)


class TestDayTypes:
    """The first day type of the file of which every condition holds."""

    def test_the_first_that_fits_is_taken(self, branch):
        given = branch(("pay", WORK, "any", (10, 11)), ("work", WORK, "any", ()), ("rest", WEEKEND, "any", ()))
        named = [day_type_of(given, facts_on(day)) for day in ("2024-07-10", "2024-07-12", "2024-07-13")]
        assert named == ["pay", "work", "rest"]
        turned = given.model_copy(update={"day_types": dict(reversed(given.day_types.items()))})
        assert day_type_of(turned, facts_on("2024-07-10")) == "work"

    @pytest.mark.parametrize(("holiday", "fitting"), [
        ("any", ["2024-09-27", "2024-09-30", "2024-10-01"]), ("none", ["2024-09-27"]), ("eve", ["2024-09-30"]),
        ("holiday", ["2024-10-01"]), ("make_up", []),
    ])  # fmt: skip
    def test_the_relation_to_holidays_must_hold(self, branch, holiday, fitting):
        given = branch(("kind", WORK, holiday, ()))
        asked = ["2024-09-27", "2024-09-30", "2024-10-01"]
        assert [day for day in asked if day_type_of(given, facts_on(day))] == fitting

    def test_where_none_fits_the_branch_is_closed(self, branch):
        assert day_type_of(branch(("work", WORK, "none", ())), facts_on("2024-07-13")) is None
        assert day_type_of(branch(("work", WORK, "none", ())), facts_on("2024-10-01")) is None

    def test_the_planner_closes_the_branch(self, branch):
        closed = Override(date(2024, 7, 10), "closed", "stocktaking")
        assert day_type_of(branch(("work", WORK, "any", ())), facts_on("2024-07-10", overrides=(closed,))) is None

    def test_a_make_up_day_is_an_ordinary_working_day_where_no_day_type_names_it(self, branch):
        given = branch(("work", WORK, "none", ()), ("rest", WEEKEND, "any", ()))
        assert day_type_of(given, facts_on("2024-10-12")) == "work"
        closed_at_weekends = branch(("work", WORK, "none", ()))
        assert day_type_of(closed_at_weekends, facts_on("2024-10-12")) == "work"
        assert day_type_of(closed_at_weekends, facts_on("2024-10-13")) is None

    @pytest.mark.parametrize("weekdays", [WORK, WEEKEND])
    def test_a_day_type_of_make_up_days_may_list_working_days_or_the_weekend(self, branch, weekdays):
        given = branch(("made_up", weekdays, "make_up", ()), ("work", WORK, "none", ()))
        assert day_type_of(given, facts_on("2024-10-12")) == "made_up"
        assert day_type_of(given, facts_on("2024-10-11")) == "work"

    def test_a_day_type_of_other_make_up_days_leaves_this_one_ordinary(self, branch):
        given = branch(("made_up", ("sunday",), "make_up", ()), ("work", WORK, "none", ()))
        assert day_type_of(given, facts_on("2024-10-12")) == "work"

    def test_the_named_make_up_day_is_not_ordinary_whatever_the_order(self, branch):
        given = branch(("work", WORK, "none", ()), ("made_up", WEEKEND, "make_up", ()))
        assert day_type_of(given, facts_on("2024-10-12")) == "made_up"

    def test_a_make_up_day_can_be_an_eve(self, branch):
        # Saturday 14 September 2024: worked, and the last day before the Mid-Autumn Festival.
        given = branch(("eve", WORK, "eve", ()), ("work", WORK, "none", ()))
        assert day_type_of(given, facts_on("2024-09-14")) == "eve"

    def test_facts_alone_decide(self, branch):
        given = branch(("eve", WORK, "eve", ()), ("work", WORK, "none", ()))
        day = facts_on("2024-07-10")
        assert day_type_of(given, day) == "work"
        assert day_type_of(given, replace(day, eve=True)) == "eve"
