"""An infeasible branch says which rules clash: none of them can be spared, and nothing else is named."""

import pytest

from optimizer.optimization import SearchOptions, Status, solve
from optimizer.problem import Branch

OPTIONS = SearchOptions(workers=1)


def promise(channel="counter", **changes):
    return {"channel": channel, "measure": "service_level", "within": 5.0, "least": 0.9, "per": "period"} | changes


PROMISE = {"quick": promise()}
PLENTY = {"day": 12}
MANY = 8
FREE = {
    "windows": {"windows": MANY},
    "most windows of counter": {"channels__counter__most": MANY},
    "least windows of counter": {"channels__counter__least": 0},
    "people of skill teller": {"skills__teller__available": PLENTY},
    "target quick": {"targets": {}},
}
"""Changes that take a rule away."""
CASES = {
    "too few windows": (
        {"windows": 1, "skills__teller__available": PLENTY, "channels__counter__most": MANY},
        {"windows", "target quick"},
    ),
    "too few windows in the role": (
        {"windows": MANY, "skills__teller__available": PLENTY, "channels__counter__most": 1},
        {"most windows of counter", "target quick"},
    ),
    "too few people": (
        {"windows": MANY, "skills__teller__available": {"day": 1}, "channels__counter__most": MANY},
        {"people of skill teller", "target quick"},
    ),
    "everything too little": (
        {"windows": 1, "skills__teller__available": {"day": 1}, "channels__counter__most": 1},
        {"windows", "people of skill teller", "most windows of counter", "target quick"},
    ),
    "more windows asked for than exist": (
        {"windows": 2, "channels__counter__least": 3, "skills__teller__available": PLENTY, "targets": {}},
        {"windows", "least windows of counter"},
    ),
    "more windows asked for than people": (
        {"channels__counter__least": 3, "skills__teller__available": {"day": 2}, "targets": {}},
        {"people of skill teller", "least windows of counter"},
    ),
}


def test_what_is_not_infeasible_has_no_conflict(tiny):
    result = solve(tiny(), OPTIONS)
    assert result.status is not Status.INFEASIBLE
    assert result.conflict == ()


@pytest.mark.parametrize("case", CASES)
def test_rules_that_clash_are_named(tiny, case):
    changes, rules = CASES[case]
    result = solve(tiny(**{"targets": PROMISE} | changes), OPTIONS)
    assert result.status is Status.INFEASIBLE
    assert result.policy is None
    *named, where = result.conflict
    assert set(named) <= rules
    assert where.startswith("on day")


@pytest.mark.parametrize("case", [case for case in CASES if case != "everything too little"])
def test_no_rule_named_can_be_spared(tiny, case):
    changes, rules = CASES[case]
    named = solve(tiny(**{"targets": PROMISE} | changes), OPTIONS).conflict[:-1]
    assert set(named) == rules
    for rule in named:
        freed = tiny(**{"targets": PROMISE} | changes | FREE[rule])
        assert solve(freed, OPTIONS).status is not Status.INFEASIBLE, rule


def two_roles(**changes):
    """One window for two roles, the first busy in the first hour alone and the second in the second alone."""
    shifts = {"earliest_start": "09:00", "latest_end": "11:00", "lengths": [1.0, 2.0], "start_step": 60.0}
    data = {
        "name": "Two roles",
        "period": 60,
        "windows": 1,
        "least_role_time": 120,
        "opening": {"monday": {"open": "09:00", "close": "11:00"}},
        "day_types": {"day": {"days": 1, "weekdays": ["monday"]}},
        "tiers": {"ordinary": {"waiting_cost": 30.0}},
        "transactions": {"first": {"channel": "early"}, "second": {"channel": "late"}},
        "channels": {
            "early": {"kind": "window", "most": 1, "service": {"first": {"mean": 5.0}}},
            "late": {"kind": "window", "most": 1, "service": {"second": {"mean": 5.0}}},
        },
        "skills": {
            "teller": {"wage": 50.0, "serves": ["early", "late"], "available": {"day": 3}, "shifts": shifts},
        },
        "targets": {"soon": promise("early", least=0.5), "later": promise("late", least=0.5)},
        "arrivals": {"day": {"first": {"ordinary": [4.0, 0.0]}, "second": {"ordinary": [0.0, 4.0]}}},
    }
    return Branch.model_validate(data | changes)


def test_the_least_time_in_a_role_is_named():
    result = solve(two_roles(), OPTIONS)
    assert result.status is Status.INFEASIBLE
    assert set(result.conflict[:-1]) == {"least_role_time", "windows", "target soon", "target later"}
    for freed in ({"least_role_time": 0}, {"windows": 2}, {"targets": {"soon": promise("early", least=0.5)}}):
        assert solve(two_roles(**freed), OPTIONS).status is not Status.INFEASIBLE


def aside(tiny, thresholds):
    return tiny(
        transactions__business__amount={"distribution": "table", "amounts": [1000.0, 9000.0], "shares": [0.5, 0.5]},
        channels__machine={"kind": "machine", "units": 1, "service": {"business": {"mean": 3.0}}},
        diversions={
            "aside": {"transaction": "business", "to": "machine", "thresholds": thresholds, "able": 1.0,
                      "compliance": [0.5]}
        },
        diverted_shares={"share": {"transactions": ["business"], "least": 0.4}},
        targets={"machine_quick": promise("machine", per="day", within=1.0, least=0.4)},
    )  # fmt: skip


def test_a_target_that_every_regime_breaks_is_named(tiny):
    assert solve(aside(tiny, [0.0, 1000.0]), OPTIONS).conflict == ("target share",)
    assert solve(aside(tiny, [9000.0]), OPTIONS).status is not Status.INFEASIBLE


def test_a_greeter_whom_nobody_can_staff_is_named(tiny):
    """The regime needs people that no skill offers: that is a rule too."""
    branch = tiny(channels__lobby={"kind": "greeter", "minutes": 1.0, "levels": [1]})
    result = solve(branch, OPTIONS)
    assert result.status is Status.INFEASIBLE
    assert len(result.conflict) > 1, result.conflict


def test_shifts_that_do_not_reach_a_period_are_named(tiny):
    branch = tiny(channels__counter__least=1, skills__teller__shifts__latest_end="12:00")
    result = solve(branch, OPTIONS)
    assert result.status is Status.INFEASIBLE
    assert "least windows of counter" in result.conflict
