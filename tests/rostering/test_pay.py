"""Minutes of each kind, by hand."""

from dataclasses import replace

import pytest

from optimizer.rostering.pay import Minutes, overtime_within, rest_days, worked
from optimizer.rostering.problem import Pay

WEEK = Pay(normal=2400, days_a_week=5)


@pytest.mark.parametrize(
    ("word", "days"),
    [
        ("ddddd--", ()),
        ("ddddddd", (5, 6)),
        ("dddhdd-", (3,)),
        ("ldhlddh", (2, 6)),
        ("llllll-", (5,)),
        ("-dddddd", (6,)),
    ],
)
def test_rest_days_are_the_shortest_beyond_those_of_a_working_week(word, days, alone, roster_of):
    problem = alone(pay=WEEK)
    assert rest_days(problem, "T01", roster_of(problem, word)) == frozenset(days)


def test_a_make_up_day_makes_the_working_week_a_day_longer(alone, roster_of):
    problem = alone(pay=WEEK)
    days = tuple(replace(day, exchanged=int(d == 5)) for d, day in enumerate(problem.days))
    longer = replace(problem, days=days)
    assert rest_days(longer, "T01", roster_of(longer, "dddddd-")) == frozenset()
    assert rest_days(longer, "T01", roster_of(longer, "ddddddd")) == frozenset({6})


def test_a_day_off_in_exchange_makes_the_working_week_a_day_shorter(alone, roster_of):
    problem = alone(pay=WEEK)
    days = tuple(replace(day, exchanged=-int(d == 4)) for d, day in enumerate(problem.days))
    shorter = replace(problem, days=days)
    assert rest_days(shorter, "T01", roster_of(shorter, "dddd---")) == frozenset()
    assert rest_days(shorter, "T01", roster_of(shorter, "ddddd--")) == frozenset({4})
    nothing = replace(problem, days=tuple(replace(day, exchanged=-1) for day in problem.days))
    assert rest_days(nothing, "T01", roster_of(nothing, "d------")) == frozenset({0})


def test_holidays_are_no_rest_days_and_do_not_count(alone, roster_of):
    problem = alone(pay=WEEK, holidays=[1])
    assert rest_days(problem, "T01", roster_of(problem, "dddddd-")) == frozenset()
    assert rest_days(problem, "T01", roster_of(problem, "ddddddd")) == frozenset({6})
    total = worked(problem, "T01", roster_of(problem, "dlddddd")).total
    assert total == Minutes(2400, 0, 0, 480, 600)


@pytest.mark.parametrize(
    ("word", "total"),
    [
        ("-------", Minutes(0, 0, 0, 0, 0)),
        ("ddddd--", Minutes(2400, 0, 0, 0, 0)),
        ("dddll--", Minutes(2400, 240, 0, 0, 0)),
        ("dddddl-", Minutes(2400, 120, 0, 480, 0)),
        ("llllll-", Minutes(2400, 600, 0, 600, 0)),
        ("hhhhh--", Minutes(1200, 0, 0, 0, 0)),
    ],
)
def test_each_minute_is_of_one_kind(word, total, alone, roster_of):
    problem = alone(pay=WEEK)
    roster = roster_of(problem, word)
    assert worked(problem, "T01", roster).total == total
    minutes = sum(problem.kinds[kind].minutes for kind in roster.shifts.values())
    assert minutes == total.ordinary + total.overtime
    assert total.overtime == total.overtime_of_day + total.overtime_of_horizon + total.rest_day + total.holiday


def test_overtime_of_the_horizon_falls_to_months_by_their_days(alone, roster_of):
    problem = alone(pay=Pay(normal=480))
    roster = roster_of(problem, "dd---d-")
    by_month = worked(problem, "T01", roster)
    assert by_month.total == Minutes(480, 0, 960, 0, 0)
    assert by_month.months[0].overtime_of_horizon == pytest.approx(960 * 4 / 7)
    assert by_month.months[1].ordinary == pytest.approx(480 - 960 * 3 / 7)
    assert overtime_within(problem, "T01", roster, 0, 6) == 960
    assert overtime_within(problem, "T01", roster, -5, 2) * 7 == 960 * 3


def test_overtime_of_a_span_holds_its_days_rest_days_and_holidays(alone, roster_of):
    problem = alone(pay=replace(WEEK, normal=None), holidays=[0])
    roster = roster_of(problem, "ddllldd")
    assert worked(problem, "T01", roster).total == Minutes(2400, 360, 0, 480, 480)
    assert overtime_within(problem, "T01", roster, 0, 0) == 480
    assert overtime_within(problem, "T01", roster, 1, 5) == 360
    assert overtime_within(problem, "T01", roster, 6, 6) == 480
