"""What planners do period by period, and the quadrature over busy days, against the exact day."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.stats import gamma

from benchmarks.accuracy.tables import Table, near, signed
from benchmarks.baseline import CASES, Case
from optimizer.queues import (
    PeriodByPeriod,
    TransientDay,
    busy_day_factor,
    erlang_c,
    expected_day,
    lagged_sipp,
    least_servers,
    modified_offered_load,
    sipp,
    stationary_backlog_carryover,
    transient_day,
)  # fmt: skip

PERIOD = 30.0
PLANS = (("lavish", 0), ("3 leaner", 3), ("9 leaner", 9))
"""Half-hours, the busiest, that have one server fewer than Erlang C asks for."""


def plan(case: Case, leaner: int) -> list[int]:
    """Servers by half-hour: as many as Erlang C asks for 80 %, one fewer in some of the busiest."""
    servers = [
        least_servers(erlang_c, "service_level", 0.8, within=case.limit, arrival_rate=n / PERIOD,
                      service_rate=1 / case.mean_service)
        for n in case.arrivals
    ]  # fmt: skip
    for t in sorted(range(len(servers)), key=lambda t: -case.arrivals[t])[:leaner]:
        servers[t] -= 1
    return servers


def by_period() -> Iterator[Table]:
    """SIPP, lagged SIPP, MOL and SBC on the four baseline days."""
    models = (sipp, lagged_sipp, modified_offered_load, stationary_backlog_carryover)
    for title, eta, count in (("nobody gives up", 0.0, 4), ("patience of 15 minutes", 1 / 15, 3)):
        rows = []
        for case in CASES:
            for name, leaner in PLANS:
                rates, servers = np.array(case.arrivals) / PERIOD, plan(case, leaner)
                given: tuple[Any, ...] = (rates, servers, 1 / case.mean_service, *((eta,) if eta else ()))
                exact = transient_day(*given, period=PERIOD, limits=[case.limit])
                cells = []
                for model in models[:count]:
                    length = {} if model is sipp else {"period": PERIOD}
                    cells.append(_against(model(*given, limits=[case.limit], **length), exact))
                wait = (exact.waiting.sum() + exact.waiting_after_closing) / exact.arrivals.sum()
                worst = exact.service_level[0].min()
                rows.append([case.name, name, f"{wait:.2f} min, {worst:.0%}", *cells])
        yield Table(
            f"Period by period, {title}",
            "Error against `transient_day`: of the mean wait of the day, in per cent; of the share served within the "
            "limit, in points by half-hour, mean absolute / worst. Endless: in some half-hour the load is at least "
            "the number of servers. Lavish plans have the servers that Erlang C asks for 80 % in every half-hour, "
            "leaner ones are one short of that in the 3 or 9 busiest. Bold where the wait is off by more than 5 % or "
            "the worst half-hour by more than 5 points.",
            ["day", "plan", "exact wait, worst half-hour", *(f"`{model.__name__}`" for model in models[:count])],
            rows,
        )


def _against(quick: PeriodByPeriod, exact: TransientDay) -> str:
    arrivals = exact.arrivals
    true = (exact.waiting.sum() + exact.waiting_after_closing) / arrivals.sum()
    wait = 100 * (float((quick.mean_wait * arrivals).sum() / arrivals.sum()) / true - 1)
    levels = 100 * np.abs(quick.service_level[0] - exact.service_level[0])
    shown = "endless" if wait > 1e6 else f"{signed(wait)} %"
    return f"{near(shown, abs(wait))}; {levels.mean():.0f} / {near(f'{levels.max():.0f}', levels.max())}"


def busy_days() -> Iterator[Table]:
    """Few nodes against very many days."""
    case = CASES[0]
    rates, counts = np.array(case.arrivals) / PERIOD, plan(case, 0)
    nodes = (4, 8, 16, 32)
    rows = []
    for scv in (0.01, 0.05, 0.1, 0.25, 0.5):
        for eta, patience in ((1 / 10, "10 min"), (0.0, "endless")):

            def follow(factor: float, eta: float = eta) -> TransientDay:
                return transient_day(factor * rates, counts, 1 / case.mean_service, eta, period=PERIOD, limits=[5.0])

            rare = np.geomspace(1e-9, 0.01, 30)
            shares = np.concatenate([rare, np.linspace(0.01, 0.99, 60)[1:-1]])
            cuts = np.concatenate([gamma.ppf(shares, 1 / scv, scale=scv), gamma.isf(rare[::-1], 1 / scv, scale=scv)])
            true = _integrated(follow, cuts, scv)
            cells = []
            for count in nodes:
                factors, weights = busy_day_factor(scv, count)
                quick = expected_day([follow(z) for z in factors], weights)
                wait = quick.waiting.sum() / quick.arrivals.sum() / true[0] - 1
                level = (quick.service_level[0] @ quick.arrivals) / quick.arrivals.sum() - true[1]
                cells.append(f"{_small(100 * wait)} %; {_small(100 * level)}")
            rows.append([f"{scv:g}", patience, *cells])
    yield Table(
        "`busy_day_factor`",
        "Error of the quadrature over a gamma day factor: of the day's mean wait until closing, in per cent, and of "
        "the share served within 5 minutes, in points, against Gauss-Legendre rules on 117 short pieces of its law. "
        "Lavish plan of the day with lunch and afternoon peaks.",
        ["scv of the factor", "patience", *(f"{count} nodes" for count in nodes)],
        rows,
    )


def _integrated(follow: Callable[[float], TransientDay], cuts: np.ndarray, scv: float) -> tuple[float, float]:
    """Mean wait until closing, and share served within the limit, of a customer of any day."""
    points, weights = np.polynomial.legendre.leggauss(5)
    totals = np.zeros(3)
    for low, high in pairwise(cuts.tolist()):
        for x, w in zip(points, weights, strict=True):
            factor = (low + high) / 2 + (high - low) / 2 * x
            day = follow(float(factor))
            mass = w * (high - low) / 2 * gamma.pdf(factor, 1 / scv, scale=scv)
            totals += mass * np.array([
                day.arrivals.sum(), day.waiting.sum(), day.service_level[0] @ day.arrivals
            ])  # fmt: skip
    return totals[1] / totals[0], totals[2] / totals[0]


def _small(value: float) -> str:
    """A small error; bold from 5 on."""
    return near("0" if abs(value) < 5e-4 else f"{value:+.2g}", abs(value))


TABLES = {"period-by-period": by_period, "busy-days": busy_days}
