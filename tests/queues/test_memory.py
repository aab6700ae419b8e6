"""Compiled kernels do not check indices: the same code, interpreted, must not leave its arrays."""

import os
import subprocess
import sys

import pytest

DAYS = """
import numpy as np
from optimizer.queues import MonotoneQueue, cheapest_path, pair_tables, transient_day

rng = np.random.default_rng(11)
for most in (1, 4, 14):
    for limits in ((), (3.0, 12.0)):
        servers = rng.integers(0, most + 1, 3)
        rates = rng.uniform(0, 0.4, 3)
        for eta in (0.0, 0.05):
            transient_day(rates, servers, 0.2, eta, period=5.0, limits=limits)
            transient_day(rates, servers, 0.2, eta, period=5.0, limits=limits, joining=(0.9, 0.5))
            for seen in (-1, 1):
                queue = MonotoneQueue(0.1 * rates[None], np.ones(1), 0.2, eta, 5.0, limits, (1.0, 0.9, 0.5), seen)
                pair_tables(queue, np.minimum(servers, 5))
pair_tables(MonotoneQueue(np.array([[0.001, 0.002]]), np.ones(1), 0.2, 0.0, 5.0, (3.0,)), np.array([14, 14]), 1)
transient_day(np.array([0.2, 2.0]), np.array([9, 3]), 0.05, 0.0, period=10.0)
queue = MonotoneQueue(np.array([[0.1, 0.3, 0.2], [0.1, 0.2, 0.1]]), np.ones(2) / 2, 0.2, 0.0, 3.0, (1.0,))
edges = np.zeros((3, 3, 3)) + np.arange(3)
for relaxed in (True, False):
    given = {"edges": edges, "waiting": np.zeros((3, 3, 3)), "waiting_cost": 1.0, "relaxed": relaxed}
    cheapest_path(queue, np.array([2, 1, 2]), **given, least=np.full((1, 3), 0.1), ceiling=9.0)
"""

GRIDS = """
import numpy as np
from optimizer.queues import breakdown_day, priority_day, service_rules_day

rng = np.random.default_rng(12)
for most, limits in ((0, ()), (3, (0.7, 2.5))):
    servers, rates = rng.integers(0, most + 1, 3), rng.uniform(0, 0.05, (2, 3))
    priority_day(rates, servers, 0.2, (0.0, 0.05), period=1.0, limits=limits)
    service_rules_day(rates[0], servers, (0.3, 0.1), (0.9, 0.2), 0.05, period=1.0, limits=limits)
    breakdown_day(rates[0], most + 1, 0.2, 0.05, failure_rate=0.1, repair_rate=0.2, period=1.0, limits=limits)
service_rules_day([0.1, 0.9], [4, 0], (0.3, 0.1), (1.0,), period=2.0)
breakdown_day([0.9], 2, 0.2, failure_rate=0.1, repair_rate=0.2, period=2.0, limits=(1.0,), capacity=2)
"""

STATIONARY = """
from itertools import product
from optimizer.queues import balking_queue, erlang_a, erlang_b, erlang_c, service_rules_shortcut, threshold_diversion

erlang_b([0, 1, 30], 4.0)
for servers, load, eta in product((0, 1, 40), (0.01, 0.99, 3.0), (0.0, 0.05, 50.0)):
    rate = load * max(servers, 1)
    queues = [erlang_c(servers, rate, 1.0, capacity=k) for k in (None, 0, servers, servers + 300)]
    if eta > 0:
        queues += [erlang_a(servers, rate, 1.0, eta, capacity=k) for k in (None, 1, servers + 3)]
    queues += [balking_queue(servers, rate, 1.0, shares, eta) for shares in ([1.0, 0.5], [0.2, 1.0, 0.0])]
    queues.append(threshold_diversion(servers, rate, 1.0, 3, eta, compliance=0.5))
    service_rules_shortcut(servers, rate, (1.0, 0.5), [0.0, 0.5, 1.0], eta)
    for queue, limit in product(queues, (0.0, 1e-6, 0.7, 1e6)):
        queue.wait_exceeds(limit)
        queue.service_level(limit)
"""


@pytest.mark.parametrize("cases", [DAYS, GRIDS, STATIONARY], ids=["days", "grids", "stationary"])
def test_kernels_stay_inside_their_arrays(cases):
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{cases}\nprint('inside')"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert run.stdout.strip() == "inside", run.stderr[-2000:]
