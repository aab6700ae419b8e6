"""Rosters found are legal, cost what they say, are proven, and repeat."""

import threading
from dataclasses import replace

import pytest

from optimizer.rostering import RosterOptions, RosterStatus, breaches, roster_costs, solve_roster
from optimizer.rostering import search as searching
from optimizer.rostering.construction import apart, construct, idle
from optimizer.rostering.model import Limits, RosterModel
from optimizer.rostering.neighbourhoods import Neighbourhoods
from optimizer.rostering.problem import (
    Day,
    Fairness,
    MostDaysInARow,
    MostDaysWithin,
    MostOvertimeWithin,
    Need,
    Option,
    Pay,
    Person,
    Request,
    Roster,
    RosterProblem,
    ShiftKind,
)
from optimizer.rostering.relaxation import Relaxation
from optimizer.rostering.running import run


@pytest.fixture(scope="module")
def month():
    """Five weeks, six tellers and three in the lobby, three plans a day: too large for one program at first."""
    starts = (480, 540, 600)
    kinds = {
        f"{skill} {start // 60}": ShiftKind(f"{skill} {start // 60}", 420, skill, start, start + 480, start == 600)
        for skill in ("teller", "lobby")
        for start in starts
    }
    rules = (
        MostDaysInARow(6),
        *(MostDaysWithin(w, w + 6, 6) for w in range(0, 35, 7)),
        MostOvertimeWithin(0, 29, 2160),
    )
    pay = Pay(guaranteed=4000.0, normal=9000, days_a_week=5, overtime=1.5, rest_day=2.0, holiday=3.0)
    skills = {f"T0{i}": "teller" for i in range(1, 7)} | {f"L0{i}": "lobby" for i in range(1, 4)}
    people = {name: Person(name, frozenset({skill}), pay, rules) for name, skill in skills.items()}

    def option(name, cost, *tellers):
        needs = {f"teller {start // 60}": Need(n, 7000.0, 70.0) for start, n in zip(starts, tellers, strict=True)}
        return Option(name, cost, needs | {"lobby 8": Need(1, 7000.0, 70.0), "lobby 10": Need(1, 7000.0, 70.0)})

    plans = (option("A", 2000.0, 1, 1, 1), option("B", 1300.0, 2, 1, 1), option("C", 900.0, 2, 1, 2))
    return RosterProblem(
        kinds=kinds,
        days=tuple(Day(plans if d % 7 < 6 else plans[:1], d // 7, d // 30, d % 7 > 4) for d in range(35)),
        people=people,
        forbidden=frozenset({("teller 10", "teller 8"), ("lobby 10", "lobby 8")}),
        requests=(Request("T01", 5, None, False, 60.0), Request("T02", 8, frozenset({"teller 8"}), True, 30.0)),
        fairness=(Fairness("weekends", tuple(f"T0{i}" for i in range(1, 7)), 30.0),
                  Fairness("late", ("L01", "L02", "L03"), 5.0)),
    )  # fmt: skip


@pytest.fixture
def quick(monkeypatch):
    """Small steps, so that a small problem is searched as a large one."""
    monkeypatch.setattr(searching, "SMALL", 0)
    monkeypatch.setattr(searching, "SHIFTS", 150)


@pytest.mark.parametrize("seed", range(12))
def test_a_small_problem_is_proven_optimal(seed, random_problem, least_cost):
    problem = random_problem(seed, people=2, days=3)
    least = least_cost(problem)
    result = solve_roster(problem, RosterOptions(gap=0.0, time_limit=60.0))
    if least is None:
        assert (result.status, result.roster) == (RosterStatus.INFEASIBLE, None)
        return
    assert result.status is RosterStatus.OPTIMAL
    assert result.costs.total == pytest.approx(least)
    assert (result.gap, result.ended_by) == (pytest.approx(0.0, abs=1e-9), "gap reached")
    assert result.bound <= result.costs.total


def test_a_month_is_rostered_within_the_gap(month, quick):
    steps = []
    result = solve_roster(month, RosterOptions(gap=0.02, time_limit=120.0), steps.append)
    assert (result.ended_by, result.repeatable) == ("gap reached", True)
    assert breaches(month, result.roster) == ()
    assert result.costs == roster_costs(month, result.roster)
    cost = result.costs.total - result.costs.guaranteed
    assert result.gap == pytest.approx((result.costs.total - result.bound) / cost)
    assert result.gap <= 0.02
    bounds = [step.bound for step in steps if step.bound is not None]
    costs = [step.best for step in steps if step.best is not None]
    assert (bounds, costs) == (sorted(bounds), sorted(costs, reverse=True))
    assert (bounds[-1], costs[-1]) == (result.bound, result.costs.total)


def test_the_same_seed_gives_the_same_roster_when_work_ends_the_search(month, quick):
    options = RosterOptions(gap=0.0, time_limit=300.0, work_limit=1.3, workers=2, seed=3)
    first, second = solve_roster(month, options), solve_roster(month, options)
    assert (first.ended_by, first.repeatable) == ("work limit", True)
    assert first.roster == second.roster
    assert (first.bound, first.costs) == (second.bound, second.costs)


def test_the_clock_ends_a_search_that_need_not_repeat(month, quick):
    result = solve_roster(month, RosterOptions(gap=0.0, time_limit=0.0))
    assert (result.ended_by, result.repeatable) == ("time limit", False)


def test_ctrl_c_keeps_the_best_roster(month, quick):
    calls = []

    def report(step):
        if step.best is not None:
            calls.append(step)
            raise KeyboardInterrupt

    result = solve_roster(month, RosterOptions(gap=0.0, time_limit=60.0), report)
    assert (result.ended_by, result.status) == ("interrupted", RosterStatus.FEASIBLE)
    assert result.costs.total == calls[-1].best


def test_an_error_in_a_thread_is_raised_where_it_is_awaited():
    def fail():
        raise ArithmeticError(threading.current_thread().name)

    with pytest.raises(ArithmeticError, match="Thread"):
        run(fail)


def test_a_roster_that_breaks_its_rules_is_not_returned(month, monkeypatch):
    monkeypatch.setattr(RosterModel, "read", lambda *_: all_in_the_lobby(month))
    with pytest.raises(ArithmeticError, match="works"):
        solve_roster(replace(month, days=month.days[:7], requests=()), RosterOptions(time_limit=20.0))


def test_a_bound_above_the_cost_is_an_error(month, monkeypatch):
    week = replace(month, days=month.days[:7], requests=())
    relaxed = Relaxation(week).solve(whole=False)
    monkeypatch.setattr(Relaxation, "solve", lambda *_, **__: replace(relaxed, bound=1e6))
    with pytest.raises(ArithmeticError, match="less than the bound"):
        solve_roster(week, RosterOptions(time_limit=20.0))


def all_in_the_lobby(_):
    return Roster((0,) * 7, {("T01", d): "lobby 8" for d in range(7)})


# Steps of the search


def test_people_who_share_no_kind_are_rostered_apart(month):
    assert sorted(map(len, apart(month))) == [3, 6]
    both = replace(month.people["L01"], skills=frozenset({"teller", "lobby"}))
    assert [len(team) for team in apart(replace(month, people=month.people | {"L01": both}))] == [9]


def test_the_construction_keeps_options_and_rules(month):
    relaxed = Relaxation(month).solve(whole=True)

    def solve(models):
        return [model.solve(Limits(seconds=20.0, work=1.0)) for model in models]

    made = []
    construct(month, relaxed.options, relaxed.minutes, solve, made.append)
    roster = made[-1]
    assert len(made) == 4
    assert roster.options == relaxed.options
    assert breaches(month, roster) == ()
    assert roster_costs(month, roster).total <= 1.1 * relaxed.bound


def test_a_construction_that_ends_early_keeps_the_weeks_that_it_has(month):
    relaxed, windows = Relaxation(month).solve(whole=True), []

    def solve(models):
        windows.append(models)
        work = 1.0 if len(windows) < 3 else 0.0
        return [model.solve(Limits(seconds=20.0, work=work)) for model in models]

    made = []
    construct(month, relaxed.options, relaxed.minutes, solve, made.append)
    assert len(made) == 2
    assert breaches(month, made[-1]) == ()
    assert max(d for _, d in made[-1].shifts) == 20
    assert roster_costs(month, idle(month, relaxed.options)).total > roster_costs(month, made[-1]).total


def test_ctrl_c_in_the_construction_keeps_what_is_made(month, quick, monkeypatch):
    windows = []

    def solve(search, models):
        if windows:
            raise KeyboardInterrupt
        windows.append(models)
        return searching.Search._solve_all(search, models, [Limits(20.0, 1.0)] * len(models))

    monkeypatch.setattr(searching.Search, "_solve_window", solve)
    result = solve_roster(month, RosterOptions(gap=0.0, time_limit=60.0))
    assert (result.ended_by, result.status) == ("interrupted", RosterStatus.FEASIBLE)
    assert {d for _, d in result.roster.shifts} == set(range(14))


def test_neighbourhoods_stay_within_their_size_and_repeat(month):
    first, second = Neighbourhoods(month, seed=5, shifts=200), Neighbourhoods(month, seed=5, shifts=200)
    ways = set()
    for _ in range(60):
        (way, free), again = first.choose(), second.choose()
        assert (way, free) == again
        ways.add(way)
        assert {name for name, _ in free.cells} <= set(month.people)
        assert {d for _, d in free.cells} | free.days <= set(range(35))
        assert 0 < 3 * len(free.cells) <= 3 * 200
    assert ways == {"days", "two spans", "people", "people and days"}


def test_ways_that_help_are_chosen_more_often(month):
    neighbourhoods = Neighbourhoods(month, seed=1)
    for _ in range(20):
        for way in ("days", "two spans", "people", "people and days"):
            neighbourhoods.judge(way, saved=1.0 if way == "people" else 0.0)
    chosen = [neighbourhoods.choose()[0] for _ in range(40)]
    assert chosen.count("people") > 30
