"""The structure of a quarter that is whole and whose sums agree, from a seed: workbook, page and calendars read it.

Names of people and reasons hold what must not become a formula or markup.
"""

import copy
from datetime import date, timedelta

import numpy as np
import pytest

PERIOD, OPEN, PERIODS = 30, 540, 16
ROLES = {"cash": "teller", "general": "teller", "vip": "senior"}
WAGES = {"teller": 60.0, "senior": 80.0, "lobby": 50.0}
THRESHOLDS = [0, 5000, 20000, 50000]
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
HOLIDAYS = {date(2027, 1, 1): "New Year's Day"} | {
    date(2027, 2, 5) + timedelta(days=i): "Chinese New Year" for i in range(7)
}
# Skill, start, end, start of the meal; people by plan stand in CREWS in this order.
SHIFTS = [
    ("teller", 540, 1020, 690), ("teller", 540, 1020, 750), ("teller", 660, 1020, None),
    ("senior", 540, 1020, 690), ("senior", 540, 1020, 750), ("lobby", 540, 1020, None),
]  # fmt: skip
CREWS = {
    "weekday A": (2, 2, 1, 1, 1, 1), "weekday B": (2, 2, 2, 1, 1, 1), "pay_day A": (3, 3, 2, 1, 1, 1),
    "holiday_eve A": (3, 2, 2, 1, 1, 1), "weekend A": (2, 1, 1, 1, 1, 1),
}  # fmt: skip
CUSTOMERS = {"weekday A": 320, "weekday B": 350, "pay_day A": 440, "holiday_eve A": 410, "weekend A": 250}
QUEUE_SHARES = {"overtime": 0.06, "waiting": 0.5, "lost_customers": 0.24, "transactions": 0.15, "annoyance": 0.08,
                "pitches": -0.05, "campaign": 0.0, "machines": 0.02}  # fmt: skip
CHANNELS = [("greeter", "greeter", 1.0), ("cash", "window", 0.42), ("general", "window", 0.34), ("vip", "window", 0.06),
            ("cash_machine", "machine", 0.16), ("ebank", "remote", 0.1)]  # fmt: skip
LEAVE = [
    ("T02", date(2027, 2, 1), date(2027, 2, 4), "annual leave"),
    ("T05", date(2027, 1, 11), date(2027, 1, 15), "=1+1 and <b>training</b>"),
    ("S01", date(2027, 3, 8), date(2027, 3, 10), "training"),
    ("S03", date(2027, 3, 8), date(2027, 3, 10), "training"),
    ("S02", date(2027, 3, 8), date(2027, 3, 12), '病假, "short"; see T01'),
]
PAY = ("salaries", "hourly_pay", "overtime_pay", "rest_day_pay", "holiday_pay")


def clock(minutes):
    return None if minutes is None else f"{minutes // 60:02d}:{minutes % 60:02d}"


def dates():
    return [date(2027, 1, 1) + timedelta(days=i) for i in range(90)]


def plan_of(day):
    if day in HOLIDAYS:
        return None
    if day.weekday() >= 5:
        return "weekend A"
    if day + timedelta(days=1) in HOLIDAYS:
        return "holiday_eve A"
    if day.day in (13, 14, 15, 16, 17):
        return "pay_day A"
    return "weekday B" if day.weekday() == 0 else "weekday A"


def staff():
    crew = [("T", "teller", 13), ("S", "senior", 4), ("L", "lobby", 2)]
    return [(f"{letter}{i + 1:02d}", skill, i) for letter, skill, count in crew for i in range(count)]


def measure(value, rng, most=1e9):
    half = 0.04 * value + 1e-6
    middle = min(most, value + rng.normal(0, half / 2))
    return {"value": middle, "low": middle - half, "high": min(most, middle + half)}


def servers_of(crew, role):
    """Windows open by period: people of the role's skill who are on duty and not at their meal."""
    present = np.zeros(PERIODS, int)
    for (skill, start, end, meal), people in zip(SHIFTS, crew, strict=True):
        if skill == ROLES.get(role, "lobby"):
            at = OPEN + PERIOD * np.arange(PERIODS)
            present += people * ((at >= start) & (at < end) & ~((at >= (meal or 0)) & (at < (meal or 0) + 60)))
    if role == "cash":
        present = (present + 1) // 2
    elif role == "general":
        present = present // 2
    return present.tolist()


def channel_of(name, kind, share, arrivals, crew, rng):
    servers = [2] * PERIODS if kind == "machine" else None if kind == "remote" else servers_of(crew, name)
    arrivals = (share * np.array(arrivals)).tolist()
    waits = [0.0] * PERIODS if kind == "remote" else [
        min(25.0, (0.1 if kind == "greeter" else 1.2) * a / max(1, s) ** 1.4)
        for a, s in zip(arrivals, servers, strict=True)
    ]  # fmt: skip
    levels = [max(0.0, 1 - wait / 25) for wait in waits]
    customers = sum(arrivals)
    mean_wait = sum(a * w for a, w in zip(arrivals, waits, strict=True)) / customers
    level = sum(a * v for a, v in zip(arrivals, levels, strict=True)) / customers
    return {
        "name": name, "kind": kind, "customers": customers, "mean_wait": mean_wait, "abandonment": mean_wait / 120,
        "utilization": None if kind == "remote" else 0.7, "service_level": {"10": level},
        "simulated": None if kind == "remote" else {
            "mean_wait": measure(mean_wait, rng), "abandonment": measure(mean_wait / 120, rng),
            "service_level": {"10": measure(level, rng, 1.0)},
        },
        "by_period": {
            "arrivals": arrivals, "servers": servers or [0] * PERIODS, "mean_wait": waits,
            "simulated_wait": None if kind == "remote" else [measure(wait, rng) for wait in waits],
            "service_level": {"10": levels},
        },
    }  # fmt: skip


def make_plan(name, days, rng):
    crew = CREWS[name]
    shape = 1 + 0.5 * np.exp(-((np.arange(PERIODS) - 4) ** 2) / 8) + 0.3 * np.exp(-((np.arange(PERIODS) - 11) ** 2) / 6)
    arrivals = (CUSTOMERS[name] * shape / shape.sum()).tolist()
    people_cost = sum(
        people * WAGES[skill] * hours(start, end, meal)
        for (skill, start, end, meal), people in zip(SHIFTS, crew, strict=True)
    )
    queue_cost = CUSTOMERS[name] * float(rng.uniform(4.5, 5.5))
    cost = people_cost + queue_cost
    return {
        "name": name, "key": name.replace(" ", "_").lower(), "day_type": name.rsplit(" ", 1)[0], "days": days,
        "labour_price": 0.5 if name.endswith("B") else 1.0,
        "people_cost": people_cost, "queue_cost": queue_cost, "cost": cost, "bound": 0.97 * cost, "gap": 0.03 / 0.97,
        "starts": [clock(OPEN + PERIOD * t) for t in range(PERIODS)], "period": PERIOD,
        "windows": {role: servers_of(crew, role) for role in ROLES},
        "shifts": [
            {"skill": skill, "start": clock(start), "end": clock(end), "meal_start": clock(meal),
             "meal_end": clock(meal and meal + 60), "people": people}
            for (skill, start, end, meal), people in zip(SHIFTS, crew, strict=True)
        ],
        "channels": [channel_of(*channel, arrivals, crew, rng) for channel in CHANNELS], "arrivals": arrivals,
    }  # fmt: skip


def hours(start, end, meal):
    return (end - start - (60 if meal else 0)) / 60


def make_roster():
    """Shifts of people, the least worked first, five days a week at most; what nobody can do is uncovered."""
    rows, uncovered, done, week = [], [], dict.fromkeys((name for name, *_ in staff()), 0.0), {}
    for day in dates():
        away = {name for name, first, last, _ in LEAVE if first <= day <= last}
        busy = set()
        for shift, people in zip(SHIFTS, CREWS.get(plan_of(day), ()), strict=False):
            skill, start, end, meal = shift
            for _ in range(people):
                free = [
                    name for name, has, _ in staff()
                    if has == skill and name not in away | busy and week.get((name, day.isocalendar()[1]), 0) < 5
                ]  # fmt: skip
                if not free:
                    uncovered.append({"date": day.isoformat(), "skill": skill, "start": clock(start), "end": clock(end),
                                      "people": 1, "price": 1200.0})  # fmt: skip
                    continue
                name = min(free, key=lambda each: (done[each], each))
                busy.add(name)
                done[name] += hours(start, end, meal)
                week[name, day.isocalendar()[1]] = week.get((name, day.isocalendar()[1]), 0) + 1
                rows.append({"date": day.isoformat(), "person": name, "skill": skill, "start": clock(start),
                             "end": clock(end), "meal_start": clock(meal), "meal_end": clock(meal and meal + 60),
                             "hours": hours(start, end, meal)})  # fmt: skip
    return rows, uncovered


def make_person(name, skill, index, roster):
    rows = [row for row in roster if row["person"] == name]
    worked = sum(row["hours"] for row in rows)
    contract = "hourly" if skill == "teller" and index >= 11 else "full_time"
    due = 0.0 if contract == "hourly" else {"teller": 216.0, "senior": 280.0, "lobby": 320.0}[skill]
    overtime = max(0.0, worked - due) if due else 0.0
    rest = sum(row["hours"] for row in rows if date.fromisoformat(row["date"]).weekday() == 6) / 4
    parts = {
        "salaries": due * WAGES[skill], "hourly_pay": 0.0 if due else worked * WAGES[skill],
        "overtime_pay": 1.5 * overtime * WAGES[skill], "rest_day_pay": rest * WAGES[skill], "holiday_pay": 0.0,
    }  # fmt: skip
    weekends = {date.fromisoformat(row["date"]).isocalendar()[1] for row in rows
                if date.fromisoformat(row["date"]).weekday() >= 5}  # fmt: skip
    return {
        "name": name, "skills": [skill] if skill != "senior" else ["senior", "teller"], "contract": contract,
        "hired": skill == "teller" and index == 12, "contract_hours": due, "worked_hours": worked,
        "overtime_hours": overtime, "rest_day_hours": rest, "holiday_hours": 0.0, "days": len(rows),
        "weekends": len(weekends), "late": sum(row["start"] == "11:00" for row in rows),
        "leave_days": sum((last - first).days + 1 for who, first, last, _ in LEAVE if who == name),
        "pay": sum(parts.values()), "wishes_granted": index % 3, "wishes": 3,
    }, parts  # fmt: skip


def make_posters(customers):
    diversions = [("deposit_to_machine", "cash_deposit", "cash_machine", 20000, 5000),
                  ("withdrawal_to_machine", "cash_withdrawal", "cash_machine", 50000, None),
                  ("transfer_to_ebank", "transfer", "ebank", 0, 0)]  # fmt: skip
    return [
        {
            "diversion": name, "transaction": transaction, "to": to, "threshold": threshold, "thresholds": THRESHOLDS,
            "today": today, "tiers": ["ordinary"],
            "amounts": {"edges": [0, 1000, 5000, 10000, 20000, 50000, 100000],
                        "shares": [0.12, 0.28, 0.2, 0.18, 0.14, 0.08]},
            "diverted": [0, 0.1, 0.24, 0.31],
            "customers": 0.2 * customers * [0, 0.1, 0.24, 0.31][THRESHOLDS.index(threshold)],
        }
        for name, transaction, to, threshold, today in diversions
    ]  # fmt: skip


def make_calendar(plans, roster, uncovered):
    rows = []
    for day in dates():
        name, at = plan_of(day), day.isoformat()
        rows.append({
            "date": at, "weekday": WEEKDAYS[day.weekday()], "day_type": name and name.rsplit(" ", 1)[0], "plan": name,
            "kind": ["holiday"] if day in HOLIDAYS else ["weekend"] if day.weekday() >= 5 else [],
            "holiday": HOLIDAYS.get(day), "provisional": True,
            "customers": float(sum(plans[name]["arrivals"])) if name else 0.0,
            "open": "09:00" if name else None, "close": "17:00" if name else None,
            "people": sum(row["date"] == at for row in roster),
            "uncovered": sum(row["people"] for row in uncovered if row["date"] == at),
        })  # fmt: skip
    return rows


def make_promises(plans):
    for plan in plans:
        channel = plan["channels"][1]
        levels = channel["by_period"]["service_level"]["10"]
        worst = int(np.argmin(levels))
        simulated = levels[worst] - 0.004
        yield {
            "name": "cash_within_10", "sentence": "cash: 60.0% served within 10 min in every period",
            "plan": plan["name"], "start": plan["starts"][worst], "limit": 0.6, "least": True,
            "promised": levels[worst],
            "simulated": simulated, "low": simulated - 0.01, "high": simulated + 0.01, "holds": simulated - 0.01 >= 0.6,
        }  # fmt: skip
    yield {"name": "small_business", "sentence": "diverted share of small business: at least 20.0%", "plan": None,
           "start": None, "limit": 0.2, "least": True, "promised": 0.23, "simulated": None, "low": None, "high": None,
           "holds": None}  # fmt: skip


def make_frontier(people, queue, bound):
    """Convex in the logarithm of the price, and least where labour costs what it costs."""
    for price in (0.25, 0.35, 0.5, 0.71, 1.0, 1.41, 2.0, 2.83, 4.0):
        low, high = people * price**-0.12, queue * price ** (0.12 * people / queue)
        least = min(0.97 * (low + high), bound * (1 + 0.02 * abs(np.log(price))))
        yield {
            "labour_price": price, "people_cost": low, "waiting_cost": high, "cost": low + high,
            "mean_wait": 3.2 * price**0.6, "lost": 0.02 * price**0.6, "bound": least, "gap": (low + high) / least - 1,
            "chosen": price == 1.0,
        }  # fmt: skip


def make_quarter(seed=0):
    """A quarter; another seed has other costs of waiting, posters and shifts the same."""
    rng = np.random.default_rng(seed)
    used = [plan_of(day) for day in dates()]
    plans = {name: make_plan(name, used.count(name), rng) for name in CREWS}
    roster, uncovered = make_roster()
    calendar = make_calendar(plans, roster, uncovered)
    found = [make_person(*each, roster) for each in staff()]
    costs = {name: sum(parts[name] for _, parts in found) for name in PAY}
    costs |= {"uncovered": sum(row["price"] for row in uncovered), "surplus": 90.0, "wishes": 150.0, "fairness": 420.0}
    queue = sum(plan["days"] * plan["queue_cost"] for plan in plans.values())
    costs |= {name: share * queue for name, share in QUEUE_SHARES.items()}
    cost, customers = sum(costs.values()), sum(row["customers"] for row in calendar)
    people = cost - queue
    erlang = costs | {"hourly_pay": costs["hourly_pay"] + 30000.0, "waiting": 1.1 * costs["waiting"]}
    day_types = dict.fromkeys(plan["day_type"] for plan in plans.values())
    return {
        "kind": "quarter", "version": 1, "branch": "Daan branch", "quarter": "2027Q1", "status": "feasible",
        "conflict": [],
        "promise_words": "every promise holds in the hall", "cost": cost, "bound": 0.96 * cost, "gap": 0.04 / 0.96,
        "certified": True,
        "layers": {
            "policy": {"labour_price": 0.9, "cost": 498000.0, "bound": 480000.0, "gap": 0.0375, "certified": True,
                       "regimes": 512, "regimes_solved": 28, "seconds": 146.2, "ended_by": "gap reached"},
            "roster": {"cost": cost, "bound": 0.98 * cost, "gap": 0.02 / 0.98, "seconds": 60.1,
                       "ended_by": "time limit"},
            "quarter": {"cost": cost, "bound": 0.96 * cost, "gap": 0.04 / 0.96, "left_out": costs["machines"]},
        },
        "costs": costs,
        "policy": {"greeters": 1, "campaign": "none", "pitch_below": 3, "form_at_window_below": 0, "calls": None,
                   "thresholds": {"deposit_to_machine": 20000, "withdrawal_to_machine": 50000, "transfer_to_ebank": 0}},
        "posters": make_posters(customers), "calendar": calendar,
        "day_types": [{"name": kind, "days": sum(row["day_type"] == kind for row in calendar)} for kind in day_types],
        "plans": list(plans.values()), "promises": list(make_promises(plans.values())),
        "people": [person for person, _ in found], "roster": roster,
        "leave": [{"person": name, "first": first.isoformat(), "last": last.isoformat(), "reason": reason}
                  for name, first, last, reason in LEAVE],
        "uncovered": uncovered,
        "fairness": list(make_fairness([person for person, _ in found])),
        "refused_wishes": [{"person": "T03", "date": "2027-01-22", "wish": "off", "kinds": "any", "price": 150.0}],
        "frontier": list(make_frontier(people, queue, 0.96 * cost)),
        "hiring": {"heads": [{"skill": "teller", "contract": "full_time", "people": 11},
                             {"skill": "teller", "contract": "hourly", "people": 2}],
                   "bound": 0.95 * people, "cost": people,
                   "steps": [{"skill": "teller", "contract": "full_time", "change": 1, "cost_change": 8200.0,
                              "uncovered_hours": 0.0, "words": "one more teller is idle too often"},
                             {"skill": "senior", "contract": "full_time", "change": -1, "cost_change": None,
                              "uncovered_hours": 96.0, "words": "nobody at the VIP window at lunch"}]},
        "today": {"cost": 1.2 * cost, "costs": {"wages": 0.7 * cost, "overtime": 0.05 * cost, "waiting": 0.3 * cost,
                                               "lost_customers": 0.1 * cost, "transactions": 0.05 * cost}, "broken": 3,
                  "words": "people paid by the hour; without a roster"},
        "erlang": {"cost": sum(erlang.values()), "costs": erlang, "uncovered": 0, "broken_promises": 0,
                   "words": "the least servers by period that keep each promise by Erlang C, then the same roster",
                   "saving": sum(erlang.values()) - cost, "saving_share": 1 - cost / sum(erlang.values()),
                   "simulated": {"value": 34000.0, "low": 31000.0, "high": 37000.0, "days": 1000, "seed": 7},
                   "mean_wait": 3.4,
                   "plans": [{"name": plan["name"], "day_type": plan["day_type"],
                              "windows": {role: [n + 1 for n in open_] for role, open_ in plan["windows"].items()}}
                             for plan in plans.values()]},
        "why": {"changes": [{"change": "one more teller", "kind": "person", "cost": cost + 8200, "cost_change": 8200.0,
                             "bound_change": 5000.0, "gap": 0.04, "words": "costs more than the waiting it saves"},
                            {"change": "deposits below 50,000 to the machine", "kind": "threshold", "cost": cost + 900,
                             "cost_change": 900.0, "bound_change": None, "gap": None, "words": "the machine is full"}],
                "scope": "at these posters"},
        "replan": {"from": "2027-02-15", "before": "plan of January", "changed": 2,
                   "changes": [{"date": "2027-02-15", "person": "T03", "before": "09:00-17:00", "after": "off"},
                               {"date": "2027-02-15", "person": "T04", "before": "off", "after": "09:00-17:00"}],
                   "reasons": ["T03 away 2027-02-15 to 2027-02-20: illness"]},
        "assumptions": [{"what": "wage of teller", "value": "60 yuan/h", "source": "branch.toml"},
                        {"what": "=2+2", "value": "<script>x</script>", "source": "a & b"}],
        "notes": ["2027 is provisional: its make-up working days are not announced."],
        "run": {"seed": seed, "version": "0.1.0", "finished": "2026-11-30T18:05:00", "lang": "en"},
    }  # fmt: skip


def make_fairness(people):
    for counted, key in (("weekends", "weekends"), ("late", "late"), ("overtime", "overtime_hours")):
        found = [person[key] for person in people if person["skills"][0] == "teller"]
        yield {"group": "teller", "counted": counted, "least": min(found), "most": max(found),
               "mean": sum(found) / len(found)}  # fmt: skip


@pytest.fixture(scope="session")
def quarter_maker():
    """Makes the structure of a quarter from a seed."""
    return make_quarter


@pytest.fixture(scope="session")
def quarter_structure():
    """A quarter with every section; copy it before changing it."""
    return make_quarter()


@pytest.fixture(scope="session")
def bare_quarter_structure(quarter_structure):
    """The same quarter without anything that a run may lack: neither doubted nor compared, its policy given."""
    bare = copy.deepcopy(quarter_structure)
    bare |= dict.fromkeys(("hiring", "today", "erlang", "why", "replan"))
    bare |= {name: [] for name in ("uncovered", "leave", "refused_wishes", "fairness", "assumptions", "notes")}
    bare |= {"bound": None, "gap": None, "certified": False, "frontier": [], "conflict": []}
    bare["layers"] = {
        "policy": None,
        **{name: bare["layers"][name] | {"bound": None, "gap": None} for name in ("roster", "quarter")},
    }
    for person in bare["people"]:
        person["contract_hours"] = person["contract_hours"] or None
    for poster in bare["posters"]:
        poster["amounts"] = poster["today"] = None
    for row in bare["calendar"]:
        row["uncovered"] = 0
    bare["cost"] -= bare["costs"]["uncovered"]
    bare["costs"]["uncovered"] = 0.0
    for plan in bare["plans"]:
        plan.update(dict.fromkeys(("labour_price", "bound", "gap")))
        for channel in plan["channels"]:
            channel["simulated"] = channel["by_period"]["simulated_wait"] = None
    for promise in bare["promises"]:
        promise.update(dict.fromkeys(("simulated", "low", "high", "holds")))
    return bare
