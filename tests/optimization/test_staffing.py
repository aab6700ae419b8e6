"""Who can be where: the sets of places that compete for the same people say it all."""

from itertools import product

import numpy as np
import pytest

from optimizer.optimization.staffing import competitions, day_staffing
from optimizer.problem import Branch

PLACES = ("first", "second", "third", "lobby")


def branch_with(serves):
    """A branch of three window roles and a greeter, whose skills serve these places."""
    shifts = {"earliest_start": "09:00", "latest_end": "10:00", "lengths": [1.0], "start_step": 60.0}
    windows = {
        place: {"kind": "window", "most": 4, "service": {"business": {"mean": 5.0}}}
        for place in PLACES
        if place != "lobby"
    }
    return Branch.model_validate({
        "name": "Places",
        "period": 60,
        "windows": 12,
        "opening": {"monday": {"open": "09:00", "close": "10:00"}},
        "day_types": {"day": {"days": 1, "weekdays": ["monday"]}},
        "tiers": {"ordinary": {"waiting_cost": 30.0}},
        "transactions": {"business": {"channel": "first"}},
        "channels": windows | {"lobby": {"kind": "greeter", "minutes": 1.0, "levels": [0, 1, 2]}},
        "skills": {
            name: {"wage": 50.0, "serves": list(places), "available": {"day": 4}, "shifts": shifts}
            for name, places in serves.items()
        },
        "arrivals": {"day": {"business": {"ordinary": [10.0]}}},
    })  # fmt: skip


def random_serves(rng):
    some = [[p for p in PLACES if rng.random() < 0.5] or [str(rng.choice(PLACES))] for _ in range(rng.integers(1, 5))]
    return {f"skill_{i}": places for i, places in enumerate(some)}


def placed(need, duty, serves):
    """Whether everybody needed can be found, by trying each able person in turn."""
    place = next((place for place, count in need.items() if count), None)
    if place is None:
        return True
    return any(
        placed(need | {place: need[place] - 1}, duty | {skill: duty[skill] - 1}, serves)
        for skill, places in serves.items()
        if place in places and duty[skill]
    )


def allowed(found, need, duty):
    return all(sum(need[p] for p in c.places) <= sum(duty[s] for s in c.skills) for c in found)


@pytest.mark.parametrize("seed", range(25))
def test_people_can_be_placed_exactly_when_no_competition_is_lost(seed):
    rng = np.random.default_rng(seed)
    serves = random_serves(rng)
    found = competitions(branch_with(serves))
    for _ in range(60):
        need = {place: int(rng.integers(0, 3)) for place in PLACES}
        duty = {skill: int(rng.integers(0, 4)) for skill in serves}
        assert allowed(found, need, duty) == placed(need, duty, serves), (serves, need, duty)


@pytest.mark.parametrize("seed", range(25))
def test_no_competition_is_implied_by_the_others(seed):
    serves = random_serves(np.random.default_rng(seed))
    found = competitions(branch_with(serves))
    needs = [dict(zip(PLACES, counts, strict=True)) for counts in product(range(3), repeat=len(PLACES))]
    duties = [dict(zip(serves, counts, strict=True)) for counts in product(range(3), repeat=len(serves))]
    for left_out in found:
        others = [competition for competition in found if competition != left_out]
        spared = (not allowed([left_out], n, d) and allowed(others, n, d) for n in needs for d in duties)
        assert any(spared), (serves, left_out)


def test_by_hand():
    found = competitions(branch_with({"teller": ["first", "second"], "clerk": ["second", "third"], "guide": ["lobby"]}))
    assert {(c.places, c.skills) for c in found} == {
        (("first",), ("teller",)),
        (("third",), ("clerk",)),
        (("first", "second", "third"), ("clerk", "teller")),
        (("lobby",), ("guide",)),
    }


def test_a_place_that_nobody_serves_lets_the_others_be():
    """Nobody can greet, and there are still no more windows than tellers."""
    found = competitions(branch_with({"teller": ["first"], "clerk": ["second", "third"]}))
    need = dict.fromkeys(PLACES, 0)
    assert allowed(found, need, {"teller": 0, "clerk": 0})
    assert not allowed(found, need | {"lobby": 1}, {"teller": 5, "clerk": 5})
    assert not allowed(found, need | {"first": 1}, {"teller": 0, "clerk": 5})
    assert not allowed(found, need | {"second": 1, "third": 1}, {"teller": 5, "clerk": 1})


def test_most_windows_of_a_role(tiny):
    """The role's most, the hall's windows but for other roles' least, the people able in the period."""

    def most(**changes):
        return day_staffing(tiny(**changes), "day").most["counter"].tolist()

    assert most(channels__counter__most=2) == [2, 2, 2, 2]
    assert most(windows=1) == [1, 1, 1, 1]
    assert most(skills__teller__available={"day": 1}) == [1, 1, 1, 1]
    assert most(skills__teller__available={}) == [0, 0, 0, 0]
    assert most(skills__teller__shrinkage=0.5) == [2, 2, 2, 2]
    assert most(skills__teller__shifts__latest_end="12:00") == [3, 3, 3, 0]
    vault = {"kind": "window", "least": 1, "most": 1, "service": {"business": {"mean": 5.0}}}
    assert most(channels__vault=vault) == [2, 2, 2, 2]
