"""Customers per second of the simulation on one core, beside Ciw and SimPy, and its memory.

The three follow the same day: three classes by rank, servers who change by the half-hour and finish the customer at
hand, lognormal service, exponential patience. They run in one process, in turn (A B C A B C A B C), warm, and processor
time is counted; the figure is the best of three. The mean waits by class must agree. Run it with
``python -m benchmarks.simulation``, after ``pip install ciw simpy``; what is not installed is left out, and said.

Each program counts what its users see: ours all measures of every class by period with their moments, Ciw its records
of customers, from which the waits are summed, SimPy the sums that the model adds up itself.
"""

import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from itertools import accumulate
from math import inf, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.threads import one_thread
from benchmarks.transient import machine
from optimizer.problem import Branch, Policy, read_branch, read_today
from optimizer.simulation import (
    CustomerClass,
    Distribution,
    Hall,
    Replications,
    Station,
    Visit,
    simulate,
    simulate_hall,
)

LARGE_BRANCH = Path(__file__).parent.parent / "instances" / "large-branch"
BRANCH_DAYS = 2_000
"""Of each kind of day, in one turn."""
SEED = 20261126
TURNS = 3
OUR_DAYS, THEIR_DAYS = 5_000, 300
"""Of one turn: about half a second of ours, some seconds of the others."""
MEMORY_DAYS = (1_000, 100_000)
AGREE = 3.0
"""Standard errors within which all differences are where there are none, but for one time in 60 (six differences)."""

PERIOD = 30.0
RATES = (0.8, 1.1, 1.2, 0.9, 0.7, 0.6, 0.9, 1.1, 1.2, 1.0, 0.8, 0.7, 0.8, 0.9, 0.7, 0.5, 0.0, 0.0)
"""Arrivals of all [per minute]; the door stays open after the last until all have gone."""
SERVERS = (4, 5, 6, 5, 3, 3, 4, 6, 6, 5, 4, 4, 4, 5, 4, 3, 3, 3)
SHARES = {"gold": 0.1, "vip": 0.3, "ordinary": 0.6}
SERVICE = Distribution.lognormal(5.0, 0.6)
PATIENCE = 15.0
LATER = 10_000.0
"""When everybody has gone for certain [minutes]."""


@dataclass(frozen=True)
class Turn:
    """What one program says after one turn; axis class."""

    seconds: float
    customers: float
    waits: np.ndarray
    errors: np.ndarray


def hall() -> Hall:
    """The day for our simulation."""
    steps = tuple((PERIOD * t, n) for t, n in enumerate(SERVERS))
    classes = tuple(
        CustomerClass(
            name, tuple(share * rate for rate in RATES), ("windows",),
            {"windows": Visit(SERVICE, rank=-rank, patience=Distribution.exponential(PATIENCE))},
        )
        for rank, (name, share) in enumerate(SHARES.items())
    )  # fmt: skip
    return Hall(PERIOD, (Station("windows", steps, limits=(5.0,)),), classes)


def ours(turn: int) -> Turn:
    """Our days, on one core, with all the measures."""
    days = Replications(OUR_DAYS, SEED + turn, workers=1)
    start = time.process_time()
    estimate = simulate_hall(hall(), days)
    seconds = time.process_time() - start
    classes = [estimate.measures("windows", of_class=name) for name in SHARES]
    return Turn(
        seconds,
        OUR_DAYS * sum(float(each.arrivals.value) for each in classes),
        np.array([float(each.mean_wait.value) for each in classes]),
        np.array([float(each.mean_wait.error) for each in classes]),
    )


def of_days(day: Callable[[int], tuple[list[int], list[float]]], turn: int) -> Turn:
    """Days that another program follows, each to customers and waits by class."""
    start = time.process_time()
    came, waits = map(np.array, zip(*(day(turn * THEIR_DAYS + index) for index in range(THEIR_DAYS)), strict=True))
    seconds = time.process_time() - start
    mean = waits.sum(axis=0) / came.sum(axis=0)
    spread = (waits - mean * came).std(axis=0, ddof=1) / sqrt(THEIR_DAYS)
    return Turn(seconds, float(came.sum()), mean, spread / came.mean(axis=0))


def ciw_turn() -> Callable[[int], Turn]:
    """Days of Ciw, whose servers follow our rule by a node class: by its own those of the next shift start beside."""
    ciw: Any = import_module("ciw")

    class FinishFirst(ciw.Node):  # type: ignore[misc]
        def change_shift(self) -> None:
            self.schedule.get_next_shift()
            self.next_shift_change = self.schedule.next_shift_change_date
            self.c = self.schedule.c
            for server in [each for each in self.servers if not each.busy][: max(0, len(self.servers) - self.c)]:
                self.kill_server(server)
            self.add_new_servers(max(0, self.c - len(self.servers)))
            self.begin_service_if_possible_change_shift()

        def detatch_server(self, server: Any, individual: Any) -> None:
            server.offduty = len(self.servers) > self.c
            super().detatch_server(server, individual)

    ends = [PERIOD * (t + 1) for t in range(len(RATES))]
    names = list(SHARES)

    def day(index: int) -> tuple[list[int], list[float]]:
        ciw.seed(SEED + index)
        network = ciw.create_network(
            arrival_distributions={
                name: [ciw.dists.PoissonIntervals([share * rate for rate in RATES], ends, ends[-1])]
                for name, share in SHARES.items()
            },
            service_distributions={name: [ciw.dists.Lognormal(*SERVICE.parameters)] for name in names},
            reneging_time_distributions={name: [ciw.dists.Exponential(1 / PATIENCE)] for name in names},
            priority_classes={name: rank for rank, name in enumerate(names)},
            number_of_servers=[ciw.Schedule(list(SERVERS), [*ends[:-1], LATER])],
        )
        simulation = ciw.Simulation(network, node_class=FinishFirst)
        simulation.simulate_until_max_time(LATER)
        came, waits = dict.fromkeys(names, 0), dict.fromkeys(names, 0.0)
        for record in simulation.get_all_records():
            came[record.customer_class] += 1
            waits[record.customer_class] += record.waiting_time
        return list(came.values()), list(waits.values())

    return lambda turn: of_days(day, turn)


def simpy_turn() -> Callable[[int], Turn]:
    """Days of SimPy.

    A ``PriorityResource`` has as many slots as there are servers at most; those not on duty are held by requests that
    go before all customers. So a slot whose server leaves is taken when the customer at hand is finished.
    """
    simpy: Any = import_module("simpy")
    most, limits = max(SERVERS), list(accumulate(SHARES.values()))[:-1]
    expovariate, lognormvariate, uniform = random.expovariate, random.lognormvariate, random.random
    log_mean, log_sd = SERVICE.parameters

    def customer(env: Any, windows: Any, rank: int, waits: list[float]) -> Generator[Any, Any, None]:
        joined, request = env.now, windows.request(priority=rank)
        if not request.triggered:
            yield request | env.timeout(expovariate(1 / PATIENCE))
            waits[rank] += env.now - joined
            if not request.triggered:
                request.cancel()
                return
        yield env.timeout(lognormvariate(log_mean, log_sd))
        windows.release(request)

    def arrivals(env: Any, windows: Any, came: list[int], waits: list[float]) -> Generator[Any, Any, None]:
        for t, rate in enumerate(RATES):
            moment, end = t * PERIOD, (t + 1) * PERIOD
            while True:
                moment += expovariate(rate) if rate else inf
                if moment >= end:
                    break
                yield env.timeout(moment - env.now)
                drawn = uniform()
                rank = sum(drawn >= limit for limit in limits)
                came[rank] += 1
                env.process(customer(env, windows, rank, waits))

    def staff(env: Any, windows: Any) -> Generator[Any, Any, None]:
        held: list[Any] = []
        for servers in SERVERS:
            while len(held) < most - servers:
                held.append(windows.request(priority=-1))
            while len(held) > most - servers:
                request = held.pop()
                if request.triggered:
                    windows.release(request)
                else:
                    request.cancel()
            yield env.timeout(PERIOD)

    def day(index: int) -> tuple[list[int], list[float]]:
        random.seed(SEED + index)
        env = simpy.Environment()
        windows = simpy.PriorityResource(env, most)
        came, waits = [0] * len(SHARES), [0.0] * len(SHARES)
        env.process(staff(env, windows))
        env.process(arrivals(env, windows, came, waits))
        env.run()
        return came, waits

    return lambda turn: of_days(day, turn)


def programs() -> dict[str, Callable[[int], Turn]]:
    """Ours, and the others that are there."""
    found = {"optimizer.simulation": ours}
    for name, make in (("ciw", ciw_turn), ("simpy", simpy_turn)):
        try:
            found[f"{name} {version(name)}"] = make()
        except PackageNotFoundError:
            print(f"{name} is not installed: pip install {name}")
    return found


def pooled(turns: list[Turn]) -> tuple[np.ndarray, np.ndarray]:
    """Mean waits over all turns and their standard errors."""
    return np.mean([turn.waits for turn in turns], axis=0), np.sqrt(sum(turn.errors**2 for turn in turns)) / len(turns)


def agreement(waits: dict[str, tuple[np.ndarray, np.ndarray]]) -> str:
    """Whether the others' mean waits are ours."""
    (our_wait, our_error), *others = waits.values()
    far = max(float((abs(wait - our_wait) / np.hypot(error, our_error)).max()) for wait, error in others)
    return f"Largest difference from ours: {far:.1f} standard errors: they {'agree' if far < AGREE else 'DISAGREE'}."


def speed() -> None:
    """Print customers per second and mean waits."""
    followed = programs()
    ours(0)
    turns: dict[str, list[Turn]] = {name: [] for name in followed}
    for index in range(TURNS):
        for name, turn in followed.items():
            turns[name].append(turn(index))
    waits = {name: pooled(each) for name, each in turns.items()}
    best = {name: max(turn.customers / turn.seconds for turn in each) for name, each in turns.items()}
    print(f"| program | customers/s | ours is faster | {' | '.join(f'{name}: mean wait, min' for name in SHARES)} |")
    print(f"|{' --- |' * (3 + len(SHARES))}")
    for name, rate in best.items():
        cells = [f"{wait:.3f} ± {1.96 * error:.3f}" for wait, error in zip(*waits[name], strict=True)]
        print(f"| {name} | {rate:,.0f} | {best['optimizer.simulation'] / rate:.0f} times | {' | '.join(cells)} |")
    if len(waits) > 1:
        print(f"\n{agreement(waits)}")


def everything_on() -> tuple[Branch, Policy]:
    """The branch ``large-branch`` and the policy in use today, with all that the simulation can do switched on."""
    branch, today = read_branch(LARGE_BRANCH), read_today(LARGE_BRANCH)
    if today is None:
        raise FileNotFoundError(f"{LARGE_BRANCH} holds no policy in use today")
    tiers = {n: t.replace(patience_distribution="lognormal", patience_scv=2.0) for n, t in branch.tiers.items()}
    machines = {n: m.replace(come_back=0.3) for n, m in branch.machines.items()}
    skills = {
        n: s.replace(shifts=s.shifts.replace(short_breaks=1, short_break_minutes=10.0))
        for n, s in branch.skills.items()
    }
    changed = branch.replace(tiers=tiers, channels=branch.channels | machines, skills=skills, head_start=20.0)
    thresholds = {name: max(d.thresholds) for name, d in branch.diversions.items()}
    return changed, today.replace(thresholds=thresholds, pitch_below=3, divert_from=1)


def whole_branch() -> None:
    """Print customers per second of a whole branch: those who come in at the door, all kinds of day alike."""
    branch, policy = everything_on()
    best = 0.0
    for turn in range(TURNS + 1):
        begun = time.process_time()
        simulate(branch, policy, Replications(BRANCH_DAYS if turn else 50, SEED, workers=1))
        seconds = time.process_time() - begun
        best = max(best, BRANCH_DAYS / seconds if turn else 0.0)
    a_day = sum(sum(v) for rows in branch.arrivals.values() for tiers in rows.values() for v in tiers.values())
    print(f"\n`large-branch` with everything switched on: {best * a_day:,.0f} customers/s")


def memory(days: int) -> None:
    """Print the most memory that this process has held after so many days [MB]."""
    simulate_hall(hall(), Replications(days, SEED, workers=1))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def peak(days: int) -> float:
    """Most memory of a process of its own [MB]."""
    command = [sys.executable, "-m", "benchmarks.simulation", str(days)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Print the tables, or in a child process the memory of so many days."""
    if len(sys.argv) > 1:
        memory(int(sys.argv[1]))
        return
    one_thread()
    print(f"{machine()}, one core; {sum(RATES) * PERIOD:.0f} customers a day\n")
    speed()
    whole_branch()
    print("\n| days | peak memory, MB |\n| --- | --- |")
    for days in MEMORY_DAYS:
        print(f"| {days:,} | {peak(days):.0f} |")


if __name__ == "__main__":
    main()
