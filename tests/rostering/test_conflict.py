"""Problems that nobody can staff are told why, and the nearest roster is given."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from optimizer.rostering import RosterOptions, RosterStatus, breaches, solve_roster
from optimizer.rostering.conflict import cut_out, find_conflict
from optimizer.rostering.model import Limits, RosterModel
from optimizer.rostering.problem import (
    Day,
    DaysOff,
    LeastDaysInARow,
    MinutesWithin,
    MostDaysInARow,
    MostDaysWithin,
    Need,
    Option,
    Person,
    RosterProblem,
    ShiftKind,
)


@pytest.fixture
def counter():
    """Two weeks from 1 February 2027, two tellers and a senior wanted each day, of three tellers and one senior."""
    kinds = {"teller 9": ShiftKind("teller 9", 420, "teller"), "vip 9": ShiftKind("vip 9", 420, "vip")}
    plan = Option("plan", 500.0, {"teller 9": Need(2, 7000.0, 70.0), "vip 9": Need(1, 7000.0, 70.0)})
    start = date(2027, 2, 1)
    people = {f"T0{i}": Person(f"T0{i}", frozenset({"teller"})) for i in range(1, 4)}
    return RosterProblem(
        kinds=kinds,
        days=tuple(Day((plan,), d // 7, 0, d % 7 > 4, date=start + timedelta(d)) for d in range(14)),
        people=people | {"S01": Person("S01", frozenset({"teller", "vip"}))},
        cover_all=True,
    )


def with_rules(problem, **rules):
    people = {name: replace(person, rules=rules.get(name, ())) for name, person in problem.people.items()}
    return replace(problem, people=people)


def test_nothing_clashes_where_there_is_a_roster(counter):
    assert find_conflict(counter) is None
    assert solve_roster(counter).status is RosterStatus.OPTIMAL


def test_a_skill_that_nobody_has_is_told_with_its_days(counter):
    problem = with_rules(counter)
    people = {name: person for name, person in problem.people.items() if name != "S01"}
    problem = replace(problem, people=people)
    assert find_conflict(problem) == ("nobody can work as vip on 2027-02-01 to 2027-02-14",)


def test_leave_of_all_is_told_with_names_and_reasons(counter):
    away = (DaysOff(frozenset({7, 8, 9}), "annual leave"),)
    problem = with_rules(counter, S01=away, T01=(DaysOff(frozenset({8}), "training"),))
    assert find_conflict(problem) == (
        "all who can work as vip are away on 2027-02-08 to 2027-02-10: S01 (annual leave)",
    )


def test_too_few_on_a_day_are_counted(counter):
    problem = with_rules(counter, T01=(DaysOff(frozenset({3}), "leave"),), T02=(DaysOff(frozenset({3}), "training"),))
    (words,) = find_conflict(problem)
    assert words == ("2027-02-04: 3 needed as teller, vip, 2 of 4 are there; away: T01 (leave), T02 (training)")


def test_people_who_are_settled_elsewhere_leave_too_few(counter):
    people = counter.people | {"S01": replace(counter.people["S01"], fixed={4: "teller 9"})}
    assert find_conflict(replace(counter, people=people)) == (
        "2027-02-05: 1 needed as vip, 1 of 1 are there; "
        "skills, contracts or what is settled leave too few of them for some shift",
    )


def test_hours_that_are_too_few_are_counted(counter):
    people = {name: counter.people[name] for name in ("T01", "T02", "T03")}
    only = Option("plan", 500.0, {"teller 9": Need(2, 7000.0)})
    problem = replace(counter, people=people, days=tuple(replace(day, options=(only,)) for day in counter.days))
    most = {name: (MinutesWithin(0, 6, most=4 * 420), MinutesWithin(7, 13, most=7 * 420)) for name in people}
    assert find_conflict(with_rules(problem, **most)) == (
        "hours as teller, 2027-02-01 to 2027-02-07: 98 are needed, T01, T02, T03 may work 84",
    )


def test_days_of_rest_that_leave_too_few_are_told(counter):
    rules = (MostDaysWithin(0, 6, 6), MostDaysWithin(7, 13, 6))
    problem = with_rules(counter, S01=rules)
    (words,) = find_conflict(problem)
    assert words == "days as vip, 2027-02-01 to 2027-02-07: 7 are needed; bound by most working days of S01"


def test_rules_that_clash_by_themselves_are_told_and_have_no_roster(counter):
    problem = replace(with_rules(counter, T01=(DaysOff(frozenset({0, 1}), "leave"), MinutesWithin(0, 1, least=420))),
                      cover_all=False)  # fmt: skip
    result = solve_roster(problem)
    assert (result.status, result.roster) == (RosterStatus.INFEASIBLE, None)
    assert result.conflict == (
        "2027-02-01 to 2027-02-02: days off of T01", "2027-02-01 to 2027-02-02: working hours of T01",
    )  # fmt: skip


def test_sequences_that_leave_nobody_are_told(counter):
    problem = replace(counter, forbidden=frozenset({("vip 9", "vip 9")}))
    assert find_conflict(problem) == ("2027-02-01 to 2027-02-02: shifts that must not follow each other, as vip",)


def test_the_nearest_roster_misses_as_few_as_it_must(counter):
    problem = with_rules(counter, S01=(DaysOff(frozenset({2}), "leave"), MostDaysInARow(13)))
    result = solve_roster(problem, RosterOptions(gap=0.0, time_limit=60.0))
    assert result.status is RosterStatus.INFEASIBLE
    assert result.conflict == ("all who can work as vip are away on 2027-02-03: S01 (leave)",)
    assert result.costs.under == 7000.0
    assert [breach.rule for breach in breaches(problem, result.roster)] == ["cover"]
    assert result.gap == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("seed", range(30))
def test_a_span_that_fails_proves_that_the_whole_does(seed, random_problem):
    problem = random_problem(seed, people=2, days=6, cover_all=seed % 2 == 0)
    whole = RosterModel(problem).solve(Limits(30.0))
    spans = [(first, last) for first in range(6) for last in range(first, 6)]
    alone = {span: RosterModel(cut_out(problem, *span)).solve(Limits(30.0)).roster is None for span in spans}
    if whole.roster is not None:
        assert not any(alone.values())
    else:
        assert alone[0, 5]
    assert (find_conflict(problem) is None) == (whole.roster is not None)


def test_runs_that_reach_beyond_a_span_do_not_bind_it(alone):
    problem = alone(LeastDaysInARow(3), MostDaysInARow(2, before=2), MinutesWithin(0, 6, least=960))
    first, later = cut_out(problem, 0, 1), cut_out(problem, 3, 4)
    assert first.people["T01"].rules == (LeastDaysInARow(3), MostDaysInARow(2, before=2))
    assert later.people["T01"].rules == (LeastDaysInARow(3),)
