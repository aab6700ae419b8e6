"""Compiled kernels do not check indices: the same code, interpreted, must not leave its arrays."""

import os
import subprocess
import sys

CASES = """
import numpy as np
from optimizer.queues import MonotoneQueue, pair_tables, transient_day

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
print("inside")
"""


def test_kernels_stay_inside_their_arrays():
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", CASES],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert run.stdout.strip() == "inside", run.stderr[-2000:]
