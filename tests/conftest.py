"""A small branch that is whole, as the files of its folder, for tests that change one thing and see what follows."""

import csv
import heapq
import io
import json
import math
from datetime import date, datetime, time, timedelta

import numpy as np
import pytest

from optimizer.errors import DataRefused
from optimizer.problem import read_branch, read_policy

HOURS = {
    "weekday": ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "12:00", "12:30"],
    "saturday": ["10:00", "10:30"],
}
CUSTOMERS = {
    ("withdrawal", "ordinary"): 6,
    ("withdrawal", "vip"): 1,
    ("deposit", "ordinary"): 4,
    ("opening", "ordinary"): 2,
    ("opening", "vip"): 1,
    ("advice", "ordinary"): 1,
}
SHIFTS = {"earliest_start": "09:00", "latest_end": "13:00", "lengths": [2, 4], "start_step": 60}
MEAL = {"earliest": "10:30", "latest": "12:00", "minutes": 30, "from_hours": 4}

BRANCH = {
    "name": "Small branch",
    "period": 30,
    "windows": 4,
    "least_role_time": 60,
    "overtime_multiplier": 1.5,
    "opening": {
        "monday": {"open": "09:00", "close": "13:00"},
        "tuesday": {"open": "9:00", "close": "13:00"},
        "saturday": {"open": "10:00", "close": "11:00"},
    },
    "day_types": {
        "weekday": {"days": 60, "weekdays": ["monday", "tuesday"], "holiday": "none"},
        "saturday": {"days": 13, "weekdays": ["saturday"], "days_of_month": [1, 15]},
    },
    "tiers": {
        "ordinary": {"waiting_cost": 30, "patience": 30, "loss": 20},
        "vip": {"waiting_cost": 120, "loss": 60, "priority": 1, "patience": 60.0},
    },
    "transactions": {
        "withdrawal": {
            "channel": "cash",
            "channel_by_tier": {"vip": "general"},
            "amount": {"distribution": "lognormal", "log_mean": 9.0, "log_sd": 1.0},
            "tickets": {"per_customer": 1.5, "no_show": 0.1, "calls": 2, "call_seconds": 15},
        },
        "deposit": {"channel": "cash", "amount": {"distribution": "table"}},
        "opening": {
            "channel": "general",
            "form": {"share": 0.8, "desk_minutes": 6, "window_minutes": 5, "wrong": 0.1},
            "pitch": {"minutes": 1, "income": 2},
        },
        "advice": {"channel": "ebank"},
    },
    "channels": {
        "lobby": {
            "kind": "greeter",
            "minutes": 1,
            "levels": [0, 1, 2],
            "side_tasks": {"copies": {"share": 0.2, "minutes": 1}},
        },
        "cash": {"kind": "window", "least": 1, "most": 3, "cost_per_transaction": 0.4},
        "general": {"kind": "window", "most": 2, "service": {"opening": {"mean": 12, "scv": 0.5}}},
        "atm": {"kind": "machine", "units": 2, "limit": 20000, "cost_per_day": 90, "cost_per_transaction": 0.5},
        "ebank": {"kind": "remote", "limit": 50000, "cost_per_transaction": 0.1},
    },
    "skills": {
        "teller": {"wage": 50, "serves": ["lobby", "cash"], "available": {"weekday": 5, "saturday": 3},
                   "shifts": SHIFTS},
        "clerk": {"wage": 80, "serves": ["cash", "general"], "available": {"weekday": 4, "saturday": 2},
                  "shifts": SHIFTS | {"meal": MEAL}, "shrinkage": 0.2},
    },
    "diversions": {
        "withdrawal_to_atm": {
            "transaction": "withdrawal",
            "to": "atm",
            "thresholds": [0, 10000, 30000],
            "tiers": ["ordinary"],
            "able": 0.9,
            "compliance": [0.2, 0.5, 0.7],
            "assistance_minutes": 0.5,
            "annoyance": 1.5,
        },
        "deposit_to_ebank": {
            "transaction": "deposit",
            "to": "ebank",
            "thresholds": [0, 5000],
            "able": 0.5,
            "compliance": [0.1, 0.6],
        },
    },
    "campaigns": {"none": {"cost": 0}, "points": {"cost": 600, "uplift": 0.5}},
    "drift": {"weekly": 0.1, "weeks": 3},
    "queue_rules": {"form_at_window_below": [0, 2], "pitch_below": [0, 3], "calls": [1, 2]},
    "targets": {
        "cash_fast": {"channel": "cash", "measure": "service_level", "within": 10, "least": 0.7, "per": "period"},
        "lobby_wait": {"channel": "lobby", "measure": "mean_wait", "most": 3, "day_types": ["weekday"]},
        "atm_given_up": {"channel": "atm", "tier": "ordinary", "measure": "abandonment", "most": 0.2},
    },
    "diverted_shares": {"cash_aside": {"transactions": ["withdrawal", "deposit"], "least": 0.1}},
}  # fmt: skip

TODAY = {
    "thresholds": {"withdrawal_to_atm": 10000},
    "greeters": 1,
    "days": {
        "weekday": {
            "windows": {"cash": [2] * 8, "general": [1] * 8},
            "shifts": [
                {"skill": "teller", "shift": {"start": "09:00", "end": "13:00"}, "people": 3},
                {"skill": "clerk", "shift": {"start": "09:00", "end": "11:00"}, "people": 1},
                {"skill": "clerk", "shift": {"start": "11:00", "end": "13:00"}, "people": 1},
            ],
        },
        "saturday": {
            "windows": {"cash": [1, 1], "general": [1, 1]},
            "shifts": [
                {"skill": "teller", "shift": {"start": "09:00", "end": "11:00"}, "people": 2},
                {"skill": "clerk", "shift": {"start": "09:00", "end": "11:00"}, "people": 1},
            ],
        },
    },
}


def _arrivals():
    yield ["day_type", "start", "transaction", "tier", "customers"]
    for day_type, starts in HOURS.items():
        for start in starts:
            for (transaction, tier), customers in CUSTOMERS.items():
                yield [day_type, start, transaction, tier, str(customers)]


FILES = {
    "branch.toml": BRANCH,
    "today.json": TODAY,
    "arrivals.csv": list(_arrivals()),
    "service_times.csv": [
        ["channel", "transaction", "distribution", "mean", "scv"],
        ["cash", "withdrawal", "exponential", "4", "1"],
        ["cash", "deposit", "lognormal", "5", "0.8"],
        ["general", "withdrawal", "exponential", "4", "1"],
        ["atm", "withdrawal", "gamma", "3", "0.5"],
        ["ebank", "deposit", "exponential", "2", "1"],
        ["ebank", "advice", "exponential", "6", "1"],
    ],
    "amounts.csv": [
        ["transaction", "amount", "share"],
        ["deposit", "1000", "0.25"],
        ["deposit", "5000", "0.5"],
        ["deposit", "20000", "0.25"],
    ],
}


def _toml(value):
    """A value in TOML, tables in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return json.dumps(value)


def _text(name, content):
    if isinstance(content, str):
        return content
    if name.endswith(".toml"):
        return "".join(f"{json.dumps(key)} = {_toml(value)}\n" for key, value in content.items())
    if name.endswith(".json"):
        return json.dumps(content)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(content)
    return text.getvalue()


@pytest.fixture
def branch_files():
    """The small branch's files by name: a table of tables, and rows of cells; a test may change them."""
    return json.loads(json.dumps(FILES))


@pytest.fixture(scope="session")
def write_files():
    """A function that writes files by name into a folder; a string is written as it is."""

    def write(folder, files):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_text(_text(name, content), encoding="utf-8", newline="")
        return folder

    return write


@pytest.fixture(scope="session")
def put():
    """A function that sets the value at a dotted place of nested tables and lists; ``...`` takes it away."""

    def put(data, place, value):
        *path, last = (int(key) if key.isdigit() else key for key in place.split("."))
        for key in path:
            data = data[key]
        if value is ...:
            del data[last]
        else:
            data[last] = value

    return put


@pytest.fixture
def branch_folder(tmp_path, branch_files, write_files):
    """The folder of the small branch."""
    return write_files(tmp_path / "small", branch_files)


@pytest.fixture
def faults_of(tmp_path, write_files):
    """A function that reads a branch and gives its faults as (file, place, value, expected), or None if accepted."""

    def faults(files):
        try:
            read_branch(write_files(tmp_path / "faulty", files))
        except DataRefused as refused:
            return [(f.file, f.place, f.value, f.expected) for f in refused.faults]
        return None

    return faults


@pytest.fixture(scope="session")
def small_branch(tmp_path_factory, write_files):
    """The small branch, read once."""
    return read_branch(write_files(tmp_path_factory.mktemp("branch"), FILES))


@pytest.fixture(scope="session")
def small_policy(tmp_path_factory, write_files):
    """A policy that obeys every rule of the small branch."""
    return read_policy(write_files(tmp_path_factory.mktemp("policy"), FILES) / "today.json")


BANK = {
    # transaction: role, customers a day, mean service [minutes]
    "withdrawal": ("cash", 90.0, 3.0),
    "deposit": ("cash", 45.0, 4.0),
    "opening": ("general", 24.0, 14.0),
}
PROFILE = np.array([4, 7, 9, 8, 6, 4, 3, 4, 6, 7, 6, 5, 4, 3, 2, 2]) / 80
"""Of customers over the half-hours from 9:00."""


def bank_day(rng, day):
    """The tickets of one day in a bank with three cash windows and three general ones, as rows of text."""
    monday = 1.5 if day.weekday() == 0 else 1.0
    busy = monday * rng.gamma(50) / 50
    people = []
    for transaction, (role, a_day, mean) in BANK.items():
        for _ in range(rng.poisson(a_day * busy)):
            moment = 540 + 30 * (rng.choice(16, p=PROFILE) + rng.random())
            service = mean * math.exp(math.sqrt(math.log(1.5)) * rng.standard_normal() - math.log(1.5) / 2)
            people.append((moment, transaction, role, "vip" if rng.random() < 0.1 else "ordinary", service))
    rows = []
    for role in ("cash", "general"):
        free = [(0.0, window) for window in range(3)]
        queue = sorted(person for person in people if person[2] == role)
        patience = {person: rng.exponential(40) for person in queue}
        waiting = []
        while queue or waiting:
            now, window = heapq.heappop(free)
            if not waiting:
                now = max(now, queue[0][0])
            while queue and queue[0][0] <= now:
                person = queue.pop(0)
                heapq.heappush(waiting, (person[3] == "ordinary", person))
            person = heapq.heappop(waiting)[1]
            gone = person[0] + patience[person]
            if gone < now < 1020:
                rows.append((person, None, None, gone, f"{role} {window}"))
                heapq.heappush(free, (now, window))
                continue
            dead = rng.random() < 0.04
            end = now + 0.5 if dead else now + person[4]
            rows.append((person, now, end, None, f"{role} {window}", dead))
            heapq.heappush(free, (end, window))
    return [_ticket(day, number, *row) for number, row in enumerate(sorted(rows, key=lambda row: row[0][0]), 1)]


def _ticket(day, number, person, called, ended, gone, window, dead=False):
    def clock(minutes):
        if minutes is None:
            return ""
        seconds = round(60 * minutes)
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"

    outcome = "abandoned" if called is None else "no show" if dead else "served"
    return (
        day.isoformat(), str(number), clock(person[0]), clock(called), clock(ended), clock(gone), outcome,
        person[1], person[3], person[2], window if called is not None else "",
    )  # fmt: skip


@pytest.fixture(scope="session")
def bank_log(tmp_path_factory):
    """A ticket log of 20 working days of a small bank: two window roles, two tiers, three transactions."""
    rng, first = np.random.default_rng(5), date(2026, 3, 2)
    days = [first + timedelta(n) for n in range(26) if (first + timedelta(n)).weekday() < 5]
    path = tmp_path_factory.mktemp("log") / "bank.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["date", "number", "arrival", "called", "ended", "left_at", "outcome", "transaction", "tier",
                      "channel", "window"])  # fmt: skip
        for day in days:
            out.writerows(bank_day(rng, day))
    return path
