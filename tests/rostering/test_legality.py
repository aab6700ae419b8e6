"""Every rule of a roster, judged both ways."""

from dataclasses import replace
from datetime import date

import pytest

from optimizer.rostering.legality import JUDGES, Breach, breaches, may_work, told
from optimizer.rostering.problem import (
    DaysOff,
    LeastDaysInARow,
    LeastDaysOffInARow,
    MinutesWithin,
    MostDaysInARow,
    MostDaysWithin,
    MostOfKind,
    MostOvertimeWithin,
    MostWeekends,
    Need,
    Option,
    Pay,
    Person,
    Roster,
)

SALARY = Pay(normal=1440, normal_a_day=480, days_a_week=5)

# Rule, words that it permits, words that it forbids; days are Monday to Sunday.
CASES = [
    (DaysOff(frozenset({1, 2}), "leave"), ["d--dddd", "-------"], ["dd-dddd", "--h----"]),
    (MostOfKind("late", 2), ["ll-dddd", "-------"], ["lll----", "l-l-l--"]),
    (MostOfKind("late", 0), ["ddddddd"], ["--l----"]),
    (MinutesWithin(0, 6, least=960, most=1440), ["dd-----", "ddd----", "hhhhh--"], ["d------", "dddd---", "-------"]),
    (MinutesWithin(1, 2, most=480), ["dhhd---", "d--d---"], ["ddh----", "-l-----"]),
    (MinutesWithin(5, 6, least=240), ["-----h-"], ["ddddd--"]),
    (MostDaysWithin(0, 6, 6), ["dddddd-", "-dddddd"], ["ddddddd"]),
    (MostDaysWithin(2, 4, 1), ["ddd--dd", "dd--ddd"], ["--dd---", "--d-d--"]),
    (MostDaysInARow(3), ["ddd-ddd", "-------"], ["dddd---", "---lhdl"]),
    (MostDaysInARow(3, before=2), ["d-ddd--", "-ddd---"], ["dd-----", "-dddd--"]),
    (MostDaysInARow(3, before=5), ["-ddd---"], ["d------"]),
    (LeastDaysInARow(2), ["d-dd-dd", "dd-dd-d", "-------"], ["--d----", "dd-d-dd"]),
    (LeastDaysInARow(3), ["dd-ddd-", "-ddd-dd"], ["-dd----", "-d-----"]),
    (LeastDaysOffInARow(2), ["-dddd--", "dd--dd-", "ddddddd"], ["dd-dddd", "-d-d---"]),
    (MostWeekends(0), ["ddddd--"], ["ddddd-d", "-----d-", "-----dd"]),
    (MostWeekends(1), ["-----dd"], []),
    (MostOvertimeWithin(0, 3, 120), ["ldd----", "ld----l", "dd-----"], ["ll-----", "dddd---"]),
]


@pytest.mark.parametrize(("rule", "permitted", "forbidden"), CASES)
def test_a_rule_permits_and_forbids(rule, permitted, forbidden, alone, roster_of):
    problem = alone(rule, pay=SALARY)
    for word in permitted:
        assert breaches(problem, roster_of(problem, word)) == (), word
    for word in forbidden:
        found = breaches(problem, roster_of(problem, word))
        assert found, word
        assert all(breach.person == "T01" and "T01" in breach.words for breach in found)


def test_every_rule_has_a_case():
    assert {type(case[0]) for case in CASES} == set(JUDGES)


def test_a_sequence_is_forbidden_on_days_that_follow_each_other(alone, roster_of):
    problem = alone(forbidden=[("late", "day")])
    assert breaches(problem, roster_of(problem, "dl-dlhd")) == ()
    assert [b.days for b in breaches(problem, roster_of(problem, "ldd-ld-"))] == [(0, 1), (4, 5)]


def test_settled_days_stay_as_they_are(alone, roster_of):
    problem = alone(fixed={0: "day", 1: None})
    assert breaches(problem, roster_of(problem, "d-d----")) == ()
    assert [b.days for b in breaches(problem, roster_of(problem, "hd-----"))] == [(0,), (1,)]


@pytest.mark.parametrize(
    ("person", "permitted"),
    [
        (Person("T01", frozenset({"vip"})), True),
        (Person("T01"), False),
        (Person("T01", frozenset({"vip"}), kinds=frozenset({"half"})), False),
        (Person("T01", fixed={0: "day"}), True),
    ],
)
def test_skills_and_contract_permit_a_kind_unless_it_is_settled(person, permitted, alone, roster_of):
    problem = alone()
    kinds = problem.kinds | {"day": replace(problem.kinds["day"], skill="vip")}
    problem = replace(problem, kinds=kinds, people={"T01": person})
    found = breaches(problem, roster_of(problem, "d------"))
    assert [b.rule for b in found] == ([] if permitted else ["skill or contract"])
    assert may_work(problem, person, "half")


def test_a_day_has_the_kinds_that_its_option_names(alone):
    problem = alone(days=2)
    few = Option("few", 0.0, {"half": Need(1, 10.0)})
    problem = replace(problem, days=(replace(problem.days[0], options=(few,)), replace(problem.days[1], options=())))
    assert breaches(problem, Roster((0, None), {("T01", 0): "half"})) == ()
    assert [b.rule for b in breaches(problem, Roster((0, None), {("T01", 0): "day"}))] == ["option"]
    assert [b.rule for b in breaches(problem, Roster((0, None), {("T01", 1): "half"}))] == ["closed"]
    assert [b.rule for b in breaches(problem, Roster((None, None), {}))] == ["option"]


def test_nobody_may_be_missing_where_all_is_to_be_covered(alone, roster_of):
    problem = alone(days=1)
    two = Option("two", 0.0, {"day": Need(2, 10.0), "half": Need(0, 1.0)})
    problem = replace(problem, days=(replace(problem.days[0], options=(two,)),))
    assert breaches(problem, roster_of(problem, "d")) == ()
    problem = replace(problem, cover_all=True)
    assert [b.words for b in breaches(problem, roster_of(problem, "d"))] == ["day 0: 1 of 2 people for day"]
    both = replace(problem, people={name: Person(name) for name in ("T01", "T02")})
    assert breaches(both, roster_of(both, "d", "d")) == ()


@pytest.mark.parametrize(
    "roster",
    [
        Roster((0,), {("T09", 0): "day"}),
        Roster((0,), {("T01", 1): "day"}),
        Roster((0,), {("T01", 0): "night"}),
        Roster((1,), {}),
        Roster((0, 0), {}),
    ],
)
def test_unknown_names_are_told(roster, alone):
    assert {b.rule for b in breaches(alone(days=1), roster)} == {"unknown name"}


def test_days_are_told_by_their_dates_where_they_have_some(alone):
    problem = alone(days=3)
    assert told(problem, [0, 2]) == "day 0, day 2"
    dated = replace(problem, days=tuple(replace(d, date=date(2027, 2, 8 + i)) for i, d in enumerate(problem.days)))
    assert told(dated, [2, 0, 1]) == "2027-02-08 to 2027-02-10"
    assert str(Breach("rule", None, (0,), "words")) == "words"
