"""The cheapest people for windows asked for, against every crew and every staffing of small branches."""

from itertools import product

import numpy as np
import pytest

from optimizer.evaluation import role_time_kept
from optimizer.optimization.covering import cheapest_cover
from optimizer.optimization.staffing import day_staffing


def cover_of(branch, day_type, asked, loads=None, weights=None):
    """The cover of windows asked for, without greeters."""
    ones = {role: np.ones(branch.periods(day_type)) for role in branch.roles}
    greeter = branch.greeter[0] if branch.greeter else None
    return cheapest_cover(day_staffing(branch, day_type), asked, 0, greeter, loads or ones, weights or ones)


def best_of_all(branch, day_type, asked, brute_force, combos_of):
    """Fewest windows missing and least pay with so few, over every staffing; None where there is none."""
    combos, staffing = combos_of(branch), day_staffing(branch, day_type)
    pay, _ = brute_force(branch).pay(day_type, 0)
    best = None
    for index in product(range(len(combos)), repeat=staffing.periods):
        levels = {role: tuple(combos[c][i] for c in index) for i, role in enumerate(branch.roles)}
        if not np.isfinite(pay[index]) or not all(role_time_kept(own, staffing.stay) for own in levels.values()):
            continue
        missing = sum(max(0, n - s) for role in asked for n, s in zip(asked[role], levels[role], strict=True))
        best = min(best or (missing, pay[index]), (missing, pay[index]))
    return best


@pytest.mark.parametrize("seed", range(24))
def test_no_staffing_of_a_random_day_misses_fewer_windows_or_costs_less(seed, random_branch, brute_force, combos_of):
    branch, rng = random_branch(seed, False), np.random.default_rng(seed)
    day_type = next(iter(branch.day_types))
    asked = {
        role: tuple(rng.integers(0, given.most + 1, branch.periods(day_type)).tolist())
        for role, given in branch.roles.items()
    }
    found = cover_of(branch, day_type, asked)
    best = best_of_all(branch, day_type, asked, brute_force, combos_of)
    if best is None:
        assert found is None
        return
    shifts = day_staffing(branch, day_type).shifts
    pay = sum(n * shift.cost for n, shift in zip(found.people, shifts, strict=True))
    assert (sum(map(sum, found.missing.values())), pay) == (best[0], pytest.approx(best[1]))
    assert found.complete == (best[0] == 0)
    for role, levels in found.windows.items():
        each = zip(asked[role], levels, found.missing[role], strict=True)
        assert all(missing == max(0, n - s) for n, s, missing in each)


def test_who_is_on_duty_anyway_opens_a_window_where_it_relieves_most(tiny):
    branch = tiny()
    quiet = cover_of(branch, "day", {"counter": (1, 2, 1, 1)}, {"counter": np.array([0.9, 1.8, 1.2, 0.6])})
    assert quiet.windows == {"counter": (1, 2, 2, 1)}
    other = cover_of(branch, "day", {"counter": (1, 2, 1, 1)}, {"counter": np.array([1.2, 1.8, 0.9, 0.6])})
    assert other.windows == {"counter": (2, 2, 1, 1)}


def test_a_window_that_weighs_more_is_not_the_one_missing(tiny):
    branch = tiny(skills__teller__available={"day": 1}, skills__teller__shifts__lengths=[2.0])
    asked = {"counter": (1, 1, 1, 1)}
    for heavy, windows in ((0, (1, 1, 0, 0)), (3, (0, 0, 1, 1))):
        weights = np.ones(4)
        weights[heavy] = 4.0
        found = cover_of(branch, "day", asked, weights={"counter": weights})
        assert found.windows == {"counter": windows}
        assert sum(found.missing["counter"]) == 2


def test_no_cover_where_the_fewest_windows_permitted_have_nobody(tiny):
    branch = tiny(skills__teller__available={"day": 1}, channels__counter__least=2)
    assert cover_of(branch, "day", {"counter": (1, 1, 1, 1)}) is None
