"""Small branches, and the cheapest policy of one by trying every policy: what any search must agree with."""

from dataclasses import dataclass
from functools import cache
from itertools import chain, combinations, combinations_with_replacement, pairwise, product

import numpy as np
import pytest

from optimizer.evaluation import (
    UNDECIDED,
    all_regimes,
    channel_costs,
    channel_day,
    channel_demand,
    day_flows,
    day_promises,
    diverted_promises,
    flow_costs,
    regime_channels,
    shift_breach,
    shift_cost,
)
from optimizer.problem import Assignment, Branch, DayPlan, Policy, Shift

OPEN = 9 * 60
EVERY = 5
"""Meals are tried at every so many minutes."""


@dataclass(frozen=True)
class Cheapest:
    """The best of all policies."""

    cost: float
    """Yuan a quarter, as the evaluation has it."""
    policy: Policy


class BruteForce:
    """Every regime, every vector of windows, every number of people on every shift of one branch."""

    def __init__(self, branch):
        self.branch = branch
        self._days = {}
        self._crews = {name: crews(branch, name) for name in branch.day_types}
        self._pay = {}

    def cheapest(self):
        """The cheapest policy, or None where no policy keeps every rule and target."""
        branch = self.branch
        machines = sum(m.units * m.cost_per_day for m in branch.machines.values())
        best = None
        for regime in all_regimes(branch):
            flows = {name: day_flows(branch, name, regime) for name in branch.day_types}
            if not all(promise.met for promise in diverted_promises(branch, flows)):
                continue
            plans = {name: self.day(name, regime) for name in branch.day_types}
            if None in plans.values():
                continue
            cost = branch.campaigns[regime.campaign].cost
            cost += sum(branch.day_types[name].days * (plan[0] + machines) for name, plan in plans.items())
            if best is None or cost < best.cost:
                days = {name: plan[1] for name, plan in plans.items()}
                policy = Policy(
                    thresholds=dict(regime.thresholds), greeters=regime.greeters, campaign=regime.campaign,
                    form_at_window_below=regime.form_at_window_below, pitch_below=regime.pitch_below,
                    calls=regime.calls, days=days,
                )  # fmt: skip
                best = Cheapest(cost, policy)
        return best

    def day(self, day_type, regime):
        """Least cost of a day under a regime, machines left out, and its plan; None where there is none."""
        costs = self.day_costs(day_type, regime)
        if costs is None or not np.isfinite(costs).any():
            return None
        where = np.unravel_index(int(costs.argmin()), costs.shape)
        _, crew = self.pay(day_type, regime.greeters)
        _, shifts, people, _ = self._crews[day_type]
        roles, combos = list(self.branch.roles), level_combos(self.branch)
        windows = {role: tuple(combos[index][i] for index in where) for i, role in enumerate(roles)}
        working = [
            Assignment(skill=shifts[i][0], shift=shifts[i][1], people=int(count))
            for i, count in enumerate(people[crew[where]])
            if count
        ]
        return float(costs[where]), DayPlan(windows=windows, shifts=tuple(working))

    def day_costs(self, day_type, regime):
        """Exact least cost of a day, wages included and machines left out, by combination of levels in each period.

        Infinite where rules or targets are broken; None where the regime breaks a target by itself.
        """
        branch = self.branch
        flows = day_flows(branch, day_type, regime)
        fixed = regime_channels(branch, regime, flows)
        if not all(promise.met for promise in day_promises(branch, day_type, fixed)):
            return None
        total = self.pay(day_type, regime.greeters)[0].copy()
        total += sum(cost for name, cost in flow_costs(branch, flows).items() if name not in UNDECIDED)
        total += sum(sum(channel_costs(day).values()) for day in fixed.values())
        combos = np.array(level_combos(branch))
        for i, role in enumerate(branch.roles):
            costs = self.role_costs(day_type, channel_demand(branch, flows, role, regime))
            total += costs[np.ix_(*[combos[:, i]] * branch.periods(day_type))]
        return total

    def role_costs(self, day_type, demand):
        """Exact cost of a role by its windows in each period; infinite where it breaks its own rules or targets."""
        branch, role = self.branch, demand.channel
        key = (day_type, demand.key)
        if key not in self._days:
            most, periods = branch.roles[role].most, branch.periods(day_type)
            costs = np.full((most + 1,) * periods, np.inf)
            for levels in product(range(branch.roles[role].least, most + 1), repeat=periods):
                if keeps_role_time(branch, levels):
                    day = channel_day(demand, levels)
                    if all(promise.met for promise in day_promises(branch, day_type, {role: day})):
                        costs[levels] = sum(channel_costs(day).values())
            self._days[key] = costs
        return self._days[key]

    def pay(self, day_type, greeters):
        """Least pay of people who can staff each combination of levels in each period, and which crew does."""
        if (day_type, greeters) not in self._pay:
            pays, _, _, cover = self._crews[day_type]
            combos, periods = level_combos(self.branch), self.branch.periods(day_type)
            least = np.full((len(combos),) * periods, np.inf)
            crew = np.zeros(least.shape, dtype=int)
            enough = {}
            for index in np.argsort(pays, kind="stable"):
                mask = True
                for t in range(periods):
                    duty = tuple(cover[index, :, t])
                    if duty not in enough:
                        enough[duty] = np.array([self.placed(levels, greeters, duty) for levels in combos])
                    mask = np.multiply.outer(mask, enough[duty])
                better = mask & (pays[index] < least)
                least[better], crew[better] = pays[index], index
            self._pay[day_type, greeters] = least, crew
        return self._pay[day_type, greeters]

    def placed(self, levels, greeters, duty):
        """Whether the people on duty can be put where they are needed (Hall)."""
        need = dict(zip(self.branch.roles, levels, strict=True))
        if self.branch.greeter:
            need[self.branch.greeter[0]] = greeters
        for places in chain.from_iterable(combinations(need, size) for size in range(1, len(need) + 1)):
            skills = zip(self.branch.skills.values(), duty, strict=True)
            able = sum(count for skill, count in skills if set(places) & set(skill.serves))
            if able < sum(need[place] for place in places):
                return False
        return True


def level_combos(branch):
    """Every combination of windows by role that the hall has room for."""
    ranges = [range(role.least, role.most + 1) for role in branch.roles.values()]
    return [levels for levels in product(*ranges) if sum(levels) <= branch.windows]


def keeps_role_time(branch, levels):
    """Whether every window, closed last opened first, keeps its role for the least time or until the day ends."""
    opened = []
    for t, (before, now) in enumerate(zip((0, *levels), levels, strict=False)):
        opened += [t] * (now - before)
        for _ in range(before - now):
            # The window opened first is the one that may close first.
            if (t - opened.pop(0)) * branch.period < branch.least_role_time:
                return False
    return True


def every_shift(branch, day_type):
    """Every legal shift that covers something, by trying start, length and meal: skill, shift, pay, periods covered.

    Of those that cover the same only the cheapest.
    """
    edges = [branch.hours(day_type).open + t * branch.period for t in range(branch.periods(day_type) + 1)]
    best = {}
    for name, skill in branch.skills.items():
        rules = skill.shifts
        for start in range(rules.earliest_start, rules.latest_end, int(rules.start_step)):
            for length in rules.lengths:
                end = start + round(60 * length)
                meals = [(None, None)]
                if rules.meal is not None:
                    first, last = max(start, rules.meal.earliest), min(end, rules.meal.latest)
                    long = int(rules.meal.minutes)
                    meals += [(at, at + long) for at in range(start, end, EVERY) if first <= at and at + long <= last]
                for meal in meals:
                    if end > 1440 or (meal[0] is not None and (meal[0] == start or meal[1] == end)):
                        continue
                    shift = Shift(start=start, end=end, meal_start=meal[0], meal_end=meal[1])
                    covers = tuple(shift.works(a, b) for a, b in pairwise(edges))
                    if shift_breach(rules, shift) is None and any(covers):
                        cost = shift_cost(skill, shift)
                        if (name, covers) not in best or cost < best[name, covers][2]:
                            best[name, covers] = (name, shift, cost, covers)
    return list(best.values())


def crews(branch, day_type):
    """Every number of people on every shift: pay, the shifts, people by shift, people on duty by skill and period."""
    shifts, periods = every_shift(branch, day_type), branch.periods(day_type)
    by_skill = []
    for name, skill in branch.skills.items():
        mine = [i for i, shift in enumerate(shifts) if shift[0] == name]
        choices = chain.from_iterable(
            combinations_with_replacement(mine, size) for size in range(skill.on_duty(day_type) + 1)
        )
        by_skill.append([np.bincount(np.array(choice, dtype=int), minlength=len(shifts)) for choice in choices])
    people = np.array([np.sum(parts, axis=0, dtype=int) for parts in product(*by_skill)]).reshape(-1, len(shifts))
    cover = np.zeros((len(people), len(branch.skills), periods), dtype=int)
    for i, (name, _, _, covers) in enumerate(shifts):
        cover[:, list(branch.skills).index(name), :] += people[:, [i]] * np.array(covers, dtype=int)
    pays = people @ np.array([shift[2] for shift in shifts], dtype=float)
    _, first = np.unique(np.column_stack([cover.reshape(len(people), -1), pays]), axis=0, return_index=True)
    return pays[first], shifts, people[first], cover[first]


@pytest.fixture(scope="session")
def brute_force():
    """A class that tries every policy of a branch."""
    return BruteForce


@pytest.fixture(scope="session")
def tiny():
    """A function that makes a branch of one role, one skill and one day type, changed at dotted places."""

    def make(**changes):
        data = tiny_data()
        for place, value in changes.items():
            *path, last = place.split("__")
            part = data
            for key in path:
                part = part[key]
            if value is ...:
                del part[last]
            else:
                part[last] = value
        return Branch.model_validate(data)

    return make


def tiny_data():
    """One counter from nine to one, tellers who work two or four hours, nobody gives up."""
    return {
        "name": "Tiny branch",
        "period": 60,
        "windows": 3,
        "opening": {"monday": {"open": OPEN, "close": OPEN + 240}},
        "day_types": {"day": {"days": 10, "weekdays": ["monday"]}},
        "tiers": {"ordinary": {"waiting_cost": 30.0}},
        "transactions": {"business": {"channel": "counter"}},
        "channels": {"counter": {"kind": "window", "most": 3, "service": {"business": {"mean": 5.0}}}},
        "skills": {
            "teller": {
                "wage": 50.0,
                "serves": ["counter"],
                "available": {"day": 4},
                "shifts": {
                    "earliest_start": OPEN,
                    "latest_end": OPEN + 240,
                    "lengths": [2.0, 4.0],
                    "start_step": 60.0,
                },
            }
        },
        "targets": {},
        "arrivals": {"day": {"business": {"ordinary": [10.0, 20.0, 16.0, 8.0]}}},
    }


@pytest.fixture(scope="session")
def random_branch():
    """A function that makes a small branch from a seed, with targets or without, plain or with all that queues know."""

    def make(seed, targets, rich=False):
        rng = np.random.default_rng(seed)
        data = random_data(rng, targets)
        return Branch.model_validate(enriched(rng, data) if rich else data)

    return make


def enriched(rng, data):
    """The same branch with tiers that share a window, busy days, dead numbers, rules, balking and failures."""

    def real(low, high):
        return round(float(rng.uniform(low, high)), 3)

    tiers = data["tiers"]
    tiers["ordinary"] |= {"balking": float(rng.choice([0.0, real(0.05, 0.4)]))}
    tiers["ordinary"].setdefault("loss", real(5, 40))
    tiers["vip"] = {"priority": 1, "waiting_cost": real(5, 120), "loss": real(5, 60), "patience": real(15, 60)}
    data["busyness_scv"] = float(rng.choice([0.0, 0.05]))
    for name, transaction in data["transactions"].items():
        transaction["tickets"] = {"per_customer": real(1, 1.2), "no_show": real(0, 0.1), "calls": 2}
        if name == "general":
            transaction["form"] = {"share": 0.7, "desk_minutes": 5.0, "window_minutes": real(1, 5), "wrong": 0.1}
        transaction["pitch"] = {"minutes": real(0.3, 1.5), "income": real(0, 1.5)}
    rules = {"form_at_window_below": [0, 2], "pitch_below": [0, 2], "calls": [1, 3]}
    data["queue_rules"] = {name: choices[: int(rng.integers(1, 3))] for name, choices in rules.items()}
    for channel in data["channels"].values():
        for service in channel.get("service", {}).values():
            service |= {"scv": real(0.3, 2.0), "distribution": "gamma"}
        channel["most"] = min(channel.get("most", 2), 2)
        if channel["kind"] != "window":
            del channel["most"]
        if channel["kind"] == "machine":
            channel |= {"failures_per_day": 1.5, "repair_minutes": 20.0}
    for transactions in data["arrivals"].values():
        for volumes in transactions.values():
            share = real(0.05, 0.4)
            volumes["vip"] = [round(share * count, 3) for count in volumes["ordinary"]]
    for target in data["targets"].values():
        if rng.random() < 0.6 and data["channels"][target["channel"]]["kind"] == "window":
            target["tier"] = str(rng.choice(["vip", "ordinary"]))
    return data


def random_data(rng, targets):
    """Data of a random branch so small that every policy can be tried."""

    def chance(p):
        return bool(rng.random() < p)

    def real(low, high):
        return round(float(rng.uniform(low, high)), 3)

    period, periods = int(rng.choice([30, 60])), int(rng.integers(3, 5))
    roles = ["cash", "general"][: int(rng.integers(1, 3))]
    days = ["busy", "quiet"][: int(rng.integers(1, 3))]
    diverted, greeter = chance(0.5), chance(0.4)
    patience = real(15, 60) if chance(0.5) else None
    service = {"cash": real(3, 9), "general": real(6, 14)}
    most = {role: int(rng.integers(1, 4 if len(roles) == 1 or periods == 3 else 3)) for role in roles}
    transactions = {"cash": {"channel": "cash"}, "general": {"channel": roles[-1]}}
    channels = {
        role: {"kind": "window", "least": int(chance(0.3)), "most": most[role], "cost_per_transaction": real(0, 0.5),
               "service": {t: {"mean": m} for t, m in service.items() if transactions[t]["channel"] == role}}
        for role in roles
    }  # fmt: skip
    data = {
        "name": "Random branch",
        "period": period,
        "windows": int(rng.integers(max(1, sum(most.values()) - 1), sum(most.values()) + 1)),
        "least_role_time": 2 * period if chance(0.4) else 0,
        "overtime_multiplier": float(rng.choice([0, 1.5])),
        "opening": {"monday": {"open": OPEN, "close": OPEN + period * periods}},
        "day_types": {day: {"days": int(rng.integers(1, 60)), "weekdays": ["monday"]} for day in days},
        "tiers": {"ordinary": {"waiting_cost": real(5, 80)}},
        "transactions": transactions,
        "channels": channels,
        "skills": random_skills(rng, roles, days, greeter, period, periods),
        "campaigns": {"none": {"cost": 0.0}},
        "targets": {},
    }
    data["windows"] = max(data["windows"], sum(channel["least"] for channel in channels.values()))
    if patience is not None:
        data["tiers"]["ordinary"] |= {"patience": patience, "loss": real(5, 40)}
    if greeter:
        channels["lobby"] = {"kind": "greeter", "minutes": real(0.3, 1.5), "levels": [0, 1]}
    if diverted:
        aside = "machine" if chance(0.7) else "remote"
        channels["aside"] = {"kind": aside, "cost_per_transaction": real(0, 1), "service": {"cash": {"mean": 2.5}}}
        if aside == "machine":
            channels["aside"] |= {"units": 1, "cost_per_day": 50.0}
        transactions["cash"]["amount"] = {"distribution": "lognormal", "log_mean": 9.0, "log_sd": 1.0}
        data["diversions"] = {
            "cash_aside": {"transaction": "cash", "to": "aside", "able": 0.9,
                           "thresholds": [[0.0, 20000.0], [15000.0, 15100.0]][int(rng.integers(2))],
                           "compliance": [real(0.1, 0.5), real(0.5, 0.9)], "annoyance": real(0, 3)}
        }  # fmt: skip
        if chance(0.5):
            data["campaigns"]["points"] = {"cost": real(10, 500), "uplift": 0.3}
    data["arrivals"] = {
        day: {
            t: {"ordinary": [real(0.15, 0.7) * most[transactions[t]["channel"]] * period / m for _ in range(periods)]}
            for t, m in service.items()
            if len(roles) == 2 or t == "cash"
        }
        for day in days
    }
    if targets:
        data["targets"] = random_targets(rng, roles, greeter, patience is not None)
        if diverted and chance(0.5):
            data["diverted_shares"] = {"aside": {"transactions": ["cash"], "least": real(0.0, 0.5)}}
    return data


def random_skills(rng, roles, days, greeter, period, periods):
    """Tellers for everything or, sometimes, clerks beside tellers who cannot do everything."""
    lobby = ["lobby"] if greeter else []
    serves = {"teller": [*roles, *lobby]}
    if rng.random() < 0.5:
        serves = {"teller": [roles[0], *lobby], "clerk": roles}
    skills = {}
    for name, places in serves.items():
        lengths = sorted({period * int(n) / 60 for n in rng.choice(np.arange(1, periods + 1), 2)})
        skills[name] = {
            "wage": round(float(rng.uniform(20, 90)), 2),
            "serves": places,
            "available": {day: int(rng.integers(2, 4)) for day in days},
            "shifts": {"earliest_start": OPEN, "latest_end": OPEN + period * periods, "lengths": lengths,
                       "start_step": float(period)},
        }  # fmt: skip
        if rng.random() < 0.3:
            skills[name]["shifts"] |= {"part_time_below": period * 3 / 60, "part_time_premium": 0.2}
        if rng.random() < 0.4:
            meal = {"earliest": OPEN + period, "latest": OPEN + period * (periods - 1), "minutes": float(period)}
            skills[name]["shifts"]["meal"] = meal | {"from_hours": period * 3 / 60, "paid": bool(rng.random() < 0.5)}
    return skills


def random_targets(rng, roles, greeter, impatient):
    """One or two promises, some tight and some loose."""
    measures = ["service_level", "mean_wait", *(["abandonment"] if impatient else [])]
    targets = {}
    for number in range(int(rng.integers(1, 3))):
        channel = str(rng.choice([*roles, *(["lobby"] if greeter else [])]))
        measure = str(rng.choice(measures))
        target = {"channel": channel, "measure": measure, "per": str(rng.choice(["period", "day"]))}
        if measure == "service_level":
            target |= {"within": float(rng.choice([5, 15, 30])), "least": round(float(rng.uniform(0.3, 0.9)), 3)}
        elif measure == "mean_wait":
            target["most"] = round(float(rng.uniform(3, 30)), 3)
        else:
            target["most"] = round(float(rng.uniform(0.05, 0.5)), 3)
        targets[f"promise_{number}"] = target
    return targets


@pytest.fixture(scope="session")
def cheapest_of(random_branch):
    """A function that gives a random branch and its cheapest policy, found once a session."""
    return cache(
        lambda seed, targets, rich=False: (
            branch := random_branch(seed, targets, rich), BruteForce(branch).cheapest()
        )
    )  # fmt: skip


@pytest.fixture(scope="session")
def shifts_of():
    """A function that gives every legal shift that covers something: skill, shift, pay, periods covered."""
    return every_shift


@pytest.fixture(scope="session")
def combos_of():
    """A function that gives every combination of windows by role that the hall of a branch has room for."""
    return level_combos
