"""A small branch that fulfils every assumption of the evaluation, and simulated days written by hand."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from optimizer.problem import Branch, Policy
from optimizer.simulation import Estimate, Measures, Simulation

CUSTOMERS = (6.0, 14.0, 18.0, 15.0, 9.0, 12.0, 10.0, 4.0)
"""Customers by half hour."""
WINDOWS = (2, 2, 3, 3, 2, 2, 2, 1)
PLAIN = {
    "name": "Counter", "period": 30, "windows": 4,
    "opening": {"monday": {"open": "09:00", "close": "13:00"}},
    "day_types": {"weekday": {"days": 60, "weekdays": ["monday"]}},
    "tiers": {"all": {"waiting_cost": 30, "patience": 25, "loss": 20}},
    "transactions": {"deposit": {"channel": "counter"}},
    "channels": {"counter": {"kind": "window", "most": 4, "service": {"deposit": {"mean": 4}}}},
    "skills": {"teller": {
        "wage": 50, "serves": ["counter"], "available": {"weekday": 4},
        "shifts": {"earliest_start": "09:00", "latest_end": "13:00", "lengths": [4], "start_step": 60},
    }},
    "targets": {"soon": {"channel": "counter", "measure": "service_level", "within": 5, "least": 0.8}},
    "arrivals": {"weekday": {"deposit": {"all": CUSTOMERS}}},
}  # fmt: skip


def _merged(given, changes):
    """Nested tables with some places changed."""
    if not isinstance(changes, dict):
        return changes
    old = given if isinstance(given, dict) else {}
    return old | {key: _merged(old.get(key), value) for key, value in changes.items()}


@pytest.fixture(scope="session")
def counter():
    """A function that makes the branch, with changes: one window role, exponential service and patience, no stage."""
    return lambda **changes: Branch(**_merged(PLAIN, changes))


@pytest.fixture(scope="session")
def windows():
    """A function that makes a policy of windows by role, the same on every day type."""

    def make(*day_types, roles=None, **choices):
        plan = {"windows": roles or {"counter": WINDOWS}, "shifts": ()}
        return Policy(days=dict.fromkeys(day_types or ("weekday",), plan), **choices)

    return make


@dataclass
class WrittenDay:
    """Estimates of a day as they were promised, but for those that a test writes."""

    promised: object
    days: int = 100_000_000
    """So many that no single customer counts."""
    written: dict = field(default_factory=dict)
    """Value and standard error by channel, group, measure (a limit for a service level) and period."""
    classes: dict = field(default_factory=dict)
    """Arrivals by channel and class."""

    @property
    def groups(self):
        return SimpleNamespace(keys=tuple((channel, "", name) for channel, name in self.classes))

    def measures(self, station, *, group=None, of_class=None, by_period=False):
        if of_class is not None:
            value, error = self.classes[station, of_class]
            return SimpleNamespace(arrivals=Estimate(np.asarray(value), np.asarray(error), self.days))
        channel = self.promised.channels[station]
        day = channel.measures if group is None else channel.rank_of(group)
        waiting = day.waiting.copy()
        waiting[-1] += day.waiting_after_closing
        tops = {"mean_wait": waiting, "abandonment": day.abandoned + day.blocked}
        tops |= {limit: day.service_level[i] * day.arrivals for i, limit in enumerate(channel.demand.limits)}
        arrivals = day.arrivals if by_period else day.arrivals.sum(keepdims=True)
        told = {name: (top if by_period else top.sum(keepdims=True)) / arrivals for name, top in tops.items()}
        told["customers"] = arrivals
        estimates = {name: self._estimate((station, group, name), value, by_period) for name, value in told.items()}
        others = dict.fromkeys(["waiting", "abandoned", "turned_away", "served", "desk_minutes", "pitches",
                                "forms_at_window"])  # fmt: skip
        return Measures(
            arrivals=estimates["customers"], mean_wait=estimates["mean_wait"], abandonment=estimates["abandonment"],
            service_levels={limit: estimates[limit] for limit in channel.demand.limits}, **others,
        )  # fmt: skip

    def _estimate(self, what, value, by_period):
        value, error = np.array(value, float), np.zeros(len(value))
        for t in range(len(value)):
            written = self.written.get((*what, t if by_period else None))
            if written is not None:
                value[t], error[t] = written
        return Estimate(value if by_period else value[0], error if by_period else error[0], self.days)


@pytest.fixture(scope="session")
def written():
    """A function that makes a simulation of what was promised, with estimates written by hand.

    ``changes`` are by day type, channel, group, measure or limit, and period: value and standard error.
    """

    def make(evaluation, changes=None, days=100_000_000, classes=None):
        told = {}
        for day_type, promised in evaluation.days.items():
            mine = {key[1:]: value for key, value in (changes or {}).items() if key[0] == day_type}
            told[day_type] = WrittenDay(promised, days, mine, (classes or {}).get(day_type, {}))
        return Simulation(evaluation.policy, 1, told, {})

    return make
