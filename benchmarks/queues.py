"""Evaluations per second of every model of ``optimizer.queues``, beside other packages where they have the model.

Programs that answer the same question run in the same process, in turn (A B A B), warm, with one thread for linear
algebra; the figure is the median of the turns. The others are optional: ``pip install pyworkforce most-queue
call-center-tools``. What is not installed is left out, and said. Run it with ``python -m benchmarks.queues``.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any

import numpy as np

from benchmarks.baseline import CASES
from benchmarks.threads import one_thread
from benchmarks.transient import machine
from optimizer import queues as q
from optimizer.queues.transient.tandem import Stage, tandem_day

OTHERS = ("pyworkforce", "most-queue", "call-center-tools")
TURN = 0.2
"""Least time of a turn [s]."""
TURNS = 7
SLOW = 1.0
"""Time of one call from which three turns are enough [s]."""
Answer = Callable[[], Any]


@dataclass(frozen=True)
class Question:
    """What is asked, and how each program answers."""

    text: str
    ours: Answer
    others: dict[str, Answer] = field(default_factory=dict)


def workforce(name: str, *given: float) -> Any:
    """A queue of pyworkforce."""
    return getattr(import_module("pyworkforce.queuing"), name)(*given)


def most(module: str, name: str, arrivals: Any, services: Any, *given: Any) -> Any:
    """A solved queue of most-queue."""
    queue = getattr(import_module(f"most_queue.theory.{module}"), name)(*given)
    queue.set_sources(arrivals)
    queue.set_servers(services)
    return queue.run()


def centre(name: str, *given: Any, **more: Any) -> Any:
    """A function of call-center-tools."""
    return getattr(import_module(f"call_center_tools.{'erlang' if 'erlang' in name else 'staffing'}"), name)(
        *given, **more
    )


def exponential(mean: float) -> list[float]:
    """Raw moments."""
    return [math.factorial(k) * mean**k for k in (1, 2, 3, 4)]


def balanced(mean: float, scv: float) -> list[float]:
    """Raw moments of the balanced hyperexponential time."""
    time = q.hyperexponential(mean, scv)
    phases = list(zip(time.initial, time.ends.tolist(), strict=True))
    return [math.factorial(k) * sum(p / rate**k for p, rate in phases) for k in (1, 2, 3, 4)]


def queue_of(result: Any, servers: int) -> float:
    """Mean number waiting, from the probabilities of the number in system."""
    return sum((n - servers) * p for n, p in enumerate(result.p) if n > servers)


def long_run() -> list[Question]:
    """Models in the long run."""
    small, huge, deep = (3, 43 / 60, 1 / 2.6), (1000, 950.0, 1.0), (140, 25.0, 1 / 6, 1 / 45)
    two, unequal = ([0.25, 0.5], [1 / 6, 1 / 6]), ([1.0, 0.8], [1.2, 0.8])
    h2 = q.hyperexponential(1.0, 2.0)
    return [
        Question("Erlang B, 100 servers, load 90", lambda: q.erlang_b(100, 90.0), {
            "most-queue": lambda: import_module("most_queue.theory.fifo.erlang").erlang_b_formula(90.0, 100),
            "call-center-tools": lambda: centre("erlang_b", 90.0, 100),
        }),
        Question("Erlang C, 3 servers, load 1.86: served within 5 min", lambda: q.erlang_c(*small).service_level(5.0), {
            "pyworkforce": lambda: workforce("ErlangC", 43, 2.6, 5.0, 60).service_level(3),
            "call-center-tools": lambda: centre("calc_staffing", 43, 156, agents=3, target_answer_time=300)
            .service_level,
        }),
        Question("the same: mean wait", lambda: q.erlang_c(*small).mean_wait, {
            "most-queue": lambda: most("fifo.erlang", "ErlangCCalc", 43 / 60, 1 / 2.6, 3).w[0],
            "call-center-tools": lambda: centre("calc_staffing", 43, 156, agents=3).average_speed_of_answer / 60,
        }),
        Question("Erlang C, 1,000 servers, load 950: within .1", lambda: q.erlang_c(*huge).service_level(0.1), {
            "pyworkforce": lambda: workforce("ErlangC", 950, 1, 0.1, 1).service_level(1000),
            "call-center-tools": lambda: centre("calc_staffing", 3600 * 950, 1, agents=1000, target_answer_time=0.1)
            .service_level,
        }),
        Question("Erlang A, 12 servers, load 10, patience 5 min: within 20 s",
                 lambda: q.erlang_a(12, 100 / 30, 1 / 3, 1 / 5).service_level(1 / 3), {
            "pyworkforce": lambda: workforce("ErlangA", 100, 3, 20 / 60, 30, 5).service_level(12),
        }),
        Question("Erlang A, 140 servers, load 150, patience 45 min: within 30 min",
                 lambda: q.erlang_a(*deep).service_level(30.0), {
            "pyworkforce": lambda: workforce("ErlangA", 1500, 6, 30, 60, 45).service_level(140),
        }),
        Question("the same: share who give up", lambda: q.erlang_a(*deep).abandonment, {
            "pyworkforce": lambda: workforce("ErlangA", 1500, 6, 30, 60, 45).abandonment_probability(140),
            "most-queue": lambda: most("impatience.mmn", "MMnImpatienceCalc", 25.0, 1 / 6, 140, 1 / 45).w[0] / 45,
        }),
        Question("least servers, 20 an hour, 2 min: 80 % within 10 min",
                 lambda: q.least_servers(q.erlang_c, "service_level", 0.8, within=10.0, arrival_rate=1 / 3,
                                         service_rate=0.5), {
            "pyworkforce": lambda: workforce("ErlangC", 20, 2, 10, 60).required_positions(0.8)["positions"],
            "call-center-tools": lambda: centre("calc_staffing", 20, 120, max_occupancy=1.0, target_answer_time=600)
            .agents,
        }),
        Question("least servers, 1,500 an hour, 6 min: 80 % within 20 s",
                 lambda: q.least_servers(q.erlang_c, "service_level", 0.8, within=1 / 3, arrival_rate=25.0,
                                         service_rate=1 / 6), {
            "pyworkforce": lambda: workforce("ErlangC", 1500, 6, 1 / 3, 60).required_positions(0.8)["positions"],
            "call-center-tools": lambda: centre("calc_staffing", 1500, 360, max_occupancy=1.0, target_answer_time=20)
            .agents,
        }),
        Question("M/M/3/5, load 1.87: blocked", lambda: q.erlang_c(3, 42.99, 23.0, capacity=5).blocking, {
            "most-queue": lambda: most("fifo.mmnr", "MMnrCalc", 42.99, 23.0, 3, 2).p[5],
        }),
        Question("M/D/5, ρ = .8: mean wait", lambda: q.deterministic_service(5, 4.0, 1.0).mean_wait, {
            "most-queue": lambda: queue_of(most("fifo.m_d_n", "MDn", 4.0, 1.0, 5), 5) / 4.0,
        }),
        Question("M/H2/5, scv 2, ρ = .8: mean wait, exact", lambda: q.phase_type_service(5, 4.0, h2).mean_wait, {
            "most-queue": lambda: most("fifo.mgn_takahasi", "MGnCalc", 4.0, balanced(1.0, 2.0), 5).w[0],
        }),
        Question("the same by two moments", lambda: q.general_service(5, 4.0, 1.0, 2.0).mean_wait),
        Question("M/G/5+M, scv 2, patience of 8 services, by two moments: mean wait",
                 lambda: q.general_service(5, 4.0, 1.0, 2.0, 1.0, 1 / 8).mean_wait),
        Question("priority, 5 servers, one service rate: mean waits",
                 lambda: [tier.mean_wait for tier in q.priority_queue(5, *two).tiers], {
            "most-queue": lambda: [w[0] for w in most("priority.mgn_invar_approx", "MGnInvarApproximation", two[0],
                                                      [exponential(6.0)] * 2, 5, "NP").w],
        }),
        Question("the same: P(W > 10 min) of both tiers",
                 lambda: [tier.wait_exceeds(10.0) for tier in q.priority_queue(5, *two).tiers]),
        Question("priority, 200 servers, ρ = .95: P(W > 1) of both tiers",
                 lambda: [tier.wait_exceeds(1.0) for tier in q.priority_queue(200, [60.0, 130.0], 1.0).tiers]),
        Question("priority, 3 servers, two service rates: mean waits",
                 lambda: [tier.mean_wait for tier in q.priority_queue(3, *unequal).tiers], {
            "most-queue": lambda: [w[0] for w in most("priority.mgn_invar_approx", "MGnInvarApproximation", unequal[0],
                                                      [exponential(1 / 1.2), exponential(1 / 0.8)], 3, "NP").w],
        }),
        Question("head start of 10 min, 5 servers: mean waits",
                 lambda: [t.mean_wait for t in q.head_start_priority(5, two[0], 1 / 6, 10.0).tiers]),
        Question("accumulating priority, 5 servers: mean waits",
                 lambda: [t.mean_wait for t in q.accumulating_priority(5, two[0], 1 / 6, [2.0, 1.0]).tiers]),
        Question("diversion at 5 waiting, 10 servers, ρ = 1: diverted",
                 lambda: q.threshold_diversion(10, 10.0, 1.0, 5).blocking),
        Question("form at the window below 3 waiting, 10 servers: mean wait",
                 lambda: q.service_rules_queue(10, 8.5, (1.0, 0.7), [1.0, 1.0, 1.0, 0.0]).mean_wait),
        Question("breakdowns, 10 servers, ρ = .8: mean wait",
                 lambda: q.breakdown_queue(10, 8.0, 1.0, 0.01, 0.2).mean_wait),
        Question("dead numbers, 3 windows, patience: mean wait",
                 lambda: q.ticket_queue(3, q.Work(0.7, 3.5, 1.0), 0.3, 0.5, 0.05).mean_wait),
        Question("overflow of 10 servers, load 8, to 3 more: lost",
                 lambda: q.equivalent_random_blocking(3, q.overflow_traffic(10, 8.0))),
        Question("three stages, scv .5: mean waits",
                 lambda: [s.mean_wait for s in q.tandem([1, 2, 3], 0.8, [1.0, 0.5, 0.3], [0.5] * 3)]),
    ]  # fmt: skip


def days() -> list[Question]:
    """A day of 16 half-hours, 2 to 12 servers: lunch and afternoon peaks, 5 minutes of service."""
    case = CASES[0]
    rates, servers = np.array(case.arrivals) / 30.0, [
        q.least_servers(q.erlang_c, "service_level", 0.8, within=5.0, arrival_rate=n / 30, service_rate=0.2)
        for n in case.arrivals
    ]  # fmt: skip
    length, mu, eta = {"period": 30.0}, 0.2, 1 / 15
    level: dict[str, Any] = {**length, "limits": [5.0]}
    share = (1.0, 1.0, 1.0, 0.0)

    def total(day: Any) -> float:
        return float(day.waiting.sum())

    factors, weights = q.busy_day_factor(0.05, 16)
    return [
        Question("`transient_day`", lambda: total(q.transient_day(rates, servers, mu, eta, **length))),
        Question("`transient_day`, one limit", lambda: total(q.transient_day(rates, servers, mu, eta, **level))),
        Question("`transient_day`, nobody gives up", lambda: total(q.transient_day(rates, servers, mu, **length))),
        Question("`priority_day`, one customer in five a VIP",
                 lambda: total(q.priority_day([0.2 * rates, 0.8 * rates], servers, mu, (eta, eta), **length))),
        Question("`priority_day`, one limit",
                 lambda: total(q.priority_day([0.2 * rates, 0.8 * rates], servers, mu, (eta, eta), **level))),
        Question("`service_rules_day`, long below 3 waiting",
                 lambda: total(q.service_rules_day(rates, servers, (mu, 0.15), share, eta, **length))),
        Question("`service_rules_day`, one limit",
                 lambda: total(q.service_rules_day(rates, servers, (mu, 0.15), share, eta, **level))),
        Question("`breakdown_day`, 12 machines", lambda: total(q.breakdown_day(
            rates, 12, mu, eta, failure_rate=0.002, repair_rate=0.05, **length))),
        Question("`breakdown_day`, one limit", lambda: total(q.breakdown_day(
            rates, 12, mu, eta, failure_rate=0.002, repair_rate=0.05, **level))),
        Question("`tandem_day`, a greeter of half a minute first", lambda: total(tandem_day(
            rates, [Stage([1] * 16, 2.0), Stage(servers, mu, eta)], **length)[1])),
        Question("16 days of `busy_day_factor`, `expected_day`", lambda: total(q.expected_day(
            [q.transient_day(z * rates, servers, mu, eta, **length) for z in factors], weights))),
        *(
            Question(f"`{model.__name__}`, one limit", lambda model=model, given=given: float(
                model(rates, servers, mu, *given, **(level if model is not q.sipp else {"limits": [5.0]}))
                .mean_queue.sum() * 30))
            for model, given in ((q.sipp, (eta,)), (q.lagged_sipp, (eta,)), (q.modified_offered_load, (eta,)),
                                 (q.stationary_backlog_carryover, ()))
        ),
    ]  # fmt: skip


def measure(answers: dict[str, Answer]) -> dict[str, tuple[Any, float]]:
    """Value and evaluations per second of each program, which take turns; a failure is its own value."""
    values, calls, times = {}, {}, {}
    for name, answer in answers.items():
        try:
            values[name] = answer()
        except Exception as failure:  # whatever another program fails with is its answer
            values[name] = type(failure).__name__
            continue
        start = time.perf_counter()
        answer()
        once = time.perf_counter() - start
        calls[name], times[name] = max(1, math.ceil(TURN / max(once, 1e-7))), []
    slowest = max(TURN, *(TURN / count for count in calls.values())) if calls else 0.0
    for _ in range(3 if slowest > SLOW else TURNS):
        for name, count in calls.items():
            start = time.perf_counter()
            for _ in range(count):
                answers[name]()
            times[name].append((time.perf_counter() - start) / count)
    return {name: (value, 1 / median(times[name]) if name in times else math.nan) for name, value in values.items()}


def cell(found: tuple[Any, float] | None) -> str:
    """Value and evaluations per second."""
    if found is None:
        return ""
    value, speed = found
    if isinstance(value, str):
        return value
    shown = ", ".join(f"{x:.6g}" for x in (value if isinstance(value, list) else [value]))
    return f"{shown} ({speed:,.0f}/s)" if speed >= 9.5 else f"{shown} ({speed:.2g}/s)"


def installed() -> dict[str, str]:
    """Versions of the other packages that are there."""
    found = {}
    for name in OTHERS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            print(f"{name} is not installed: pip install {name}")
    return found


def main() -> None:
    """Print the tables."""
    one_thread()
    there = installed()
    print(f"{machine()}, one thread\n{', '.join(f'{name} {number}' for name, number in there.items())}\n")
    columns = ["optimizer.queues", *there]
    print(f"| question | {' | '.join(columns)} |\n|{' --- |' * (len(columns) + 1)}")
    for question in long_run():
        answers = {"optimizer.queues": question.ours}
        found = measure(answers | {name: how for name, how in question.others.items() if name in there})
        print(f"| {question.text} | {' | '.join(cell(found.get(name)) for name in columns)} |", flush=True)
    print("\n| a day of 16 half-hours | waiting, customer-minutes | days per second |\n| --- | --- | --- |")
    for question in days():
        value, speed = measure({"": question.ours})[""]
        print(f"| {question.text} | {value:.4g} | {speed:{'.2g' if speed < 9.5 else ',.0f'}} |", flush=True)


if __name__ == "__main__":
    main()
