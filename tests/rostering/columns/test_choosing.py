import numpy as np
import pytest

from optimizer.rostering.columns.choosing import Effort, choose_whole
from optimizer.rostering.columns.generation import converge
from optimizer.rostering.columns.master import Column, Master, cover_of
from optimizer.rostering.columns.pricing import Pricers
from optimizer.rostering.costs import roster_costs
from optimizer.rostering.shift_scheduling import read_shift_scheduling


@pytest.fixture
def choose(tiny_instance):
    """A function that looks for a roster of the tiny instance that costs at most so much."""
    problem = read_shift_scheduling(tiny_instance())
    cover, pricers = cover_of(problem), Pricers(problem, 1)
    people = range(len(problem.people))
    master = Master(cover, len(people))
    for person, (_, kinds) in enumerate(pricers.cheapest(np.zeros(cover.people.shape))):
        master.add(Column(person, kinds, pricers.people[person].cost(kinds)))
    converge(master, pricers, people, people, -np.inf, lambda: None)
    yield problem, lambda most, effort: choose_whole(master, cover, pricers, people, most, True, 60.0, effort)
    pricers.close()


@pytest.mark.parametrize("exclude", [False, True])
def test_a_cost_that_can_be_is_found_and_the_one_below_is_excluded(exclude, choose, roster_from, least_of_tiny):
    problem, look = choose
    effort = Effort(exclude=exclude)
    found = look(least_of_tiny, effort)
    assert roster_costs(problem, roster_from(problem, *found.schedules)).total == least_of_tiny
    below = look(least_of_tiny - 1.0, effort)
    assert below.schedules is None
    assert below.excluded


def test_too_many_schedules_are_neither_found_nor_excluded(choose, least_of_tiny):
    _, look = choose
    choice = look(least_of_tiny + 30.0, Effort(listed=5))
    assert choice.schedules is None
    assert not choice.excluded


@pytest.fixture
def least_of_tiny(tiny_instance):
    """The least cost of the tiny instance, by one program of all."""
    from optimizer.rostering.solve import RosterOptions, solve_roster

    return solve_roster(read_shift_scheduling(tiny_instance()), RosterOptions(gap=0.0)).costs.total
