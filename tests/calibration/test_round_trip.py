"""Sixty days of a branch, simulated and learnt again: what is learnt is what was simulated."""

from collections import defaultdict, deque
from datetime import date, timedelta

import numpy as np
import pytest

from optimizer.calibration.branch_writing import written_branch
from optimizer.calibration.learning import learn
from optimizer.calibration.log import log_of
from optimizer.evaluation import evaluate
from optimizer.problem import DayPlan, Policy, read_branch
from optimizer.simulation.branch_hall import branch_hall
from optimizer.simulation.events import Happening, follow_events

WINDOWS = {"cash": (2, 2, 2, 1), "general": (2, 2, 2, 2)}
OPENING = 540


@pytest.fixture(scope="module")
def truth():
    """The corner branch without what leaves no trace in a log: who turns away, forms, pitches, the machine."""
    given = read_branch("instances/corner").model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    for tier in given["tiers"].values():
        tier.pop("balking", None)
    for name in ("form", "pitch"):
        given["transactions"]["account_opening"].pop(name)
    for transaction in given["transactions"].values():
        if "tickets" in transaction:
            transaction["tickets"] = {"no_show": 0.05}
    branch = type(read_branch("instances/corner")).model_validate(given)
    plan = DayPlan(windows=WINDOWS, shifts=())
    return branch, Policy(days=dict.fromkeys(branch.day_types, plan))


@pytest.fixture(scope="module")
def log(truth):
    branch, policy = truth
    halls = {kind: branch_hall(branch, policy, kind) for kind in branch.day_types}
    rows, first = [], date(2026, 1, 5)
    workdays = [day for n in range(84) if (day := first + timedelta(n)).weekday() < 5]
    for index, day in enumerate(workdays):
        kind = "quiet_day" if day.weekday() else "market_day"
        rows += tickets(follow_events(halls[kind], 11, index), day)
    names = ("day", "arrival", "called", "ended", "left_at", "outcome", "transaction", "tier", "channel")
    return log_of(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)), "sixty simulated days")


def tickets(day, when):
    """Tickets of a simulated day; a number called in vain is the oldest of its line that nobody answers."""
    found, dead, calling = {}, defaultdict(deque), {}
    rows = []
    for event in day.events:
        at, of = OPENING + event.moment, event.station
        if event.happening is Happening.TAKES_NUMBER:
            found[event.customer] = [at, None, None, None, None, *event.of_class.split(", "), of]
        elif event.happening is Happening.DEAD_NUMBER:
            dead[of].append([at, *event.of_class.split(", ")])
        elif event.happening is Happening.CALLED_IN_VAIN:
            calling[of] = calling.get(of, deque())
            calling[of].append((at, dead[of].popleft()))
        elif event.happening is Happening.CALLS_END:
            called, (arrival, transaction, tier) = calling[of].popleft()
            rows.append((when, arrival, called, at, None, "no_show", transaction, tier, of))
        elif event.customer in found:
            place = {Happening.IS_CALLED: 1, Happening.IS_SERVED: 2, Happening.GIVES_UP: 3}.get(event.happening)
            if place is not None:
                found[event.customer][place] = at
    for arrival, called, ended, left_at, _, transaction, tier, of in found.values():
        if of != "ebank":
            outcome = "abandoned" if called is None else "served"
            rows.append((when, arrival, called, ended, left_at, outcome, transaction, tier, of))
    return [tuple(np.nan if value is None else value for value in row) for row in rows]


@pytest.fixture(scope="module")
def learnt(log, truth):
    return learn(log, base=truth[0])


def test_rates_of_ninety_in_a_hundred_periods_and_classes_are_inside_their_intervals(learnt, truth):
    branch, _ = truth
    inside = []
    for kind, rates in learnt.rates.items():
        for c, (transaction, tier) in enumerate(rates.classes):
            true = rates.window @ np.array(branch.arrivals[kind][transaction][tier]) / branch.period
            for t, rate in enumerate(true):
                low, high = rates.estimate(c, t).interval()
                inside.append(low <= rate <= high)
    assert len(inside) == 2 * 4 * 4
    assert np.mean(inside) >= 0.9


def test_service_times_are_those_that_were_simulated(learnt, truth):
    branch, _ = truth
    found = {(times.channel, times.transaction): times for times in learnt.services}
    assert set(found) == {
        ("cash", "cash_withdrawal"), ("general", "cash_withdrawal"), ("general", "account_opening"),
    }  # fmt: skip
    for (channel, transaction), times in found.items():
        given = branch.channels[channel].service[transaction]
        for estimate, true in ((times.mean, given.mean), (times.scv, given.scv)):
            low, high = estimate.interval(0.99)
            assert low <= true <= high


def test_patience_busyness_and_dead_numbers_are_those_that_were_simulated(learnt, truth):
    branch, _ = truth
    (ordinary,) = [each for each in learnt.patience if each.tier == "ordinary"]
    estimates = [(ordinary.mean, branch.tiers["ordinary"].patience), (learnt.factor.likelihood, branch.busyness_scv)]
    estimates += [(dead.no_show, 0.05) for dead in learnt.dead.values()]
    for estimate, true in estimates:
        low, high = estimate.interval(0.99)
        assert low <= true <= high


def test_the_same_policy_yields_the_same_as_far_as_the_intervals_reach(learnt, truth):
    branch, policy = truth
    again = written_branch(learnt, branch).branch
    reach = {kind: _ratio(rates) for kind, rates in learnt.totals.items()}
    for side in (0, 1):
        moved = evaluate(_moved(again, side, reach, learnt), policy)
        true = evaluate(branch, policy)
        for kind in branch.day_types:
            for channel in ("cash", "general"):
                waits = [found.days[kind].channels[channel].mean_wait for found in (moved, true)]
                assert (waits[0] < waits[1]) == (side == 0)


def _ratio(rates):
    """Ends of the customers of a day over their estimate, with errors of periods that go together."""
    reach = 2.6 * rates.standard_errors[0].sum() / rates.rates[0].sum()
    return 1 - reach, 1 + reach


def _moved(branch, side, reach, learnt):
    """The branch with fewest customers and the shortest services, or with most and the longest."""
    given = branch.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    for kind, transactions in given["arrivals"].items():
        for tiers in transactions.values():
            for tier, volumes in tiers.items():
                tiers[tier] = [volume * reach[kind][side] for volume in volumes]
    for times in learnt.services:
        given["channels"][times.channel]["service"][times.transaction]["mean"] = times.mean.interval(0.99)[side]
    return type(branch).model_validate(given)
