"""Time of one channel for one day, compiled and warm, beside a dense matrix exponential of the same chain.

The day is that of tests/reference/transient.json in quarter-hours: 36 periods, 4 to 7 servers, 26 to 66 customers per
hour, six minutes of service, a quarter of an hour of patience. The dense chain has the states (in service, waiting)
up to 60 waiting. Run it with ``python benchmarks/transient.py``.
"""

import json
import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np
from scipy.linalg import expm

from optimizer.queues import transient_day

REFERENCE = Path(__file__).parent.parent / "tests" / "reference" / "transient.json"
TARGET = 0.5
"""Of a day without limits [ms]."""
LIMIT = 10.0
"""Of the wait [minutes]."""
ROOM = 60
PERIOD = 15.0


def channel() -> tuple[np.ndarray, np.ndarray, float, float]:
    """Arrival rates and servers by quarter-hour, service rate, abandonment rate; per minute."""
    given = json.loads(REFERENCE.read_text(encoding="utf-8"))
    rates, servers = np.repeat(given["lam"], 2) / 60, np.repeat(given["s"], 2)
    return rates, servers, given["mu"] / 60, given["theta"] / 60


def generator(servers: int, most: int, arrival: float, service: float, abandonment: float) -> np.ndarray:
    """Rates between all states (b in service, w waiting), w fastest; those with free servers and a queue are idle."""
    width = ROOM + 1
    q = np.zeros(((most + 1) * width, (most + 1) * width))
    for b in range(most + 1):
        for w in range(width if b >= servers else 1):
            here = b * width + w
            if b < servers:
                q[here, here + width] += arrival
            elif w < ROOM:
                q[here, here + 1] += arrival
            if b > 0:
                q[here, here - 1 if w > 0 and b - 1 < servers else here - width] += b * service
            if w > 0:
                q[here, here - 1] += w * abandonment
    q[np.diag_indices_from(q)] = -q.sum(axis=1)
    return q


def change(mass: np.ndarray, servers: int) -> np.ndarray:
    """The distribution after a change of servers; axes in service, waiting."""
    result = np.zeros_like(mass)
    for b in range(mass.shape[0]):
        for w in range(mass.shape[1]):
            called = min(w, max(0, servers - b))
            result[b + called, w - called] += mass[b, w]
    return result


def dense_day(rates: np.ndarray, servers: np.ndarray, service: float, abandonment: float) -> np.ndarray:
    """Customer-minutes of waiting by period, by scipy's matrix exponential."""
    most = int(servers.max())
    size = (most + 1) * (ROOM + 1)
    mass = np.zeros((most + 1, ROOM + 1))
    mass[0, 0] = 1.0
    waiting = np.zeros(len(rates))
    rows = np.zeros((size + 1, size + 1))
    rows[:size, size] = np.tile(np.arange(ROOM + 1), most + 1)
    for t in range(len(rates)):
        rows[:size, :size] = generator(int(servers[t]), most, rates[t], service, abandonment)
        end = np.append(change(mass, int(servers[t])).ravel(), 0.0) @ expm(rows * PERIOD)
        mass, waiting[t] = end[:size].reshape(mass.shape), end[size]
    return waiting


def milliseconds(task: Callable[[], object], runs: int) -> float:
    """Median of many runs [ms]."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        task()
        times.append(1000 * (time.perf_counter() - start))
    return median(times)


def machine() -> str:
    """Processor, cores, operating system and versions."""
    name = platform.processor() or platform.machine()
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        names = [
            line.partition(":")[2].strip() for line in cpu.read_text().splitlines() if line.startswith("model name")
        ]
        name = names[0] if names else name
    libraries = ", ".join(f"{library} {version(library)}" for library in ("numpy", "scipy", "numba"))
    return f"{name}, {os.cpu_count()} cores, {platform.system()}\nPython {platform.python_version()}, {libraries}"


def main() -> None:
    """Print the table."""
    rates, servers, service, abandonment = channel()

    def day(limits: tuple[float, ...] = ()) -> np.ndarray:
        return transient_day(rates, servers, service, abandonment, period=PERIOD, limits=limits).waiting

    start = time.perf_counter()
    day((LIMIT,))
    first = time.perf_counter() - start
    plain, tail = milliseconds(day, 1000), milliseconds(lambda: day((LIMIT,)), 200)
    dense = milliseconds(lambda: dense_day(rates, servers, service, abandonment), 1)
    difference = abs(dense_day(rates, servers, service, abandonment) - day()).max()
    print(machine())
    print(f"{len(rates)} periods of {PERIOD:g} minutes, first call {first:.1f} s (compiled, or read from the cache)\n")
    print(f"{'':36}{'ms a day':>10}{'ratio':>10}")
    for name, value in (
        ("without limits", plain),
        (f"with one limit ({LIMIT:g} minutes)", tail),
        (f"scipy expm, {(servers.max() + 1) * (ROOM + 1)} states, no limits", dense),
    ):
        print(f"{name:36}{value:10.3f}{value / plain:10.1f}")
    print(f"\ntarget without limits: {TARGET} ms: {'met' if plain <= TARGET else 'missed'}")
    print(f"greatest difference in waiting: {difference:.1e} customer-minutes")


if __name__ == "__main__":
    main()
