"""Compiled kernels do not check indices: the chains on grids, interpreted, must not leave their arrays."""

import os
import subprocess
import sys

CASES = """
import numpy as np
from optimizer.queues.transient.breakdowns import breakdown_day
from optimizer.queues.transient.priority import priority_day
from optimizer.queues.transient.service_rules import service_rules_day

rng = np.random.default_rng(12)
for most, limits in ((0, ()), (3, (0.7, 2.5))):
    servers, rates = rng.integers(0, most + 1, 3), rng.uniform(0, 0.05, (2, 3))
    priority_day(rates, servers, 0.2, (0.0, 0.05), period=1.0, limits=limits)
    service_rules_day(rates[0], servers, (0.3, 0.1), (0.9, 0.2), 0.05, period=1.0, limits=limits)
    breakdown_day(rates[0], most + 1, 0.2, 0.05, failure_rate=0.1, repair_rate=0.2, period=1.0, limits=limits)
service_rules_day([0.1, 0.9], [4, 0], (0.3, 0.1), (1.0,), period=2.0)
breakdown_day([0.9], 2, 0.2, failure_rate=0.1, repair_rate=0.2, period=2.0, limits=(1.0,), capacity=2)
print("inside")
"""


def test_kernels_on_grids_stay_inside_their_arrays():
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", CASES],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert run.stdout.strip() == "inside", run.stderr[-2000:]
