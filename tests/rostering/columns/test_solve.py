from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.errors import InvalidParameterError
from optimizer.rostering.columns import can_price, not_priced, solve_by_columns
from optimizer.rostering.costs import roster_costs
from optimizer.rostering.legality import breaches
from optimizer.rostering.problem import (
    Fairness,
    LeastDaysInARow,
    MinutesWithin,
    MostDaysWithin,
    Pay,
    Person,
    RosterStatus,
)
from optimizer.rostering.shift_scheduling import read_shift_scheduling
from optimizer.rostering.solve import RosterOptions, solve_roster

PUBLIC = Path(__file__).parents[4] / "shared" / "data" / "shift_scheduling"
EXACT = RosterOptions(gap=0.0, time_limit=60.0)


@pytest.mark.parametrize("seed", range(12))
def test_small_rosters_cost_what_trying_all_finds(seed, priced_problem, least_by_trying):
    problem = priced_problem(seed, people=2, days=4)
    least = least_by_trying(problem)
    result = solve_by_columns(problem, EXACT)
    if least is None:
        assert result.status is RosterStatus.INFEASIBLE
        assert result.roster is None
        assert "no schedule keeps all rules" in result.conflict[0]
        return
    assert result.status is RosterStatus.OPTIMAL
    assert breaches(problem, result.roster) == ()
    assert result.costs == roster_costs(problem, result.roster)
    assert result.costs.total == pytest.approx(least)
    assert result.bound == pytest.approx(least)


def test_the_tiny_instance_costs_what_one_program_of_all_finds(tiny_instance):
    problem = read_shift_scheduling(tiny_instance())
    heard = []
    result = solve_by_columns(problem, EXACT, heard.append)
    other = solve_roster(problem, EXACT)
    assert other.status is result.status is RosterStatus.OPTIMAL
    assert result.costs.total == result.bound == other.costs.total
    assert heard[-1].best == result.costs.total
    assert all(progress.bound is None or progress.bound <= result.costs.total for progress in heard)


@pytest.mark.skipif(not PUBLIC.exists(), reason="the public instances are not there")
@pytest.mark.parametrize(("number", "least"), [(1, 607), (2, 828), (3, 1001)])
def test_public_instances_are_solved_to_their_proven_optima(number, least):
    problem = read_shift_scheduling(PUBLIC / f"Instance{number}.txt")
    result = solve_by_columns(problem, EXACT)
    assert (result.status, result.costs.total, result.bound) == (RosterStatus.OPTIMAL, least, least)


def test_a_gap_ends_the_search_and_one_seed_gives_one_roster(tiny_instance):
    problem = read_shift_scheduling(tiny_instance())
    first, second = (solve_by_columns(problem, RosterOptions(gap=0.3, seed=4)) for _ in range(2))
    assert first.ended_by == "gap reached"
    assert first.gap <= 0.3
    assert first.roster == second.roster


def test_a_time_limit_leaves_a_roster(tiny_instance):
    result = solve_by_columns(read_shift_scheduling(tiny_instance()), RosterOptions(gap=0.0, time_limit=0.0))
    assert (result.status, result.ended_by) == (RosterStatus.FEASIBLE, "time limit")
    assert result.roster is not None


def test_an_interruption_keeps_the_best_roster(tiny_instance):
    def interrupt(progress):
        if progress.best is not None:
            raise KeyboardInterrupt

    result = solve_by_columns(read_shift_scheduling(tiny_instance()), EXACT, interrupt)
    assert (result.status, result.ended_by) == (RosterStatus.FEASIBLE, "interrupted")
    assert result.costs is not None


def test_people_without_any_schedule_are_named(priced_problem):
    problem = priced_problem(0)
    rules = (MinutesWithin(0, len(problem.days) - 1, least=99_999),)
    people = problem.people | {"T7": Person("T7", rules=rules)}
    result = solve_by_columns(replace(problem, people=people), EXACT)
    assert result.status is RosterStatus.INFEASIBLE
    assert [words for words in result.conflict if "T7" in words] == ["T7: no schedule keeps all rules"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda p: replace(p, fairness=(Fairness("late", ("T0",), 1.0),)), "fairness"),
        (lambda p: replace(p, cover_all=True), "nobody may be missing"),
        (
            lambda p: replace(p, days=(replace(p.days[0], options=p.days[0].options * 2), *p.days[1:])),
            "several options",
        ),
        (lambda p: _with(p, rules=(MostDaysWithin(0, 3, 2),)), "T0: rule MostDaysWithin"),
        (lambda p: _with(p, rules=(MinutesWithin(1, 3, 2),)), "T0: minutes within a part of the horizon"),
        (lambda p: _with(p, pay=Pay(ordinary=1.0, normal=480)), "T0: overtime of the horizon"),
        (lambda p: _with(p, pay=Pay(ordinary=1.0, days_a_week=5)), "T0: rest days of a week"),
    ],
)
def test_what_columns_do_not_take_is_refused_and_said(change, why, priced_problem):
    problem = change(priced_problem(1))
    assert not can_price(problem)
    assert why in not_priced(problem)[0]
    with pytest.raises(InvalidParameterError, match="columns do not take"):
        solve_by_columns(problem)


def test_what_columns_take_is_taken(priced_problem):
    problem = priced_problem(1)
    assert can_price(problem)
    assert can_price(_with(problem, pay=Pay(guaranteed=5.0, normal=480), rules=(LeastDaysInARow(2),)))


def _with(problem, **changes):
    return replace(problem, people={"T0": replace(problem.people["T0"], **changes)})


def _twice(day):
    return replace(day, options=day.options * 2)


def test_a_solver_that_gives_up_is_started_again(tiny_instance, monkeypatch):
    from ortools.math_opt.python import mathopt

    solve, calls = mathopt.IncrementalSolver.solve, []

    def give_up_sometimes(self, **given):
        calls.append(1)
        if len(calls) % 3 == 0:
            raise AttributeError("no status")
        return solve(self, **given)

    problem = read_shift_scheduling(tiny_instance())
    least = solve_by_columns(problem, EXACT).costs.total
    monkeypatch.setattr(mathopt.IncrementalSolver, "solve", give_up_sometimes)
    result = solve_by_columns(problem, EXACT)
    assert len(calls) > 3
    assert (result.status, result.costs.total) == (RosterStatus.OPTIMAL, least)


def test_a_solver_that_always_gives_up_leaves_a_roster(tiny_instance, monkeypatch):
    from ortools.math_opt.python import mathopt

    def give_up(self, **given):
        raise RuntimeError("no status")

    monkeypatch.setattr(mathopt.IncrementalSolver, "solve", give_up)
    result = solve_by_columns(read_shift_scheduling(tiny_instance()), EXACT)
    assert (result.status, result.bound) == (RosterStatus.FEASIBLE, None)
    assert result.ended_by == "the linear program over schedules could not be solved"
