"""Logs of halls that are served in turn, made by plain queues, and what may be done to them."""

import heapq

import numpy as np
import pytest

from optimizer.calibration.log import log_of

OPEN, CLOSE = 540.0, 1020.0


def _levels(rng, most):
    """Servers by half hour, at least 1."""
    if rng.random() < 0.4:
        return np.full(16, most)
    return np.clip(most - rng.integers(0, max(1, most // 2) + 1, 16), 1, None)


def _day(rng, hall):
    """One day as rows of arrival, called, started, ended, left_at, outcome, tier, window."""
    n = rng.poisson(hall["a_day"] * rng.gamma(hall["steady"]) / hall["steady"])
    shape = hall["profile"]
    slot = rng.choice(16, size=n, p=shape / shape.sum())
    arrivals = np.sort(OPEN + 30 * (slot + rng.random(n)))
    tiers = (rng.random(n) < hall["vip"]).astype(int)
    patience = rng.exponential(hall["patience"], n) if hall["patience"] else np.full(n, np.inf)
    absent = rng.random(n) < hall["no_show"]
    deviation = np.sqrt(np.log1p(hall["scv"]))
    service = hall["service"] * np.exp(deviation * rng.standard_normal(n) - deviation**2 / 2)
    gap = hall["gap"] * rng.random(n)
    servers = _levels(rng, hall["windows"])
    events = [(moment, 1, i, -1) for i, moment in enumerate(arrivals)]
    events += [(OPEN + 30 * k, 0, -1, -1) for k in range(16)]
    heapq.heapify(events)
    queues, free, busy, rows = ([], []), list(range(hall["windows"])), 0, [None] * n
    while events:
        now, what, i, window = heapq.heappop(events)
        if what == 1:
            heapq.heappush(queues[tiers[i]], i)
        elif what == 2:
            busy -= 1
            heapq.heappush(free, window)
        level = servers[min(15, int((now - OPEN) // 30))]
        while busy < level and (queues[1] or queues[0]):
            j = heapq.heappop(queues[1] or queues[0])
            tier = "vip" if tiers[j] else "ordinary"
            if arrivals[j] + patience[j] < now < CLOSE:
                gone = arrivals[j] + patience[j]
                rows[j] = (arrivals[j], np.nan, np.nan, np.nan, gone, "abandoned", tier, None)
                continue
            own = heapq.heappop(free)
            busy += 1
            if absent[j]:
                rows[j] = (arrivals[j], now, np.nan, np.nan, np.nan, "no_show", tier, f"w{own}")
                heapq.heappush(events, (now + 0.5, 2, j, own))
            else:
                rows[j] = (arrivals[j], now, now, now + service[j], np.nan, "served", tier, f"w{own}")
                heapq.heappush(events, (now + service[j] + gap[j], 2, j, own))
    return rows


def _hall(rng):
    tickets = 50 * 100 ** rng.random()
    days = int(rng.integers(1, 11))
    windows = int(rng.integers(1, 9))
    a_day = max(tickets / days, 10.0)
    load = rng.uniform(0.4, 1.3)
    return {
        "days": days,
        "windows": windows,
        "a_day": a_day,
        "service": float(np.clip(load * windows * 480 / a_day, 0.7, 15)),
        "scv": rng.uniform(0.2, 1.5),
        "steady": rng.choice([20.0, 1000.0]),
        "profile": rng.uniform(0.5, 1.5, 16) if rng.random() < 0.7 else np.ones(16),
        "vip": rng.choice([0.0, 0.1, 0.3]),
        "patience": rng.choice([0.0, 15.0, 40.0]),
        "no_show": rng.choice([0.0, 0.05, 0.1]),
        "gap": rng.choice([0.0, 0.5, 1.0]),
        "grid": rng.choice([1 / 60, 1.0]),
        "named": rng.random() < 0.5,
    }


@pytest.fixture(scope="session")
def honest():
    """A function that makes the columns of an honest log; parts of the hall may be given."""

    def honest(seed, **given):
        rng = np.random.default_rng(seed)
        hall = _hall(rng) | given
        columns = {name: [] for name in ("arrival", "called", "started", "ended", "left_at")}
        columns |= {name: [] for name in ("day", "number", "outcome", "tier", "window_name")}
        for day in range(hall["days"]):
            rows = [row for row in _day(rng, hall) if row]
            moments = np.array([row[:5] for row in rows], float).reshape(-1, 5)
            moments = np.floor(moments / hall["grid"] + 1e-9) * hall["grid"]
            for k, name in enumerate(("arrival", "called", "started", "ended", "left_at")):
                columns[name].extend(moments[:, k])
            columns["outcome"].extend(row[5] for row in rows)
            columns["tier"].extend(row[6] for row in rows)
            columns["window_name"].extend(row[7] or "" for row in rows)
            columns["number"].extend(range(1, len(rows) + 1))
            columns["day"].extend([str(np.datetime64("2026-01-05") + day)] * len(rows))
        if not hall["named"]:
            del columns["window_name"]
        return {name: np.array(column) for name, column in columns.items()}

    return honest


@pytest.fixture(scope="session")
def with_waits():
    """A function that gives those who were called other waits; services keep their length."""

    def with_waits(columns, waits):
        changed = {name: column.copy() for name, column in columns.items()}
        called = np.isfinite(columns["called"])
        call = np.where(called, columns["arrival"] + waits, np.nan)
        changed["ended"] = np.where(np.isfinite(columns["ended"]), call + columns["ended"] - columns["started"], np.nan)
        changed["started"] = np.where(np.isfinite(columns["started"]), call, np.nan)
        changed["called"] = call
        changed.pop("window_name", None)
        return changed

    return with_waits


@pytest.fixture(scope="session")
def log():
    """A function that makes a log of columns; the names of windows that are empty are not known."""

    def log(columns):
        made = log_of(columns)
        made.connection.execute("UPDATE tickets SET window_name = NULL WHERE window_name = ''")
        return made

    return log
